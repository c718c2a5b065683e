#include "bench/micro/chase.h"

#include "bench/stats/random.h"

static void **slot(char *block, size_t i, size_t stride)
{
    return (void **)(void *)(block + i * stride + i % (stride / MW_CHASE_LINE) * MW_CHASE_LINE);
}

size_t mw_chase_build(void *block, size_t bytes, size_t stride, uint64_t seed)
{
    const size_t n = bytes / stride;
    for (size_t i = 0; i < n; i++)
        *slot(block, i, stride) = slot(block, i, stride);
    for (size_t i = n; i-- > 1;) {
        void **a = slot(block, i, stride), **b = slot(block, (size_t)(mw_draw(&seed) % i), stride), *swap = *a;
        *a = *b;
        *b = swap;
    }
    return n;
}

const void *mw_chase_run(const void *at, size_t steps)
{
    for (size_t i = 0; i < steps; i++)
        at = *(const void *const *)at;
    return at;
}
