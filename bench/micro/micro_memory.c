#include "bench/micro/micro_parts.h"
#include "platform/os.h"

#include <errno.h>
#include <string.h>

void mw_micro_want(mw_micro *m, bool huge, size_t bytes)
{
    mw_micro_block *b = &m->block[huge];
    if (b->bytes < bytes)
        b->bytes = (bytes + m->page - 1) / m->page * m->page;
}

void mw_micro_huge_note(char *note, const void *block, size_t bytes, bool huge)
{
    const int64_t got = mw_memory_huge(block, bytes);
    note[0] = '\0';
    if (huge && got == MW_UNKNOWN)
        snprintf(note, 128, "whether huge pages were obtained is unknown");
    else if (huge ? got < (int64_t)bytes : got > 0)
        snprintf(note, 128, "huge pages hold %lld of %zu KiB", (long long)got >> 10, bytes >> 10);
}

/* Any floats will do that keep loops and kernels from denormals and overflow: in (-1, -0.001) and (0.001, 1). One
 * page's worth of them again and again fills the rest. */
static void fill(float *to, size_t bytes)
{
    enum { FIRST = 1 << 16 };
    const size_t first = bytes < FIRST ? bytes : FIRST;
    uint64_t state = 1;
    for (size_t i = 0; i < first / sizeof *to; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX generator */
        to[i] = (float)((state >> 40) % 999 + 1) * (state >> 63 ? -0.001f : 0.001f);
    }
    for (size_t at = first; at < bytes; at += FIRST)
        memcpy((char *)to + at, to, bytes - at < FIRST ? bytes - at : FIRST);
}

float *mw_micro_memory(mw_gb_state *state, mw_micro_task *t)
{
    mw_micro_block *b = &t->micro->block[t->huge];
    if (!b->at) {
        b->at = b->huge ? mw_pages_alloc_huge(b->bytes) : mw_pages_alloc(b->bytes);
        if (!b->at) {
            mw_gb_skip(state, b->huge && errno == ENOTSUP ? "this system has no request for huge pages"
                                                          : "no memory for the block");
            return NULL;
        }
        fill(b->at, b->bytes);
        mw_micro_huge_note(b->note, b->at, b->bytes, b->huge);
    }
    return b->at;
}
