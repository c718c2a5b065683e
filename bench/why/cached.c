#include "bench/why/cached.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_ROWS = 4096 }; /* in one call of a kernel */

/* Matrices of one dtype and number of columns: kernels see no other difference. */
typedef struct kind {
    const mw_matrix *first;
    size_t rows; /* of one call */
} kind;

struct mw_cached {
    const mw_unit *unit;
    mw_kernel_set set;
    size_t n_tensors, n_kinds;
    kind *kinds;
    float *y; /* [threads][MOST_ROWS] */
    void *x;  /* zeros as input: neither the time of a float nor that of an integer depends on it */
    size_t x_bytes;
};

static bool swept(const mw_cached *c, size_t i)
{
    return !c->unit->runner.weights->matrix[i].vector;
}

static kind *kind_of(mw_cached *c, const mw_matrix *m)
{
    size_t i = 0;
    while (i < c->n_kinds && !(c->kinds[i].first->dtype == m->dtype && c->kinds[i].first->cols == m->cols))
        i++;
    return &c->kinds[i];
}

static size_t rows_in(size_t bytes, const mw_matrix *m)
{
    const size_t rows = bytes / (size_t)mw_dtype_bytes(m->dtype, m->cols) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    return rows < MW_ROW_SPLIT ? MW_ROW_SPLIT : rows > MOST_ROWS ? MOST_ROWS : rows;
}

int mw_cached_create(const mw_unit *u, size_t l2, mw_cached **out, mw_error *err)
{
    mw_cached *c = calloc(1, sizeof *c);
    *out = c;
    if (!c)
        return mw_fail(err, -ENOMEM, "no memory for products in the cache");
    c->unit = u;
    c->n_tensors = mw_classifier_index(&u->runner.model->config) + 1; /* an embedding of its own comes after it */
    mw_kernel_set_for(u->variant->gemv, &c->set);
    c->kinds = calloc(c->n_tensors, sizeof *c->kinds);
    for (size_t i = 0; c->kinds && i < c->n_tensors; i++) {
        const mw_matrix *m = &u->runner.weights->matrix[i];
        if (!swept(c, i))
            continue;
        kind *k = kind_of(c, m);
        if (!k->first) {
            *k = (kind){m, rows_in(l2 / 2, m)};
            c->n_kinds++;
        }
        const size_t bytes = mw_x_bytes(MW_F32, m->cols) + mw_x_bytes(m->dtype, m->cols) + 256;
        c->x_bytes = bytes > c->x_bytes ? bytes : c->x_bytes;
    }
    c->y = mw_pages_alloc((size_t)u->threads * MOST_ROWS * sizeof *c->y);
    c->x = mw_pages_alloc(c->x_bytes);
    if (c->kinds && c->y && c->x)
        return 0;
    mw_cached_free(c);
    *out = NULL;
    return mw_fail(err, -ENOMEM, "no memory for products in the cache");
}

void mw_cached_free(mw_cached *c)
{
    if (!c)
        return;
    if (c->y)
        mw_pages_free(c->y, (size_t)c->unit->threads * MOST_ROWS * sizeof *c->y);
    if (c->x)
        mw_pages_free(c->x, c->x_bytes);
    free(c->kinds);
    free(c);
}

/* Rows of all matrices of a kind that a thread multiplies. */
static size_t rows_of(const mw_cached *c, const kind *k, int index, int threads)
{
    size_t all = 0;
    for (size_t i = 0; i < c->n_tensors; i++) {
        const mw_matrix *m = &c->unit->runner.weights->matrix[i];
        size_t first, last;
        if (!swept(c, i) || m->dtype != k->first->dtype || m->cols != k->first->cols)
            continue;
        mw_layout_rows_of(m->rows, index, threads, &first, &last);
        all += last - first;
    }
    return all;
}

static void share(void *arg, int index, int threads)
{
    const mw_cached *c = arg;
    const mw_layout *layout = c->unit->runner.weights->layout;
    for (const kind *k = c->kinds; k < c->kinds + c->n_kinds; k++) {
        const mw_matrix *m = k->first;
        size_t first, last, left = rows_of(c, k, index, threads);
        mw_layout_rows_of(m->rows, index, threads, &first, &last);
        if (last - first < MW_ROW_SPLIT) /* a matrix of few rows: all threads take the same ones */
            first = 0, last = m->rows;
        const void *w = (const char *)m->data + layout->at(m->dtype, first, m->rows, m->cols);
        const size_t most = last - first < k->rows ? last - first : k->rows;
        for (size_t n; left > 0; left -= n) {
            n = left < most ? left : most;
            c->set.gemv[m->dtype]->fn.gemv(c->y + (size_t)index * MOST_ROWS, w, c->x, n, m->cols,
                                           layout->ld(m->rows, m->cols));
        }
    }
}

double mw_cached_flops(const mw_cached *c)
{
    double flops = 0;
    for (size_t i = 0; i < c->n_tensors; i++) {
        const mw_matrix *m = &c->unit->runner.weights->matrix[i];
        flops += swept(c, i) ? 2.0 * m->rows * m->cols : 0;
    }
    return flops;
}

uint64_t mw_cached_run(mw_cached *c)
{
    const uint64_t start = mw_clock_ns();
    mw_pool_run(c->unit->pool, share, c);
    return mw_clock_ns() - start;
}
