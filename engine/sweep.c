/* The products with weight matrices, and the operations that follow on each row of the result. Threads share the rows
 * of every matrix, and no row is ever split: whatever the number of threads, an output is computed by one of them in
 * one fixed order.
 *
 * A matrix of a block format is multiplied with int8 activations, which are made once for all products of a sweep.
 *
 * A batch goes through the GEMM kernel of the set. Without one the GEMV kernel is called for each token, on few rows at
 * a time, so that they are in the cache for all tokens but the first. Either way weights are read from memory once. */
#include "engine/decoder_parts.h"

#include <string.h>

typedef struct sweep_job {
    const mw_decoder *d;
    const float *x; /* [tokens][cols] */
    mw_product product[MW_MOST_PRODUCTS];
    int n;
    size_t tokens;
} sweep_job;

/* Where a kernel starts on row `first`, in the copy of the weights for that NUMA node. */
static const void *start_of(const sweep_job *job, const mw_matrix *w, int node, size_t first)
{
    const char *start = mw_weights_near(job->d->weights, w->data, node);
    return start + job->d->weights->layout->at(w->dtype, first, w->rows, w->cols);
}

/* The activations of token t as a kernel over `w` wants them. */
static const void *x_of(const sweep_job *job, const mw_matrix *w, size_t t)
{
    const void *x = mw_dtype_in_blocks(w->dtype) ? (const void *)job->d->b.x8 : job->x;
    return (const char *)x + t * mw_x_bytes(w->dtype, mw_stride(w->cols));
}

/* Rows [first, last) of one matrix by the GEMV kernel. */
static void gemv_rows(const sweep_job *job, const mw_product *p, int node, size_t first, size_t last)
{
    const mw_layout *layout = job->d->weights->layout;
    const size_t rows = p->w->rows, cols = p->w->cols, ld = layout->ld(rows, cols);
    const size_t step = job->tokens > 1 ? MW_ROW_SPLIT : last - first;
    for (; first < last; first += step) {
        const size_t n = last - first < step ? last - first : step;
        const void *w = start_of(job, p->w, node, first);
        for (size_t t = 0; t < job->tokens; t++)
            job->d->set.gemv[p->w->dtype]->fn.gemv(p->y + t * mw_stride(rows) + first, w, x_of(job, p->w, t), n, cols,
                                                   ld);
    }
}

/* The same by the GEMM kernel. */
static void gemm_rows(const sweep_job *job, const mw_product *p, int node, size_t first, size_t last)
{
    const mw_layout *layout = job->d->weights->layout;
    const size_t rows = p->w->rows, cols = p->w->cols;
    job->d->set.gemm[p->w->dtype]->fn.gemm(p->y + first, mw_stride(rows), start_of(job, p->w, node, first),
                                           x_of(job, p->w, 0), mw_stride(cols), job->tokens, last - first, cols,
                                           layout->ld(rows, cols));
}

/* The operations that follow the product in its rows. The rows begin on a line boundary, so that a vector kernel groups
 * the same elements into vectors whatever the share. */
static void finish_rows(const sweep_job *job, const mw_product *p, size_t first, size_t last)
{
    for (size_t t = 0; t < job->tokens; t++) {
        const size_t at = t * mw_stride(p->w->rows) + first;
        for (size_t i = 0; p->bias && i < last - first; i++)
            p->y[at + i] += p->bias[first + i];
        if (p->gate)
            job->d->set.of[MW_OP_SWIGLU]->fn.swiglu(p->gate + at, p->y + at, last - first);
        for (size_t i = at; p->add_to && i < at + last - first; i++)
            p->add_to[i] += p->y[i];
    }
}

static void sweep_part(void *arg, int index, int threads)
{
    const sweep_job *job = arg;
    const int node = mw_pool_node(job->d->pool, index);
    for (const mw_product *p = job->product; p < job->product + job->n; p++) {
        size_t first, last;
        mw_layout_rows_of(p->w->rows, index, threads, &first, &last);
        if (first < last) {
            (job->tokens > 1 && job->d->set.gemm[p->w->dtype] ? gemm_rows : gemv_rows)(job, p, node, first, last);
            finish_rows(job, p, first, last);
        }
    }
}

static void quantize_one(void *arg, size_t t)
{
    const sweep_job *job = arg;
    const size_t cols = job->product->w->cols, at = t * mw_stride(cols);
    job->d->set.of[MW_OP_QUANTIZE]->fn.quantize(job->d->b.x8 + at / MW_X8, job->x + at, cols);
}

void mw_sweep(mw_decoder *d, size_t tokens, const float *x, int n, const mw_product *products)
{
    sweep_job job = {.d = d, .x = x, .n = n, .tokens = tokens};
    bool blocks = false;
    for (int i = 0; i < n; i++)
        blocks |= mw_dtype_in_blocks(products[i].w->dtype);
    memcpy(job.product, products, (size_t)n * sizeof *products);
    if (blocks) {
        mw_each_token(d, tokens, quantize_one, &job);
        mw_profile_mark(d->profile, MW_STEP_QUANTIZE);
    }
    mw_pool_run(d->pool, sweep_part, &job);
}
