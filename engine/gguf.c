#include "engine/gguf.h"

#include "engine/cache.h"
#include "engine/gguf_parts.h"
#include "platform/new_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 18 }; /* values that are read and written at a time */

typedef struct writer {
    const mw_tvl_source *source;
    const mw_gguf_new *plan;
    mw_new_file out;
    uint64_t at;
    float *values;
    char *stored; /* the same as they are written */
    mw_progress_fn *progress;
    void *to;
    mw_error *err;
} writer;

static int put(writer *w, const void *from, size_t bytes)
{
    int rc = mw_write_all(w->out.fd, from, bytes, w->out.path, w->err);
    w->at += bytes;
    return rc;
}

static int put_tensor(writer *w, const mw_gguf_new_tensor *t)
{
    static const unsigned char zeros[MW_GGUF_ALIGN];
    const uint64_t n = (uint64_t)t->tensor->rows * t->tensor->cols;
    int rc = put(w, zeros, (size_t)(w->plan->head_bytes + t->at - w->at)); /* the gap after the previous tensor */
    for (uint64_t i = 0; i < n && !rc; i += CHUNK) {
        const size_t some = n - i < CHUNK ? (size_t)(n - i) : CHUNK;
        rc = mw_tvl_source_take(w->source, t->tensor, t->index, i, some, w->values, w->stored, w->err);
        if (!rc)
            rc = put(w, w->stored, (size_t)mw_dtype_bytes(t->tensor->dtype, some));
        if (!rc && w->progress && !w->progress(w->to, w->source->doing, w->at, w->plan->bytes))
            rc = mw_fail(w->err, -EINTR, "%s: interrupted, nothing is left behind", w->out.path);
    }
    return rc;
}

static int write_plan(const mw_tvl_source *source, const mw_gguf_new *g, const char *path, mw_progress_fn *progress,
                      void *to, mw_error *err)
{
    writer w = {.source = source, .plan = g, .progress = progress, .to = to, .err = err};
    static const unsigned char zeros[MW_GGUF_ALIGN];
    int rc = mw_new_file_open(path, g->bytes, &w.out, err);
    if (rc)
        return rc;
    w.values = malloc(CHUNK * sizeof *w.values);
    w.stored = malloc(CHUNK * sizeof *w.values);
    rc = w.values && w.stored ? put(&w, g->head, g->head_bytes)
                              : mw_fail(err, -ENOMEM, "%s: no memory to copy weights", path);
    for (size_t i = 0; i < g->n_tensors && !rc; i++)
        rc = put_tensor(&w, &g->tensors[i]);
    if (!rc)
        rc = put(&w, zeros, (size_t)(g->bytes - w.at));
    free(w.values);
    free(w.stored);
    return mw_new_file_close(&w.out, rc, err);
}

int mw_gguf_write_from(const mw_tvl_source *source, const mw_config *c, const mw_tensor *tensors,
                       const mw_gguf_about *about, const char *path, mw_progress_fn *progress, void *to, mw_error *err)
{
    mw_gguf_new g;
    int rc = mw_gguf_plan(c, tensors, about, source->name, &g, err);
    if (!rc)
        rc = write_plan(source, &g, path, progress, to, err);
    mw_gguf_free(&g);
    return rc;
}

/* A model file as a source, and what it is to become. */
typedef struct copy {
    mw_tvl_source source;
    mw_tensor *tensors; /* freed by the caller, also after a failure */
    mw_gguf_about about;
} copy;

static int copy_of(const mw_model *m, mw_dtype dtype, const char *tokenizer, copy *c, mw_error *err)
{
    *c = (copy){mw_tvl_source_of(&m->file, m->tensors), NULL, {m->name, tokenizer, mw_gguf_file_type(dtype)}};
    c->source.doing = "writing GGUF";
    bool f32 = true;
    for (size_t i = 0; i < m->n_tensors; i++)
        f32 &= m->tensors[i].dtype == MW_F32;
    if (m->layout->id != MW_LAYOUT_ROWMAJOR)
        return mw_fail(err, -EINVAL, "%s: is packed already; give the checkpoint", m->file.path);
    if (!f32)
        return mw_fail(err, -EINVAL, "%s: holds weights below f32; give the f32 checkpoint", m->file.path);
    return mw_model_tensors_as(m, dtype, &c->tensors, err);
}

int mw_gguf_write(const mw_model *m, mw_dtype dtype, const char *tokenizer, const char *path, mw_progress_fn *progress,
                  void *to, mw_error *err)
{
    copy c;
    int rc = copy_of(m, dtype, tokenizer, &c, err);
    if (!rc)
        rc = mw_model_apart(m, path, err);
    if (!rc)
        rc = mw_gguf_write_from(&c.source, &m->config, c.tensors, &c.about, path, progress, to, err);
    free(c.tensors);
    return rc;
}

/* Whether the file is the planned one, as far as its size and everything before the weights show. */
static bool is_plan(const char *path, const mw_gguf_new *g)
{
    mw_file file;
    unsigned char *head = malloc(g->head_bytes);
    bool same = mw_file_open(path, &file, NULL) == 0 && head && file.bytes == g->bytes &&
                mw_file_read(&file, 0, head, g->head_bytes, NULL) == 0 && memcmp(head, g->head, g->head_bytes) == 0;
    mw_file_close(&file);
    free(head);
    return same;
}

int mw_gguf_cached(const mw_model *m, mw_dtype dtype, const char *tokenizer, mw_progress_fn *progress, void *to,
                   char *path, size_t size, mw_error *err)
{
    copy c;
    mw_gguf_new g = {0};
    mw_cache_copy place;
    char ending[32] = ".gguf";
    if (dtype != MW_F32)
        snprintf(ending, sizeof ending, "-%s.gguf", mw_dtypes[dtype].name);
    int rc = copy_of(m, dtype, tokenizer, &c, err);
    if (!rc)
        rc = mw_gguf_plan(&m->config, c.tensors, &c.about, m->file.path, &g, err);
    if (!rc)
        rc = mw_cache_copy_of(&m->file, "gguf", ending, &place, err);
    if (!rc && (size_t)snprintf(path, size, "%s", place.path) >= size)
        rc = mw_fail(err, -ENAMETOOLONG, "the path of the cache folder is too long; set MEMWALL_CACHE");
    if (!rc && !is_plan(path, &g)) {
        rc = write_plan(&c.source, &g, path, progress, to, err);
        if (!rc)
            mw_cache_remove_stale(&place);
    }
    mw_gguf_free(&g);
    free(c.tensors);
    return rc;
}
