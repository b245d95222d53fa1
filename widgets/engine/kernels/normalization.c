/* Layer normalisation over the last dimension. Source: Ba et al., arXiv 1607.06450. */
#include "vector.h"

#include "kernels.h"

/* The sum over i of f(i), as vectors and a scalar rest. */
#define REDUCE(result, n, vector_term, scalar_term)                       \
    float result;                                                         \
    {                                                                     \
        vec partial = splat(0);                                           \
        int i = 0;                                                        \
        for (; i + LANES <= (n); i += LANES) partial += (vector_term);    \
        result = sum_lanes(partial);                                      \
        for (; i < (n); i++) result += (scalar_term);                     \
    }

/* y = (x - mean) / sqrt(variance + epsilon) * gain + bias; keeps mean[rows] and 1/sqrt(...) [rows] for the way back */
void layer_norm(const Word *args) {
    float *y = FLOATS(0), *means = FLOATS(1), *inverses = FLOATS(2);
    const float *x = FLOATS(3), *gain = FLOATS(4), *bias = FLOATS(5);
    int rows = INTEGER(6), width = INTEGER(7);
    float epsilon = NUMBER(8);
    for (int r = 0; r < rows; r++, x += width, y += width) {
        REDUCE(sum, width, load(x + i), x[i])
        float mean = sum / (float)width;
        vec center = splat(mean);
        REDUCE(squares, width, (load(x + i) - center) * (load(x + i) - center), (x[i] - mean) * (x[i] - mean))
        float inverse = 1.0f / __builtin_sqrtf(squares / (float)width + epsilon);
        vec scale = splat(inverse);
        int i = 0;
        for (; i + LANES <= width; i += LANES)
            store(y + i, (load(x + i) - center) * scale * load(gain + i) + load(bias + i));
        for (; i < width; i++) y[i] = (x[i] - mean) * inverse * gain[i] + bias[i];
        means[r] = mean;
        inverses[r] = inverse;
    }
}

/* With h = (x - mean) inverse and g = dy gain: dx (+)= inverse (g - mean(g) - h mean(g h)); dgain += sum(dy h), dbias += sum(dy).
 * dgain and dbias may be absent. */
void layer_norm_backward(const Word *args) {
    float *dx = FLOATS(0), *dgain = FLOATS(1), *dbias = FLOATS(2);
    const float *dy = FLOATS(3), *x = FLOATS(4), *means = FLOATS(5), *inverses = FLOATS(6), *gain = FLOATS(7);
    int rows = INTEGER(8), width = INTEGER(9), add = INTEGER(10);
    for (int r = 0; r < rows; r++, x += width, dx += width, dy += width) {
        float mean = means[r], inverse = inverses[r];
        vec center = splat(mean), scale = splat(inverse);
        REDUCE(sum, width, load(dy + i) * load(gain + i), dy[i] * gain[i])
        REDUCE(dot, width, load(dy + i) * load(gain + i) * (load(x + i) - center) * scale,
               dy[i] * gain[i] * (x[i] - mean) * inverse)
        float a = sum / (float)width, b = dot / (float)width;
        int i = 0;
        for (; i + LANES <= width; i += LANES) {
            vec h = (load(x + i) - center) * scale, slope = load(dy + i);
            vec value = scale * (slope * load(gain + i) - splat(a) - h * splat(b));
            store(dx + i, add ? load(dx + i) + value : value);
            if (dgain) {
                store(dgain + i, load(dgain + i) + slope * h);
                store(dbias + i, load(dbias + i) + slope);
            }
        }
        for (; i < width; i++) {
            float h = (x[i] - mean) * inverse;
            dx[i] = (add ? dx[i] : 0.0f) + inverse * (dy[i] * gain[i] - a - h * b);
            if (dgain) {
                dgain[i] += dy[i] * h;
                dbias[i] += dy[i];
            }
        }
    }
}
