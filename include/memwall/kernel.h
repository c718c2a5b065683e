/* Kernels for memwall that are compiled outside of it.
 *
 * A shared object exports one table, `memwall_kernels`; `bench --kernel=./mine.so` checks and measures what is in it.
 * `bench --kernel=./mine.c` compiles the file first, and `bench --new-kernel=mine.c` writes one to start from:
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
 * This header is plain C and C++ and needs no other file of memwall. memwall itself uses its definitions, so numbers in
 * it never change their meaning; a new meaning is a new MW_KERNEL_ABI. */
#ifndef MEMWALL_KERNEL_H
#define MEMWALL_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of everything in this file. Files compiled for another one are refused. */
#define MW_KERNEL_ABI 1u

/* What a kernel computes. A kernel from outside is a GEMV. */
typedef enum mw_op {
    MW_OP_GEMV = 0,        /* y = W x */
    MW_OP_GEMM = 1,        /* Y = W X: GEMV for several tokens at once */
    MW_OP_RMSNORM = 2,     /* y = w * x / rms(x) */
    MW_OP_ROPE = 3,        /* rotate pairs of v by tabulated angles; a pair is two neighbours */
    MW_OP_ROPE_HALVES = 4, /* the same; the halves of a head hold the pairs */
    MW_OP_ATTENTION = 5,   /* out = softmax(q K / sqrt(head size)) V, one head of one token */
    MW_OP_SWIGLU = 6,      /* h = silu(h) * g, in place */
    MW_OP_QUANTIZE = 7,    /* x to int8, for products with block formats */
    MW_OP_COUNT
} mw_op;

/* How weights are stored. Block formats are those of GGUF, bit for bit. Everything is little-endian. */
typedef enum mw_dtype {
    MW_F32 = 0,
    MW_BF16 = 1, /* the upper half of an f32 */
    MW_F16 = 2,  /* IEEE 754 binary16 */
    MW_Q8_0 = 3, /* 32 values: f16 scale, 32 int8 codes; value = code * scale */
    MW_Q4_0 =
        4, /* 32 values: f16 scale, 16 bytes, byte j with codes j (low half) and j + 16; value = (code - 8) * scale
                  */
    MW_Q4_K = 5, /* 256 values, as ggml's block_q4_K; so are the other two */
    MW_Q5_K = 6,
    MW_Q6_K = 7,
    MW_DTYPE_COUNT
} mw_dtype;

/* How the weight matrix lies in memory. What is said here is about f32; in other dtypes of layout tvl a line has as
 * many columns as fit into 4 bytes a row, and scales have lines of their own. */
typedef enum mw_layout_id {
    MW_LAYOUT_ROWMAJOR = 0, /* W[i][j] at i * ld + j */
    MW_LAYOUT_TVL16 = 1,    /* "tvl", panels of 16 rows: W[i][j] at i / 16 * 16 * ld + j * 16 + i % 16. The last panel
                               is filled up with rows of zeros */
    MW_LAYOUT_COLMAJOR = 2, /* W[i][j] at j * ld + i */
    MW_LAYOUT_AOS = 3,      /* each value is the first of four floats: W[i][j] at (i * ld + j) * 4 */
    MW_LAYOUT_COUNT
} mw_layout_id;

/* One bit per instruction set that a kernel can require of the CPU. */
enum {
    MW_ISA_BASE = 0,             /* whatever the compiler targets without further flags */
    MW_ISA_NEON = 1u << 0,       /* AArch64 Advanced SIMD */
    MW_ISA_AVX2 = 1u << 1,       /* x86-64 AVX2, FMA and F16C */
    MW_ISA_AVX512 = 1u << 2,     /* x86-64 AVX-512 F, BW, DQ and VL */
    MW_ISA_AVX512VNNI = 1u << 3, /* x86-64 AVX-512 VNNI: dot products of int8 */
    MW_ISA_DOTPROD = 1u << 4,    /* AArch64 FEAT_DotProd, the same */
    MW_ISA_I8MM = 1u << 5        /* AArch64 FEAT_I8MM: products of matrices of int8 */
};

/* A block of MW_X8 activations as int8: value = code * scale, a code is -127 to 127. */
enum { MW_X8 = 32 };
typedef struct mw_x8 {
    float scale;
    int32_t sum; /* of the codes: a kernel that multiplies by code of W + c subtracts c * sum */
    int8_t codes[MW_X8];
} mw_x8;

/* y[rows] = W[rows x cols] x[cols]. `w` points at the first of the wanted rows in the kernel's dtype and layout, and
 * `ld` is the distance in elements that the layout steps by (rowmajor and aos: from row to row; tvl: columns of a
 * panel; colmajor: from column to column). `x` is floats, for a block format mw_x8[cols / 32]; then
 *
 *   y = sum over blocks of (scale of W * scale of x) * (sum of 32 products of codes),
 *
 * and for a K format, whose blocks are 8 groups of 32 columns,
 *
 *   y = sum over blocks of d * (sum over groups of scale of x * (sum of 32 products of codes and the small scale))
 *       - dmin * (sum over groups of minimum * (scale of x * sum of codes of x)).
 *
 * The innermost sums of products are exact. Where a scale is not finite, neither is y. y[0..rows) is written, no more,
 * and nothing is read but these operands, which do not overlap. A thread may call it for rows from any multiple of 16
 * on, and several threads call it at once: it keeps no state, and the same operands give the same bits. */
typedef void mw_gemv_fn(float *y, const void *w, const void *x, size_t rows, size_t cols, size_t ld);

/* One kernel. Its texts and its code stay where they are until the process ends.
 *
 * name: what users write, 1 to 40 letters, digits and underlines; no name of a built-in kernel of that dtype, and none
 * of the words all, auto, paper, native, mmap and tvl.
 * align: of w in bytes: 4 for f32 and 2 for others; in layout tvl a power of two from there to 64.
 * row_multiple, col_multiple: what rows and columns must be multiples of: 1, 2, 4, 8 or 16 rows; columns by whole
 * blocks of the dtype, at most 4096. The kernel is not measured on a model that has other matrices.
 * err_scale: 1 if the result is within (cols + 2) 2^-23 sum|w||x|. A kernel that rounds more often than once a product
 * and once a sum needs more, at most 64. */
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

/* What a shared object exports under the name memwall_kernels. */
typedef struct mw_kernel_table {
    uint32_t abi;          /* MW_KERNEL_ABI; the first field in every version */
    uint32_t kernel_bytes; /* size of a mw_kernel_export */
    uint64_t n;            /* kernels, 1 to 32 */
    const mw_kernel_export *kernels;
} mw_kernel_table;

__attribute__((visibility("default"))) extern const mw_kernel_table memwall_kernels;

/* Exports all kernels of an array, once in a shared object. */
#define MW_EXPORT_KERNELS(array) \
    const mw_kernel_table memwall_kernels = {MW_KERNEL_ABI, sizeof(mw_kernel_export), sizeof(array) / sizeof *(array), \
                                             (array)}

/* The value of an IEEE 754 binary16, exactly. */
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
