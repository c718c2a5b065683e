#include "bench/claims/claims_runs.h"

#include "engine/synthetic.h"
#include "platform/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add(mw_claims_run *r, const char *format, ...)
{
    va_list args;
    if (r->n_args == MW_MOST_ARGS)
        return;
    va_start(args, format);
    vsnprintf(r->arg[r->n_args++], sizeof r->arg[0], format, args);
    va_end(args);
}

static mw_claims_run *start(mw_claims_run *runs, int *n, const mw_options *o, const char *suite)
{
    mw_claims_run *r = &runs[(*n)++];
    *r = (mw_claims_run){.suite = suite};
    add(r, "--suite=%s", suite);
    if (strcmp(suite, "perplexity") != 0) /* it looks for a trained model by itself */
        add(r, "--model=%s", o->model);
    if (o->cache)
        add(r, "--cache=%s", o->cache);
    if (o->n_cpus > 0) {
        char list[480] = "";
        for (int i = 0; i < o->n_cpus && strlen(list) + 8 < sizeof list; i++)
            snprintf(list + strlen(list), 8, "%s%d", i ? "," : "", o->cpus[i]);
        add(r, "--cpus=%s", list);
    }
    return r;
}

int mw_claims_runs(const mw_options *o, mw_claims_run runs[MW_MOST_RUNS])
{
    int n = 0;
    const unsigned long long reps = o->reps, tokens = o->tokens, seed = o->seed;
    /* autovec is what "-O3 Auto-Vect" really is */
    mw_claims_run *r = start(runs, &n, o, "decode");
    add(r, "--variant=scalar,neon,mmap,tvl,autovec");
    add(r, "--threads=1");
    add(r, "--tokens=%llu", tokens);
    add(r, "--reps=%llu", reps);
    add(r, "--seed=%llu", seed);

    r = start(runs, &n, o, "clu");
    add(r, "--variant=neon,mmap,tvl");

    r = start(runs, &n, o, "micro");
    add(r, "--threads=1");
    add(r, "--benchmark_filter=^gemv/neon4?/.*/(offset:28|cache)(/|$)");
    r->each_process = true;

    r = start(runs, &n, o, "ttft");
    add(r, "--variant=neon,mmap,tvl");
    add(r, "--threads=1");
    add(r, "--prompt-tokens=1,4,20");
    add(r, "--reps=%llu", reps > 4 ? reps / 2 : 2); /* two dozen fresh processes a round */

    r = start(runs, &n, o, "profile");
    add(r, "--variant=neon,tvl");
    add(r, "--threads=1");
    add(r, "--reps=%llu", reps);

    r = start(runs, &n, o, "perplexity");
    add(r, "--kernel=all");
    if (o->tokenizer && !mw_synthetic_shape(o->model)) {
        add(r, "--model=%s", o->model);
        add(r, "--tokenizer=%s", o->tokenizer);
    }

    r = start(runs, &n, o, "torch");
    add(r, "--variant=tvl");
    add(r, "--threads=1");
    add(r, "--tokens=%llu", tokens);
    add(r, "--reps=%llu", reps);
    add(r, "--seed=%llu", seed);

    r = start(runs, &n, o, "soak");
    add(r, "--variant=tvl");
    add(r, "--threads=1");
    add(r, "--soak=%g", *(const double *)o->own);
    return n;
}

void mw_claims_command(const mw_claims_run *r, char *to, size_t size)
{
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    if (f) {
        fputs("bench", f);
        for (int i = 0; i < r->n_args; i++) {
            putc(' ', f);
            mw_quote(f, r->arg[i]);
        }
        fclose(f);
    }
    snprintf(to, size, "%s%s", text ? text : "bench", r->each_process ? " # once a process" : "");
    free(text);
}
