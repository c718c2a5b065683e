/* Suite `claims`: runs other suites, each in processes of its own, takes their tables and judges. */
#include "bench/claims/claims.h"
#include "bench/run/job.h"
#include "bench/run/suite.h"
#include "bench/run/summary.h"
#include "engine/synthetic.h"
#include "kernels/ops.h"
#include "platform/cli.h"
#include "platform/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- the suites that it runs --- */

__attribute__((format(printf, 2, 3))) static void add(mw_claims_run *r, const char *format, ...)
{
    va_list args;
    if (r->n_args == MW_MOST_ARGS)
        return;
    va_start(args, format);
    vsnprintf(r->arg[r->n_args++], sizeof r->arg[0], format, args);
    va_end(args);
}

/* Starts a run's list of words, which goes on with those of the format: they are separated by blanks. Predictions are
 * of the paper's model, and nothing of this machine is in them. */
__attribute__((format(printf, 4, 5))) static void start(mw_claims_run *r, const mw_options *o, const char *suite,
                                                        const char *format, ...)
{
    const bool here = strcmp(suite, "predict") != 0;
    char list[480] = "", words[512], *rest = words;
    va_list args;
    *r = (mw_claims_run){.suite = suite};
    add(r, "--suite=%s", suite);
    if (here && strcmp(suite, "perplexity") != 0) /* it looks for a trained model by itself */
        add(r, "--model=%s", o->model);
    if (here && o->cache)
        add(r, "--cache=%s", o->cache);
    for (int i = 0; here && i < o->n_cpus && strlen(list) + 8 < sizeof list; i++)
        snprintf(list + strlen(list), 8, "%s%d", i ? "," : "", o->cpus[i]);
    if (*list)
        add(r, "--cpus=%s", list);
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    for (char *word; (word = strsep(&rest, " "));)
        add(r, "%s", word);
}

int mw_claims_runs(const mw_options *o, mw_claims_run runs[MW_MOST_RUNS])
{
    const unsigned long long reps = o->reps, tokens = o->tokens, seed = o->seed;
    const unsigned long long few = reps > 4 ? reps / 2 : 2; /* a round of suite ttft is two dozen fresh processes */
    const double soak = *(const double *)o->own;
    int n = 0;
    /* comes first: one summary is made of its processes, the others bring theirs with them */
    start(&runs[n], o, "micro", "--threads=1 --benchmark_filter=^gemv/neon4?/.*/(offset:28|cache)(/|$)");
    runs[n++].each_process = true;
    start(&runs[n++], o, "decode", /* autovec is what "-O3 Auto-Vect" really is; the last two are for int4 */
          "--variant=scalar,neon,mmap,tvl,autovec,native-tvl,native-tvl@q4_0 --threads=1 --tokens=%llu --reps=%llu "
          "--seed=%llu",
          tokens, reps, seed);
    start(&runs[n++], o, "clu", "--variant=neon,mmap,tvl");
    start(&runs[n++], o, "ttft", "--variant=neon,mmap,tvl --threads=1 --prompt-tokens=1,4,20 --reps=%llu", few);
    start(&runs[n++], o, "profile", "--variant=neon,tvl --threads=1 --reps=%llu", reps);
    start(&runs[n], o, "perplexity", "--kernel=all");
    if (o->tokenizer && !mw_synthetic_shape(o->model)) {
        add(&runs[n], "--model=%s", o->model);
        add(&runs[n], "--tokenizer=%s", o->tokenizer);
    }
    n++;
    start(&runs[n++], o, "torch", "--variant=tvl --threads=1 --tokens=%llu --reps=%llu --seed=%llu", tokens, reps,
          seed);
    start(&runs[n++], o, "soak", "--variant=tvl --threads=1 --soak=%g", soak > 0 ? soak : 60);
    start(&runs[n++], o, "predict",
          "--shapes=stories110M --variant=neon,tvl --threads=1,max "
          "--machine=m2-pro,pi5-a76,graviton2-n1,graviton3-v1,graviton4-v2");
    return n;
}

mw_evidence_source mw_claims_source(const mw_claims_run *r)
{
    mw_evidence_source source = {.missing = ""};
    FILE *command = fmemopen(source.command, sizeof source.command - 1, "w");
    snprintf(source.suite, sizeof source.suite, "%s", r->suite);
    if (!command)
        return source;
    fputs("bench", command);
    for (int i = 0; i < r->n_args; i++) {
        putc(' ', command);
        mw_quote(command, r->arg[i]);
    }
    fputs(r->each_process ? " # once a process" : "", command);
    fclose(command);
    return source;
}

/* All processes of a run. Their failure is no failure of ours, but for Ctrl-C: the source says what it was, `*failed`
 * whether a check did. */
static int run_suite(mw_session *s, const mw_claims_run *r, mw_evidence_source *source, bool *failed, mw_error *err)
{
    const int times = r->each_process ? (int)s->options->reps : 1;
    char *argv[MW_MOST_ARGS + 3] = {s->argv[0]};
    int rc = 0;
    for (int i = 0; i < r->n_args; i++)
        argv[1 + i] = (char *)r->arg[i];
    argv[1 + r->n_args] = "--quiet";
    *source = mw_claims_source(r);
    for (int i = 0; i < times && !rc && !*source->missing; i++) {
        mw_job_end end;
        mw_progress_say(&s->progress, "suite %s, %d of %d", r->suite, i + 1, times);
        rc = mw_job_take_suite(s, r->suite, argv, r->each_process ? i + 1 : 0, &end, err);
        snprintf(source->missing, sizeof source->missing, "%.255s", end.why);
        *failed |= end.child.status == 1;
        mw_job_end_free(&end);
    }
    if (!rc && *source->missing)
        mw_session_warn(s, "suite %s: %.200s", r->suite, source->missing);
    return rc;
}

/* What no suite has to measure: the op table. */
static void record_intensity(mw_session *s, const char *param, double value)
{
    mw_session_record(s, NULL, 0,
                      &(mw_result){"flop_per_byte", "1", value, 1, .phase = "arithmetic", .param = param,
                                   .provenance = "modelled", .rep = -1});
}

/* A suite that cannot run here leaves its claims not testable. -EDOM if a check failed (the rest is there). */
static int run(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
{
    static mw_claims_run runs[MW_MOST_RUNS];
    static mw_evidence e;
    const mw_config *c = &s->model.config;
    const mw_cost gemv = mw_op_cost(MW_OP_GEMV, MW_F32, c->hidden_dim, c->dim);
    const mw_token_cost token = mw_model_token_cost(c, MW_F32, 0);
    const int n = mw_claims_runs(s->options, runs);
    bool failed = false;
    int rc = 0;
    (void)variants; /* the claims know theirs */
    (void)n_variants;
    mw_session_table(s, mw_csv_clu); /* what the suites below leave */
    mw_session_table(s, mw_csv_ttft);
    e = (mw_evidence){.results = &s->results, .facts = mw_facts, .n_sources = (size_t)n};
    for (int i = 0; i < n && !rc; i++) {
        rc = run_suite(s, &runs[i], &e.sources[i], &failed, err);
        if (!rc && runs[i].each_process)
            rc = mw_summarise(s, err);
    }
    mw_progress_clear(&s->progress);
    if (rc)
        return rc;
    record_intensity(s, "op=gemv", (double)gemv.flops / (double)(gemv.bytes_read + gemv.bytes_written));
    record_intensity(s, "op=token", (double)token.flops / (double)(token.weight_bytes + token.kv_bytes));
    mw_claims_judge_all(&e, s->run_id, mw_session_table(s, mw_csv_claims));
    return failed ? mw_fail(err, -EDOM, "a check failed in one of the suites; its warning says which") : 0;
}

static void report(const mw_session *s, mw_page *page)
{
    const mw_csv *claims = mw_session_find_table(s, mw_csv_claims);
    if (claims)
        mw_claims_print(page, claims);
}

static int set_soak(void *own, const char *value, mw_error *err)
{
    return mw_cli_number("soak", value, 1, 1e6, own, err);
}

static const mw_suite_option options[] = {
    {"soak", "S", "seconds of the long run (60)", set_soak},
    {0},
};

static const char own_variants[] = "it knows which variants its claims are about";
static const mw_refusal refusals[] = {
    {"variant", own_variants}, {"layout", own_variants},    {"kernel", own_variants},
    {"load", own_variants},    {"placement", own_variants}, {0},
};

const mw_suite mw_suite_claims = {
    .name = "claims",
    .help = "the paper's claims, judged",
    .processes = MW_OWN_PROCESSES,
    .options = options,
    .own_bytes = sizeof(double), /* seconds that suite soak takes; 0: not given */
    .refuses = refusals,
    .tokens = MW_WARMUP_TOKENS + 70, /* with six processes, P99 has an interval */
    .row_major = true,
    .summarised = true,
    .run = run,
    .report = report,
};
