/* The command line of bench: the options of all suites, and those that suites declare themselves. */
#ifndef MW_BENCH_COMMAND_H
#define MW_BENCH_COMMAND_H

#include "bench/run/suite.h"

#include <stdio.h>

/* One option as it was typed; the value of a switch is NULL. */
typedef struct mw_given {
    const char *name, *value;
} mw_given;

enum { MW_MAX_GIVEN = 64 };

typedef struct mw_command {
    mw_options options;
    mw_given given[MW_MAX_GIVEN];
    int n_given;
    bool list, help, version, comparing, force;
    const char *compare[2];  /* OLD and NEW */
    const char *claims_from; /* result folders to judge, or NULL */
} mw_command;

/* Fills *command from argv, with the defaults of the suite where nothing is said. Its strings point into argv, whose
 * elements may be put into another order. -EINVAL with one line for what does not fit. To be freed by mw_command_free,
 * also after a failure. */
int mw_command_parse(int argc, char **argv, mw_command *command, mw_error *err);
void mw_command_free(mw_command *command);

/* The command line that runs `suite` with the options that were given, as far as they are for it: argv[0] is `program`,
 * the last word --out=`out`. *argv is NULL-terminated and freed by mw_command_argv_free, which takes NULL as well.
 * -ENOMEM. */
int mw_command_argv(const mw_command *command, const char *program, const mw_suite *suite, const char *out,
                    char ***argv, mw_error *err);
void mw_command_argv_free(char **argv);

void mw_command_help(FILE *to);

#endif
