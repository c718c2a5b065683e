#include "bench/run/machine.h"

#include "bench/tables/json.h"
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

static void write_fact(void *to, const char *key, const char *value)
{
    mw_json_text(to, key, value);
}

static void write_item(void *to, const char *sentence)
{
    mw_json_text(to, NULL, sentence);
}

static void write_caches(const mw_session *s, mw_json *j)
{
    mw_json_array(j, "caches");
    mw_cache_info c;
    for (int level = 1; level <= 4; level++) {
        if (!mw_topology_cache(s->topology, level, &c))
            continue;
        mw_json_object(j, NULL);
        mw_json_number(j, "level", level);
        mw_json_number(j, "bytes", (double)c.bytes);
        mw_json_number(j, "line_bytes", (double)c.line_bytes);
        mw_json_number(j, "ways", (double)c.ways);
        mw_json_end(j);
    }
    mw_json_end(j);
}

static void write_build(mw_json *j)
{
    mw_json_object(j, "build");
    mw_json_text(j, "version", MW_VERSION);
    mw_json_text(j, "commit", MW_COMMIT);
    mw_json_text(j, "compiler", __VERSION__);
    mw_json_text(j, "optimized", OPTIMIZED ? "yes" : "no");
    mw_json_text(j, "sanitized", SANITIZED ? "yes" : "no");
    mw_json_text(j, "kernel_flags", mw_kernel_flags);
    mw_json_end(j);
}

static void write_model(const mw_session *s, mw_json *j)
{
    const mw_config *c = &s->model.config;
    mw_json_object(j, "model");
    mw_json_text(j, "name", s->model.name);
    mw_json_text(j, "format", s->model.format);
    mw_json_number(j, "bytes", (double)s->model.file.bytes);
    mw_json_number(j, "dim", c->dim);
    mw_json_number(j, "hidden_dim", c->hidden_dim);
    mw_json_number(j, "n_layers", c->n_layers);
    mw_json_number(j, "n_heads", c->n_heads);
    mw_json_number(j, "n_kv_heads", c->n_kv_heads);
    mw_json_number(j, "vocab_size", c->vocab_size);
    mw_json_number(j, "seq_len", c->seq_len);
    mw_json_number(j, "bytes_per_token", (double)mw_model_token_cost(c, 0).weight_bytes);
    mw_json_end(j);
}

void mw_machine_write(const mw_session *s, FILE *to)
{
    char text[256];
    mw_json j = mw_json_open(to);
    mw_json_object(&j, NULL);
    mw_json_text(&j, "run_id", s->run_id);
    mw_json_text(&j, "utc", s->utc);
    mw_json_text(&j, "host", s->host);
    mw_cpu_model(text, sizeof text);
    mw_json_text(&j, "cpu", text);
    mw_json_text(&j, "arch", mw_arch_name());
    mw_json_text(&j, "isa", mw_isa_text(mw_cpu_isa(), text, sizeof text));
    mw_os_version(text, sizeof text);
    mw_json_text(&j, "os", text);
    mw_json_text(&j, "emulator", mw_emulator());
    mw_json_number(&j, "page_bytes", (double)mw_page_bytes());
    mw_clock_info clock = mw_clock_measure();
    mw_json_number(&j, "clock_resolution_ns", clock.resolution_ns);
    mw_json_number(&j, "clock_overhead_ns", clock.overhead_ns);
    mw_json_text(&j, "topology", mw_topology_source(s->topology));
    mw_json_number(&j, "max_threads", s->max_threads);
    mw_json_array(&j, "cpus");
    for (int i = 0; i < s->n_cpus; i++)
        mw_json_number(&j, NULL, s->cpus[i]);
    mw_json_end(&j);
    mw_json_text(&j, "threads_bound", s->unbound ? "no" : "yes");
    mw_json_number(&j, "numa_nodes", mw_topology_nodes(s->topology));
    mw_json_text(&j, "pages_on_own_nodes", s->own_nodes ? "yes" : "no");
    write_caches(s, &j);
    mw_json_object(&j, "system");
    mw_os_facts(write_fact, &j);
    mw_json_end(&j);
    write_build(&j);
    if (s->model.tensors)
        write_model(s, &j);
    mw_json_number(&j, "seed", (double)s->options->seed);
    mw_json_array(&j, "warnings");
    mw_machine_warnings(write_item, &j);
    mw_json_end(&j);
    mw_json_end(&j);
    mw_json_close(&j);
}

typedef struct facts {
    char load[64], governor[64], virtualized[8];
} facts;

static void remember(void *to, const char *key, const char *value)
{
    facts *f = to;
    if (strcmp(key, "load_average") == 0)
        snprintf(f->load, sizeof f->load, "%s", value);
    if (strcmp(key, "governor") == 0)
        snprintf(f->governor, sizeof f->governor, "%s", value);
    if (strcmp(key, "virtualized") == 0)
        snprintf(f->virtualized, sizeof f->virtualized, "%s", value);
}

void mw_machine_warnings(mw_warn_fn *emit, void *to)
{
    facts f = {"", "", ""};
    mw_os_facts(remember, &f);
    if (mw_emulator())
        emit(to, "emulated CPU: timings say nothing about the real one");
    if (SANITIZED)
        emit(to, "sanitizer build: timings are meaningless");
    if (!OPTIMIZED)
        emit(to, "unoptimized build: use --buildtype=release");
    if (strtod(f.load, NULL) > 0.5)
        emit(to, "the machine is busy: its load average is above 0.5");
    if (strcmp(f.virtualized, "yes") == 0 || strcmp(f.virtualized, "1") == 0)
        emit(to, "virtual machine: bandwidth wanders, trust only ratios");
    if (f.governor[0] && strcmp(f.governor, "performance") != 0 && strcmp(f.governor, "unavailable") != 0)
        emit(to, "CPU frequency scaling is on: set the governor to performance");
}

bool mw_machine_build_is_timeable(void)
{
    return OPTIMIZED && !SANITIZED;
}
