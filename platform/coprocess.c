#include "platform/coprocess.h"

#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct mw_coprocess {
    pid_t pid;
    int to, from;
    char text[4096]; /* read, not yet returned */
    size_t n;
};

static int spawn(mw_coprocess *p, char *const argv[], const int in[2], const int out[2])
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    if (!code)
        code = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!code)
        code = posix_spawnp(&p->pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int mw_coprocess_open(char *const argv[], mw_coprocess **out, mw_error *err)
{
    int in[2] = {-1, -1}, from[2] = {-1, -1};
    mw_coprocess *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p || pipe(in) || pipe(from)) {
        const int code = p ? errno : ENOMEM;
        for (int i = 0; i < 2; i++)
            if (in[i] >= 0)
                close(in[i]);
        free(p);
        return mw_fail(err, -code, "%.64s: cannot be started: %s", argv[0], strerror(code));
    }
    for (int i = 0; i < 2; i++) { /* no other child may keep these ends open */
        fcntl(in[i], F_SETFD, FD_CLOEXEC);
        fcntl(from[i], F_SETFD, FD_CLOEXEC);
    }
    signal(SIGPIPE, SIG_IGN);
    const int code = spawn(p, argv, in, from);
    close(in[0]);
    close(from[1]);
    p->to = in[1];
    p->from = from[0];
    if (code) {
        close(p->to);
        close(p->from);
        free(p);
        return mw_fail(err, code == ENOENT ? -ENOENT : -code, "%.64s: cannot be started: %s", argv[0], strerror(code));
    }
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
