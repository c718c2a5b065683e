/* The interface for kernels that are not part of memwall.
 *
 * A shared object exports one table, `memwall_kernels`. `bench --kernel=./mine.so` checks and measures its kernels.
 * `bench --kernel=./mine.c` compiles the file first. `bench --new-kernel=mine.c` writes a file to start from. In short:
 *
 *   #include <memwall/kernel.h>
 *
 *   static void gemv(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld) { ... }
 *
 *   static const mw_kernel_export kernels[] = {
 *       {"mine", "one line about it", gemv, MW_OP_GEMV, MW_F32, MW_LAYOUT_ROWMAJOR, MW_ISA_BASE, 4, 1, 1, 1},
 *   };
 *   MW_EXPORT_KERNELS(kernels);
 *
 * This header is valid C and C++ and needs no other file of memwall. memwall itself uses these definitions. The meaning
 * of a number in them never changes without a new MW_KERNEL_ABI. */
#ifndef MEMWALL_KERNEL_H
#define MEMWALL_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. Shared objects that were compiled for another version are refused. */
#define MW_KERNEL_ABI 1u

/* The operation that a kernel computes. A kernel that is not part of memwall must be a GEMV. */
typedef enum mw_op {
    MW_OP_GEMV = 0,        /* y = W x */
    MW_OP_GEMM = 1,        /* Y = W X: GEMV for several tokens at once */
    MW_OP_RMSNORM = 2,     /* y = w * x / rms(x) */
    MW_OP_ROPE = 3,        /* rotate pairs of v by tabulated angles; a pair is two neighbours */
    MW_OP_ROPE_HALVES = 4, /* the same; a pair is one value of each half of a head */
    MW_OP_ATTENTION = 5,   /* out = softmax(q K / sqrt(head size)) V, one head of one token */
    MW_OP_SWIGLU = 6,      /* h = silu(h) * g, in place */
    MW_OP_QUANTIZE = 7,    /* x to int8, for products with weights in block formats */
    MW_OP_COUNT
} mw_op;

/* The dtype of weights. The block formats (q8_0 to q6_K) are those of GGUF, bit for bit. All are little-endian. */
typedef enum mw_dtype {
    MW_F32 = 0,
    MW_BF16 = 1, /* the upper half of an f32 */
    MW_F16 = 2,  /* IEEE 754 binary16 */
    MW_Q8_0 = 3, /* 32 values: f16 scale, 32 int8 codes; value = code * scale */
    MW_Q4_0 = 4, /* 32 values: f16 scale, then 16 bytes; byte j holds code j (low half) and code j + 16 (high half);
                    value = (code - 8) * scale */
    MW_Q4_K = 5, /* 256 values, as in ggml's block_q4_K */
    MW_Q5_K = 6, /* 256 values, as in ggml's block_q5_K */
    MW_Q6_K = 7, /* 256 values, as in ggml's block_q6_K */
    MW_DTYPE_COUNT
} mw_dtype;

/* How the weight matrix is stored in memory. The formulas below are for f32. In layout tvl with another dtype, a line
 * of 64 bytes holds as many columns as fit into 4 bytes per row, and scales have separate lines (layouts/TVL.md). */
typedef enum mw_layout_id {
    MW_LAYOUT_ROWMAJOR = 0, /* W[i][j] at i * ld + j */
    MW_LAYOUT_TVL16 = 1,    /* "tvl", panels of 16 rows: W[i][j] at i / 16 * 16 * ld + j * 16 + i % 16. The last panel
                               is padded with rows of zeros */
    MW_LAYOUT_COLMAJOR = 2, /* W[i][j] at j * ld + i */
    MW_LAYOUT_AOS = 3,      /* each value is the first of four floats: W[i][j] at (i * ld + j) * 4 */
    MW_LAYOUT_COUNT
} mw_layout_id;

/* Instruction sets that a kernel can require, one bit for each. */
enum {
    MW_ISA_BASE = 0,             /* what the compiler targets by default */
    MW_ISA_NEON = 1u << 0,       /* AArch64 Advanced SIMD */
    MW_ISA_AVX2 = 1u << 1,       /* x86-64 AVX2, FMA and F16C */
    MW_ISA_AVX512 = 1u << 2,     /* x86-64 AVX-512 F, BW, DQ and VL */
    MW_ISA_AVX512VNNI = 1u << 3, /* x86-64 AVX-512 VNNI: dot products of int8 */
    MW_ISA_DOTPROD = 1u << 4,    /* AArch64 FEAT_DotProd: dot products of int8 */
    MW_ISA_I8MM = 1u << 5        /* AArch64 FEAT_I8MM: products of matrices of int8 */
};

/* A block of MW_X8 activations as int8: value = code * scale. Codes are from -127 to 127. */
enum { MW_X8 = 32 };
typedef struct mw_x8 {
    float scale;
    int32_t sum; /* of the codes. A kernel that adds c to each code of W has to subtract c * sum */
    int8_t codes[MW_X8];
} mw_x8;

/* y[rows] = W[rows x cols] x[cols]. `w` points to the first row to compute, in the kernel's dtype and layout. `ld` is
 * the stride of the layout in elements: from row to row in rowmajor and aos, from column to column in colmajor; in tvl
 * it is the number of columns of a panel. `x` is an array of floats, or for block formats mw_x8[cols / 32]. For q8_0
 * and q4_0,
 *
 *   y = sum over blocks of (scale of W * scale of x) * (sum of 32 products of codes),
 *
 * and for the K formats (q4_K, q5_K and q6_K), whose blocks are 8 groups of 32 columns,
 *
 *   y = sum over blocks of d * (sum over groups of scale of x * (sum of 32 products of codes and the small scale))
 *       - dmin * (sum over groups of minimum * (scale of x * sum of codes of x)).
 *
 * The innermost sums of products are exact. If a scale is not finite, y is not finite either. The function writes
 * y[0..rows) and nothing else, and reads only its operands, which do not overlap. Several threads call it at the same
 * time, each for its own rows, which start at a multiple of 16. So it keeps no state, and the same operands give the
 * same bits. */
typedef void mw_gemv_fn(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld);

/* The descriptor of one kernel. Its strings and its code must stay in place until the process ends.
 *
 * name: what users write: 1 to 40 letters, digits and underscores. It must not be the name of a built-in kernel for the
 * same dtype, nor one of the words all, auto, paper, native, mmap and tvl.
 * align: the alignment of w that the kernel needs, in bytes: 4 for f32 and 2 for other dtypes. In layout tvl it can be
 * any power of two from these values to 64.
 * row_multiple, col_multiple: what the numbers of rows and columns must be multiples of: 1, 2, 4, 8 or 16 for rows; a
 * multiple of the dtype's block, at most 4096, for columns. The kernel is not measured on a model with other matrices.
 * err_scale: the allowed error in units of (cols + 2) 2^-23 sum|w||x|. 1 is enough for a kernel that rounds once per
 * product and once per sum. A kernel that rounds more often needs more; the maximum is 64. */
typedef struct mw_kernel_export {
    const char *name;
    const char *description; /* one line, at most 120 characters */
    mw_gemv_fn *gemv;
    uint32_t op;     /* MW_OP_GEMV */
    uint32_t dtype;  /* mw_dtype of the weights */
    uint32_t layout; /* mw_layout_id */
    uint32_t isa;    /* MW_ISA_ bits that the CPU must have */
    uint32_t align;
    uint32_t row_multiple, col_multiple;
    float err_scale;
} mw_kernel_export;

/* The table that a shared object exports under the name memwall_kernels. */
typedef struct mw_kernel_table {
    uint32_t abi;          /* MW_KERNEL_ABI; the first field in every version */
    uint32_t kernel_bytes; /* size of a mw_kernel_export */
    uint64_t n;            /* number of kernels, 1 to 32 */
    const mw_kernel_export *kernels;
} mw_kernel_table;

__attribute__((visibility("default"))) extern const mw_kernel_table memwall_kernels;

/* Exports all kernels of an array. To be used once per shared object. */
#define MW_EXPORT_KERNELS(array) \
    const mw_kernel_table memwall_kernels = {MW_KERNEL_ABI, sizeof(mw_kernel_export), sizeof(array) / sizeof *(array), \
                                             (array)}

/* The exact value of an IEEE 754 binary16. */
static inline float mw_f16_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1f, mantissa = half & 0x3ff;
    uint32_t bits = (exponent == 0x1f ? 0xff : exponent + 127 - 15) << 23 | mantissa << 13;
    float value;
    if (exponent == 0) { /* zero and subnormals: multiples of 2^-24 */
        value = (float)mantissa * (1.0f / 16777216);
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#ifdef __cplusplus
}
#endif

#endif
