#include "tests/fuzz/fuzz_model.h"

#include "engine/decoder.h"
#include "engine/sampler.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

enum { MOST_BYTES = 1 << 16, MOST_FILE_BYTES = 3 << 20, MOST_TENSORS = 64, MOST_KERNELS = 16 };

static const mw_kernel *choose_kernel(mw_layout_id layout, unsigned pick)
{
    const mw_kernel *fit[MOST_KERNELS];
    unsigned n = 0;
    for (const mw_kernel *const *k = mw_kernels; *k && n < MOST_KERNELS; k++)
        if ((*k)->op == MW_OP_GEMV && (*k)->layout == layout && mw_kernel_supported(*k))
            fit[n++] = *k;
    return n ? fit[pick % n] : NULL;
}

static void decode_tokens(const mw_config *c, mw_decoder *d, mw_sampler *s, uint32_t positions, unsigned pick)
{
    int32_t token = (int32_t)(pick % c->vocab_size);
    for (uint32_t pos = 0; pos < positions; pos++) {
        float *logits = mw_decoder_forward(d, token, pos);
        FUZZ_CHECK(logits);
        token = mw_sampler_next(s, logits);
        FUZZ_CHECK(token == -EDOM || (token >= 0 && (uint32_t)token < c->vocab_size));
        if (token < 0)
            token = (int32_t)c->vocab_size - 1;
    }
    const int32_t prompt[] = {token, (int32_t)(pick % c->vocab_size)};
    FUZZ_CHECK(mw_decoder_prefill(d, prompt, positions < 2 ? 1 : 2, 0));
    FUZZ_CHECK(!mw_decoder_forward(d, (int32_t)c->vocab_size, 0));
    FUZZ_CHECK(!mw_decoder_forward(d, 0, positions));
}

static void decode(const mw_config *c, const mw_weights *w, unsigned pick)
{
    const uint32_t positions = c->seq_len < 2 ? 1 : 2;
    const mw_kernel *gemv = choose_kernel(w->layout->id, pick);
    if (!gemv || mw_decoder_arena_bytes(c, positions) > MOST_BYTES)
        return;
    mw_error err = {""};
    mw_kernel_set set;
    static mw_pool *pool; /* no parser: one for all runs */
    mw_decoder *d = NULL;
    mw_sampler *s = NULL;
    mw_kernel_set_for(gemv, &set);
    if (!pool && !fuzz_ok(mw_pool_create(1, NULL, NULL, 0, &pool, &err), &err))
        return;
    if (fuzz_ok(mw_decoder_create(c, w, &set, pool, positions, &d, &err), &err) &&
        fuzz_ok(mw_sampler_create(c->vocab_size, pick & 1 ? 1.0f : 0.0f, 0.9f, 1 + pick, &s, &err), &err)) {
        mw_decoder_touch_embedding(d);
        decode_tokens(c, d, s, positions, pick);
    }
    mw_sampler_free(s);
    mw_decoder_free(d);
}

static bool all_finite(const mw_weights *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const mw_matrix *m = &w->matrix[i];
        if (!mw_layout_finite(m->vector ? &mw_layout_rowmajor : w->layout, m->dtype, m->data, m->rows, m->cols))
            return false;
    }
    return true;
}

/* Whether the last row of every matrix is the same in both. */
static bool same_weights(const mw_weights *a, const mw_weights *b, const mw_tensor *tensors)
{
    static float row[2][MW_MAX_DIM];
    for (size_t i = 0; i < a->n; i++) {
        const mw_matrix *x = &a->matrix[i], *y = &b->matrix[i];
        const bool vector = tensors[i].vector;
        if (x->rows != y->rows || x->cols != y->cols || x->rows != tensors[i].rows || x->cols != tensors[i].cols ||
            x->dtype != y->dtype)
            return false;
        mw_layout_row(vector ? &mw_layout_rowmajor : a->layout, x->dtype, row[0], x->data, x->rows - 1, x->rows,
                      x->cols);
        mw_layout_row(vector ? &mw_layout_rowmajor : b->layout, y->dtype, row[1], y->data, y->rows - 1, y->rows,
                      y->cols);
        if (memcmp(row[0], row[1], x->cols * sizeof(float)) != 0)
            return false;
    }
    return true;
}

static mw_weights *load(const mw_model *m, const mw_layout *layout, mw_load how, unsigned pick)
{
    mw_error err = {""};
    mw_weights *w = NULL;
    const bool possible = layout == m->layout || (!mw_load_maps(how) && m->layout == &mw_layout_rowmajor);
    const int rc = mw_weights_open(mw_model_source(m), layout, how, &w, &err);
    const bool ok = fuzz_ok(rc, &err);
    FUZZ_CHECK(ok == (w != NULL));
    FUZZ_CHECK(possible || rc == -ENOTSUP);
    if (ok)
        decode(&m->config, w, pick);
    return w;
}

void fuzz_use_model(const mw_model *m, unsigned pick)
{
    static const mw_load maps[] = {MW_LOAD_MMAP, MW_LOAD_MMAP, MW_LOAD_MMAP_POPULATE, MW_LOAD_MMAP_HUGE};
    FUZZ_CHECK(m->n_tensors == mw_tensor_count(&m->config));
    if (mw_weights_bytes(mw_model_source(m), m->layout, MW_LOAD_HEAP) > MOST_BYTES || m->file.bytes > MOST_FILE_BYTES ||
        m->n_tensors > MOST_TENSORS)
        return;
    mw_weights *mapped = load(m, m->layout, maps[pick / 4 % 4], pick);
    for (unsigned i = 0; i < 4; i++) { /* each is the first one at times, for failures come early */
        const mw_layout *layout = mw_layouts[(i + pick) % 4];
        mw_weights *w = load(m, layout, pick & 64 ? MW_LOAD_HEAP_HUGE : MW_LOAD_HEAP, pick);
        if (w) {
            FUZZ_CHECK(all_finite(w));
            FUZZ_CHECK(!mapped || same_weights(w, mapped, m->tensors));
        }
        mw_weights_close(w);
    }
    mw_weights_close(mapped);
}
