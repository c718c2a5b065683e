/* The walk of a row-major GEMV over GGUF's blocks: STREAMS rows in flight, a quarter of the matrix apart (see
 * gemv_rows.h).
 * The including file has defined STREAMS, BLOCK_BYTES, BLOCK_COLS, the values of a block, and
 *
 *   rows_of(y, step, w, stride, x, blocks, n)   n rows, `step` apart in y and `stride` bytes in w */
#ifndef MW_KERNELS_AVX_ROWS_WALK_H
#define MW_KERNELS_AVX_ROWS_WALK_H

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const char *w = weights;
    const size_t blocks = cols / BLOCK_COLS, bytes = ld / BLOCK_COLS * BLOCK_BYTES, quarter = rows / STREAMS;
    for (size_t i = 0; i < quarter; i++)
        rows_of(y + i, quarter, w + i * bytes, quarter * bytes, activations, blocks, STREAMS);
    for (size_t i = STREAMS * quarter; i < rows; i++)
        rows_of(y + i, 1, w + i * bytes, bytes, activations, blocks, 1);
}

#endif
