/* Benchmarks of memory, threads and arithmetic without kernels: the bandwidth ladder, the roof, latencies, fork and
 * join, and the peak of fused multiply-adds. */
#include "bench/micro/chase.h"
#include "bench/micro/micro.h"
#include "platform/os.h"

/* --- ladder and roof: the probes' loops, every thread on its own part --- */

/* An iteration moves at least this much, so that starting the threads and asking the clock do not count. */
enum { LEAST_BYTES = 1 << 20 };

/* Reads that are on the ladder, of the widest loads: what one stream gets and what several get. */
static const unsigned ladder_ways[] = {0, 2};
enum { LADDER_WAYS = sizeof ladder_ways / sizeof *ladder_ways, LADDER_LOOPS = LADDER_WAYS + MW_STREAM_COUNT };

/* Bytes from one array of a loop to the next: the odd lines between keep equal places of two arrays out of one set of
 * the cache, and out of reach of store-to-load checks that look at the low bits of an address alone. */
static size_t apart(size_t bytes)
{
    return bytes + 33 * MW_PROBE_LINE;
}

static const char *pages_of(bool huge)
{
    return huge ? "huge" : "4k";
}

/* "256KiB": a whole number of KiB. */
enum { SIZE = 24 };

static const char *size_of(size_t bytes, char to[SIZE])
{
    const bool mib = bytes >= 1 << 20 && bytes % (1 << 20) == 0;
    snprintf(to, SIZE, "%zu%s", bytes >> (mib ? 20 : 10), mib ? "MiB" : "KiB");
    return to;
}

static bool reads(const mw_micro_task *t)
{
    return t->loop < mw_reads();
}

static mw_stream stream_of(const mw_micro_task *t)
{
    return (mw_stream)(t->loop - mw_reads());
}

/* Arrays that a loop touches. */
static int arrays(const mw_micro_task *t)
{
    return reads(t) ? 1 : stream_of(t) == MW_STREAM_COPY || stream_of(t) == MW_STREAM_SCALE ? 2 : 3;
}

static void loop_part(void *arg, int index, int threads)
{
    mw_micro_task *t = arg;
    const size_t lines = t->bytes / MW_PROBE_LINE, first = mw_pool_share(lines, index, threads);
    const size_t bytes = (mw_pool_share(lines, index + 1, threads) - first) * MW_PROBE_LINE;
    const size_t next = apart(t->bytes) / sizeof(float);
    float *a = t->block->at + first * MW_PROBE_LINE / sizeof(float);
    mw_stream_f32_fn *const stream = mw_probe_widest()->stream;
    const bool only_reads = reads(t);
    uint64_t sum = 0;
    for (size_t pass = 0; pass < t->passes; pass++) {
        if (only_reads)
            sum ^= mw_read(t->loop, a, bytes);
        else
            stream(stream_of(t), a, a + next, a + 2 * next, 0.5f, bytes / sizeof *a);
    }
    __atomic_fetch_xor(&t->sum, sum, __ATOMIC_RELAXED);
}

static void run_loop(mw_gb_state *state, mw_micro_task *t)
{
    if (!mw_micro_memory(state, t))
        return;
    if (t->bytes <= t->micro->llc) /* what fits into a cache is to be there */
        mw_pool_run(t->pool, loop_part, t);
    while (mw_gb_running(state))
        mw_pool_run(t->pool, loop_part, t);
    mw_gb_counter(state, "GB/s", (double)arrays(t) * (double)t->bytes * (double)t->passes * 1e-9, MW_GB_RATE);
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

static mw_micro_task loop_task(mw_micro *m, mw_pool *pool, unsigned loop, size_t bytes, bool huge)
{
    mw_micro_task t = {.pool = pool, .loop = loop, .bytes = bytes};
    t.isa = reads(&t) ? mw_read_probe(loop)->name : mw_probe_widest()->name;
    t.passes = bytes < LEAST_BYTES ? LEAST_BYTES / bytes : 1;
    t.block = mw_micro_want(m, huge, (size_t)arrays(&t) * apart(bytes));
    return t;
}

static void add_step(mw_micro *m, mw_pool *pool, int index, size_t bytes, bool huge)
{
    /* by the number of arrays; what is moved: an ordinary store first brings the line in */
    static const mw_micro_kind kinds[] = {
        [1] = {run_loop, {{"bandwidth_gbs", "GB/s", "GB/s", 1}}, "probe"},
        [2] = {run_loop,
               {{"bandwidth_gbs", "GB/s", "GB/s", 1}, {"moved_gbs", "GB/s", "GB/s", 3. / 2, .moved = true}},
               "probe"},
        [3] = {run_loop,
               {{"bandwidth_gbs", "GB/s", "GB/s", 1}, {"moved_gbs", "GB/s", "GB/s", 4. / 3, .moved = true}},
               "probe"}};
    const unsigned loop = index < LADDER_WAYS ? mw_reads() - MW_READ_WAYS + ladder_ways[index]
                                              : mw_reads() + (unsigned)(index - LADDER_WAYS);
    mw_micro_task t = loop_task(m, pool, loop, bytes, huge);
    const size_t counted = (size_t)arrays(&t) * bytes;
    const char *pages = pages_of(huge), *name = reads(&t) ? "read" : mw_stream_name(stream_of(&t));
    char word[MW_READ_NAME], way[MW_READ_NAME + 8] = "", size[SIZE];
    if (reads(&t))
        snprintf(way, sizeof way, ";way=%s", mw_read_name(loop, word));
    t.kind = &kinds[arrays(&t)];
    snprintf(t.param, sizeof t.param, "bytes=%zu;counted=%zu;loop=%s;pages=%s%s", bytes, counted, name, pages, way);
    snprintf(t.moved, sizeof t.moved, "bytes=%zu;counted=%zu;loop=%s;pages=%s", bytes, counted + bytes, name, pages);
    mw_micro_add(m, &t, "ladder/%s%s/%s%s/threads:%d", reads(&t) ? "read_" : "",
                 reads(&t) ? read_word(loop, word) : name, size_of(bytes, size), huge ? "/huge" : "",
                 mw_pool_threads(pool));
}

void mw_micro_add_ladder(mw_micro *m)
{
    for (int p = 0; p < m->n_pools; p++) {
        for (size_t bytes = m->least; bytes <= m->largest; bytes *= 2)
            for (int i = 0; i < LADDER_LOOPS; i++)
                add_step(m, m->pools[p], i, bytes, false);
        for (int i = 0; i < LADDER_LOOPS; i++)
            add_step(m, m->pools[p], i, m->largest, true);
    }
}

void mw_micro_add_roof(mw_micro *m)
{
    static const mw_micro_kind kind = {run_loop, {{"roof_gbs", "GB/s", "GB/s", 1}}, "probe"};
    char name[MW_READ_NAME];
    for (int p = 0; p < m->n_pools; p++)
        for (unsigned read = 0; read < mw_reads(); read++)
            for (int huge = 0; huge < 2; huge++) {
                mw_micro_task t = loop_task(m, m->pools[p], read, m->roof, huge);
                t.kind = &kind;
                snprintf(t.param, sizeof t.param, "bytes=%zu;pages=%s;way=%s", t.bytes, pages_of(huge),
                         mw_read_name(read, name));
                mw_micro_add(m, &t, "roof/%s/%s/threads:%d", pages_of(huge), read_word(read, name),
                             mw_pool_threads(t.pool));
            }
}

/* --- latency: one load after the other around a random cycle --- */

/* Loads in one iteration. */
enum { STEPS = 4096 };

static void run_chase(mw_gb_state *state, mw_micro_task *t)
{
    const void *block = mw_micro_memory(state, t);
    if (!block)
        return;
    if (!t->slot)
        t->slot = block;
    /* What fits into a cache is to be there: whole blocks are read in order, which is faster than to go around. */
    if (t->stride > MW_CHASE_LINE)
        t->slot = mw_chase_run(t->slot, t->bytes / t->stride);
    else if (t->bytes <= t->micro->llc)
        t->sum ^= mw_read(0, block, t->bytes);
    while (mw_gb_running(state))
        t->slot = mw_chase_run(t->slot, STEPS);
    mw_gb_counter(state, "loads/s", STEPS, MW_GB_RATE);
}

/* Each size has a block of its own: repetitions come in random order, and a cycle costs more than a repetition. */
void mw_micro_add_latency(mw_micro *m)
{
    static const mw_micro_kind kind = {run_chase, {{"latency_ns", "ns", NULL, 1e9 / STEPS}}, "chase"};
    char size[SIZE];
    for (size_t bytes = m->least; bytes <= m->largest; bytes *= 2)
        for (int i = 0; i < (bytes >= 2 * m->page ? 4 : 2); i++) { /* a cycle of pages has at least two */
            const bool page = i / 2, huge = i % 2;
            const char *step = page ? "page" : "line";
            mw_micro_task t = {.kind = &kind, .isa = "c", .bytes = bytes, .own = {huge, bytes}};
            t.stride = page ? m->page : MW_CHASE_LINE;
            snprintf(t.param, sizeof t.param, "bytes=%zu;pages=%s;step=%s", bytes, pages_of(huge), step);
            mw_micro_add(m, &t, "latency/%s/%s/%s", step, pages_of(huge), size_of(bytes, size));
        }
}

/* --- fork and join: what every matrix of a token pays next to its sweep --- */

/* In one iteration. */
enum { FORKS = 64 };

static void empty(void *arg, int index, int threads)
{
    (void)arg, (void)index, (void)threads;
}

static void run_fork(mw_gb_state *state, mw_micro_task *t)
{
    while (mw_gb_running(state))
        for (int i = 0; i < FORKS; i++)
            mw_pool_run(t->pool, empty, NULL);
}

void mw_micro_add_fork(mw_micro *m)
{
    static const mw_micro_kind kind = {run_fork, {{"fork_join_us", "us", NULL, 1e6 / FORKS}}, "fork"};
    for (int i = 0; i < m->n_pools; i++)
        mw_micro_add(m, &(mw_micro_task){.kind = &kind, .isa = "c", .pool = m->pools[i]}, "fork/threads:%d",
                     mw_pool_threads(m->pools[i]));
}

/* --- peak --- */

static void peak_part(void *arg, int index, int threads)
{
    mw_micro_task *t = arg;
    const double sum = t->peak->run(MW_MICRO_PEAK, 1, 1);
    (void)threads;
    if (index == 0)
        t->peak_sum += sum;
}

static void run_peak(mw_gb_state *state, mw_micro_task *t)
{
    while (mw_gb_running(state))
        mw_pool_run(t->pool, peak_part, t);
    mw_gb_counter(state, "GFLOP/s", (double)mw_peak_flops(t->peak, MW_MICRO_PEAK) * mw_pool_threads(t->pool) * 1e-9,
                  MW_GB_RATE);
}

void mw_micro_add_peak(mw_micro *m)
{
    static const mw_micro_kind kind = {run_peak, {{"peak_gflops", "GFLOP/s", "GFLOP/s", 1}}, "peak"};
    for (const mw_peak *const *p = mw_peaks; *p; p++)
        for (int i = 0; i < m->n_pools && mw_peak_of((*p)->isa_name, (*p)->int8) == *p; i++) {
            mw_micro_task t = {.kind = &kind, .isa = (*p)->isa_name, .pool = m->pools[i], .peak = *p};
            const char *type = (*p)->int8 ? "-int8" : "";
            snprintf(t.param, sizeof t.param, "bits=%u%s", 32 * (*p)->lanes, (*p)->int8 ? ";type=int8" : "");
            mw_micro_add(m, &t, "peak/%s%s/threads:%d", t.isa, type, mw_pool_threads(t.pool));
        }
}
