/* SIMD vectors of the widest kind the target has, and the few functions the kernels need on them.
 *
 * Clang's vector extensions compile the same lines to AVX, NEON or WebAssembly SIMD. There is no C library in the
 * WebAssembly module, so exp and log are our own; the native build uses them too and both give the same results
 * up to the rounding of fused multiply-adds.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define LANES (VECTOR_BYTES / 4)

typedef float vec __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t ivec __attribute__((vector_size(VECTOR_BYTES)));
/* The same vector read from or written to any float address. */
typedef float loose_vec __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

/* Four vectors a turn: browsers build a vector constant anew in every turn of a loop, so share it. */
#define UNROLL_FOUR _Pragma("clang loop unroll_count(4)")

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *address) { return *(const loose_vec *)address; }
INLINE void store(float *address, vec value) { *(loose_vec *)address = value; }

INLINE vec splat(float value) {
    vec result;
    for (int lane = 0; lane < LANES; lane++) result[lane] = value;
    return result;
}

INLINE float sum_lanes(vec value) {
    float result = 0;
    for (int lane = 0; lane < LANES; lane++) result += value[lane];
    return result;
}

INLINE float max_lanes(vec value) {
    float result = value[0];
    for (int lane = 1; lane < LANES; lane++) result = value[lane] > result ? value[lane] : result;
    return result;
}

/* The larger and the smaller; the first argument where one is NaN, so put the data first and NaN stays NaN. */
#if defined(__wasm__)
INLINE vec vmax(vec a, vec b) { return (vec)__builtin_wasm_pmax_f32x4(a, b); }
INLINE vec vmin(vec a, vec b) { return (vec)__builtin_wasm_pmin_f32x4(a, b); }
#else
INLINE vec choose(ivec condition, vec yes, vec no) {
    return (vec)((condition & (ivec)yes) | (~condition & (ivec)no));
}
INLINE vec vmax(vec a, vec b) { return choose(a < b, b, a); }
INLINE vec vmin(vec a, vec b) { return choose(b < a, b, a); }
#endif

/* a * b + c, fused where the target can do it exactly as fast as apart. */
#if defined(__wasm_relaxed_simd__)
#define MULTIPLY_ADD(a, b, c) ((vec)__builtin_wasm_relaxed_madd_f32x4((a), (b), (c)))
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

/* e^x within 2 units in the last place, for x kept from -87.3 (1.2e-38) to 88.37 (2.4e38); NaN stays NaN.
 * x = n ln 2 + r with |r| <= ln 2 / 2, and a polynomial for e^r. Source: Cephes expf (Moshier, netlib). */
INLINE vec vexp(vec x) {
    const float shifter = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer kept in the low bits */
    vec clamped = vmin(vmax(x, splat(-87.3f)), splat(88.37f));
    vec shifted = MULTIPLY_ADD(clamped, splat(1.44269504f), splat(shifter));
    vec n = shifted - splat(shifter);
    vec r = MULTIPLY_ADD(n, splat(-0.693359375f), clamped);
    r = MULTIPLY_ADD(n, splat(2.12194440e-4f), r);
    vec p = splat(1.9875691500e-4f);
    p = MULTIPLY_ADD(p, r, splat(1.3981999507e-3f));
    p = MULTIPLY_ADD(p, r, splat(8.3334519073e-3f));
    p = MULTIPLY_ADD(p, r, splat(4.1665795894e-2f));
    p = MULTIPLY_ADD(p, r, splat(1.6666665459e-1f));
    p = MULTIPLY_ADD(p, r, splat(5.0000001201e-1f));
    p = MULTIPLY_ADD(p * r, r, r + splat(1.0f));
    ivec exponent = ((ivec)shifted << 23) + (127 << 23); /* the shift drops all of the shifter but n */
    return p * (vec)exponent;
}

INLINE float exp_scalar(float x) { return vexp(splat(x))[0]; }

/* Natural logarithm of a positive normal number. Source: Cephes logf (Moshier, netlib). */
INLINE float log_scalar(float x) {
    union {
        float f;
        int32_t i;
    } bits = {x};
    if (!(x > 0)) return x == 0 ? -__builtin_inff() : __builtin_nanf("");
    int32_t exponent = (bits.i >> 23) - 126;
    bits.i = (bits.i & 0x007fffff) | 0x3f000000; /* mantissa in [0.5, 1) */
    float m = bits.f;
    if (m < 0.707106781186547524f) {
        exponent -= 1;
        m = m + m;
    }
    m -= 1.0f;
    float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float e = (float)exponent;
    float y = m * z * p;
    y += e * -2.12194440e-4f;
    y -= 0.5f * z;
    return m + y + e * 0.693359375f;
}

/* log(1 + y) for y in [0, 1], exact where 1 + y rounds. Source: Kahan's correction. */
INLINE float log1p_scalar(float y) {
    float u = 1.0f + y;
    return log_scalar(u) - ((u - 1.0f) - y) / u;
}

#endif
