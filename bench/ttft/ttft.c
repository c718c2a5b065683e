#include "bench/ttft/ttft.h"
#include "bench/run/suite.h"

#include "bench/run/rounds.h"
#include "bench/stats/random.h"
#include "engine/cache.h"
#include "engine/tvl_model.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- one sample --- */

/* Fills in what the parent knows of the rows from `first` on. */
static void complete_rows(const mw_ttft *t, const mw_ttft_case *c, size_t round, size_t sample, size_t first,
                          const mw_file_state_proof *proof, const char *note)
{
    mw_csv *table = t->table;
    const mw_cell known[MW_TTFT_COUNT] = {
        [MW_TTFT_run_id] = mw_text(t->session->run_id),
        [MW_TTFT_variant] = mw_text(c->variant->name),
        [MW_TTFT_kernel] = mw_text(c->variant->gemv->name),
        [MW_TTFT_layout] = mw_text(c->variant->layout->name),
        [MW_TTFT_load] = mw_text(mw_load_name(c->variant->load)),
        [MW_TTFT_threads] = mw_whole(c->threads),
        [MW_TTFT_state] = mw_text(c->cold ? "cold" : "warm"),
        [MW_TTFT_prompt] = mw_whole((int64_t)c->n_prompt),
        [MW_TTFT_feeding] = mw_text(c->single ? "token" : "batch"),
        [MW_TTFT_rep] = mw_whole((int64_t)round + 1),
        [MW_TTFT_sample] = mw_whole((int64_t)sample + 1),
        [MW_TTFT_counted] = mw_whole(!note),
        [MW_TTFT_resident] = mw_fixed(proof->resident, 5),
        [MW_TTFT_note] = mw_text(note),
    };
    for (size_t i = first; i < table->n_rows; i++)
        for (size_t column = 0; column < MW_TTFT_COUNT; column++)
            if (known[column].kind != MW_CELL_EMPTY)
                mw_csv_replace(table, i, column, known[column]);
}

/* The device alone, in random order, right before a cold sample. What cannot be asked for is left out. */
static int read_device(mw_ttft *t, const mw_ttft_case *c, uint64_t *random, mw_error *err)
{
    int order[] = {0, 1};
    mw_error why;
    mw_shuffle(order, 2, random);
    for (int i = 0; i < 2; i++) {
        uint64_t ns;
        int rc = mw_state_read_file(c->model, order[i], &ns, &why);
        if (rc && rc != -ENOTSUP)
            return mw_fail(err, rc, "%s", why.text);
        if (rc)
            continue;
        const mw_ttft_phase phase = order[i] ? MW_TTFT_READ_DIRECT : MW_TTFT_READ_BUFFERED;
        mw_csv_append(t->table, (mw_cell[MW_TTFT_COUNT]){
                                    [MW_TTFT_phase] = mw_text(mw_ttft_phase_name(phase)),
                                    [MW_TTFT_ms] = mw_fixed((double)ns * 1e-6, 6),
                                });
    }
    return 0;
}

/* Takes sample number `sample` of a round, of case `index`. One that cannot be had is a row with the reason, and not
 * counted. */
static int take(mw_ttft *t, size_t index, size_t round, size_t sample, uint64_t *random, mw_error *err)
{
    mw_session *s = t->session;
    const mw_ttft_case *c = &t->cases[index];
    const size_t first = t->table->n_rows;
    mw_file_state_proof proof;
    mw_error why = {""};
    const char *note = NULL;
    int rc = c->cold ? read_device(t, c, random, err) : 0;
    if (!rc)
        rc = mw_state_reach(c->model, c->variant->load, c->cold, &proof, err);
    if (rc)
        return rc;
    if (!proof.reached) {
        note = proof.why;
    } else {
        rc =
            mw_ttft_sample_start(s,
                                 &(mw_job){.kind = MW_JOB_PART,
                                           .suite = s->options->suite->name,
                                           .model = c->model->file.path,
                                           .variant = c->variant->name,
                                           .threads = c->threads,
                                           .cpus = {s->cpus, (size_t)(s->n_cpus < c->threads ? s->n_cpus : c->threads)},
                                           .prompt = {c->prompt, c->n_prompt},
                                           .single = c->single},
                                 t->table, &why);
        if (rc == -ENOTSUP)
            note = why.text;
        else if (rc)
            return mw_fail(err, rc, "%s", why.text);
    }
    if (note && t->table->n_rows == first)
        mw_csv_append(t->table, NULL);
    complete_rows(t, c, round, sample, first, &proof, note);
    if (note)
        mw_session_warn(s, "not counted: %s, %s: %s", c->variant->name, c->cold ? "cold" : "warm", note);
    t->sample[round * t->n + index] = mw_ttft_sample_of(t->table, first);
    return 0;
}

/* --- what packing costs --- */

static bool packs(const mw_ttft *t)
{
    bool tvl = false, rowmajor = false;
    for (size_t i = 0; i < t->n; i++) {
        tvl |= t->cases[i].variant->layout->id == MW_LAYOUT_TVL16;
        rowmajor |= t->cases[i].variant->layout->id == MW_LAYOUT_ROWMAJOR;
    }
    return tvl && rowmajor && t->session->model.layout->id == MW_LAYOUT_ROWMAJOR;
}

/* Packs the warm checkpoint into a file in the cache folder, as tvlpack does, and removes it. */
static int pack(mw_ttft *t, size_t round, mw_error *err)
{
    char name[64], path[512];
    mw_file_state_proof proof;
    mw_progress_say(&t->session->progress, "round %zu of %zu: packing the checkpoint", round + 1,
                    (size_t)t->session->options->reps);
    snprintf(name, sizeof name, "ttft-%ld.tvl", (long)getpid());
    int rc = mw_cache_path(name, path, sizeof path, err);
    if (!rc)
        rc = mw_state_reach(&t->session->model, MW_LOAD_HEAP, false, &proof, err);
    const uint64_t start = mw_clock_ns();
    if (!rc)
        rc = mw_tvl_model_write(&t->session->model, path, mw_progress_bytes, &t->session->progress, err);
    if (!rc)
        t->pack_ms[round] = (double)(mw_clock_ns() - start) * 1e-6;
    if (!rc)
        unlink(path);
    return rc;
}

/* --- rounds --- */

static int turn(mw_ttft *t, mw_rounds *r, mw_error *err)
{
    if (r->item == t->n)
        return pack(t, r->round, err);
    const mw_ttft_case *c = &t->cases[r->item];
    mw_progress_say(&t->session->progress, "round %zu of %zu, %zu of %zu: %s, %s, prompt of %zu", r->round + 1,
                    r->rounds, r->place + 1, r->items, c->variant->name, c->cold ? "cold" : "warm", c->n_prompt);
    return take(t, r->item, r->round, r->place, &r->random, err);
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
        mw_session_warn(s, "this system does not tell what a process reads from a device: read_bytes stays empty");
    if (mw_memory_proportional() == MW_UNKNOWN)
        mw_session_warn(s, "this system does not tell proportional memory: pss_mib stays empty");
    if (mw_memory_huge(s, sizeof *s) == MW_UNKNOWN)
        mw_session_warn(s, "this system does not tell which memory is in huge pages: huge_mib stays empty");
}

int mw_ttft_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const mw_options *o = s->options;
    const bool chosen = o->variant || o->layout || o->kernel || o->load;
    mw_ttft t = {.session = s, .table = mw_session_table(s, mw_csv_ttft)};
    tell_limits(s);
    int rc = mw_ttft_plan(&t, variants, n, chosen, err);
    if (!rc && t.n == 0 && t.plan.refused == 0)
        rc = mw_fail(err, -ENOMEM, "none of these variants fits into memory; choose a smaller --model");
    if (!rc) {
        t.sample = calloc(t.n * s->options->reps + 1, sizeof *t.sample);
        t.pack_ms = calloc(s->options->reps, sizeof *t.pack_ms);
        rc = t.sample && t.pack_ms ? all_rounds(&t, err) : mw_fail(err, -ENOMEM, "no memory for the samples");
    }
    mw_progress_clear(&s->progress);
    if (!rc)
        mw_ttft_record_all(&t);
    for (int p = 0; p < MW_MAX_NUMBERS; p++)
        free(t.prompts[p]);
    free(t.variants);
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
    .run = mw_ttft_suite,
    .run_job = mw_ttft_sample_run,
    .report = mw_ttft_report,
};
