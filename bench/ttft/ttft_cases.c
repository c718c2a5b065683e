/* Which cases suite ttft measures. */
#include "bench/run/session.h"
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
static bool single_too(const mw_variant *v, const mw_variant *variants, int n, size_t n_prompt)
{
    bool usual = v->load == MW_LOAD_MMAP;
    for (int i = 0; i < n && !usual; i++)
        usual = variants[i].layout == v->layout && variants[i].load == MW_LOAD_MMAP;
    return n_prompt > 1 && (v->load == MW_LOAD_MMAP || !usual);
}

/* The cases of an entry of the plan, which starts from `model`. */
static void add_cases(mw_ttft *t, const mw_planned *p, const mw_model *model, int n)
{
    const mw_session *s = t->session;
    const mw_numbers *lengths = s->options->own;
    const int prompts = s->options->prompt ? 1 : lengths->n;
    for (int i = 0; i < prompts; i++) {
        mw_ttft_case c = {.variant = p->variant,
                          .model = model,
                          .threads = p->threads,
                          .prompt = s->options->prompt ? s->prompt : t->prompts[i],
                          .n_prompt = s->options->prompt ? s->n_prompt : lengths->of[i]};
        t->cases[t->n++] = c;
        if (single_too(c.variant, t->variants, n, c.n_prompt)) {
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
    mw_error why;
    char what[96];
    snprintf(what, sizeof what, "%s needs", v->name);
    if (!mw_plan_memory(what, (double)mw_weights_bytes(mw_model_source(model), v->layout, v->load), 1, &why))
        return true;
    mw_session_warn(s, "not measured: %s", why.text);
    return false;
}

int mw_ttft_plan(mw_ttft *t, const mw_variant *variants, int n, bool chosen, mw_error *err)
{
    mw_session *s = t->session;
    int rc = make_prompts(t, err);
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
    rc = mw_plan_make(&t->plan, s, t->variants, n, err);
    t->cases = calloc((size_t)t->plan.n * MW_MAX_NUMBERS * 3 + 1, sizeof *t->cases);
    if (!rc && !t->cases)
        return mw_fail(err, -ENOMEM, "no memory for the list of cases");
    for (int i = 0; i < t->plan.n && !rc; i++) {
        const mw_model *model;
        rc = model_for(s, t->plan.of[i].variant, &model, err);
        if (!rc && fits(s, t->plan.of[i].variant, model))
            add_cases(t, &t->plan.of[i], model, n);
    }
    return rc;
}
