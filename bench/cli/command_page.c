/* What bench says about itself: --help, the manual page, completion. */
#include "bench/cli/command_parts.h"
#include "bench/suites.h"
#include "platform/cli_complete.h"
#include "platform/cli_page.h"

#include <string.h>

enum { MOST_SUITES = 32, HELP = 120 };

/* "ttft, peers: lengths of made-up prompts": an option of some suites; the text of an option of all stays as it is. */
static const char *help_of(const mw_cli_option *option, char to[HELP])
{
    size_t n = 0;
    for (const mw_suite *const *s = mw_suites; *s; s++)
        for (const mw_suite_option *o = (*s)->options; o && o->name && n < HELP - 20; o++)
            if (strcmp(o->name, option->name) == 0)
                n += (size_t)snprintf(to + n, HELP - n, "%s%s", n ? ", " : "", (*s)->name);
    if (n == 0)
        return option->help;
    snprintf(to + n, HELP - n, ": %s", option->help);
    return to;
}

const mw_cli_page *mw_command_page(void)
{
    static const char *const usage[] = {"[options]",
                                        "--compare OLD NEW [--force]",
                                        "--compare FOLDER|SET...",
                                        "--merge=SET FOLDER...",
                                        "--claims-from=FOLDER[,FOLDER...]",
                                        "--machine-file=FILE",
                                        NULL};
    static const mw_cli_entry examples[] = {
        {"--suite=why --model=FILE.gguf", "what limits decoding of a model"},
        {"--model=synthetic:llama-3.2-1b@q4_k_m", "a model that need not be downloaded"},
        {"--variant=all --tokens=64", "everything this CPU can run"},
        {"--suite=all --out=DIR", "the reference set: about an hour"},
        {0},
    };
    static char helps[MW_MOST_OPTIONS][HELP];
    static mw_cli_option options[MW_MOST_OPTIONS];
    static mw_cli_entry suites[MOST_SUITES + 1];
    static const mw_cli_list lists[] = {
        {"suites", suites}, {"examples", examples}, {"environment", mw_cli_environment}, {0}};
    static const mw_cli_page page = {
        .name = "bench",
        .command = "memwall bench",
        .summary = "measure how close LLM decoding comes to the memory bandwidth",
        .usage = usage,
        .text = "Measures how close LLM decoding comes to this machine's memory bandwidth.\n"
                "Without options: the paper's four variants and the best native one.",
        .options = options,
        .lists = lists,
        .codes = "0 success; 1 a check failed, --compare found something slower or worse, or --merge left out "
                 "a folder; 2 usage, bad input, I/O; 130 interrupted.",
        .operands = mw_cli_offer_folders,
        .see = "memwall(1), memwall-generate(1), memwall-pack(1)",
    };
    mw_command_options(options);
    int last = 0;
    for (int i = 0; options[i].name; i++) {
        options[i].help = help_of(&options[i], helps[i]);
        last = i;
    }
    options[last + 1] = (mw_cli_option){"benchmark_filter", "REGEX", "roof, micro: and others of Google Benchmark"};
    for (int i = 0; i < MOST_SUITES && mw_suites[i]; i++)
        suites[i] = (mw_cli_entry){mw_suites[i]->name, mw_suites[i]->help};
    return &page;
}
