/* The parent's side of a sample. */
#include "bench/tables/csv_read.h"
#include "bench/ttft/sample.h"
#include "bench/ttft/sample_parts.h"
#include "platform/child.h"
#include "platform/os.h"
#include "platform/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

const char *mw_ttft_phase_name(mw_ttft_phase phase)
{
    static const char *const names[MW_TTFT_PHASES] = {"exec",    "start",       "open",          "load", "ready",
                                                      "prefill", "sample",      "prefill_again", "peak", "token",
                                                      "touch",   "read_direct", "read_buffered"};
    return names[phase];
}

/* "0,1,5" */
static char *list_of(const int32_t *numbers, size_t n)
{
    enum { WIDTH = 12 };
    char *text = malloc(n * WIDTH + 1);
    size_t used = 0;
    for (size_t i = 0; text && i < n; i++)
        used += (size_t)snprintf(text + used, WIDTH + 1, "%s%d", i ? "," : "", (int)numbers[i]);
    return text;
}

static int take_rows(const char *path, mw_csv *table, mw_error *err)
{
    const size_t before = table->n_rows;
    int rc = mw_csv_read(path, table, err);
    char *const *first = rc || table->n_rows == before ? NULL : mw_csv_row(table, before);
    if (!rc && !first)
        rc = mw_fail(err, -EIO, "%s: a sample left no rows", path);
    else if (!rc && first[MW_TTFT_note] && !first[MW_TTFT_phase])
        rc = mw_fail(err, -ENOTSUP, "%s", first[MW_TTFT_note]);
    return rc;
}

int mw_ttft_sample_start(char *program, const mw_ttft_order *o, const char *scratch, mw_csv *table, mw_error *err)
{
    char out[1100], threads[16], clock[32];
    char *prompt = list_of(o->prompt, o->n_prompt), *cpus = list_of(o->cpus, (size_t)o->n_cpus);
    snprintf(out, sizeof out, "%s/sample", scratch);
    snprintf(threads, sizeof threads, "%d", o->threads);
    char word[] = "sample", feeding[8];
    snprintf(feeding, sizeof feeding, "%s", o->single ? "token" : "batch");
    char *argv[MW_SAMPLE_ARGUMENTS + 1] = {[MW_SAMPLE_PROGRAM] = program,
                                           [MW_SAMPLE_WORD] = word,
                                           [MW_SAMPLE_MODEL] = (char *)(uintptr_t)o->model,
                                           [MW_SAMPLE_VARIANT] = (char *)(uintptr_t)o->variant->name,
                                           [MW_SAMPLE_THREADS] = threads,
                                           [MW_SAMPLE_CPUS] = cpus,
                                           [MW_SAMPLE_PROMPT] = prompt,
                                           [MW_SAMPLE_FEEDING] = feeding,
                                           [MW_SAMPLE_OUT] = out};
    int status = 0,
        rc = prompt && cpus ? 0 : mw_fail(err, -ENOMEM, "no memory for a prompt of %zu tokens", o->n_prompt);
    if (!rc) {
        snprintf(clock, sizeof clock, "%llu", (unsigned long long)mw_clock_ns());
        rc = mw_child_run(argv, MW_SAMPLE_VARIABLE, clock, &status, err);
    }
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (!rc && status != 0) {
        err->text[0] = '\0';
        rc = status == 1    ? -EDOM
             : status > 128 ? mw_fail(err, -EIO, "a sample was ended by signal %d", status - 128)
                            : -EIO;
    }
    if (!rc)
        rc = take_rows(out, table, err);
    unlink(out);
    free(prompt);
    free(cpus);
    return rc;
}
