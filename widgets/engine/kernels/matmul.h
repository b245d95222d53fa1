#ifndef MATMUL_H
#define MATMUL_H

#include "kernels.h"
#include "vector.h"

/* A matrix in memory: element (i, j) lies at data[i * row + j * column]. */
typedef struct {
    const float *data;
    int row, column;
} Matrix;

/* c[i * c_row + j] = alpha * (a b)[i, j], added to c or to bias[j] when asked for. */
void matrix_product(Matrix a, Matrix b, float *c, int c_row, int rows, int columns, int shared, float alpha, int add,
                    const float *bias);

#endif
