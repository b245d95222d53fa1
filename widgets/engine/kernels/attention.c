/* Causal self-attention, all heads in one call; queries, keys and values are [B, T, C] with head h in columns h D to
 * (h + 1) D - 1, so nothing is transposed or copied between the projections and the heads.
 * Source: Vaswani et al., arXiv 1706.03762, equation 1. */
#include "matmul.h"

/* Softmax of row[0..count) in place, and zeros from there to `width`. */
static void softmax_row(float *row, int count, int width) {
    int whole = count / LANES * LANES;
    float peak = row[0], sum = 0;
    if (whole) {
        vec peaks = load(row);
        for (int j = LANES; j < whole; j += LANES) peaks = vmax(peaks, load(row + j));
        peak = max_lanes(peaks);
    }
    for (int j = whole; j < count; j++) peak = row[j] > peak ? row[j] : peak;
    vec sums = splat(0), shift = splat(peak);
    for (int j = 0; j < whole; j += LANES) {
        vec e = vexp(load(row + j) - shift);
        store(row + j, e);
        sums += e;
    }
    if (whole < count) { /* the rest in one vector as well */
        vec rest = shift;
        for (int j = whole; j < count; j++) rest[j - whole] = row[j];
        vec e = vexp(rest - shift);
        for (int j = whole; j < count; j++) sum += row[j] = e[j - whole];
    }
    float inverse = 1.0f / (sum + sum_lanes(sums));
    for (int j = 0; j < whole; j += LANES) store(row + j, load(row + j) * splat(inverse));
    for (int j = whole; j < count; j++) row[j] *= inverse;
    for (int j = count; j < width; j++) row[j] = 0;
}

static Matrix plain(const float *data, int row) { return (Matrix){data, row, 1}; }
static Matrix transposed(const float *data, int row) { return (Matrix){data, 1, row}; }

/* out[B, T, C], probabilities[B, H, T, T] (kept for the way back) from q, k, v */
void attention(const Word *args) {
    float *out = FLOATS(0), *probabilities = FLOATS(1);
    const float *q = FLOATS(2), *k = FLOATS(3), *v = FLOATS(4);
    int B = INTEGER(5), T = INTEGER(6), C = INTEGER(7), H = INTEGER(8), D = C / H;
    float scale = 1.0f / __builtin_sqrtf((float)D);
    for (int b = 0; b < B; b++) {
        for (int h = 0; h < H; h++, probabilities += T * T) {
            int64_t at = (int64_t)b * T * C + h * D;
            matrix_product(plain(q + at, C), transposed(k + at, C), probabilities, T, T, T, D, scale, 0, 0);
            for (int t = 0; t < T; t++) softmax_row(probabilities + t * T, t + 1, T);
            matrix_product(plain(probabilities, T), plain(v + at, C), out + at, C, T, D, T, 1.0f, 0, 0);
        }
    }
}

/* dq, dk, dv from dout. `scratch` holds T * T floats; bits 0, 1, 2 of `add` say which gradients are added to. */
void attention_backward(const Word *args) {
    float *dq = FLOATS(0), *dk = FLOATS(1), *dv = FLOATS(2), *scratch = FLOATS(8);
    const float *dout = FLOATS(3), *p = FLOATS(4), *q = FLOATS(5), *k = FLOATS(6), *v = FLOATS(7);
    int B = INTEGER(9), T = INTEGER(10), C = INTEGER(11), H = INTEGER(12), add = INTEGER(13), D = C / H;
    float scale = 1.0f / __builtin_sqrtf((float)D);
    for (int b = 0; b < B; b++) {
        for (int h = 0; h < H; h++, p += T * T) {
            int64_t at = (int64_t)b * T * C + h * D;
            matrix_product(transposed(p, T), plain(dout + at, C), dv + at, C, T, D, T, 1.0f, add & 4, 0);
            matrix_product(plain(dout + at, C), transposed(v + at, C), scratch, T, T, T, D, 1.0f, 0, 0);
            for (int t = 0; t < T; t++) { /* through the softmax: ds = p (dp - sum(p dp)) */
                const float *row = p + t * T;
                float *ds = scratch + t * T;
                float dot = 0;
                int j = 0;
                vec dots = splat(0);
                for (; j + LANES <= T; j += LANES) dots += load(row + j) * load(ds + j);
                for (; j < T; j++) dot += row[j] * ds[j];
                dot += sum_lanes(dots);
                for (j = 0; j + LANES <= T; j += LANES)
                    store(ds + j, load(row + j) * (load(ds + j) - splat(dot)));
                for (; j < T; j++) ds[j] = row[j] * (ds[j] - dot);
            }
            matrix_product(plain(scratch, T), plain(k + at, C), dq + at, C, T, D, T, scale, add & 1, 0);
            matrix_product(transposed(scratch, T), plain(q + at, C), dk + at, C, T, D, T, scale, add & 2, 0);
        }
    }
}

#define LONGEST_CONTEXT 4096

/* One new token a sequence: k and v [B, C] join the caches [B, longest, C] at `position`, and q [B, C] attends to
 * everything up to there. */
void attention_step(const Word *args) {
    static float scores[LONGEST_CONTEXT];
    float *out = FLOATS(0), *k_cache = FLOATS(4), *v_cache = FLOATS(5);
    const float *q = FLOATS(1), *k = FLOATS(2), *v = FLOATS(3);
    int position = INTEGERS(6)[0];
    int B = INTEGER(7), longest = INTEGER(8), C = INTEGER(9), H = INTEGER(10), D = C / H;
    float scale = 1.0f / __builtin_sqrtf((float)D);
    if (position >= longest) return;
    for (int b = 0; b < B; b++) {
        float *keys = k_cache + (int64_t)b * longest * C, *values = v_cache + (int64_t)b * longest * C;
        for (int i = 0; i < C; i++) {
            keys[position * C + i] = k[b * C + i];
            values[position * C + i] = v[b * C + i];
        }
        for (int h = 0; h < H; h++) {
            const float *query = q + b * C + h * D;
            float *to = out + b * C + h * D;
            for (int t = 0; t <= position; t++) {
                float dot = 0;
                for (int i = 0; i < D; i++) dot += query[i] * keys[t * C + h * D + i];
                scores[t] = dot * scale;
            }
            softmax_row(scores, position + 1, position + 1);
            for (int i = 0; i < D; i++) to[i] = 0;
            for (int t = 0; t <= position; t++)
                for (int i = 0; i < D; i++) to[i] += scores[t] * values[t * C + h * D + i];
        }
    }
}
