/* 4-bit NormalFloat and the 8-bit code for its scales, as bitsandbytes stores them.
 * Source: Dettmers et al., QLoRA, arXiv 2305.14314, section 3; Dettmers et al., 8-bit optimizers, arXiv 2110.02861. */
#include "kernels.h"

static const float nf4_levels[16] = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
    -0.18477343022823334f, -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f,
    0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f};

static int nearest_level(float x) {
    int level = 0;
    while (level < 15 && x > (nf4_levels[level] + nf4_levels[level + 1]) * 0.5f) level++;
    return level;
}

static float largest_magnitude(const float *x, int n) {
    float largest = 0;
    for (int i = 0; i < n; i++) {
        float size = x[i] < 0 ? -x[i] : x[i];
        if (size > largest) largest = size;
    }
    return largest;
}

/* codes[n / 2] holds two 4-bit codes a byte, the first in the high half; absmax[n / block] one scale a block */
void nf4_quantize(const Word *args) {
    uint8_t *codes = POINTER(uint8_t, 0);
    float *absmax = FLOATS(1);
    const float *x = FLOATS(2);
    int n = INTEGER(3), block = INTEGER(4);
    for (int start = 0; start < n; start += block) {
        int count = n - start < block ? n - start : block;
        float scale = largest_magnitude(x + start, count);
        absmax[start / block] = scale;
        float inverse = scale > 0 ? 1.0f / scale : 0.0f;
        for (int i = start; i < start + count; i++) {
            int code = nearest_level(x[i] * inverse);
            codes[i / 2] = (uint8_t)(i % 2 ? codes[i / 2] | code : code << 4);
        }
    }
}

/* y[n] = level[code] * absmax of the block */
void nf4_dequantize(const Word *args) {
    float *y = FLOATS(0);
    const uint8_t *codes = POINTER(uint8_t, 1);
    const float *absmax = FLOATS(2);
    int n = INTEGER(3), block = INTEGER(4);
    for (int i = 0; i < n; i++) {
        int code = i % 2 ? codes[i / 2] & 15 : codes[i / 2] >> 4;
        y[i] = nf4_levels[code] * absmax[i / block];
    }
}

/* codes[n]: the nearest of 256 ascending levels to x / absmax of its block */
void blockwise_quantize(const Word *args) {
    uint8_t *codes = POINTER(uint8_t, 0);
    float *absmax = FLOATS(1);
    const float *x = FLOATS(2), *levels = FLOATS(3);
    int n = INTEGER(4), block = INTEGER(5);
    for (int start = 0; start < n; start += block) {
        int count = n - start < block ? n - start : block;
        float scale = largest_magnitude(x + start, count);
        absmax[start / block] = scale;
        float inverse = scale > 0 ? 1.0f / scale : 0.0f;
        for (int i = start; i < start + count; i++) {
            float value = x[i] * inverse;
            int low = 0, high = 255; /* the level just above value, by halving */
            while (low < high) {
                int middle = (low + high) / 2;
                if (levels[middle] < value) low = middle + 1;
                else high = middle;
            }
            if (low > 0 && value - levels[low - 1] <= levels[low] - value) low--;
            codes[i] = (uint8_t)low;
        }
    }
}

/* y[n] = levels[code] * absmax of the block + offset */
void blockwise_dequantize(const Word *args) {
    float *y = FLOATS(0), offset = NUMBER(6);
    const uint8_t *codes = POINTER(uint8_t, 1);
    const float *absmax = FLOATS(2), *levels = FLOATS(3);
    int n = INTEGER(4), block = INTEGER(5);
    for (int i = 0; i < n; i++) y[i] = levels[codes[i]] * absmax[i / block] + offset;
}
