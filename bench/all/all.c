#include "bench/all/all.h"

#include "bench/run/job.h"
#include "bench/run/output.h"
#include "bench/suites.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 32 };

static void name_folder(const char *above, const mw_suite *suite, char *to, size_t size)
{
    snprintf(to, size, "%s/%s", above, suite->name);
}

/* All that are to run; none may lose an earlier result, and none is worth an hour that cannot be kept. */
static int plan(mw_outcome *outcomes, int *n, const char *above, mw_error *err)
{
    char folder[1200];
    int rc = 0;
    for (const mw_suite *const *s = mw_suites; *s && !rc; s++) {
        const mw_suite *e = *s;
        if (e->apart)
            continue;
        if (*n == MOST)
            return mw_fail(err, -E2BIG, "suite all knows no more than %d suites", MOST);
        outcomes[(*n)++] = (mw_outcome){.suite = e};
        name_folder(above, e, folder, sizeof folder);
        rc = mw_output_check(folder, err);
    }
    return rc;
}

static mw_fate fate_of(int status)
{
    return status == 0 ? MW_DONE : status == 1 ? MW_CHECK_FAILED : status == 2 ? MW_LEFT_OUT : MW_DIED;
}

/* Runs one; how it ends is no failure here, but for Ctrl-C. */
static int run(mw_session *s, const mw_command *command, mw_outcome *o, const char *above, mw_error *err)
{
    char folder[1200], **argv;
    mw_job_end end = {.child = {.status = -1}};
    name_folder(above, o->suite, folder, sizeof folder);
    int rc = mw_command_argv(command, s->argv[0], o->suite, folder, &argv, err);
    const uint64_t start = mw_clock_ns();
    if (!rc)
        rc =
            mw_job_start(&(mw_job){.kind = MW_JOB_SUITE, .suite = o->suite->name}, argv, MW_CHILD_SHARED, 0, &end, err);
    mw_command_argv_free(argv);
    o->seconds = (double)(mw_clock_ns() - start) * 1e-9;
    s->told = rc && end.told;
    o->fate = fate_of(end.child.status);
    o->folder = mw_output_tidy(folder, true); /* a suite that died left nothing but its marker */
    snprintf(o->why, sizeof o->why, "%s", end.why);
    mw_job_end_free(&end);
    return rc;
}

/* Names of those with that fate, into to[size]; how many. */
static int name_those(const mw_outcome *outcomes, int n, mw_fate fate, char *to, size_t size)
{
    int found = 0;
    to[0] = '\0';
    for (int i = 0; i < n; i++) {
        const size_t used = strlen(to);
        if (outcomes[i].fate == fate)
            snprintf(to + used, size - used, "%s%s", found++ ? ", " : "", outcomes[i].suite->name);
    }
    return found;
}

static int conclude(const mw_outcome *outcomes, int n, mw_error *err)
{
    char names[256];
    if (name_those(outcomes, n, MW_CHECK_FAILED, names, sizeof names) > 0)
        return mw_fail(err, -EDOM, "a check failed in suite %s; the table says which", names);
    if (name_those(outcomes, n, MW_DIED, names, sizeof names) > 0)
        return mw_fail(err, -EIO, "suite %s died; the table says how", names);
    if (name_those(outcomes, n, MW_DONE, names, sizeof names) == 0)
        return mw_fail(err, -EINVAL, "none of the suites can run here; the table says why");
    return 0;
}

int mw_all_run(mw_session *s, const mw_command *command, mw_error *err)
{
    static mw_outcome outcomes[MOST];
    char folder[1024];
    const bool markdown = s->options->format == MW_FORMAT_MD;
    int n = 0, rc = mw_output_name(s, folder, sizeof folder, err);
    if (!rc)
        rc = plan(outcomes, &n, folder, err);
    if (!rc)
        rc = mw_make_folders(folder, err);
    if (!rc && access(folder, W_OK | X_OK))
        rc = mw_fail(err, -errno, "%s: cannot be written: %s; choose another --out", folder, strerror(errno));
    if (rc)
        return rc;
    for (int i = 0; i < n && !rc; i++) {
        mw_all_heading(outcomes[i].suite, i + 1, n, markdown, stdout);
        rc = run(s, command, &outcomes[i], folder, err);
    }
    rmdir(folder); /* fails, as it should, unless nobody left anything */
    if (rc)
        return rc;
    mw_all_report(outcomes, n, folder, markdown, stdout);
    if (fflush(stdout) || ferror(stdout))
        return mw_fail(err, -EIO, "stdout cannot be written: %s", strerror(errno));
    return conclude(outcomes, n, err);
}

/* Only its entry: what it does takes the whole command line (mw_all_run). */
static int complete(mw_options *o, mw_error *err)
{
    if (o->format != MW_FORMAT_CSV && o->format != MW_FORMAT_JSON)
        return 0;
    return mw_fail(err, -EINVAL,
                   "--format=%s: suite all shows many tables; use table or md, and the results.csv of each folder",
                   o->format == MW_FORMAT_CSV ? "csv" : "json");
}

const mw_suite mw_suite_all = {
    .name = "all",
    .help = "all but roof and soak, one after the other",
    .processes = MW_OTHER_SUITES,
    .row_major = true,
    .apart = true,
    .complete = complete,
};
