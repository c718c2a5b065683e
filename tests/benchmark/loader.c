/* Benchmark: what it costs to open a model and check everything about it that is checked before its weights are
 * touched.
 *
 *   meson test -C build --benchmark loader
 *
 * The files are sparse: their headers are those of the 110M model, their weights zeros that nobody reads. */
#include "bench/stats/stats.h"
#include "engine/checkpoint.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 501 };

typedef int open_fn(const char *path, mw_model *model, mw_error *err);

static int measure(const char *what, open_fn *open, const char *path, mw_error *err)
{
    double us[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        mw_model m;
        uint64_t start = mw_clock_ns();
        int rc = open(path, &m, err);
        us[i] = (double)(mw_clock_ns() - start) * 1e-3;
        if (rc)
            return rc;
        mw_model_close(&m);
    }
    mw_sort(us, ROUNDS);
    printf("%-28s median %7.1f us, P90 %7.1f us, n = %d\n", what, mw_percentile(us, ROUNDS, 0.5),
           mw_percentile(us, ROUNDS, 0.9), ROUNDS);
    return 0;
}

static int run(const char *checkpoint, const char *packed, mw_error *err)
{
    mw_config c;
    mw_model m;
    unsigned char header[MW_V0_HEADER];
    int rc = mw_synthetic_config("stories110M", &c, err);
    FILE *f = rc ? NULL : fopen(checkpoint, "wb");
    if (!f)
        return rc ? rc : mw_fail(err, -1, "%s: cannot be written", checkpoint);
    mw_checkpoint_v0_header(&c, header);
    bool written = fwrite(header, sizeof header, 1, f) == 1 && fflush(f) == 0 &&
                   ftruncate(fileno(f), (off_t)mw_checkpoint_v0_bytes(&c)) == 0;
    if (fclose(f) || !written)
        return mw_fail(err, -1, "%s: cannot be written", checkpoint);
    rc = measure("checkpoint v0, 438 MB", mw_checkpoint_open, checkpoint, err);
    if (!rc)
        rc = mw_checkpoint_open(checkpoint, &m, err);
    if (rc)
        return rc;
    rc = mw_tvl_model_write(&m, MW_F32, packed, NULL, NULL, err);
    mw_model_close(&m);
    return rc ? rc : measure(".tvl, 441 MB", mw_tvl_model_open, packed, err);
}

int main(void)
{
    char folder[] = "/tmp/memwall-loader-XXXXXX", checkpoint[64], packed[64];
    mw_error err = {""};
    if (!mkdtemp(folder))
        return 1;
    snprintf(checkpoint, sizeof checkpoint, "%s/model.bin", folder);
    snprintf(packed, sizeof packed, "%s/model.tvl", folder);
    int rc = run(checkpoint, packed, &err);
    unlink(checkpoint);
    unlink(packed);
    rmdir(folder);
    if (rc)
        fprintf(stderr, "loader: %s\n", err.text);
    return rc != 0;
}
