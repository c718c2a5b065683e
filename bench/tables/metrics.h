/* The metrics of results.csv: one list, which decides how repetitions are summed up and what `--compare` makes of them.
 */
#ifndef MW_BENCH_METRICS_H
#define MW_BENCH_METRICS_H

#include <stdbool.h>

typedef enum mw_better { MW_MORE_IS_BETTER, MW_LESS_IS_BETTER, MW_NEITHER } mw_better;

typedef struct mw_metric {
    const char *name, *unit;
    mw_better better;
    bool positive; /* a ratio scale: summed up by the geometric mean, compared as ratios; else as it is */
} mw_metric;

/* NULL for an unknown name. */
const mw_metric *mw_metric_find(const char *name);

/* What a change of this metric is called: rates and times get "faster" or "slower", all others "better" or "worse". */
const char *mw_metric_verdict(const mw_metric *metric, bool better);

/* All of them, a NULL name at the end. The order is that of tables: what matters most comes first. */
extern const mw_metric mw_metrics[];

#endif
