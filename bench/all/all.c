#include "bench/all/all.h"

#include "bench/run/job.h"
#include "bench/run/output.h"
#include "bench/suites.h"
#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define AND_ONE(suite) +1
enum { MOST = MW_SUITES(AND_ONE) };

/* The first three are the exit codes of their processes. */
typedef enum fate { DONE, CHECK_FAILED, LEFT_OUT, DIED } fate;

static const char *const fates[] = {
    [DONE] = "done", [CHECK_FAILED] = "failed", [LEFT_OUT] = "left out", [DIED] = "failed"};

/* A suite and what became of it. */
typedef struct outcome {
    const mw_suite *suite;
    char folder[1200];
    fate fate;
    double seconds;
    bool kept;     /* it left a folder */
    char why[640]; /* it was not done; else empty */
} outcome;

/* All that are to run; none may lose an earlier result, and none is worth an hour that cannot be kept. */
static int plan(outcome *outcomes, int *n, const char *above, mw_error *err)
{
    int rc = 0;
    for (const mw_suite *const *s = mw_suites; *s && !rc; s++) {
        if ((*s)->apart)
            continue;
        outcome *o = &outcomes[(*n)++];
        o->suite = *s;
        snprintf(o->folder, sizeof o->folder, "%s/%s", above, (*s)->name);
        rc = mw_output_check(o->folder, err);
    }
    return rc;
}

/* CSV and JSON are one table of all suites; else each suite shows its own. */
static bool one_table(const mw_session *s)
{
    return s->options->format == MW_FORMAT_CSV || s->options->format == MW_FORMAT_JSON;
}

/* Runs one; how it ends is no failure here, but for Ctrl-C. */
static int run(mw_session *s, const mw_command *command, outcome *o, mw_error *err)
{
    const mw_job job = {.kind = MW_JOB_SUITE, .suite = o->suite->name};
    mw_job_end end = {.child = {.status = -1}};
    char **argv;
    int rc = mw_command_argv(command, s->argv[0], o->suite, o->folder, &argv, err);
    const uint64_t start = mw_clock_ns();
    if (!rc)
        rc = mw_job_start(&job, argv, one_table(s) ? MW_CHILD_SILENT : MW_CHILD_SHARED, 0, &end, err);
    mw_command_argv_free(argv);
    o->seconds = (double)(mw_clock_ns() - start) * 1e-9;
    s->told = rc && end.told;
    o->fate = end.child.status >= 0 && end.child.status < DIED ? (fate)end.child.status : DIED;
    o->kept = mw_output_tidy(o->folder, true); /* a suite that died left nothing but its marker */
    snprintf(o->why, sizeof o->why, "%s", end.why);
    mw_job_end_free(&end);
    return rc;
}

/* The table of what became of them. */
static void report(const outcome *outcomes, int n, const char *above, bool markdown)
{
    char line[700];
    printf(markdown ? "\n## suites\n\n| suite | seconds | became | folder |\n|---|--:|---|---|\n"
                    : "\n== suites ==\n\nsuite        seconds   became     folder\n");
    for (const outcome *o = outcomes; o < outcomes + n; o++)
        printf(markdown ? "| %s | %.1f | %s | %s |\n" : "%-10s %9.1f   %-10s %s\n", o->suite->name, o->seconds,
               fates[o->fate], o->kept ? o->suite->name : "-");
    printf("\nfolders are in %s\n", above);
    for (const outcome *o = outcomes; o < outcomes + n; o++) {
        snprintf(line, sizeof line, "- %s %s: %s", o->suite->name, fates[o->fate], o->why);
        if (o->fate != DONE)
            mw_cli_paragraph(stdout, line);
    }
}

/* The rows of all suites; what was not done is told on stderr. */
static int report_rows(mw_session *s, const outcome *outcomes, int n, mw_error *err)
{
    int rc = 0;
    mw_progress_clear(&s->progress);
    for (const outcome *o = outcomes; o < outcomes + n && !rc; o++) {
        if (o->fate != DONE)
            fprintf(stderr, "bench: suite %s %s: %s\n", o->suite->name, fates[o->fate], o->why);
        if (o->kept)
            rc = mw_folder_read(o->folder, &s->results, NULL, 0, err);
    }
    return rc ? rc : mw_report(s, err);
}

/* Names of those with that fate, into to[size]; how many. */
static int name_those(const outcome *outcomes, int n, fate of, char *to, size_t size)
{
    int found = 0;
    for (int i = 0; i < n; i++) {
        const size_t used = found ? strlen(to) : 0;
        if (outcomes[i].fate == of)
            snprintf(to + used, size - used, "%s%s", found++ ? ", " : "", outcomes[i].suite->name);
    }
    return found;
}

static int conclude(const outcome *outcomes, int n, mw_error *err)
{
    char names[256];
    if (name_those(outcomes, n, CHECK_FAILED, names, sizeof names) > 0)
        return mw_fail(err, -EDOM, "a check failed in suite %s; the reason is above", names);
    if (name_those(outcomes, n, DIED, names, sizeof names) > 0)
        return mw_fail(err, -EIO, "suite %s died; see above", names);
    if (name_those(outcomes, n, DONE, names, sizeof names) == 0)
        return mw_fail(err, -EINVAL, "none of the suites can run here; the reasons are above");
    return 0;
}

int mw_all_run(mw_session *s, const mw_command *command, mw_error *err)
{
    static outcome outcomes[MOST];
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
        const mw_suite *suite = outcomes[i].suite;
        if (one_table(s))
            mw_progress_say(&s->progress, "suite %d of %d: %s", i + 1, n, suite->name);
        else
            printf("%s%s %s (%d of %d): %s%s\n\n", i > 0 ? "\n" : "", markdown ? "##" : "==", suite->name, i + 1, n,
                   suite->help, markdown ? "" : " ==");
        rc = run(s, command, &outcomes[i], err);
    }
    rmdir(folder); /* fails, as it should, unless nobody left anything */
    if (rc)
        return rc;
    if (one_table(s))
        rc = report_rows(s, outcomes, n, err);
    else
        report(outcomes, n, folder, markdown);
    if (!rc && (fflush(stdout) || ferror(stdout)))
        rc = mw_fail(err, -EIO, "stdout cannot be written: %s", strerror(errno));
    return rc ? rc : conclude(outcomes, n, err);
}

/* Only its entry: what it does takes the whole command line (mw_all_run). */
const mw_suite mw_suite_all = {
    .name = "all",
    .help = "all but roof and soak, one after the other",
    .processes = MW_OTHER_SUITES,
    .row_major = true,
    .apart = true,
};
