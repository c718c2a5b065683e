/* Benchmark: time from opening a model to its first token when nothing of the file is in memory, against what the
 * device itself needs to read the file.
 *
 *   meson test -C build --benchmark cold -v        or        build/benchmark_cold [ROUNDS [THREADS]]
 *
 * Each round takes, in random order: the file read from one end to the other past the page cache and through it; then
 * for each load strategy of the .tvl file, and for the row-major checkpoint mapped as it is, one first token cold and
 * one warm. Cold means evicted, and mincore says that less than 1 % of the file is in memory. In a virtual machine the
 * file is cold for the guest only. Intervals: t over the logarithms of the rounds' ratios. */
#include "bench/stats/stats.h"
#include "engine/decoder.h"
#include "engine/sampler.h"
#include "engine/tvl_model.h"
#include "engine/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ROUNDS = 200, BLOCK = 4 << 20 };

static const char *const cases[] = {"tvl", "tvl16_neon/tvl/mmap-populate", "tvl16_neon/tvl/mmap-huge", "mmap"};
enum { CASES = sizeof cases / sizeof cases[0] };

typedef struct round_times {
    double direct, buffered, cold[CASES], warm[CASES]; /* seconds */
} round_times;

static int evict(const mw_model *m, mw_error *err)
{
    const void *start;
    int rc = mw_file_evict(&m->file, err);
    if (!rc)
        rc = mw_file_map(&m->file, MW_MAP_PLAIN, &start, err);
    if (rc)
        return rc;
    int64_t resident = mw_file_resident(start, (size_t)m->file.bytes);
    mw_file_unmap(start, m->file.bytes);
    if (resident < 0 || (uint64_t)resident > m->file.bytes / 100)
        return mw_fail(err, -EBUSY, "%s: %lld bytes stay in memory, so it is not cold", m->file.path,
                       (long long)resident);
    return 0;
}

/* Seconds to read the whole file in blocks; past the page cache with `direct`. */
static int read_file(const mw_model *m, bool direct, double *seconds, mw_error *err)
{
    int rc = evict(m, err), flags = O_RDONLY;
#ifdef O_DIRECT
    flags |= direct ? O_DIRECT : 0;
#endif
    if (rc)
        return rc;
    char *block = mw_pages_alloc(BLOCK);
    int fd = open(m->file.path, flags);
    if (!block || fd < 0) {
        rc = mw_fail(err, -errno, "%s: cannot be read: %s", m->file.path, strerror(errno));
    } else {
        memset(block, 1, BLOCK);
        uint64_t start = mw_clock_ns();
        ssize_t got = 0;
        while ((got = read(fd, block, BLOCK)) > 0)
            ;
        *seconds = (double)(mw_clock_ns() - start) * 1e-9;
        if (got < 0)
            rc = mw_fail(err, -errno, "%s: cannot be read: %s", m->file.path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    mw_pages_free(block, BLOCK);
    return rc;
}

static int first_token(const char *path, const mw_variant *v, mw_pool *pool, double *seconds, mw_error *err)
{
    mw_model m;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    uint64_t start = mw_clock_ns();
    int rc = mw_model_open(path, NULL, NULL, &m, err);
    if (!rc)
        rc = mw_weights_open(mw_model_source(&m), v->layout, v->load, &weights, err);
    if (!rc)
        rc = mw_decoder_create(&m.config, weights, &set, pool, 256, &decoder, err);
    if (!rc && mw_argmax(mw_decoder_forward(decoder, 1, 0), m.config.vocab_size) < 0)
        rc = mw_fail(err, -EDOM, "%s: a logit is not finite", path);
    *seconds = (double)(mw_clock_ns() - start) * 1e-9;
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_model_close(&m);
    return rc;
}

static int one_round(const mw_model *checkpoint, const mw_model *packed, mw_pool *pool, round_times *t, mw_error *err)
{
    int order[CASES + 2], rc = 0;
    for (int i = 0; i < CASES + 2; i++) {
        int j = rand() % (i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < CASES + 2 && !rc; i++) {
        if (order[i] >= CASES) {
            bool direct = order[i] == CASES;
            rc = read_file(packed, direct, direct ? &t->direct : &t->buffered, err);
            continue;
        }
        const int k = order[i];
        mw_variant v;
        rc = mw_variant_parse(cases[k], &v, err);
        const mw_model *m = v.layout->id == MW_LAYOUT_TVL16 ? packed : checkpoint;
        if (!rc)
            rc = evict(m, err);
        if (!rc)
            rc = first_token(m->file.path, &v, pool, &t->cold[k], err);
        if (!rc)
            rc = first_token(m->file.path, &v, pool, &t->warm[k], err);
    }
    return rc;
}

/* Prints the geometric mean of x[n] and its 95 % t-interval; n >= 8, where t is between 2.0 and 2.37. */
static void print_ratio(const char *what, const double *x, int n)
{
    double mean = 0, square = 0;
    for (int i = 0; i < n; i++)
        mean += log(x[i]) / n;
    for (int i = 0; i < n; i++)
        square += (log(x[i]) - mean) * (log(x[i]) - mean);
    double t = 1.96 + 2.72 / (n - 1), half = t * sqrt(square / (n - 1) / n); /* within 1 % of Student's t for n >= 8 */
    printf("  %-44s %.3f  [%.3f, %.3f]\n", what, exp(mean), exp(mean - half), exp(mean + half));
}

static double median(const round_times *t, int n, size_t offset)
{
    double x[MOST_ROUNDS];
    for (int i = 0; i < n; i++)
        memcpy(&x[i], (const char *)&t[i] + offset, sizeof x[i]);
    mw_sort(x, (size_t)n);
    return mw_percentile(x, (size_t)n, 0.5);
}

static void report(const round_times *t, int n)
{
    printf("n = %d rounds; medians in ms: direct read %.0f, buffered read %.0f\n", n,
           1e3 * median(t, n, offsetof(round_times, direct)), 1e3 * median(t, n, offsetof(round_times, buffered)));
    double x[MOST_ROUNDS];
    for (int k = 0; k < CASES; k++) {
        printf("%s: cold %.0f ms, warm %.0f ms\n", cases[k],
               1e3 * median(t, n, offsetof(round_times, cold) + (size_t)k * sizeof(double)),
               1e3 * median(t, n, offsetof(round_times, warm) + (size_t)k * sizeof(double)));
        for (int i = 0; i < n; i++)
            x[i] = t[i].cold[k] / (fmin(t[i].direct, t[i].buffered) + t[i].warm[k]);
        print_ratio("cold / (fastest read + warm first token)", x, n);
        for (int i = 0; i < n; i++)
            x[i] = t[i].cold[k] / t[i].cold[CASES - 1];
        if (k < CASES - 1)
            print_ratio("cold / cold row-major checkpoint, mapped", x, n);
    }
}

int main(int argc, char **argv)
{
    static round_times times[MOST_ROUNDS];
    const int rounds = argc > 1 ? atoi(argv[1]) : 12, threads = argc > 2 ? atoi(argv[2]) : 1;
    mw_error err = {""};
    mw_model checkpoint = {.file = {.fd = -1}}, packed = {.file = {.fd = -1}};
    mw_pool *pool = NULL;
    int rc = rounds >= 8 && rounds <= MOST_ROUNDS
                 ? mw_model_open("synthetic:stories110M", NULL, NULL, &checkpoint, &err)
                 : mw_fail(&err, -EINVAL, "give 8 to %d rounds", MOST_ROUNDS);
    if (!rc)
        rc = mw_tvl_model_cached(&checkpoint, NULL, NULL, &packed, &err);
    if (!rc)
        rc = mw_pool_create(threads, NULL, NULL, 0, &pool, &err);
    for (int i = 0; i < rounds && !rc; i++)
        rc = one_round(&checkpoint, &packed, pool, &times[i], &err);
    if (!rc)
        report(times, rounds);
    else
        fprintf(stderr, "cold: %s\n", err.text);
    mw_pool_free(pool);
    mw_model_close(&packed);
    mw_model_close(&checkpoint);
    return rc == 0 ? 0 : rc == -ENOTSUP ? 77 : 1;
}
