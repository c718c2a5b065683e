/* How long-running work shows progress: one line on a terminal, and only there; and the flag that Ctrl-C sets. */
#ifndef MW_PLATFORM_PROGRESS_H
#define MW_PLATFORM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Called now and then by long-running work in a library: `done` of `total` bytes. Returns false to give up, which ends
 * in -EINTR with nothing left behind. */
typedef bool mw_progress_fn(void *to, const char *what, uint64_t done, uint64_t total);

typedef struct mw_progress {
    bool on;    /* stderr is a terminal that can redraw a line (TERM), and nobody asked for quiet */
    bool shown; /* a line stands there now */
    uint64_t next_ns;
    char prefix[16]; /* before every line */
} mw_progress;

mw_progress mw_progress_open(bool quiet);

/* Replaces the line, at most ten times a second. What does not fit into the terminal's width is cut off. */
__attribute__((format(printf, 2, 3))) void mw_progress_say(mw_progress *progress, const char *format, ...);

/* Removes the line. To be called before anything else is printed. */
void mw_progress_clear(mw_progress *progress);

/* An mw_progress_fn over an mw_progress: a percentage; false once interrupted. */
bool mw_progress_bytes(void *progress, const char *what, uint64_t done, uint64_t total);

/* From here on SIGINT and SIGTERM only set a flag, which long-running work checks; a second one ends the program. */
void mw_interrupt_catch(void);
bool mw_interrupted(void);

#endif
