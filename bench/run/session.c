#include "bench/run/session.h"

#include "bench/run/suite.h"
#include "bench/stats/random.h"
#include "engine/runner.h"
#include "engine/tokenizer.h"
#include "platform/os.h"
#include "platform/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"

static void name_run(mw_session *s)
{
    time_t now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(s->utc, sizeof s->utc, "%Y-%m-%dT%H:%M:%SZ", &t);
    char compact[32];
    strftime(compact, sizeof compact, "%Y%m%dT%H%M%SZ", &t);
    snprintf(s->run_id, sizeof s->run_id, "%s-%ld", compact, (long)getpid());
    mw_host_name(s->host, sizeof s->host);
    mw_cpu_model(s->cpu, sizeof s->cpu);
    mw_os_version(s->os, sizeof s->os);
}

static int choose_cpus(mw_session *s, mw_error *err)
{
    const mw_options *o = s->options;
    int overridden = o->cache ? mw_cache_option_parse(o->cache, s->topology, err) : 0;
    if (overridden)
        return overridden;
    mw_topology_cache(s->topology, 1, &s->l1);
    s->n_cpus = mw_topology_cpus(s->topology, s->cpus);
    for (int i = 0; i < o->n_cpus; i++) {
        bool usable = false;
        for (int j = 0; j < s->n_cpus; j++)
            usable |= s->cpus[j] == o->cpus[i];
        if (!usable)
            return mw_fail(err, -EINVAL, "--cpus: this process may not use CPU %d", o->cpus[i]);
    }
    if (o->n_cpus > 0) {
        s->n_cpus = o->n_cpus;
        memcpy(s->cpus, o->cpus, sizeof s->cpus);
    }
    s->own_nodes = mw_topology_bind_memory(s->topology, s->cpus, s->n_cpus);
    s->max_threads = mw_threads_worthwhile(s->n_cpus);
    return 0;
}

void mw_prompt_make_up(int32_t *tokens, size_t n, uint32_t vocab_size)
{
    uint64_t random = 1;
    tokens[0] = vocab_size > MW_TOKEN_BOS ? MW_TOKEN_BOS : 0;
    for (size_t i = 1; i < n; i++)
        tokens[i] = (int32_t)(mw_draw(&random) % vocab_size);
}

static int encode_prompt(mw_session *s, mw_error *err)
{
    const mw_options *o = s->options;
    const mw_config *c = &s->model.config;
    mw_tokenizer *tokenizer = NULL;
    int rc = 0;
    if (!o->model)
        return 0;
    if (o->prompt) {
        rc = mw_tokenizer_choose(o->tokenizer, s->model.file.path, c->vocab_size, &tokenizer, err);
        if (!rc)
            rc = mw_tokenizer_prompt(tokenizer, o->prompt, &s->prompt, &s->n_prompt, err);
        mw_tokenizer_close(tokenizer);
    } else { /* suite context wants the sequence filled up to the last position that it asks for */
        const size_t last = o->fill > 0 ? o->fill - 1 : 0;
        if (last >= c->seq_len)
            return mw_fail(err, -EINVAL, "--positions: %zu is past the last position of %s, %u; choose others", last,
                           s->model.name, c->seq_len - 1);
        s->prompt = malloc((last + 1) * sizeof *s->prompt);
        if (!s->prompt)
            return mw_fail(err, -ENOMEM, "no memory for a prompt of %zu tokens", last + 1);
        mw_prompt_make_up(s->prompt, last + 1, c->vocab_size);
        s->n_prompt = last + 1;
    }
    if (!rc && s->n_prompt > c->seq_len)
        rc =
            mw_fail(err, -EINVAL, "the prompt has %zu tokens, the model takes %u; shorten it", s->n_prompt, c->seq_len);
    /* the last token of the prompt is where decoding starts */
    if (!rc && mw_session_positions(s) > c->seq_len)
        rc = mw_fail(err, -EINVAL,
                     "%zu prompt tokens and %llu new ones do not fit into the model's %u positions; use "
                     "fewer --tokens",
                     s->n_prompt, (unsigned long long)o->tokens, c->seq_len);
    return rc;
}

int mw_session_open(mw_session *s, mw_options *options, const mw_dtype *packed, int argc, char **argv, mw_error *err)
{
    *s = (mw_session){.options = options,
                      .argc = argc,
                      .argv = argv,
                      .model = {.file = {.fd = -1}},
                      .provenance = mw_emulator() ? "emulated" : "measured",
                      .results = mw_csv_results(),
                      .tokens = mw_csv_tokens(),
                      .artifact = mw_csv_artifact(),
                      .roof = mw_csv_roof(),
                      .blocks = mw_csv_blocks()};
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        s->packed[d].file.fd = -1;
    s->progress = mw_progress_open(options->quiet);
    name_run(s);
    int rc = mw_topology_open(&s->topology, err);
    if (!rc)
        rc = choose_cpus(s, err);
    if (!rc && options->model)
        rc = packed ? mw_model_open_packed(options->model, *packed, mw_progress_bytes, &s->progress, &s->model, err)
                    : mw_model_open(options->model, mw_progress_bytes, &s->progress, &s->model, err);
    if (!rc && options->model && options->suite->fit)
        rc = options->suite->fit(options, &s->model.config, err);
    return rc ? rc : encode_prompt(s, err);
}

void mw_session_close(mw_session *s)
{
    mw_progress_clear(&s->progress);
    mw_csv *tables[MW_MAX_TABLES];
    const int n = mw_session_tables(s, tables);
    for (int i = 0; i < n; i++)
        mw_csv_free(tables[i]);
    free(s->prompt);
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        mw_model_close(&s->packed[d]);
    mw_model_close(&s->model);
    mw_topology_close(s->topology);
}

int mw_session_model_for(mw_session *s, const mw_variant *v, const mw_model **model, mw_error *err)
{
    return mw_model_for(&s->model, v, mw_progress_bytes, &s->progress, &s->packed[v->gemv->dtype], model, err);
}

int mw_session_packed(mw_session *s, mw_dtype dtype, const mw_model **model, mw_error *err)
{
    return mw_packed_form(&s->model, dtype, mw_progress_bytes, &s->progress, &s->packed[dtype], model, err);
}

int mw_session_tables(mw_session *s, mw_csv *tables[MW_MAX_TABLES])
{
    mw_csv *all[] = {&s->results, &s->tokens, &s->roof, &s->blocks, &s->artifact};
    const int n = sizeof all / sizeof *all;
    memcpy(tables, all, sizeof all);
    for (int i = 0; i < s->n_own; i++)
        tables[n + i] = &s->own[i];
    return n + s->n_own;
}

const mw_csv *mw_session_find_table(const mw_session *s, mw_csv (*make)(void))
{
    const char *file = make().file;
    for (int i = 0; i < s->n_own; i++)
        if (strcmp(s->own[i].file, file) == 0)
            return &s->own[i];
    return NULL;
}

mw_csv *mw_session_table(mw_session *s, mw_csv (*make)(void))
{
    const mw_csv *found = mw_session_find_table(s, make);
    if (found)
        return &s->own[found - s->own];
    s->own[s->n_own] = make();
    return &s->own[s->n_own++];
}

bool mw_session_wants(const mw_session *s, mw_dtype dtype)
{
    bool wanted = s->options->n_dtypes == 0 && dtype == s->model.dtype;
    for (int i = 0; i < s->options->n_dtypes; i++)
        wanted |= s->options->dtypes[i] == dtype;
    return wanted;
}

void mw_session_record(mw_session *s, const mw_variant *v, int threads, const mw_result *m)
{
    const int rep = m->rep ? m->rep : s->rep;
    const char *timings = m->provenance ? m->provenance : s->provenance;
    const mw_cell row[MW_RESULTS_COUNT] = {
        [MW_RESULTS_run_id] = mw_text(s->run_id),
        [MW_RESULTS_utc] = mw_text(s->utc),
        [MW_RESULTS_host] = mw_text(s->host),
        [MW_RESULTS_cpu] = mw_text(s->cpu),
        [MW_RESULTS_arch] = mw_text(mw_arch_name()),
        [MW_RESULTS_os] = mw_text(s->os),
        [MW_RESULTS_page_bytes] = mw_whole((int64_t)mw_page_bytes()),
        [MW_RESULTS_line_bytes] = mw_whole(s->l1.line_bytes),
        [MW_RESULTS_model] = mw_text(m->model           ? m->model
                                     : s->model.name[0] ? s->model.name
                                                        : NULL),
        [MW_RESULTS_dtype] = mw_text(m->dtype ? m->dtype : mw_dtypes[v ? v->gemv->dtype : s->model.dtype].name),
        [MW_RESULTS_variant] = mw_text(v ? v->name : m->variant),
        [MW_RESULTS_kernel] = mw_text(v ? mw_kernel_label(v->gemv) : m->kernel),
        [MW_RESULTS_layout] = mw_text(v ? v->layout->name : m->layout),
        [MW_RESULTS_load] = mw_text(v ? mw_load_name(v->load) : m->load),
        [MW_RESULTS_isa] = mw_text(v ? v->gemv->isa_name : m->isa),
        [MW_RESULTS_threads] = threads > 0 ? mw_whole(threads) : mw_text(NULL),
        [MW_RESULTS_suite] = mw_text(m->suite ? m->suite : s->options->suite->name),
        [MW_RESULTS_phase] = mw_text(m->phase ? m->phase : "steady"),
        [MW_RESULTS_metric] = mw_text(m->name),
        [MW_RESULTS_unit] = mw_text(m->unit),
        [MW_RESULTS_value] = mw_real(m->value),
        [MW_RESULTS_ci_low] = mw_real(m->ci ? m->ci->low : NAN),
        [MW_RESULTS_ci_high] = mw_real(m->ci ? m->ci->high : NAN),
        [MW_RESULTS_n] = mw_fixed((double)m->n, 0),
        [MW_RESULTS_provenance] = mw_text(isfinite(m->value) ? timings : "unavailable"),
        [MW_RESULTS_note] = mw_text(m->note),
        [MW_RESULTS_schema] = mw_text(MW_SCHEMA),
        [MW_RESULTS_commit] = mw_text(MW_COMMIT),
        [MW_RESULTS_rep] = rep > 0 ? mw_whole(rep) : mw_text(NULL),
        [MW_RESULTS_param] = mw_text(m->param),
    };
    mw_csv_append(&s->results, row);
}

void mw_session_warn(mw_session *s, const char *format, ...)
{
    char sentence[256], whole[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(whole, sizeof whole, format, args);
    va_end(args);
    mw_text_copy(sentence, sizeof sentence, whole); /* valid UTF-8, whatever a path holds */
    for (mw_row row = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = "warning"}, &row);)
        if (strcmp(row.note, sentence) == 0)
            return;
    mw_session_record(s, NULL, 0,
                      &(mw_result){"warning", "1", 1, 1, .phase = "environment", .note = sentence, .rep = -1});
}
