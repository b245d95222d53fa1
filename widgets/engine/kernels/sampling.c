/* Choosing the next token of every sequence. */
#include "kernels.h"
#include "random.h"
#include "vector.h"

/* current[B] = tokens[:, position] */
void gather_tokens(const Word *args) {
    int32_t *current = INTEGERS(0);
    const int32_t *tokens = INTEGERS(1);
    int position = INTEGERS(2)[0], B = INTEGER(3), longest = INTEGER(4);
    for (int b = 0; b < B && position < longest; b++) current[b] = tokens[b * longest + position];
}

/* What the sampler is set to; Python writes it as four doubles. */
typedef struct {
    double temperature; /* 0: always the likeliest token */
    double top_k;       /* 0: all tokens */
    double seed;
    double end_token;   /* a sequence that has it stays at it */
} Settings;

/* The k-th largest of logits (an equal value counts once a time it occurs). */
static float kth_largest(const float *logits, int n, int k) {
    float bound = __builtin_inff();
    for (int taken = 0; taken < k;) {
        float best = -__builtin_inff();
        for (int i = 0; i < n; i++)
            if (logits[i] < bound && logits[i] > best) best = logits[i];
        if (best == -__builtin_inff()) return bound;
        for (int i = 0; i < n; i++) taken += logits[i] == best;
        bound = best;
    }
    return bound;
}

static int sample(const float *logits, int n, const Settings *settings, int b, int position) {
    int likeliest = 0;
    for (int i = 1; i < n; i++)
        if (logits[i] > logits[likeliest]) likeliest = i;
    if (settings->temperature == 0) return likeliest;
    int k = (int)settings->top_k;
    float threshold = k > 0 && k < n ? kth_largest(logits, n, k) : -__builtin_inff();
    float heat = (float)(1.0 / settings->temperature), peak = logits[likeliest], sum = 0;
    for (int i = 0; i < n; i++)
        if (logits[i] >= threshold) sum += exp_scalar((logits[i] - peak) * heat);
    uint32_t counter[4] = {(uint32_t)position, (uint32_t)b, 0, 1}, words[4];
    philox(counter, (uint64_t)settings->seed, words);
    float left = unit_interval(words[0]) * sum;
    for (int i = 0; i < n; i++) {
        if (logits[i] < threshold) continue;
        left -= exp_scalar((logits[i] - peak) * heat);
        if (left < 0) return i;
    }
    return likeliest; /* rounding ate the last share, or a logit is NaN */
}

/* tokens[:, position + 1], where the prompt does not already say it, from logits[B, V] */
void sample_tokens(const Word *args) {
    int32_t *tokens = INTEGERS(0);
    const float *logits = FLOATS(1);
    const int32_t *prompt_lengths = INTEGERS(3);
    const Settings *settings = POINTER(Settings, 4);
    int position = INTEGERS(2)[0], B = INTEGER(5), longest = INTEGER(6), V = INTEGER(7);
    if (position + 1 >= longest) return;
    for (int b = 0; b < B; b++, logits += V, tokens += longest) {
        if (position + 1 < prompt_lengths[b]) continue;
        int end = (int)settings->end_token;
        int is_finished = position >= prompt_lengths[b] && tokens[position] == end;
        tokens[position + 1] = is_finished ? end : sample(logits, V, settings, b, position);
    }
}

/* Every one of n positions += 1. */
void advance(const Word *args) {
    int32_t *positions = INTEGERS(0);
    for (int i = 0; i < INTEGER(1); i++) positions[i]++;
}
