/* One-line error messages on their way up to the program that prints them.
 *
 * Library functions never print and never exit. They return 0 or a negative errno-like code and, when the
 * caller passed an mw_error, leave one complete line in it: what went wrong, where, and what to do. */
#ifndef MW_PLATFORM_ERROR_H
#define MW_PLATFORM_ERROR_H

typedef struct mw_error {
    char text[640];
} mw_error;

/* Formats a message into `err` (may be NULL) and returns `code` unchanged, so that a failing function can end
 * with `return mw_fail(err, -EINVAL, "...")`. `code` is a negative errno value. Control characters and bytes that are
 * no UTF-8, which come in with file names or file contents, are replaced by '?', so the result is always one printable
 * line. */
__attribute__((format(printf, 3, 4))) int mw_fail(mw_error *err, int code, const char *format, ...);

#endif
