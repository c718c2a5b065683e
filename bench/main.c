/* bench: measures Llama-2 decoding on this machine. stdout is the result, stderr is talk. */
#include "bench/all/all.h"
#include "bench/claims/claims.h"
#include "bench/cli/command.h"
#include "bench/cli/new_kernel.h"
#include "bench/cli/new_machine_file.h"
#include "bench/compare/compare.h"
#include "bench/merge/merge.h"
#include "bench/run/job.h"
#include "bench/run/output.h"
#include "bench/run/outside.h"
#include "bench/run/plan.h"
#include "bench/run/summary.h"
#include "bench/suites.h"
#include "platform/os.h"
#include "platform/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"

/* A .tvl file holds one layout. Variants of other layouts are left out if nobody asked for them, else refused. A suite
 * that opens no model yet keeps all. */
static int keep_possible(const mw_session *s, mw_variant *variants, int n, mw_error *err)
{
    const mw_options *o = s->options;
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (!o->model || s->model.layout->id == MW_LAYOUT_ROWMAJOR || s->model.layout == variants[i].layout)
            variants[kept++] = variants[i];
        else if (o->variant || o->layout || o->n_kernels > 0)
            return mw_fail(err, -EINVAL, "%s: holds layout %s, which %s cannot read; give the checkpoint",
                           s->model.file.path, s->model.layout->name, variants[i].name);
    }
    return kept > 0 ? kept : mw_fail(err, -EINVAL, "%s: this CPU has no kernel for its layout", s->model.file.path);
}

/* The dtype of a .tvl file if nothing else is wanted, so that a synthetic model needs no checkpoint, or NULL. */
static const mw_dtype *packed_suffices(const mw_options *o, const mw_variant *variants, int n)
{
    bool all = !o->suite->row_major;
    for (int i = 0; i < n; i++)
        all &= variants[i].layout->id == MW_LAYOUT_TVL16 && mw_load_maps(variants[i].load);
    return all ? &variants[0].gemv->dtype : NULL;
}

/* One repetition: its rows go to the folder that its parent named, its words to stderr. */
static int repetition(mw_session *s, const mw_variant *variants, int n, const mw_job *job, mw_error *err)
{
    mw_error later_error;
    s->rep = job->rep;
    snprintf(s->reads, sizeof s->reads, "%s", job->reads ? job->reads : "");
    snprintf(s->progress.prefix, sizeof s->progress.prefix, "%d/%d ", job->rep, job->of);
    int rc = s->options->suite->run(s, variants, n, err);
    if ((rc && rc != -EDOM) || s->results.n_rows == 0)
        return rc;
    mw_error *to = rc ? &later_error : err; /* the first failure is the one to tell */
    int later = mw_output_write(s, job->folder, to);
    if (!later)
        later = mw_job_leave(job, MW_JOB_READS, s->reads, to);
    return rc ? rc : later;
}

static void keep_warning(void *session, const char *sentence)
{
    mw_session_warn(session, "%s", sentence);
}

/* What all repetitions together say. */
static int conclude(mw_session *s, mw_error *err)
{
    const mw_suite *suite = s->options->suite;
    int rc = suite->summarised ? 0 : mw_summarise(s, err);
    if (!rc && suite->conclude)
        rc = suite->conclude(s, err);
    mw_noise_warnings(s);
    mw_machine_warnings(keep_warning, s);
    if (s->options->reps == 1 && suite->between_processes)
        mw_session_warn(s, "--reps=1: one process has no interval between processes");
    return rc;
}

/* Warnings for those whose stdout shows none: the tables of decode and aa end with them. */
static void tell_warnings(const mw_session *s)
{
    const mw_options *o = s->options;
    if (o->quiet || (o->format == MW_FORMAT_TABLE && o->suite->shows_warnings))
        return;
    for (mw_row row = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = "warning"}, &row);)
        fprintf(stderr, "bench: warning: %s\n", row.note);
}

/* Measures and fills the result folder, also if a check failed: then with what was measured. */
static int measure_into(mw_session *s, const char *folder, const mw_variant *variants, int n, mw_error *err)
{
    const mw_suite *suite = s->options->suite;
    const bool itself = suite->processes == MW_OWN_PROCESSES;
    s->rep = !itself && s->options->reps == 1;
    int rc = itself || s->rep ? suite->run(s, variants, n, err) : mw_repeat(s, err);
    if ((rc && rc != -EDOM) || s->results.n_rows == 0)
        return rc;
    mw_error later_error, *to = rc ? &later_error : err; /* the first failure is the one to tell */
    int later = conclude(s, to);
    if (!later)
        later = mw_output_write(s, folder, to);
    if (!later)
        later = mw_report(s, to);
    if (!later && s->options->plot)
        later = mw_plot(folder, to);
    if (!later)
        tell_warnings(s);
    if (!later && !s->options->quiet)
        fprintf(stderr, "results: %s\n", folder);
    if (!later && !suite->roofs_apart && mw_machine_build_is_timeable()) /* else a warning has said so */
        later = mw_roof_fractions_check(s, to);
    return rc ? rc : later;
}

/* From selected variants to a result folder. */
static int measure(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    mw_output output;
    int rc = mw_output_open(s, &output, err);
    if (!rc)
        rc = measure_into(s, output.path, variants, n, err);
    mw_output_close(&output);
    return rc;
}

static int exit_code(int rc)
{
    return rc == 0 ? 0 : rc == -EINTR ? 130 : rc == -EDOM ? 1 : 2;
}

/* What a suite asked a process of its own to do, and nothing else. */
static int part(const mw_job *job, uint64_t entered_ns, mw_error *err)
{
    const mw_suite *suite = mw_suite_named(job->suite);
    if (!suite || !suite->run_job)
        return mw_job_refuse(err);
    mw_interrupt_catch();
    return suite->run_job(job, entered_ns, err);
}

/* What its parent tells a job in the place of options. */
static int take_job(const mw_job *job, mw_options *o, mw_error *err)
{
    if (!job->kind)
        return 0;
    if (strcmp(job->suite, o->suite->name) != 0)
        return mw_job_refuse(err);
    o->model = job->model ? job->model : o->model;
    o->tokens = job->tokens ? job->tokens : o->tokens;
    o->out = o->out ? o->out : job->folder;
    return 0;
}

/* --- kernels from outside --- */

/* Whether this process does a part of another one's work, with the kernels that it handed on. */
static bool is_part(const mw_job *job)
{
    return job->kind == MW_JOB_REPETITION || job->kind == MW_JOB_PART;
}

/* Loads the files of --kernel. One that is refused is named, and the run goes on without it. */
static int load_kernels(const mw_options *o, const mw_job *job, int *refused, mw_error *err)
{
    int rc = 0;
    if (is_part(job))
        return mw_outside_take(job->kernels, err);
    for (int i = 0; i < o->n_kernels && !rc; i++) {
        if (mw_outside_is_file(o->kernels[i]))
            rc = mw_outside_load(o->kernels[i], !o->quiet, err);
        if (rc != -EDOM)
            continue;
        fprintf(stderr, "bench: %s is not measured: %s\n", o->kernels[i], err->text);
        *refused += 1;
        rc = 0;
    }
    return rc;
}

/* What a run ends with that measured everything but refused kernels. */
static int tell_refused(int rc, int refused, mw_error *err)
{
    return rc || !refused ? rc
                          : mw_fail(err, -EDOM, "%d of the kernels from outside %s refused and not measured; see above",
                                    refused, refused == 1 ? "was" : "were");
}

/* Does what the command line asks for. */
static int command_line(int argc, char **argv, const mw_job *job, bool *told, mw_error *err)
{
    static mw_command command;
    mw_options *options = &command.options;
    int rc = mw_command_parse(argc, argv, &command, err);
    if (rc)
        return rc;
    if (command.help)
        mw_cli_page_help(stdout, mw_command_page(), argv[0]);
    else if (command.version)
        printf("bench %s (%s)\n", MW_VERSION, MW_COMMIT);
    else if (command.list)
        mw_report_list(stdout);
    if (command.help || command.version || command.list)
        return 0;
    if (command.new_kernel)
        return mw_new_kernel(&command, argv[0], err);
    if (command.machine_file)
        return mw_new_machine_file(&command, argc, argv, err);
    if (command.comparing && !mw_compare_is_two(command.operands, command.n_operands))
        return mw_compare_many(command.operands, command.n_operands, options->format, stdout, err);
    if (command.comparing)
        return mw_compare(command.operands[0], command.operands[1], command.force, options->format, stdout, err);
    if (command.merge)
        return mw_merge(command.merge, command.operands, command.n_operands, options->format,
                        &(mw_merge_streams){stdout, stderr, options->quiet ? NULL : stderr}, err);
    if (command.claims_from)
        return mw_claims_of_folders(command.claims_from, options->format, stdout, err);
    mw_interrupt_catch();
    static mw_variant variants[MW_MAX_VARIANTS];
    static mw_session session; /* lists of CPUs make it large for a stack */
    int refused = 0, n = 0;
    rc = load_kernels(options, job, &refused, err);
    if (!rc)
        n = mw_select(options, variants, err);
    if (!rc)
        rc = n < 0 ? n : take_job(job, options, err);
    if (!rc && options->plot)
        rc = mw_plot_possible(err);
    if (rc)
        return rc;
    rc = mw_session_open(&session, options, packed_suffices(options, variants, n), argc, argv, err);
    if (!rc)
        n = keep_possible(&session, variants, n, err);
    if (!rc && n > 0 && options->model && !is_part(job))
        n = mw_plan_admit(&session, variants, n, &refused, err);
    rc = n < 0 ? n : rc;
    if (!rc && job->kind != MW_JOB_REPETITION)
        mw_progress_clear(&session.progress);
    if (!rc)
        rc = job->kind == MW_JOB_REPETITION                 ? repetition(&session, variants, n, job, err)
             : options->suite->processes == MW_OTHER_SUITES ? mw_all_run(&session, &command, err)
                                                            : measure(&session, variants, n, err);
    rc = tell_refused(rc, refused, err);
    *told = session.told;
    mw_session_close(&session);
    mw_command_free(&command);
    return rc;
}

int main(int argc, char **argv)
{
    const uint64_t entered_ns = mw_clock_ns();
    mw_program_start("bench");
    mw_job job;
    mw_error err = {""};
    bool told = false;
    int rc = mw_job_of_environment(&job, &err);
    if (!rc && !job.kind && mw_cli_page_serve(mw_command_page(), argc, argv))
        return exit_code(mw_program_end(&err));
    if (!rc)
        rc = job.kind == MW_JOB_PART ? mw_outside_take(job.kernels, &err) : 0;
    if (!rc)
        rc = job.kind == MW_JOB_PART ? part(&job, entered_ns, &err) : command_line(argc, argv, &job, &told, &err);
    if (!rc)
        rc = mw_program_end(&err);
    if (rc && err.text[0] && !told)
        fprintf(stderr, "bench: %s\n", err.text);
    if (rc && job.kind)
        mw_job_leave(&job, MW_JOB_ERROR, err.text, NULL);
    mw_job_free(&job);
    mw_outside_end();
    return exit_code(rc);
}
