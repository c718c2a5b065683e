/* memwall's GEMV kernels for other programs: y = W x with packed weights.
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
 * A memwall_gemv describes how the product with a matrix of a given shape is computed. It contains no weights and never
 * changes, so any number of matrices and threads can use the same one. The caller owns all memory. Functions that can
 * fail take `error`, an array of MEMWALL_ERROR bytes or NULL. On failure they write one line to it that says what is
 * wrong and what would be right. */
#ifndef MEMWALL_GEMV_H
#define MEMWALL_GEMV_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMWALL_API __attribute__((visibility("default")))

/* The size of an error text, and the alignment of packed weights and prepared inputs, in bytes. */
enum { MEMWALL_ERROR = 640, MEMWALL_ALIGN = 64 };

/* If the rows are divided among threads, each thread's rows start at a multiple of this. */
enum { MEMWALL_ROWS = 16 };

typedef struct memwall_gemv memwall_gemv;

/* Describes how W[rows x cols] is stored and multiplied.
 *
 * dtype: f32, bf16, f16, q8_0, q4_0, q4_K, q5_K or q6_K. The last five are GGUF's block formats, bit for bit.
 * layout: "tvl" (panels of 16 rows, the fastest), "rowmajor", or for f32 the deliberately slow "colmajor" and "aos".
 * kernel: a name as `memwall bench --list` shows it, or NULL for the best kernel that this CPU can run.
 *
 * Returns NULL if there is no such dtype, layout or kernel, if there is no memory, or if the kernel cannot compute this
 * shape: for block formats, cols must be a multiple of 32, and for the K formats (q4_K, q5_K, q6_K) of 256. The caller
 * releases the result with memwall_gemv_free, which also accepts NULL. */
MEMWALL_API memwall_gemv *memwall_gemv_new(const char *dtype, const char *layout, const char *kernel, size_t rows,
                                           size_t cols, char *error);
MEMWALL_API void memwall_gemv_free(memwall_gemv *gemv);

/* The name of the kernel. The string stays valid after memwall_gemv_free. */
MEMWALL_API const char *memwall_gemv_kernel(const memwall_gemv *gemv);

/* The sizes of the packed weights and of a prepared input in bytes. Both are multiples of MEMWALL_ALIGN. */
MEMWALL_API size_t memwall_gemv_w_bytes(const memwall_gemv *gemv);
MEMWALL_API size_t memwall_gemv_x_bytes(const memwall_gemv *gemv);

/* Packs rows [first, first + n) into w[memwall_gemv_w_bytes], aligned to MEMWALL_ALIGN. A call with first = 0 clears
 * all of w, so pack the first rows first; the other rows can follow in any order, with any number of rows per call.
 * `values` are n * cols floats, row by row, which are rounded to the dtype (by the reference quantizers of GGUF).
 * memwall_gemv_pack_stored takes values of the dtype instead: the bytes of rows of a GGUF tensor, which are only
 * reordered.
 *
 * Both return 0, or -1 if the rows are outside the matrix, if a value is not finite, or if there is no memory for a
 * row. */
MEMWALL_API int memwall_gemv_pack(const memwall_gemv *gemv, void *w, size_t first, size_t n, const float *values,
                                  char *error);
MEMWALL_API int memwall_gemv_pack_stored(const memwall_gemv *gemv, void *w, size_t first, size_t n, const void *stored,
                                         char *error);

/* Converts values[cols] to the form that the kernel takes and writes it to x[memwall_gemv_x_bytes], aligned to
 * MEMWALL_ALIGN: unchanged floats, or for a block format int8 with one scale per 32 values. The same x can be used with
 * every memwall_gemv of the same dtype and cols. */
MEMWALL_API void memwall_gemv_x(const memwall_gemv *gemv, void *x, const float *values);

/* y[i] = sum over j of W[first + i][j] x[j], for all i < n. `first` is a multiple of MEMWALL_ROWS; so is n, unless
 * these are the last rows of the matrix. Only y[0..n) is written. Several threads may compute different rows of one
 * product at the same time. The result is the same, bit for bit, however the rows are divided. */
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
