/* A sample: a process that does nothing else than to reach its first token, and then what that is compared with. */
#include "bench/ttft/ttft.h"

#include "engine/runner.h"
#include "kernels/peak.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>

enum { AGAINS = 3, TOKENS = 8 };

typedef struct sample {
    const mw_job *job;
    mw_csv rows;
    uint64_t start_ns; /* of the phase, with what the system counted before */
    mw_faults faults;
    int64_t read;
    mw_variant variant;
    mw_topology *topology;
    mw_pool *pool;
    mw_runner runner;
    const mw_peak *peak;
    uint64_t iterations; /* of the peak, for each thread */
    int32_t token;       /* the latest */
} sample;

/* --- rows --- */

static mw_cell mib(int64_t bytes)
{
    return bytes == MW_UNKNOWN ? mw_text(NULL) : mw_fixed((double)bytes / (1 << 20), 3);
}

static mw_cell added(int64_t before, int64_t after)
{
    return mw_whole(after != MW_UNKNOWN && before != MW_UNKNOWN ? after - before : MW_UNKNOWN);
}

static void begin(sample *s)
{
    s->faults = mw_faults_now();
    s->read = mw_device_bytes_read();
    s->start_ns = mw_clock_ns();
}

/* Ends a phase, which took from `start` to `end`, and begins the next one. */
static void add(sample *s, mw_ttft_phase phase, uint64_t start, uint64_t end)
{
    const mw_faults faults = mw_faults_now();
    const int64_t read = mw_device_bytes_read();
    mw_csv_append(&s->rows, (mw_cell[MW_TTFT_COUNT]){
                                [MW_TTFT_phase] = mw_text(mw_ttft_phase_name(phase)),
                                [MW_TTFT_ms] = mw_fixed((double)(end - start) * 1e-6, 6),
                                [MW_TTFT_minor_faults] = added(s->faults.minor, faults.minor),
                                [MW_TTFT_major_faults] = added(s->faults.major, faults.major),
                                [MW_TTFT_read_bytes] = added(s->read, read),
                                [MW_TTFT_rss_mib] = mib(mw_memory_resident()),
                                [MW_TTFT_pss_mib] = mib(mw_memory_proportional()),
                            });
    begin(s);
}

static void end(sample *s, mw_ttft_phase phase)
{
    add(s, phase, s->start_ns, mw_clock_ns());
}

/* --- up to the first token --- */

static int start_threads(sample *s, mw_error *err)
{
    const mw_job_list cpus = s->job->cpus;
    int rc = mw_topology_open(&s->topology, err);
    if (rc)
        return rc;
    mw_topology_bind_memory(s->topology, cpus.at, (int)cpus.n);
    return mw_pool_create(s->job->threads, s->topology, cpus.at, (int)cpus.n, &s->pool, err);
}

/* Positions that a program would make room for: the prompt and an answer as long as the paper's. */
static uint32_t positions(const sample *s)
{
    const size_t wanted = s->job->prompt.n + 256;
    const uint32_t most = s->runner.model->config.seq_len;
    return wanted < most ? (uint32_t)wanted : most;
}

static const float *prefill(const sample *s)
{
    const mw_job_list prompt = s->job->prompt;
    const float *logits = NULL;
    if (!s->job->single)
        return mw_decoder_prefill(s->runner.decoder, prompt.at, prompt.n, 0);
    for (size_t i = 0; i < prompt.n; i++)
        logits = mw_decoder_forward(s->runner.decoder, prompt.at[i], (uint32_t)i);
    return logits;
}

static int choose(sample *s, const float *logits, size_t position, mw_error *err)
{
    return mw_next_token(logits, s->runner.model->config.vocab_size, s->variant.name, (uint32_t)position, &s->token,
                         err);
}

static int first_token(sample *s, mw_error *err)
{
    begin(s);
    int rc = mw_runner_open(&s->runner, &s->variant, s->job->model, err);
    end(s, MW_TTFT_OPEN);
    if (!rc)
        rc = mw_runner_load(&s->runner, err);
    end(s, MW_TTFT_LOAD);
    if (!rc)
        rc = mw_runner_ready(&s->runner, s->pool, positions(s), err);
    end(s, MW_TTFT_READY);
    if (rc)
        return rc;
    const float *logits = prefill(s);
    end(s, MW_TTFT_PREFILL);
    rc = choose(s, logits, s->job->prompt.n - 1, err);
    end(s, MW_TTFT_SAMPLE);
    return rc;
}

/* --- what the first token is compared with --- */

static void peak_part(void *arg, int index, int threads)
{
    const sample *s = arg;
    (void)index, (void)threads;
    volatile double sink = s->peak->run(s->iterations, 1, 1);
    (void)sink;
}

static int steady(sample *s, mw_error *err)
{
    const size_t n = s->job->prompt.n;
    s->peak = mw_peak_of(s->variant.gemv->isa_name, mw_dtype_in_blocks(s->variant.gemv->dtype));
    if (s->peak)
        s->iterations =
            mw_model_prefill_flops(&s->runner.model->config, n) / (uint64_t)s->job->threads / mw_peak_flops(s->peak, 1);
    for (int i = 0; i < AGAINS; i++) {
        if (s->peak) {
            begin(s);
            mw_pool_run(s->pool, peak_part, s);
            end(s, MW_TTFT_PEAK);
        }
        begin(s);
        prefill(s);
        end(s, MW_TTFT_AGAIN);
    }
    int rc = 0;
    for (size_t i = n; i < n + TOKENS && !rc && i < positions(s); i++) {
        begin(s);
        rc = choose(s, mw_decoder_forward(s->runner.decoder, s->token, (uint32_t)i), i, err);
        end(s, MW_TTFT_TOKEN);
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
    begin(s);
    int rc = mw_runner_load(&s->runner, err);
    if (rc)
        return rc;
    mw_pool_run(s->pool, touch_part, s->runner.weights);
    end(s, MW_TTFT_TOUCH);
    return 0;
}

/* --- the process --- */

static int leave(const sample *s, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", s->job->folder, s->rows.file);
    FILE *f = fopen(path, "w");
    if (!f)
        return mw_fail(err, -errno, "%s: cannot be created: %s", path, strerror(errno));
    int rc = mw_csv_write(&s->rows, f, err);
    if (fclose(f) && !rc)
        rc = mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
    return rc;
}

int mw_ttft_sample_run(const mw_job *job, uint64_t entered_ns, mw_error *err)
{
    sample s = {.job = job, .rows = mw_csv_ttft()};
    add(&s, MW_TTFT_EXEC, job->clock_ns, entered_ns);
    int rc = job->prompt.n > 0 ? mw_variant_parse(job->variant, MW_F32, &s.variant, err) : mw_job_refuse(err);
    if (!rc)
        rc = start_threads(&s, err);
    add(&s, MW_TTFT_START, entered_ns, mw_clock_ns());
    if (!rc)
        rc = first_token(&s, err);
    const mw_weights *w = s.runner.weights;
    const int64_t huge = rc ? MW_UNKNOWN : mw_memory_huge(w->region, (size_t)w->region_bytes);
    if (!rc)
        rc = steady(&s, err);
    if (!rc && mw_load_maps(s.variant.load))
        rc = touch(&s, err);
    for (size_t i = 0; i < s.rows.n_rows; i++)
        mw_csv_replace(&s.rows, i, MW_TTFT_huge_mib, mib(huge));
    if (rc == -ENOTSUP)
        rc = mw_job_leave(job, MW_TTFT_LACKS, err->text, err);
    else if (!rc)
        rc = leave(&s, err);
    mw_runner_close(&s.runner);
    mw_pool_free(s.pool);
    mw_topology_close(s.topology);
    mw_csv_free(&s.rows);
    return rc;
}
