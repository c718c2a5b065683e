/* What decoding would do on a machine nobody here has: a rule puts the in-core cycles of the kernel and the bandwidth
 * of the memory together. */
#ifndef MW_BENCH_PREDICT_H
#define MW_BENCH_PREDICT_H

#include "bench/predict/in_core.h"
#include "engine/model.h"

/* How the time of a core and the time of its memory make one time, for a line of weights on one core.
 *
 *   max   max(T_core, T_mem): the core computes while the next lines arrive
 *   ecm   max(T_core, T_load + T_mem): as above, but lines do not arrive in cycles in which the core loads from L1
 *         (Stengel et al., ICS 2015; Kerncraft's model `ECM`). T_load is weights alone.
 *
 * T_mem is the line over the bandwidth of one core. On n cores both rules take a share of 1/n each, until the bandwidth
 * of all cores is reached. */
typedef enum mw_rule { MW_RULE_MAX, MW_RULE_ECM, MW_RULE_COUNT } mw_rule;
extern const char *const mw_rule_names[MW_RULE_COUNT];

/* The name of the rule whose predictions count, in reports and in the claim ledger; the other is shown beside it. A
 * macro, because it is a part of params: "machine=m2-pro;rule=" MW_RULE_CHOSEN. */
#define MW_RULE_CHOSEN "max"

/* Times of one token, in seconds, on one core. Attention, norms and sampling are not in them. */
typedef struct mw_prediction {
    mw_range tokens_per_s; /* low and high: all inputs at their worse and at their better end */
    double core_s, memory_s;
    double bytes;      /* of weights per token */
    bool at_most;      /* nobody published what one core reads: the bandwidth of all stands in */
    const char *binds; /* "memory", "memory of all cores", or what binds the core (in_core.h); "memory (upper limit)":
                              memory as it would bind if one core could read what all can */
} mw_prediction;

/* Predicts, by every rule, a model of these tensors (mw_tensor_table with dtypes), decoded by the kernels of that name as
 * `compiler` compiles them (in_core.h). -ENOENT with one line about the input that is missing. */
int mw_predict(const mw_machine_file *machine, const mw_csv *in_core, const mw_config *config, const mw_tensor *tensors,
               const char *kernel, const char *compiler, int threads, mw_prediction by_rule[MW_RULE_COUNT],
               mw_error *err);

#endif
