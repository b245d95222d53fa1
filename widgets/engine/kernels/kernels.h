/* The calling convention of every kernel, and the list of them.
 *
 * A kernel takes one argument: an array of 64-bit words holding pointers, integers and doubles. So Python needs one
 * ctypes entry point (`engine_run`) for all of them, and a recorded list of calls can be replayed without Python.
 * The second column of KERNELS is read by Python: p a pointer (0 when absent), n an integer, f a floating-point number.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

typedef union {
    int64_t integer;
    double number;
} Word;

#define WORDS_PER_CALL 16 /* the kernel's index and up to fifteen arguments */

#define POINTER(type, n) ((type *)(intptr_t)args[n].integer)
#define FLOATS(n) POINTER(float, n)
#define INTEGERS(n) POINTER(int32_t, n)
#define INTEGER(n) ((int)args[n].integer)
#define NUMBER(n) ((float)args[n].number)

#define KERNELS(X) \
    X(fill, "pnf") \
    X(scaled_copy, "ppnfn") \
    X(add, "pppn") \
    X(multiply, "pppnn") \
    X(column_sums, "ppnn") \
    X(add_rows, "pppnn") \
    X(weighted_mean, "pppnf") \
    X(weighted_mean_backward, "pppnfn") \
    X(row_dots, "pppnn") \
    X(row_dots_backward, "pppnnn") \
    X(unary, "ppnnff") \
    X(unary_backward, "pppnnffn") \
    X(extremum, "pppnn") \
    X(extremum_backward, "ppppnnn") \
    X(gelu, "ppn") \
    X(gelu_backward, "pppnn") \
    X(matmul, "ppppnnnnnnnf") \
    X(layer_norm, "ppppppnnf") \
    X(layer_norm_backward, "ppppppppnnn") \
    X(gather_rows, "pppnnn") \
    X(scatter_add_rows, "pppnnn") \
    X(attention, "pppppnnnn") \
    X(attention_backward, "pppppppppnnnnn") \
    X(attention_step, "pppppppnnnn") \
    X(token_logprobs, "ppppnn") \
    X(token_logprobs_backward, "ppppnnn") \
    X(optimizer_begin, "pff") \
    X(sum_of_squares, "ppn") \
    X(adamw, "ppppnpfffff") \
    X(uniform, "pnnn") \
    X(normal, "pnnnf") \
    X(gather_tokens, "pppnn") \
    X(sample_tokens, "pppppnnn") \
    X(advance, "pn") \
    X(nf4_quantize, "pppnn") \
    X(nf4_dequantize, "pppnn") \
    X(blockwise_quantize, "ppppnn") \
    X(blockwise_dequantize, "ppppnnf")

#define DECLARE(name, signature) void name(const Word *args);
KERNELS(DECLARE)
#undef DECLARE

#endif
