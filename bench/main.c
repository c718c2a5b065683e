/* bench: measures Llama-2 decoding on this machine. stdout is the result, stderr is talk. */
#include "bench/decode.h"
#include "bench/machine.h"
#include "bench/output.h"
#include "bench/report.h"
#include "bench/select.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>

#include "build_info.h"

static void print_warning(void *to, const char *sentence)
{
    (void)to;
    fprintf(stderr, "bench: warning: %s\n", sentence);
}

/* A .tvl file holds one layout. Variants of other layouts are left out if nobody asked for them, else refused. */
static int keep_possible(const mw_session *s, mw_variant *variants, int n, mw_error *err)
{
    const mw_options *o = s->options;
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (s->model.layout->id == MW_LAYOUT_ROWMAJOR || s->model.layout == variants[i].layout)
            variants[kept++] = variants[i];
        else if (o->variant || o->layout || o->kernel)
            return mw_fail(err, -EINVAL, "%s: holds layout %s, which %s cannot read; give the checkpoint",
                           s->model.file.path, s->model.layout->name, variants[i].name);
    }
    return kept > 0 ? kept : mw_fail(err, -EINVAL, "%s: this CPU has no kernel for its layout", s->model.file.path);
}

/* From selected variants to a result folder. The folder is written even if a check failed, with what was measured. */
static int measure(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    char folder[1024];
    int n_summaries = 0, rc = mw_output_prepare(session, folder, sizeof folder, err);
    mw_summary *summaries = calloc((size_t)n * MW_MAX_THREAD_COUNTS, sizeof *summaries);
    if (!rc && !summaries)
        rc = mw_fail(err, -ENOMEM, "no memory for %d variants", n);
    mw_progress_clear(&session->progress);
    if (!rc && !session->options->quiet)
        mw_machine_warnings(print_warning, NULL);
    int failed = rc ? 0 : mw_decode_suite(session, variants, n, summaries, &n_summaries, err);
    if (!rc && (failed == 0 || n_summaries > 0)) {
        mw_error write_error;
        mw_error *to = failed ? &write_error : err; /* the first failure is the one to tell */
        rc = mw_output_write(session, folder, to);
        if (!rc)
            rc = mw_report(session, summaries, n_summaries, to);
        if (!rc && !session->options->quiet)
            fprintf(stderr, "results: %s\n", folder);
    }
    free(summaries);
    return failed ? failed : rc;
}

static int exit_code(int rc)
{
    return rc == 0 ? 0 : rc == -EINTR ? 130 : rc == -EDOM ? 1 : 2;
}

int main(int argc, char **argv)
{
    mw_options options;
    mw_error err;
    int rc = mw_options_parse(argc, argv, &options, &err);
    if (!rc && (options.help || options.version || options.list)) {
        if (options.help)
            mw_options_help(stdout);
        else if (options.version)
            printf("bench %s (%s)\n", MW_VERSION, MW_COMMIT);
        else
            mw_report_list(stdout);
        return 0;
    }
    mw_mapping_guard_program("bench");
    mw_interrupt_catch();
    static mw_variant variants[MW_MAX_VARIANTS];
    static mw_session session; /* lists of CPUs make it large for a stack */
    int n = rc ? 0 : mw_select(&options, variants, &err);
    rc = n < 0 ? n : rc;
    if (!rc) {
        rc = mw_session_open(&session, &options, argc, argv, &err);
        if (!rc)
            n = keep_possible(&session, variants, n, &err);
        rc = n < 0 ? n : rc;
        if (!rc)
            rc = measure(&session, variants, n, &err);
        mw_session_close(&session);
    }
    if (rc)
        fprintf(stderr, "bench: %s\n", err.text);
    return exit_code(rc);
}
