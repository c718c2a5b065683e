/* From the C file of a kernel to shared objects: the one that is timed, and its traced twin (kernels/trace/trace.h). */
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
        return mw_fail(err, -ENOENT,
                       "%s: there is no '%.64s' to compile it; install it, set CC, or give a shared object", source,
                       argv[0]);
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

/* The compiler, and its options for a source. */
typedef struct build {
    char compiler[512], flags[HEAD + 1], include[PATH_MAX + 2], source[PATH_MAX];
    char *cc[MOST_WORDS + FIXED], *options[MOST_WORDS + FIXED];
    int n_cc, n_options;
} build;

static int prepare(build *b, const char *source, mw_error *err)
{
    const char *cc = getenv("CC");
    snprintf(b->compiler, sizeof b->compiler, "%s", cc && *cc ? cc : "cc");
    /* a name that begins with a dash is no option */
    snprintf(b->source, sizeof b->source, "%s%s", strchr(source, '/') ? "" : "./", source);
    memcpy(b->include, "-I", 3);
    int rc = read_flags(source, b->flags, err), n;
    if (!rc)
        rc = find_header(b->include + 2, PATH_MAX, err);
    b->n_cc = split(b->compiler, b->cc);
    b->options[0] = "-std=gnu17";
    b->n_options = n = split(b->flags, b->options + 1);
    if (!rc && (b->n_cc < 1 || n < 0))
        rc = mw_fail(err, -EINVAL, "%s: $CC is blank, or it or memwall-flags has more than %d words", source,
                     MOST_WORDS);
    if (!rc && n == 0)
        b->options[1] = "-O3";
    b->n_options = n == 0 ? 2 : n + 1;
    return rc;
}

/* Appends words, up to a NULL. */
static void append(char **argv, int *n, char *const *words)
{
    while (*words)
        argv[(*n)++] = *words++;
    argv[*n] = NULL;
}

enum { LONGEST = 2 * (MOST_WORDS + FIXED) + FIXED };

int mw_compile(const char *source, const char *object, bool tell, mw_error *err)
{
    build b = {.n_cc = 0};
    char *argv[LONGEST];
    int n = 0, rc = prepare(&b, source, err);
    if (rc)
        return rc;
    append(argv, &n, b.cc);
    append(argv, &n, b.options);
    append(argv, &n, (char *[]){"-shared", "-fPIC", b.include, "-o", (char *)(uintptr_t)object, b.source, "-lm", NULL});
    return run(argv, source, tell, err);
}

/* --- the traced twin --- */

#ifdef __aarch64__
#define ARCH "aarch64"
#else
#define ARCH "x86_64"
#endif
#define TRACE "kernels/trace/"

int mw_compile_traced(const char *source, const char *object, mw_error *err)
{
    build b = {.n_cc = 0};
    char script[PATH_MAX], root[PATH_MAX + 2] = "-I", access[PATH_MAX + 64], buffer[PATH_MAX + 64];
    char assembly[PATH_MAX + 8], depends[PATH_MAX + 8], *argv[LONGEST];
    int n = 0, rc = prepare(&b, source, err);
    if (!rc)
        rc = mw_place_find(MW_SHARE, MW_SOURCES, TRACE "instrument.py", script, sizeof script, err);
    if (rc)
        return rc;
    snprintf(root + 2, PATH_MAX, "%.*s", (int)(strlen(script) - strlen("/" TRACE "instrument.py")), script);
    snprintf(access, sizeof access, "%s/" TRACE "trace_" ARCH ".S", root + 2);
    snprintf(buffer, sizeof buffer, "%s/" TRACE "buffer.c", root + 2);
    snprintf(assembly, sizeof assembly, "%s.s", object);
    snprintf(depends, sizeof depends, "%s.d", object);
    append(argv, &n, (char *[]){"python3", script, ARCH, "kernel", b.source, assembly, depends, "--", NULL});
    append(argv, &n, b.cc);
    append(argv, &n, b.options);
    append(argv, &n, (char *[]){"-fPIC", b.include, NULL});
    rc = run(argv, source, false, err);
    if (rc)
        return rc;
    n = 0;
    append(argv, &n, b.cc);
    append(argv, &n,
           (char *[]){"-std=gnu17", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", root, "-o",
                      (char *)(uintptr_t)object, assembly, access, buffer, "-lm", NULL});
    return run(argv, source, false, err);
}
