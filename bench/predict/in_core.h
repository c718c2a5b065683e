/* What a kernel costs a core, without memory: cycles per line of weights from results/static-cost/window*.csv. They
 * come from the kernel's machine code: by results/window_model.py with a machine file, or for x86-64 by x86_cost.py. */
#ifndef MW_BENCH_IN_CORE_H
#define MW_BENCH_IN_CORE_H

#include "bench/predict/machine_file.h"
#include "bench/tables/csv.h"

/* An empty table, for mw_csv_read; and one of what comes with the program: window.csv and its sisters window_*.csv.
 * Freed with mw_csv_free, also after a failure. */
mw_csv mw_in_core_table(void);
int mw_in_core_read(mw_csv *table, mw_error *err);

/* Cores that differ from the real one in one input; the table has them for some kernels. */
typedef enum mw_core_change {
    MW_CORE_AS_IT_IS,
    MW_CORE_WINDOW_90, /* the window 10 % smaller, 10 % larger */
    MW_CORE_WINDOW_110,
    MW_CORE_WIDTH_120,  /* dispatch and retirement 20 % wider */
    MW_CORE_FMA_LESS,   /* the latency of an FMA a cycle shorter */
    MW_CORE_NO_LATENCY, /* every instruction takes one cycle: what is left is the time to issue them */
    MW_CORE_CHANGES
} mw_core_change;

typedef struct mw_in_core {
    double cycles[MW_CORE_CHANGES]; /* per 64 bytes of weights; NAN where the table has none */
    const char *binds;              /* what the cycles are due to, "core" if that is not known; belongs to the table */
} mw_in_core;

/* The cost of a kernel over rows of `cols` columns on a core, compiled by `compiler` ("gcc" or "clang"), or by gcc
 * if the table has that alone: intrinsics leave compilers little choice. Lengths of rows that the table lacks follow
 * from the two next to them, as if what a row costs beyond its lines were the same in between. False if the table
 * lacks the kernel. */
bool mw_in_core_find(const mw_csv *table, const char *core, const char *dtype, const char *kernel, const char *compiler,
                     double cols, mw_in_core *cost);

#endif
