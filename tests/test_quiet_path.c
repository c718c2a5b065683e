/* After warm-up the decode path, with and without the clocks of a profile, allocates nothing, faults nothing in and
 * reads no file: all three are counted. */
#include "engine/checkpoint.h"
#include "engine/decoder.h"
#include "engine/sampler.h"
#include "engine/variant.h"
#include "tests/open_weights.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static atomic_int allocations;

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS_ALLOCATIONS 1
/* Definitions in the program come before those of the C library, for the library's own calls as well. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_memalign(align, n);
}
#endif

/* Read calls of this process so far, -1 where the system does not say. Reading the file is itself one. */
static long long reads(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    char line[64];
    long long n = -1;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "syscr: %lld", &n) == 1)
            break;
    if (f)
        fclose(f);
    return n;
}

static void decode(mw_decoder *d, const mw_config *c, uint32_t from, uint32_t to)
{
    for (uint32_t pos = from; pos < to; pos++) {
        float *logits = mw_decoder_forward(d, (int32_t)(pos * 5 % c->vocab_size), pos);
        if (!logits || mw_argmax(logits, c->vocab_size) < 0)
            abort();
    }
}

static void test(const char *name, const mw_model *m, int threads)
{
    mw_error err = {""};
    mw_variant v;
    mw_pool *pool;
    mw_weights *weights;
    mw_decoder *d;
    mw_kernel_set set;
    mw_profile profile = {0}; /* on for the second half */
    if (mw_variant_parse(name, MW_F32, &v, &err) || mw_pool_create(threads, NULL, NULL, 0, &pool, &err) ||
        open_weights(m, &v, &weights, &err)) {
        tap_ok(false, "%s: set up: %s", name, err.text);
        return;
    }
    mw_kernel_set_for(v.gemv, &set);
    if (mw_decoder_create(&m->config, weights, &set, pool, m->config.seq_len, &d, &err)) {
        tap_ok(false, "%s: a decoder: %s", name, err.text);
        return;
    }
    const uint32_t warm = 4, end = m->config.seq_len;
    mw_decoder_touch_embedding(d);
    decode(d, &m->config, 0, warm);
    long long one_look = reads();
    one_look = reads() - one_look;
    long long reads_before = reads();
    mw_faults before = mw_faults_now();
    int allocations_before = atomic_load(&allocations);
    decode(d, &m->config, warm, end / 2);
    mw_decoder_profile(d, &profile);
    decode(d, &m->config, end / 2, end);
    int made = atomic_load(&allocations) - allocations_before;
    mw_faults after = mw_faults_now();
    long long read = reads() - reads_before - one_look;

#ifdef COUNTS_ALLOCATIONS
    tap_ok(made == 0, "%s, %d threads: %u tokens without an allocation (%d)", name, threads, end - warm, made);
#else
    (void)made;
    tap_skip(name, "allocations cannot be counted in this build (sanitizer, or no glibc)");
#endif
    if (mw_emulator())
        tap_skip(name, "faults of an emulator are not ours");
    else
#ifdef SANITIZED
        tap_skip(name, "the sanitizer's own memory faults");
#else
        tap_ok(after.minor == before.minor && after.major == before.major, "%s, %d threads: no page fault (%lld, %lld)",
               name, threads, (long long)(after.minor - before.minor), (long long)(after.major - before.major));
#endif
    if (one_look < 0 || reads_before < 0)
        tap_skip(name, "this system does not count reads");
    else
        tap_ok(read == 0, "%s, %d threads: no read call (%lld)", name, threads, read);
    mw_decoder_free(d);
    mw_weights_close(weights);
    mw_pool_free(pool);
}

int main(void)
{
#ifdef COUNTS_ALLOCATIONS
    int before = atomic_load(&allocations);
    void *volatile p = malloc(10);
    free(p);
    tap_ok(atomic_load(&allocations) == before + 1, "the counter counts");
#endif
    /* more than a page of keys and values a position, so that an arena that was not touched would show */
    mw_config c = {256, 512, 4, 4, 2, 300, 64, false};
    char path[] = "/tmp/memwall-quiet-XXXXXX";
    int fd = mkstemp(path);
    mw_error err = {""};
    mw_model m;
    tiny t = tiny_make(c, 5);
    if (!tap_ok(fd >= 0 && cache_open() && tiny_write(&t, 0, path) && mw_checkpoint_open(path, &m, &err) == 0,
                "a tiny model %s", err.text))
        return tap_done();
    close(fd);
    const char *const names[] = {
        "scalar",    "neon",    "mmap", "tvl", "tvl16_neon/tvl/heap", "tvl16_neon/tvl/mmap-populate",
        "neon@bf16", "tvl@q8_0"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int threads = 1; threads <= 2; threads++)
            test(names[i], &m, threads);
    const mw_kernel *blas;
    if (mw_kernel_find(MW_OP_GEMV, MW_F32, "blas", &blas, NULL) == 0) {
        test("blas/rowmajor/heap", &m, 1);
        tap_skip("blas, 2 threads", "OpenBLAS maps a second buffer when two calls first overlap, whenever that is");
    }
    mw_model_close(&m);
    tiny_free(&t);
    unlink(path);
    cache_close();
    return tap_done();
}
