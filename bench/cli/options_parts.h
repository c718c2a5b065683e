/* What options.c, options_check.c and options_suites.c share; nobody else includes this. */
#ifndef MW_BENCH_OPTIONS_PARTS_H
#define MW_BENCH_OPTIONS_PARTS_H

#include "bench/cli/options.h"
#include "platform/cli.h"

/* Ends with an entry without a name. */
extern const mw_cli_option mw_bench_options[];

/* Refuses options that do not go together, or not with the suite, and fills in the defaults that depend on it. */
int mw_options_complete(mw_options *options, mw_error *err);

/* Refuses options that are not for the suite; -EINVAL. Suite `all` takes what some suite of it takes. */
int mw_options_check_suite(const mw_options *options, mw_error *err);

#endif
