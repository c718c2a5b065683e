#include "engine/synthetic.h"

#include "engine/cache.h"
#include "engine/checkpoint.h"
#include "engine/gguf_model.h"
#include "engine/synthetic_stream.h"
#include "engine/tvl_model.h"
#include "platform/new_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 18 };

#define MAKING "making the synthetic model"

/* A stream of floats that is written to the file. */
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
    if (!rc && w->progress && !w->progress(w->to, MAKING, w->done, w->total))
        rc = mw_fail(w->err, -EINTR, "%s: interrupted, nothing is left behind", w->file.path);
    return rc;
}

/* Appends `n` values of the stream (synthetic_stream.h). */
static int append(writer *w, uint64_t n, float mean, float deviation)
{
    int rc = 0;
    while (n > 0 && !rc) {
        const size_t room = CHUNK - w->used, now = n < room ? (size_t)n : room;
        mw_stream_values(&w->state, w->chunk + w->used, now, mean, deviation);
        w->used += now;
        n -= now;
        if (w->used == CHUNK)
            rc = flush(w);
    }
    return rc;
}

/* The spread 1 / sqrt(cols) keeps activations near 1 through all layers, as trained weights do; norm weights are 1. */
static float mean_of(const mw_tensor *t)
{
    return t->vector ? 1 : 0;
}

static float deviation_of(const mw_tensor *t)
{
    return t->vector ? 0 : 1 / sqrtf((float)t->cols);
}

static int by_offset(const void *a, const void *b)
{
    uint64_t x = ((const mw_tensor *)a)->offset, y = ((const mw_tensor *)b)->offset;
    return (x > y) - (x < y);
}

/* All tensors in the order of the file: each float takes one number of the stream. A shared classifier has the same
 * table entry as the embedding. */
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
            rc = append(w, (uint64_t)t->rows * t->cols, mean_of(t), deviation_of(t));
        at = t->offset + (uint64_t)t->rows * t->cols * sizeof(float);
    }
    if (!rc)
        rc = append(w, (mw_checkpoint_v0_bytes(c) - at) / sizeof(float), 0, 0);
    return rc ? rc : flush(w);
}

/* The stream is in the order of a checkpoint, which has no place for more. */
static int check_llama2(const mw_config *c, const char *path, mw_error *err)
{
    char text[MW_CONFIG_TEXT];
    return mw_config_is_llama2(c) ? 0
                                  : mw_fail(err, -EINVAL, "%s: a llama2.c checkpoint cannot describe a model with%s",
                                            path, mw_config_text(c, text) + 1);
}

int mw_synthetic_write(const mw_config *c, uint64_t seed, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err)
{
    int rc = check_llama2(c, path, err);
    if (rc)
        return rc;
    uint64_t total = mw_checkpoint_v0_bytes(c);
    writer w = {.total = total, .progress = progress, .to = to, .err = err};
    mw_weight_stream stream;
    mw_stream_open(seed, &stream);
    w.state = mw_stream_state(&stream, 0);
    unsigned char header[MW_V0_HEADER];
    mw_checkpoint_v0_header(c, header);
    rc = mw_new_file_open(path, total, &w.file, err);
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

/* What a checkpoint of this stream would hold at a tensor's place in it. */
static int read_values(const void *from, const mw_tensor *t, uint64_t first, void *to, size_t n, mw_error *err)
{
    (void)err;
    uint64_t state = mw_stream_state(from, (t->offset - MW_V0_HEADER) / sizeof(float) + first);
    mw_stream_values(&state, to, n, mean_of(t), deviation_of(t));
    return 0;
}

/* The tensors of a checkpoint, with the dtypes that they are written as; offsets are those of f32 values. */
static void table_as(const mw_config *c, mw_dtype dtype, mw_tensor *table)
{
    mw_tensor_table(c, table);
    mw_checkpoint_v0_offsets(c, table);
    for (size_t i = 0; i < mw_tensor_count(c); i++)
        table[i].dtype = mw_tensor_dtype(&table[i], dtype);
}

int mw_synthetic_write_tvl(const mw_config *c, uint64_t seed, mw_dtype dtype, const char *path,
                           mw_progress_fn *progress, void *to, mw_error *err)
{
    int rc = check_llama2(c, path, err);
    if (rc)
        return rc;
    mw_weight_stream *stream = malloc(sizeof *stream);
    mw_tensor *table = calloc(mw_tensor_count(c), sizeof *table);
    rc = stream && table ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", path);
    if (!rc) {
        mw_stream_open(seed, stream);
        table_as(c, dtype, table);
        const mw_tvl_source source = {read_values, stream, NULL, path, MAKING};
        rc = mw_tvl_model_write_from(&source, c, table, path, progress, to, err);
    }
    free(table);
    free(stream);
    return rc;
}

/* The tensors of a synthetic model, as its file holds them; to be freed by the caller. */
static mw_tensor *table_of(const mw_synthetic *s, bool packed, mw_dtype dtype)
{
    mw_tensor *table = calloc(mw_tensor_count(&s->config), sizeof *table);
    if (table && s->recipe)
        mw_synthetic_table(s, table);
    else if (table)
        table_as(&s->config, packed ? dtype : MW_F32, table);
    return table;
}

/* Whether a model is what its file in the cache should be: of that configuration, and each tensor of its dtype. */
static bool is_made_of(const mw_model *m, const mw_synthetic *s, bool packed, mw_dtype dtype)
{
    if (!mw_config_same(&s->config, &m->config))
        return false;
    mw_tensor *table = table_of(s, packed, dtype);
    if (!table)
        return false;
    const bool same = mw_model_has_dtypes(m, table);
    free(table);
    return same;
}

static bool fits(const char *path, const mw_synthetic *s, bool packed, mw_dtype dtype)
{
    mw_model m;
    if (packed      ? mw_tvl_model_open(path, &m, NULL)
        : s->recipe ? mw_gguf_model_open(path, &m, NULL)
                    : mw_checkpoint_open(path, &m, NULL))
        return false;
    const bool same = is_made_of(&m, s, packed, dtype);
    mw_model_close(&m);
    return same;
}

/* The 1 counts changes of the generator. */
static int path_of(const mw_synthetic *s, bool packed, mw_dtype dtype, char *path, size_t size, mw_error *err)
{
    char name[96], ending[32] = "";
    mw_tensor *table = packed ? table_of(s, packed, dtype) : NULL;
    if (packed && !table)
        return mw_fail(err, -ENOMEM, "no memory for a tensor table");
    if (packed)
        mw_tvl_ending(&s->config, table, s->recipe ? MW_F32 : dtype, ending, sizeof ending);
    else
        snprintf(ending, sizeof ending, "%s", s->recipe ? ".gguf" : ".bin");
    free(table);
    snprintf(name, sizeof name, "synthetic-%s%s%s-1%s", s->shape, s->recipe ? "@" : "",
             s->recipe ? s->recipe->name : "", ending);
    return mw_cache_path(name, path, size, err);
}

int mw_synthetic_path(const char *shape, bool packed, mw_dtype dtype, char *path, size_t size, mw_error *err)
{
    mw_synthetic s;
    int rc = mw_synthetic_parse(shape, &s, err);
    return rc ? rc : path_of(&s, packed, dtype, path, size, err);
}

int mw_synthetic_find(const char *shape, bool packed, mw_dtype dtype, char *path, size_t size, bool *there,
                      mw_error *err)
{
    mw_synthetic s;
    int rc = mw_synthetic_parse(shape, &s, err);
    if (!rc)
        rc = path_of(&s, packed, dtype, path, size, err);
    *there = !rc && fits(path, &s, packed, dtype);
    return rc;
}

int mw_synthetic_make(const char *shape, bool packed, mw_dtype dtype, mw_progress_fn *progress, void *to, char *path,
                      size_t size, mw_error *err)
{
    mw_synthetic s;
    bool there;
    int rc = mw_synthetic_find(shape, packed, dtype, path, size, &there, err);
    if (rc || there)
        return rc;
    mw_synthetic_parse(shape, &s, NULL);
    return s.recipe ? mw_synthetic_write_recipe(&s, MW_SYNTHETIC_SEED, packed, path, progress, to, err)
           : packed ? mw_synthetic_write_tvl(&s.config, MW_SYNTHETIC_SEED, dtype, path, progress, to, err)
                    : mw_synthetic_write(&s.config, MW_SYNTHETIC_SEED, path, progress, to, err);
}
