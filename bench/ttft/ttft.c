#include "bench/ttft/ttft.h"

#include "bench/run/rounds.h"
#include "bench/run/session.h"
#include "bench/run/suite.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* --- cases --- */

/* Without a choice on the command line: every load of the kernel of the paper for each of the two file formats. That is
 * the same arithmetic per row, so that what differs is how the weights lie and how they get into memory. Returns how
 * many. */
enum { MATRIX = 2 * MW_LOAD_COUNT };

static int make_matrix(const mw_model *m, mw_variant variants[MATRIX], mw_error *err)
{
    static const char *const kernels[] = {"neon", "tvl16_neon"};
    int n = 0;
    for (int k = 0; k < 2; k++) {
        const mw_kernel *gemv;
        int rc = mw_kernel_find(MW_OP_GEMV, MW_F32, kernels[k], &gemv, err);
        if (rc)
            return rc;
        for (int load = 0; load < MW_LOAD_COUNT; load++)
            if (m->layout->id == MW_LAYOUT_ROWMAJOR || gemv->layout == m->layout->id)
                variants[n++] = mw_variant_of(gemv, (mw_load)load);
    }
    return n;
}

/* Whether a prompt also goes in token by token: that is a question of kernels, so once a layout is enough, warm. */
static bool single_too(const mw_variant *v, const mw_variant *variants, int n)
{
    for (int i = 0; i < n; i++)
        if (variants[i].layout == v->layout && variants[i].load == MW_LOAD_MMAP)
            return v->load == MW_LOAD_MMAP;
    return true;
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

/* Every prompt length for an entry of the plan, which starts from `model`. */
static void add_cases(mw_ttft *t, const mw_planned *p, const mw_model *model, bool single)
{
    for (int i = 0; i < t->lengths.n; i++) {
        mw_ttft_case c = {.variant = p->variant, .model = model, .threads = p->threads, .n_prompt = t->lengths.of[i]};
        t->cases[t->n++] = c;
        if (single && c.n_prompt > 1) {
            t->cases[t->n] = c;
            t->cases[t->n++].single = true;
        }
        c.cold = true;
        t->cases[t->n++] = c;
    }
}

static int make_cases(mw_ttft *t, const mw_variant *variants, int n, mw_error *err)
{
    mw_session *s = t->session;
    int rc = mw_plan_make(&t->plan, s, variants, n, err);
    t->cases = calloc((size_t)t->plan.n * MW_MAX_NUMBERS * 3 + 1, sizeof *t->cases);
    if (!rc && !t->cases)
        rc = mw_fail(err, -ENOMEM, "no memory for the list of cases");
    for (int i = 0; i < t->plan.n && !rc; i++) {
        const mw_variant *v = t->plan.of[i].variant;
        const mw_model *model = &s->model;
        if (v->layout->id == MW_LAYOUT_TVL16) /* whatever the load */
            rc = mw_session_packed(s, v->gemv->dtype, &model, err);
        if (!rc && fits(s, v, model))
            add_cases(t, &t->plan.of[i], model, single_too(v, variants, n));
    }
    return rc;
}

/* Prompts of all lengths: shorter ones are the beginning of the longest. */
static int make_prompts(mw_ttft *t, mw_error *err)
{
    const mw_session *s = t->session;
    const mw_config *config = &s->model.config;
    size_t most = 0;
    t->prompt = s->prompt;
    t->lengths = (mw_numbers){{s->n_prompt}, 1};
    if (s->options->prompt)
        return 0;
    t->lengths = *(const mw_numbers *)s->options->own;
    for (int i = 0; i < t->lengths.n; i++) {
        most = t->lengths.of[i] > most ? t->lengths.of[i] : most;
        if (most >= config->seq_len)
            return mw_fail(err, -EINVAL, "--prompt-tokens=%zu: the model has %u positions, and one is for the answer",
                           most, config->seq_len);
    }
    t->prompt = t->made_up = malloc(most * sizeof *t->made_up);
    if (!t->made_up)
        return mw_fail(err, -ENOMEM, "no memory for a prompt of %zu tokens", most);
    mw_prompt_make_up(t->made_up, most, config->vocab_size);
    return 0;
}

/* --- rounds --- */

/* Whether both files are measured and the second one was made from the first. */
static bool packs(const mw_ttft *t)
{
    bool tvl = false, rowmajor = false;
    for (size_t i = 0; i < t->n; i++) {
        tvl |= t->cases[i].variant->layout->id == MW_LAYOUT_TVL16;
        rowmajor |= t->cases[i].variant->layout->id == MW_LAYOUT_ROWMAJOR;
    }
    return tvl && rowmajor && t->session->model.layout->id == MW_LAYOUT_ROWMAJOR;
}

static int all_rounds(mw_ttft *t, mw_error *err)
{
    const size_t reps = (size_t)t->session->options->reps;
    mw_rounds r = {.session = t->session, .items = t->n + packs(t), .rounds = reps, .noun = "rounds"};
    t->sample = calloc(t->n * reps + 1, sizeof *t->sample);
    t->pack_ms = calloc(reps, sizeof *t->pack_ms);
    if (!t->sample || !t->pack_ms)
        return mw_fail(err, -ENOMEM, "no memory for the samples");
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        const mw_ttft_case *c = &t->cases[r.item];
        if (r.place == 0)
            t->pack_ms[r.round] = NAN;
        if (r.item < t->n) {
            mw_progress_say(&t->session->progress, "round %zu of %zu, %zu of %zu: %s, %s, prompt of %zu", r.round + 1,
                            r.rounds, r.place + 1, r.items, c->variant->name, c->cold ? "cold" : "warm", c->n_prompt);
            rc = mw_ttft_take(t, r.item, r.round, r.place, &r.random, err);
        } else {
            rc = mw_ttft_pack(t, r.round, err);
        }
        if (!rc && mw_rounds_last(&r) && !mw_interrupted())
            mw_ttft_record_round(t, t->rounds++);
    }
    return rc;
}

/* Columns that stay empty on this system are told once. */
static void tell_limits(mw_session *s)
{
    if (mw_device_bytes_read() == MW_UNKNOWN)
        mw_session_warn(s, "this system does not report what a process reads from a device: read_bytes stays empty");
    if (mw_memory_proportional() == MW_UNKNOWN)
        mw_session_warn(s, "this system does not report proportional set size: pss_mib stays empty");
    if (mw_memory_huge(s, sizeof *s) == MW_UNKNOWN)
        mw_session_warn(s, "this system does not report which memory is in huge pages: huge_mib stays empty");
}

/* -EDOM if a kernel failed its check, with the rest measured. */
static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const mw_options *o = s->options;
    mw_variant matrix[MATRIX];
    mw_ttft t = {.session = s, .table = mw_session_table(s, mw_csv_ttft)};
    tell_limits(s);
    int rc = make_prompts(&t, err);
    if (!rc && !o->variant && !o->layout && o->n_kernels == 0 && !o->load) {
        n = make_matrix(&s->model, matrix, err);
        rc = n < 0 ? n : 0;
        variants = matrix;
    }
    if (!rc)
        rc = make_cases(&t, variants, n, err);
    if (!rc && t.n == 0 && t.plan.refused == 0)
        rc = mw_fail(err, -ENOMEM, "none of these variants fits into memory; choose a smaller --model");
    if (!rc)
        rc = all_rounds(&t, err);
    mw_progress_clear(&s->progress);
    if (!rc)
        mw_ttft_record_all(&t);
    free(t.made_up);
    free(t.cases);
    free(t.sample);
    free(t.pack_ms);
    return mw_plan_close(&t.plan, rc, err);
}

/* --- the suite --- */

static int set_prompts(void *own, const char *value, mw_error *err)
{
    return mw_numbers_parse("prompt-tokens", value, 1, 1 << 16, own, err);
}

static const mw_suite_option options[] = {
    {"prompt-tokens", "LIST", "prompt lengths (1,64; peers: 1)", set_prompts},
    {0},
};

static int complete(mw_options *o, mw_error *err)
{
    mw_numbers *lengths = o->own;
    if (lengths->n > 0 && o->prompt)
        return mw_fail(err, -EINVAL, "--prompt-tokens and --prompt exclude each other; leave out one of them");
    if (lengths->n == 0 && !o->prompt)
        *lengths = (mw_numbers){{1, 64}, 2};
    return 0;
}

const mw_suite mw_suite_ttft = {
    .name = "ttft",
    .help = "time to first token, cold and warm",
    .processes = MW_OWN_PROCESSES,
    .native = true,
    .options = options,
    .own_bytes = sizeof(mw_numbers), /* lengths of prompts */
    .threads = "max",                /* who waits for a first token uses all that the machine has */
    .complete = complete,
    .run = run,
    .run_job = mw_ttft_sample_run,
    .report = mw_ttft_report,
};
