/* Suite `clu`: cache-line utilization of every kernel over the model's matrices. Rows go to results.csv and clu.csv, of
 * provenance `modelled`; where the machine counts refills these stand next to them, `measured`. */
#include "bench/clu/clu.h"

#include "bench/run/plan.h"
#include "bench/run/suite.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- caches --- */

/* What is assumed of a level that the machine does not describe. */
static const mw_cache_level assumed[3] = {{32 << 10, 8, 64}, {1 << 20, 8, 64}, {32 << 20, 16, 64}};

/* The levels of this machine, all with the first one's line; returns how many. */
static int caches_of(mw_session *s, mw_cache_level caches[MW_CACHE_MODEL_LEVELS])
{
    int n = 0;
    bool guessed = false;
    for (int level = 1; level <= MW_CACHE_MODEL_LEVELS; level++) {
        mw_cache_info c;
        const bool told = mw_topology_cache(s->topology, level, &c) && c.bytes > 0;
        if (!told && (n >= 3 || (level > 1 && !guessed)))
            break;
        const mw_cache_level *a = &assumed[level < 3 ? level - 1 : 2];
        guessed |= !told || c.ways <= 0 || c.line_bytes <= 0;
        caches[n++] = (mw_cache_level){told ? (uint64_t)c.bytes : a->bytes, c.ways > 0 ? (unsigned)c.ways : a->ways,
                                       c.line_bytes > 0 ? (unsigned)c.line_bytes : a->line_bytes};
    }
    for (int i = 1; i < n; i++)
        if (caches[i].line_bytes != caches[0].line_bytes) {
            mw_session_warn(s, "the model takes the first level's lines of %u bytes for all levels",
                            caches[0].line_bytes);
            caches[i].line_bytes = caches[0].line_bytes;
        }
    if (guessed)
        mw_session_warn(s,
                        "this machine does not describe all of its caches: sizes or ways were assumed; give them with "
                        "--cache=L1:32K:8:64,...");
    return n;
}

/* --- which variants --- */

/* Variants that differ only in how memory of our own was obtained are the same to a cache. */
static bool same_accesses(const mw_variant *a, const mw_variant *b)
{
    return a->gemv == b->gemv &&
           (a->layout->id != MW_LAYOUT_ROWMAJOR || mw_load_maps(a->load) == mw_load_maps(b->load));
}

/* Every GEMV kernel of this CPU by its usual load, and the paper's mmap. */
static int all_variants(const mw_session *session, mw_variant variants[MW_MAX_VARIANTS])
{
    mw_variant mapped;
    mw_error err;
    int n = 0;
    for (const mw_kernel *const *k = mw_kernels; *k && n + 1 < MW_MAX_VARIANTS; k++) {
        if ((*k)->op != MW_OP_GEMV || !mw_session_wants(session, (*k)->dtype) || !mw_kernel_supported(*k))
            continue;
        variants[n++] = mw_variant_of(*k, mw_load_default(mw_layout_of((*k)->layout)));
        if (mw_variant_parse("mmap", MW_F32, &mapped, &err) == 0 && mapped.gemv == *k)
            variants[n++] = mapped;
    }
    return n;
}

/* --- measuring --- */

typedef struct suite {
    mw_session *session;
    mw_cache_level caches[MW_CACHE_MODEL_LEVELS];
    int levels;
    mw_shape shapes[MW_MOST_SHAPES];
    size_t n_shapes;
    mw_pool *pool; /* of one thread */
    mw_counters *counters;
} suite;

/* A checkpoint that is mapped as it is has its matrices where its header left them; all other memory is aligned. */
static size_t offset_of(const mw_variant *v, const mw_shape *shape)
{
    return v->layout->id == MW_LAYOUT_ROWMAJOR && mw_load_maps(v->load) ? (size_t)(shape->offset % 4096) : 0;
}

static int measure(suite *s, const mw_clu_case *of, const mw_cache_level *caches, mw_clu *clu, mw_error *err)
{
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    mw_progress_say(&s->session->progress, "tracing %s over %zu x %zu", of->variant->gemv->name, of->rows, of->cols);
    int rc = mw_clu_measure(of->variant->gemv, of->rows, of->cols, of->offset, caches, s->levels, clu, err);
    if (!rc && !mw_clu_complete(clu))
        rc = mw_fail(err, of->variant->gemv->label ? -ENOTSUP : -EDOM,
                     "%s: its trace lacks accesses that the maths needs, so it cannot be trusted",
                     of->variant->gemv->name);
    if (!rc)
        mw_clu_record(s->session, of, clu, caches);
    return rc;
}

/* Refills that the hardware counted while the timed kernel ran, next to the model's fills. */
static int count_refills(suite *s, const mw_clu_case *of, const mw_clu *clu, mw_error *err)
{
    const struct {
        mw_counter counter;
        const char *residual;
        int level;
    } kinds[] = {{MW_L1D_REFILLS, "l1d_refills_residual", 0},
                 {MW_CACHE_REFILLS, "cache_refills_residual", clu->levels - 1}};
    mw_counts counts;
    char param[96];
    int rc = 0;
    mw_counters_read(s->counters, &counts);
    if (isfinite(counts.of[MW_L1D_REFILLS]) || isfinite(counts.of[MW_CACHE_REFILLS])) /* else nothing to run for */
        rc = mw_clu_count(of->variant->gemv, of->rows, of->cols, of->offset, s->pool, s->counters, &counts, err);
    snprintf(param, sizeof param, "cols=%zu;offset=%zu;rows=%zu", of->cols, of->offset, of->rows);
    for (int k = 0; k < 2 && !rc; k++) {
        const char *name = mw_counter_name(kinds[k].counter);
        mw_result r = {name, "1", counts.of[kinds[k].counter], 1, .phase = of->phase, .param = param, .rep = -1};
        r.note = isfinite(r.value) ? NULL : mw_counters_missing(s->counters);
        mw_session_record(s->session, of->variant, 1, &r);
        r.name = kinds[k].residual;
        r.note = "counted minus modelled; not every CPU counts prefetched lines as refills";
        for (int region = 0; region < MW_CLU_REGIONS; region++)
            r.value -= (double)clu->level[region][kinds[k].level].fills;
        mw_session_record(s->session, of->variant, 1, &r);
    }
    return rc;
}

static int one_variant(suite *s, const mw_variant *v, mw_error *err)
{
    mw_clu token = {0};
    size_t offset = 0;
    int rc = 0;
    for (size_t i = 0; i < s->n_shapes && !rc; i++) {
        mw_clu clu;
        const mw_shape *shape = &s->shapes[i];
        offset = offset_of(v, shape);
        const mw_clu_case of = {v, shape->rows, shape->cols, offset, "gemv"};
        rc = measure(s, &of, s->caches, &clu, err);
        if (!rc)
            mw_clu_add(&token, &clu, shape->swept);
        if (!rc)
            rc = count_refills(s, &of, &clu, err);
    }
    if (rc == -ENOTSUP) {
        const mw_result none = {"clu_l1", "1", NAN, 0, .phase = "token", .note = err->text, .rep = -1};
        mw_session_record(s->session, v, 1, &none);
        return 0;
    }
    if (!rc)
        mw_clu_record_token(s->session, v, offset % s->caches[0].line_bytes, &token,
                            v->layout->forward_order ? 0 : mw_shapes_jumps(&s->session->model));
    return rc;
}

/* Where a row-major matrix starts, on lines of two sizes: the checkpoint's header puts it 28 bytes after a line. */
static int sweep_offsets(suite *s, const mw_variant *v, mw_error *err)
{
    static const size_t offsets[] = {0, 4, 28, 60};
    static const unsigned lines[] = {64, 128};
    mw_cache_level caches[MW_CACHE_MODEL_LEVELS];
    int rc = 0;
    for (size_t i = 0; i < 8 && !rc; i++) {
        const mw_clu_case of = {v, s->shapes[0].rows, s->shapes[0].cols, offsets[i % 4], "offsets"};
        mw_clu clu;
        for (int level = 0; level < s->levels; level++) {
            caches[level] = s->caches[level];
            caches[level].line_bytes = lines[i / 4];
        }
        rc = measure(s, &of, caches, &clu, err);
    }
    return rc == -ENOTSUP ? 0 : rc;
}

/* --- the suite --- */

/* Without a choice on the command line every GEMV kernel of this CPU takes part, else `variants`. A kernel whose trace
 * cannot be had is `unavailable`; one whose trace is incomplete is -EDOM. -ENOTSUP if this build traces nothing. */
static int run(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    static mw_variant all[MW_MAX_VARIANTS]; /* rows point to nothing, but names are long for a stack */
    const mw_options *o = session->options;
    suite s = {.session = session};
    s.levels = caches_of(session, s.caches);
    s.n_shapes = mw_shapes_of(&session->model, s.shapes);
    int rc = mw_pool_create(1, session->topology, session->cpus, session->n_cpus, &s.pool, err);
    if (!rc)
        rc = mw_counters_open(s.pool, &s.counters, err);
    if (!o->variant && !o->layout && o->n_kernels == 0) {
        n = all_variants(session, all);
        variants = all;
    }
    for (int i = 0; i < n && !rc; i++) {
        bool twice = false;
        for (int j = 0; j < i; j++)
            twice |= same_accesses(&variants[i], &variants[j]);
        if (!twice)
            rc = one_variant(&s, &variants[i], err);
    }
    for (int i = 0; i < n && !rc; i++)
        if (variants[i].layout->id == MW_LAYOUT_ROWMAJOR && !mw_load_maps(variants[i].load))
            rc = sweep_offsets(&s, &variants[i], err);
    mw_counters_close(s.counters);
    mw_pool_free(s.pool);
    mw_progress_clear(&session->progress);
    if (!rc && mw_session_table(session, mw_csv_clu)->n_rows == 0)
        rc = -ENOTSUP; /* err still says why the last one could not be traced */
    return rc;
}

static const mw_refusal refusals[] = {
    {"reps", "its results are the same in every run"},
    {0},
};

const mw_suite mw_suite_clu = {
    .name = "clu",
    .help = "cache-line utilization, counted",
    .processes = MW_ONE_PROCESS,
    .refuses = refusals,
    .row_major = true,
    .run = run,
    .report = mw_clu_report,
};
