#include "tests/fuzz/fuzz.h"

#include "platform/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int file = -1;
static char path[64];
static int lowest_free; /* descriptor before the run */

/* What the sanitizers do unless the environment says otherwise. A big allocation that fails is an answer like any
 * other; memory just freed is watched, but not so much of it that every run needs fresh pages. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:quarantine_size_mb=16:strict_string_checks=1";
}

void fuzz_broken(const char *property, const char *where, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", where, line, property);
    abort();
}

#ifndef __linux__
static void remove_file(void)
{
    unlink(path);
}
#endif

static void open_file(void)
{
#ifdef __linux__
    file = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
#else
    snprintf(path, sizeof path, "/tmp/memwall-fuzz-XXXXXX");
    file = mkstemp(path);
    atexit(remove_file);
#endif
    FUZZ_CHECK(file >= 0);
}

const char *fuzz_file(const void *bytes, size_t n, uint64_t size)
{
    if (file < 0)
        open_file();
    if (n > size)
        n = (size_t)size;
    FUZZ_CHECK(n == 0 || pwrite(file, bytes, n, 0) == (ssize_t)n);
    FUZZ_CHECK(ftruncate(file, (off_t)n) == 0); /* what an earlier input left behind these bytes becomes a hole */
    FUZZ_CHECK(ftruncate(file, (off_t)size) == 0);
    return path;
}

void fuzz_file_put(const void *bytes, size_t n, uint64_t offset)
{
    off_t end = lseek(file, 0, SEEK_END);
    if (end < 0 || offset >= (uint64_t)end)
        return;
    if (n > (uint64_t)end - offset)
        n = (size_t)((uint64_t)end - offset);
    FUZZ_CHECK(n == 0 || pwrite(file, bytes, n, (off_t)offset) == (ssize_t)n);
}

static int next_descriptor(void)
{
    int fd = dup(file);
    FUZZ_CHECK(fd >= 0);
    close(fd);
    return fd;
}

void fuzz_begin(unsigned fail)
{
    lowest_free = next_descriptor();
    fuzz_inject_start(fail);
}

void fuzz_end(void)
{
    fuzz_inject_end();
    FUZZ_CHECK(next_descriptor() == lowest_free);
}

bool fuzz_ok(int rc, mw_error *err)
{
    const bool fired = fuzz_inject_fired();
    FUZZ_CHECK(rc <= 0);
    FUZZ_CHECK(rc < 0 || !fired);
    if (rc == 0)
        return true;
    const size_t length = strnlen(err->text, sizeof err->text);
    bool printable = length > 0 && length < sizeof err->text;
    if (printable) { /* what a file brought in has been made so (mw_fail) */
        char copy[sizeof err->text];
        mw_text_copy(copy, sizeof copy, err->text);
        printable = strcmp(copy, err->text) == 0;
    }
    if (!printable)
        fprintf(stderr, "message of %d: '%.*s'\n", rc, (int)length, err->text);
    FUZZ_CHECK(printable);
    memset(err->text, 0, sizeof err->text);
    return false;
}
