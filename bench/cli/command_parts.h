/* What command.c and command_suites.c share; nobody else includes this. */
#ifndef MW_BENCH_COMMAND_PARTS_H
#define MW_BENCH_COMMAND_PARTS_H

#include "bench/cli/command.h"
#include "bench/suites.h"

/* Refuses options that are not for the suite or do not go together, has the suite set its own, and fills in the
 * defaults. */
int mw_command_complete(mw_command *command, mw_error *err);

#endif
