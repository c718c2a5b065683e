/* What command.c and command_suites.c share; nobody else includes this. */
#ifndef MW_BENCH_COMMAND_PARTS_H
#define MW_BENCH_COMMAND_PARTS_H

#include "bench/cli/command.h"
#include "bench/suites.h"
#include "platform/cli.h"

/* All options there are, ending without a name: first those of all suites, mw_command_common of them, then each suite's
 * own, by name once. */
enum { MW_MOST_OPTIONS = 64 };
void mw_command_options(mw_cli_option list[MW_MOST_OPTIONS]);
extern const int mw_command_common;

/* Refuses options that are not for the suite or do not go together, has the suite set its own, and fills in the
 * defaults. */
int mw_command_complete(mw_command *command, mw_error *err);

#endif
