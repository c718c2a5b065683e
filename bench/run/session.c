#include "bench/run/session.h"

#include "bench/cli/cache_option.h"
#include "bench/micro/micro.h"
#include "bench/run/prompt.h"
#include "engine/cache.h"
#include "engine/synthetic.h"
#include "engine/tokenizer.h"
#include "engine/tvl_model.h"
#include "platform/os.h"

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
    double quota = mw_cpu_quota();
    s->max_threads = quota > 0 && quota < s->n_cpus ? (int)ceil(quota) : s->n_cpus;
    return 0;
}

static int encode_prompt(mw_session *s, mw_error *err)
{
    const mw_options *o = s->options;
    const mw_config *c = &s->model.config;
    mw_tokenizer *tokenizer = NULL;
    char path[512];
    int rc = 0;
    if (!o->model)
        return 0;
    if (o->prompt) {
        rc = mw_cache_find(o->tokenizer, path, sizeof path, err);
        if (!rc)
            rc = mw_tokenizer_open(path, c->vocab_size, &tokenizer, err);
        if (!rc)
            rc = mw_tokenizer_encode(tokenizer, o->prompt, true, false, &s->prompt, &s->n_prompt, err);
        mw_tokenizer_close(tokenizer);
    } else { /* suite context wants the sequence filled up to the last position that it asks for */
        const size_t last = o->n_positions > 0 ? o->positions[o->n_positions - 1] : 0;
        if (last >= c->seq_len)
            return mw_fail(err, -EINVAL, "--positions: %zu is behind the last one of %s, %u; choose others", last,
                           s->model.name, c->seq_len - 1);
        s->prompt = malloc((last + 1) * sizeof *s->prompt);
        if (!s->prompt)
            return mw_fail(err, -ENOMEM, "no memory for a prompt of %zu tokens", last + 1);
        mw_prompt_make_up(s->prompt, last + 1, c->vocab_size);
        s->n_prompt = last + 1;
    }
    /* the last token of the prompt is where decoding starts */
    if (!rc && mw_session_positions(s) > c->seq_len)
        rc = mw_fail(err, -EINVAL,
                     "%zu prompt tokens and %llu new ones do not fit into the model's %u positions; use "
                     "fewer --tokens",
                     s->n_prompt, (unsigned long long)o->tokens, c->seq_len);
    return rc;
}

int mw_session_open(mw_session *s, const mw_options *options, bool packed, int argc, char **argv, mw_error *err)
{
    *s = (mw_session){.packed = {.file = {.fd = -1}},
                      .options = options,
                      .argc = argc,
                      .argv = argv,
                      .model = {.file = {.fd = -1}},
                      .provenance = mw_emulator() ? "emulated" : "measured",
                      .results = mw_csv_results(),
                      .tokens = mw_csv_tokens(),
                      .artifact = mw_csv_artifact(),
                      .roof = mw_csv_roof(),
                      .blocks = mw_csv_blocks(),
                      .clu = mw_csv_clu(),
                      .ttft = mw_csv_ttft(),
                      .claims = mw_csv_claims()};
    s->progress = mw_progress_open(options->quiet);
    name_run(s);
    int rc = mw_topology_open(&s->topology, err);
    if (!rc)
        rc = choose_cpus(s, err);
    if (!rc && options->model)
        rc = (packed ? mw_model_open_packed : mw_model_open)(options->model, mw_progress_bytes, &s->progress, &s->model,
                                                             err);
    return rc ? rc : encode_prompt(s, err);
}

void mw_session_close(mw_session *s)
{
    mw_progress_clear(&s->progress);
    mw_csv *tables[MW_TABLES];
    mw_session_tables(s, tables);
    for (int i = 0; i < MW_TABLES; i++)
        mw_csv_free(tables[i]);
    if (s->micro)
        mw_micro_free(s->micro);
    free(s->micro);
    free(s->prompt);
    mw_model_close(&s->packed);
    mw_model_close(&s->model);
    mw_topology_close(s->topology);
}

int mw_session_model_for(mw_session *s, const mw_variant *v, const mw_model **model, mw_error *err)
{
    *model = &s->model;
    if (v->layout->id != MW_LAYOUT_TVL16 || !mw_load_maps(v->load))
        return 0;
    return mw_session_packed(s, model, err);
}

int mw_session_packed(mw_session *s, const mw_model **model, mw_error *err)
{
    *model = s->model.layout->id == MW_LAYOUT_TVL16 ? &s->model : &s->packed;
    if (*model == &s->model)
        return 0;
    if (s->packed.file.fd >= 0)
        return 0;
    /* of a synthetic model there is one .tvl file, whether its checkpoint is needed as well or not */
    return mw_synthetic_shape(s->options->model)
               ? mw_model_open_packed(s->options->model, mw_progress_bytes, &s->progress, &s->packed, err)
               : mw_tvl_model_cached(&s->model, mw_progress_bytes, &s->progress, &s->packed, err);
}

void mw_session_tables(mw_session *s, mw_csv *tables[MW_TABLES])
{
    mw_csv *all[MW_TABLES] = {&s->results, &s->tokens, &s->roof,   &s->blocks,
                              &s->clu,     &s->ttft,   &s->claims, &s->artifact};
    memcpy(tables, all, sizeof all);
}

static void set_text(mw_csv *r, size_t column, const char *text)
{
    if (text)
        mw_csv_set(r, column, "%s", text);
}

void mw_session_record(mw_session *s, const mw_variant *v, int threads, const mw_result *m)
{
    mw_csv *r = &s->results;
    const int rep = m->rep ? m->rep : s->rep;
    mw_csv_add(r, NULL);
    mw_csv_set(r, MW_RESULTS_run_id, "%s", s->run_id);
    mw_csv_set(r, MW_RESULTS_utc, "%s", s->utc);
    mw_csv_set(r, MW_RESULTS_host, "%s", s->host);
    mw_csv_set(r, MW_RESULTS_cpu, "%s", s->cpu);
    mw_csv_set(r, MW_RESULTS_arch, "%s", mw_arch_name());
    mw_csv_set(r, MW_RESULTS_os, "%s", s->os);
    mw_csv_set(r, MW_RESULTS_page_bytes, "%zu", mw_page_bytes());
    if (s->l1.line_bytes != MW_UNKNOWN)
        mw_csv_set(r, MW_RESULTS_line_bytes, "%lld", (long long)s->l1.line_bytes);
    set_text(r, MW_RESULTS_model, s->model.name[0] ? s->model.name : NULL);
    mw_csv_set(r, MW_RESULTS_dtype, "f32");
    set_text(r, MW_RESULTS_variant, v ? v->name : m->variant);
    set_text(r, MW_RESULTS_kernel, v ? v->gemv->name : m->kernel);
    set_text(r, MW_RESULTS_layout, v ? v->layout->name : m->layout);
    set_text(r, MW_RESULTS_load, v ? mw_load_name(v->load) : m->load);
    set_text(r, MW_RESULTS_isa, v ? v->gemv->isa_name : m->isa);
    if (threads > 0)
        mw_csv_set(r, MW_RESULTS_threads, "%d", threads);
    set_text(r, MW_RESULTS_suite, m->suite ? m->suite : s->options->suite);
    set_text(r, MW_RESULTS_phase, m->phase ? m->phase : "steady");
    set_text(r, MW_RESULTS_metric, m->name);
    set_text(r, MW_RESULTS_unit, m->unit);
    if (isfinite(m->value))
        mw_csv_set(r, MW_RESULTS_value, "%.7g", m->value);
    if (m->ci && isfinite(m->ci->low))
        mw_csv_set(r, MW_RESULTS_ci_low, "%.7g", m->ci->low);
    if (m->ci && isfinite(m->ci->high))
        mw_csv_set(r, MW_RESULTS_ci_high, "%.7g", m->ci->high);
    mw_csv_set(r, MW_RESULTS_n, "%llu", (unsigned long long)m->n);
    set_text(r, MW_RESULTS_provenance,
             !isfinite(m->value) ? "unavailable"
             : m->provenance     ? m->provenance
                                 : s->provenance);
    set_text(r, MW_RESULTS_note, m->note);
    mw_csv_set(r, MW_RESULTS_schema, "%s", MW_SCHEMA);
    mw_csv_set(r, MW_RESULTS_commit, "%s", MW_COMMIT);
    if (rep > 0)
        mw_csv_set(r, MW_RESULTS_rep, "%d", rep);
    set_text(r, MW_RESULTS_param, m->param);
}

void mw_session_warn(mw_session *s, const char *format, ...)
{
    char sentence[256];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    for (size_t i = 0; i < s->results.n_rows; i++) {
        const char *note = mw_csv_row(&s->results, i)[MW_RESULTS_note];
        if (note && strcmp(note, sentence) == 0)
            return;
    }
    mw_session_record(s, NULL, 0,
                      &(mw_result){"warning", "1", 1, 1, .phase = "environment", .note = sentence, .rep = -1});
}
