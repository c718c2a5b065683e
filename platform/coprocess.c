#include "platform/coprocess.h"
#include "platform/child.h"
#include "platform/child_parts.h"

#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct mw_coprocess {
    pid_t pid;
    int to, from;
    char text[4096]; /* read, not yet handed out */
    size_t n;
};

/* A pipe whose ends no other child keeps open, above those that a child's streams are put to. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends))
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = mw_child_above_streams(ends[i]);
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    return ends[0] >= 0 && ends[1] >= 0;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

int mw_coprocess_open(char *const argv[], mw_coprocess **out, mw_error *err)
{
    int in[2] = {-1, -1}, from[2] = {-1, -1}, nowhere = -1, rc = 0;
    char path[1024];
    mw_coprocess *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p || !open_pipe(in) || !open_pipe(from) ||
        (nowhere = mw_child_above_streams(open("/dev/null", O_WRONLY | O_CLOEXEC))) < 0)
        rc = p ? -errno : -ENOMEM;
    else if (!mw_child_find(argv[0], path, sizeof path))
        rc = -ENOENT;
    signal(SIGPIPE, SIG_IGN);
    if (!rc)
        rc = mw_child_begin(&(mw_child_start){.path = path, .argv = argv, .streams = {in[0], from[1], nowhere}},
                            &p->pid);
    close_if_open(nowhere);
    close_if_open(in[0]);
    close_if_open(from[1]);
    if (rc) {
        close_if_open(in[1]);
        close_if_open(from[0]);
        free(p);
        return mw_fail(err, rc, "%.64s: cannot be started: %s", argv[0], strerror(-rc));
    }
    p->to = in[1];
    p->from = from[0];
    *out = p;
    return 0;
}

bool mw_coprocess_tell(mw_coprocess *p, const char *line)
{
    char whole[256];
    const int n = snprintf(whole, sizeof whole, "%s\n", line);
    return n > 0 && (size_t)n < sizeof whole && write(p->to, whole, (size_t)n) == n;
}

bool mw_coprocess_line(mw_coprocess *p, char *line, size_t size, double seconds)
{
    const uint64_t end = mw_clock_ns() + (uint64_t)(seconds * 1e9);
    for (;;) {
        char *stop = memchr(p->text, '\n', p->n);
        if (stop) {
            const size_t n = (size_t)(stop - p->text);
            snprintf(line, size, "%.*s", (int)n, p->text);
            p->n -= n + 1;
            memmove(p->text, stop + 1, p->n);
            return true;
        }
        if (p->n == sizeof p->text || mw_interrupted() || mw_clock_ns() > end)
            return false;
        struct pollfd ready = {.fd = p->from, .events = POLLIN};
        if (poll(&ready, 1, 100) <= 0)
            continue; /* nothing yet, or a signal */
        const ssize_t got = read(p->from, p->text + p->n, sizeof p->text - p->n);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        p->n += got > 0 ? (size_t)got : 0;
    }
}

void mw_coprocess_close(mw_coprocess *p)
{
    enum { TRIES = 100 };
    if (!p)
        return;
    close(p->to);
    close(p->from);
    pid_t ended = 0;
    for (int i = 0; i < TRIES && ended == 0; i++) {
        ended = waitpid(p->pid, NULL, WNOHANG);
        if (ended == 0)
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    if (ended == 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    free(p);
}
