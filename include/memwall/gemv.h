/* memwall's kernels in other programs: y = W x with packed weights.
 *
 *   char error[MEMWALL_ERROR];
 *   memwall_gemv *g = memwall_gemv_new("q8_0", "tvl", NULL, rows, cols, error);
 *   void *w = aligned_alloc(MEMWALL_ALIGN, memwall_gemv_w_bytes(g)), *x = ...;   // once per matrix
 *   memwall_gemv_pack(g, w, 0, rows, values, error);
 *   memwall_gemv_x(g, x, input);                                                  // once per input
 *   memwall_gemv_run(g, y, w, x, 0, rows);                                        // once per product
 *
 * Compile and link with `pkg-config --cflags --libs memwall_kernels`.
 *
 * A memwall_gemv says how a product of one shape is computed: it holds no weights and never changes, so any number of
 * matrices and threads may use one. The caller owns all memory. Functions that can fail take `error`, an array of
 * MEMWALL_ERROR bytes or NULL, and leave one line in it: what is wrong, and what would be right. */
#ifndef MEMWALL_GEMV_H
#define MEMWALL_GEMV_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMWALL_API __attribute__((visibility("default")))

/* Bytes of an error text, and the alignment of packed weights and prepared inputs. */
enum { MEMWALL_ERROR = 640, MEMWALL_ALIGN = 64 };

/* Shares of the rows start at multiples of this. */
enum { MEMWALL_ROWS = 16 };

typedef struct memwall_gemv memwall_gemv;

/* How W[rows x cols] is stored and multiplied.
 *
 * dtype: f32, bf16, f16, q8_0, q4_0, q4_K, q5_K or q6_K; the last five are those of GGUF, bit for bit.
 * layout: "tvl" (panels of 16 rows, the fastest), "rowmajor", or for f32 the controls "colmajor" and "aos".
 * kernel: a name as `memwall bench --list` shows it, or NULL for the best one that this CPU runs.
 *
 * NULL if there is no such thing, no memory, or if the kernel cannot compute this shape: columns come in whole blocks
 * of the dtype (32 values, or 256 of the K formats). Released by memwall_gemv_free, which takes NULL as well. */
MEMWALL_API memwall_gemv *memwall_gemv_new(const char *dtype, const char *layout, const char *kernel, size_t rows,
                                           size_t cols, char *error);
MEMWALL_API void memwall_gemv_free(memwall_gemv *gemv);

/* The name of the kernel, which stays valid. */
MEMWALL_API const char *memwall_gemv_kernel(const memwall_gemv *gemv);

/* Bytes of packed weights and of a prepared input, multiples of MEMWALL_ALIGN. */
MEMWALL_API size_t memwall_gemv_w_bytes(const memwall_gemv *gemv);
MEMWALL_API size_t memwall_gemv_x_bytes(const memwall_gemv *gemv);

/* Packs rows [first, first + n) into w[memwall_gemv_w_bytes], aligned to MEMWALL_ALIGN. A call with first = 0 clears w
 * before, so the first rows come first; other rows may follow in any order and any portions. `values` are n * cols
 * floats, row by row, which are rounded to the dtype (by the reference quantizers of GGUF). memwall_gemv_pack_stored
 * takes values of the dtype instead: the bytes of rows of a GGUF tensor, which are only put in order.
 *
 * 0; or -1 if the rows are not within the matrix, if a value is not finite, or without memory for a row. */
MEMWALL_API int memwall_gemv_pack(const memwall_gemv *gemv, void *w, size_t first, size_t n, const float *values,
                                  char *error);
MEMWALL_API int memwall_gemv_pack_stored(const memwall_gemv *gemv, void *w, size_t first, size_t n, const void *stored,
                                         char *error);

/* Prepares values[cols] as the kernel takes them in x[memwall_gemv_x_bytes], aligned to MEMWALL_ALIGN: as they are, or
 * for a block format as int8 with a scale for every 32. It fits every memwall_gemv of the same dtype and cols. */
MEMWALL_API void memwall_gemv_x(const memwall_gemv *gemv, void *x, const float *values);

/* y[i] = sum over j of W[first + i][j] x[j], for all i < n. `first` is a multiple of MEMWALL_ROWS; so is n, unless the
 * rows end with the matrix. y[0..n) is written and nothing else. Several threads may compute shares of one product at
 * once; however rows are shared out, the result is the same, bit for bit. */
MEMWALL_API void memwall_gemv_run(const memwall_gemv *gemv, float *y, const void *w, const void *x, size_t first,
                                  size_t n);

/* The names of all dtypes and layouts; NULL for an index beyond the last. */
MEMWALL_API const char *memwall_dtype_name(int index);
MEMWALL_API const char *memwall_layout_name(int index);

/* The version of the library, "0.1.0". */
MEMWALL_API const char *memwall_version(void);

#ifdef __cplusplus
}
#endif

#endif
