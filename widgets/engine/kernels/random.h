#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* Four random 32-bit words for a counter and a key. */
void philox(const uint32_t counter[4], uint64_t key, uint32_t out[4]);

/* A uniform number in [0, 1) with 24 bits, from a 32-bit word. */
static inline float unit_interval(uint32_t word) { return (float)(word >> 8) * 0x1p-24f; }

#endif
