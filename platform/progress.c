#include "platform/progress.h"

#include "platform/os.h"
#include "platform/text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_COLUMNS = 80 };

static volatile sig_atomic_t interrupted;

mw_progress mw_progress_open(bool quiet)
{
    const char *term = getenv("TERM");
    return (mw_progress){.on = !quiet && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0};
}

/* Columns that a line may take: all but the last one, where some terminals begin a new line. Asked each time, because a
 * window changes its size. */
static int width(void)
{
    struct winsize size;
    const char *told = getenv("COLUMNS");
    int columns = told ? atoi(told) : 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    return (columns < 1 || columns > MOST_COLUMNS ? MOST_COLUMNS : columns) - 1;
}

void mw_progress_say(mw_progress *p, const char *format, ...)
{
    uint64_t now = mw_clock_ns();
    if (!p->on || now < p->next_ns)
        return;
    char line[512];
    const size_t n = strlen(p->prefix);
    memcpy(line, p->prefix, n);
    va_list args;
    va_start(args, format);
    vsnprintf(line + n, sizeof line - n, format, args);
    va_end(args);
    mw_text_copy(line, sizeof line, line);
    int room = width();
    const int bytes = (int)mw_text_fit(line, &room);
    fprintf(stderr, "\r%.*s%*s", bytes, line, room, "");
    fflush(stderr);
    p->shown = true;
    p->next_ns = now + 100000000;
}

void mw_progress_clear(mw_progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r%*s\r", width(), "");
    p->shown = false;
}

bool mw_progress_bytes(void *progress, const char *what, uint64_t done, uint64_t total)
{
    mw_progress_say(progress, "%s: %3.0f %% of %llu MiB", what, 100.0 * (double)done / (double)total,
                    (unsigned long long)(total >> 20));
    return !mw_interrupted();
}

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void mw_interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool mw_interrupted(void)
{
    return interrupted;
}
