#include "platform/child.h"
#include "platform/child_parts.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const double PATIENCE_S = 2; /* from SIGTERM to SIGKILL */

/* An unnamed file. */
static int nameless(void)
{
    const char *tmp = getenv("TMPDIR");
    char path[1024];
    if ((size_t)snprintf(path, sizeof path, "%s/memwall-output-XXXXXX", tmp && *tmp ? tmp : "/tmp") >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return mw_child_above_streams(fd);
}

static bool flooded(const int streams[3])
{
    struct stat out, err;
    return fstat(streams[1], &out) == 0 && fstat(streams[2], &err) == 0 &&
           (out.st_size > MW_CHILD_MOST || err.st_size > MW_CHILD_MOST);
}

/* Waits for the leader of a group and ends the group: early, if there is a reason, or when its leader has ended. */
static int await(pid_t pid, double limit_s, const int streams[3], mw_child_output *o)
{
    const uint64_t start = mw_clock_ns();
    uint64_t told_ns = 0;
    for (;;) {
        siginfo_t info = {0};
        /* The leader stays a zombie for now, so that its PID cannot be reused before the group is killed. */
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && errno != EINTR)
            return -errno;
        if (info.si_pid == pid)
            break;
        const uint64_t now = mw_clock_ns();
        if (told_ns && (double)(now - told_ns) * 1e-9 > PATIENCE_S)
            kill(-pid, SIGKILL);
        o->late |= !told_ns && (double)(now - start) * 1e-9 > limit_s;
        o->flooded |= !told_ns && flooded(streams);
        if (!told_ns && (o->late || o->flooded || mw_interrupted())) {
            kill(-pid, SIGTERM);
            told_ns = now;
        }
        nanosleep(&(struct timespec){.tv_nsec = MW_CHILD_LOOK_NS}, NULL);
    }
    kill(-pid, SIGKILL); /* what it left running would disturb the next measurement */
    int ended;
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return -errno;
    o->status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return 0;
}

/* The first MW_CHILD_MOST bytes of a file as a text. */
static char *text_of(int fd)
{
    struct stat st;
    if (fstat(fd, &st))
        return NULL;
    const size_t most = st.st_size > MW_CHILD_MOST ? MW_CHILD_MOST : (size_t)st.st_size;
    char *text = malloc(most + 1);
    size_t n = 0;
    for (ssize_t got; text && n < most && (got = pread(fd, text + n, most - n, (off_t)n)) != 0;) {
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    for (size_t i = 0; text && i < n; i++)
        text[i] = text[i] ? text[i] : ' ';
    if (text)
        text[n] = '\0';
    return text;
}

static int run(mw_child_start *c, double limit_s, mw_child_output *o, mw_error *err)
{
    pid_t pid = -1;
    int rc = 0;
    c->apart = true;
    c->streams[0] = mw_child_above_streams(open("/dev/null", O_RDONLY | O_CLOEXEC));
    c->streams[1] = nameless();
    c->streams[2] = nameless();
    if (c->streams[0] < 0 || c->streams[1] < 0 || c->streams[2] < 0)
        rc = mw_fail(err, -errno, "no temporary file for the output of a program: %s; set TMPDIR", strerror(errno));
    if (!rc && (rc = mw_child_begin(c, &pid)) != 0)
        mw_fail(err, rc, "%.64s: cannot be started: %s", c->path, strerror(-rc));
    if (!rc && (rc = await(pid, limit_s, c->streams, o)) != 0)
        mw_fail(err, rc, "%.64s: lost sight of it: %s", c->path, strerror(-rc));
    if (!rc) {
        o->out = text_of(c->streams[1]);
        o->err = text_of(c->streams[2]);
        if (!o->out || !o->err)
            rc = mw_fail(err, -ENOMEM, "no memory for the output of a program");
    }
    for (int i = 0; i < 3; i++)
        if (c->streams[i] >= 0)
            close(c->streams[i]);
    return rc;
}

int mw_child_command(const char *command, double limit_s, mw_child_output *o, mw_error *err)
{
    *o = (mw_child_output){.status = -1};
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    char shell[] = "sh", option[] = "-c", *copy = strdup(command);
    if (!copy)
        return mw_fail(err, -ENOMEM, "no memory for a command line");
    char *argv[] = {shell, option, copy, NULL};
    int rc = run(&(mw_child_start){.path = "/bin/sh", .argv = argv, .environment = environ}, limit_s, o, err);
    free(copy);
    return rc;
}

int mw_child_capture(char *const argv[], const char *name, const char *value, double limit_s, mw_child_output *o,
                     mw_error *err)
{
    *o = (mw_child_output){.status = -1};
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    const size_t size = strlen(name) + strlen(value) + 2;
    char path[1024], *variable = malloc(size), **environment = NULL;
    if (variable) {
        snprintf(variable, size, "%s=%s", name, value);
        environment = mw_child_environment(variable);
    }
    int rc = !environment ? mw_fail(err, -ENOMEM, "no memory for an environment") : 0;
    if (!rc && !mw_child_own_path(path, sizeof path))
        rc = mw_fail(err, -ENAMETOOLONG, "%.64s: its path is too long to start it again", argv[0]);
    if (!rc)
        rc = run(&(mw_child_start){.path = path, .argv = argv, .environment = environment}, limit_s, o, err);
    free(environment);
    free(variable);
    return rc;
}

void mw_child_output_free(mw_child_output *o)
{
    free(o->out);
    free(o->err);
    o->out = o->err = NULL;
}
