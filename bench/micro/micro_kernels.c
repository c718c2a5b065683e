/* Every GEMV and GEMM kernel over the model's matrices. Directly after each timed loop over memory runs what bounds it:
 * bandwidth and clocks wander within seconds, bandwidth depends on where the pages lie, and a neighbour on the same
 * core takes half of its pipes, so a roof from another time or place would be that of another machine. */
#include "bench/check/check.h"
#include "bench/micro/micro.h"
#include "bench/run/plan.h"
#include "engine/decoder.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "layouts/layout.h"
#include "platform/os.h"

/* Copies of a matrix take at least this much, and twice the last cache. */
enum { LEAST_RING = 64 << 20 };

/* Rounds over all reads when the best is chosen. */
enum { ROUNDS = 3 };

/* The peak next to a GEMM runs for this share of its time. */
enum { SHARE = 4 };

/* Activations, as floats and as int8. */
static void make_x(mw_micro *m)
{
    const size_t n = m->x_bytes / sizeof *m->x / MW_X8 * MW_X8;
    const mw_kernel *quantize;
    m->x = mw_pages_alloc(m->x_bytes);
    m->x8 = mw_pages_alloc(m->x_bytes);
    for (size_t i = 0; m->x && i < m->x_bytes / sizeof *m->x; i++)
        m->x[i] = i % 2 ? 0.5f : -0.25f;
    if (m->x && m->x8 && mw_kernel_find(MW_OP_QUANTIZE, MW_F32, "scalar", &quantize, NULL) == 0)
        quantize->fn.quantize(m->x8, m->x, n);
}

/* Checks the kernel of a task, once, and takes memory for its operands; false if mw_gb_skip has been told why not. */
static bool prepare(mw_gb_state *state, mw_micro_task *t)
{
    mw_micro *m = t->micro;
    mw_error why;
    if (!t->checked && mw_check_short(t->kernel, t->rows, t->cols, &why)) {
        m->plan.refused++;
        mw_gb_skip(state, why.text);
        return false;
    }
    t->checked = true;
    if (!mw_micro_memory(state, t))
        return false;
    if (!m->x)
        make_x(m);
    if (!m->y)
        m->y = mw_pages_alloc(m->y_bytes);
    if (!m->x || !m->x8 || !m->y)
        mw_gb_skip(state, "no memory for the vectors");
    return m->x && m->x8 && m->y;
}

/* The copy of the weights whose turn it is. All benchmarks go around together, so that each begins with what was not
 * read for longest. */
static const float *next_copy(mw_micro_task *t)
{
    mw_micro *m = t->micro;
    size_t copy = (m->cursor + t->bytes - 1) / t->bytes % t->copies;
    m->cursor = (copy + 1) * t->bytes;
    return t->block->at + copy * t->bytes / sizeof(float);
}

/* Calls over weights at an offset until `end`, at least one, or with end 0 as long as the benchmark runs; returns how
 * many. */
static uint64_t sweep(mw_gb_state *state, mw_micro_task *t, size_t offset, uint64_t end)
{
    const void *x = mw_dtype_in_blocks(t->kernel->dtype) ? (const void *)t->micro->x8 : t->micro->x;
    float *const y = t->micro->y;
    const size_t ld = mw_layout_of(t->kernel->layout)->ld(t->rows, t->cols);
    uint64_t calls = 0;
    for (; end ? calls == 0 || (mw_clock_ns() < end && !mw_interrupted()) : mw_gb_running(state); calls++) {
        const float *w = (t->dram ? next_copy(t) : t->block->at) + offset / sizeof *w;
        if (t->kernel->op == MW_OP_GEMM)
            t->kernel->fn.gemm(y, t->rows, w, x, t->cols, t->tokens, t->rows, t->cols, ld);
        else
            t->kernel->fn.gemv(y, w, x, t->rows, t->cols, ld);
    }
    return calls;
}

/* --- what bounds a kernel --- */

/* The member of the family that reads the ring best: in the best of its rounds, in turns with the others. */
static unsigned best_read(mw_micro_task *t)
{
    mw_micro *m = t->micro;
    const bool known = m->best_read >= 0;
    uint64_t least = UINT64_MAX;
    for (int round = 0; round < ROUNDS && !known; round++)
        for (unsigned read = 0; read < mw_reads(); read++) {
            const uint64_t start = mw_clock_ns();
            t->sum ^= mw_read(read, t->block->at, t->copies * t->bytes);
            const uint64_t took = mw_clock_ns() - start;
            if (took < least) {
                least = took;
                m->best_read = (int)read;
            }
        }
    return (unsigned)m->best_read;
}

/* For at least `ns`: GB/s of reads of the same pages, or GFLOP/s of the task's peak if it has one. */
static double roof_next_to(mw_micro_task *t, unsigned read, uint64_t ns)
{
    const uint64_t start = mw_clock_ns();
    double amount = 0;
    uint64_t took;
    do {
        if (t->peak)
            t->peak_sum += t->peak->run(MW_MICRO_PEAK, 1, 1);
        else
            t->sum ^= mw_read(read, next_copy(t), t->bytes);
        amount += (double)(t->peak ? mw_peak_flops(t->peak, MW_MICRO_PEAK) : t->bytes);
        took = mw_clock_ns() - start;
    } while (took < ns && !mw_interrupted());
    return amount / (double)took;
}

/* --- one benchmark --- */

/* What an iteration of a GEMV counts for: bytes and operations of the op, whatever the kernel. */
static void count(mw_gb_state *state, const mw_micro_task *t)
{
    const mw_cost cost = mw_op_cost(MW_OP_GEMV, t->kernel->dtype, t->rows, t->cols);
    mw_gb_counter(state, "GB/s", (double)(cost.bytes_read + cost.bytes_written) * 1e-9, MW_GB_RATE);
    mw_gb_counter(state, "GFLOP/s", (double)cost.flops * 1e-9, MW_GB_RATE);
}

static void run_gemv(mw_gb_state *state, mw_micro_task *t)
{
    if (!prepare(state, t))
        return;
    const unsigned read = t->dram ? best_read(t) : 0;
    if (!t->dram)
        sweep(state, t, 0, 1); /* brings it into the cache */
    const uint64_t start = mw_clock_ns(), calls = sweep(state, t, 0, 0), took = mw_clock_ns() - start;
    if (t->dram) {
        const double roof = roof_next_to(t, read, took);
        const double bytes = (double)t->rows * (double)mw_dtype_bytes(t->kernel->dtype, t->cols) * (double)calls;
        mw_gb_counter(state, "roof_gbs", roof, MW_GB_VALUE);
        mw_gb_counter(state, "roof_fraction", bytes / (double)took / roof, MW_GB_VALUE);
    }
    count(state, t);
}

/* The kernel off a line, timed, and right after it, for as long, on one: both looks at the clock are part of both. */
static void run_offset(mw_gb_state *state, mw_micro_task *t)
{
    if (!prepare(state, t))
        return;
    sweep(state, t, t->offset, 1); /* brings it into the cache, or at least into the tables of pages */
    const uint64_t start = mw_clock_ns(), off = sweep(state, t, t->offset, 0), middle = mw_clock_ns();
    const uint64_t on = sweep(state, t, 0, middle + (middle - start)), end = mw_clock_ns();
    const double off_ns = (double)(middle - start) / (double)off, on_ns = (double)(end - middle) / (double)on;
    count(state, t);
    mw_gb_counter(state, "ratio", on_ns / off_ns, MW_GB_VALUE);
}

static void run_gemm(mw_gb_state *state, mw_micro_task *t)
{
    if (!prepare(state, t))
        return;
    const double flops = (double)mw_gemm_cost(t->kernel->dtype, t->rows, t->cols, t->tokens).flops;
    const uint64_t start = mw_clock_ns(), calls = sweep(state, t, 0, 0), took = mw_clock_ns() - start;
    mw_gb_counter(state, "GFLOP/s", flops * 1e-9, MW_GB_RATE);
    if (!t->peak)
        return;
    const double peak = roof_next_to(t, 0, took / SHARE);
    mw_gb_counter(state, "peak_gflops", peak, MW_GB_VALUE);
    mw_gb_counter(state, "peak_fraction", flops * (double)calls / (double)took / peak, MW_GB_VALUE);
}

/* --- all of them --- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Gives the task a kernel over a matrix, in so many copies that they come from memory if `dram`. */
static void set_matrix(mw_micro *m, mw_micro_task *t, const mw_kernel *k, size_t rows, size_t cols)
{
    const size_t ring = larger(2 * m->llc, LEAST_RING);
    const size_t bytes = (size_t)mw_layout_of(k->layout)->bytes(k->dtype, rows, cols);
    const size_t lines = (bytes + MW_PROBE_LINE - 1) / MW_PROBE_LINE + (t->offset > 0);
    t->kernel = k;
    t->isa = k->isa_name;
    t->rows = rows;
    t->cols = cols;
    t->bytes = lines * MW_PROBE_LINE;
    t->copies = t->dram ? (ring + t->bytes - 1) / t->bytes : 1;
    t->block = mw_micro_want(m, false, t->copies * t->bytes);
    m->x_bytes = larger(m->x_bytes, t->tokens * cols * sizeof(float));
    m->y_bytes = larger(m->y_bytes, t->tokens * rows * sizeof(float));
}

/* From memory and from the cache; `offset` is 0 but for the benchmarks of misaligned weights. */
static void add_gemv(mw_micro *m, const mw_kernel *k, const mw_shape *shape, size_t offset)
{
    static const mw_micro_kind cached = {run_gemv,
                                         {{"bandwidth_gbs", "GB/s", "GB/s", 1}, {"gflops", "GFLOP/s", "GFLOP/s", 1}}};
    static const mw_micro_kind read = {run_gemv,
                                       {{"bandwidth_gbs", "GB/s", "GB/s", 1},
                                        {"gflops", "GFLOP/s", "GFLOP/s", 1},
                                        {"roof_gbs", "GB/s", "roof_gbs", 1},
                                        {"roof_fraction", "1", "roof_fraction", 1}}};
    static const mw_micro_kind misaligned = {run_offset, {{"misaligned_ratio", "1", "ratio", 1}}};
    const size_t cols = shape->cols;
    if (k->op != MW_OP_GEMV || !mw_session_wants(m->session, k->dtype) || !mw_kernel_supported(k) ||
        !mw_check_takes(k, shape->rows, cols))
        return;
    const size_t in_cache = m->l2 / 2 / (size_t)mw_dtype_bytes(k->dtype, cols) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    for (int dram = 0; dram < 2; dram++) {
        const char *from = dram ? "dram" : "cache";
        char after[32] = "", pages[32] = "pages=4k";
        mw_micro_task t = {.kind = offset ? &misaligned : dram ? &read : &cached, .tokens = 1, .dram = dram};
        t.offset = offset;
        set_matrix(m, &t, k, dram ? shape->rows : larger(in_cache, MW_ROW_SPLIT), cols);
        if (offset) {
            snprintf(after, sizeof after, "/offset:%zu", offset);
            snprintf(pages, sizeof pages, "offset=%zu", offset);
        }
        snprintf(t.param, sizeof t.param, "cols=%zu;matrix=%zux%zu;%s;rows=%zu;weights=%s", cols, shape->rows, cols,
                 pages, t.rows, from);
        mw_micro_add(m, &t, "gemv/%s%s/%zux%zu/%s%s", k->name, mw_dtypes[k->dtype].suffix, shape->rows, cols, from,
                     after);
    }
}

/* Every kernel over every matrix; those that take weights anywhere also over the first one, with its weights where a
 * checkpoint's header leaves them. */
void mw_micro_add_gemv(mw_micro *m)
{
    enum { OFFSET = 28 };
    mw_shape shapes[MW_MOST_SHAPES];
    const size_t n = mw_shapes_of(&m->session->model, shapes);
    for (size_t i = 0; i < n; i++)
        for (const mw_kernel *const *k = mw_kernels; *k; k++)
            add_gemv(m, *k, &shapes[i], 0);
    for (const mw_kernel *const *k = mw_kernels; *k && n > 0; k++)
        if ((*k)->layout == MW_LAYOUT_ROWMAJOR && OFFSET % (*k)->align == 0)
            add_gemv(m, *k, &shapes[0], OFFSET);
}

void mw_micro_add_gemm(mw_micro *m)
{
    static const mw_micro_kind alone = {run_gemm, {{"gflops", "GFLOP/s", "GFLOP/s", 1}}};
    static const mw_micro_kind with_peak = {run_gemm,
                                            {{"gflops", "GFLOP/s", "GFLOP/s", 1},
                                             {"peak_gflops", "GFLOP/s", "peak_gflops", 1},
                                             {"peak_fraction", "1", "peak_fraction", 1}}};
    mw_shape shapes[MW_MOST_SHAPES];
    const mw_model *model = &m->session->model;
    const size_t n = mw_shapes_of(model, shapes), tokens = MW_PREFILL_BATCH;
    const mw_tensor *classifier = &model->tensors[mw_classifier_index(&model->config)];
    for (size_t i = 0; i < n; i++) {
        const size_t rows = shapes[i].rows, cols = shapes[i].cols;
        if (rows == classifier->rows && cols == classifier->cols)
            continue; /* only the last token of a prompt meets it */
        for (const mw_kernel *const *k = mw_kernels; *k; k++) {
            if ((*k)->op != MW_OP_GEMM || !mw_session_wants(m->session, (*k)->dtype) || !mw_kernel_supported(*k) ||
                !mw_check_takes(*k, rows, cols))
                continue;
            const mw_peak *peak = mw_peak_of((*k)->isa_name, mw_dtype_in_blocks((*k)->dtype));
            mw_micro_task t = {.kind = peak ? &with_peak : &alone, .tokens = tokens, .dram = true, .peak = peak};
            set_matrix(m, &t, *k, rows, cols);
            snprintf(t.param, sizeof t.param, "cols=%zu;pages=4k;rows=%zu;tokens=%zu;weights=dram", cols, rows, tokens);
            mw_micro_add(m, &t, "gemm/%s%s/%zux%zux%zu/dram", (*k)->name, mw_dtypes[(*k)->dtype].suffix, tokens, rows,
                         cols);
        }
    }
}
