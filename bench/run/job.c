#include "bench/run/job.h"

#include "bench/run/output.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mw_job_of_environment(mw_job *job, mw_error *err)
{
    const char *text = getenv(MW_JOB_VARIABLE);
    *job = (mw_job){0};
    if (!text)
        return 0;
    int rc = mw_job_parse(text, job, err);
    unsetenv(MW_JOB_VARIABLE);
    return rc;
}

/* --- what it leaves --- */

int mw_job_leave(const mw_job *job, const char *name, const char *line, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", job->folder, name);
    FILE *f = fopen(path, "w");
    bool good = f && fputs(line, f) >= 0;
    good &= f && fclose(f) == 0;
    return good ? 0 : mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
}

bool mw_job_take(const mw_job_end *end, const char *name, char *to, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", end->folder, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    if (!fgets(to, (int)size, f))
        to[0] = '\0';
    fclose(f);
    return true;
}

/* --- starting one --- */

/* Why it failed, in its own words if it has any. */
static void say_why(mw_job_end *end, bool shared)
{
    const int status = end->child.status;
    if (status == 0)
        return;
    end->said = mw_job_take(end, MW_JOB_ERROR, end->why, sizeof end->why) && end->why[0];
    end->told = end->said && shared;
    if (!end->said && status > 128)
        snprintf(end->why, sizeof end->why, "it was ended by signal %d", status - 128);
    else if (!end->said)
        snprintf(end->why, sizeof end->why, "it ended with exit code %d and said nothing", status);
}

int mw_job_start(const mw_job *job, char *const argv[], mw_child_streams streams, double limit_s, mw_job_end *end,
                 mw_error *err)
{
    const char *tmp = getenv("TMPDIR");
    mw_job whole = *job;
    *end = (mw_job_end){.child = {.status = -1}};
    const int n = snprintf(end->folder, sizeof end->folder, "%s/memwall-job-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    errno = ENAMETOOLONG;
    if ((size_t)n >= sizeof end->folder || !mkdtemp(end->folder)) {
        end->folder[0] = '\0';
        return mw_fail(err, -errno, "no folder for what a process leaves: %s; set TMPDIR", strerror(errno));
    }
    whole.folder = end->folder;
    whole.clock_ns = 0;
    char *text = mw_job_text(&whole);
    const size_t size = text ? strlen(text) + 32 : 0;
    char *value = text ? malloc(size) : NULL;
    int rc = value ? 0 : mw_fail(err, -ENOMEM, "no memory for a job");
    if (!rc) {
        /* as late as can be: making the text of a long prompt is no part of the start of a process */
        snprintf(value, size, "%s clock=%llu", text, (unsigned long long)mw_clock_ns());
        rc = mw_child_run(
            &(mw_child){.argv = argv, .name = MW_JOB_VARIABLE, .value = value, .streams = streams, .limit_s = limit_s},
            &end->child, err);
    }
    free(text);
    free(value);
    if (rc)
        return rc;
    say_why(end, streams == MW_CHILD_SHARED);
    const bool ended = end->child.late || end->child.flooded; /* by this process, which was not interrupted */
    if (!mw_interrupted() && (end->child.status != 128 + SIGINT || ended))
        return 0;
    return mw_fail(err, -EINTR, "%s", end->said ? end->why : "interrupted");
}

void mw_job_end_free(mw_job_end *end)
{
    if (end->folder[0])
        mw_output_remove(end->folder);
    mw_child_end_free(&end->child);
}

int mw_job_result(const mw_job_end *end, const char *what, mw_error *err)
{
    const int rc = mw_child_code(end->child.status);
    if (rc && end->said)
        mw_fail(err, rc, "%s", end->why);
    else if (rc)
        mw_fail(err, rc, "%s: %s", what, end->why);
    return rc;
}
