/* What a kernel is: one operation (op), computed one way, in one translation unit that exports one mw_kernel.
 *
 * A kernel knows nothing of files, threads, clocks or the harness: it gets pointers and sizes and computes. It never
 * states its own traffic either; the op owns the FLOP and byte count (ops.h). Kernels keep no state and may run on
 * several threads at once. Weights have a dtype, everything else is f32, with one exception: for block formats, GEMV
 * and GEMM take activations as mw_x8. Pointers to data of one call do not overlap unless said so. */
#ifndef MW_KERNELS_KERNEL_H
#define MW_KERNELS_KERNEL_H

#include "kernels/dtype.h"
#include "platform/cpu.h"

#include <stddef.h>
#include <stdint.h>

typedef enum mw_op {
    MW_OP_GEMV,        /* y = W x */
    MW_OP_GEMM,        /* Y = W X: GEMV for several tokens at once */
    MW_OP_RMSNORM,     /* y = w * x / rms(x) */
    MW_OP_ROPE,        /* rotate pairs of v by tabulated angles; a pair is two neighbours */
    MW_OP_ROPE_HALVES, /* the same; the halves of a head hold the pairs */
    MW_OP_ATTENTION,   /* out = softmax(q K / sqrt(head size)) V, one head of one token */
    MW_OP_SWIGLU,      /* h = silu(h) * g, in place */
    MW_OP_QUANTIZE,    /* x to int8, for products with block formats */
    MW_OP_COUNT
} mw_op;

/* How the weight matrix of a GEMV or GEMM lies in memory; layouts/layout.h describes each. Ops without a weight matrix
 * take MW_LAYOUT_ROWMAJOR. */
typedef enum mw_layout_id {
    MW_LAYOUT_ROWMAJOR,
    MW_LAYOUT_TVL16,
    MW_LAYOUT_COLMAJOR,
    MW_LAYOUT_AOS,
    MW_LAYOUT_COUNT
} mw_layout_id;

/* A block of MW_X8 activations as int8: value = code * scale, a code is -127 to 127. */
enum { MW_X8 = 32 };
typedef struct mw_x8 {
    float scale;
    int32_t sum; /* of the codes: a kernel that multiplies by code of W + c subtracts c * sum */
    int8_t codes[MW_X8];
} mw_x8;

/* Bytes of n activations as a product with weights of that dtype takes them: floats, or for a block format mw_x8. */
static inline size_t mw_x_bytes(mw_dtype dtype, size_t n)
{
    return mw_dtype_in_blocks(dtype) ? n / MW_X8 * sizeof(mw_x8) : n * sizeof(float);
}

/* y[rows] = W[rows x cols] x[cols]. `w` points at the first of the wanted rows in the kernel's dtype and layout, and
 * `ld` is the distance in elements that the layout steps by (layout.h: rowmajor and aos a row, tvl16 a column count per
 * panel, colmajor a column). `x` is floats, for a block format mw_x8[cols / 32]; then
 *
 *   y = sum over blocks of (scale of W * scale of x) * (sum of 32 products of codes),
 *
 * and for a K format, whose blocks are 8 groups of 32 columns,
 *
 *   y = sum over blocks of d * (sum over groups of scale of x * (sum of 32 products of codes and the small scale))
 *       - dmin * (sum over groups of minimum * (scale of x * sum of codes of x)).
 *
 * The innermost sums of products are exact. Where a scale is not finite, neither is y. y[0..rows) is written, no more.
 */
typedef void mw_gemv_fn(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld);

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
    mw_op op;
    mw_dtype dtype; /* of the weights */
    mw_layout_id layout;
    uint32_t isa;         /* MW_ISA_ bits that must be there at run time */
    const char *isa_name; /* what the CSV says: "c", "neon", "neon-simde", "avx512vnni" ... */
    const char *ops;      /* GEMV: name of the small-op kernels that go with it, so that a variant is one set */
    unsigned tile_rows, tile_cols;       /* rows and columns in flight at once, for the reader */
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

/* Fields that hardly ever differ; a descriptor starts with this and adds its own. */
#define MW_KERNEL_DEFAULTS \
    .dtype = MW_F32, .tile_rows = 1, .tile_cols = 1, .align = 4, .row_multiple = 1, .col_multiple = 1, .err_scale = 1

#endif
