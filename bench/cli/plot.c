#include "bench/cli/plot.h"

#include "platform/child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the source tree: what is shown here and what `ninja plots` draws come from one set of scripts. */
static const char script[] = MW_SOURCE_ROOT "/plots/quick.sh";

int mw_plot_possible(mw_error *err)
{
    char gnuplot[1024];
    if (!mw_child_find("gnuplot", gnuplot, sizeof gnuplot))
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
    mw_child_end end;
    char *const argv[] = {"sh", (char *)script, path, "dumb", "--only=fig1,roof_fraction", NULL};
    int rc = mw_child_run(&(mw_child){.program = "/bin/sh", .argv = argv}, &end, err);
    if (!rc && end.status != 0)
        rc = mw_fail(err, -EIO, "--plot: %s failed (its words are above); the results are complete", script);
    return rc;
}
