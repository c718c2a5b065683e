/* Models below f32 in .tvl files: what is loaded is what the dtype makes of the checkpoint, and damage is found. */
#include "engine/checkpoint.h"
#include "engine/decoder.h"
#include "engine/gguf.h"
#include "engine/tvl_model.h"
#include "kernels/dtype_k.h"
#include "kernels/registry.h"
#include "tests/open_weights.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char checkpoint[64], of_supers[64], packed[64], gguf[64];
static const mw_config config = {64, 96, 2, 4, 2, 70, 16, false};      /* two and three groups of 32, ragged panels */
static const mw_config in_supers = {256, 768, 2, 4, 2, 70, 16, false}; /* one and three super-blocks, for K formats */
enum { WIDEST = 768 };

/* Whether every row of every tensor is what the dtype makes of the checkpoint's. */
static bool same_rows(const mw_model *original, const mw_model *m, const mw_weights *w)
{
    float row[WIDEST], want[WIDEST], got[WIDEST];
    char stored[WIDEST * sizeof(float)];
    for (size_t k = 0; k < w->n; k++) {
        const mw_matrix *x = &w->matrix[k];
        if (x->dtype != m->tensors[k].dtype || x->cols > WIDEST)
            return false;
        for (size_t i = 0; i < x->rows; i++) {
            const uint64_t at = original->tensors[k].offset + i * x->cols * sizeof(float);
            if (mw_file_read(&original->file, at, row, x->cols * sizeof(float), NULL))
                return false;
            mw_dtypes[x->dtype].of_floats(stored, row, x->cols);
            mw_dtypes[x->dtype].to_floats(want, stored, x->cols);
            mw_layout_row(x->vector ? &mw_layout_rowmajor : w->layout, x->dtype, got, x->data, i, x->rows, x->cols);
            if (memcmp(got, want, x->cols * sizeof(float)) != 0)
                return false;
        }
    }
    return true;
}

/* A decoder over weights of every dtype, but not with kernels that lack one of the weights. */
static void check_decoder(const mw_config *c, const mw_weights *w, mw_dtype d)
{
    mw_kernel_set set;
    mw_pool *pool;
    mw_decoder *decoder = NULL;
    mw_error err = {""};
    mw_kernel_set_for(mw_kernel_best(d, MW_LAYOUT_TVL16, false), &set);
    if (!tap_ok(mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0, "%s: a pool %s", mw_dtypes[d].name, err.text))
        return;
    tap_ok(mw_decoder_create(c, w, &set, pool, 4, &decoder, &err) == 0, "%s: a decoder %s", mw_dtypes[d].name,
           err.text);
    mw_decoder_free(decoder);
    char wanted[80];
    snprintf(wanted, sizeof wanted, "no kernel multiplies %s weights in layout tvl", mw_dtypes[d].name);
    set.gemv[d] = NULL;
    const int rc = mw_decoder_create(c, w, &set, pool, 4, &decoder, &err);
    tap_ok(rc == -EINVAL && !decoder && strcmp(err.text, wanted) == 0, "%s: no decoder without its kernel: %s",
           mw_dtypes[d].name, err.text);
    mw_pool_free(pool);
}

static void check_loads(const mw_model *original, mw_dtype d)
{
    static const mw_load loads[] = {MW_LOAD_HEAP, MW_LOAD_MMAP};
    mw_model m;
    mw_error err = {""};
    if (!tap_ok(mw_tvl_model_write(original, d, packed, NULL, NULL, &err) == 0 &&
                    mw_tvl_model_open(packed, &m, &err) == 0 &&
                    strcmp(m.format, d == MW_F32 ? "tvl v1" : "tvl v2") == 0,
                "%s: packed and opened %s", mw_dtypes[d].name, err.text))
        return;
    for (int i = 0; i < 2; i++) {
        mw_weights *w = NULL;
        int rc = mw_weights_open(mw_model_source(&m), &mw_layout_tvl16, loads[i], &w, &err);
        tap_ok(rc == 0 && same_rows(original, &m, w), "%s: every row is that of the checkpoint, by %s",
               mw_dtypes[d].name, mw_load_name(loads[i]));
        if (rc == 0 && i == 0)
            check_decoder(&original->config, w, d);
        mw_weights_close(w);
    }
    mw_model_close(&m);
}

/* Makes the last value of tensor `k`, or the scale that comes last, NaN in every dtype: the upper byte is at its
 * end. */
static bool spoil(const mw_model *m, size_t k)
{
    const mw_tensor *t = &m->tensors[k];
    const uint64_t lines = mw_layout_tvl16.bytes(t->dtype, MW_ROW_SPLIT, t->cols) / 64;
    const uint64_t scales = mw_dtype_in_blocks(t->dtype) && t->cols / mw_dtypes[t->dtype].block % 2 ? 32 : 64;
    const unsigned char nan[4] = {0xff, 0xff, 0xff, 0x7f};
    const size_t bytes = t->dtype == MW_F32 ? 4 : 2;
    const uint64_t at = t->offset + (lines - 1) * 64 + scales - bytes;
    int fd = open(packed, O_WRONLY);
    bool ok = fd >= 0 && pwrite(fd, nan + 4 - bytes, bytes, (off_t)at) == (ssize_t)bytes;
    return fd >= 0 && close(fd) == 0 && ok;
}

static void check_damage(const mw_model *original, mw_dtype d, size_t k)
{
    mw_model m;
    mw_tvl tvl;
    mw_weights *w = NULL;
    mw_error err = {""}, found = {""};
    const char *name = original->tensors[k].name;
    if (!tap_ok(mw_tvl_model_write(original, d, packed, NULL, NULL, &err) == 0 &&
                    mw_tvl_model_open(packed, &m, &err) == 0 && mw_tvl_read(&m.file, &tvl, &err) == 0,
                "%s: packed %s", mw_dtypes[d].name, err.text))
        return;
    tap_ok(spoil(&m, k) && mw_weights_open(mw_model_source(&m), &mw_layout_tvl16, MW_LOAD_HEAP, &w, &err) == -EINVAL &&
               strstr(err.text, name) && strstr(err.text, "not finite"),
           "%s: NaN in %s is found when it is loaded: %s", mw_dtypes[d].name, name, err.text);
    tap_ok(mw_tvl_verify(&m.file, &tvl, NULL, NULL, &found) == -EDOM && strstr(found.text, name) &&
               strstr(found.text, "not finite"),
           "%s: and when the file is verified: %s", mw_dtypes[d].name, found.text);
    mw_weights_close(w);
    mw_tvl_free(&tvl);
    mw_model_close(&m);
}

/* Loads an f32 file as another dtype. */
static int load_as(const mw_model *m, mw_dtype d, mw_load load, mw_error *err)
{
    mw_source source = mw_model_source(m);
    mw_weights *w = NULL;
    source.dtype = d;
    const int rc = mw_weights_open(source, &mw_layout_tvl16, load, &w, err);
    mw_weights_close(w);
    return rc;
}

/* A load quantizes rows; panels it could only mistake for rows. */
static void check_panels(const mw_model *original)
{
    mw_model m;
    mw_error err = {""};
    if (!tap_ok(mw_tvl_model_write(original, MW_F32, packed, NULL, NULL, &err) == 0 &&
                    mw_tvl_model_open(packed, &m, &err) == 0,
                "an f32 .tvl file %s", err.text))
        return;
    for (int load = MW_LOAD_HEAP; load <= MW_LOAD_MMAP; load += MW_LOAD_MMAP - MW_LOAD_HEAP)
        tap_ok(load_as(&m, MW_Q8_0, (mw_load)load, &err) == -ENOTSUP && strstr(err.text, "use the checkpoint"),
               "is not loaded as q8_0: %s", err.text);
    mw_model_close(&m);
}

/* A weight that f32 holds and the dtype does not; and one that the scale of a block has to reach. */
static void check_too_large(tiny *t, mw_dtype d, float value, bool fits)
{
    const float was = t->classifier[5];
    mw_model m;
    mw_error err = {""}, of_gguf = {""}, of_load = {""};
    t->classifier[5] = value;
    bool ok = tiny_write(t, 0, checkpoint) && mw_checkpoint_open(checkpoint, &m, &err) == 0;
    t->classifier[5] = was;
    if (!tap_ok(ok, "a large weight"))
        return;
    unlink(packed);
    const int rc = mw_tvl_model_write(&m, d, packed, NULL, NULL, &err);
    const int rc_gguf = mw_gguf_write(&m, d, NULL, gguf, NULL, NULL, &of_gguf);
    const int rc_load = load_as(&m, d, MW_LOAD_HEAP, &of_load);
    tap_ok(fits ? rc == 0 && rc_gguf == 0 && rc_load == 0
                : rc == -EINVAL && rc_gguf == -EINVAL && rc_load == -EINVAL && strstr(err.text, "too large for") &&
                      strstr(err.text, "classifier") && strcmp(err.text, of_gguf.text) == 0 &&
                      strcmp(err.text, of_load.text) == 0 && access(packed, F_OK) != 0,
           "%s: %g %s %s", mw_dtypes[d].name, (double)value, fits ? "is stored" : "is refused:", err.text);
    mw_model_close(&m);
}

/* Layouts of f32 alone do not take what is not. */
static void check_f32_only(const mw_model *original)
{
    mw_source s = mw_model_source(original);
    mw_tensor *tensors = malloc(s.n * sizeof *tensors);
    mw_weights *w = NULL;
    mw_error err = {""};
    if (tensors) {
        memcpy(tensors, s.tensors, s.n * sizeof *tensors);
        tensors[1].dtype = MW_BF16;
        s.tensors = tensors;
    }
    const int rc = tensors ? mw_weights_open(s, &mw_layout_colmajor, MW_LOAD_HEAP, &w, &err) : 0;
    tap_ok(rc == -ENOTSUP && !w && strstr(err.text, "colmajor holds f32 only"), "bf16 by columns: %s", err.text);
    free(tensors);
}

static bool packing;

static bool note_packing(void *to, const char *what, uint64_t done, uint64_t total)
{
    (void)to;
    (void)what;
    packing = true;
    return done <= total;
}

/* Whether the copy of a dtype in the cache folder is right, and was made on that occasion or not. */
static bool cached(const mw_model *m, mw_dtype d, bool made)
{
    mw_model copy;
    mw_error err = {""};
    packing = false;
    if (mw_tvl_model_cached(m, d, note_packing, NULL, &copy, &err)) {
        tap_note("%s", err.text);
        return false;
    }
    const bool right = copy.dtype == d && packing == made;
    mw_model_close(&copy);
    return right;
}

static int files_in_cache(void)
{
    int n = 0;
    DIR *d = opendir(cache_folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

/* A run that measures several dtypes needs all of their copies. */
static void check_copies(const tiny *t, const mw_model *original, const char *path)
{
    bool made = true, kept = true;
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        made &= cached(original, (mw_dtype)d, true);
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        kept &= cached(original, (mw_dtype)d, false);
    tap_ok(made && kept && files_in_cache() == MW_DTYPE_COUNT, "copies of all dtypes are in the cache, side by side");
    mw_model changed;
    mw_error err = {""};
    if (tap_ok(tiny_write(t, 1, path) && mw_checkpoint_open(path, &changed, &err) == 0, "the checkpoint changes %s",
               err.text)) {
        tap_ok(cached(&changed, MW_Q8_0, true) && files_in_cache() == 1, "and the copies of its former state go");
        mw_model_close(&changed);
    }
}

int main(void)
{
    tiny t = tiny_make(config, 5), supers = tiny_make(in_supers, 6);
    mw_model original, large;
    mw_error err = {""};
    snprintf(checkpoint, sizeof checkpoint, "/tmp/memwall-dtypes-%ld.bin", (long)getpid());
    snprintf(of_supers, sizeof of_supers, "/tmp/memwall-dtypes-%ld-k.bin", (long)getpid());
    snprintf(packed, sizeof packed, "/tmp/memwall-dtypes-%ld.tvl", (long)getpid());
    snprintf(gguf, sizeof gguf, "/tmp/memwall-dtypes-%ld.gguf", (long)getpid());
    if (tap_ok(tiny_write(&t, 0, checkpoint) && mw_checkpoint_open(checkpoint, &original, &err) == 0 &&
                   tiny_write(&supers, 0, of_supers) && mw_checkpoint_open(of_supers, &large, &err) == 0,
               "two checkpoints %s", err.text)) {
        for (int d = 0; d < MW_DTYPE_COUNT; d++) {
            const mw_model *m = mw_dtype_is_k((mw_dtype)d) ? &large : &original;
            check_loads(m, (mw_dtype)d);
            /* two groups of 32 or one super-block; three */
            check_damage(m, (mw_dtype)d, mw_layer_index(&m->config, 1, MW_W1));
            check_damage(m, (mw_dtype)d, mw_layer_index(&m->config, 1, MW_W2));
        }
        check_f32_only(&original);
        check_panels(&original);
        tap_ok(cache_open(), "a cache folder");
        check_copies(&supers, &large, of_supers);
        cache_close();
        mw_model_close(&large);
        mw_model_close(&original);
    }
    check_too_large(&t, MW_F16, 1e6f, false);
    check_too_large(&t, MW_F16, 65504, true);
    check_too_large(&t, MW_BF16, 1e6f, true);
    check_too_large(&t, MW_BF16, 3.4e38f, false);
    check_too_large(&t, MW_Q8_0, 1e6f, true);
    check_too_large(&t, MW_Q8_0, 1e7f, false);
    check_too_large(&t, MW_Q4_0, -1e6f, false);
    check_too_large(&t, MW_F32, 3.4e38f, true);
    check_too_large(&supers, MW_Q4_K, 1e6f, true);
    check_too_large(&supers, MW_Q4_K, 1e8f, false);
    check_too_large(&supers, MW_Q5_K, -1e8f, false);
    check_too_large(&supers, MW_Q6_K, 1e9f, false);
    tiny_free(&supers);
    tiny_free(&t);
    unlink(checkpoint);
    unlink(of_supers);
    unlink(packed);
    unlink(gguf);
    return tap_done();
}
