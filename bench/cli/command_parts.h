/* The table of options, for those who read the command line or describe it. */
#ifndef MW_BENCH_COMMAND_PARTS_H
#define MW_BENCH_COMMAND_PARTS_H

#include "bench/cli/command.h"
#include "platform/cli.h"

enum { MW_MOST_OPTIONS = 64 };

/* All options there are, ending without a name: those of all suites, then each suite's own, by name once. */
void mw_command_options(mw_cli_option list[MW_MOST_OPTIONS]);

/* Puts the value of option list[index] into the command at once; that of a suite's own option has to wait until the
 * suite is known. -EINVAL with one line. */
int mw_command_set(mw_command *command, int index, const char *value, mw_error *err);

#endif
