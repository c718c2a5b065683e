/* One operand of a kernel in memory, and what a trace does to it. */
#ifndef MW_BENCH_CLU_REGION_H
#define MW_BENCH_CLU_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of pages whose number is counted: what a TLB has to reach. */
enum { MW_CLU_PAGE_SIZES = 3 };
extern const uint64_t mw_clu_page_bytes[MW_CLU_PAGE_SIZES]; /* 4 KiB, 16 KiB, 2 MiB */

/* What the accesses to a region were like, whatever the cache. */
typedef struct mw_region_counts {
    uint64_t loads, stores, load_bytes, store_bytes;
    uint64_t splits;                   /* loads that touch two lines */
    uint64_t needed_bytes, used_bytes; /* what the maths needs of it, and how much of that was accessed */
    uint64_t lines, visits; /* lines touched; how often the trace came to one, having been on another of the region */
    uint64_t pages[MW_CLU_PAGE_SIZES];
    uint64_t longest_run; /* bytes of the longest stretch in which each access begins where the one before it ended */
} mw_region_counts;

typedef struct mw_region {
    const char *real; /* where the kernel sees it */
    uint64_t model;   /* where the model has it: the same on every machine, equal to `real` modulo 4096 */
    size_t bytes;
    uint64_t *needed;  /* a bit for each byte; NULL: all of them */
    uint64_t *touched; /* likewise */
    unsigned line_bytes;
    mw_region_counts counts;
    uint64_t last_line, next, run;
} mw_region;

/* Room for the bits; `needed` is to be filled in by the caller. False without memory. */
bool mw_region_open(mw_region *region, const void *real, uint64_t model, size_t bytes, unsigned line_bytes);
bool mw_region_mask(mw_region *region); /* takes room for `needed`, all zero */
void mw_region_close(mw_region *region);

/* Counts an access at byte `at` of the region, at most 64 bytes, none beyond its end; returns which are needed. */
uint64_t mw_region_access(mw_region *region, size_t at, unsigned bytes, bool load, bool store);

/* Completes the counts that need the whole trace: used_bytes, lines, pages. */
void mw_region_finish(mw_region *region);

#endif
