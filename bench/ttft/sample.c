#include "bench/ttft/sample.h"

#include "engine/runner.h"
#include "kernels/peak.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>

typedef struct recorder {
    mw_csv table;
    uint64_t start_ns;
    mw_faults faults;
    int64_t read;
} recorder;

static mw_cell mib(int64_t bytes)
{
    return bytes == MW_UNKNOWN ? mw_text(NULL) : mw_fixed((double)bytes / (1 << 20), 3);
}

static mw_cell added(int64_t before, int64_t after)
{
    return mw_whole(after != MW_UNKNOWN && before != MW_UNKNOWN ? after - before : MW_UNKNOWN);
}

static void begin(recorder *r)
{
    r->faults = mw_faults_now();
    r->read = mw_device_bytes_read();
    r->start_ns = mw_clock_ns();
}

/* Ends a phase, which took from `start` to `end`, and begins the next one. */
static void add(recorder *r, mw_ttft_phase phase, uint64_t start, uint64_t end)
{
    const mw_faults faults = mw_faults_now();
    const int64_t read = mw_device_bytes_read();
    mw_csv_append(&r->table, (mw_cell[MW_TTFT_COUNT]){
                                 [MW_TTFT_phase] = mw_text(mw_ttft_phase_name(phase)),
                                 [MW_TTFT_ms] = mw_fixed((double)(end - start) * 1e-6, 6),
                                 [MW_TTFT_minor_faults] = added(r->faults.minor, faults.minor),
                                 [MW_TTFT_major_faults] = added(r->faults.major, faults.major),
                                 [MW_TTFT_read_bytes] = added(r->read, read),
                                 [MW_TTFT_rss_mib] = mib(mw_memory_resident()),
                                 [MW_TTFT_pss_mib] = mib(mw_memory_proportional()),
                             });
    begin(r);
}

static void end(recorder *r, mw_ttft_phase phase)
{
    add(r, phase, r->start_ns, mw_clock_ns());
}

/* What lives from the first phase to the last. */
typedef struct sample {
    recorder r;
    mw_variant variant;
    int threads;
    mw_job_list cpus;
    const int *prompt;
    size_t n_prompt;
    bool single;
    mw_topology *topology;
    mw_pool *pool;
    mw_runner runner;
} sample;

static int start_threads(sample *s, mw_error *err)
{
    int rc = mw_topology_open(&s->topology, err);
    if (rc)
        return rc;
    mw_topology_bind_memory(s->topology, s->cpus.at, (int)s->cpus.n);
    return mw_pool_create(s->threads, s->topology, s->cpus.at, (int)s->cpus.n, &s->pool, err);
}

/* Positions that a program would make room for: the prompt and an answer as long as the paper's. */
static uint32_t positions(const sample *s)
{
    const size_t wanted = s->n_prompt + 256;
    const uint32_t most = s->runner.model->config.seq_len;
    return wanted < most ? (uint32_t)wanted : most;
}

static const float *prefill(const sample *s)
{
    const float *logits = NULL;
    if (!s->single)
        return mw_decoder_prefill(s->runner.decoder, s->prompt, s->n_prompt, 0);
    for (size_t i = 0; i < s->n_prompt; i++)
        logits = mw_decoder_forward(s->runner.decoder, s->prompt[i], (uint32_t)i);
    return logits;
}

static int choose(const sample *s, const float *logits, size_t position, int32_t *token, mw_error *err)
{
    return mw_next_token(logits, s->runner.model->config.vocab_size, s->variant.name, (uint32_t)position, token, err);
}

static int first_token(sample *s, const char *path, int32_t *token, mw_error *err)
{
    begin(&s->r);
    int rc = mw_runner_open(&s->runner, &s->variant, path, err);
    if (rc)
        return rc;
    end(&s->r, MW_TTFT_OPEN);
    rc = mw_runner_load(&s->runner, err);
    if (rc)
        return rc;
    end(&s->r, MW_TTFT_LOAD);
    rc = mw_runner_ready(&s->runner, s->pool, positions(s), err);
    if (rc)
        return rc;
    end(&s->r, MW_TTFT_READY);
    const float *logits = prefill(s);
    end(&s->r, MW_TTFT_PREFILL);
    rc = choose(s, logits, s->n_prompt - 1, token, err);
    end(&s->r, MW_TTFT_SAMPLE);
    return rc;
}

/* --- what the first token is compared with --- */

typedef struct peak_job {
    const mw_peak *peak;
    uint64_t iterations; /* of each thread */
} peak_job;

static void peak_part(void *arg, int index, int threads)
{
    const peak_job *job = arg;
    (void)index;
    (void)threads;
    volatile double sink = job->peak->run(job->iterations, 1, 1);
    (void)sink;
}

static int steady(sample *s, int32_t token, mw_error *err)
{
    const uint64_t flops = mw_model_prefill_flops(&s->runner.model->config, s->n_prompt);
    const peak_job peak = {mw_peak_of(s->variant.gemv->isa_name), 0};
    for (int i = 0; i < MW_TTFT_AGAINS; i++) {
        if (peak.peak) {
            peak_job job = peak;
            job.iterations = flops / (uint64_t)s->threads / mw_peak_flops(peak.peak, 1);
            begin(&s->r);
            mw_pool_run(s->pool, peak_part, &job);
            end(&s->r, MW_TTFT_PEAK);
        }
        begin(&s->r);
        prefill(s);
        end(&s->r, MW_TTFT_AGAIN);
    }
    int rc = 0;
    for (uint32_t i = 0; i < MW_TTFT_TOKENS && !rc && s->n_prompt + i < positions(s); i++) {
        begin(&s->r);
        const float *logits = mw_decoder_forward(s->runner.decoder, token, (uint32_t)s->n_prompt + i);
        rc = choose(s, logits, s->n_prompt + i, &token, err);
        end(&s->r, MW_TTFT_TOKEN);
    }
    return rc;
}

/* One byte of each page of a thread's share of the mapping. */
static void touch_part(void *arg, int index, int threads)
{
    const mw_weights *w = arg;
    const size_t page = mw_page_bytes(), pages = (size_t)((w->region_bytes + page - 1) / page);
    const volatile char *bytes = w->region;
    for (size_t i = mw_pool_share(pages, index, threads); i < mw_pool_share(pages, index + 1, threads); i++)
        (void)bytes[i * page];
}

static int touch(sample *s, mw_error *err)
{
    mw_runner_unload(&s->runner);
    begin(&s->r);
    int rc = mw_runner_load(&s->runner, err);
    if (rc)
        return rc;
    mw_pool_run(s->pool, touch_part, s->runner.weights);
    end(&s->r, MW_TTFT_TOUCH);
    return 0;
}

static int leave(sample *s, const char *folder, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", folder, s->r.table.file);
    FILE *f = fopen(path, "w");
    int rc = f ? mw_csv_write(&s->r.table, f, err)
               : mw_fail(err, -errno, "%s: cannot be created: %s", path, strerror(errno));
    if (f && fclose(f) && !rc)
        rc = mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    return rc;
}

/* A load that this system lacks is a row that says so: without a phase, the reason as its note. */
static int unavailable(sample *s, const char *why)
{
    mw_csv_free(&s->r.table);
    s->r.table = mw_csv_ttft();
    mw_csv_append(&s->r.table, (mw_cell[MW_TTFT_COUNT]){[MW_TTFT_note] = mw_text(why)});
    return 0;
}

int mw_ttft_sample_run(const mw_job *job, uint64_t entered_ns, mw_error *err)
{
    sample s = {.r = {.table = mw_csv_ttft()},
                .threads = job->threads,
                .cpus = job->cpus,
                .prompt = job->prompt.at,
                .n_prompt = job->prompt.n,
                .single = job->single};
    add(&s.r, MW_TTFT_EXEC, job->clock_ns, entered_ns);
    int32_t token = 0;
    int rc = job->prompt.n > 0 ? mw_variant_parse(job->variant, &s.variant, err) : mw_job_refuse(err);
    if (!rc)
        rc = start_threads(&s, err);
    add(&s.r, MW_TTFT_START, entered_ns, mw_clock_ns());
    if (!rc)
        rc = first_token(&s, job->model, &token, err);
    const mw_weights *w = s.runner.weights;
    const int64_t huge = rc ? MW_UNKNOWN : mw_memory_huge(w->region, (size_t)w->region_bytes);
    if (!rc)
        rc = steady(&s, token, err);
    if (!rc && mw_load_maps(s.variant.load))
        rc = touch(&s, err);
    if (rc == -ENOTSUP)
        rc = unavailable(&s, err->text);
    else
        for (size_t i = 0; i < s.r.table.n_rows; i++)
            mw_csv_replace(&s.r.table, i, MW_TTFT_huge_mib, mib(huge));
    if (!rc)
        rc = leave(&s, job->folder, err);
    mw_runner_close(&s.runner);
    mw_pool_free(s.pool);
    mw_topology_close(s.topology);
    mw_csv_free(&s.r.table);
    return rc;
}
