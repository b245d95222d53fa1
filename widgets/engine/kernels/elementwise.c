/* Element by element: sums, products, and the functions that losses are written with. */
#include "vector.h"

#include "kernels.h"

/* Run `vector_code` on whole vectors from index i, `scalar_code` on the rest. */
#define FOR_ALL(n, vector_code, scalar_code)                \
    {                                                       \
        int i = 0;                                          \
        UNROLL_FOUR                                         \
        for (; i + LANES <= (n); i += LANES) { vector_code } \
        for (; i < (n); i++) { scalar_code }                \
    }

/* y = value */
void fill(const Word *args) {
    float *y = FLOATS(0), value = NUMBER(2);
    FOR_ALL(INTEGER(1), store(y + i, splat(value));, y[i] = value;)
}

/* y = scale x, or y += scale x */
void scaled_copy(const Word *args) {
    float *y = FLOATS(0), scale = NUMBER(3);
    const float *x = FLOATS(1);
    int n = INTEGER(2);
    if (INTEGER(4)) FOR_ALL(n, store(y + i, load(y + i) + splat(scale) * load(x + i));, y[i] += scale * x[i];)
    else FOR_ALL(n, store(y + i, splat(scale) * load(x + i));, y[i] = scale * x[i];)
}

/* y = a + b */
void add(const Word *args) {
    float *y = FLOATS(0);
    const float *a = FLOATS(1), *b = FLOATS(2);
    FOR_ALL(INTEGER(3), store(y + i, load(a + i) + load(b + i));, y[i] = a[i] + b[i];)
}

/* y = a b, or y += a b */
void multiply(const Word *args) {
    float *y = FLOATS(0);
    const float *a = FLOATS(1), *b = FLOATS(2);
    int n = INTEGER(3);
    if (INTEGER(4)) FOR_ALL(n, store(y + i, load(y + i) + load(a + i) * load(b + i));, y[i] += a[i] * b[i];)
    else FOR_ALL(n, store(y + i, load(a + i) * load(b + i));, y[i] = a[i] * b[i];)
}

/* sums[columns] += the sum of x[rows, columns] over its rows: the gradient of a bias */
void column_sums(const Word *args) {
    float *sums = FLOATS(0);
    const float *x = FLOATS(1);
    int rows = INTEGER(2), columns = INTEGER(3), j = 0;
    for (; j + 2 * LANES <= columns; j += 2 * LANES) {
        vec first = load(sums + j), second = load(sums + j + LANES);
        const float *from = x + j;
        for (int r = 0; r < rows; r++, from += columns) {
            first += load(from);
            second += load(from + LANES);
        }
        store(sums + j, first);
        store(sums + j + LANES, second);
    }
    for (; j < columns; j++) {
        float sum = sums[j];
        for (int r = 0; r < rows; r++) sum += x[r * columns + j];
        sums[j] = sum;
    }
}

/* y[batch, size] = x[batch, size] + row[size] */
void add_rows(const Word *args) {
    float *y = FLOATS(0);
    const float *x = FLOATS(1), *row = FLOATS(2);
    int batch = INTEGER(3), size = INTEGER(4);
    for (int b = 0; b < batch; b++, x += size, y += size)
        FOR_ALL(size, store(y + i, load(x + i) + load(row + i));, y[i] = x[i] + row[i];)
}

static double sum_of_products(const float *x, const float *weights, int n) {
    double sum = 0; /* double, so that the mean over a large batch keeps single precision */
    for (int i = 0; i < n; i++) sum += (x ? (double)x[i] : 1.0) * (weights ? (double)weights[i] : 1.0);
    return sum;
}

/* y[0] = scale * sum(w x) / sum(w); all weights 1 when absent; 0 when they sum to 0 */
void weighted_mean(const Word *args) {
    float *y = FLOATS(0);
    const float *x = FLOATS(1), *weights = FLOATS(2);
    int n = INTEGER(3);
    double mass = sum_of_products(0, weights, n);
    y[0] = mass == 0 ? 0.0f : (float)(args[4].number * sum_of_products(x, weights, n) / mass);
}

/* dx (+)= scale * dy[0] * w / sum(w) */
void weighted_mean_backward(const Word *args) {
    float *dx = FLOATS(0);
    const float *dy = FLOATS(1), *weights = FLOATS(2);
    int n = INTEGER(3), add = INTEGER(5);
    double mass = sum_of_products(0, weights, n);
    float factor = mass == 0 ? 0.0f : (float)(args[4].number * (double)dy[0] / mass);
    for (int i = 0; i < n; i++) dx[i] = (add ? dx[i] : 0.0f) + factor * (weights ? weights[i] : 1.0f);
}

/* y[rows] = the sum over columns of x * w; all weights 1 when absent */
void row_dots(const Word *args) {
    float *y = FLOATS(0);
    const float *x = FLOATS(1), *weights = FLOATS(2);
    int rows = INTEGER(3), columns = INTEGER(4);
    for (int r = 0; r < rows; r++)
        y[r] = (float)sum_of_products(x + r * columns, weights ? weights + r * columns : 0, columns);
}

/* dx[rows, columns] (+)= dy[rows] w */
void row_dots_backward(const Word *args) {
    float *dx = FLOATS(0);
    const float *dy = FLOATS(1), *weights = FLOATS(2);
    int rows = INTEGER(3), columns = INTEGER(4), add = INTEGER(5);
    for (int i = 0; i < rows * columns; i++)
        dx[i] = (add ? dx[i] : 0.0f) + dy[i / columns] * (weights ? weights[i] : 1.0f);
}

enum { EXPONENTIAL, LOG_SIGMOID, CLAMP, SQUARE };

/* y = f(x); clamp keeps x between a and b */
void unary(const Word *args) {
    float *y = FLOATS(0), a = NUMBER(4), b = NUMBER(5);
    const float *x = FLOATS(1);
    int n = INTEGER(2), kind = INTEGER(3);
    for (int i = 0; i < n; i++) {
        float v = x[i];
        switch (kind) {
            case EXPONENTIAL: y[i] = exp_scalar(v); break;
            case LOG_SIGMOID: y[i] = (v < 0 ? v : 0) - log1p_scalar(exp_scalar(v < 0 ? v : -v)); break;
            case CLAMP: y[i] = v < a ? a : v > b ? b : v; break;
            case SQUARE: y[i] = v * v; break;
        }
    }
}

/* dx (+)= dy f'(x) */
void unary_backward(const Word *args) {
    float *dx = FLOATS(0), a = NUMBER(5), b = NUMBER(6);
    const float *dy = FLOATS(1), *x = FLOATS(2);
    int n = INTEGER(3), kind = INTEGER(4), add = INTEGER(7);
    for (int i = 0; i < n; i++) {
        float v = x[i], slope = 0;
        switch (kind) {
            case EXPONENTIAL: slope = exp_scalar(v); break;
            case LOG_SIGMOID: slope = 1 / (1 + exp_scalar(v)); break;
            case CLAMP: slope = v >= a && v <= b; break;
            case SQUARE: slope = 2 * v; break;
        }
        dx[i] = (add ? dx[i] : 0.0f) + dy[i] * slope;
    }
}

/* y = the larger (or smaller) of a and b */
void extremum(const Word *args) {
    float *y = FLOATS(0);
    const float *a = FLOATS(1), *b = FLOATS(2);
    int n = INTEGER(3), is_max = INTEGER(4);
    for (int i = 0; i < n; i++) y[i] = (a[i] > b[i]) == is_max ? a[i] : b[i];
}

/* da (+)= dy where a was taken, half of it where a equals b (as torch does) */
void extremum_backward(const Word *args) {
    float *da = FLOATS(0);
    const float *dy = FLOATS(1), *a = FLOATS(2), *b = FLOATS(3);
    int n = INTEGER(4), is_max = INTEGER(5), add = INTEGER(6);
    for (int i = 0; i < n; i++) {
        float share = a[i] == b[i] ? 0.5f : (float)((a[i] > b[i]) == is_max);
        da[i] = (add ? da[i] : 0.0f) + dy[i] * share;
    }
}

/* GELU in the tanh form of GPT-2, x / (1 + e^-2u) with u = sqrt(2/pi) (x + 0.044715 x^3).
 * Source: Hendrycks and Gimpel, arXiv 1606.08415. */
#define GELU_LINEAR 1.5957691216f  /* 2 sqrt(2/pi) */
#define GELU_CUBIC 0.0713548163f   /* 2 sqrt(2/pi) 0.044715 */

INLINE vec gelu_gate(vec x) {
    vec u = x * (splat(GELU_LINEAR) + splat(GELU_CUBIC) * x * x);
    return splat(1.0f) / (splat(1.0f) + vexp(-u));
}

INLINE vec gelu_slope(vec x) {
    vec gate = gelu_gate(x);
    return gate + x * gate * (splat(1.0f) - gate) * (splat(GELU_LINEAR) + splat(3 * GELU_CUBIC) * x * x);
}

void gelu(const Word *args) {
    float *y = FLOATS(0);
    const float *x = FLOATS(1);
    FOR_ALL(INTEGER(2), vec v = load(x + i); store(y + i, v * gelu_gate(v));, y[i] = x[i] * gelu_gate(splat(x[i]))[0];)
}

/* dx (+)= dy gelu'(x) */
void gelu_backward(const Word *args) {
    float *dx = FLOATS(0);
    const float *dy = FLOATS(1), *x = FLOATS(2);
    int n = INTEGER(3);
    if (!INTEGER(4)) {
        FOR_ALL(n, store(dx + i, load(dy + i) * gelu_slope(load(x + i)));, dx[i] = dy[i] * gelu_slope(splat(x[i]))[0];)
        return;
    }
    FOR_ALL(n, store(dx + i, load(dx + i) + load(dy + i) * gelu_slope(load(x + i)));
            , dx[i] += dy[i] * gelu_slope(splat(x[i]))[0];)
}
