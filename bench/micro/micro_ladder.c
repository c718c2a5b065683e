/* The bandwidth ladder and the roof: the probes' loops, every thread on its own part. */
#include "bench/micro/micro_parts.h"

/* An iteration moves at least this much, so that starting the threads and asking the clock do not count. */
enum { LEAST_BYTES = 1 << 20 };

/* Reads that are on the ladder: what one stream of the widest loads gets and what several get. */
static const unsigned ladder_ways[] = {0, 2};
enum { LADDER_WAYS = sizeof ladder_ways / sizeof *ladder_ways };

static unsigned ladder_read(int index)
{
    return mw_reads() - MW_READ_WAYS + ladder_ways[index];
}

/* Arrays that a loop touches. */
static int arrays(const mw_micro_task *t)
{
    return t->reads ? 1 : t->stream == MW_STREAM_COPY || t->stream == MW_STREAM_SCALE ? 2 : 3;
}

static void part(void *arg, int index, int threads)
{
    mw_micro_task *t = arg;
    char *block = (char *)t->micro->block[t->huge].at;
    const size_t apart = mw_micro_apart(t->bytes);
    size_t first, bytes = mw_micro_part(t->bytes, index, threads, &first);
    float *a = (float *)(void *)(block + first);
    const float *b = (const float *)(void *)(block + apart + first);
    const float *c = (const float *)(void *)(block + 2 * apart + first);
    uint64_t sum = 0;
    for (size_t pass = 0; pass < t->passes; pass++) {
        if (t->reads)
            sum ^= mw_read(t->read, a, bytes);
        else
            t->micro->probe->stream(t->stream, a, b, c, 0.5f, bytes / sizeof *a);
    }
    __atomic_fetch_xor(&t->sum, sum, __ATOMIC_RELAXED);
}

static void run(mw_gb_state *state, mw_micro_task *t)
{
    if (!mw_micro_memory(state, t))
        return;
    if (t->bytes <= t->micro->llc) /* what fits into a cache is to be there */
        mw_pool_run(t->pool, part, t);
    while (mw_gb_running(state))
        mw_pool_run(t->pool, part, t);
    mw_gb_counter(state, "GB/s", (double)arrays(t) * (double)t->bytes * (double)t->passes * 1e-9, MW_GB_RATE_OF_EACH);
}

static void record_step(const mw_micro_task *t, const mw_micro_runs *runs)
{
    const char *note = t->micro->block[t->huge].note, *pages = mw_micro_pages(t->huge);
    const size_t counted = (size_t)arrays(t) * t->bytes;
    char param[128], name[MW_READ_NAME];
    if (t->reads)
        snprintf(param, sizeof param, "bytes=%zu;counted=%zu;loop=read;pages=%s;way=%s", t->bytes, counted, pages,
                 mw_read_name(t->read, name));
    else
        snprintf(param, sizeof param, "bytes=%zu;counted=%zu;loop=%s;pages=%s", t->bytes, counted,
                 mw_stream_name(t->stream), pages);
    mw_micro_record(t, runs, "bandwidth_gbs", "GB/s", "GB/s", 1, note, param);
    if (t->reads)
        return;
    /* an ordinary store first brings the line in */
    const size_t moved = counted + t->bytes;
    snprintf(param, sizeof param, "bytes=%zu;counted=%zu;loop=%s;pages=%s", t->bytes, moved, mw_stream_name(t->stream),
             pages);
    mw_micro_record(t, runs, "moved_gbs", "GB/s", "GB/s", (double)moved / (double)counted, note, param);
}

static void record_read(const mw_micro_task *t, const mw_micro_runs *runs)
{
    char param[128], name[MW_READ_NAME];
    snprintf(param, sizeof param, "bytes=%zu;pages=%s;way=%s", t->bytes, mw_micro_pages(t->huge),
             mw_read_name(t->read, name));
    mw_micro_record(t, runs, "roof_gbs", "GB/s", "GB/s", 1, t->micro->block[t->huge].note, param);
}

/* "256-bit, 4 streams, prefetch" is awkward in a filter: "256-bit_4_streams_prefetch". */
static const char *read_word(unsigned read, char to[MW_READ_NAME])
{
    size_t n = 0;
    for (const char *c = mw_read_name(read, to); *c; c++)
        if (*c != ',')
            to[n++] = *c == ' ' ? '_' : *c;
    to[n] = '\0';
    return to;
}

/* What ladder and roof have in common. */
static void set(mw_micro_task *t, mw_pool *pool, size_t bytes, bool huge)
{
    t->kernel_name = "probe";
    t->isa = t->reads ? mw_read_probe(t->read)->name : t->micro->probe->name;
    t->threads = mw_pool_threads(pool);
    t->pool = pool;
    t->bytes = bytes;
    t->huge = huge;
    t->run = run;
    t->passes = bytes < LEAST_BYTES ? LEAST_BYTES / bytes : 1;
    mw_micro_want(t->micro, huge, (size_t)arrays(t) * mw_micro_apart(bytes));
}

static int add_step(mw_micro *m, int loop, size_t bytes, bool huge, mw_pool *pool, mw_error *err)
{
    const bool reads = loop < LADDER_WAYS;
    char size[MW_MICRO_SIZE], name[MW_READ_NAME];
    const char *word = reads ? read_word(ladder_read(loop), name) : mw_stream_name((mw_stream)(loop - LADDER_WAYS));
    int rc, threads = mw_pool_threads(pool);
    mw_micro_task *t = mw_micro_add(m, &rc, err, "ladder/%s%s/%s%s/threads:%d", reads ? "read_" : "", word,
                                    mw_micro_size(bytes, size), huge ? "/huge" : "", threads);
    if (!t)
        return rc;
    t->reads = reads;
    t->read = reads ? ladder_read(loop) : 0;
    t->stream = reads ? MW_STREAM_COPY : (mw_stream)(loop - LADDER_WAYS);
    t->record = record_step;
    set(t, pool, bytes, huge);
    return 0;
}

int mw_micro_add_ladder(mw_micro *m, mw_error *err)
{
    int rc = 0;
    for (int p = 0; p < m->n_pools; p++) {
        for (size_t bytes = m->least; bytes <= m->largest; bytes *= 2)
            for (int loop = 0; loop < LADDER_WAYS + MW_STREAM_COUNT && !rc; loop++)
                rc = add_step(m, loop, bytes, false, m->pools[p], err);
        for (int loop = 0; loop < LADDER_WAYS + MW_STREAM_COUNT && !rc; loop++)
            rc = add_step(m, loop, m->largest, true, m->pools[p], err);
    }
    return rc;
}

static int add_read(mw_micro *m, unsigned read, bool huge, mw_pool *pool, mw_error *err)
{
    char name[MW_READ_NAME];
    int rc, threads = mw_pool_threads(pool);
    mw_micro_task *t =
        mw_micro_add(m, &rc, err, "roof/%s/%s/threads:%d", mw_micro_pages(huge), read_word(read, name), threads);
    if (!t)
        return rc;
    t->reads = true;
    t->read = read;
    t->record = record_read;
    set(t, pool, m->roof, huge);
    return 0;
}

int mw_micro_add_roof(mw_micro *m, mw_error *err)
{
    int rc = 0;
    for (int p = 0; p < m->n_pools; p++)
        for (unsigned read = 0; read < mw_reads(); read++)
            for (int huge = 0; huge < 2 && !rc; huge++)
                rc = add_read(m, read, huge, m->pools[p], err);
    return rc;
}
