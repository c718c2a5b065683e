/* --help, from the options of all suites and of single ones. */
#include "bench/cli/command_parts.h"

#include <string.h>

/* "ttft, peers: lengths of made-up prompts": an option of some suites. */
static const char *help_of(const mw_cli_option *option, char to[120])
{
    size_t n = 0;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        for (const mw_suite_option *o = (*s)->options; o && o->name && n < 100; o++)
            if (strcmp(o->name, option->name) == 0)
                n += (size_t)snprintf(to + n, 120 - n, "%s%s", n ? ", " : "", (*s)->name);
    snprintf(to + n, 120 - n, ": %s", option->help);
    return to;
}

void mw_command_help(FILE *to)
{
    static char help[MW_MOST_OPTIONS][120];
    mw_cli_option list[MW_MOST_OPTIONS];
    mw_command_options(list);
    for (int i = mw_command_common; list[i].name; i++)
        list[i].help = help_of(&list[i], help[i]);
    fprintf(to, "usage: bench [options]\n"
                "       bench --compare OLD NEW [--force]\n"
                "       bench --claims-from=FOLDER[,FOLDER...]\n"
                "Measures how close Llama-2 decoding comes to this machine's memory bandwidth.\n"
                "Without options: the paper's four variants and the best native one.\n\n");
    mw_cli_help(to, list);
    fprintf(to, "  --benchmark_...      options of Google Benchmark, for roof and micro\n\nsuites:\n");
    for (const mw_suite *const *s = mw_suites; *s; s++)
        fprintf(to, "  %-20s %s\n", (*s)->name, (*s)->help);
    fprintf(to, "\nExit codes: 0 success; 1 a check failed, or --compare found something slower or\n"
                "worse; 2 usage, bad input, I/O; 130 interrupted.\n");
}
