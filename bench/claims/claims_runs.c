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

/* Adds words that are separated by blanks. */
__attribute__((format(printf, 2, 3))) static void add_words(mw_claims_run *r, const char *format, ...)
{
    char text[512], *rest = text;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *word; (word = strsep(&rest, " "));)
        add(r, "%s", word);
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
    const unsigned long long few = reps > 4 ? reps / 2 : 2; /* a round of suite ttft is two dozen fresh processes */
    /* autovec is what "-O3 Auto-Vect" really is */
    add_words(start(runs, &n, o, "decode"),
              "--variant=scalar,neon,mmap,tvl,autovec --threads=1 --tokens=%llu --reps=%llu --seed=%llu", tokens, reps,
              seed);
    add_words(start(runs, &n, o, "clu"), "--variant=neon,mmap,tvl");
    mw_claims_run *r = start(runs, &n, o, "micro");
    add_words(r, "--threads=1 --benchmark_filter=^gemv/neon4?/.*/(offset:28|cache)(/|$)");
    r->each_process = true;
    add_words(start(runs, &n, o, "ttft"), "--variant=neon,mmap,tvl --threads=1 --prompt-tokens=1,4,20 --reps=%llu",
              few);
    add_words(start(runs, &n, o, "profile"), "--variant=neon,tvl --threads=1 --reps=%llu", reps);
    r = start(runs, &n, o, "perplexity");
    add(r, "--kernel=all");
    if (o->tokenizer && !mw_synthetic_shape(o->model)) {
        add(r, "--model=%s", o->model);
        add(r, "--tokenizer=%s", o->tokenizer);
    }
    add_words(start(runs, &n, o, "torch"), "--variant=tvl --threads=1 --tokens=%llu --reps=%llu --seed=%llu", tokens,
              reps, seed);
    add_words(start(runs, &n, o, "soak"), "--variant=tvl --threads=1 --soak=%g", *(const double *)o->own);
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
