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
    const mw_model *model;
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
    const mw_tensor *from = t->from;
    const uint64_t n = (uint64_t)from->rows * from->cols;
    int rc = put(w, zeros, (size_t)(w->plan->head_bytes + t->at - w->at)); /* the gap after the previous tensor */
    for (uint64_t i = 0; i < n && !rc; i += CHUNK) {
        const size_t some = n - i < CHUNK ? (size_t)(n - i) : CHUNK;
        rc = mw_file_read(&w->model->file, from->offset + i * sizeof(float), w->values, some * sizeof(float), w->err);
        if (!rc)
            rc = mw_tensor_store(from, t->dtype, w->values, some, w->stored, w->model->file.path, w->err);
        if (!rc)
            rc = put(w, w->stored, (size_t)mw_dtype_bytes(t->dtype, some));
        if (!rc && w->progress && !w->progress(w->to, "writing GGUF", w->at, w->plan->bytes))
            rc = mw_fail(w->err, -EINTR, "%s: interrupted, nothing is left behind", w->out.path);
    }
    return rc;
}

static int write_plan(const mw_model *m, const mw_gguf_new *g, const char *path, mw_progress_fn *progress, void *to,
                      mw_error *err)
{
    writer w = {.model = m, .plan = g, .progress = progress, .to = to, .err = err};
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

static int plan(const mw_model *m, mw_dtype dtype, const char *tokenizer, mw_gguf_new *g, mw_error *err)
{
    *g = (mw_gguf_new){0};
    bool f32 = true;
    for (size_t i = 0; i < m->n_tensors; i++)
        f32 &= m->tensors[i].dtype == MW_F32;
    if (m->layout->id != MW_LAYOUT_ROWMAJOR)
        return mw_fail(err, -EINVAL, "%s: is packed already; give the checkpoint", m->file.path);
    if (!f32)
        return mw_fail(err, -EINVAL, "%s: holds weights below f32; give the f32 checkpoint", m->file.path);
    return mw_gguf_plan(m, dtype, tokenizer, g, err);
}

int mw_gguf_write(const mw_model *m, mw_dtype dtype, const char *tokenizer, const char *path, mw_progress_fn *progress,
                  void *to, mw_error *err)
{
    mw_gguf_new g;
    int rc = plan(m, dtype, tokenizer, &g, err);
    if (!rc)
        rc = mw_model_apart(m, path, err);
    if (!rc)
        rc = write_plan(m, &g, path, progress, to, err);
    mw_gguf_free(&g);
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

int mw_gguf_cached(const mw_model *m, const char *tokenizer, mw_progress_fn *progress, void *to, char *path,
                   size_t size, mw_error *err)
{
    mw_gguf_new g;
    mw_cache_copy copy;
    int rc = plan(m, MW_F32, tokenizer, &g, err);
    if (!rc)
        rc = mw_cache_copy_of(&m->file, "gguf", ".gguf", &copy, err);
    if (!rc && (size_t)snprintf(path, size, "%s", copy.path) >= size)
        rc = mw_fail(err, -ENAMETOOLONG, "the path of the cache folder is too long; set MEMWALL_CACHE");
    if (!rc && !is_plan(path, &g)) {
        rc = write_plan(m, &g, path, progress, to, err);
        if (!rc)
            mw_cache_remove_stale(&copy);
    }
    mw_gguf_free(&g);
    return rc;
}
