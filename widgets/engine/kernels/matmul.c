/* Matrix product C = alpha * op(A) op(B) (+ C or + bias), in all transposition forms, batched.
 *
 * The plan is BLIS's: B is packed into panels of NR columns, kept in the cache; the micro-kernel keeps an MR x NR tile
 * of C in registers and adds one outer product per step of the shared dimension. 6 rows by 2 vectors use 12 of the 16
 * registers that x86-64 gives to WebAssembly for the tile, 2 for B and 1 for A. Source: Van Zee and van de Geijn, BLIS,
 * ACM TOMS 41(3), 2015.
 */
#include "matmul.h"

#define MR 6
#define NR (2 * LANES)
#define DEPTH 256  /* of the shared dimension in one packed block of B */
#define WIDTH 512  /* columns of one packed block of B */

static float packed_b[DEPTH * WIDTH] __attribute__((aligned(64)));
static float packed_a[DEPTH * MR] __attribute__((aligned(64)));

#define UNROLL _Pragma("clang loop unroll(full)")

/* Keep the compiler from reordering rows: it would hold all of A's values at once and spill (31 -> 39 GFLOP/s). */
#if defined(__wasm__)
#define PIN(a, b) __asm__ volatile("" : "+r"(a), "+r"(b))
#else
#define PIN(a, b)
#endif

/* One tile: `rows` rows of A (row step `row`, step of the shared dimension `step`) by one packed panel of B. */
INLINE void tile(int rows, int depth, const float *a, int row, int step, const float *b, vec sums[MR][2]) {
    UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = splat(0);
    const float *a_row[MR];
    UNROLL for (int r = 0; r < rows; r++) a_row[r] = a + r * row;
#define STEP(u)                                                    \
    {                                                              \
        vec b0 = *(const vec *)(b + (u)*NR);                       \
        vec b1 = *(const vec *)(b + (u)*NR + LANES);               \
        UNROLL for (int r = 0; r < rows; r++) {                    \
            vec value = splat(a_row[r][(u)*step]);                 \
            sums[r][0] = MULTIPLY_ADD(value, b0, sums[r][0]);      \
            sums[r][1] = MULTIPLY_ADD(value, b1, sums[r][1]);      \
            PIN(sums[r][0], sums[r][1]);                           \
        }                                                          \
    }
    int k = 0;
    for (; k + 4 <= depth; k += 4) {
        STEP(0) STEP(1) STEP(2) STEP(3)
        UNROLL for (int r = 0; r < rows; r++) a_row[r] += 4 * step;
        b += 4 * NR;
    }
    for (; k < depth; k++) {
        STEP(0)
        UNROLL for (int r = 0; r < rows; r++) a_row[r] += step;
        b += NR;
    }
#undef STEP
}

typedef struct {
    float *c;
    int row, columns;   /* row step of C; columns of this panel, NR but for the last */
    float alpha;
    int add;            /* add to what C holds */
    const float *bias;  /* or, when not null, to these (one a column) */
} Target;

INLINE void write_tile(int rows, vec sums[MR][2], Target target, int height) {
    if (target.columns == NR && height == rows) {
        UNROLL for (int r = 0; r < rows; r++) {
            UNROLL for (int half = 0; half < 2; half++) {
                float *c = target.c + r * target.row + half * LANES;
                vec value = sums[r][half] * splat(target.alpha);
                if (target.add) value += load(c);
                else if (target.bias) value += load(target.bias + half * LANES);
                store(c, value);
            }
        }
        return;
    }
    float buffer[MR][NR];
    UNROLL for (int r = 0; r < rows; r++) {
        store(buffer[r], sums[r][0]);
        store(buffer[r] + LANES, sums[r][1]);
    }
    for (int r = 0; r < height; r++) {
        for (int j = 0; j < target.columns; j++) {
            float *c = target.c + r * target.row + j;
            float start = target.add ? *c : target.bias ? target.bias[j] : 0.0f;
            *c = start + target.alpha * buffer[r][j];
        }
    }
}

/* Separate functions, so that each register allocation stands alone. */
#define TILE_FUNCTION(rows)                                                                                      \
    static __attribute__((noinline)) void tile_rows_##rows(int depth, const float *a, int row, const float *b,   \
                                                           const Target *target) {                               \
        vec sums[MR][2];                                                                                         \
        tile(rows, depth, a, row, 1, b, sums);                                                                   \
        write_tile(rows, sums, *target, rows);                                                                         \
    }
TILE_FUNCTION(1) TILE_FUNCTION(2) TILE_FUNCTION(3) TILE_FUNCTION(4) TILE_FUNCTION(5) TILE_FUNCTION(6)

/* `packed_a` holds zeros below its last row, so that one function serves every height. */
static __attribute__((noinline)) void tile_packed(int depth, const float *b, const Target *target, int height) {
    vec sums[MR][2];
    tile(MR, depth, packed_a, 1, MR, b, sums);
    write_tile(MR, sums, *target, height);
}

typedef float quad __attribute__((vector_size(16)));
typedef float loose_quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint64_t loose_pair __attribute__((aligned(4), may_alias)); /* two floats, moved as one word */

/* Turn four rows of four floats, `step` apart, into four columns, NR apart. */
INLINE void transpose_four(const float *from, int step, float *to) {
    quad a = *(const loose_quad *)from, b = *(const loose_quad *)(from + step);
    quad c = *(const loose_quad *)(from + 2 * step), d = *(const loose_quad *)(from + 3 * step);
    quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    quad AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(quad *)(to + NR) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(quad *)(to + 2 * NR) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
    *(quad *)(to + 3 * NR) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

static void pack_b(const float *b, int b_row, int b_column, int depth, int columns) {
    float *out = packed_b;
    for (int j = 0; j < columns; j += NR) {
        int width = columns - j < NR ? columns - j : NR, k = 0;
        const float *from = b + j * b_column;
        if (b_column == 1 && width == NR) {
            for (; k < depth; k++, out += NR, from += b_row) {
                *(vec *)out = load(from);
                *(vec *)(out + LANES) = load(from + LANES);
            }
            continue;
        }
        if (b_row == 1 && width == NR) {
            for (; k + 4 <= depth; k += 4, out += 4 * NR, from += 4)
                for (int q = 0; q < NR; q += 4) transpose_four(from + q * b_column, b_column, out + q);
        }
        for (; k < depth; k++, out += NR, from += b_row) {
            for (int q = 0; q < width; q++) out[q] = from[q * b_column];
            for (int q = width; q < NR; q++) out[q] = 0;
        }
    }
}

static void pack_a(const float *a, int a_row, int a_column, int rows, int depth) {
    float *out = packed_a;
    if (rows == MR && a_row == 1) {
        for (int k = 0; k < depth; k++, out += MR, a += a_column)
            UNROLL for (int r = 0; r < MR; r += 2) *(loose_pair *)(out + r) = *(const loose_pair *)(a + r);
        return;
    }
    for (int k = 0; k < depth; k++, out += MR, a += a_column) {
        for (int r = 0; r < rows; r++) out[r] = a[r * a_row];
        for (int r = rows; r < MR; r++) out[r] = 0;
    }
}

void matrix_product(Matrix a, Matrix b, float *c, int c_row, int rows, int columns, int shared, float alpha, int add,
                    const float *bias) {
    for (int j0 = 0; j0 < columns; j0 += WIDTH) {
        int width = columns - j0 < WIDTH ? columns - j0 : WIDTH;
        for (int k0 = 0; k0 < shared; k0 += DEPTH) {
            int depth = shared - k0 < DEPTH ? shared - k0 : DEPTH;
            pack_b(b.data + k0 * b.row + j0 * b.column, b.row, b.column, depth, width);
            for (int i = 0; i < rows; i += MR) {
                int height = rows - i < MR ? rows - i : MR;
                const float *a_tile = a.data + i * a.row + k0 * a.column;
                int is_packed = a.column != 1;
                if (is_packed) pack_a(a_tile, a.row, a.column, height, depth);
                for (int j = 0; j < width; j += NR) {
                    Target target = {c + i * c_row + j0 + j, c_row, width - j < NR ? width - j : NR, alpha,
                                     add || k0 > 0, bias ? bias + j0 + j : 0};
                    const float *panel = packed_b + j * depth;
                    if (is_packed) {
                        tile_packed(depth, panel, &target, height);
                        continue;
                    }
                    switch (height) {
                        case 1: tile_rows_1(depth, a_tile, a.row, panel, &target); break;
                        case 2: tile_rows_2(depth, a_tile, a.row, panel, &target); break;
                        case 3: tile_rows_3(depth, a_tile, a.row, panel, &target); break;
                        case 4: tile_rows_4(depth, a_tile, a.row, panel, &target); break;
                        case 5: tile_rows_5(depth, a_tile, a.row, panel, &target); break;
                        case 6: tile_rows_6(depth, a_tile, a.row, panel, &target); break;
                    }
                }
            }
        }
    }
}

/* c[batch, rows, columns] = alpha * op(a) op(b) (+ bias). `a` is stored [rows, shared], or [shared, rows] when
 * transposed; likewise `b` [shared, columns] or [columns, shared]. */
void matmul(const Word *args) {
    float *c = FLOATS(0);
    const float *a = FLOATS(1), *b = FLOATS(2), *bias = FLOATS(3);
    int batch = INTEGER(4), rows = INTEGER(5), columns = INTEGER(6), shared = INTEGER(7);
    int a_transposed = INTEGER(8), b_transposed = INTEGER(9), add = INTEGER(10);
    float alpha = NUMBER(11);
    for (int i = 0; i < batch; i++) {
        Matrix left = {a + (int64_t)i * rows * shared, a_transposed ? 1 : shared, a_transposed ? rows : 1};
        Matrix right = {b + (int64_t)i * shared * columns, b_transposed ? 1 : columns, b_transposed ? shared : 1};
        matrix_product(left, right, c + (int64_t)i * rows * columns, columns, rows, columns, shared, alpha, add, bias);
    }
}
