/* Every GEMV kernel over the model's matrices, from memory and from the cache. Directly after each timed loop over
 * memory the same pages are read by the best of the family of reads for as long: bandwidth wanders within seconds, and
 * depends on where the pages lie, so a roof from another time or place would be that of another machine. */
#include "bench/check/check.h"
#include "bench/micro/micro_parts.h"
#include "bench/run/plan.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/os.h"

/* Copies of a matrix take at least this much, and twice the last cache. */
enum { LEAST_RING = 64 << 20 };

/* Rounds over all reads when the best is chosen. */
enum { ROUNDS = 3 };

static size_t on_lines(const mw_layout *layout, size_t rows, size_t cols)
{
    uint64_t bytes = layout->cells(rows, cols) * sizeof(float);
    return (size_t)((bytes + MW_PROBE_LINE - 1) / MW_PROBE_LINE * MW_PROBE_LINE);
}

static size_t copies_of(const mw_micro *m, size_t bytes)
{
    const size_t ring = 2 * m->llc > LEAST_RING ? 2 * m->llc : LEAST_RING;
    return (ring + bytes - 1) / bytes;
}

/* --- the best read --- */

static double read_gbs(mw_micro_task *t, const float *w, size_t bytes, unsigned read)
{
    const uint64_t start = mw_clock_ns();
    t->sum ^= mw_read(read, w, bytes);
    return (double)bytes / (double)(mw_clock_ns() - start);
}

/* Reads a ring by all of the family, in turns, and takes the one whose best round is best. */
static unsigned best_read(mw_micro_task *t, const float *w)
{
    mw_micro *m = t->micro;
    double best = 0;
    for (int round = 0; round < ROUNDS && m->best_read < 0; round++)
        for (unsigned read = 0; read < mw_reads(); read++) {
            double gbs = read_gbs(t, w, t->copies * t->bytes, read);
            if (gbs > best) {
                best = gbs;
                t->read = read;
            }
        }
    if (m->best_read < 0)
        m->best_read = (int)t->read;
    return (unsigned)m->best_read;
}

/* --- one benchmark --- */

bool mw_micro_prepare(mw_gb_state *state, mw_micro_task *t)
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
    if (!m->x) {
        m->x = mw_pages_alloc(m->x_bytes);
        for (size_t i = 0; m->x && i < m->x_bytes / sizeof *m->x; i++)
            m->x[i] = i % 2 ? 0.5f : -0.25f;
    }
    if (!m->y)
        m->y = mw_pages_alloc(m->y_bytes);
    if (!m->x || !m->y)
        mw_gb_skip(state, "no memory for the vectors");
    return m->x && m->y;
}

const float *mw_micro_next_copy(mw_micro_task *t)
{
    mw_micro *m = t->micro;
    size_t copy = (m->cursor + t->bytes - 1) / t->bytes % t->copies;
    m->cursor = (copy + 1) * t->bytes;
    return m->block[false].at + copy * t->bytes / sizeof(float);
}

/* What an iteration counts for: bytes and operations of the op, whatever the kernel. */
static void count(mw_gb_state *state, const mw_micro_task *t)
{
    const mw_cost cost = mw_op_cost(MW_OP_GEMV, t->rows, t->cols);
    mw_gb_counter(state, "GB/s", (double)(cost.bytes_read + cost.bytes_written) * 1e-9, MW_GB_RATE_OF_EACH);
    mw_gb_counter(state, "GFLOP/s", (double)cost.flops * 1e-9, MW_GB_RATE_OF_EACH);
}

static double weight_bytes(const mw_micro_task *t)
{
    return (double)t->rows * (double)t->cols * sizeof(float);
}

static void run_cache(mw_gb_state *state, mw_micro_task *t)
{
    const mw_micro *m = t->micro;
    if (!mw_micro_prepare(state, t))
        return;
    const float *w = m->block[false].at;
    const size_t ld = mw_layout_of(t->kernel->layout)->ld(t->rows, t->cols);
    t->kernel->fn.gemv(m->y, w, m->x, t->rows, t->cols, ld); /* brings it into the cache */
    while (mw_gb_running(state))
        t->kernel->fn.gemv(m->y, w, m->x, t->rows, t->cols, ld);
    count(state, t);
}

static void run_dram(mw_gb_state *state, mw_micro_task *t)
{
    const mw_micro *m = t->micro;
    if (!mw_micro_prepare(state, t))
        return;
    const unsigned read = best_read(t, m->block[false].at);
    const size_t ld = mw_layout_of(t->kernel->layout)->ld(t->rows, t->cols);
    const uint64_t start = mw_clock_ns();
    uint64_t iterations = 0, bytes = 0;
    for (; mw_gb_running(state); iterations++)
        t->kernel->fn.gemv(m->y, mw_micro_next_copy(t), m->x, t->rows, t->cols, ld);
    const uint64_t end = mw_clock_ns(), as_long = end - start;
    uint64_t now = end;
    while (bytes == 0 || (now - end < as_long && !mw_interrupted())) {
        t->sum ^= mw_read(read, mw_micro_next_copy(t), t->bytes);
        bytes += t->bytes;
        now = mw_clock_ns();
    }
    const double roof = (double)bytes / (double)(now - end);
    count(state, t);
    mw_gb_counter(state, "roof_gbs", roof, MW_GB_VALUE);
    mw_gb_counter(state, "roof_fraction", weight_bytes(t) * (double)iterations / (double)as_long / roof, MW_GB_VALUE);
}

/* Calls over copies at an offset until `end`, or with end 0 as long as the benchmark runs; returns how many. */
static uint64_t sweep_at(mw_gb_state *state, mw_micro_task *t, size_t offset, uint64_t end)
{
    const mw_micro *m = t->micro;
    const size_t ld = mw_layout_of(t->kernel->layout)->ld(t->rows, t->cols), floats = offset / sizeof(float);
    const float *at = m->block[false].at;
    uint64_t calls = 0;
    for (; end ? calls == 0 || (mw_clock_ns() < end && !mw_interrupted()) : mw_gb_running(state); calls++)
        t->kernel->fn.gemv(m->y, (t->dram ? mw_micro_next_copy(t) : at) + floats, m->x, t->rows, t->cols, ld);
    return calls;
}

/* The kernel off a line, timed, and right after it, for as long, on one: both looks at the clock are part of both. */
static void run_offset(mw_gb_state *state, mw_micro_task *t)
{
    if (!mw_micro_prepare(state, t))
        return;
    sweep_at(state, t, t->offset, 1); /* brings it into the cache, or at least into the tables of pages */
    const uint64_t start = mw_clock_ns();
    const uint64_t off = sweep_at(state, t, t->offset, 0);
    const uint64_t middle = mw_clock_ns();
    const uint64_t on = sweep_at(state, t, 0, middle + (middle - start));
    const uint64_t end = mw_clock_ns();
    const double off_ns = (double)(middle - start) / (double)off, on_ns = (double)(end - middle) / (double)on;
    count(state, t);
    mw_gb_counter(state, "ratio", on_ns / off_ns, MW_GB_VALUE);
}

static void record_offset(const mw_micro_task *t, const mw_micro_runs *runs)
{
    char param[96];
    snprintf(param, sizeof param, "cols=%zu;matrix=%zux%zu;offset=%zu;rows=%zu;weights=%s", t->cols, t->matrix_rows,
             t->cols, t->offset, t->rows, t->dram ? "dram" : "cache");
    mw_micro_record(t, runs, "misaligned_ratio", "1", "ratio", 1, t->micro->block[false].note, param);
}

static void record(const mw_micro_task *t, const mw_micro_runs *runs)
{
    static const struct {
        const char *metric, *unit, *counter;
    } metrics[] = {{"bandwidth_gbs", "GB/s", "GB/s"},
                   {"gflops", "GFLOP/s", "GFLOP/s"},
                   {"roof_gbs", "GB/s", "roof_gbs"},
                   {"roof_fraction", "1", "roof_fraction"}};
    char param[96];
    snprintf(param, sizeof param, "cols=%zu;matrix=%zux%zu;pages=4k;rows=%zu;weights=%s", t->cols, t->matrix_rows,
             t->cols, t->rows, t->dram ? "dram" : "cache");
    for (int i = 0; i < (t->dram ? 4 : 2); i++)
        mw_micro_record(t, runs, metrics[i].metric, metrics[i].unit, metrics[i].counter, 1, t->micro->block[false].note,
                        param);
}

/* --- all of them --- */

static bool wanted(const mw_kernel *k, size_t rows, size_t cols)
{
    return k->op == MW_OP_GEMV && mw_kernel_supported(k) && mw_check_takes(k, rows, cols);
}

size_t mw_micro_gemv_bytes(const mw_micro *m)
{
    mw_shape shapes[MW_MOST_SHAPES];
    const size_t n = mw_shapes_of(&m->session->model, shapes);
    size_t most = 0;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        for (size_t i = 0; i < n; i++) {
            if (!wanted(*k, shapes[i].rows, shapes[i].cols))
                continue;
            size_t bytes = on_lines(mw_layout_of((*k)->layout), shapes[i].rows, shapes[i].cols) + MW_PROBE_LINE;
            bytes *= copies_of(m, bytes);
            most = bytes > most ? bytes : most;
        }
    return most;
}

void mw_micro_set_matrix(mw_micro_task *t, const mw_kernel *k, size_t rows, size_t cols, size_t tokens, bool dram)
{
    mw_micro *m = t->micro;
    const mw_layout *layout = mw_layout_of(k->layout);
    t->kernel = k;
    t->dram = dram;
    t->rows = rows;
    t->cols = cols;
    t->tokens = tokens;
    t->bytes = on_lines(layout, rows, cols) + (t->offset ? MW_PROBE_LINE : 0);
    t->copies = dram ? copies_of(m, t->bytes) : 1;
    mw_micro_want(m, false, t->copies * t->bytes);
    const size_t x_bytes = tokens * cols * sizeof(float), y_bytes = tokens * rows * sizeof(float);
    m->x_bytes = x_bytes > m->x_bytes ? x_bytes : m->x_bytes;
    m->y_bytes = y_bytes > m->y_bytes ? y_bytes : m->y_bytes;
    t->kernel_name = k->name;
    t->layout = layout->name;
    t->isa = k->isa_name;
}

/* `offset` is 0 but for the benchmarks of misaligned weights. */
static int add(mw_micro *m, const mw_kernel *k, size_t matrix_rows, size_t cols, bool dram, size_t offset,
               mw_error *err)
{
    int rc;
    char behind[32] = "";
    if (offset)
        snprintf(behind, sizeof behind, "/offset:%zu", offset);
    mw_micro_task *t =
        mw_micro_add(m, &rc, err, "gemv/%s/%zux%zu/%s%s", k->name, matrix_rows, cols, dram ? "dram" : "cache", behind);
    if (!t)
        return rc;
    const size_t in_cache = m->l2 / 2 / (cols * sizeof(float)) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    t->offset = offset; /* before the matrix, which takes a line more for it */
    mw_micro_set_matrix(t, k, dram ? matrix_rows : in_cache > MW_ROW_SPLIT ? in_cache : MW_ROW_SPLIT, cols, 1, dram);
    t->run = offset ? run_offset : dram ? run_dram : run_cache;
    t->record = offset ? record_offset : record;
    t->matrix_rows = matrix_rows;
    return 0;
}

/* Kernels that take weights anywhere, over the first matrix, with its weights where a checkpoint's header leaves them.
 */
static int add_offsets(mw_micro *m, const mw_shape *shape, mw_error *err)
{
    enum { OFFSET = 28 };
    int rc = 0;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        for (int dram = 0; dram < 2 && !rc; dram++)
            if (wanted(*k, shape->rows, shape->cols) && (*k)->layout == MW_LAYOUT_ROWMAJOR && OFFSET % (*k)->align == 0)
                rc = add(m, *k, shape->rows, shape->cols, dram, OFFSET, err);
    return rc;
}

int mw_micro_add_gemv(mw_micro *m, mw_error *err)
{
    mw_shape shapes[MW_MOST_SHAPES];
    const size_t n = mw_shapes_of(&m->session->model, shapes);
    int rc = 0;
    for (size_t i = 0; i < n; i++)
        for (const mw_kernel *const *k = mw_kernels; *k; k++)
            for (int dram = 0; dram < 2 && !rc; dram++)
                if (wanted(*k, shapes[i].rows, shapes[i].cols))
                    rc = add(m, *k, shapes[i].rows, shapes[i].cols, dram, 0, err);
    return rc || n == 0 ? rc : add_offsets(m, &shapes[0], err);
}
