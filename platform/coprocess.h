/* Another program that works on request: a line is written to its stdin, lines are read from its stdout. */
#ifndef MW_PLATFORM_COPROCESS_H
#define MW_PLATFORM_COPROCESS_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mw_coprocess mw_coprocess;

/* Starts argv[0], found as a shell finds it, with its stderr discarded. *out is owned by the caller. -ENOENT if it
 * cannot be started. If the program ends early, this process gets no SIGPIPE: mw_coprocess_open ignores it from then
 * on. */
int mw_coprocess_open(char *const argv[], mw_coprocess **out, mw_error *err);

/* Writes a line; false if nobody reads any more. */
bool mw_coprocess_tell(mw_coprocess *peer, const char *line);

/* Reads a line without its end, waiting at most `seconds`; false at the end of its output, when time is up, or after
 * Ctrl-C. */
bool mw_coprocess_line(mw_coprocess *peer, char *line, size_t size, double seconds);

/* Ends it by closing its stdin and, if it is still there after a second, by force. */
void mw_coprocess_close(mw_coprocess *peer);

#endif
