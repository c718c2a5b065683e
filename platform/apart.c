#include "platform/apart.h"

#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { LOOK_NS = 2000000 };

/* What the copy leaves, in memory that both share. */
typedef struct result {
    volatile int returned, rc;
    mw_error err;
} result;

/* What the copy does. Its end shall disturb nobody: no core file, no handlers or buffers of this program. */
static _Noreturn void run(mw_apart_fn *fn, void *arg, result *to)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        signal(caught[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        dup2(nowhere, STDOUT_FILENO);
    to->rc = fn(arg, &to->err);
    to->returned = 1;
    _exit(0);
}

/* Waits for the copy, and ends it if there is a reason. Returns 0 if it ended by itself; *status is as of waitpid. */
static int await(pid_t pid, double limit_s, int *status)
{
    const uint64_t start = mw_clock_ns();
    int rc = 0;
    for (;;) {
        const pid_t ended = waitpid(pid, status, rc ? 0 : WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return rc;
        rc = mw_interrupted() ? -EINTR : (double)(mw_clock_ns() - start) * 1e-9 > limit_s ? -ETIMEDOUT : 0;
        if (rc)
            kill(-pid, SIGKILL);
        else
            nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
}

int mw_apart(mw_apart_fn *fn, void *arg, double limit_s, mw_error *err)
{
    int status = 0;
    result *to = mmap(NULL, sizeof *to, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (to == MAP_FAILED)
        return mw_fail(err, -ENOMEM, "no memory for the result of a process");
    fflush(NULL); /* so that the copy has nothing to write */
    const pid_t pid = fork();
    if (pid == 0)
        run(fn, arg, to);
    if (pid > 0)
        setpgid(pid, pid); /* there as well: whoever is first */
    int rc = pid < 0 ? mw_fail(err, -EAGAIN, "no process: %s", strerror(errno)) : await(pid, limit_s, &status);
    if (rc == -EINTR)
        mw_fail(err, rc, "interrupted");
    else if (rc == -ETIMEDOUT)
        mw_fail(err, rc, "no result after %g s", limit_s);
    else if (!rc && WIFSIGNALED(status))
        rc = mw_fail(err, -EFAULT, "crashed: signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (!rc && !to->returned)
        rc = mw_fail(err, -ECHILD, "ended the process with exit code %d", WEXITSTATUS(status));
    else if (!rc && (rc = to->rc) != 0)
        mw_fail(err, rc, "%s", to->err.text);
    munmap(to, sizeof *to);
    return rc;
}
