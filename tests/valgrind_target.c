/* One kernel over one matrix, for test_valgrind.py.
 *
 * usage: valgrind_target run|model KERNEL ROWS COLS OFFSET [BYTES WAYS LINE]...
 *
 * run: calls the timed kernel once and tells where its operands are. model: what the suite says of it, with these
 * caches. */
#include "bench/clu/clu.h"
#include "kernels/registry.h"
#include "layouts/layout.h"
#include "platform/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(const mw_kernel *k, size_t rows, size_t cols, size_t offset)
{
    const mw_layout *layout = mw_layout_of(k->layout);
    const size_t bytes = (size_t)layout->bytes(MW_F32, rows, cols);
    char *w = mw_pages_alloc(bytes + offset);
    float *x = mw_pages_alloc(cols * sizeof *x), *y = mw_pages_alloc(rows * sizeof *y);
    if (!w || !x || !y)
        return 2;
    static volatile int marker;
    marker = 1; /* the trace of interest lies between these two stores */
    k->fn.gemv(y, (const float *)(const void *)(w + offset), x, rows, cols, layout->ld(rows, cols));
    marker = 2;
    printf("marker %zu\nweights %zu %zu\nactivations %zu %zu\noutput %zu %zu\n", (size_t)&marker, (size_t)(w + offset),
           bytes, (size_t)x, cols * sizeof *x, (size_t)y, rows * sizeof *y);
    return 0;
}

static int model(const mw_kernel *k, size_t rows, size_t cols, size_t offset, int n, char **text)
{
    mw_cache_level caches[MW_CACHE_MODEL_LEVELS];
    mw_clu c;
    mw_error err;
    for (int i = 0; i < n / 3 && i < MW_CACHE_MODEL_LEVELS; i++)
        caches[i] = (mw_cache_level){strtoull(text[3 * i], NULL, 10), (unsigned)strtoul(text[3 * i + 1], NULL, 10),
                                     (unsigned)strtoul(text[3 * i + 2], NULL, 10)};
    if (mw_clu_measure(k, rows, cols, offset, caches, n / 3, &c, &err)) {
        fprintf(stderr, "valgrind_target: %s\n", err.text);
        return 2;
    }
    for (int i = 0; i < MW_CLU_REGIONS; i++) {
        const mw_region_counts *r = &c.region[i];
        printf("%s %llu %llu %llu %llu %llu %llu", mw_clu_region_name((mw_clu_region)i), (unsigned long long)r->loads,
               (unsigned long long)r->load_bytes, (unsigned long long)r->stores, (unsigned long long)r->store_bytes,
               (unsigned long long)r->splits, (unsigned long long)r->visits);
        for (int l = 0; l < c.levels; l++)
            printf(" %llu", (unsigned long long)c.level[i][l].fills);
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    const mw_kernel *k;
    mw_error err;
    if (argc < 6)
        return 2;
    if (mw_kernel_find(MW_OP_GEMV, MW_F32, argv[2], &k, &err)) {
        fprintf(stderr, "valgrind_target: %s\n", err.text);
        return 2;
    }
    const size_t rows = strtoul(argv[3], NULL, 10), cols = strtoul(argv[4], NULL, 10),
                 offset = strtoul(argv[5], NULL, 10);
    return strcmp(argv[1], "run") == 0 ? run(k, rows, cols, offset) : model(k, rows, cols, offset, argc - 6, argv + 6);
}
