/* Functions in a process of their own, and shared objects that are none. */
#include "platform/apart.h"
#include "platform/object.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int value = 1;

static int returns(void *arg, mw_error *err)
{
    value = 2;
    printf("not to be seen\n");
    fflush(stdout);
    return *(int *)arg ? mw_fail(err, *(int *)arg, "says %s", "why") : 0;
}

static int raises(void *arg, mw_error *err)
{
    (void)err;
    raise(*(int *)arg);
    return 0;
}

static int exits(void *arg, mw_error *err)
{
    (void)err;
    exit(*(int *)arg);
}

static int hangs(void *arg, mw_error *err)
{
    (void)err;
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
    return *(int *)arg;
}

static void check(const char *name, mw_apart_fn *fn, int arg, int want, const char *says)
{
    mw_error err = {""};
    const int rc = mw_apart(fn, &arg, fn == hangs ? 0.05 : 100, &err);
    if (!tap_ok(rc == want && strstr(err.text, says), "%s", name))
        tap_note("%d: %s", rc, err.text);
}

static void check_apart(void)
{
    check("success", returns, 0, 0, "");
    check("a code and its message", returns, -EDOM, -EDOM, "says why");
    check("a positive result", returns, 3, 3, "says why");
    check("a crash", raises, SIGSEGV, -EFAULT, "crashed: signal 11 (");
    check("an abort", raises, SIGABRT, -EFAULT, "crashed: signal 6 (");
    check("an instruction that there is not", raises, SIGILL, -EFAULT, "crashed: signal 4 (");
    check("exit(0)", exits, 0, -ECHILD, "ended the process with exit code 0");
    check("exit(3)", exits, 3, -ECHILD, "ended the process with exit code 3");
    check("no end", hangs, 0, -ETIMEDOUT, "no result after 0.05 s");
    tap_ok(value == 1, "and nothing of it reaches this process");
}

/* A file with these first bytes. */
static void check_object(const char *name, const void *bytes, size_t n, int want, const char *says)
{
    const void *at;
    mw_error err = {""};
    FILE *f = fopen("object", "wb");
    bool good = f && fwrite(bytes, 1, n, f) == n;
    good &= f && fclose(f) == 0;
    const int rc = mw_object_open("object", "symbol", &at, &err);
    if (!tap_ok(good && rc == want && strncmp(err.text, "object: ", 8) == 0 && strstr(err.text, says), "%s", name))
        tap_note("%d: %s", rc, err.text);
}

static void check_objects(void)
{
    const void *at;
    mw_error err = {""};
    unsigned char elf[128] = {0x7f, 'E', 'L', 'F', 2, 1, 1, [16] = 3, [18] = 243};
    tap_ok(mw_object_open("missing", "symbol", &at, &err) == -ENOENT && strstr(err.text, "missing"), "no such file");
    tap_ok(mw_object_open(".", "symbol", &at, &err) < 0, "a folder");
    check_object("an empty file", "", 0, -ENOEXEC, "is no shared object");
    check_object("a text", "This is a text and no object.\n", 30, -ENOEXEC, "is no shared object");
#ifndef __APPLE__
    check_object("an ELF file for RISC-V", elf, sizeof elf, -ENOEXEC, "is for another CPU (ELF machine 243)");
    elf[18] = strcmp(mw_arch_name(), "aarch64") ? 183 : 62;
    check_object("an ELF file for the other CPU", elf, sizeof elf, -ENOEXEC, "is for another CPU (ELF machine");
    elf[18] = strcmp(mw_arch_name(), "aarch64") ? 62 : 183;
    check_object("only the head of an ELF file", elf, sizeof elf, -ENOEXEC, "cannot be loaded: ");
    elf[16] = 1;
    check_object("an object that was not linked", elf, sizeof elf, -ENOEXEC, "is no shared object");
#endif
}

int main(void)
{
    check_apart();
    char folder[] = "/tmp/memwall-test-XXXXXX";
    if (tap_ok(mkdtemp(folder) && chdir(folder) == 0, "a folder")) {
        check_objects();
        unlink("object");
        rmdir(folder);
    }
    return tap_done();
}
