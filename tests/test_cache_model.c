/* The cache model against its own definition, spelled out slowly: a fill of level l is open while the line is in any of
 * the levels up to l, every use counts for all open fills, and what is still open in the end is closed. */
#include "bench/clu/cache_model.h"
#include "bench/stats/random.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- the slow model --- */

enum { LINES = 64, LEVELS = 3, WAYS = 16 };

typedef struct slow {
    mw_cache_level of[LEVELS];
    int n;
    /* each set as a list of lines, the most recently used first; -1: empty */
    int set[LEVELS][LINES][WAYS];
    uint64_t used[LEVELS][LINES]; /* of the open fill; lines are 64 bytes */
    bool open[LEVELS][LINES];
    mw_cache_counts counts[LEVELS];
} slow;

static int sets(const slow *s, int l)
{
    return (int)(s->of[l].bytes / s->of[l].ways / s->of[l].line_bytes);
}

static int place(const slow *s, int l, int line)
{
    for (unsigned w = 0; w < s->of[l].ways; w++)
        if (s->set[l][line % sets(s, l)][w] == line)
            return (int)w;
    return -1;
}

/* Puts a line in front of its set; the last one falls out if the line was not there. */
static void to_front(slow *s, int l, int line)
{
    int *set = s->set[l][line % sets(s, l)], at = place(s, l, line);
    for (int w = at < 0 ? (int)s->of[l].ways - 1 : at; w > 0; w--)
        set[w] = set[w - 1];
    set[0] = line;
}

static bool up_to(const slow *s, int l, int line)
{
    for (; l >= 0; l--)
        if (place(s, l, line) >= 0)
            return true;
    return false;
}

static void close_gone(slow *s)
{
    for (int l = 0; l < s->n; l++)
        for (int line = 0; line < LINES; line++)
            if (s->open[l][line] && !up_to(s, l, line)) {
                s->counts[l].used_bytes += (uint64_t)__builtin_popcountll(s->used[l][line]);
                s->open[l][line] = false;
            }
}

static void slow_access(slow *s, int line, uint64_t bytes)
{
    int has = 0;
    while (has < s->n && place(s, has, line) < 0)
        has++;
    if (has < s->n)
        to_front(s, has, line);
    while (has-- > 0) {
        to_front(s, has, line);
        close_gone(s);
        s->counts[has].fills++;
        s->open[has][line] = true;
        s->used[has][line] = 0;
    }
    for (int l = 0; l < s->n; l++)
        s->used[l][line] |= bytes;
}

static void slow_flush(slow *s)
{
    memset(s->set, -1, sizeof s->set);
    close_gone(s);
}

/* --- comparison --- */

static void compare(const mw_cache_level *levels, int n, uint64_t seed)
{
    mw_error err;
    mw_cache_model *m;
    slow *s = calloc(1, sizeof *s);
    memcpy(s->of, levels, (size_t)n * sizeof *levels);
    s->n = n;
    memset(s->set, -1, sizeof s->set);
    bool good = mw_cache_model_create(levels, n, &m, &err) == 0;
    uint64_t state = seed;
    for (int i = 0; good && i < 20000; i++) {
        /* a stream, with hot lines between */
        const int line = mw_draw(&state) % 3 ? (int)(i / 4 % LINES) : (int)(mw_draw(&state) % 5);
        const unsigned from = (unsigned)(mw_draw(&state) % 16) * 4, bytes = 4;
        const uint64_t needed = mw_draw(&state) % 8 ? 15 : 3;
        slow_access(s, line, needed << from);
        mw_cache_model_access(m, 0, (uint64_t)line * 64 + from, bytes, needed);
    }
    slow_flush(s);
    if (good)
        mw_cache_model_flush(m);
    for (int l = 0; good && l < n; l++) {
        mw_cache_counts c = mw_cache_model_counts(m, l, 0);
        tap_ok(c.fills == s->counts[l].fills && c.used_bytes == s->counts[l].used_bytes && c.fills > 0,
               "level %d of %d, seed %llu: %llu fills, %llu bytes used; the slow model has %llu, %llu", l + 1, n,
               (unsigned long long)seed, (unsigned long long)c.fills, (unsigned long long)c.used_bytes,
               (unsigned long long)s->counts[l].fills, (unsigned long long)s->counts[l].used_bytes);
    }
    if (good)
        mw_cache_model_free(m);
    free(s);
}

/* --- by hand --- */

static void test_line_that_outlives_the_level_below(void)
{
    const mw_cache_level levels[] = {{128, 2, 64}, {128, 2, 64}};
    enum { A = 0, B = 64, C = 128 };
    mw_error err;
    mw_cache_model *m;
    if (!tap_ok(mw_cache_model_create(levels, 2, &m, &err) == 0, "two levels of two lines"))
        return;
    mw_cache_model_access(m, 0, A, 4, 15);
    mw_cache_model_access(m, 1, B, 4, 15);
    mw_cache_model_access(m, 0, A + 4, 4, 15);
    mw_cache_model_access(m, 1, C, 4, 15); /* the second level drops A, the first one has it still */
    mw_cache_model_access(m, 0, A + 8, 4, 15);
    mw_cache_model_flush(m);
    for (int l = 0; l < 2; l++) {
        mw_cache_counts c = mw_cache_model_counts(m, l, 0);
        tap_ok(c.fills == 1 && c.used_bytes == 12, "level %d: one fill of A, 12 bytes: %llu, %llu", l + 1,
               (unsigned long long)c.fills, (unsigned long long)c.used_bytes);
    }
    mw_cache_model_free(m);
}

static void test_long_lines_and_splits(void)
{
    const mw_cache_level levels[] = {{8192, 4, 1024}};
    mw_error err;
    mw_cache_model *m;
    if (!tap_ok(mw_cache_model_create(levels, 1, &m, &err) == 0, "lines of 1024 bytes"))
        return;
    mw_cache_model_access(m, 0, 1024 - 32, 64, UINT64_MAX); /* two lines, 32 bytes of each */
    mw_cache_model_access(m, 0, 40, 64, UINT64_MAX);        /* over two words of a mask */
    mw_cache_model_access(m, 0, 40, 64, UINT64_MAX);        /* counts once */
    mw_cache_model_access(m, 0, 200, 8, 0xf0);              /* half of it is padding */
    mw_cache_model_flush(m);
    mw_cache_counts c = mw_cache_model_counts(m, 0, 0);
    tap_ok(c.fills == 2 && c.used_bytes == 64 + 64 + 4, "bytes of a split, once each: %llu fills, %llu bytes",
           (unsigned long long)c.fills, (unsigned long long)c.used_bytes);
    mw_cache_model_free(m);
}

static void test_refusals(void)
{
    static const struct {
        mw_cache_level of[2];
        int n;
    } bad[] = {
        {{{32768, 8, 48}}, 1},   {{{32768, 0, 64}}, 1}, {{{64, 8, 64}}, 1}, {{{32768, 8, 64}, {65536, 8, 128}}, 2},
        {{{32768, 8, 2048}}, 1}, {{{32768, 8, 8}}, 1},  {{{0, 1, 64}}, 1},  {{{UINT64_MAX, 8, 64}}, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mw_error err;
        mw_cache_model *m;
        tap_ok(mw_cache_model_create(bad[i].of, bad[i].n, &m, &err) == -EINVAL && !m && strstr(err.text, "--cache"),
               "what is no cache is refused: %s", err.text);
    }
    mw_error err;
    mw_cache_model *m;
    tap_ok(mw_cache_model_create(NULL, 0, &m, &err) == -EINVAL, "no levels at all");
}

int main(void)
{
    test_line_that_outlives_the_level_below();
    test_long_lines_and_splits();
    test_refusals();
    for (uint64_t seed = 1; seed <= 4; seed++) {
        compare((mw_cache_level[]){{512, 2, 64}}, 1, seed);
        compare((mw_cache_level[]){{256, 4, 64}, {1024, 2, 64}, {2048, 8, 64}}, 3, seed);
        compare((mw_cache_level[]){{512, 8, 64}, {512, 1, 64}, {256, 2, 64}}, 3, seed); /* smaller below than above */
        compare((mw_cache_level[]){{64, 1, 64}, {128, 2, 64}, {4096, 16, 64}}, 3, seed);
    }
    return tap_done();
}
