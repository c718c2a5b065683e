#include "bench/cli/plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In the source tree: what is shown here and what `ninja plots` draws come from one set of scripts. */
static const char script[] = MW_SOURCE_ROOT "/plots/quick.sh";

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        const size_t n = strcspn(path, ":");
        char file[4096];
        snprintf(file, sizeof file, "%.*s/%s", (int)n, path, program);
        if (access(file, X_OK) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

int mw_plot_possible(mw_error *err)
{
    if (!on_path("gnuplot"))
        return mw_fail(err, -ENOENT,
                       "--plot needs gnuplot, which is not installed; ./setup.sh does it, or leave out --plot");
    if (access(script, R_OK))
        return mw_fail(err, -ENOENT, "--plot needs %s: %s; build where the sources are, or leave out --plot", script,
                       strerror(errno));
    return 0;
}

int mw_plot(const char *folder, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s%s", *folder == '/' ? "" : "./", folder); /* a folder may be called --x or png */
    char *argv[] = {"sh", (char *)script, path, "dumb", "--only=fig1,roof_fraction", NULL};
    pid_t child;
    int status, rc = posix_spawnp(&child, "sh", NULL, NULL, argv, environ);
    if (rc)
        return mw_fail(err, -rc, "--plot: sh cannot be started: %s", strerror(rc));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return mw_fail(err, -errno, "--plot: sh is lost: %s", strerror(errno));
    if (status != 0)
        return mw_fail(err, -EIO, "--plot: %s failed (its words are above); the results are complete", script);
    return 0;
}
