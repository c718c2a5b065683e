/* Which cases suite ttft measures. */
#include "bench/check/check_variant.h"
#include "bench/run/prompt.h"
#include "bench/ttft/ttft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel of the paper for each of the two file formats: the same arithmetic per row, so that what differs is how
 * the weights lie and how they get into memory. */
static int matrix(mw_ttft *t, mw_error *err)
{
    static const char *const kernels[] = {"neon", "tvl16_neon"};
    const mw_model *m = &t->session->model;
    int n = 0;
    t->variants = calloc(2 * MW_LOAD_COUNT, sizeof *t->variants);
    if (!t->variants)
        return mw_fail(err, -ENOMEM, "no memory for the list of variants");
    for (int k = 0; k < 2; k++) {
        const mw_kernel *gemv;
        int rc = mw_kernel_find(MW_OP_GEMV, kernels[k], &gemv, err);
        if (rc)
            return rc;
        for (int load = 0; load < MW_LOAD_COUNT; load++)
            if (m->layout->id == MW_LAYOUT_ROWMAJOR || gemv->layout == m->layout->id)
                t->variants[n++] = mw_variant_of(gemv, (mw_load)load);
    }
    return n;
}

/* The file that a variant starts from: the .tvl one for that layout, whatever the load. */
static int model_for(mw_session *s, const mw_variant *v, const mw_model **model, mw_error *err)
{
    *model = &s->model;
    return v->layout->id == MW_LAYOUT_TVL16 ? mw_session_packed(s, model, err) : 0;
}

/* Whether a prompt also goes in token by token: that is a question of kernels, so once a layout is enough, warm. */
static bool single_too(const mw_ttft *t, int variant, int n, size_t n_prompt)
{
    const mw_variant *v = &t->variants[variant];
    bool usual = v->load == MW_LOAD_MMAP;
    for (int i = 0; i < n && !usual; i++)
        usual = t->variants[i].layout == v->layout && t->variants[i].load == MW_LOAD_MMAP;
    return n_prompt > 1 && (v->load == MW_LOAD_MMAP || !usual);
}

static void add_cases(mw_ttft *t, int variant, int n, const mw_model *model, int threads)
{
    const mw_session *s = t->session;
    const mw_numbers *lengths = s->options->own;
    const int prompts = s->options->prompt ? 1 : lengths->n;
    for (int p = 0; p < prompts; p++) {
        mw_ttft_case c = {.variant = &t->variants[variant],
                          .model = model,
                          .threads = threads,
                          .prompt = s->options->prompt ? s->prompt : t->prompts[p],
                          .n_prompt = s->options->prompt ? s->n_prompt : lengths->of[p]};
        t->cases[t->n++] = c;
        if (single_too(t, variant, n, c.n_prompt)) {
            c.single = true;
            t->cases[t->n++] = c;
            c.single = false;
        }
        c.cold = true;
        t->cases[t->n++] = c;
    }
}

static int make_prompts(mw_ttft *t, mw_error *err)
{
    const mw_session *s = t->session;
    const mw_numbers *lengths = s->options->own;
    for (int p = 0; p < lengths->n; p++) {
        const size_t n = lengths->of[p];
        if (n >= s->model.config.seq_len)
            return mw_fail(err, -EINVAL, "--prompt-tokens=%zu: the model has %u positions, and one is for the answer",
                           n, s->model.config.seq_len);
        t->prompts[p] = malloc(n * sizeof *t->prompts[p]);
        if (!t->prompts[p])
            return mw_fail(err, -ENOMEM, "no memory for a prompt of %zu tokens", n);
        mw_prompt_make_up(t->prompts[p], n, s->model.config.vocab_size);
    }
    return 0;
}

/* Whether a process has room for the weights; if not, a warning says so. Memory that caches the file counts as room for
 * a mapping of it, and for a copy the system gives it back. */
static bool fits(mw_session *s, const mw_variant *v, const mw_model *model)
{
    const int64_t available = mw_memory_available();
    const double need = (double)mw_weights_bytes(mw_model_source(model), v->layout, v->load);
    if (available == MW_UNKNOWN || need <= (double)available)
        return true;
    mw_session_warn(s, "not measured: %s needs %.1f GiB of memory, %.1f GiB are available", v->name, need / 0x1p30,
                    (double)available / 0x1p30);
    return false;
}

int mw_ttft_plan(mw_ttft *t, const mw_variant *variants, int n, bool chosen, mw_error *err)
{
    mw_session *s = t->session;
    int rc = make_prompts(t, err), failed = 0;
    if (rc)
        return rc;
    if (chosen) {
        t->variants = malloc((size_t)n * sizeof *t->variants);
        if (!t->variants)
            return mw_fail(err, -ENOMEM, "no memory for the list of variants");
        memcpy(t->variants, variants, (size_t)n * sizeof *t->variants);
    } else {
        n = matrix(t, err);
    }
    if (n < 0)
        return n;
    t->cases = calloc((size_t)n * MW_MAX_THREAD_COUNTS * MW_MAX_NUMBERS * 3, sizeof *t->cases);
    if (!t->cases)
        return mw_fail(err, -ENOMEM, "no memory for the list of cases");
    for (int v = 0; v < n && !rc; v++) {
        const mw_model *model;
        mw_error why;
        mw_progress_say(&s->progress, "checking %s", t->variants[v].name);
        if (mw_check_variant(&s->model.config, &t->variants[v], &why)) {
            mw_progress_clear(&s->progress);
            fprintf(stderr, "bench: %s is not measured: %s\n", t->variants[v].name, why.text);
            failed++;
            continue;
        }
        rc = model_for(s, &t->variants[v], &model, err);
        if (!rc && !fits(s, &t->variants[v], model))
            continue;
        for (int i = 0; i < s->options->n_threads && !rc; i++) {
            const int threads = s->options->threads[i] ? s->options->threads[i] : s->max_threads;
            bool twice = false; /* 1 and max are the same on a single CPU */
            for (int j = 0; j < i; j++)
                twice |= threads == (s->options->threads[j] ? s->options->threads[j] : s->max_threads);
            if (!twice)
                add_cases(t, v, n, model, threads);
        }
    }
    return rc ? rc : failed;
}
