/* What a kernel is: one operation (op), computed one way, in one translation unit that exports one mw_kernel.
 *
 * A kernel knows nothing of files, threads, clocks or the harness: it gets pointers and sizes and computes. It never
 * states its own traffic either; the op owns the FLOP and byte count (ops.h). Kernels keep no state and may run on
 * several threads at once. Weights have a dtype, everything else is f32, with one exception: for block formats, GEMV
 * and GEMM take activations as mw_x8. Pointers to data of one call do not overlap unless said so. */
#ifndef MW_KERNELS_KERNEL_H
#define MW_KERNELS_KERNEL_H

#include "include/memwall/kernel.h"
#include "kernels/dtype.h"
#include "platform/cpu.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of n activations as a product with weights of that dtype takes them: floats, or for a block format mw_x8. */
static inline size_t mw_x_bytes(mw_dtype dtype, size_t n)
{
    return mw_dtype_in_blocks(dtype) ? n / MW_X8 * sizeof(mw_x8) : n * sizeof(float);
}

/* y[t * ldy + i] = sum over j of W[i][j] x[t * ldx + j], for all tokens t < tokens and rows i < rows, so that weights
 * are read from memory once for all tokens. `w`, `x` and `ld` as for GEMV, ldy >= rows, ldx >= cols; ldx counts values,
 * for a block format whole mw_x8. Of every token exactly y[t * ldy .. t * ldy + rows) is written; what lies between the
 * tokens is neither written nor read.
 *
 * A GEMM kernel has the name and the layout of a GEMV kernel, and for every token it returns the same bits as that one:
 * a prompt gives the same logits in batches of any size. */
typedef void mw_gemm_fn(float *y, size_t ldy, const void *w, const void *x, size_t ldx, size_t tokens, size_t rows,
                        size_t cols, size_t ld);

/* y[i] = w[i] * x[i] / sqrt(mean(x^2) + eps). y may be x. */
typedef void mw_rmsnorm_f32_fn(float *y, const float *x, const float *w, size_t n, float eps);

/* For each of `heads` heads of `head_size` (even) values: the pair (v[2i], v[2i+1]) rotated by the angle whose cosine
 * and sine are cos_sin[2i], cos_sin[2i+1]. Of MW_OP_ROPE_HALVES it is the pair (v[i], v[i+half]), and cosine and sine
 * are cos_sin[i], cos_sin[i+half], where half = head_size / 2. */
typedef void mw_rope_f32_fn(float *v, const float *cos_sin, size_t heads, size_t head_size);

/* One head of one token: out[size] = sum over p < seen of w[p] values[p * size ..], where w = exp(s - max(s)) / sum of
 * these and s[p] = q[size] . keys[p * size ..] / sqrt(size). seen >= 1, `size` is even. `scores` is scratch for `seen`
 * floats rounded up to a multiple of 16. Equal arguments give equal bits, and nothing but the first `seen` keys and
 * values is read. */
typedef void mw_attention_f32_fn(float *out, const float *q, const float *keys, const float *values, float *scores,
                                 size_t seen, size_t size);

/* h[i] = h[i] / (1 + exp(-h[i])) * g[i]. */
typedef void mw_swiglu_f32_fn(float *h, const float *g, size_t n);

/* n floats, a multiple of 32, to int8: with m the largest magnitude of a block, scale = m / 127 and code = x * (127 /
 * m) rounded to nearest, ties to even. If m is below 2^-90 all codes and the scale are 0; if a value of the block is
 * not finite, the codes are 0 and the scale is NaN, so that the mistake shows in every row. The same bits from every
 * kernel. */
typedef void mw_quantize_f32_fn(mw_x8 *to, const float *x, size_t n);

typedef struct mw_kernel {
    const char
        *name; /* what users write: "neon", "autovec_assoc_avx2"; unique within an op and a dtype; of a GEMM that of its
                 GEMV */
    const char *description; /* one line */
    const char *label;       /* of a kernel from outside, for tables: name, file and hash of the file; NULL: built in */
    mw_op op;
    mw_dtype dtype; /* of the weights */
    mw_layout_id layout;
    uint32_t isa;         /* MW_ISA_ bits that must be there at run time */
    const char *isa_name; /* what the CSV says: "c", "neon", "neon-simde", "avx512vnni" ... */
    const char *ops;      /* GEMV: name of the small-op kernels that go with it, so that a variant is one set */
    unsigned tile_rows, tile_cols; /* rows and columns in flight at once; a GEMV reads each row, or each panel of 16, as
                                      a forward stream of its own */
    unsigned align;                      /* required alignment of w in bytes; other pointers need that of a float */
    unsigned row_multiple, col_multiple; /* what rows and cols must be multiples of; 1 = anything */
    float err_scale;                     /* error bound in units of (n + 2) 2^-23 sum|terms|, see check.h */
    union {
        mw_gemv_fn *gemv;
        mw_gemm_fn *gemm;
        mw_rmsnorm_f32_fn *rmsnorm;
        mw_rope_f32_fn *rope;
        mw_attention_f32_fn *attention;
        mw_swiglu_f32_fn *swiglu;
        mw_quantize_f32_fn *quantize;
    } fn;
} mw_kernel;

/* What tables call it. */
static inline const char *mw_kernel_label(const mw_kernel *kernel)
{
    return kernel->label ? kernel->label : kernel->name;
}

/* Fields that hardly ever differ; a descriptor starts with this and adds its own. */
#define MW_KERNEL_DEFAULTS \
    .dtype = MW_F32, .tile_rows = 1, .tile_cols = 1, .align = 4, .row_multiple = 1, .col_multiple = 1, .err_scale = 1

#endif
