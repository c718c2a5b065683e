#include "bench/predict/machine_point.h"

#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "kernels/probe.h"
#include "platform/os.h"
#include "platform/progress.h"

static void read_part(void *arg, int index, int threads)
{
    mw_point *p = arg;
    const size_t lines = p->part / MW_PROBE_LINE, first = mw_pool_share(lines, index, threads);
    const size_t bytes = (mw_pool_share(lines, index + 1, threads) - first) * MW_PROBE_LINE;
    uint64_t sum = 0;
    for (size_t pass = 0; pass < p->passes; pass++)
        sum ^= mw_read(p->read, p->at + (p->next ? *p->next : 0) + first * MW_PROBE_LINE, bytes);
    __atomic_fetch_xor(&p->sum, sum, __ATOMIC_RELAXED);
}

double mw_point_run(mw_point *p, unsigned read)
{
    const size_t passes = p->passes;
    p->read = read;
    if (p->next) { /* what was read last of all is read next: by then no cache has it */
        *p->next += p->part;
        *p->next = *p->next + p->part <= p->bytes ? *p->next : 0;
    } else { /* it is to be in the cache */
        p->passes = 1;
        mw_pool_run(p->pool, read_part, p);
        p->passes = passes;
    }
    const uint64_t start = mw_clock_ns();
    mw_pool_run(p->pool, read_part, p);
    const uint64_t ns = mw_clock_ns() - start;
    return (double)p->part * (double)passes / (double)(ns ? ns : 1);
}

/* Rounds at most. */
enum { CHOICES = 15 };

void mw_point_choose(mw_point *p, uint64_t until_ns, uint64_t *seed)
{
    double gbs[MW_MOST_READS][CHOICES], best = 0;
    int order[MW_MOST_READS], rounds = 0;
    const int n = (int)mw_reads();
    unsigned chosen = p->read;
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (; rounds < CHOICES && (rounds == 0 || mw_clock_ns() < until_ns); rounds++) {
        mw_shuffle(order, n, seed);
        for (int i = 0; i < n && !mw_interrupted(); i++)
            gbs[order[i]][rounds] = mw_point_run(p, (unsigned)order[i]);
    }
    for (int i = 0; i < n && !mw_interrupted(); i++) {
        mw_sort(gbs[i], (size_t)rounds);
        const double median = mw_percentile(gbs[i], (size_t)rounds, 0.5);
        if (median > best) {
            best = median;
            chosen = (unsigned)i;
        }
    }
    p->read = chosen;
}
