#include "platform/child.h"
#include "platform/child_parts.h"

#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char **environ;

bool mw_child_own_path(char *to, size_t size)
{
#ifdef __APPLE__
    uint32_t room = (uint32_t)size;
    return _NSGetExecutablePath(to, &room) == 0;
#else
    /* The link itself, not its target: this is the same program even if its file was replaced meanwhile. */
    return snprintf(to, size, "/proc/self/exe") < (int)size;
#endif
}

char **mw_child_environment(char *variable)
{
    size_t n = 0, name = strcspn(variable, "=") + 1;
    while (environ[n])
        n++;
    char **list = malloc((n + 2) * sizeof *list);
    if (!list)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], variable, name) != 0)
            list[kept++] = environ[i];
    list[kept++] = variable;
    list[kept] = NULL;
    return list;
}

/* A caught signal means something to this program, but nothing yet to the one that is about to start. */
static void default_unless_ignored(int number)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        signal(number, SIG_DFL);
}

/* What the new process does, with SIGINT and SIGTERM still blocked: becomes the program, or writes errno to `report`.
 * Other threads do not exist here, so only calls that take no lock. */
static _Noreturn void become(const mw_child_start *c, pid_t parent, const sigset_t *mask, int report)
{
    default_unless_ignored(SIGINT);
    default_unless_ignored(SIGTERM);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() == parent) { /* else it has died already, and no signal will report its end */
        if (c->apart)
            setpgid(0, 0);
        for (int i = 0; i < 3; i++)
            if (c->streams[i] >= 0)
                dup2(c->streams[i], i);
        sigprocmask(SIG_SETMASK, mask, NULL);
        execve(c->path, c->argv, c->environment);
    }
    int code = errno;
    ssize_t ignored = write(report, &code, sizeof code);
    (void)ignored;
    _exit(127);
}

int mw_child_above_streams(int fd)
{
    if (fd < 0 || fd > 2)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, 3), code = errno;
    close(fd);
    errno = code;
    return higher;
}

int mw_child_begin(const mw_child_start *c, pid_t *pid)
{
    int report[2];
    if (pipe(report))
        return -errno;
    report[1] = mw_child_above_streams(report[1]);
    /* A successful execve closes it, which is how its success is seen. */
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    fflush(stdout); /* earlier output comes before that of the child */
    /* A signal passed on before execve must neither reach this program's handler nor get lost. */
    sigset_t both, mask;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &both, &mask);
    pid_t parent = getpid();
    *pid = fork();
    int code = *pid < 0 ? errno : 0;
    if (*pid == 0)
        become(c, parent, &mask, report[1]);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    close(report[1]);
    while (*pid > 0 && read(report[0], &code, sizeof code) < 0 && errno == EINTR)
        ;
    close(report[0]);
    if (*pid > 0 && code)
        waitpid(*pid, NULL, 0);
    return -code;
}

/* The one of the two signals that did not come: a caught one has its default action again (progress.c). */
static int other_signal(void)
{
    struct sigaction now;
    return sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == SIG_DFL ? SIGTERM : SIGINT;
}

/* Waits for the child and passes an interruption on to it. It polls, because a signal that arrives right before a
 * blocking call, or that another thread receives, would not end the wait. */
static int await(pid_t pid, int *status)
{
    bool told = false;
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended == pid)
            return 0;
        if (ended < 0 && errno != EINTR)
            return -errno;
        if (mw_interrupted() && !told)
            told = kill(pid, other_signal()) == 0;
        nanosleep(&(struct timespec){.tv_nsec = MW_CHILD_LOOK_NS}, NULL);
    }
}

static int run(char *const argv[], const char *name, const char *value, int to, int *status, mw_error *err)
{
    *status = -1;
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    size_t size = strlen(name) + strlen(value) + 2;
    char *variable = malloc(size), **environment = NULL;
    if (variable) {
        snprintf(variable, size, "%s=%s", name, value);
        environment = mw_child_environment(variable);
    }
    pid_t pid = -1;
    char path[1024];
    int ended, rc = !environment ? -ENOMEM : !mw_child_own_path(path, sizeof path) ? -ENAMETOOLONG : 0;
    if (!rc)
        rc = mw_child_begin(
            &(mw_child_start){.path = path, .argv = argv, .environment = environment, .streams = {-1, to, to}}, &pid);
    if (rc)
        mw_fail(err, rc, "%.64s: cannot be started again: %s", argv[0], strerror(-rc));
    else if ((rc = await(pid, &ended)) != 0)
        mw_fail(err, rc, "%.64s: lost sight of a repetition: %s", argv[0], strerror(-rc));
    else
        *status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    free(environment);
    free(variable);
    return rc;
}

int mw_child_run(char *const argv[], const char *name, const char *value, int *status, mw_error *err)
{
    return run(argv, name, value, -1, status, err);
}

int mw_child_run_quiet(char *const argv[], const char *name, const char *value, int to, int *status, mw_error *err)
{
    return run(argv, name, value, to, status, err);
}
