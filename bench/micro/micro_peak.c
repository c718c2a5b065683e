/* The compute roof, and every GEMM kernel next to it. Weights of a GEMM come from memory, as those of a prompt do.
 * Directly after each timed loop the peak of the kernel's instruction set runs for a while: clocks wander, and a
 * neighbour on the same core takes half of its pipes. */
#include "bench/micro/micro_parts.h"
#include "bench/run/plan.h"
#include "engine/decoder.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/os.h"

/* Iterations of a peak at once: enough that starting the threads does not count. */
enum { ITERATIONS = 1 << 18 };

/* The peak next to a GEMM runs for this share of its time. */
enum { SHARE = 4 };

/* --- peak --- */

static void part(void *arg, int index, int threads)
{
    mw_micro_task *t = arg;
    const double sum = t->peak->run(ITERATIONS, 1, 1);
    (void)threads;
    if (index == 0)
        t->peak_sum += sum;
}

static void run_peak(mw_gb_state *state, mw_micro_task *t)
{
    while (mw_gb_running(state))
        mw_pool_run(t->pool, part, t);
    mw_gb_counter(state, "GFLOP/s", (double)mw_peak_flops(t->peak, ITERATIONS) * t->threads * 1e-9, MW_GB_RATE_OF_EACH);
}

static void record_peak(const mw_micro_task *t, const mw_micro_runs *runs)
{
    char param[32];
    snprintf(param, sizeof param, "bits=%u", 32 * t->peak->lanes);
    mw_micro_record(t, runs, "peak_gflops", "GFLOP/s", "GFLOP/s", 1, "", param);
}

static int add_peak(mw_micro *m, const mw_peak *peak, mw_pool *pool, mw_error *err)
{
    int rc, threads = mw_pool_threads(pool);
    mw_micro_task *t = mw_micro_add(m, &rc, err, "peak/%s/threads:%d", peak->isa_name, threads);
    if (!t)
        return rc;
    t->run = run_peak;
    t->record = record_peak;
    t->pool = pool;
    t->peak = peak;
    t->kernel_name = "peak";
    t->isa = peak->isa_name;
    t->threads = threads;
    return 0;
}

int mw_micro_add_peak(mw_micro *m, mw_error *err)
{
    int rc = 0;
    for (const mw_peak *const *p = mw_peaks; *p; p++)
        for (int i = 0; i < m->n_pools && !rc; i++)
            if (mw_peak_supported(*p))
                rc = add_peak(m, *p, m->pools[i], err);
    return rc;
}

/* --- GEMM --- */

/* GFLOP/s of the peak for at least `ns`. */
static double peak_beside(mw_micro_task *t, uint64_t ns)
{
    const uint64_t start = mw_clock_ns();
    uint64_t calls = 0, took;
    do {
        t->peak_sum += t->peak->run(ITERATIONS, 1, 1);
        calls++;
        took = mw_clock_ns() - start;
    } while (took < ns && !mw_interrupted());
    return (double)calls * (double)mw_peak_flops(t->peak, ITERATIONS) / (double)took;
}

static void run_gemm(mw_gb_state *state, mw_micro_task *t)
{
    const mw_micro *m = t->micro;
    if (!mw_micro_prepare(state, t))
        return;
    const size_t ld = mw_layout_of(t->kernel->layout)->ld(t->rows, t->cols);
    const double flops = (double)mw_gemm_cost(t->rows, t->cols, t->tokens).flops;
    const uint64_t start = mw_clock_ns();
    uint64_t iterations = 0;
    for (; mw_gb_running(state); iterations++)
        t->kernel->fn.gemm(m->y, t->rows, mw_micro_next_copy(t), m->x, t->cols, t->tokens, t->rows, t->cols, ld);
    const uint64_t took = mw_clock_ns() - start;
    mw_gb_counter(state, "GFLOP/s", flops * 1e-9, MW_GB_RATE_OF_EACH);
    if (!t->peak)
        return;
    const double peak = peak_beside(t, took / SHARE);
    mw_gb_counter(state, "peak_gflops", peak, MW_GB_VALUE);
    mw_gb_counter(state, "peak_fraction", flops * (double)iterations / (double)took / peak, MW_GB_VALUE);
}

static void record_gemm(const mw_micro_task *t, const mw_micro_runs *runs)
{
    const char *note = t->micro->block[false].note;
    char param[96];
    snprintf(param, sizeof param, "cols=%zu;pages=4k;rows=%zu;tokens=%zu;weights=dram", t->cols, t->rows, t->tokens);
    mw_micro_record(t, runs, "gflops", "GFLOP/s", "GFLOP/s", 1, note, param);
    if (!t->peak)
        return;
    mw_micro_record(t, runs, "peak_gflops", "GFLOP/s", "peak_gflops", 1, note, param);
    mw_micro_record(t, runs, "peak_fraction", "1", "peak_fraction", 1, note, param);
}

static int add_gemm(mw_micro *m, const mw_kernel *k, size_t rows, size_t cols, mw_error *err)
{
    int rc;
    const size_t tokens = MW_PREFILL_BATCH;
    mw_micro_task *t = mw_micro_add(m, &rc, err, "gemm/%s/%zux%zux%zu/dram", k->name, tokens, rows, cols);
    if (!t)
        return rc;
    mw_micro_set_matrix(t, k, rows, cols, tokens, true);
    t->run = run_gemm;
    t->record = record_gemm;
    t->matrix_rows = rows;
    t->peak = mw_peak_of(k->isa_name);
    return 0;
}

int mw_micro_add_gemm(mw_micro *m, mw_error *err)
{
    mw_shape shapes[MW_MOST_SHAPES];
    const mw_model *model = &m->session->model;
    const size_t n = mw_shapes_of(model, shapes);
    const mw_tensor *classifier = &model->tensors[mw_classifier_index(&model->config)];
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        if (shapes[i].rows == classifier->rows && shapes[i].cols == classifier->cols)
            continue; /* only the last token of a prompt meets it */
        for (const mw_kernel *const *k = mw_kernels; *k && !rc; k++)
            if ((*k)->op == MW_OP_GEMM && mw_kernel_supported(*k))
                rc = add_gemm(m, *k, shapes[i].rows, shapes[i].cols, err);
    }
    return rc;
}
