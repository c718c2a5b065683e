/* What is special about a kernel that is a library: it starts no threads, calls of several threads do not disturb each
 * other, and it is never the preferred one. All else is tested as of any kernel. */
#include "kernels/registry.h"
#include "layouts/layout.h"
#include "platform/os.h"
#include "platform/pool.h"
#include "tests/tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1008, COLS = 768, THREADS = 4, ROUNDS = 300 };

static const mw_kernel *blas;

/* Threads of this process, 0 where the system does not list them. */
static int threads_now(void)
{
    DIR *d = opendir("/proc/self/task");
    int n = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static void fill(float *v, size_t n, uint32_t state)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        v[i] = (float)(state >> 8) / 8388608 - 1;
    }
}

/* Each thread has an x of its own, so that a buffer shared by two calls would show. */
typedef struct operands {
    float *w, *x, *y, *want; /* w[ROWS][COLS], x[THREADS][COLS], the others [THREADS][ROWS] */
    bool wrong[THREADS];
} operands;

/* All rows by one thread, in calls for as many rows as `index` and the round say. */
static void run_many(void *arg, int index, int threads)
{
    operands *o = arg;
    float *y = o->y + index * ROWS;
    const float *x = o->x + index * COLS;
    for (int round = 0; round < ROUNDS / threads; round++) {
        const size_t step = (size_t)MW_ROW_SPLIT * (size_t)(1 + (index + round) % 7);
        memset(y, -1, ROWS * sizeof *y);
        for (size_t i = 0; i < ROWS; i += step)
            blas->fn.gemv(y + i, o->w + i * COLS, x, ROWS - i < step ? ROWS - i : step, COLS, COLS);
        o->wrong[index] |= memcmp(y, o->want + index * ROWS, ROWS * sizeof *y) != 0;
    }
}

static void test_threads(operands *o)
{
    mw_pool *pool;
    mw_error err;
    if (!tap_ok(mw_pool_create(THREADS, NULL, NULL, 0, &pool, &err) == 0, "%d threads", THREADS))
        return;
    mw_pool_run(pool, run_many, o);
    for (int i = 0; i < THREADS; i++)
        tap_ok(!o->wrong[i], "thread %d of %d has the bits of a call by itself, however rows are shared", i, THREADS);
    mw_pool_free(pool);
}

/* On any CPU: after it stands a kernel of its layout that needs nothing. */
static void test_preference(void)
{
    bool after = false, better = false;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        after |= *k == blas;
        better |=
            after && *k != blas && (*k)->op == MW_OP_GEMV && (*k)->layout == blas->layout && (*k)->isa == MW_ISA_BASE;
    }
    tap_ok(better, "a kernel that every CPU runs is preferred to it");
}

int main(void)
{
    const int before = threads_now();
    mw_error err = {""};
    operands o = {.w = malloc(ROWS * COLS * sizeof(float)),
                  .x = malloc(THREADS * COLS * sizeof(float)),
                  .y = malloc(THREADS * ROWS * sizeof(float)),
                  .want = malloc(THREADS * ROWS * sizeof(float))};
    if (!tap_ok(o.w && o.x && o.y && o.want && mw_kernel_find(MW_OP_GEMV, MW_F32, "blas", &blas, &err) == 0,
                "the kernel %s", err.text))
        return tap_done();
    fill(o.w, (size_t)ROWS * COLS, 1);
    fill(o.x, (size_t)THREADS * COLS, 2);
    for (int i = 0; i < THREADS; i++)
        blas->fn.gemv(o.want + i * ROWS, o.w, o.x + i * COLS, ROWS, COLS, COLS);
    const int after = threads_now();
    if (before == 0)
        tap_skip("no threads but ours", "this system does not list them in /proc");
    else
        tap_ok(before == 1 && after == 1, "no threads but ours: %d at the start, %d after calls", before, after);
    test_preference();
    test_threads(&o);
    free(o.w);
    free(o.x);
    free(o.y);
    free(o.want);
    return tap_done();
}
