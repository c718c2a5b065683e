#include "platform/progress.h"

#include "platform/os.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

mw_progress mw_progress_open(bool quiet)
{
    return (mw_progress){.on = !quiet && isatty(STDERR_FILENO)};
}

void mw_progress_say(mw_progress *p, const char *format, ...)
{
    uint64_t now = mw_clock_ns();
    if (!p->on || now < p->next_ns)
        return;
    char line[80 - sizeof p->prefix];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "\r%s%-*s", p->prefix, 79 - (int)strlen(p->prefix), line);
    fflush(stderr);
    p->shown = true;
    p->next_ns = now + 100000000;
}

void mw_progress_clear(mw_progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r%79s\r", "");
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
