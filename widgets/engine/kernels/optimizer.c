/* AdamW over flat buffers, with the gradient's global norm clipped. Source: Loshchilov and Hutter, arXiv 1711.05101;
 * clipping as torch.nn.utils.clip_grad_norm_. */
#include "vector.h"

#include "kernels.h"

/* What one optimiser remembers between steps; Python reads and writes it as five doubles. */
typedef struct {
    double learning_rate;
    double sum_of_squares; /* of this step's gradient, before clipping */
    double beta1_power, beta2_power;
    double steps;
} State;

/* A new step: forget the last gradient's norm, advance the bias corrections. */
void optimizer_begin(const Word *args) {
    State *state = POINTER(State, 0);
    state->sum_of_squares = 0;
    state->beta1_power *= args[1].number;
    state->beta2_power *= args[2].number;
    state->steps += 1;
}

/* state.sum_of_squares += the sum of g^2 */
void sum_of_squares(const Word *args) {
    State *state = POINTER(State, 0);
    const float *g = FLOATS(1);
    int n = INTEGER(2), i = 0;
    double sum = 0;
    while (i + LANES <= n) { /* in runs of 64 vectors: single precision within, double between */
        vec partial = splat(0);
        for (int run = 0; run < 64 && i + LANES <= n; run++, i += LANES) partial += load(g + i) * load(g + i);
        sum += (double)sum_lanes(partial);
    }
    for (; i < n; i++) sum += (double)(g[i] * g[i]);
    state->sum_of_squares += sum;
}

/* One AdamW step on n parameters; the gradient is set to zero on the way, ready for the next step. */
void adamw(const Word *args) {
    float *p = FLOATS(0), *g = FLOATS(1), *m = FLOATS(2), *v = FLOATS(3);
    int n = INTEGER(4);
    const State *state = POINTER(State, 5);
    double beta1 = args[6].number, beta2 = args[7].number, epsilon = args[8].number, decay = args[9].number;
    double max_norm = args[10].number, norm = __builtin_sqrt(state->sum_of_squares);
    double clip = max_norm > 0 && norm > max_norm ? max_norm / (norm + 1e-6) : 1.0;
    float step = (float)(state->learning_rate / (1.0 - state->beta1_power));
    float root = (float)(1.0 / __builtin_sqrt(1.0 - state->beta2_power));
    float keep = (float)(1.0 - state->learning_rate * decay), scale = (float)clip, tiny = (float)epsilon;
    float b1 = (float)beta1, c1 = (float)(1.0 - beta1), b2 = (float)beta2, c2 = (float)(1.0 - beta2);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
        vec gradient = load(g + i) * splat(scale);
        vec mean = splat(b1) * load(m + i) + splat(c1) * gradient;
        vec square = splat(b2) * load(v + i) + splat(c2) * gradient * gradient;
        vec denominator = __builtin_elementwise_sqrt(square) * splat(root) + splat(tiny);
        store(p + i, load(p + i) * splat(keep) - splat(step) * mean / denominator);
        store(m + i, mean);
        store(v + i, square);
        store(g + i, splat(0));
    }
    for (; i < n; i++) {
        float gradient = g[i] * scale;
        m[i] = b1 * m[i] + c1 * gradient;
        v[i] = b2 * v[i] + c2 * gradient * gradient;
        p[i] = p[i] * keep - step * m[i] / (__builtin_sqrtf(v[i]) * root + tiny);
        g[i] = 0;
    }
}
