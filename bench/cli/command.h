/* The command line of bench: the options of all suites, and those that suites declare themselves; which variants they
 * mean; and what stdout shows. */
#ifndef MW_BENCH_COMMAND_H
#define MW_BENCH_COMMAND_H

#include "bench/run/session.h"
#include "bench/run/suite.h"
#include "platform/cli_page.h"

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
    const char *merge; /* the set of --merge; "": the first operand; NULL: no merge */
    char **operands;   /* of --compare and --merge */
    int n_operands;
    const char *claims_from;  /* result folders to judge, or NULL */
    const char *new_kernel;   /* the file to write (new_kernel.h), or NULL */
    const char *op;           /* of that kernel; NULL: gemv */
    const char *machine_file; /* the file to write (new_machine_file.h), or NULL */
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

/* What --help, the manual page and completion say. */
const mw_cli_page *mw_command_page(void);

/* For mw_command_parse: refuses options that are not for the suite or do not go together, has the suite set its own,
 * and fills in the defaults. */
int mw_command_complete(mw_command *command, mw_error *err);

/* Fills variants[] without repetitions and returns how many, or a negative code: an unknown name or an impossible
 * combination, with a message that lists the choices.
 *
 * --variant: "paper", "native" (the best native kernel), "native-tvl" (that of layout tvl), "all" (every GEMV kernel
 * that this CPU can run, with every load of its layout), or a list.
 * --layout: the best kernel of that layout for this CPU and its NEON one; "mmap" is rowmajor with that load.
 * --kernel: this one, "auto" (the best of the layout) or "all" (every one of the layout), or all kernels of a file that
 * mw_outside_load took, next to --variant as well. --load overrides the load, --placement the placement: each variant
 * once for every placement of the list.
 * Nothing of it: what the suite's entry names, usually paper,native. -EDOM: all kernels asked for were refused. */
int mw_select(const mw_options *options, mw_variant variants[MW_MAX_VARIANTS], mw_error *err);

/* Prints what a run found as a table (80 columns) or Markdown, or all of results.csv as CSV or JSON. -EIO if stdout
 * cannot be written. */
int mw_report(const mw_session *session, mw_error *err);

/* Prints the kernels, layouts, loads and variants of this build, and which of them this CPU can run. */
void mw_report_list(FILE *to);

/* --plot, tokens/s and roof fractions of the run in `folder` as text pictures on stdout. -EIO if the script failed; it
 * has said why. Whether it can be done, to be asked before a long run: -ENOENT with what to do about it. */
int mw_plot(const char *folder, mw_error *err);
int mw_plot_possible(mw_error *err);

#endif
