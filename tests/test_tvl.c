/* What a .tvl file holds, byte by byte: the whole file is built a second time from layouts/TVL.md alone, with
 * arithmetic of its own, and compared. Then that decoding from it gives the bits that packing in memory gives, however
 * it is loaded, and that no damage to it goes unseen. */
#include "engine/checkpoint.h"
#include "engine/decoder.h"
#include "engine/tvl_model.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { POSITIONS = 12, MOST_TENSORS = 64 };

static char checkpoint[64], packed[64];

/* Ragged: rows that are no multiple of 16. The last one has tensors of exactly 16 KiB, and one that is verified in two
 * pieces. */
static const struct {
    const char *name;
    int version;
    mw_config c; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} models[] = {
    {"v0 shared", 0, {32, 48, 2, 4, 4, 64, 32, true}},
    {"v0 separate, grouped, ragged", 0, {36, 50, 3, 6, 2, 101, 32, false}},
    {"v1 shared, one kv head, ragged", 1, {48, 67, 2, 8, 1, 37, 32, true}},
    {"v0 shared, one head", 0, {10, 7, 1, 1, 1, 5, 32, true}},
    {"v1 separate, grouped", 1, {64, 172, 2, 8, 4, 4500, 32, false}},
};

/* --- the file that TVL.md describes --- */

typedef struct wanted {
    char name[32];
    size_t rows, cols; /* rows 0: a vector */
    const float *data;
} wanted;

static size_t list_tensors(const tiny *t, wanted *w)
{
    const size_t d = t->c.dim, h = t->c.hidden_dim, kv = d / t->c.n_heads * t->c.n_kv_heads, v = t->c.vocab_size;
    const wanted layer[] = {{"att_norm", 0, d, t->att_norm},
                            {"wq", d, d, t->wq},
                            {"wk", kv, d, t->wk},
                            {"wv", kv, d, t->wv},
                            {"wo", d, d, t->wo},
                            {"ffn_norm", 0, d, t->ffn_norm},
                            {"w1", h, d, t->w1},
                            {"w3", h, d, t->w3},
                            {"w2", d, h, t->w2}};
    size_t n = 0;
    for (size_t l = 0; l < t->c.n_layers; l++)
        for (size_t k = 0; k < 9; k++, n++) {
            w[n] = layer[k];
            snprintf(w[n].name, sizeof w[n].name, "layers.%zu.%.8s", l, layer[k].name);
            w[n].data += l * (layer[k].rows ? layer[k].rows : 1) * layer[k].cols;
        }
    w[n++] = (wanted){"final_norm", 0, d, t->final_norm};
    w[n++] = (wanted){"classifier", v, d, t->classifier};
    if (!t->c.shared_classifier)
        w[n++] = (wanted){"embedding", v, d, t->embedding};
    return n;
}

static void put(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value /= 256)
        at[i] = (unsigned char)(value % 256);
}

static size_t up(size_t value, size_t step)
{
    return (value + step - 1) / step * step;
}

static unsigned char *expected_file(const tiny *t, const wanted *w, size_t n, size_t *at_of, size_t *total)
{
    const size_t data = up(4096 + 96 * n, 2097152);
    size_t at = data;
    for (size_t i = 0; i < n; i++) {
        at_of[i] = at;
        at = up(at + (w[i].rows ? up(w[i].rows, 16) : 1) * w[i].cols * 4, 16384);
    }
    *total = at;
    unsigned char *f = calloc(1, at);
    if (!f)
        abort();
    const mw_config *c = &t->c;
    const uint64_t model[8] = {c->dim,        c->hidden_dim, c->n_layers, c->n_heads,
                               c->n_kv_heads, c->vocab_size, c->seq_len,  c->shared_classifier};
    memcpy(f, "\x4d\x57\x54\x56\x4c\x0d\x0a\x1a\x04\x03\x02\x01\x01\0\0\0\0\0\0\0\x10\0\0\0", 24);
    for (int i = 0; i < 8; i++)
        put(f + 24 + 4 * i, model[i], 4);
    put(f + 56, 1, 4);
    put(f + 60, n, 4);
    put(f + 64, at, 8);
    put(f + 72, 4096, 8);
    put(f + 80, data, 8);
    for (size_t k = 0; k < n; k++) {
        const size_t rows = w[k].rows ? w[k].rows : 1, cols = w[k].cols, start = at_of[k];
        const size_t bytes = (w[k].rows ? (rows + 15) / 16 * 16 : 1) * cols * 4;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++) {
                uint32_t bits;
                memcpy(&bits, &w[k].data[i * cols + j], 4);
                put(f + start + 4 * (w[k].rows ? i / 16 * 16 * cols + j * 16 + i % 16 : j), bits, 4);
            }
        unsigned char *e = f + 4096 + 96 * k;
        memcpy(e, w[k].name, strlen(w[k].name));
        put(e + 32, rows, 4);
        put(e + 36, cols, 4);
        put(e + 44, w[k].rows != 0, 4);
        put(e + 48, start, 8);
        put(e + 56, bytes, 8);
        put(e + 64, XXH3_64bits(f + start, bytes), 8);
    }
    put(f + 88, XXH3_64bits(f, 4096 + 96 * n), 8);
    return f;
}

/* First byte of [from, to) in which two files differ; `to` if none. */
static size_t first_difference(const unsigned char *a, const unsigned char *b, size_t from, size_t to)
{
    while (from < to && a[from] == b[from])
        from++;
    return from;
}

static void check_bytes(const char *name, const tiny *t, const mw_file *file)
{
    wanted w[MOST_TENSORS];
    size_t at[MOST_TENSORS + 1], total, n = list_tensors(t, w), bad = n;
    unsigned char *want = expected_file(t, w, n, at, &total), *got = calloc(1, total);
    at[n] = total;
    if (tap_ok(file->bytes == total && mw_file_read(file, 0, got, total, NULL) == 0, "%s: %zu bytes", name, total)) {
        size_t differ = first_difference(want, got, 0, 4096);
        tap_ok(differ == 4096, "%s: the header (byte %zu)", name, differ);
        differ = first_difference(want, got, 4096, at[0]);
        tap_ok(differ == at[0], "%s: the table and the zeros after it (byte %zu)", name, differ);
        for (size_t i = 0; i < n && bad == n; i++)
            if ((differ = first_difference(want, got, at[i], at[i + 1])) != at[i + 1])
                bad = i;
        tap_ok(bad == n, "%s: the data of every tensor and the zeros after it", name);
        if (bad < n)
            tap_note("%s, byte %zu of it", w[bad].name, differ - at[bad]);
    }
    free(want);
    free(got);
}

/* --- decoding from it --- */

static bool decode(const mw_model *m, const mw_kernel *kernel, mw_load load, int threads, float *logits, int *rc,
                   mw_error *err)
{
    mw_pool *pool = NULL;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    mw_kernel_set set;
    mw_kernel_set_for(kernel, &set);
    bool ok = mw_pool_create(threads, NULL, NULL, 0, &pool, err) == 0 &&
              (*rc = mw_weights_open(mw_model_source(m), &mw_layout_tvl16, load, &weights, err)) == 0 &&
              mw_decoder_create(&m->config, weights, &set, pool, POSITIONS, &decoder, err) == 0;
    for (size_t i = 0; ok && i < weights->n; i++)
        ok = (uintptr_t)weights->matrix[i].data % 64 == 0 || (mw_fail(err, 0, "tensor %zu is not on a line", i), false);
    if (ok && load == MW_LOAD_MMAP_HUGE && (uintptr_t)weights->region % (2 << 20))
        ok = (mw_fail(err, 0, "the mapping is not on a huge-page border"), false);
    const size_t vocab = m->config.vocab_size;
    for (size_t pos = 0; ok && pos < POSITIONS; pos++) {
        const float *row = mw_decoder_forward(decoder, (int32_t)((pos * 7 + 3) % vocab), (uint32_t)pos);
        ok = row != NULL;
        if (ok)
            memcpy(logits + pos * vocab, row, vocab * sizeof *row);
    }
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_pool_free(pool);
    return ok;
}

static void check_decoding(const char *name, const mw_model *original, const mw_model *tvl)
{
    const size_t bytes = POSITIONS * original->config.vocab_size * sizeof(float);
    float *want = malloc(bytes), *got = malloc(bytes);
    mw_error err = {""};
    int rc = 0, kernels = 0;
    mw_weights *w;
    tap_ok(mw_weights_open(mw_model_source(tvl), &mw_layout_rowmajor, MW_LOAD_HEAP, &w, &err) == -ENOTSUP && !w,
           "%s: it is not unpacked: %s", name, err.text);
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->layout != MW_LAYOUT_TVL16 || !mw_kernel_supported(*k))
            continue;
        kernels++;
        if (!tap_ok(decode(original, *k, MW_LOAD_HEAP, 1, want, &rc, &err), "%s, %s: packed in memory", name,
                    (*k)->name))
            continue;
        for (int load = 0; load < MW_LOAD_COUNT; load++)
            for (int threads = 1; threads <= 2; threads++) {
                char what[160];
                snprintf(what, sizeof what, "%s, %s, %s, %d threads: the same bits", name, (*k)->name,
                         mw_load_name((mw_load)load), threads);
                memset(got, 0xff, bytes);
                bool ran = decode(tvl, *k, (mw_load)load, threads, got, &rc, &err);
                if (!ran && rc == -ENOTSUP)
                    tap_skip(what, err.text);
                else if (!tap_ok(ran && memcmp(want, got, bytes) == 0, "%s", what))
                    tap_note("%s", err.text);
            }
    }
    tap_ok(kernels > 0, "%s: %d kernels for panels", name, kernels);
    free(want);
    free(got);
}

/* --- damage --- */

static bool flip(uint64_t at, unsigned mask)
{
    unsigned char byte = 0;
    int fd = open(packed, O_RDWR);
    bool ok = pread(fd, &byte, 1, (off_t)at) == 1;
    byte ^= (unsigned char)mask;
    ok = ok && pwrite(fd, &byte, 1, (off_t)at) == 1;
    return close(fd) == 0 && ok;
}

/* One bit of the file at `at` wrong: the message has to hold `word`. */
static bool found(const mw_model *m, const mw_tvl *tvl, uint64_t at, unsigned mask, const char *word)
{
    mw_error err = {""};
    bool flipped = flip(at, mask);
    int rc = mw_tvl_verify(&m->file, tvl, NULL, NULL, &err);
    bool good = flipped && rc == -EDOM && strstr(err.text, word) && strstr(err.text, packed);
    if (!good)
        tap_note("byte %llu: %d, %s", (unsigned long long)at, rc, err.text);
    return flip(at, mask) && good;
}

static void check_verify(const char *name, const mw_model *m)
{
    mw_tvl tvl;
    mw_error err = {""};
    if (!tap_ok(mw_tvl_read(&m->file, &tvl, &err) == 0 && mw_tvl_verify(&m->file, &tvl, NULL, NULL, &err) == 0,
                "%s: verified %s", name, err.text))
        return;
    bool seen = true, gaps = true;
    for (size_t i = 0; i < tvl.n; i++) {
        const mw_tensor *t = &tvl.tensors[i];
        const uint64_t bytes = (t->vector ? 1 : (t->rows + 15) / 16 * 16) * (uint64_t)t->cols * 4,
                       end = t->offset + bytes;
        const uint64_t samples[] = {t->offset, t->offset + bytes / 2, end - 1};
        for (int k = 0; k < 3; k++)
            seen &= found(m, &tvl, samples[k], 1u << (i + (size_t)k) % 8, t->name);
        if (end % 16384)
            gaps &= found(m, &tvl, end, 1, "zero") && found(m, &tvl, (end | 16383), 128, "zero");
    }
    const uint64_t table_end = 4096 + 96 * (uint64_t)tvl.n;
    tap_ok(seen, "%s: a wrong bit is found in each of %zu tensors, which is named", name, tvl.n);
    gaps &= found(m, &tvl, table_end, 1, "zero") && found(m, &tvl, tvl.data_offset - 1, 128, "zero");
    tap_ok(gaps, "%s: a wrong bit is found between the tensors", name);
    mw_tvl_free(&tvl);
}

int main(void)
{
    snprintf(checkpoint, sizeof checkpoint, "/tmp/memwall-tvl-%ld.bin", (long)getpid());
    snprintf(packed, sizeof packed, "/tmp/memwall-tvl-%ld.tvl", (long)getpid());
    /* Known values of XXH3-64: a checksum that only agrees with itself proves nothing. */
    tap_ok(XXH3_64bits("", 0) == 0x2d06800538d394c2u && XXH3_64bits("abc", 3) == 0x78af5f94892f3950u, "XXH3 it is");
    for (int i = 0; i < (int)(sizeof models / sizeof models[0]); i++) {
        mw_error err = {""};
        mw_model original, tvl;
        tiny t = tiny_make(models[i].c, 7 + (uint64_t)i);
        if (tap_ok(tiny_write(&t, models[i].version, checkpoint) &&
                       mw_checkpoint_open(checkpoint, &original, &err) == 0 &&
                       mw_tvl_model_write(&original, MW_F32, packed, NULL, NULL, &err) == 0 &&
                       mw_tvl_model_open(packed, &tvl, &err) == 0,
                   "%s: packed and opened %s", models[i].name, err.text)) {
            check_bytes(models[i].name, &t, &tvl.file);
            check_decoding(models[i].name, &original, &tvl);
            check_verify(models[i].name, &tvl);
            mw_model_close(&original);
            mw_model_close(&tvl);
        }
        tiny_free(&t);
        unlink(packed);
    }
    unlink(checkpoint);
    return tap_done();
}
