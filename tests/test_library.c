/* libmemwall_kernels through its public header, as another program uses it: every dtype in every layout, shares of the
 * rows, bad arguments. Kernels themselves are checked elsewhere; this is about what stands around them. */
#include "include/memwall/gemv.h"
#include "kernels/dtype.h"
#include "kernels/kernel.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 37, COLS = 512 };

static float values[ROWS * COLS], input[COLS];

static void make_data(void)
{
    uint32_t state = 1;
    for (int i = 0; i < ROWS * COLS + COLS; i++) {
        state = state * 1664525 + 1013904223;
        float value = (float)(int32_t)state * (1.0f / 2147483648.0f);
        *(i < COLS ? &input[i] : &values[i - COLS]) = value;
    }
}

/* The product of what is stored: weights and input as the dtype rounds them, in double precision. */
static double reference(mw_dtype dtype, const void *x, int row, double *magnitude)
{
    const mw_dtype_info *t = &mw_dtypes[dtype];
    char stored[COLS * 4];
    float w[COLS];
    t->of_floats(stored, values + row * COLS, COLS);
    t->to_floats(w, stored, COLS);
    double sum = *magnitude = 0;
    for (int j = 0; j < COLS; j++) {
        const mw_x8 *block = (const mw_x8 *)x + j / MW_X8;
        const double xj = t->block > 1 ? (double)block->codes[j % MW_X8] * block->scale : input[j];
        sum += w[j] * xj;
        *magnitude += fabs(w[j] * xj);
    }
    return sum;
}

/* Whether y is the product, within the bound of kernels that round once per product and once per sum, or a few times
 * more for the scales of blocks. */
static bool is_product(mw_dtype dtype, const void *x, const float *y)
{
    bool good = true;
    for (int i = 0; i < ROWS; i++) {
        double magnitude, want = reference(dtype, x, i, &magnitude);
        good &= fabs(y[i] - want) <= 4 * (COLS + 2) * 0x1p-23 * magnitude;
    }
    return good;
}

/* Memory that is not clear, and never twice the same. */
static void *aligned(size_t bytes)
{
    static int filling = 0xa5;
    void *memory = aligned_alloc(MEMWALL_ALIGN, bytes);
    if (memory)
        memset(memory, filling++, bytes);
    return memory;
}

static void check_format(const char *dtype_name, const char *layout)
{
    mw_dtype dtype;
    char error[MEMWALL_ERROR] = "";
    memwall_gemv *g = memwall_gemv_new(dtype_name, layout, NULL, ROWS, COLS, error);
    if (!mw_dtype_named(dtype_name, &dtype) || !g) {
        tap_ok(false, "%s in %s: %s", dtype_name, layout, error);
        return;
    }
    const size_t w_bytes = memwall_gemv_w_bytes(g);
    char *w = aligned(w_bytes), *again = aligned(w_bytes), *x = aligned(memwall_gemv_x_bytes(g));
    float y[ROWS + 1], shares[ROWS + 1];
    y[ROWS] = shares[ROWS] = -7;
    tap_ok(w_bytes % MEMWALL_ALIGN == 0 && memwall_gemv_pack(g, w, 0, ROWS, values, error) == 0,
           "%s in %s: packed by %s", dtype_name, layout, memwall_gemv_kernel(g));
    memwall_gemv_x(g, x, input);
    memwall_gemv_run(g, y, w, x, 0, ROWS);
    tap_ok(is_product(dtype, x, y) && y[ROWS] == -7, "%s in %s: the product", dtype_name, layout);
    for (int first = 0; first < ROWS; first += MEMWALL_ROWS)
        memwall_gemv_run(g, shares + first, w, x, (size_t)first,
                         ROWS - first < MEMWALL_ROWS ? ROWS - first : MEMWALL_ROWS);
    tap_ok(memcmp(y, shares, sizeof y) == 0, "%s in %s: shares of the rows give the same bits", dtype_name, layout);

    /* the same weights, stored before they are packed, in portions */
    static char stored[ROWS * COLS * 4];
    mw_dtypes[dtype].of_floats(stored, values, ROWS * COLS);
    const size_t row = (size_t)mw_dtype_bytes(dtype, COLS);
    int rc = memwall_gemv_pack_stored(g, again, 0, 5, stored, error);
    rc |= memwall_gemv_pack_stored(g, again, 20, ROWS - 20, stored + 20 * row, error);
    rc |= memwall_gemv_pack_stored(g, again, 5, 15, stored + 5 * row, error);
    tap_ok(rc == 0 && memcmp(w, again, w_bytes) == 0, "%s in %s: stored values, in portions; padding is clear",
           dtype_name, layout);
    free(w);
    free(again);
    free(x);
    memwall_gemv_free(g);
}

static void refused(const char *name, const char *dtype, const char *layout, const char *kernel, size_t rows,
                    size_t cols, const char *word)
{
    char error[MEMWALL_ERROR] = "";
    memwall_gemv *g = memwall_gemv_new(dtype, layout, kernel, rows, cols, error);
    tap_ok(!g && strstr(error, word) && !strchr(error, '\n'), "refused: %s: %s", name, error);
    tap_ok(!memwall_gemv_new(dtype, layout, kernel, rows, cols, NULL), "refused: %s, without an array for the line",
           name);
    memwall_gemv_free(g);
}

int main(void)
{
    make_data();
    int dtypes = 0, layouts = 0;
    for (; memwall_dtype_name(dtypes); dtypes++)
        for (layouts = 0; memwall_layout_name(layouts); layouts++)
            if (layouts < 2 || dtypes == 0) /* the controls are f32 only */
                check_format(memwall_dtype_name(dtypes), memwall_layout_name(layouts));
    tap_ok(dtypes == MW_DTYPE_COUNT && layouts == MW_LAYOUT_COUNT && !memwall_dtype_name(-1) &&
               !memwall_layout_name(-1),
           "all dtypes and layouts have names");
    tap_ok(strcmp(memwall_version(), MW_VERSION) == 0, "the version");

    refused("no such dtype", "q3", "tvl", NULL, 16, 256, "q4_0");
    refused("no such layout", "f32", "diagonal", NULL, 16, 256, "rowmajor");
    refused("no such kernel", "f32", "tvl", "magic", 16, 256, "tvl16_neon");
    refused("a kernel of another layout", "f32", "tvl", "scalar", 16, 256, "layout rowmajor");
    refused("a layout without kernels of the dtype", "q8_0", "aos", NULL, 16, 256, "layout tvl");
    refused("half a block", "q8_0", "tvl", NULL, 16, 48, "columns of 32");
    refused("no rows", "f32", "tvl", NULL, 0, 48, "from 1");
    refused("too many columns", "f32", "tvl", NULL, 1, (size_t)1 << 40, "2^32");

    char error[MEMWALL_ERROR];
    memwall_gemv *g = memwall_gemv_new("f32", "rowmajor", "scalar", ROWS, COLS, error);
    void *w = g ? aligned(memwall_gemv_w_bytes(g)) : NULL;
    tap_ok(g && strcmp(memwall_gemv_kernel(g), "scalar") == 0, "a kernel by name");
    tap_ok(g && memwall_gemv_pack(g, w, 30, 8, values, error) < 0 && strstr(error, "37 rows"),
           "rows beyond the end: %s", error);
    tap_ok(g && memwall_gemv_pack(g, w, SIZE_MAX, 2, values, error) < 0, "rows that overflow: %s", error);
    values[3 * COLS + 1] = NAN;
    tap_ok(g && memwall_gemv_pack(g, w, 0, 5, values, error) < 0 && strstr(error, "row 3"), "not finite: %s", error);
    tap_ok(g && memwall_gemv_pack_stored(g, w, 0, 5, values, error) < 0 && strstr(error, "finite"), "nor stored: %s",
           error);
    free(w);
    memwall_gemv_free(g);
    return tap_done();
}
