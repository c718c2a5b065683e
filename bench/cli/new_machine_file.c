#include "bench/cli/new_machine_file.h"

#include "bench/predict/machine_measure.h"
#include "bench/run/output.h"
#include "bench/tables/to_json.h"
#include "platform/new_file.h"
#include "platform/os.h"
#include "platform/program.h"
#include "platform/quote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Far more than a file has. */
enum { MOST_BYTES = 1 << 16 };

static void warn(void *to, const char *sentence)
{
    (void)to;
    fprintf(stderr, "bench: warning: %s\n", sentence);
}

static int measure(mw_command *c, int argc, char **argv, mw_measured *m, mw_error *err)
{
    static mw_session s; /* lists of CPUs make it large for a stack */
    mw_interrupt_catch();
    int rc = mw_session_open(&s, &c->options, NULL, argc, argv, err);
    if (!rc && !c->options.quiet)
        mw_machine_warnings(warn, NULL);
    if (!rc)
        rc = mw_machine_measure(&s, m, err);
    if (!rc && s.unbound && !c->options.quiet)
        warn(NULL, MW_UNBOUND_WARNING);
    mw_session_close(&s);
    return rc;
}

static int write_file(mw_new_file *file, const mw_measured *m, mw_error *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    int rc = f ? mw_to_json_write(mw_machine_file_json(m), "the machine file", f, err)
               : mw_fail(err, -ENOMEM, "no memory for the machine file");
    if (f && fclose(f) && !rc)
        rc = mw_fail(err, -ENOMEM, "no memory for the machine file");
    if (!rc)
        rc = mw_write_all(file->fd, text, n, file->path, err);
    free(text);
    return rc;
}

/* What to do with the file. */
static void tell(const char *program, const char *path)
{
    fprintf(stderr, "%s --suite=predict --machine=%s", program, strchr(path, '/') ? "" : "./");
    mw_quote(stderr, path);
    fputc('\n', stderr);
}

int mw_new_machine_file(mw_command *c, int argc, char **argv, mw_error *err)
{
    static mw_measured m;
    const char *path = c->machine_file;
    mw_new_file file;
    if (mw_emulator())
        return mw_fail(err, -ENOTSUP, "--machine-file: %s has not the speed of a machine; measure without it",
                       mw_emulator());
    if (strcmp(path, "-") == 0) {
        int rc = measure(c, argc, argv, &m, err);
        if (!rc)
            rc = mw_to_json_write(mw_machine_file_json(&m), "the machine file", stdout, err);
        return rc ? rc : mw_program_end(err);
    }
    if (access(path, F_OK) == 0)
        return mw_fail(err, -EEXIST, "%s: is there already; choose another name", path);
    int rc = mw_new_file_open(path, MOST_BYTES, &file, err); /* better now than after measuring */
    if (rc)
        return rc;
    rc = measure(c, argc, argv, &m, err);
    if (!rc)
        rc = write_file(&file, &m, err);
    rc = mw_new_file_close(&file, rc, err);
    if (!rc && !c->options.quiet)
        tell(argv[0], path);
    return rc;
}
