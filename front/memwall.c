/* memwall: the one program of an installed memwall that is on PATH. It turns into the program or script of a command:
 * `memwall bench --tokens=64` runs libexec/memwall/bench, whose own name is too general for a PATH. */
#include "platform/child.h"
#include "platform/cli_complete.h"
#include "platform/cli_page.h"
#include "platform/place.h"
#include "platform/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"

enum { MOST_OPTIONS = 64 };

/* Where something is: installed, and where it was built; meson.build knows both. */
typedef struct place {
    const char *installed, *built;
} place;
static const place programs = {MW_PROGRAMS, ".."}, engine = {MW_PROGRAMS, "../engine"}, share = {MW_SHARE, MW_SOURCES};

/* `first` goes in front of the other arguments. The scripts look for results where bench writes them: below the
 * current folder. */
static const struct command {
    const char *name;
    const place *where;
    const char *file, *first, *help;
} commands[] = {
    {"bench", &programs, "bench", NULL, "measure how close decoding comes to the memory roof"},
    {"compare", &programs, "bench", "--compare", "compare result folders: OLD NEW, or machines: SET"},
    {"merge", &programs, "bench", "--merge=", "copy result folders into a set: SET FOLDER..."},
    {"generate", &engine, "generate", NULL, "generate text from a model"},
    {"pack", &engine, "tvlpack", NULL, "make, check and describe .tvl files; make GGUF files"},
    {"plot", &share, "plots/quick.sh", "--newest=.", "show a run as text plots, or PNG or SVG (gnuplot)"},
    {"figures", &share, "plots/figures.py", "--newest=.", "draw all figures of result folders (matplotlib)"},
    {"report", &share, "report/report.py", "--newest=.", "write a page of HTML about runs or a set (Jinja2)"},
    {"paper", &share, "paper/paper.py", "--newest=.", "write the reproduction report of the paper (pandoc)"},
    {"campaign", &share, "campaign/campaign.sh", NULL, "measure on many machines: Slurm, or GNU parallel over ssh"},
    {"fetch", &share, "fetch-models.sh", NULL, "download trained models into the cache folder"},
    {0},
};

static const mw_cli_page *page(void)
{
    static const mw_cli_option options[] = {{"help", NULL, "this text, or that of a command: memwall help COMMAND"},
                                            {"version", NULL, "version and commit"},
                                            {0}};
    static const char *const usage[] = {"COMMAND [options]", "help COMMAND", NULL};
    static mw_cli_entry entries[sizeof commands / sizeof *commands];
    static const mw_cli_list lists[] = {{"commands", entries}, {"environment", mw_cli_environment}, {0}};
    static const mw_cli_page about = {
        .name = "memwall",
        .command = "memwall",
        .summary = "measure LLM decoding against the memory bandwidth of a CPU",
        .usage = usage,
        .text = "Measures how close LLM decoding on a CPU comes to what its memory allows. Results are written to "
                "results/HOST/TIME in the current folder.",
        .options = options,
        .lists = lists,
        .codes = "0 success; 1 a measurement or check failed; 2 usage, bad input, I/O; 130 interrupted.",
        .see = "memwall-bench(1), memwall-generate(1), memwall-pack(1)",
    };
    for (int i = 0; commands[i].name; i++)
        entries[i] = (mw_cli_entry){commands[i].name, commands[i].help};
    return &about;
}

static int unknown(const char *name, mw_error *err)
{
    const char *names[sizeof commands / sizeof *commands];
    char list[200] = "";
    for (int i = 0; (names[i] = commands[i].name); i++) {
        const size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = mw_cli_nearest(name, names);
    if (nearest)
        return mw_fail(err, -EINVAL, "there is no command '%.32s'; did you mean %s? See memwall --help", name, nearest);
    return mw_fail(err, -EINVAL, "there is no command '%.32s'; choose one of %s", name, list);
}

/* The command of that name, and its file into path[PATH_MAX]; NULL with one line in *err. */
static const struct command *find(const char *name, char *path, mw_error *err)
{
    const struct command *c = commands;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    if (!c->name)
        unknown(name, err);
    return c->name && mw_place_find(c->where->installed, c->where->built, c->file, path, PATH_MAX, err) == 0 ? c : NULL;
}

/* Becomes the program of the command, with these arguments, `hidden` (or NULL) in front; returns only if that fails. */
static int become(const char *name, char *hidden, int argc, char **argv, mw_error *err)
{
    char path[PATH_MAX], shown[40];
    const struct command *c = find(name, path, err);
    if (!c)
        return -EINVAL;
    char **all = calloc((size_t)argc + 4, sizeof *all);
    int n = 0;
    if (!all)
        return mw_fail(err, -ENOMEM, "no memory for a command line");
    /* A program's --help and its record of the command show what was typed. */
    snprintf(shown, sizeof shown, "memwall %s", c->where == &programs ? c->file : c->name);
    all[n++] = shown;
    if (hidden)
        all[n++] = hidden;
    if (c->first)
        all[n++] = (char *)c->first;
    memcpy(all + n, argv, (size_t)argc * sizeof *argv);
    /* Scripts that use bench use the one that belongs to this program. */
    char bench[PATH_MAX];
    mw_error none;
    if (c->where == &share && mw_place_find(programs.installed, programs.built, "bench", bench, PATH_MAX, &none) == 0)
        setenv("MEMWALL_BENCH", bench, 1);
    /* Else the administrator's first use of a script would leave compiled files that no uninstall knows of. */
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    execv(path, all);
    mw_fail(err, -errno, "%s: cannot be run: %s", path, strerror(errno));
    free(all);
    return -EINVAL;
}

/* --- completion --- */

/* The options that the --help of a script shows: "--out=DIR" or "--out DIR". A name that was seen before is left out.
 */
static void read_options(char *text, mw_cli_option list[MOST_OPTIONS])
{
    int n = 0;
    for (char *at = text; n + 1 < MOST_OPTIONS && (at = strstr(at, "--"));) {
        char *name = at + 2, *end = name + strspn(name, "abcdefghijklmnopqrstuvwxyz-");
        const bool value = *end == '=' || (*end == ' ' && end[1] >= 'A' && end[1] <= 'Z');
        const bool word = end > name && (at == text || strchr(" [(\n", at[-1]));
        at = end + (*end != '\0');
        *end = '\0';
        for (int i = 0; i < n; i++)
            if (strcmp(list[i].name, name) == 0)
                name = end;
        if (word && *name)
            list[n++] = (mw_cli_option){name, value ? "VALUE" : NULL, NULL, value ? mw_cli_offer_files : NULL};
    }
    list[n] = (mw_cli_option){0};
}

static int complete_script(const char *path, int n, char **words, mw_error *err)
{
    mw_cli_option options[MOST_OPTIONS];
    mw_child_end end;
    int rc = mw_child_run(
        &(mw_child){
            .argv = (char *[]){"help", "--help", NULL}, .program = path, .streams = MW_CHILD_CAPTURED, .limit_s = 5},
        &end, err);
    if (!rc && end.out) {
        read_options(end.out, options);
        mw_cli_complete(stdout, options, mw_cli_offer_files, n, words);
    }
    mw_child_end_free(&end);
    return rc;
}

/* What the last of n >= 1 words after "memwall" can become. */
static int complete(int n, char **words, mw_error *err)
{
    char path[PATH_MAX];
    const bool helps = n == 2 && strcmp(words[0], "help") == 0;
    if (n == 1 || helps) {
        const mw_cli_offers to = {stdout, "", 0, words[n - 1]};
        for (const struct command *c = commands; c->name; c++)
            mw_cli_offer(&to, c->name, c->help);
        if (!helps)
            mw_cli_offer(&to, "help", "the options of a command");
        if (!helps)
            mw_cli_complete(stdout, page()->options, NULL, n, words);
        return 0;
    }
    const struct command *c = find(words[0], path, err);
    if (!c)
        return -EINVAL;
    return c->where == &share ? complete_script(path, n - 1, words + 1, err)
                              : become(c->name, "--complete", n - 1, words + 1, err);
}

static int run(int argc, char **argv, mw_error *err)
{
    if (argc < 2)
        return mw_fail(err, -EINVAL, "which command? See memwall --help");
    const char *first = argv[1];
    const bool asks = strcmp(first, "help") == 0 || strcmp(first, "--help") == 0;
    int rc = 0;
    if (asks && argc > 2)
        rc = become(argv[2], "--help", 0, NULL, err);
    else if (asks)
        mw_cli_page_help(stdout, page(), argv[0]);
    else if (strcmp(first, "--version") == 0)
        printf("memwall %s (%s)\n", MW_VERSION, MW_COMMIT);
    else if (argc > 2 && strcmp(first, "--complete") == 0)
        rc = complete(argc - 2, argv + 2, err);
    else if (!mw_cli_page_serve(page(), argc, argv))
        rc = become(first, NULL, argc - 2, argv + 2, err);
    return rc ? rc : mw_program_end(err);
}

int main(int argc, char **argv)
{
    mw_error err;
    mw_program_start("memwall");
    if (run(argc, argv, &err) == 0)
        return 0;
    fprintf(stderr, "memwall: %s\n", err.text);
    return 2;
}
