#include "engine/synthetic.h"

#include "engine/cache.h"
#include "engine/checkpoint.h"
#include "platform/new_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    mw_config config; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} shapes[] = {
    {"stories260K", {64, 172, 5, 8, 4, 512, 512, true}},
    {"stories15M", {288, 768, 6, 6, 6, 32000, 256, true}},
    {"stories42M", {512, 1376, 8, 8, 8, 32000, 1024, true}},
    {"stories110M", {768, 2048, 12, 12, 12, 32000, 1024, true}},
    {"llama-1.1B", {2048, 5632, 22, 32, 4, 32000, 2048, false}},
    {"llama-3B", {3200, 8640, 26, 32, 32, 32000, 2048, false}},
    {"llama-7B", {4096, 11008, 32, 32, 32, 32000, 4096, false}},
    {"llama-13B", {5120, 13824, 40, 40, 40, 32000, 4096, false}},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0], CHUNK = 1 << 18, SEED = 1 };

int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err)
{
    char names[256] = "";
    for (int i = 0; i < SHAPES; i++) {
        if (strcmp(shape, shapes[i].name) == 0) {
            *config = shapes[i].config;
            return 0;
        }
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", shapes[i].name);
    }
    return mw_fail(err, -ENOENT, "no synthetic shape is called '%.64s'; choose one of: %s", shape, names);
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). */
static uint32_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (uint32_t)(x * 0x2545f4914f6cdd1dull >> 32);
}

/* A stream of floats on its way to the file. */
typedef struct writer {
    mw_new_file file;
    float *chunk;
    size_t used;
    uint64_t done, total, state;
    mw_progress_fn *progress;
    void *to;
    mw_error *err;
} writer;

static int flush(writer *w)
{
    int rc = mw_write_all(w->file.fd, w->chunk, w->used * sizeof(float), w->file.path, w->err);
    w->done += w->used * sizeof(float);
    w->used = 0;
    if (!rc && w->progress && !w->progress(w->to, "making the synthetic model", w->done, w->total))
        rc = mw_fail(w->err, -EINTR, "%s: interrupted, nothing is left behind", w->file.path);
    return rc;
}

/* Appends `n` values: uniform with standard deviation `deviation` around `mean`. 24 random bits scaled by a power of
 * two are exact, so the smallest weight that is not zero is deviation * 2^-23: no denormals. */
static int append(writer *w, uint64_t n, float mean, float deviation)
{
    float scale = deviation * 1.7320508f / 8388608.0f;
    int rc = 0;
    for (uint64_t i = 0; i < n && !rc; i++) {
        w->chunk[w->used++] = mean + scale * (float)((int32_t)(next_random(&w->state) >> 8) - 8388608);
        if (w->used == CHUNK)
            rc = flush(w);
    }
    return rc;
}

static int by_offset(const void *a, const void *b)
{
    uint64_t x = ((const mw_tensor *)a)->offset, y = ((const mw_tensor *)b)->offset;
    return (x > y) - (x < y);
}

/* All tensors in the order of the file. The spread 1 / sqrt(cols) keeps activations near 1 through all layers, as
 * trained weights do; norm weights are 1. A shared classifier has the same table entry as the embedding. */
static int write_tensors(writer *w, const mw_config *c, mw_tensor *table)
{
    size_t n = mw_tensor_count(c);
    uint64_t at = MW_V0_HEADER;
    qsort(table, n, sizeof *table, by_offset);
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        const mw_tensor *t = &table[i];
        rc = append(w, (t->offset - at) / sizeof(float), 0, 0); /* the unused angle tables */
        if (!rc)
            rc = append(w, (uint64_t)t->rows * t->cols, t->vector ? 1 : 0, t->vector ? 0 : 1 / sqrtf((float)t->cols));
        at = t->offset + (uint64_t)t->rows * t->cols * sizeof(float);
    }
    if (!rc)
        rc = append(w, (mw_checkpoint_v0_bytes(c) - at) / sizeof(float), 0, 0);
    return rc ? rc : flush(w);
}

int mw_synthetic_write(const mw_config *c, uint64_t seed, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err)
{
    uint64_t total = mw_checkpoint_v0_bytes(c);
    writer w = {.total = total, .state = seed * 0x9e3779b97f4a7c15ull + 1, .progress = progress, .to = to, .err = err};
    unsigned char header[MW_V0_HEADER];
    mw_checkpoint_v0_header(c, header);
    int rc = mw_new_file_open(path, total, &w.file, err);
    if (rc)
        return rc;
    mw_tensor *table = calloc(mw_tensor_count(c), sizeof *table);
    w.chunk = malloc(CHUNK * sizeof *w.chunk);
    if (!table || !w.chunk)
        rc = mw_fail(err, -ENOMEM, "%s: no memory for a write buffer", path);
    if (!rc) {
        mw_tensor_table(c, table);
        mw_checkpoint_v0_offsets(c, table);
        rc = mw_write_all(w.file.fd, header, sizeof header, path, err);
    }
    if (!rc)
        rc = write_tensors(&w, c, table);
    free(w.chunk);
    free(table);
    return mw_new_file_close(&w.file, rc, err);
}

/* Whether `path` is a complete file of this configuration. */
static bool fits(const char *path, const mw_config *c)
{
    mw_model m;
    if (mw_checkpoint_open(path, &m, NULL))
        return false;
    bool same = mw_config_same(c, &m.config);
    mw_model_close(&m);
    return same;
}

int mw_synthetic_make(const char *shape, mw_progress_fn *progress, void *to, char *path, size_t size, mw_error *err)
{
    mw_config c;
    int rc = mw_synthetic_config(shape, &c, err);
    if (rc)
        return rc;
    char name[64]; /* the 1 counts changes of the generator */
    snprintf(name, sizeof name, "synthetic-%s-1.bin", shape);
    rc = mw_cache_path(name, path, size, err);
    if (rc || fits(path, &c))
        return rc;
    return mw_synthetic_write(&c, SEED, path, progress, to, err);
}
