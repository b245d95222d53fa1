/* Rows of a table by index, and the way back. */
#include "kernels.h"

/* y[count, width] = table[index[count]]; a row of NaN for an index outside the table */
void gather_rows(const Word *args) {
    float *y = FLOATS(0);
    const float *table = FLOATS(1);
    const int32_t *index = INTEGERS(2);
    int count = INTEGER(3), width = INTEGER(4), rows = INTEGER(5);
    for (int r = 0; r < count; r++, y += width) {
        int is_inside = index[r] >= 0 && index[r] < rows;
        const float *from = table + (is_inside ? (int64_t)index[r] * width : 0);
        for (int i = 0; i < width; i++) y[i] = is_inside ? from[i] : __builtin_nanf("");
    }
}

/* dtable[index[count]] += dy[count, width] */
void scatter_add_rows(const Word *args) {
    float *dtable = FLOATS(0);
    const float *dy = FLOATS(1);
    const int32_t *index = INTEGERS(2);
    int count = INTEGER(3), width = INTEGER(4), rows = INTEGER(5);
    for (int r = 0; r < count; r++, dy += width) {
        if (index[r] < 0 || index[r] >= rows) continue;
        float *to = dtable + (int64_t)index[r] * width;
        for (int i = 0; i < width; i++) to[i] += dy[i];
    }
}
