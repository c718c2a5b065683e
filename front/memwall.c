/* memwall: the one program of an installed memwall that is on PATH. It turns into the program or script of a command:
 * `memwall bench --tokens=64` runs libexec/memwall/bench, whose own name is too general for a PATH. */
#include "platform/cli.h"
#include "platform/place.h"
#include "platform/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"

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
    {"compare", &programs, "bench", "--compare", "compare two result folders: OLD NEW"},
    {"generate", &engine, "generate", NULL, "generate text from a model"},
    {"pack", &engine, "tvlpack", NULL, "make, check and describe .tvl files; make GGUF files"},
    {"plot", &share, "plots/quick.sh", "--newest=.", "show a run as text plots, or PNG or SVG (gnuplot)"},
    {"figures", &share, "plots/figures.py", "--newest=.", "draw all figures of result folders (matplotlib)"},
    {"report", &share, "paper/report.py", "--newest=.", "write the reproduction report (matplotlib, pandoc)"},
    {"fetch", &share, "fetch-models.sh", NULL, "download trained models into the cache folder"},
    {0},
};

static void help(void)
{
    printf("usage: memwall COMMAND [options]\n"
           "Measures how close LLM decoding on a CPU comes to what its memory allows.\n\n");
    for (const struct command *c = commands; c->name; c++)
        printf("  %-10s %s\n", c->name, c->help);
    printf("  %-10s %s\n\n", "help", "this text, or the options of a command: memwall help bench");
    printf("memwall --version prints version and commit. Results are written to results/ in\n"
           "the current folder, models to the cache folder ($MEMWALL_CACHE, else\n"
           "$XDG_CACHE_HOME/memwall, else ~/.cache/memwall).\n");
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

/* Becomes the program of the command with these arguments; returns only if that fails. */
static int become(const char *name, int argc, char **argv, mw_error *err)
{
    const struct command *c = commands;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    if (!c->name)
        return unknown(name, err);
    char path[PATH_MAX], shown[40];
    int rc = mw_place_find(c->where->installed, c->where->built, c->file, path, sizeof path, err), n = 0;
    char **all = rc ? NULL : calloc((size_t)argc + 3, sizeof *all);
    if (!rc && !all)
        rc = mw_fail(err, -ENOMEM, "no memory for a command line");
    if (rc)
        return rc;
    /* A program's --help and its record of the command show what was typed. */
    snprintf(shown, sizeof shown, "memwall %s", strcmp(c->file, "bench") == 0 ? c->file : c->name);
    all[n++] = shown;
    if (c->first)
        all[n++] = (char *)c->first;
    memcpy(all + n, argv, (size_t)argc * sizeof *argv);
    /* Else the administrator's first use of a script would leave compiled files that no uninstall knows of. */
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    execv(path, all);
    rc = mw_fail(err, -errno, "%s: cannot be run: %s", path, strerror(errno));
    free(all);
    return rc;
}

static int run(int argc, char **argv, mw_error *err)
{
    if (argc < 2)
        return mw_fail(err, -EINVAL, "which command? See memwall --help");
    const char *first = argv[1];
    const bool asks = strcmp(first, "help") == 0 || strcmp(first, "--help") == 0;
    if (asks && argc > 2)
        return become(argv[2], 1, (char *[]){"--help"}, err);
    if (asks)
        help();
    else if (strcmp(first, "--version") == 0)
        printf("memwall %s (%s)\n", MW_VERSION, MW_COMMIT);
    else
        return become(first, argc - 2, argv + 2, err);
    return mw_program_end(err);
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
