#include "bench/units/roof.h"

#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "platform/nodes.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Tensors in memory of our own start on a border of this many bytes; what lies before it is padding. */
enum { GAP_BYTES = 128 };

typedef struct run {
    const char *from;
    size_t bytes;
} run;

/* The runs of one thread, in the order of the forward pass. */
typedef struct share {
    run *runs;
    size_t n;
} share;

struct mw_roof {
    mw_pool *pool;
    run *runs; /* of all shares */
    uint64_t bytes;
    unsigned read, sweeping;
    atomic_ullong sink; /* where the sums go, so that no compiler can leave out a read */
    share shares[];     /* one a thread */
};

/* A roof whose shares have room for `most` runs each. */
static int create(mw_pool *pool, size_t most, mw_roof **out, mw_error *err)
{
    const size_t threads = (size_t)mw_pool_threads(pool);
    mw_roof *r = *out = calloc(1, sizeof *r + threads * sizeof *r->shares);
    if (r)
        *r = (mw_roof){.pool = pool, .runs = calloc(threads * most, sizeof *r->runs)};
    if (!r || !r->runs) {
        mw_roof_free(r);
        *out = NULL;
        return mw_fail(err, -ENOMEM, "no memory for a roof");
    }
    for (size_t t = 0; t < threads; t++)
        r->shares[t].runs = r->runs + t * most;
    return 0;
}

/* Adds the lines that hold [from, to). What follows directly becomes one run with what is before it. */
static void add(mw_roof *r, int thread, const char *from, const char *to)
{
    share *s = &r->shares[thread];
    from -= (uintptr_t)from % MW_PROBE_LINE;
    to += (MW_PROBE_LINE - (uintptr_t)to % MW_PROBE_LINE) % MW_PROBE_LINE;
    run *last = s->n > 0 ? &s->runs[s->n - 1] : NULL;
    const char *end = last ? last->from + last->bytes : NULL;
    if (last && from >= last->from && from < end + GAP_BYTES && to >= end) {
        r->bytes += (uint64_t)(to - end);
        last->bytes = (size_t)(to - last->from);
    } else {
        s->runs[s->n++] = (run){from, (size_t)(to - from)};
        r->bytes += (uint64_t)(to - from);
    }
}

/* Byte at which the share of a thread starts that begins with row `row`. */
static uint64_t start_of(const mw_weights *w, size_t index, size_t row)
{
    const mw_matrix *m = &w->matrix[index];
    return row == 0                ? 0
           : w->layout->by_columns ? mw_matrix_bytes(w, index) * row / m->rows
                                   : w->layout->at(m->dtype, row, m->rows, m->cols);
}

int mw_roof_of_weights(const mw_config *c, const mw_weights *w, mw_pool *pool, mw_roof **out, mw_error *err)
{
    const size_t n = mw_classifier_index(c) + 1;
    const int threads = mw_pool_threads(pool);
    int rc = create(pool, n, out, err);
    for (size_t i = 0; i < n && !rc; i++) {
        const mw_matrix *m = &w->matrix[i];
        const uint64_t bytes = mw_matrix_bytes(w, i);
        for (int t = 0; t < threads; t++) {
            /* Of a matrix that is stored by columns every thread reads the same proportion instead. */
            size_t first, last, rows = m->rows;
            mw_layout_rows_of(rows, t, threads, &first, &last);
            const uint64_t from = start_of(w, i, first), to = last == rows ? bytes : start_of(w, i, last);
            const char *data = mw_weights_near(w, m->data, mw_pool_node(pool, t));
            if (first < last)
                add(*out, t, data + from, data + to);
        }
    }
    return rc;
}

int mw_roof_of_block(const void *block, size_t bytes, mw_pool *pool, mw_roof **out, mw_error *err)
{
    const int threads = mw_pool_threads(pool);
    int rc = create(pool, 1, out, err);
    const size_t lines = bytes / MW_PROBE_LINE;
    for (int t = 0; t < threads && !rc; t++)
        add(*out, t, (const char *)block + mw_pool_share(lines, t, threads) * MW_PROBE_LINE,
            (const char *)block + mw_pool_share(lines, t + 1, threads) * MW_PROBE_LINE);
    return rc;
}

void mw_roof_free(mw_roof *r)
{
    if (r)
        free(r->runs);
    free(r);
}

uint64_t mw_roof_bytes(const mw_roof *r)
{
    return r->bytes;
}

/* MW_PAGE_SAMPLES addresses at even distances in a thread's share; returns how many. */
static size_t sample(const share *s, void *at[MW_PAGE_SAMPLES])
{
    uint64_t all = 0, before = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        all += s->runs[i].bytes;
    for (size_t i = 0; i < s->n; before += s->runs[i++].bytes)
        for (; n < MW_PAGE_SAMPLES && all * n / MW_PAGE_SAMPLES < before + s->runs[i].bytes; n++)
            at[n] = (void *)(uintptr_t)(s->runs[i].from + (all * n / MW_PAGE_SAMPLES - before));
    return n;
}

double mw_roof_far(const mw_roof *r)
{
    void *at[MW_PAGE_SAMPLES];
    int node[MW_PAGE_SAMPLES];
    const int threads = mw_pool_threads(r->pool);
    double known = 0, far = 0;
    for (int t = 0; t < threads; t++) {
        const int here = mw_pool_node(r->pool, t);
        const size_t n = sample(&r->shares[t], at);
        if (here == MW_UNKNOWN || !mw_nodes_of_pages(at, n, node))
            continue;
        for (size_t i = 0; i < n; i++) {
            known += node[i] >= 0;
            far += node[i] >= 0 && node[i] != here;
        }
    }
    return known > 0 ? far / known : NAN;
}

static void sweep_share(void *arg, int index, int threads)
{
    (void)threads;
    mw_roof *r = arg;
    const share *s = &r->shares[index];
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum ^= mw_read(r->sweeping, s->runs[i].from, s->runs[i].bytes);
    atomic_fetch_xor_explicit(&r->sink, sum, memory_order_relaxed);
}

double mw_roof_sweep(mw_roof *r, unsigned read)
{
    r->sweeping = read;
    atomic_store(&r->sink, 0);
    uint64_t start = mw_clock_ns();
    mw_pool_run(r->pool, sweep_share, r);
    return (double)(mw_clock_ns() - start);
}

uint64_t mw_roof_sum(const mw_roof *r)
{
    return atomic_load(&r->sink);
}

/* Rounds of a stage, and of the last one; how many reads that one has. */
enum { ROUNDS = 3, LAST_ROUNDS = 6, LAST = 3, MOST_ROUNDS = 4 * ROUNDS + LAST_ROUNDS };

typedef struct candidate {
    unsigned read;
    size_t n;
    double ns[MOST_ROUNDS], median;
} candidate;

static void sweep_round(mw_roof *r, candidate *of, int n, uint64_t *seed)
{
    int order[MW_MOST_READS];
    for (int i = 0; i < n; i++)
        order[i] = i;
    mw_shuffle(order, n, seed);
    for (int i = 0; i < n; i++) {
        candidate *c = &of[order[i]];
        c->ns[c->n++] = mw_roof_sweep(r, c->read);
    }
}

static int by_median(const void *a, const void *b)
{
    const double x = ((const candidate *)a)->median, y = ((const candidate *)b)->median;
    return (x > y) - (x < y);
}

void mw_roof_choose(mw_roof *r, unsigned *reads, int n, uint64_t seed)
{
    candidate of[MW_MOST_READS];
    for (int i = 0; i < n; i++)
        of[i] = (candidate){.read = reads[i]};
    int racing = n;
    for (bool last = false; !last; racing = racing / 2 > LAST ? racing / 2 : LAST) {
        last = racing <= LAST;
        for (int round = 0; round < (last ? LAST_ROUNDS : ROUNDS); round++) {
            if (mw_interrupted())
                return;
            sweep_round(r, of, racing, &seed);
        }
        for (int i = 0; i < racing; i++) {
            mw_sort(of[i].ns, of[i].n);
            of[i].median = mw_percentile(of[i].ns, of[i].n, 0.5);
        }
        qsort(of, (size_t)racing, sizeof *of, by_median);
    }
    for (int i = 0; i < n; i++)
        reads[i] = of[i].read;
    r->read = reads[0];
}

unsigned mw_roof_read(const mw_roof *r)
{
    return r->read;
}
