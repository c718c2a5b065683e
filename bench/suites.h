/* The list of suites. Adding a suite: a folder with its mw_suite, called mw_suite_NAME, and a line here. */
#ifndef MW_BENCH_SUITES_H
#define MW_BENCH_SUITES_H

#include "bench/run/suite.h"

/* In the order in which --help and suite `all` go through them. */
#define MW_SUITES(X) \
    X(decode) \
    X(why) \
    X(aa) \
    X(roof) \
    X(micro) \
    X(clu) \
    X(ttft) \
    X(context) \
    X(growth) \
    X(profile) \
    X(perplexity) \
    X(predict) \
    X(peers) \
    X(torch) \
    X(soak) \
    X(claims) \
    X(all)

/* Ends with NULL. */
extern const mw_suite *const mw_suites[];

/* NULL if there is none of that name. */
const mw_suite *mw_suite_named(const char *name);

/* Whether the suite takes an option: one of its own, or one of all suites that it does not refuse. `why` is the reason
 * of a refusal, or NULL; may be NULL itself. */
bool mw_suite_takes(const mw_suite *suite, const char *option, const char **why);

#endif
