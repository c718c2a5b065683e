/* Suite `claims`: runs other suites, each in processes of its own, takes their tables and judges. */
#include "bench/claims/claims.h"
#include "bench/claims/claims_runs.h"
#include "bench/run/job.h"
#include "bench/run/suite.h"
#include "bench/run/summary.h"
#include "bench/run/take.h"
#include "kernels/ops.h"
#include "platform/cli.h"

#include <errno.h>
#include <stdio.h>

/* One process of a run. Its failure is no failure of ours, but for Ctrl-C: why[size] says what it was, `*failed`
 * whether a check did. */
static int start(mw_session *s, const mw_claims_run *r, int rep, char *why, size_t size, bool *failed, mw_error *err)
{
    char *argv[MW_MOST_ARGS + 3];
    mw_job_end end;
    int n = 0;
    argv[n++] = s->argv[0];
    for (int i = 0; i < r->n_args; i++)
        argv[n++] = (char *)r->arg[i];
    argv[n++] = "--quiet";
    argv[n] = NULL;
    int rc = mw_job_start(&(mw_job){.kind = MW_JOB_SUITE, .suite = r->suite}, argv, MW_CHILD_SILENT, 0, &end, err);
    if (!rc) {
        rc = mw_take_folder(s, end.folder, rep, NULL, err);
    } else if (rc != -EINTR) { /* it could not be started, as under an emulator: no failure of ours */
        snprintf(end.why, sizeof end.why, "%s", err->text);
        rc = 0;
    }
    snprintf(why, size, "%.*s", (int)size - 1, end.why);
    *failed |= end.child.status == 1;
    mw_job_end_free(&end);
    return rc;
}

static int run(mw_session *s, const mw_claims_run *r, mw_evidence_source *source, bool *failed, mw_error *err)
{
    const int times = r->each_process ? (int)s->options->reps : 1;
    int rc = 0;
    snprintf(source->suite, sizeof source->suite, "%s", r->suite);
    mw_claims_command(r, source->command, sizeof source->command);
    if (r->missing) {
        snprintf(source->missing, sizeof source->missing, "%s", r->missing);
        return 0;
    }
    for (int i = 0; i < times && !rc && !source->missing[0]; i++) {
        mw_progress_say(&s->progress, "suite %s, %d of %d", r->suite, i + 1, times);
        rc = start(s, r, r->each_process ? i + 1 : 0, source->missing, sizeof source->missing, failed, err);
    }
    if (!rc && source->missing[0])
        mw_session_warn(s, "suite %s: %.200s", r->suite, source->missing);
    return rc;
}

/* What no suite has to measure: the op table. */
static void record_intensity(mw_session *s)
{
    const mw_config *c = &s->model.config;
    const mw_cost gemv = mw_op_cost(MW_OP_GEMV, c->hidden_dim, c->dim);
    const mw_token_cost token = mw_model_token_cost(c, 0);
    const struct {
        const char *param;
        double value;
    } rows[] = {{"op=gemv", (double)gemv.flops / (double)(gemv.bytes_read + gemv.bytes_written)},
                {"op=token", (double)token.flops / (double)(token.weight_bytes + token.kv_bytes)}};
    for (int i = 0; i < 2; i++)
        mw_session_record(s, NULL, 0,
                          &(mw_result){"flop_per_byte", "1", rows[i].value, 1, .phase = "arithmetic",
                                       .param = rows[i].param, .provenance = "modelled", .rep = -1});
}

int mw_claims_suite(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
{
    (void)variants;
    (void)n_variants;
    static mw_claims_run runs[MW_MOST_RUNS];
    static mw_evidence evidence;
    mw_session_table(s, mw_csv_clu); /* what the suites below leave */
    mw_session_table(s, mw_csv_ttft);
    bool failed = false;
    int rc = 0;
    const int n = mw_claims_runs(s->options, runs);
    evidence = (mw_evidence){.results = &s->results, .facts = mw_facts};
    /* those that one summary is made of come first: the others bring theirs with them */
    for (int each = 1; each >= 0 && !rc; each--) {
        for (int i = 0; i < n && !rc; i++)
            if (runs[i].each_process == each)
                rc = run(s, &runs[i], &evidence.sources[evidence.n_sources++], &failed, err);
        if (each && !rc)
            rc = mw_summarise(s, err);
    }
    mw_progress_clear(&s->progress);
    if (rc)
        return rc;
    record_intensity(s);
    mw_claims_judge_all(&evidence, s->run_id, mw_session_table(s, mw_csv_claims));
    return failed ? mw_fail(err, -EDOM, "a check failed in one of the suites; its warning says which") : 0;
}

/* --- the suite --- */

static int set_soak(void *own, const char *value, mw_error *err)
{
    return mw_cli_number("soak", value, 1, 1e6, own, err);
}

static const mw_suite_option options[] = {
    {"soak", "S", "seconds of the long run (60)", set_soak},
    {0},
};

static int complete(mw_options *o, mw_error *err)
{
    double *seconds = o->own;
    (void)err;
    *seconds = *seconds > 0 ? *seconds : 60;
    return 0;
}

static const char own_variants[] = "it knows which variants its claims are about";
static const mw_refusal refusals[] = {
    {"variant", own_variants}, {"layout", own_variants}, {"kernel", own_variants}, {"load", own_variants}, {0},
};

const mw_suite mw_suite_claims = {
    .name = "claims",
    .help = "the paper's claims, judged",
    .processes = MW_OWN_PROCESSES,
    .options = options,
    .own_bytes = sizeof(double), /* seconds that suite soak takes */
    .refuses = refusals,
    .tokens = MW_WARMUP_TOKENS + 70, /* with six processes, P99 has an interval */
    .row_major = true,
    .summarised = true,
    .complete = complete,
    .run = mw_claims_suite,
    .report = mw_claims_show,
};
