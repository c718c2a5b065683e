/* No access of a kernel escapes its trace, of any kernel of any op and dtype, and tracing changes no result. */
#include "bench/check/check.h"
#include "bench/clu/clu.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "kernels/trace/trace.h"
#include "layouts/layout.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mw_cache_level usual[] = {{32 << 10, 8, 64}, {256 << 10, 8, 64}, {8 << 20, 16, 64}};
enum { L = 3 };

/* A library: there is no source to make a twin of. */
static bool comes_compiled(const mw_kernel *k)
{
    return strcmp(k->isa_name, "blas") == 0;
}

static void test_gemv_traces(void)
{
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV)
            continue;
        if (!mw_kernel_supported(*k)) {
            tap_skip((*k)->name, "this CPU lacks its instructions");
            continue;
        }
        mw_error err;
        mw_clu c;
        if (comes_compiled(*k)) {
            tap_ok(mw_clu_measure(*k, 16, 16, 0, usual, L, &c, &err) == -ENOTSUP &&
                       strstr(err.text, "not of libraries"),
                   "%s: a library's accesses are refused: %s", (*k)->name, err.text);
            continue;
        }
        bool good = true;
        int taken = 0;
        static const struct {
            size_t rows, cols;
        } shapes[] = {{1, 1},    {3, 7},    {16, 16},  {33, 52},  {1, 32},    {33, 96},
                      {50, 131}, {17, 300}, {50, 160}, {96, 304}, {192, 320}, /* these two fill the buffer of reports
                                                                                 several times */
                      {1, 256},  {17, 768}, {50, 512}, {96, 256}};
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] && good; i++) {
            const bool takes = mw_check_takes(*k, shapes[i].rows, shapes[i].cols);
            int rc = mw_clu_measure(*k, shapes[i].rows, shapes[i].cols, 0, usual, L, &c, &err);
            good = takes ? rc == 0 && mw_clu_complete(&c) : rc == -EINVAL;
            taken += takes;
        }
        const char *dtype = mw_dtypes[(*k)->dtype].name;
        tap_ok(good && taken >= 4, "%s %s: every byte of W, x and y is in its trace, in %d shapes", dtype, (*k)->name,
               taken);
        /* the very kernel without reports: the check has to see that */
        good = mw_clu_measure_twin(*k, 16, (*k)->col_multiple > 32 ? (*k)->col_multiple : 32, 0, usual, L, &c, &err) ==
                   0 &&
               !mw_clu_complete(&c) && c.region[MW_CLU_WEIGHTS].loads == 0;
        tap_ok(good, "%s %s: loads that are not reported are missed", dtype, (*k)->name);
    }
}

/* Operands of a small op, with what was touched of them. */
enum { OPERANDS = 4, MOST = 9 * 18 };
static mw_region seen[OPERANDS];

static void mark(void *to, const mw_access *a, size_t n)
{
    (void)to;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < OPERANDS; k++) {
            const size_t at = a[i].at - (uintptr_t)seen[k].real;
            if (at < seen[k].bytes && a[i].bytes <= seen[k].bytes - at)
                mw_region_access(&seen[k], at, a[i].bytes, a[i].kind & MW_ACCESS_LOAD, a[i].kind & MW_ACCESS_STORE);
        }
}

static void call_small(const mw_kernel *k, float of[OPERANDS][MOST])
{
    float scores[16];
    switch (k->op) {
    case MW_OP_RMSNORM: k->fn.rmsnorm(of[0], of[1], of[2], 38, 1e-5f); break;
    case MW_OP_ROPE:
    case MW_OP_ROPE_HALVES: k->fn.rope(of[0], of[1], 1, 38); break;
    case MW_OP_ATTENTION: k->fn.attention(of[0], of[1], of[2], of[3], scores, 9, 18); break;
    case MW_OP_SWIGLU: k->fn.swiglu(of[0], of[1], 38); break;
    case MW_OP_QUANTIZE: k->fn.quantize((mw_x8 *)(void *)of[0], of[1], 64); break;
    default: break;
    }
}

static void test_small_ops(void)
{
    /* floats of each operand of an op, or what takes as much memory */
    static const size_t uses[MW_OP_COUNT][OPERANDS] = {
        [MW_OP_RMSNORM] = {38, 38, 38}, [MW_OP_ROPE] = {38, 38},
        [MW_OP_ROPE_HALVES] = {38, 38}, [MW_OP_ATTENTION] = {18, 18, 9 * 18, 9 * 18},
        [MW_OP_SWIGLU] = {38, 38},      [MW_OP_QUANTIZE] = {2 * sizeof(mw_x8) / sizeof(float), 64},
    };
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        const mw_kernel *twin = mw_traced(*k);
        if (comes_compiled(*k))
            continue;
        if (!tap_ok(twin && strcmp(twin->name, (*k)->name) == 0 && twin->op == (*k)->op, "%s: has a twin",
                    (*k)->name) ||
            (*k)->op == MW_OP_GEMV || (*k)->op == MW_OP_GEMM || !mw_kernel_supported(*k))
            continue;
        float of[OPERANDS][MOST];
        bool good = true;
        for (int i = 0; i < OPERANDS; i++) {
            for (int j = 0; j < MOST; j++)
                of[i][j] = 0.25f + (float)(j % 5);
            good &= mw_region_open(&seen[i], of[i], 0, sizeof of[i], 64);
        }
        mw_trace_start(twin, mark, NULL);
        call_small(twin, of);
        mw_trace_stop();
        for (int i = 0; i < OPERANDS; i++) {
            mw_region_finish(&seen[i]);
            good &= seen[i].counts.used_bytes == uses[(*k)->op][i] * sizeof(float);
            mw_region_close(&seen[i]);
        }
        tap_ok(good, "%s of op %d: every byte of its operands is in its trace", (*k)->name, (int)(*k)->op);
    }
}

enum { ROWS = 48, TOKENS = 5, COLS = 515, MOST_COLS = 768 /* COLS as whole blocks */ };

/* A matrix of some weights as a kernel wants it, on a line; NULL without memory. */
static void *make_weights(const mw_kernel *k, size_t cols)
{
    const mw_layout *layout = mw_layout_of(k->layout);
    const size_t bytes = ((size_t)layout->bytes(k->dtype, ROWS, cols) + 63) / 64 * 64;
    float row[MOST_COLS], stored[MOST_COLS];
    char *w = aligned_alloc(64, bytes);
    if (w)
        memset(w, 0, bytes);
    for (size_t i = 0; i < ROWS && w; i++) {
        for (size_t j = 0; j < cols; j++)
            row[j] = (float)(((i * cols + j) * 7919) % 1013) / 1013 - 0.5f;
        mw_dtypes[k->dtype].of_floats(stored, row, cols);
        mw_layout_pack(layout, k->dtype, w, stored, i, 1, ROWS, cols);
    }
    return w;
}

/* A traced kernel computes what the timed one does: reports keep every register. */
static void test_same_results(void)
{
    const mw_kernel *quantize;
    mw_error err;
    if (getenv("MEMWALL_TEST_SANITIZED")) {
        tap_skip("twins compute the same bits", "a sanitizer changes the code of the timed kernels, and so their sums");
        return;
    }
    if (!tap_ok(mw_kernel_find(MW_OP_QUANTIZE, MW_F32, "scalar", &quantize, &err) == 0, "activations in int8"))
        return;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        const bool gemm = (*k)->op == MW_OP_GEMM, blocks = mw_dtype_in_blocks((*k)->dtype);
        if ((!gemm && (*k)->op != MW_OP_GEMV) || !mw_kernel_supported(*k) || !mw_traced(*k))
            continue;
        const size_t cols = (COLS + (*k)->col_multiple - 1) / (*k)->col_multiple * (*k)->col_multiple;
        const size_t ld = mw_layout_of((*k)->layout)->ld(ROWS, cols);
        float floats[TOKENS * MOST_COLS], y[2][TOKENS * ROWS] = {{0}};
        mw_x8 x8[TOKENS * MOST_COLS / MW_X8];
        void *w = make_weights(*k, cols);
        for (size_t j = 0; j < TOKENS * cols; j++)
            floats[j] = (float)(j % 31) / 31 - 0.4f;
        if (blocks)
            quantize->fn.quantize(x8, floats, TOKENS * cols);
        const void *x = blocks ? (const void *)x8 : floats;
        for (int twin = 0; twin < 2 && w; twin++) {
            const mw_kernel *which = twin ? mw_traced(*k) : *k;
            if (twin)
                mw_trace_start(which, NULL, NULL);
            if (gemm)
                which->fn.gemm(y[twin], ROWS, w, x, cols, TOKENS, ROWS, cols, ld);
            else
                which->fn.gemv(y[twin], w, x, ROWS, cols, ld);
            if (twin)
                mw_trace_stop();
        }
        tap_ok(w && y[0][ROWS - 1] != 0 && isfinite(y[0][ROWS - 1]) && memcmp(y[0], y[1], sizeof y[0]) == 0,
               "%s %s %s: its twin computes the same bits", mw_op_name((*k)->op), mw_dtypes[(*k)->dtype].name,
               (*k)->name);
        free(w);
    }
}

int main(void)
{
    if (!mw_traced(mw_kernels[0])) {
        tap_skip("traces", "this build traces no kernels");
        return tap_done();
    }
    test_gemv_traces();
    test_small_ops();
    test_same_results();
    return tap_done();
}
