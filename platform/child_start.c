/* Fork and execve. */
#include "platform/child.h"
#include "platform/child_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char **environ;

/* The path under which this program is started again; false if it is too long. */
static bool own_path(char *to, size_t size)
{
#ifdef __APPLE__
    uint32_t room = (uint32_t)size;
    return _NSGetExecutablePath(to, &room) == 0;
#else
    /* Not what it points to: this is the same program even if its file was replaced meanwhile. */
    return snprintf(to, size, "/proc/self/exe") < (int)size;
#endif
}

bool mw_child_find(const char *program, char *to, size_t size)
{
    const char *path = getenv("PATH");
    if (strchr(program, '/'))
        return (size_t)snprintf(to, size, "%s", program) < size && access(to, X_OK) == 0;
    for (path = path ? path : "/bin:/usr/bin"; *path;) {
        const int n = (int)strcspn(path, ":");
        if ((size_t)snprintf(to, size, "%.*s/%s", n ? n : 1, n ? path : ".", program) < size && access(to, X_OK) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

/* The environment, with "name=value" in the place of any variable of that name. */
static char **environment_with(const char *name, const char *value)
{
    size_t n = 0, kept = 0;
    const size_t length = name ? strlen(name) : 0, size = name ? length + strlen(value) + 2 : 0;
    while (environ[n])
        n++;
    char **list = malloc((n + 2) * sizeof *list + size), *variable = list ? (char *)(list + n + 2) : NULL;
    if (!list)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!name || strncmp(environ[i], name, length) != 0 || environ[i][length] != '=')
            list[kept++] = environ[i];
    if (name) {
        snprintf(variable, size, "%s=%s", name, value);
        list[kept++] = variable;
    }
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
static _Noreturn void become(const mw_child_start *c, const char *path, char *const environment[], pid_t parent,
                             const sigset_t *mask, int report)
{
    default_unless_ignored(SIGINT);
    default_unless_ignored(SIGTERM);
    signal(SIGXFSZ, SIG_DFL); /* ignored by mw_program_start */
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() == parent) { /* else it has died already, and its end will not be told any more */
        if (c->apart)
            setpgid(0, 0);
        for (int i = 0; i < 3; i++)
            if (c->streams[i] >= 0)
                dup2(c->streams[i], i);
        sigprocmask(SIG_SETMASK, mask, NULL);
        execve(path, c->argv, environment);
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

static int begin(const mw_child_start *c, const char *path, char *const environment[], pid_t *pid)
{
    int report[2];
    if (pipe(report))
        return -errno;
    report[1] = mw_child_above_streams(report[1]);
    /* A successful execve closes it, which is how its success is seen. */
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    fflush(stdout); /* what was said before comes before what the child says */
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
        become(c, path, environment, parent, &mask, report[1]);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    close(report[1]);
    while (*pid > 0 && read(report[0], &code, sizeof code) < 0 && errno == EINTR)
        ;
    close(report[0]);
    if (*pid > 0 && code)
        waitpid(*pid, NULL, 0);
    return -code;
}

int mw_child_begin(const mw_child_start *c, pid_t *pid)
{
    char own[1024], **environment = environment_with(c->name, c->value);
    const bool known = c->path || own_path(own, sizeof own);
    const int rc = !environment ? -ENOMEM
                   : !known     ? -ENAMETOOLONG
                                : begin(c, c->path ? c->path : own, environment, pid);
    free(environment);
    return rc;
}
