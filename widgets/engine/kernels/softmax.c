/* The log-probability of one target a row, softmax and logarithm fused. */
#include "vector.h"

#include "kernels.h"

/* logprobs[rows] = log softmax(logits)[target]; keeps softmax(logits) [rows, width] for the way back */
void token_logprobs(const Word *args) {
    float *logprobs = FLOATS(0), *probabilities = FLOATS(1);
    const float *logits = FLOATS(2);
    const int32_t *targets = INTEGERS(3);
    int rows = INTEGER(4), width = INTEGER(5);
    for (int r = 0; r < rows; r++, logits += width, probabilities += width) {
        vec peaks = splat(logits[0]);
        int i = 0;
        for (; i + LANES <= width; i += LANES) peaks = vmax(peaks, load(logits + i));
        float peak = max_lanes(peaks), sum = 0;
        for (; i < width; i++) peak = logits[i] > peak ? logits[i] : peak;
        vec sums = splat(0);
        UNROLL_FOUR for (i = 0; i + LANES <= width; i += LANES) {
            vec e = vexp(load(logits + i) - splat(peak));
            store(probabilities + i, e);
            sums += e;
        }
        for (; i < width; i++) sum += probabilities[i] = exp_scalar(logits[i] - peak);
        sum += sum_lanes(sums);
        vec inverse = splat(1.0f / sum);
        for (i = 0; i + LANES <= width; i += LANES) store(probabilities + i, load(probabilities + i) * inverse);
        for (; i < width; i++) probabilities[i] *= inverse[0];
        int is_inside = targets[r] >= 0 && targets[r] < width;
        logprobs[r] = is_inside ? logits[targets[r]] - peak - log_scalar(sum) : __builtin_nanf("");
    }
}

/* dlogits (+)= dlogprob (onehot(target) - softmax) */
void token_logprobs_backward(const Word *args) {
    float *dlogits = FLOATS(0);
    const float *dlogprobs = FLOATS(1), *probabilities = FLOATS(2);
    const int32_t *targets = INTEGERS(3);
    int rows = INTEGER(4), width = INTEGER(5), add = INTEGER(6);
    for (int r = 0; r < rows; r++, dlogits += width, probabilities += width) {
        float slope = dlogprobs[r];
        vec negative = splat(-slope);
        int i = 0;
        for (; i + LANES <= width; i += LANES) {
            vec value = negative * load(probabilities + i);
            store(dlogits + i, add ? load(dlogits + i) + value : value);
        }
        for (; i < width; i++) dlogits[i] = (add ? dlogits[i] : 0.0f) - slope * probabilities[i];
        if (targets[r] >= 0 && targets[r] < width) dlogits[targets[r]] += slope;
    }
}
