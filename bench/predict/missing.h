/* Which inputs a prediction of a published speed lacks, by name. */
#ifndef MW_BENCH_MISSING_H
#define MW_BENCH_MISSING_H

#include "bench/predict/predict.h"
#include "bench/predict/published.h"

/* Predictions within this share of the published speed need no explanation. */
#define MW_MISSING_SHARE 0.2

enum { MW_MISSING_BYTES = 160 };

/* Writes the names of the inputs without which this prediction may be off by more than MW_MISSING_SHARE in the
 * direction in which it is off, the largest effect first: "threads, overlap". Empty if the prediction is within
 * MW_MISSING_SHARE, or if nothing is known to be missing. How large an effect may be follows from the inputs alone;
 * results/machines/README.md says how. */
void mw_missing(const mw_machine_file *machine, const mw_config *config, const mw_published *row,
                const mw_prediction *prediction, char to[MW_MISSING_BYTES]);

#endif
