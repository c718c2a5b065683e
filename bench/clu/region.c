/* What is touched of the memory of an operand, byte by byte. */
#include "bench/clu/clu.h"

#include <stdlib.h>

static const uint64_t page_bytes[MW_CLU_PAGE_SIZES] = {4096, 16384, 2 << 20};

static size_t words(const mw_region *r)
{
    return r->bytes / 64 + 2; /* one more, so that 64 bits can be taken anywhere */
}

bool mw_region_open(mw_region *r, const void *real, uint64_t model, size_t bytes, unsigned line_bytes)
{
    *r = (mw_region){.real = real, .model = model, .bytes = bytes, .line_bytes = line_bytes, .last_line = UINT64_MAX};
    r->touched = calloc(words(r), sizeof *r->touched);
    return r->touched != NULL;
}

bool mw_region_need_none(mw_region *r)
{
    r->needed = calloc(words(r), sizeof *r->needed);
    return r->needed != NULL;
}

void mw_region_need(mw_region *r, size_t at)
{
    r->needed[at / 64] |= UINT64_C(1) << at % 64;
}

void mw_region_close(mw_region *r)
{
    free(r->needed);
    free(r->touched);
    *r = (mw_region){0};
}

/* Bits [at, at + 64). */
static uint64_t bits_at(const uint64_t *bits, size_t at)
{
    const unsigned shift = at % 64;
    return shift ? bits[at / 64] >> shift | bits[at / 64 + 1] << (64 - shift) : bits[at / 64];
}

uint64_t mw_region_access(mw_region *r, size_t at, unsigned bytes, bool load, bool store)
{
    const uint64_t all = bytes < 64 ? (UINT64_C(1) << bytes) - 1 : UINT64_MAX, shift = at % 64;
    mw_region_counts *c = &r->counts;
    r->touched[at / 64] |= all << shift;
    if (shift)
        r->touched[at / 64 + 1] |= all >> (64 - shift);
    const uint64_t first = (r->model + at) / r->line_bytes, last = (r->model + at + bytes - 1) / r->line_bytes;
    c->loads += load;
    c->stores += store;
    c->load_bytes += load ? bytes : 0;
    c->store_bytes += store ? bytes : 0;
    c->splits += load && first != last;
    c->visits += (first != r->last_line) + (last - first);
    r->last_line = last;
    r->run = at == r->next ? r->run + bytes : bytes;
    r->next = at + bytes;
    if (r->run > c->longest_run)
        c->longest_run = r->run;
    return r->needed ? bits_at(r->needed, at) & all : all;
}

/* Blocks of `block` bytes of the model's memory in which something was touched. */
static uint64_t blocks(const mw_region *r, uint64_t block)
{
    uint64_t n = 0, last = UINT64_MAX;
    for (size_t at = 0; at < r->bytes;) {
        const uint64_t word = r->touched[at / 64] >> at % 64;
        if (word == 0) {
            at = (at / 64 + 1) * 64;
            continue;
        }
        at += (unsigned)__builtin_ctzll(word);
        const uint64_t here = (r->model + at) / block;
        n += here != last;
        last = here;
        /* on to the next block */
        at = (size_t)((here + 1) * block - r->model);
    }
    return n;
}

void mw_region_finish(mw_region *r)
{
    mw_region_counts *c = &r->counts;
    c->needed_bytes = r->needed ? 0 : r->bytes;
    for (size_t i = 0; i < words(r); i++) {
        c->needed_bytes += r->needed ? (uint64_t)__builtin_popcountll(r->needed[i]) : 0;
        c->used_bytes += (uint64_t)__builtin_popcountll(r->touched[i] & (r->needed ? r->needed[i] : UINT64_MAX));
    }
    c->lines = blocks(r, r->line_bytes);
    for (int i = 0; i < MW_CLU_PAGE_SIZES; i++)
        c->pages[i] = blocks(r, page_bytes[i]);
}
