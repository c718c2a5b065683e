#include "bench/clu/clu.h"

#include "bench/check/check.h"
#include "bench/run/outside.h"
#include "kernels/registry.h"
#include "kernels/trace/trace.h"
#include "layouts/layout.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- operands --- */

/* Where the model has the operands. Far apart, on borders of 2 MiB, x and y in one piece like an arena. */
static const uint64_t model_at[MW_CLU_REGIONS] = {UINT64_C(1) << 40, UINT64_C(1) << 41,
                                                  (UINT64_C(1) << 41) + (1 << 20)};

const char *mw_clu_region_name(mw_clu_region region)
{
    static const char *const names[MW_CLU_REGIONS] = {"weights", "activations", "output"};
    return names[region];
}

/* Memory of the operands, each on a page of its own, the weights `offset` bytes after it. */
typedef struct operands {
    const mw_kernel *kernel;
    size_t rows, cols;
    size_t bytes[MW_CLU_REGIONS], offset[MW_CLU_REGIONS];
    char *block[MW_CLU_REGIONS];
} operands;

static int take(const mw_kernel *k, size_t rows, size_t cols, size_t offset, operands *o, mw_error *err)
{
    if (!mw_check_takes(k, rows, cols) || offset % sizeof(float) || offset >= 4096 || offset % k->align)
        return mw_fail(err, -EINVAL, "%s does not take %zu x %zu weights at offset %zu", k->name, rows, cols, offset);
    const size_t bytes = (size_t)mw_layout_of(k->layout)->bytes(k->dtype, rows, cols);
    *o = (operands){k, rows, cols, {bytes, mw_x_bytes(k->dtype, cols), rows * sizeof(float)}, {offset}, {0}};
    for (int i = 0; i < MW_CLU_REGIONS; i++) {
        o->block[i] = mw_pages_alloc(o->offset[i] + o->bytes[i]);
        if (!o->block[i])
            return mw_fail(err, -ENOMEM, "no memory for %zu x %zu weights", rows, cols);
    }
    return 0;
}

static void release(operands *o)
{
    for (int i = 0; i < MW_CLU_REGIONS; i++)
        if (o->block[i])
            mw_pages_free(o->block[i], o->offset[i] + o->bytes[i]);
}

static float *operand(const operands *o, mw_clu_region region)
{
    return (float *)(void *)(o->block[region] + o->offset[region]);
}

static void call(const operands *o)
{
    o->kernel->fn.gemv(operand(o, MW_CLU_OUTPUT), operand(o, MW_CLU_WEIGHTS), operand(o, MW_CLU_ACTIVATIONS), o->rows,
                       o->cols, mw_layout_of(o->kernel->layout)->ld(o->rows, o->cols));
}

/* --- the trace's way into the model --- */

typedef struct player {
    mw_region region[MW_CLU_REGIONS];
    mw_cache_model *model;
} player;

static void play(void *to, const mw_access *accesses, size_t n)
{
    player *p = to;
    for (size_t i = 0; i < n; i++) {
        const mw_access *a = &accesses[i];
        int k = 0;
        size_t at = 0;
        for (; k < MW_CLU_REGIONS; k++) {
            at = a->at - (uintptr_t)p->region[k].real;
            if (at < p->region[k].bytes && a->bytes <= p->region[k].bytes - at)
                break;
        }
        if (k == MW_CLU_REGIONS)
            continue; /* the stack, or a constant */
        const uint64_t used =
            mw_region_access(&p->region[k], at, a->bytes, a->kind & MW_ACCESS_LOAD, a->kind & MW_ACCESS_STORE);
        mw_cache_model_access(p->model, (unsigned)k, p->region[k].model + at, a->bytes, used);
    }
}

/* Which bytes are weights, and not padding, is what the layout writes: blocks of ones go into zeroed memory. */
static bool mark_weights(mw_region *r, const operands *o)
{
    const mw_layout *layout = mw_layout_of(o->kernel->layout);
    const mw_dtype dtype = o->kernel->dtype;
    unsigned char ones[MW_MOST_BLOCK_BYTES], *w = calloc(o->bytes[MW_CLU_WEIGHTS], 1);
    memset(ones, 0xff, sizeof ones);
    const bool good = w && mw_region_need_none(r);
    for (size_t i = 0; i < o->rows && good; i++)
        for (size_t b = 0; b < o->cols / mw_dtypes[dtype].block; b++)
            layout->put(dtype, w, ones, i, b, 1, o->rows, o->cols);
    for (size_t at = 0; at < o->bytes[MW_CLU_WEIGHTS] && good; at++)
        if (w[at])
            mw_region_need(r, at);
    free(w);
    return good;
}

/* Sums of codes are there for kernels that offset weights; the others do not need them. */
static bool mark_activations(mw_region *r, const operands *o)
{
    const size_t sum = offsetof(mw_x8, sum), after = sum + sizeof(int32_t);
    const bool blocks = mw_dtype_in_blocks(o->kernel->dtype), good = !blocks || mw_region_need_none(r);
    for (size_t at = 0; at < o->bytes[MW_CLU_ACTIVATIONS] && blocks && good; at++)
        if (at % sizeof(mw_x8) < sum || at % sizeof(mw_x8) >= after)
            mw_region_need(r, at);
    return good;
}

/* --- one measurement --- */

static void collect(player *p, int levels, unsigned line_bytes, mw_clu *clu)
{
    *clu = (mw_clu){.levels = levels, .line_bytes = line_bytes};
    mw_cache_model_flush(p->model);
    for (int i = 0; i < MW_CLU_REGIONS; i++) {
        mw_region_finish(&p->region[i]);
        clu->region[i] = p->region[i].counts;
        for (int l = 0; l < levels; l++)
            clu->level[i][l] = mw_cache_model_counts(p->model, l, (unsigned)i);
    }
}

int mw_clu_measure_twin(const mw_kernel *k, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                        int levels, mw_clu *clu, mw_error *err)
{
    operands o = {0};
    player p = {.model = NULL};
    int rc = mw_cache_model_create(caches, levels, &p.model, err);
    if (!rc)
        rc = take(k, rows, cols, offset, &o, err);
    bool room = !rc;
    for (int i = 0; i < MW_CLU_REGIONS && room; i++)
        room = mw_region_open(&p.region[i], operand(&o, (mw_clu_region)i), model_at[i] + o.offset[i], o.bytes[i],
                              caches[0].line_bytes);
    if (!rc &&
        !(room && mark_weights(&p.region[MW_CLU_WEIGHTS], &o) && mark_activations(&p.region[MW_CLU_ACTIVATIONS], &o)))
        rc = mw_fail(err, -ENOMEM, "no memory to trace %zu x %zu weights", rows, cols);
    if (!rc) {
        mw_trace_start(k, play, &p);
        call(&o);
        mw_trace_stop();
        collect(&p, levels, caches[0].line_bytes, clu);
    }
    for (int i = 0; i < MW_CLU_REGIONS; i++)
        mw_region_close(&p.region[i]);
    mw_cache_model_free(p.model);
    release(&o);
    return rc;
}

/* A call in the pool's one thread, which its counters count. */
static void run_counted(void *arg, int index, int threads)
{
    (void)index;
    (void)threads;
    call(arg);
}

int mw_clu_count(const mw_kernel *k, size_t rows, size_t cols, size_t offset, mw_pool *pool, mw_counters *counters,
                 mw_counts *counts, mw_error *err)
{
    operands o = {0};
    if (!mw_kernel_supported(k))
        return mw_fail(err, -ENOTSUP, "%s: this CPU cannot run it", k->name);
    int rc = take(k, rows, cols, offset, &o, err);
    if (!rc) {
        mw_counts before;
        mw_pool_run(pool, run_counted, &o); /* faults pages in */
        mw_counters_read(counters, &before);
        mw_pool_run(pool, run_counted, &o);
        mw_counters_read(counters, counts);
        for (int i = 0; i < MW_COUNTER_COUNT; i++)
            counts->of[i] -= before.of[i];
    }
    release(&o);
    return rc;
}

int mw_clu_measure(const mw_kernel *kernel, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                   int levels, mw_clu *clu, mw_error *err)
{
    const mw_kernel *twin = mw_traced(kernel);
    if (!twin && kernel->label) {
        int rc = mw_outside_trace(kernel, err);
        if (rc)
            return rc;
        twin = mw_traced(kernel);
    }
    if (!twin)
        return mw_fail(
            err, -ENOTSUP,
            "%s: this build has no traced twin of it; twins are made of kernels, not of libraries, where gcc or clang "
            "compile for Linux",
            kernel->name);
    if (!mw_kernel_supported(kernel))
        return mw_fail(err, -ENOTSUP, "%s: this CPU cannot run it", kernel->name);
    return mw_clu_measure_twin(twin, rows, cols, offset, caches, levels, clu, err);
}

bool mw_clu_complete(const mw_clu *clu)
{
    for (int i = 0; i < MW_CLU_REGIONS; i++)
        if (clu->region[i].used_bytes != clu->region[i].needed_bytes)
            return false;
    return true;
}

double mw_clu_utilization(const mw_clu *clu, mw_clu_region region, int level)
{
    const mw_cache_counts *c = &clu->level[region][level];
    return c->fills ? (double)c->used_bytes / ((double)c->fills * clu->line_bytes) : NAN;
}
