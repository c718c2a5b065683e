/* Layouts: where the values of a weight matrix are stored.
 *
 * A layout is one small file: a descriptor that moves blocks of a row (mw_dtype_info: one value each, or 32 or 256 of a
 * block format) to their place and back; packing, row lookup and the mask of useful bytes follow from that. Sizes are
 * in bytes. Kernels get the address of a first row and the stride `ld`. */
#ifndef MW_LAYOUTS_LAYOUT_H
#define MW_LAYOUTS_LAYOUT_H

#include "kernels/kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Output rows are split between threads in multiples of this, so that every layout's panels stay whole and no two
 * threads write to one cache line of y. */
enum { MW_ROW_SPLIT = 16 };

/* The rows [*first, *last) of a matrix that thread `index` of `threads` computes; none if they are equal. */
void mw_layout_rows_of(size_t rows, int index, int threads, size_t *first, size_t *last);

typedef struct mw_layout {
    const char *name;        /* what users write: "rowmajor", "tvl", ... */
    const char *description; /* one line */
    mw_layout_id id;
    unsigned panel_rows; /* rows that are stored together; a matrix is padded with zero rows to a multiple of it */
    bool f32_only;       /* takes no other dtype */
    bool by_columns;     /* the elements of a column are contiguous, so no share of the rows is one block */
    bool forward_order;  /* tensors are in the order of the forward pass, not in that of the checkpoint */
    /* Bytes that a matrix takes, padding included. */
    uint64_t (*bytes)(mw_dtype dtype, uint64_t rows, uint64_t cols);
    /* The stride that kernels of this layout are given. */
    size_t (*ld)(size_t rows, size_t cols);
    /* Byte at which a kernel starts that computes the rows from i on; i is a multiple of MW_ROW_SPLIT. */
    uint64_t (*at)(mw_dtype dtype, size_t i, size_t rows, size_t cols);
    /* Copies blocks [b, b + n) of row i, one after another in `blocks`, to their places in `w`, and back. */
    void (*put)(mw_dtype dtype, void *w, const void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols);
    void (*get)(mw_dtype dtype, const void *w, void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols);
} mw_layout;

extern const mw_layout mw_layout_rowmajor, mw_layout_tvl16, mw_layout_colmajor, mw_layout_aos;

/* All layouts, a NULL at the end. */
extern const mw_layout *const mw_layouts[];

const mw_layout *mw_layout_of(mw_layout_id id);

/* Puts `n` rows from row `first` on, given row-major in `src`, into their place in `w`. Padding is not written: w has
 * to be zeroed memory. */
void mw_layout_pack(const mw_layout *layout, mw_dtype dtype, void *w, const void *src, size_t first, size_t n,
                    size_t rows, size_t cols);

/* Whether all values of a matrix are finite. */
bool mw_layout_finite(const mw_layout *layout, mw_dtype dtype, const void *w, size_t rows, size_t cols);

/* Gathers row i as floats into dst[cols]. */
void mw_layout_row(const mw_layout *layout, mw_dtype dtype, float *dst, const void *w, size_t i, size_t rows,
                   size_t cols);

#endif
