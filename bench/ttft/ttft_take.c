/* Taking a sample: the state of the model's file before it, cold or warm and proved so, the process, and its rows. */
#include "bench/ttft/ttft.h"

#include "bench/run/suite.h"
#include "bench/stats/random.h"
#include "bench/tables/csv.h"
#include "engine/cache.h"
#include "engine/tvl_model.h"
#include "platform/os.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 3, BLOCK = 4 << 20, MOST_ROWS = 64 };

/* Shares of the file's bytes in memory: cold has less than the first, warm more than the second. */
static const double COLD_MOST = 0.01, WARM_LEAST = 0.99;

const char *mw_ttft_phase_name(mw_ttft_phase phase)
{
    static const char *const names[MW_TTFT_PHASES] = {"exec",    "start",       "open",          "load", "ready",
                                                      "prefill", "sample",      "prefill_again", "peak", "token",
                                                      "touch",   "read_direct", "read_buffered"};
    return names[phase];
}

/* --- the file --- */

/* Share of the file that is in memory, NAN if the system does not say. The mapping that it takes to ask brings nothing
 * in and is gone afterwards. */
static int look(const mw_model *m, double *share, mw_error *err)
{
    const void *start;
    int rc = mw_file_map(&m->file, MW_MAP_PLAIN, &start, err);
    if (rc)
        return rc;
    int64_t bytes = mw_file_resident(start, (size_t)m->file.bytes);
    mw_file_unmap(start, m->file.bytes);
    *share = bytes == MW_UNKNOWN ? NAN : fmin(1, (double)bytes / (double)m->file.bytes);
    return 0;
}

/* Brings the file into its state and looks whether that worked; if not, `note` says why. Cold: written back, dropped
 * from memory, and mapped by nobody; a few tries. Warm: dropped, then read in again by the load's own way, because the
 * size of the pages that hold a file is decided when they are filled. Needs no rights but to read the file. An error is
 * one of the file, not of its state. */
static int reach(const mw_model *m, mw_load load, bool cold, double *resident, mw_error *note, mw_error *err)
{
    bool reached = false;
    *resident = NAN;
    for (int i = 0; i < TRIES && !reached; i++) {
        int rc = cold ? mw_file_evict(&m->file, err) : mw_weights_refill(mw_model_source(m), load, err);
        if (rc == -ENOTSUP)
            return mw_fail(note, 0, "%s", err->text);
        if (!rc)
            rc = look(m, resident, err);
        if (rc)
            return rc;
        reached = cold ? *resident < COLD_MOST : *resident > WARM_LEAST;
    }
    if (!reached && isnan(*resident))
        mw_fail(note, 0, "this system does not say what of a file is in memory");
    else if (!reached)
        mw_fail(note, 0, "%.1f %% of the file in memory, %s wanted", 100 * *resident,
                cold ? "less than 1 %" : "more than 99 %");
    return 0;
}

/* Nanoseconds in which the device delivers the whole file from first to last byte: dropped from memory first, then read
 * in large blocks past the page cache (`direct`) or through it. -ENOTSUP where that cannot be asked for. */
static int read_file(const mw_model *m, bool direct, uint64_t *ns, mw_error *err)
{
    int flags = O_RDONLY | O_CLOEXEC;
#ifdef O_DIRECT
    flags |= direct ? O_DIRECT : 0;
#else
    if (direct)
        return mw_fail(err, -ENOTSUP, "%s: this system cannot read past its page cache", m->file.path);
#endif
    int rc = mw_file_evict(&m->file, err);
    if (rc)
        return rc;
    char *block = mw_pages_alloc(BLOCK);
    int fd = block ? open(m->file.path, flags) : -1;
    if (fd < 0) {
        rc = !block ? -ENOMEM : direct && errno == EINVAL ? -ENOTSUP : -errno;
        mw_fail(err, rc, "%s: cannot be read: %s", m->file.path, strerror(-rc));
    } else {
        ssize_t got;
        memset(block, 1, BLOCK); /* no page of it is to be faulted in on the clock */
        const uint64_t start = mw_clock_ns();
        while ((got = read(fd, block, BLOCK)) > 0)
            ;
        *ns = mw_clock_ns() - start;
        if (got < 0)
            rc = mw_fail(err, -EIO, "%s: cannot be read: %s", m->file.path, strerror(errno));
        close(fd);
    }
    mw_pages_free(block, BLOCK);
    return rc;
}

/* The device alone, in random order, right before a cold sample. What cannot be asked for is left out. */
static int read_device(const mw_model *m, mw_csv *rows, uint64_t *random, mw_error *err)
{
    int order[] = {0, 1};
    mw_shuffle(order, 2, random);
    for (int i = 0; i < 2; i++) {
        uint64_t ns = 0;
        int rc = read_file(m, order[i], &ns, err);
        if (rc == -ENOTSUP)
            continue;
        if (rc)
            return rc;
        const char *phase = mw_ttft_phase_name(order[i] ? MW_TTFT_READ_DIRECT : MW_TTFT_READ_BUFFERED);
        const double ms = (double)ns * 1e-6;
        mw_csv_append(rows, (mw_cell[MW_TTFT_COUNT]){[MW_TTFT_phase] = mw_text(phase), [MW_TTFT_ms] = mw_fixed(ms, 6)});
    }
    return 0;
}

/* --- the process --- */

/* Starts a process for the sample and waits for it. Its rows are appended with the columns of the phases filled in:
 * phase, ms, faults, read_bytes, rss_mib, pss_mib, huge_mib. If the system cannot load that way, `note` says so, and
 * there is one row without a phase. */
static int start(const mw_ttft *t, const mw_ttft_case *c, mw_csv *rows, mw_error *note, mw_error *err)
{
    mw_session *s = t->session;
    const size_t before = rows->n_rows, threads = (size_t)c->threads, cpus = (size_t)s->n_cpus;
    const mw_job job = {.kind = MW_JOB_PART,
                        .suite = s->options->suite->name,
                        .model = c->model->file.path,
                        .variant = c->variant->name,
                        .threads = c->threads,
                        .cpus = {s->cpus, cpus < threads ? cpus : threads},
                        .prompt = {t->prompt, c->n_prompt},
                        .single = c->single};
    mw_job_end end;
    char path[1200], word[] = "sample"; /* for those who look at a list of processes */
    int rc = mw_job_start(&job, (char *[]){s->argv[0], word, NULL}, MW_CHILD_SHARED, 0, &end, err);
    if (!rc)
        rc = mw_job_result(&end, "a sample", err);
    s->told = rc && end.told;
    snprintf(path, sizeof path, "%s/%s", end.folder, rows->file);
    if (!rc && mw_job_take(&end, MW_TTFT_LACKS, note->text, sizeof note->text))
        mw_csv_append(rows, NULL);
    else if (!rc)
        rc = mw_csv_read(path, rows, err);
    if (!rc && rows->n_rows == before)
        rc = mw_fail(err, -EIO, "%s: a sample left no rows", path);
    mw_job_end_free(&end);
    return rc;
}

/* Median of a column in the rows of a phase; NAN if there is none. */
static double median_of(const mw_csv *rows, size_t column, mw_ttft_phase phase)
{
    double x[MOST_ROWS];
    const mw_key keys[] = {{MW_TTFT_phase, mw_ttft_phase_name(phase)}, {0, NULL}};
    const size_t n = rows->n_rows <= MOST_ROWS ? mw_csv_numbers(rows, column, keys, x) : 0;
    mw_sort(x, n);
    return n > 0 ? mw_percentile(x, n, 0.5) : NAN;
}

static mw_ttft_sample sample_of(const mw_csv *rows, bool counted)
{
    mw_ttft_sample s = {.counted = counted,
                        .touch_faults = median_of(rows, MW_TTFT_minor_faults, MW_TTFT_TOUCH),
                        .rss_mib = median_of(rows, MW_TTFT_rss_mib, MW_TTFT_SAMPLE),
                        .pss_mib = median_of(rows, MW_TTFT_pss_mib, MW_TTFT_SAMPLE),
                        .huge_mib = median_of(rows, MW_TTFT_huge_mib, MW_TTFT_SAMPLE)};
    for (int p = 0; p < MW_TTFT_PHASES; p++)
        s.ms[p] = median_of(rows, MW_TTFT_ms, (mw_ttft_phase)p);
    for (int p = MW_TTFT_OPEN; p < MW_TTFT_FIRST_COUNT; p++) { /* what is unknown once stays unknown */
        s.ttft_ms += s.ms[p];
        s.minor += median_of(rows, MW_TTFT_minor_faults, (mw_ttft_phase)p);
        s.major += median_of(rows, MW_TTFT_major_faults, (mw_ttft_phase)p);
        s.read_bytes += median_of(rows, MW_TTFT_read_bytes, (mw_ttft_phase)p);
    }
    return s;
}

int mw_ttft_take(mw_ttft *t, size_t index, size_t round, size_t place, uint64_t *random, mw_error *err)
{
    const mw_ttft_case *c = &t->cases[index];
    const char *state = c->cold ? "cold" : "warm";
    double resident;
    mw_error note = {""};
    mw_csv rows = mw_csv_ttft();
    int rc = c->cold ? read_device(c->model, &rows, random, err) : 0;
    if (!rc)
        rc = reach(c->model, c->variant->load, c->cold, &resident, &note, err);
    if (!rc && !note.text[0])
        rc = start(t, c, &rows, &note, err);
    if (!rc) {
        const bool counted = !note.text[0];
        const mw_cell known[MW_TTFT_COUNT] = {
            [MW_TTFT_run_id] = mw_text(t->session->run_id),
            [MW_TTFT_variant] = mw_text(c->variant->name),
            [MW_TTFT_kernel] = mw_text(mw_kernel_label(c->variant->gemv)),
            [MW_TTFT_layout] = mw_text(c->variant->layout->name),
            [MW_TTFT_load] = mw_text(mw_load_name(c->variant->load)),
            [MW_TTFT_threads] = mw_whole(c->threads),
            [MW_TTFT_state] = mw_text(state),
            [MW_TTFT_prompt] = mw_whole((int64_t)c->n_prompt),
            [MW_TTFT_feeding] = mw_text(c->single ? "token" : "batch"),
            [MW_TTFT_rep] = mw_whole((int64_t)round + 1),
            [MW_TTFT_sample] = mw_whole((int64_t)place + 1),
            [MW_TTFT_counted] = mw_whole(counted),
            [MW_TTFT_resident] = mw_fixed(resident, 5),
            [MW_TTFT_note] = mw_text(counted ? NULL : note.text),
        };
        if (rows.n_rows == 0)
            mw_csv_append(&rows, NULL);
        for (size_t i = 0; i < rows.n_rows; i++) {
            mw_cell row[MW_TTFT_COUNT];
            for (size_t k = 0; k < MW_TTFT_COUNT; k++)
                row[k] = known[k].kind != MW_CELL_EMPTY ? known[k] : mw_csv_cells(&rows, i)[k];
            mw_csv_append(t->table, row);
        }
        t->table->out_of_memory |= rows.out_of_memory;
        t->sample[round * t->n + index] = sample_of(&rows, counted);
        if (!counted)
            mw_session_warn(t->session, "not counted: %s, %s: %s", c->variant->name, state, note.text);
    }
    mw_csv_free(&rows);
    return rc;
}

int mw_ttft_pack(mw_ttft *t, size_t round, mw_error *err)
{
    char name[64], path[512];
    double resident;
    mw_session *s = t->session;
    mw_progress_say(&s->progress, "round %zu of %zu: packing the checkpoint", round + 1, (size_t)s->options->reps);
    snprintf(name, sizeof name, "ttft-%ld.tvl", (long)getpid());
    int rc = mw_cache_path(name, path, sizeof path, err);
    if (!rc)
        rc = reach(&s->model, MW_LOAD_HEAP, false, &resident, NULL, err);
    const uint64_t start_ns = mw_clock_ns();
    if (!rc)
        rc = mw_tvl_model_write(&s->model, MW_F32, path, mw_progress_bytes, &s->progress, err);
    if (rc)
        return rc;
    t->pack_ms[round] = (double)(mw_clock_ns() - start_ns) * 1e-6;
    unlink(path);
    return 0;
}
