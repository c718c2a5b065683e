#include "bench/run/output.h"

#include "bench/tables/to_json.h"
#include "engine/model_bytes.h"
#include "kernels/registry.h"
#include "platform/os.h"

#include <stdlib.h>
#include <string.h>

#include "build_info.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef __OPTIMIZE__
#define OPTIMIZED 1
#else
#define OPTIMIZED 0
#endif

/* An object or array that is being filled. */
typedef struct sink {
    json_t *to;
    int lost; /* not 0: for want of memory something is not in it */
} sink;

/* Adds a member, or an item where `key` is NULL; NULL is a value that got lost. */
static void put(sink *s, const char *key, json_t *value)
{
    s->lost |= key ? json_object_set_new(s->to, key, value) : json_array_append_new(s->to, value);
}

static json_t *whole(const sink *s)
{
    return mw_to_json_whole(s->to, s->lost);
}

static void put_fact(void *to, const char *key, const char *value)
{
    put(to, key, mw_to_json_text(value));
}

static void put_sentence(void *to, const char *sentence)
{
    put(to, NULL, mw_to_json_text(sentence));
}

static json_t *facts_of_system(void)
{
    sink system = {.to = json_object()};
    mw_os_facts(put_fact, &system);
    return whole(&system);
}

static json_t *list_of_warnings(void)
{
    sink list = {.to = json_array()};
    mw_machine_warnings(put_sentence, &list);
    return whole(&list);
}

/* Those of a class of cores, or (-1) all. */
static json_t *list_of_cpus(const mw_session *s, int class)
{
    sink list = {.to = json_array()};
    for (int i = 0; i < s->n_cpus; i++)
        if (class < 0 || mw_topology_core_class(s->topology, s->cpus[i]) == class)
            put(&list, NULL, json_integer(s->cpus[i]));
    return whole(&list);
}

static json_t *list_of_classes(const mw_session *s)
{
    sink list = {.to = json_array()};
    for (int class = 0; class < mw_topology_core_classes(s->topology); class++)
        put(&list, NULL, list_of_cpus(s, class));
    return whole(&list);
}

static json_t *list_of_caches(const mw_session *s)
{
    sink list = {.to = json_array()};
    mw_cache_info c;
    for (int level = 1; level <= 4; level++) {
        if (!mw_topology_cache(s->topology, level, &c))
            continue;
        put(&list, NULL,
            json_pack("{s:i, s:I, s:I, s:I}", "level", level, "bytes", (json_int_t)c.bytes, "line_bytes",
                      (json_int_t)c.line_bytes, "ways", (json_int_t)c.ways));
    }
    return whole(&list);
}

static json_t *facts_of_build(void)
{
    sink build = {.to = json_object()};
    put(&build, "version", mw_to_json_text(MW_VERSION));
    put(&build, "commit", mw_to_json_text(MW_COMMIT));
    put(&build, "compiler", mw_to_json_text(__VERSION__));
    put(&build, "optimized", mw_to_json_text(OPTIMIZED ? "yes" : "no"));
    put(&build, "sanitized", mw_to_json_text(SANITIZED ? "yes" : "no"));
    put(&build, "kernel_flags", mw_to_json_text(mw_kernel_flags));
    return whole(&build);
}

/* What a token reads of a model as it is stored, which may mix dtypes. */
static json_t *bytes_by_dtype(const mw_model *model)
{
    const mw_model_bytes bytes = mw_model_count_bytes(model);
    sink by_dtype = {.to = json_object()};
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        const uint64_t n = mw_bytes_of_dtype(&bytes, (mw_dtype)d);
        if (n > 0)
            put(&by_dtype, mw_dtypes[d].name, mw_to_json_number((double)n));
    }
    return whole(&by_dtype);
}

static json_t *facts_of_model(const mw_session *s)
{
    const mw_config *c = &s->model.config;
    sink model = {.to = json_object()};
    put(&model, "name", mw_to_json_text(s->model.name));
    put(&model, "format", mw_to_json_text(s->model.format));
    put(&model, "bytes", mw_to_json_number((double)s->model.file.bytes));
    put(&model, "dim", json_integer(c->dim));
    put(&model, "hidden_dim", json_integer(c->hidden_dim));
    put(&model, "n_layers", json_integer(c->n_layers));
    put(&model, "n_heads", json_integer(c->n_heads));
    put(&model, "n_kv_heads", json_integer(c->n_kv_heads));
    put(&model, "vocab_size", json_integer(c->vocab_size));
    put(&model, "seq_len", json_integer(c->seq_len));
    put(&model, "shared_classifier", json_boolean(c->shared_classifier));
    put(&model, "head_size", json_integer(mw_head_size(c)));
    put(&model, "norm_eps", mw_to_json_number((double)mw_norm_eps(c)));
    put(&model, "rope_base", mw_to_json_number((double)mw_rope_base(c)));
    put(&model, "rope_scale", mw_to_json_number((double)mw_rope_scale(c)));
    put(&model, "rope_halves", json_boolean(c->rope_halves));
    put(&model, "rope_factors", json_boolean(c->rope_factors));
    put(&model, "qkv_bias", json_boolean(c->qkv_bias));
    put(&model, "qk_norm", json_boolean(c->qk_norm));
    put(&model, "bytes_per_token", mw_to_json_number((double)mw_model_cost(&s->model, s->model.dtype, 0).weight_bytes));
    put(&model, "dtype", mw_to_json_text(mw_dtypes[s->model.dtype].name));
    put(&model, "bytes_per_token_by_dtype", bytes_by_dtype(&s->model));
    return whole(&model);
}

int mw_machine_write(const mw_session *s, FILE *to, mw_error *err)
{
    const mw_clock_info clock = mw_clock_measure();
    char cpu[256], isa[256], os[256];
    sink all = {.to = json_object()};
    mw_cpu_model(cpu, sizeof cpu);
    mw_os_version(os, sizeof os);
    put(&all, "run_id", mw_to_json_text(s->run_id));
    put(&all, "utc", mw_to_json_text(s->utc));
    put(&all, "host", mw_to_json_text(s->host));
    put(&all, "cpu", mw_to_json_text(cpu));
    put(&all, "arch", mw_to_json_text(mw_arch_name()));
    put(&all, "isa", mw_to_json_text(mw_isa_text(mw_cpu_isa(), isa, sizeof isa)));
    put(&all, "os", mw_to_json_text(os));
    put(&all, "emulator", mw_to_json_text(mw_emulator()));
    put(&all, "page_bytes", mw_to_json_number((double)mw_page_bytes()));
    put(&all, "clock_resolution_ns", mw_to_json_number(clock.resolution_ns));
    put(&all, "clock_overhead_ns", mw_to_json_number(clock.overhead_ns));
    put(&all, "topology", mw_to_json_text(mw_topology_source(s->topology)));
    put(&all, "max_threads", json_integer(s->max_threads));
    put(&all, "cpus", list_of_cpus(s, -1));
    put(&all, "core_classes", list_of_classes(s));
    put(&all, "threads_bound", mw_to_json_text(s->unbound ? "no" : "yes"));
    put(&all, "numa_nodes", json_integer(mw_topology_nodes(s->topology)));
    put(&all, "pages_on_own_nodes", mw_to_json_text(s->own_nodes ? "yes" : "no"));
    put(&all, "caches", list_of_caches(s));
    put(&all, "system", facts_of_system());
    put(&all, "build", facts_of_build());
    if (s->model.tensors)
        put(&all, "model", facts_of_model(s));
    put(&all, "seed", mw_to_json_number((double)s->options->seed));
    put(&all, "warnings", list_of_warnings());
    return mw_to_json_write(whole(&all), "machine.json", to, err);
}

/* A fact of the system as text, "" if it is not there. */
static const char *fact(const json_t *system, const char *key)
{
    const char *text = json_string_value(json_object_get(system, key));
    return text ? text : "";
}

void mw_machine_warnings(mw_warn_fn *emit, void *to)
{
    json_t *system = facts_of_system();
    const char *virtualized = fact(system, "virtualized"), *governor = fact(system, "governor");
    if (mw_emulator())
        emit(to, "emulated CPU: timings say nothing about the real one");
    if (SANITIZED)
        emit(to, "sanitizer build: timings are meaningless");
    if (!OPTIMIZED)
        emit(to, "unoptimized build: use --buildtype=release");
    char quota[96];
    if (mw_cpu_quota() > 0) {
        snprintf(quota, sizeof quota, "a CPU quota of %.1f CPUs limits this process; more threads would share them",
                 mw_cpu_quota());
        emit(to, quota);
    }
    if (strtod(fact(system, "load_average"), NULL) > 0.5)
        emit(to, "the machine is busy: its load average is above 0.5");
    if (strcmp(virtualized, "yes") == 0 || strcmp(virtualized, "1") == 0)
        emit(to, "virtual machine: bandwidth varies; trust ratios and shares of the roof");
    if (*governor && strcmp(governor, "performance") != 0 && strcmp(governor, "unavailable") != 0)
        emit(to, "CPU frequency scaling is on: set the governor to performance");
    json_decref(system);
}

bool mw_machine_build_is_timeable(void)
{
    return OPTIMIZED && !SANITIZED;
}
