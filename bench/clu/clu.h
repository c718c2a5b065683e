/* Cache-line utilization (CLU) of a GEMV kernel: of the bytes that line fills brought in, the share that was both used
 * and needed by the maths. Taken from the accesses that the compiled kernel really makes (kernels/trace/trace.h),
 * played into a cache model. CLU.md tells how this differs from what other tools mean by the word. */
#ifndef MW_BENCH_CLU_H
#define MW_BENCH_CLU_H

#include "bench/clu/cache_model.h"
#include "bench/run/session.h"
#include "kernels/kernel.h"
#include "platform/counters.h"

/* --- one operand in memory, and what a trace does to it --- */

/* Sizes of pages whose number is counted, what a TLB has to reach: 4 KiB, 16 KiB, 2 MiB. */
enum { MW_CLU_PAGE_SIZES = 3 };

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

/* A region of which all bytes are needed. False without memory. */
bool mw_region_open(mw_region *region, const void *real, uint64_t model, size_t bytes, unsigned line_bytes);
void mw_region_close(mw_region *region);

/* From now on only those bytes are needed that mw_region_need is told of. False without memory. */
bool mw_region_need_none(mw_region *region);
void mw_region_need(mw_region *region, size_t at);

/* Counts an access at byte `at` of the region, at most 64 bytes, none beyond its end; returns which are needed. */
uint64_t mw_region_access(mw_region *region, size_t at, unsigned bytes, bool load, bool store);

/* Completes the counts that need the whole trace: used_bytes, lines, pages. */
void mw_region_finish(mw_region *region);

/* --- a kernel --- */

/* Operands of a GEMV: W, x, y. */
typedef enum mw_clu_region { MW_CLU_WEIGHTS, MW_CLU_ACTIVATIONS, MW_CLU_OUTPUT, MW_CLU_REGIONS } mw_clu_region;

/* "weights", "activations", "output" */
const char *mw_clu_region_name(mw_clu_region region);

typedef struct mw_clu {
    int levels;
    unsigned line_bytes;
    mw_region_counts region[MW_CLU_REGIONS];
    mw_cache_counts level[MW_CLU_REGIONS][MW_CACHE_MODEL_LEVELS];
} mw_clu;

/* Runs the traced twin of `kernel` once, from empty caches, over a rows x cols matrix that starts `offset` bytes after
 * a page (a multiple of 4 below 4096); x and y start on pages of their own. -ENOTSUP if the kernel has no twin here or
 * this CPU cannot run it, -EINVAL for a shape or an offset that it does not take or caches that cannot be modelled,
 * -ENOMEM. */
int mw_clu_measure(const mw_kernel *kernel, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                   int levels, mw_clu *clu, mw_error *err);

/* The same with a twin that is given, for kernels outside of the registry. */
int mw_clu_measure_twin(const mw_kernel *twin, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                        int levels, mw_clu *clu, mw_error *err);

/* Runs the timed kernel itself once, in the thread of `pool` whose counters `counters` are, over memory like that, warm
 * as far as it fits into the caches, and tells what was counted; NAN where the machine counts nothing. Errors as above.
 */
int mw_clu_count(const mw_kernel *kernel, size_t rows, size_t cols, size_t offset, mw_pool *pool, mw_counters *counters,
                 mw_counts *counts, mw_error *err);

/* Whether the trace has every byte of W, x and y that the maths needs. */
bool mw_clu_complete(const mw_clu *clu);

/* used / filled; NAN if there was no fill. */
double mw_clu_utilization(const mw_clu *clu, mw_clu_region region, int level);

/* --- rows and tables --- */

/* What was measured: a variant over a matrix, `offset` bytes after a page. */
typedef struct mw_clu_case {
    const mw_variant *variant;
    size_t rows, cols, offset;
    const char *phase; /* "gemv", "offsets" */
} mw_clu_case;

/* Rows of results.csv for every region, and of clu.csv for every region and level. */
void mw_clu_record(mw_session *session, const mw_clu_case *of, const mw_clu *clu, const mw_cache_level *caches);

/* Adds what a matrix does to a token that sweeps `times` of them. */
void mw_clu_add(mw_clu *token, const mw_clu *clu, unsigned times);

/* Rows of results.csv for all matrices of a token: phase `token`, weights only. `jumps`: how often the sweep leaves the
 * order of addresses. */
void mw_clu_record_token(mw_session *session, const mw_variant *variant, size_t offset, const mw_clu *token,
                         unsigned jumps);

/* What the suite shows. */
void mw_clu_report(const mw_session *session, mw_page *page);

#endif
