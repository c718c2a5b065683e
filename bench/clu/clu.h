/* Cache-line utilization (CLU) of a GEMV kernel: of the bytes that line fills brought in, the share that was both used
 * and needed by the maths. Taken from the accesses that the compiled kernel really makes (kernels/trace/trace.h),
 * played into a cache model. CLU.md tells how this differs from what other tools mean by the word. */
#ifndef MW_BENCH_CLU_H
#define MW_BENCH_CLU_H

#include "bench/clu/cache_model.h"
#include "bench/clu/region.h"
#include "kernels/kernel.h"
#include "platform/counters.h"

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

/* Runs the traced twin of `kernel` once, from empty caches, over a rows x cols matrix that starts `offset` bytes behind
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

#endif
