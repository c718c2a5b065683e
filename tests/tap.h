/* Test Anything Protocol, the little of it that is needed: one line a check, meson counts them. */
#ifndef MW_TESTS_TAP_H
#define MW_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failed;

/* Reports one check, named by a printf format. Returns `ok`. */
__attribute__((format(printf, 2, 3), unused)) static bool tap_ok(bool ok, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s %d - ", ok ? "ok" : "not ok", ++tap_count);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    tap_failed += !ok;
    return ok;
}

/* Reports one check that cannot run here, and why. */
__attribute__((unused)) static void tap_skip(const char *name, const char *reason)
{
    printf("ok %d - %s # SKIP %s\n", ++tap_count, name, reason);
    fflush(stdout);
}

/* A line of explanation under a check. */
#define tap_note(...) (printf("# " __VA_ARGS__), printf("\n"), (void)fflush(stdout))

/* Prints the plan; the value for main to return. A program that checked nothing has failed. */
__attribute__((unused)) static int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed || tap_count == 0;
}

#endif
