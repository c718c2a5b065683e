/* What options.c and options_check.c share; nobody else includes this. */
#ifndef MW_BENCH_OPTIONS_PARTS_H
#define MW_BENCH_OPTIONS_PARTS_H

#include "bench/options.h"

/* Refuses options that do not go together, or not with the suite, and fills in the defaults that depend on it. */
int mw_options_complete(mw_options *options, mw_error *err);

#endif
