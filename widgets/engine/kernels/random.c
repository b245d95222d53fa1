/* Counter-based random numbers: the value at an index depends on seed, stream and index only, so a draw can be repeated
 * without a state to carry. Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (Philox4x32-10), SC 2011. */
#include "random.h"

#include "kernels.h"
#include "vector.h"

void philox(const uint32_t counter[4], uint64_t key, uint32_t out[4]) {
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * x0, p1 = (uint64_t)0xCD9E8D57u * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3;
}

static void words_at(int64_t seed, int64_t stream, int block, uint32_t out[4]) {
    uint32_t counter[4] = {(uint32_t)block, 0, (uint32_t)stream, (uint32_t)(stream >> 32)};
    philox(counter, (uint64_t)seed, out);
}

/* y[n] uniform in [0, 1), for a seed and a stream */
void uniform(const Word *args) {
    float *y = FLOATS(0);
    uint32_t words[4];
    for (int i = 0; i < INTEGER(1); i++) {
        if (i % 4 == 0) words_at(args[2].integer, args[3].integer, i / 4, words);
        y[i] = unit_interval(words[i % 4]);
    }
}

/* Cosine and sine of 2 pi u for u in [0, 1): quarter turns, then Taylor polynomials on [-pi/4, pi/4]. */
static void turn(float u, float *cosine, float *sine) {
    int quarter = (int)(u * 4.0f + 0.5f);
    float x = (u - (float)quarter * 0.25f) * 6.283185307f, z = x * x;
    float c = 1.0f + z * (-0.5f + z * (4.1666667e-2f + z * (-1.3888889e-3f + z * 2.4801587e-5f)));
    float s = x * (1.0f + z * (-1.6666667e-1f + z * (8.3333333e-3f + z * (-1.9841270e-4f + z * 2.7557319e-6f))));
    switch (quarter & 3) {
        case 0: *cosine = c, *sine = s; break;
        case 1: *cosine = -s, *sine = c; break;
        case 2: *cosine = -c, *sine = -s; break;
        default: *cosine = s, *sine = -c; break;
    }
}

/* y[n] normal with mean 0 and the given standard deviation. Source: Box and Muller, 1958. */
void normal(const Word *args) {
    float *y = FLOATS(0), deviation = NUMBER(4);
    int n = INTEGER(1);
    for (int i = 0; i < n; i += 2) {
        uint32_t words[4];
        words_at(args[2].integer, args[3].integer, i / 2, words);
        float radius = deviation * __builtin_sqrtf(-2.0f * log_scalar(1.0f - unit_interval(words[0])));
        float cosine, sine;
        turn(unit_interval(words[1]), &cosine, &sine);
        y[i] = radius * cosine;
        if (i + 1 < n) y[i + 1] = radius * sine;
    }
}
