#include "platform/child.h"
#include "platform/child_parts.h"

#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often the end of a child is looked for: rarely enough that the looking disturbs no measurement. */
enum { LOOK_NS = 50000000 };

static const double PATIENCE_S = 2; /* from SIGTERM to SIGKILL */

/* --- its end --- */

static bool flooded(const int streams[3])
{
    struct stat out, err;
    return fstat(streams[1], &out) == 0 && fstat(streams[2], &err) == 0 &&
           (out.st_size > MW_CHILD_MOST || err.st_size > MW_CHILD_MOST);
}

/* Of the two signals the one that did not come: a caught one has its default action again (progress.c). */
static int other_signal(void)
{
    struct sigaction now;
    return sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == SIG_DFL ? SIGTERM : SIGINT;
}

/* Waits for a child and tells it to end if there is a reason. It polls, because a signal that comes right before a call
 * that waits, or that another thread takes, would not end the wait. A group ends with its leader. */
static int await(pid_t pid, const mw_child *c, const int streams[3], mw_child_end *end)
{
    const bool apart = c->streams == MW_CHILD_CAPTURED;
    const uint64_t start = mw_clock_ns();
    uint64_t told_ns = 0;
    for (;;) {
        siginfo_t info = {0};
        /* The child stays a zombie for now: so its number cannot belong to anybody else when its group is ended. */
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && errno != EINTR)
            return -errno;
        if (info.si_pid == pid)
            break;
        const uint64_t now = mw_clock_ns();
        if (apart && !told_ns) {
            end->late = c->limit_s > 0 && (double)(now - start) * 1e-9 > c->limit_s;
            end->flooded = flooded(streams);
        }
        if (apart && told_ns && (double)(now - told_ns) * 1e-9 > PATIENCE_S)
            kill(-pid, SIGKILL);
        if (!told_ns && (end->late || end->flooded || mw_interrupted()) &&
            kill(apart ? -pid : pid, apart ? SIGTERM : other_signal()) == 0)
            told_ns = now;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    if (apart)
        kill(-pid, SIGKILL); /* what it started and did not wait for would disturb what is measured next */
    int ended;
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return -errno;
    end->status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return 0;
}

int mw_child_code(int status)
{
    if (status == 0 || status == 1)
        return status ? -EDOM : 0;
    if (status == 128 + SIGINT || status == 128 + SIGTERM)
        return -EINTR;
    return status > 128 ? -EIO : -EINVAL;
}

/* --- its streams --- */

/* A file without a name. */
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

static bool open_streams(mw_child_streams kind, int streams[3])
{
    if (kind == MW_CHILD_SHARED)
        return true;
    const int nowhere = mw_child_above_streams(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (kind == MW_CHILD_SILENT) {
        streams[1] = streams[2] = nowhere;
        return nowhere >= 0;
    }
    streams[0] = nowhere;
    streams[1] = nameless();
    streams[2] = streams[1] < 0 ? -1 : nameless();
    return streams[0] >= 0 && streams[2] >= 0;
}

static void close_streams(const int streams[3])
{
    for (int i = 0; i < 3; i++)
        if (streams[i] >= 0 && (i == 0 || streams[i] != streams[i - 1]))
            close(streams[i]);
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

/* The last line of a text that is not empty. */
static size_t last_line(const char *text, const char **line)
{
    text = text ? text : "";
    size_t end = strlen(text);
    while (end > 0 && strchr(" \t\r\n", text[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    *line = text + start;
    return end - start;
}

void mw_child_last_words(const mw_child_end *end, char *to, size_t size)
{
    const char *line;
    size_t n = last_line(end->err, &line);
    if (n == 0)
        n = last_line(end->out, &line);
    if (n > size - 1) { /* the end of a line says most */
        line += n - (size - 1);
        n = size - 1;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(line[i] < ' ' || line[i] > '~' ? '?' : line[i]);
    to[n] = '\0';
}

/* --- the whole --- */

int mw_child_run(const mw_child *c, mw_child_end *end, mw_error *err)
{
    char *const shell[] = {"sh", "-c", (char *)(uintptr_t)c->command, NULL};
    mw_child_start start = {.path = c->command ? "/bin/sh" : c->program,
                            .argv = c->command ? shell : c->argv,
                            .name = c->name,
                            .value = c->value,
                            .apart = c->streams == MW_CHILD_CAPTURED,
                            .streams = {-1, -1, -1}};
    pid_t pid = -1;
    int rc = 0;
    *end = (mw_child_end){.status = -1};
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    if (!open_streams(c->streams, start.streams))
        rc = mw_fail(err, -errno, "no temporary file for the output of a program: %s; set TMPDIR", strerror(errno));
    if (!rc && (rc = mw_child_begin(&start, &pid)) != 0)
        mw_fail(err, rc, "%.64s: cannot be started: %s", start.argv[0], strerror(-rc));
    if (!rc && (rc = await(pid, c, start.streams, end)) != 0)
        mw_fail(err, rc, "%.64s: cannot be waited for: %s", start.argv[0], strerror(-rc));
    if (!rc && c->streams == MW_CHILD_CAPTURED) {
        end->out = text_of(start.streams[1]);
        end->err = text_of(start.streams[2]);
        if (!end->out || !end->err)
            rc = mw_fail(err, -ENOMEM, "no memory for the output of a program");
    }
    close_streams(start.streams);
    return rc;
}

void mw_child_end_free(mw_child_end *end)
{
    free(end->out);
    free(end->err);
    end->out = end->err = NULL;
}
