/* From the C file of a kernel to a shared object. */
#include "bench/run/outside.h"
#include "platform/child.h"
#include "platform/os.h"
#include "platform/place.h"
#include "platform/quote.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words of $CC and of the flags; bytes of the file in which flags are looked for; seconds to compile. */
enum { MOST_WORDS = 64, HEAD = 4096, LIMIT_S = 300, FIXED = 16 };

/* The folder of memwall/kernel.h: the installed one, or that of the sources. */
static int find_header(char *to, size_t size, mw_error *err)
{
    static const char name[] = "/memwall/kernel.h";
    int rc = mw_place_find(MW_INCLUDE, MW_SOURCES "/include", name + 1, to, size, err);
    if (!rc)
        to[strlen(to) - strlen(name)] = '\0';
    return rc;
}

/* Splits a text at blanks; returns how many words there are, or -EINVAL if they are too many. `text` is changed. */
static int split(char *text, char *words[MOST_WORDS])
{
    int n = 0;
    for (char *word = strtok(text, " \t"); word; word = strtok(NULL, " \t")) {
        if (n == MOST_WORDS)
            return -EINVAL;
        words[n++] = word;
    }
    return n;
}

/* What follows "memwall-flags:" on the first line that has it. */
static int read_flags(const char *source, char flags[HEAD + 1], mw_error *err)
{
    static const char mark[] = "memwall-flags:";
    char head[HEAD + 1];
    mw_file file;
    int rc = mw_file_open(source, &file, err);
    if (rc)
        return rc;
    const size_t n = file.bytes < HEAD ? (size_t)file.bytes : HEAD;
    rc = mw_file_read(&file, 0, head, n, err);
    mw_file_close(&file);
    head[rc ? 0 : n] = '\0';
    char *at = strstr(head, mark);
    flags[0] = '\0';
    if (at) {
        at += strlen(mark);
        at[strcspn(at, "\r\n")] = '\0';
        char *close = strstr(at, "*/");
        if (close)
            *close = '\0';
        snprintf(flags, HEAD + 1, "%s", at);
    }
    return rc;
}

static void show(char *const argv[])
{
    fputs("bench:", stderr);
    for (; *argv; argv++) {
        fputc(' ', stderr);
        mw_quote(stderr, *argv);
    }
    fputc('\n', stderr);
}

static int run(char *const argv[], const char *source, bool tell, mw_error *err)
{
    char program[PATH_MAX];
    mw_child_end end;
    if (!mw_child_find(argv[0], program, sizeof program))
        return mw_fail(err, -ENOENT, "%s: there is no compiler '%.64s'; install one, set CC, or give a shared object",
                       source, argv[0]);
    if (tell)
        show(argv);
    int rc = mw_child_run(
        &(mw_child){.program = program, .argv = argv, .streams = MW_CHILD_CAPTURED, .limit_s = LIMIT_S}, &end, err);
    if (!rc && end.err && end.err[0])
        fputs(end.err, stderr);
    if (!rc && end.late)
        rc = mw_fail(err, -EDOM, "the compiler did not end within %d s", LIMIT_S);
    else if (!rc && end.status)
        rc = mw_fail(err, -EDOM, "the compiler failed with exit code %d; its messages are above", end.status);
    mw_child_end_free(&end);
    return rc;
}

int mw_compile(const char *source, const char *object, bool tell, mw_error *err)
{
    char flags[HEAD + 1], compiler[512], include[PATH_MAX + 2] = "-I", place[PATH_MAX];
    char *argv[2 * MOST_WORDS + FIXED], *words[MOST_WORDS];
    const char *cc = getenv("CC");
    snprintf(compiler, sizeof compiler, "%s", cc && *cc ? cc : "cc");
    /* a name that begins with a dash is no option */
    snprintf(place, sizeof place, "%s%s", strchr(source, '/') ? "" : "./", source);
    int rc = read_flags(source, flags, err), n = split(compiler, argv);
    if (!rc)
        rc = find_header(include + 2, PATH_MAX, err);
    const int n_words = split(flags, words);
    if (!rc && (n < 1 || n_words < 0))
        rc = mw_fail(err, -EINVAL, "%s: $CC is blank, or it or memwall-flags has more than %d words", source,
                     MOST_WORDS);
    if (rc)
        return rc;
    argv[n++] = "-std=gnu17";
    if (n_words == 0)
        argv[n++] = "-O3";
    for (int i = 0; i < n_words; i++)
        argv[n++] = words[i];
    argv[n++] = "-shared";
    argv[n++] = "-fPIC";
    argv[n++] = include;
    argv[n++] = "-o";
    argv[n++] = (char *)(uintptr_t)object;
    argv[n++] = place;
    argv[n++] = "-lm";
    argv[n] = NULL;
    return run(argv, source, tell, err);
}
