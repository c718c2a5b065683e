/* Tiled NEON over the TVL layout: a panel is 16 rows, one column of it one 64-byte line. x[j] is broadcast, every row
 * has its own lane of its own accumulator, so there is no horizontal sum, and the weights are read strictly forward.
 *
 * Two columns are in flight: 2 x 4 accumulators of 4 rows keep two FMA pipes of latency 4 busy, and they fit the 16
 * vector registers that x86-64 has under AVX2. Even and odd columns are summed apart and joined at the end.
 *
 * AArch64 has 32 registers, and cores with four FMA pipes of latency 4 want 16 chains. There two panels are in flight,
 * half of the rows apart, so that each is a long forward stream; x is loaded once for both. EXPERIMENTS.md has what
 * this gains according to models of such cores. A row is summed in the same order whatever panel is computed with
 * it. */
#include "kernels/kernel.h"
#include "kernels/neon.h"

enum { R = 16 };

#if defined(__aarch64__)
enum { TILE_ROWS = 2 * R };
#else
enum { TILE_ROWS = R };
#endif

/* The sums of one panel: of its even columns (a) and of its odd ones (b), four rows each. */
typedef struct sums {
    float32x4_t a0, a1, a2, a3, b0, b1, b2, b3;
} sums;

static inline sums no_columns(void)
{
    const float32x4_t zero = vdupq_n_f32(0);
    return (sums){zero, zero, zero, zero, zero, zero, zero, zero};
}

static inline void add_one(sums *s, const float *w, float32x4_t x0)
{
    s->a0 = vfmaq_f32(s->a0, vld1q_f32(w), x0);
    s->a1 = vfmaq_f32(s->a1, vld1q_f32(w + 4), x0);
    s->a2 = vfmaq_f32(s->a2, vld1q_f32(w + 8), x0);
    s->a3 = vfmaq_f32(s->a3, vld1q_f32(w + 12), x0);
}

static inline void add_two(sums *s, const float *w, float32x4_t x0, float32x4_t x1)
{
    add_one(s, w, x0);
    s->b0 = vfmaq_f32(s->b0, vld1q_f32(w + 16), x1);
    s->b1 = vfmaq_f32(s->b1, vld1q_f32(w + 20), x1);
    s->b2 = vfmaq_f32(s->b2, vld1q_f32(w + 24), x1);
    s->b3 = vfmaq_f32(s->b3, vld1q_f32(w + 28), x1);
}

static inline void store(float *y, const sums *s)
{
    vst1q_f32(y, vaddq_f32(s->a0, s->b0));
    vst1q_f32(y + 4, vaddq_f32(s->a1, s->b1));
    vst1q_f32(y + 8, vaddq_f32(s->a2, s->b2));
    vst1q_f32(y + 12, vaddq_f32(s->a3, s->b3));
}

/* One panel: y[16] = the sum over all columns. */
static inline void panel(float *y, const float *w, const float *x, size_t cols)
{
    sums s = no_columns();
    size_t j = 0;
    for (; j + 2 <= cols; j += 2, w += 2 * R) {
        const float32x4_t x0 = vld1q_dup_f32(x + j), x1 = vld1q_dup_f32(x + j + 1);
        add_two(&s, w, x0, x1);
    }
    if (j < cols)
        add_one(&s, w, vld1q_dup_f32(x + j));
    store(y, &s);
}

#if defined(__aarch64__)
/* Two panels of the same matrix, y and w of the second being far_y and far_w. */
static inline void two_panels(float *y, float *far_y, const float *w, const float *far_w, const float *x, size_t cols)
{
    sums s = no_columns(), far = s;
    size_t j = 0;
    for (; j + 2 <= cols; j += 2, w += 2 * R, far_w += 2 * R) {
        const float32x4_t x0 = vld1q_dup_f32(x + j), x1 = vld1q_dup_f32(x + j + 1);
        add_two(&s, w, x0, x1);
        /* No instruction. Without it gcc loads the lines of both panels first, and runs out of registers. */
        __asm__ volatile("" ::: "memory");
        add_two(&far, far_w, x0, x1);
    }
    if (j < cols) {
        const float32x4_t x0 = vld1q_dup_f32(x + j);
        add_one(&s, w, x0);
        add_one(&far, far_w, x0);
    }
    store(y, &s);
    store(far_y, &far);
}
#endif

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    size_t i = 0;
#if defined(__aarch64__)
    const size_t half = rows / R / 2 * R;
    for (; i < half; i += R)
        two_panels(y + i, y + half + i, w + i * ld, w + (half + i) * ld, x, cols);
    i = 2 * half;
#endif
    for (; i + R <= rows; i += R)
        panel(y + i, w + i * ld, x, cols);
    if (i < rows) { /* the last panel is padded with zero rows, y is not */
        float last[R];
        panel(last, w + i * ld, x, cols);
        for (size_t r = 0; i + r < rows; r++)
            y[i + r] = last[r];
    }
}

const mw_kernel mw_gemv_f32_tvl16_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "tvl16_neon",
    .description = "tiled NEON: panels of 16 rows, broadcast x, no horizontal sum",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_TVL16,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",
    .tile_rows = TILE_ROWS,
    .tile_cols = 2,
    .align = 64,
    .fn.gemv = gemv,
};
