#include "engine/tvl_model.h"

#include "engine/cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last number of the model: bits. */
enum { ROPE_HALVES = 1, ROPE_FACTORS = 2, QKV_BIAS = 4, QK_NORM = 8, FEATURES = 15 };

/* TVL.md says where they stand in the header. */
static void put_config(const mw_config *config, uint32_t words[MW_TVL_MODEL_WORDS])
{
    const mw_config c = mw_config_plain(config);
    const uint32_t features = (c.rope_halves ? ROPE_HALVES : 0) | (c.rope_factors ? ROPE_FACTORS : 0) |
                              (c.qkv_bias ? QKV_BIAS : 0) | (c.qk_norm ? QK_NORM : 0);
    const uint32_t all[MW_TVL_MODEL_WORDS] = {c.dim,
                                              c.hidden_dim,
                                              c.n_layers,
                                              c.n_heads,
                                              c.n_kv_heads,
                                              c.vocab_size,
                                              c.seq_len,
                                              c.shared_classifier,
                                              c.head_size,
                                              mw_bits_of_float(c.norm_eps),
                                              mw_bits_of_float(c.rope_base),
                                              mw_bits_of_float(c.rope_scale),
                                              features};
    memcpy(words, all, sizeof all);
}

static int get_config(const uint32_t words[MW_TVL_MODEL_WORDS], const char *where, mw_config *c, mw_error *err)
{
    *c = (mw_config){.dim = words[0],
                     .hidden_dim = words[1],
                     .n_layers = words[2],
                     .n_heads = words[3],
                     .n_kv_heads = words[4],
                     .vocab_size = words[5],
                     .seq_len = words[6],
                     .shared_classifier = words[7] == 1,
                     .head_size = words[8],
                     .norm_eps = mw_float_of_bits(words[9]),
                     .rope_base = mw_float_of_bits(words[10]),
                     .rope_scale = mw_float_of_bits(words[11]),
                     .rope_halves = words[12] & ROPE_HALVES,
                     .rope_factors = words[12] & ROPE_FACTORS,
                     .qkv_bias = words[12] & QKV_BIAS,
                     .qk_norm = words[12] & QK_NORM};
    if (words[7] > 1)
        return mw_fail(err, -EINVAL, "%s: its shared-classifier mark is %u, expected 0 or 1; pack it again", where,
                       words[7]);
    if (words[12] > FEATURES)
        return mw_fail(err, -EINVAL, "%s: its features are %u, this program knows 0 to %d; use a newer program", where,
                       words[12], FEATURES);
    return mw_config_check(c, where, err);
}

/* Whether the file holds exactly the tensors that its configuration asks for. */
static int check_tensors(const mw_config *c, const mw_tvl *tvl, const char *where, mw_error *err)
{
    const size_t n = mw_tensor_count(c);
    if (tvl->n != n)
        return mw_fail(err, -EINVAL, "%s: %zu tensors, its model has %zu; pack it again", where, tvl->n, n);
    mw_tensor *wanted = calloc(n, sizeof *wanted);
    if (!wanted)
        return mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", where);
    mw_tensor_table(c, wanted);
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        const mw_tensor *a = &wanted[i], *b = &tvl->tensors[i];
        if (strcmp(a->name, b->name) != 0 || a->rows != b->rows || a->cols != b->cols || a->vector != b->vector)
            rc = mw_fail(err, -EINVAL, "%s: tensor %zu is %s %u x %u, its model has %s %u x %u there; pack it again",
                         where, i, b->name, b->rows, b->cols, a->name, a->rows, a->cols);
    }
    free(wanted);
    return rc;
}

int mw_tvl_model_open(const char *path, mw_model *m, mw_error *err)
{
    *m = (mw_model){.file = {.fd = -1}, .layout = &mw_layout_tvl16};
    mw_tvl tvl = {0};
    int rc = mw_file_open(path, &m->file, err);
    if (!rc)
        rc = mw_tvl_read(&m->file, &tvl, err);
    if (!rc)
        rc = get_config(tvl.model, path, &m->config, err);
    if (!rc)
        rc = check_tensors(&m->config, &tvl, path, err);
    if (!rc && !tvl.all_finite)
        rc = mw_fail(err, -EINVAL, "%s: was packed without a check of its weights; pack it again", path);
    if (rc) {
        mw_tvl_free(&tvl);
        mw_model_close(m);
        return rc;
    }
    static const char *const formats[] = {"tvl v1", "tvl v2", "tvl v3"};
    m->format = formats[tvl.version - 1];
    m->tensors = tvl.tensors;
    m->n_tensors = tvl.n;
    m->dtype = mw_model_main_dtype(m);
    free(tvl.checksums);
    return 0;
}

int mw_tvl_model_write_from(const mw_tvl_source *source, const mw_config *c, const mw_tensor *tensors, const char *path,
                            mw_progress_fn *progress, void *to, mw_error *err)
{
    uint32_t words[MW_TVL_MODEL_WORDS];
    put_config(c, words);
    return mw_tvl_write(source, tensors, mw_tensor_count(c), words, path, progress, to, err);
}

int mw_tvl_model_write(const mw_model *m, mw_dtype dtype, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err)
{
    if (m->layout->id != MW_LAYOUT_ROWMAJOR)
        return mw_fail(err, -EINVAL, "%s: is packed already; give the checkpoint", m->file.path);
    mw_tensor *tensors = NULL;
    int rc = mw_model_apart(m, path, err);
    if (!rc)
        rc = mw_model_tensors_as(m, dtype, &tensors, err);
    const mw_tvl_source source = mw_tvl_source_of(&m->file, m->tensors);
    if (!rc)
        rc = mw_tvl_model_write_from(&source, &m->config, tensors, path, progress, to, err);
    free(tensors);
    return rc;
}

void mw_tvl_ending(const mw_config *config, const mw_tensor *tensors, mw_dtype dtype, char *to, size_t size)
{
    uint32_t words[MW_TVL_MODEL_WORDS];
    put_config(config, words);
    const unsigned version = mw_tvl_version_of(tensors, mw_tensor_count(config), words);
    snprintf(to, size, "%s%s-v%u.tvl", dtype == MW_F32 ? "" : "-", dtype == MW_F32 ? "" : mw_dtypes[dtype].name,
             version);
}

int mw_tvl_model_cached(const mw_model *m, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *packed,
                        mw_error *err)
{
    *packed = (mw_model){.file = {.fd = -1}};
    mw_cache_copy copy;
    char ending[32];
    if (m->layout->id == MW_LAYOUT_TVL16) {
        int rc = mw_tvl_model_open(m->file.path, packed, err);
        snprintf(packed->name, sizeof packed->name, "%s", m->name);
        return rc;
    }
    mw_tensor *tensors;
    int rc = mw_model_tensors_as(m, dtype, &tensors, err);
    if (rc)
        return rc;
    mw_tvl_ending(&m->config, tensors, dtype, ending, sizeof ending);
    rc = mw_cache_copy_of(&m->file, "packed", ending, &copy, err);
    if (rc) {
        free(tensors);
        return rc;
    }
    if (mw_tvl_model_open(copy.path, packed, NULL) == 0 &&
        !(mw_config_same(&packed->config, &m->config) && mw_model_has_dtypes(packed, tensors)))
        mw_model_close(packed);
    free(tensors);
    if (packed->file.fd < 0) {
        rc = mw_tvl_model_write(m, dtype, copy.path, progress, to, err);
        if (!rc)
            rc = mw_tvl_model_open(copy.path, packed, err);
        if (rc)
            return rc;
        mw_cache_remove_stale(&copy);
    }
    snprintf(packed->name, sizeof packed->name, "%s", m->name);
    return 0;
}
