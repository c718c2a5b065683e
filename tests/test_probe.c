/* Probes: each way of reading sees every bit of its block and nothing next to it; the four loops compute what they say
 * and write nothing else. */
#include "kernels/probe.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = MW_PROBE_LINE, WORDS = LINE / 8, FLOATS = LINE / 4 };

/* Lines: none, one, all that is left over by 1 to 8 streams of up to 8 lines at a time, and longer than a prefetch. */
static const size_t lines[] = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 200, 515};
enum { SIZES = sizeof lines / sizeof *lines };

static uint64_t state = 1;

static uint64_t next_random(void)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX generator */
    return state ^ state >> 33;
}

/* --- reading --- */

/* Both guards: a read beyond either end faults and ends the test. */
static bool read_is_exact(const mw_probe *p, unsigned way, size_t n_lines, bool at_end)
{
    const size_t bytes = n_lines * LINE, room = bytes ? bytes : LINE;
    char *all = mw_guarded_alloc(room, at_end);
    if (!all)
        return false;
    uint64_t *words = (uint64_t *)(void *)all, sum = 0;
    for (size_t i = 0; i < bytes / 8; i++)
        sum ^= words[i] = next_random();
    /* an empty block may stand anywhere, even where nothing can be read */
    const char *from = bytes ? all : at_end ? all + LINE : all;
    bool ok = p->read(from, bytes, way) == sum;
    /* one bit more in every line, at another place of it each time: the sum has to have it, too */
    for (size_t line = 0; line < n_lines && ok; line++) {
        uint64_t bit = 1ull << next_random() % 64, *word = &words[line * WORDS + (line + line / WORDS) % WORDS];
        *word ^= bit;
        ok = p->read(from, bytes, way) == (sum ^ bit);
        *word ^= bit;
    }
    mw_guarded_free(all, room, at_end);
    return ok;
}

/* Every word of a line by itself. */
static bool read_sees_words(const mw_probe *p, unsigned way)
{
    enum { LINES = 21 };
    _Alignas(LINE) uint64_t words[LINES * WORDS] = {0};
    bool ok = p->read(words, sizeof words, way) == 0;
    for (int i = 0; i < LINES * WORDS; i++) {
        words[i] = (uint64_t)i * 2 + 1;
        ok &= p->read(words, sizeof words, way) == words[i];
        words[i] = 0;
    }
    return ok;
}

/* More than the streams of one piece: two and something, changed on both sides of where they meet. */
static bool read_joins_pieces(const mw_probe *p, unsigned way, uint64_t *words, size_t n_lines)
{
    const size_t piece = (4 << 20) / LINE, places[] = {0, piece - 1, piece, 2 * piece - 1, 2 * piece, n_lines - 1};
    uint64_t sum = 0;
    for (size_t i = 0; i < n_lines * WORDS; i++)
        sum ^= words[i];
    bool ok = p->read(words, n_lines * LINE, way) == sum;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        words[places[i] * WORDS + i] ^= 1;
        sum ^= 1;
        ok &= p->read(words, n_lines * LINE, way) == sum;
    }
    return ok;
}

static void check_long_reads(const mw_probe *p)
{
    const size_t n_lines = 2 * (4 << 20) / LINE + 13;
    uint64_t *words = aligned_alloc(LINE, n_lines * LINE);
    bool ok = words != NULL;
    for (size_t i = 0; i < n_lines * WORDS && ok; i++)
        words[i] = next_random();
    for (unsigned way = 0; way < MW_READ_WAYS && ok; way++)
        ok = read_joins_pieces(p, way, words, n_lines);
    tap_ok(ok, "%s: every way reads more than 8 MiB once", p->name);
    free(words);
}

static void check_reads(const mw_probe *p)
{
    check_long_reads(p);
    for (unsigned way = 0; way < MW_READ_WAYS; way++) {
        bool ok = true;
        size_t i = 0;
        for (; i < SIZES && ok; i++)
            ok = read_is_exact(p, way, lines[i], false) && read_is_exact(p, way, lines[i], true);
        tap_ok(ok, "%s, %s: every line is read once, up to %zu lines", p->name, mw_read_ways[way].name,
               i ? lines[i - 1] : 0);
        tap_ok(read_sees_words(p, way), "%s, %s: every word", p->name, mw_read_ways[way].name);
    }
}

/* --- the four loops --- */

/* One operation, then perhaps another; `volatile` keeps the two roundings apart. */
static float expected(mw_stream stream, float b, float c, float s)
{
    volatile float product = s * (stream == MW_STREAM_TRIAD ? c : b);
    switch (stream) {
    case MW_STREAM_COPY: return b;
    case MW_STREAM_SCALE: return product;
    case MW_STREAM_ADD: return b + c;
    default: return b + product;
    }
}

static bool loop_is_exact(const mw_probe *p, mw_stream stream, size_t n_lines, bool at_end)
{
    /* a stands within a block of its own, with lines around it that must stay as they are */
    enum { AROUND = 2 };
    const size_t n = n_lines * FLOATS, bytes = (n_lines ? n_lines : 1) * LINE;
    const size_t a_bytes = (n_lines + 2 * AROUND) * LINE;
    float *around = mw_guarded_alloc(a_bytes, at_end);
    float *b = mw_guarded_alloc(bytes, at_end), *c = mw_guarded_alloc(bytes, at_end);
    float *a = around + AROUND * FLOATS, *b_was = malloc(bytes), *c_was = malloc(bytes);
    bool ok = around && b && c && b_was && c_was;
    const float s = 1.1f;
    for (size_t i = 0; i < a_bytes / sizeof(float) && ok; i++)
        around[i] = -77;
    for (size_t i = 0; i < n && ok; i++) {
        b_was[i] = b[i] = (float)(next_random() % 2000001) / 1000 - 1000;
        c_was[i] = c[i] = (float)(next_random() % 2000001) / 1000 - 1000;
    }
    if (ok)
        /* copy and scale do not read c */
        p->stream(stream, a, b, stream == MW_STREAM_COPY || stream == MW_STREAM_SCALE ? NULL : c, s, n);
    for (size_t i = 0; i < n && ok; i++)
        ok = a[i] == expected(stream, b[i], c[i], s);
    for (size_t i = 0; i < AROUND * FLOATS && ok; i++)
        ok = around[i] == -77 && a[n + i] == -77;
    ok = ok && memcmp(b, b_was, n * sizeof *b) == 0 && memcmp(c, c_was, n * sizeof *c) == 0;
    free(b_was);
    free(c_was);
    mw_guarded_free(around, a_bytes, at_end);
    mw_guarded_free(b, bytes, at_end);
    mw_guarded_free(c, bytes, at_end);
    return ok;
}

/* All of a may be written up to its guard. */
static bool loop_ends_at_guard(const mw_probe *p, mw_stream stream, bool at_end)
{
    enum { LINES = 13, BYTES = LINES * LINE };
    float *of[3];
    bool ok = true;
    for (int i = 0; i < 3; i++)
        ok &= (of[i] = mw_guarded_alloc(BYTES, at_end)) != NULL;
    if (ok)
        p->stream(stream, of[0], of[1], of[2], 2, LINES * FLOATS);
    for (int i = 0; i < 3; i++)
        mw_guarded_free(of[i], BYTES, at_end);
    return ok;
}

static void check_loops(const mw_probe *p)
{
    for (int stream = 0; stream < MW_STREAM_COUNT; stream++) {
        bool ok = true;
        for (size_t i = 0; i < SIZES && ok; i++)
            ok = loop_is_exact(p, (mw_stream)stream, lines[i], false) &&
                 loop_is_exact(p, (mw_stream)stream, lines[i], true);
        ok = ok && loop_ends_at_guard(p, (mw_stream)stream, false) && loop_ends_at_guard(p, (mw_stream)stream, true);
        tap_ok(ok, "%s, %s: bit for bit, and nothing else written", p->name, mw_stream_name((mw_stream)stream));
    }
}

/* --- the tables --- */

static void check_tables(void)
{
    bool ways = true, widths = mw_probes[0] && mw_probes[0]->isa == MW_ISA_BASE, widest = false;
    for (int i = 0; i < MW_READ_WAYS; i++) {
        const mw_read_way *w = &mw_read_ways[i];
        ways &= w->streams >= 1 && (unsigned)(w->name[0] - '0') == w->streams;
        ways &= (strstr(w->name, "prefetch") != NULL) == w->prefetch;
        for (int j = 0; j < i; j++)
            ways &= w->streams != mw_read_ways[j].streams || w->prefetch != mw_read_ways[j].prefetch;
    }
    tap_ok(ways, "%d ways of reading, no two alike, named for what they do", MW_READ_WAYS);
    for (const mw_probe *const *p = mw_probes; *p && p[1]; p++)
        widths &= (*p)->load_bytes < p[1]->load_bytes;
    for (const mw_probe *const *p = mw_probes; *p; p++) {
        widths &= LINE % (*p)->load_bytes == 0;
        if (((*p)->isa & ~mw_cpu_isa()) == 0)
            widest = *p == mw_probe_widest();
    }
    tap_ok(widths && widest, "probes from narrow to wide, the first for every CPU; the widest one here is %s",
           mw_probe_widest()->name);
    /* the family: all names differ, all of them read the same */
    const unsigned n = mw_reads();
    uint64_t block[4 * WORDS] __attribute__((aligned(LINE)));
    bool family = n >= MW_READ_WAYS && n <= MW_MOST_READS && n % MW_READ_WAYS == 0;
    for (size_t i = 0; i < 4 * WORDS; i++)
        block[i] = next_random();
    for (unsigned i = 0; i < n; i++) {
        char a[MW_READ_NAME], b[MW_READ_NAME];
        family &= mw_read(i, block, sizeof block) == mw_read(0, block, sizeof block);
        for (unsigned j = 0; j < i; j++)
            family &= strcmp(mw_read_name(i, a), mw_read_name(j, b)) != 0;
    }
    char last[MW_READ_NAME], width[16];
    snprintf(width, sizeof width, "%u-bit, ", 8 * mw_probe_widest()->load_bytes);
    tap_ok(family && strncmp(mw_read_name(n - 1, last), width, strlen(width)) == 0,
           "a family of %u reads, no two alike, up to %s", n, last);
}

int main(void)
{
    check_tables();
    for (const mw_probe *const *p = mw_probes; *p; p++) {
        if ((*p)->isa & ~mw_cpu_isa()) {
            tap_skip((*p)->name, "this CPU lacks its instructions");
            continue;
        }
        check_reads(*p);
        check_loops(*p);
    }
    return tap_done();
}
