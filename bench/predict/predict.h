/* What a kernel would do on a machine nobody here has: a rule puts its in-core cycles and the bandwidth of the caches
 * or the memory together. */
#ifndef MW_BENCH_PREDICT_H
#define MW_BENCH_PREDICT_H

#include "bench/predict/in_core.h"
#include "engine/model.h"

/* How the time of a core and the time of the transfers make one time, for a line of weights on one core.
 *
 *   max   max(T_core, T_read): the core computes while the next lines arrive
 *   ecm   max(T_core, T_load + T_read): as above, but lines do not arrive in cycles in which the core loads from L1
 *         (Stengel et al., ICS 2015; Kerncraft's model `ECM`). T_load is weights alone.
 *   sum   T_core + T_read: nothing overlaps
 *   issue max(T_core, T_issue + T_read): reads overlap with cycles in which the core waits for its own results, not
 *         with those in which it issues instructions. T_issue is T_core without latencies.
 *
 * T_read is the line over the bandwidth at which one core reads from where the weights are. On n cores all rules take a
 * share of 1/n each, until the bandwidth of all cores is reached. */
typedef enum mw_rule { MW_RULE_MAX, MW_RULE_ECM, MW_RULE_SUM, MW_RULE_ISSUE, MW_RULE_COUNT } mw_rule;
extern const char *const mw_rule_names[MW_RULE_COUNT];

/* The rule whose predictions count in reports and in the claim ledger, chosen by validation (EXPERIMENTS.md). A macro,
 * because it is a part of params: "machine=m2-pro;rule=" MW_RULE_CHOSEN. */
#define MW_RULE_CHOSEN "issue"

/* What runs where. */
typedef struct mw_case {
    const mw_machine_file *machine;
    const mw_csv *in_core;
    const char *kernel, *compiler; /* as in_core.h has them */
    unsigned streams;              /* forward streams in which the kernel reads weights; 0: unknown, taken as several */
    int threads;
    mw_core_change change; /* of the core; MW_CORE_AS_IT_IS but for sensitivity */
} mw_case;

typedef struct mw_prediction {
    mw_range per_second;   /* tokens or calls; low and high: all inputs at their worse and at their better end */
    double core_s, read_s; /* of a token or call on one core: arithmetic, and reading of weights */
    double bytes;          /* of weights per token or call */
    bool at_most;          /* nobody published what one core reads: the bandwidth of all stands in */
    const char *binds;     /* "L2", "L3", "memory", "memory of all cores", or what binds the core (in_core.h); "memory
                              (upper limit)": memory as it would bind if one core could read what all can */
} mw_prediction;

/* Predicts, by every rule, decoding of a model of these tensors (mw_tensor_table with dtypes). Attention, norms and
 * sampling are not included. A model that fits into a cache whose bandwidth is known is read from there. -ENOENT with
 * one line about the input that is missing. */
int mw_predict_tokens(const mw_case *of, const mw_config *config, const mw_tensor *tensors,
                      mw_prediction by_rule[MW_RULE_COUNT], mw_error *err);

/* Predicts, by every rule, calls of a GEMV over rows of `cols` weights. `cached`: over as many as fill half of L2,
 * which stay there; else over `rows` from memory. The same errors. */
int mw_predict_gemv(const mw_case *of, mw_dtype dtype, uint32_t rows, uint32_t cols, bool cached,
                    mw_prediction by_rule[MW_RULE_COUNT], mw_error *err);

#endif
