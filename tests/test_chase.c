/* The cycle that measures latency: one, complete, random, repeatable, inside its block. */
#include "bench/micro/chase.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = MW_CHASE_LINE };

/* Walks the cycle and counts the visits of each stride; false if a pointer is no slot. The place within the stride is
 * the one that the header promises. */
static bool walk(const char *block, size_t bytes, size_t stride, unsigned char *visits, size_t *near)
{
    const size_t n = bytes / stride, lines = stride / LINE;
    const char *at = block;
    memset(visits, 0, n);
    *near = 0;
    for (size_t i = 0; i < n; i++) {
        const char *next = mw_chase_run(at, 1);
        size_t offset = (size_t)(next - block), to = offset / stride, from = (size_t)(at - block) / stride;
        if (next < block || to >= n || offset % stride != to % lines * LINE)
            return false;
        visits[to]++;
        *near += to == from + 1 || from == to + 1;
        at = next;
    }
    return at == block;
}

static void check_cycle(size_t bytes, size_t stride)
{
    char *block = mw_guarded_alloc(bytes, true);
    const size_t n = bytes / stride;
    unsigned char *visits = malloc(n + 1);
    if (!tap_ok(block && visits, "memory for %zu bytes", bytes)) {
        free(visits);
        mw_guarded_free(block, bytes, true);
        return;
    }
    size_t near = 0, all = 0;
    bool ok = mw_chase_build(block, bytes, stride, 7) == n && (n == 0 || walk(block, bytes, stride, visits, &near));
    for (size_t i = 0; i < n && ok; i++)
        all += visits[i] == 1;
    tap_ok(ok && all == n, "%zu bytes in steps of %zu: one cycle through all %zu slots", bytes, stride, n);
    /* in a random cycle a step goes to a neighbour about twice, whatever the length */
    if (n >= 100)
        tap_ok(near < 20, "its steps are random: %zu of %zu go to a neighbour", near, n);
    /* nothing but slots is written */
    size_t written = 0, expected = 0;
    for (size_t i = 0; i < bytes / sizeof(void *); i++)
        written += ((void **)(void *)block)[i] != NULL;
    expected = n;
    tap_ok(written == expected, "%zu pointers written", written);
    free(visits);
    mw_guarded_free(block, bytes, true);
}

static void check_seeds(void)
{
    enum { BYTES = 1 << 16, LINES = BYTES / LINE };
    char *a = mw_pages_alloc(BYTES), *b = mw_pages_alloc(BYTES);
    if (!tap_ok(a && b, "memory"))
        return;
    size_t differ[2] = {0, 0};
    for (int other = 0; other < 2; other++) {
        mw_chase_build(a, BYTES, LINE, 1);
        mw_chase_build(b, BYTES, LINE, 1 + (uint64_t)other);
        for (size_t i = 0; i < BYTES; i += LINE)
            differ[other] += (const char *)mw_chase_run(a + i, 1) - a != (const char *)mw_chase_run(b + i, 1) - b;
    }
    tap_ok(differ[0] == 0, "the same seed gives the same cycle");
    tap_ok(differ[1] > LINES / 2, "another seed another: %zu of %d steps differ", differ[1], LINES);
    const void *half = mw_chase_run(a, LINES / 2);
    tap_ok(mw_chase_run(a, 0) == a && half != a && mw_chase_run(half, LINES / 2) == a, "a walk can be gone on with");
    mw_pages_free(a, BYTES);
    mw_pages_free(b, BYTES);
}

/* Every one of the 6 cycles of 4 slots comes up about as often as the others. */
static void check_fair(void)
{
    enum { SLOTS = 4, DRAWS = 6000 };
    _Alignas(LINE) char block[SLOTS * LINE];
    int times[SLOTS * SLOTS * SLOTS] = {0}, kinds = 0, least = DRAWS, most = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        mw_chase_build(block, sizeof block, LINE, seed);
        size_t kind = 0;
        const char *at = block;
        for (int i = 0; i < SLOTS - 1; i++) {
            at = mw_chase_run(at, 1);
            kind = kind * SLOTS + (size_t)(at - block) / LINE;
        }
        times[kind]++;
    }
    for (int i = 0; i < SLOTS * SLOTS * SLOTS; i++) {
        if (times[i] == 0)
            continue;
        kinds++;
        least = times[i] < least ? times[i] : least;
        most = times[i] > most ? times[i] : most;
    }
    /* 1000 expected of each, standard deviation 29 */
    tap_ok(kinds == 6 && least > 850 && most < 1150, "%d kinds of cycles, each %d to %d times of %d", kinds, least,
           most, DRAWS);
}

int main(void)
{
    const size_t page = mw_page_bytes();
    const size_t bytes[] = {LINE, 2 * LINE, 3 * LINE, 100 * LINE, 4096 * LINE, 1000 * LINE};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        check_cycle(bytes[i], LINE);
    check_cycle(page, page);
    check_cycle(200 * page, page);
    check_cycle(67 * page + page / 2, page);
    check_cycle(page / 2, page);
    check_seeds();
    check_fair();
    return tap_done();
}
