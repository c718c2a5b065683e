/* Holm's correction of many p-values. */
#include "bench/stats/stats.h"

#include <math.h>
#include <stdlib.h>

typedef struct test {
    double p;
    size_t index;
} test;

static int by_p(const void *a, const void *b)
{
    const test *x = a, *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

bool mw_holm(double *p, size_t n)
{
    test *tests = malloc((n + 1) * sizeof *tests);
    size_t m = 0;
    if (!tests)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i]))
            tests[m++] = (test){p[i], i};
    qsort(tests, m, sizeof *tests, by_p);
    double most = 0;
    for (size_t i = 0; i < m; i++) {
        most = fmax(most, fmin(1, (double)(m - i) * tests[i].p));
        p[tests[i].index] = most;
    }
    free(tests);
    return true;
}
