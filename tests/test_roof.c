/* The roof sweeps what the forward pass sweeps: every word of it, once, whatever the layout and the number of threads.
 */
#include "bench/units/roof.h"
#include "engine/checkpoint.h"
#include "platform/os.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t sum_of(const char *from, const char *to)
{
    uint64_t sum = 0, word;
    for (; from < to; from += sizeof word) {
        memcpy(&word, from, sizeof word);
        sum ^= word;
    }
    return sum;
}

/* A block of a length that is no multiple of anything but a line. */
static void test_block(void)
{
    enum { LINES = 1013 };
    const size_t bytes = LINES * MW_PROBE_LINE;
    mw_error err;
    unsigned char *block = mw_pages_alloc(bytes);
    uint64_t state = 1;
    for (size_t i = 0; block && i < bytes; i++)
        block[i] = (unsigned char)((state = state * 6364136223846793005u + 1) >> 56);
    for (int threads = 1; block && threads <= 3; threads++) {
        mw_pool *pool;
        mw_roof *roof;
        if (!tap_ok(mw_pool_create(threads, NULL, NULL, 0, &pool, &err) == 0 &&
                        mw_roof_of_block(block, bytes, pool, &roof, &err) == 0 && mw_roof_bytes(roof) == bytes,
                    "a block, %d threads: all of its bytes", threads))
            return;
        unsigned wrong = 0;
        for (unsigned read = 0; read < mw_reads(); read++) {
            double ns = mw_roof_sweep(roof, read);
            wrong += !(ns > 0) || mw_roof_sum(roof) != sum_of((char *)block, (char *)block + bytes);
        }
        tap_ok(wrong == 0, "a block, %d threads: every read of the family reads every word once", threads);
        char name[MW_READ_NAME];
        unsigned reads[MW_MOST_READS], found = 0;
        for (unsigned i = 0; i < mw_reads(); i++)
            reads[i] = i;
        mw_roof_choose(roof, reads, (int)mw_reads(), 1);
        for (unsigned i = 0; i < mw_reads(); i++)
            found |= 1u << reads[i];
        tap_ok(mw_roof_read(roof) == reads[0] && found == (1u << mw_reads()) - 1,
               "a block, %d threads: all raced, %s won", threads, mw_read_name(mw_roof_read(roof), name));
        const unsigned first = reads[0], second = reads[1];
        mw_roof_choose(roof, reads, 2, 1);
        tap_ok((reads[0] == first && reads[1] == second) || (reads[0] == second && reads[1] == first),
               "a block, %d threads: of two, the rest does not race", threads);
        mw_roof_free(roof);
        mw_pool_free(pool);
    }
    mw_pages_free(block, bytes);
}

static void test_weights(const mw_model *model, const mw_layout *layout, mw_load load)
{
    mw_error err;
    mw_weights *w;
    const mw_config *c = &model->config;
    if (!tap_ok(mw_weights_open(mw_model_source(model), layout, load, &w, &err) == 0, "%s by %s opens", layout->name,
                mw_load_name(load)))
        return;
    /* In memory of our own every tensor starts on a line, and zeros fill its last one. */
    uint64_t want = 0;
    for (size_t i = 0; i <= mw_classifier_index(c); i++) {
        const char *from = (const char *)w->matrix[i].data;
        size_t bytes = (size_t)mw_matrix_bytes(w, i);
        want ^= sum_of(from, from + (bytes + MW_PROBE_LINE - 1) / MW_PROBE_LINE * MW_PROBE_LINE);
    }
    const uint64_t swept = mw_model_swept_bytes(c, w) - c->dim * sizeof(float), slack = 128 * 3 * w->n;
    for (int threads = 1; threads <= 3; threads++) {
        mw_pool *pool;
        mw_roof *roof;
        if (!tap_ok(mw_pool_create(threads, NULL, NULL, 0, &pool, &err) == 0 &&
                        mw_roof_of_weights(c, w, pool, &roof, &err) == 0,
                    "%s, %d threads: has a roof", layout->name, threads))
            return;
        tap_ok(mw_roof_bytes(roof) + slack >= swept && mw_roof_bytes(roof) <= swept + slack,
               "%s by %s, %d threads: %llu bytes, a token sweeps %llu", layout->name, mw_load_name(load), threads,
               (unsigned long long)mw_roof_bytes(roof), (unsigned long long)swept);
        mw_roof_sweep(roof, 2);
        if (load == MW_LOAD_HEAP)
            tap_ok(mw_roof_sum(roof) == want, "%s, %d threads: every word of the weights, once", layout->name, threads);
        mw_roof_free(roof);
        mw_pool_free(pool);
    }
    mw_weights_close(w);
}

int main(void)
{
    test_block();
    /* Rows that do not divide by the panel or by the threads, and an embedding that is no classifier: not swept. */
    tiny t = tiny_make((mw_config){.dim = 40,
                                   .hidden_dim = 88,
                                   .n_layers = 2,
                                   .n_heads = 4,
                                   .n_kv_heads = 2,
                                   .vocab_size = 99,
                                   .seq_len = 16,
                                   .shared_classifier = false},
                       1);
    char path[] = "/tmp/memwall-roof-XXXXXX";
    mw_error err;
    mw_model model;
    int fd = mkstemp(path);
    if (tap_ok(fd >= 0 && tiny_write(&t, 0, path) && mw_model_open(path, NULL, NULL, &model, &err) == 0,
               "a tiny model")) {
        for (const mw_layout *const *l = mw_layouts; *l; l++)
            test_weights(&model, *l, MW_LOAD_HEAP);
        test_weights(&model, &mw_layout_rowmajor, MW_LOAD_MMAP);
        mw_model_close(&model);
    }
    close(fd);
    unlink(path);
    tiny_free(&t);
    return tap_done();
}
