#include "bench/clu/cache_model.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = MW_CACHE_MODEL_LEVELS, TAGS = MW_CACHE_MODEL_TAGS, MOST_WORDS = MW_MOST_LINE / 64, NONE = -1 };

typedef struct slot {
    uint64_t line;    /* number of the line + 1; 0: empty */
    uint64_t used_at; /* 0: empty */
    unsigned tag;
} slot;

/* A line at level l has masks of used bytes for its own fill and, if a lower level k dropped its copy meanwhile, for
 * that level's fill: mask (k - l) of its slot, zero otherwise. */
typedef struct level {
    slot *slots;
    uint64_t *masks;
    uint64_t sets;
    unsigned ways, masks_each;
    mw_cache_counts counts[TAGS];
} level;

struct mw_cache_model {
    level of[LEVELS];
    int n;
    unsigned line_bytes, words; /* of a mask */
    uint64_t now;
};

static bool possible(const mw_cache_level *l, unsigned line)
{
    return l->line_bytes == line && line >= 16 && line <= MW_MOST_LINE && (line & (line - 1)) == 0 && l->ways > 0 &&
           l->bytes / l->ways >= line && l->bytes <= UINT64_C(1) << 40;
}

int mw_cache_model_create(const mw_cache_level *levels, int n, mw_cache_model **out, mw_error *err)
{
    *out = NULL;
    for (int i = 0; i < n; i++)
        if (!possible(&levels[i], levels[0].line_bytes))
            return mw_fail(
                err, -EINVAL,
                "a cache of %llu bytes in %u ways of %u-byte lines cannot be modelled together with a first level of "
                "%u-byte lines; give sizes with --cache=L1:32K:8:64,...",
                (unsigned long long)levels[i].bytes, levels[i].ways, levels[i].line_bytes, levels[0].line_bytes);
    mw_cache_model *m = n > 0 && n <= LEVELS ? calloc(1, sizeof *m) : NULL;
    if (!m)
        return mw_fail(err, n > 0 && n <= LEVELS ? -ENOMEM : -EINVAL, "no cache of %d levels can be modelled", n);
    m->n = n;
    m->line_bytes = levels[0].line_bytes;
    m->words = (m->line_bytes + 63) / 64;
    for (int i = 0; i < n; i++) {
        level *l = &m->of[i];
        l->ways = levels[i].ways;
        l->sets = levels[i].bytes / l->ways / m->line_bytes;
        l->masks_each = (unsigned)(n - i) * m->words;
        l->slots = calloc(l->sets * l->ways, sizeof *l->slots);
        l->masks = calloc(l->sets * l->ways * l->masks_each, sizeof *l->masks);
        if (!l->slots || !l->masks) {
            mw_cache_model_free(m);
            return mw_fail(err, -ENOMEM, "no memory to model a cache of %llu bytes",
                           (unsigned long long)levels[i].bytes);
        }
    }
    *out = m;
    return 0;
}

void mw_cache_model_free(mw_cache_model *m)
{
    for (int i = 0; m && i < m->n; i++) {
        free(m->of[i].slots);
        free(m->of[i].masks);
    }
    free(m);
}

/* The slot of a line in a level, or NONE. */
static int64_t find(const level *l, uint64_t line)
{
    const uint64_t first = line % l->sets * l->ways;
    for (unsigned way = 0; way < l->ways; way++)
        if (l->slots[first + way].line == line + 1)
            return (int64_t)(first + way);
    return NONE;
}

/* Mask of what was used of the fill of level k, kept in a slot of level i <= k. */
static uint64_t *mask_of(const mw_cache_model *m, int i, int64_t index, int k)
{
    return m->of[i].masks + (uint64_t)index * m->of[i].masks_each + (unsigned)(k - i) * m->words;
}

static void merge(const mw_cache_model *m, uint64_t *to, const uint64_t *from)
{
    for (unsigned w = 0; w < m->words; w++)
        to[w] |= from[w];
}

static uint64_t count_bits(const mw_cache_model *m, const uint64_t *mask)
{
    uint64_t n = 0;
    for (unsigned w = 0; w < m->words; w++)
        n += (uint64_t)__builtin_popcountll(mask[w]);
    return n;
}

/* A line leaves level i, slot `index`. If a level above still has it, the fills that this slot stands for stay open and
 * go there; else they are counted, and what was used is handed down. */
static void evict(mw_cache_model *m, int i, int64_t index)
{
    slot *s = &m->of[i].slots[index];
    const uint64_t line = s->line - 1;
    for (int above = i - 1; above >= 0; above--) {
        const int64_t there = find(&m->of[above], line);
        if (there == NONE)
            continue;
        for (int k = i; k < m->n; k++)
            merge(m, mask_of(m, above, there, k), mask_of(m, i, index, k));
        *s = (slot){0};
        return;
    }
    uint64_t used[MOST_WORDS] = {0};
    for (int k = i; k < m->n; k++) {
        const int64_t there = k == i ? index : find(&m->of[k], line);
        merge(m, used, mask_of(m, i, index, k));
        if (k > i && there != NONE) {
            merge(m, mask_of(m, k, there, k), used);
            break;
        }
        m->of[k].counts[s->tag].used_bytes += count_bits(m, used);
    }
    *s = (slot){0};
}

/* Brings a line into level i, to an empty place or that of the line that was not used for longest. */
static int64_t fill(mw_cache_model *m, int i, uint64_t line, unsigned tag)
{
    level *l = &m->of[i];
    const uint64_t first = line % l->sets * l->ways;
    int64_t index = (int64_t)first;
    for (unsigned way = 0; way < l->ways; way++)
        if (l->slots[first + way].used_at < l->slots[index].used_at)
            index = (int64_t)(first + way);
    if (l->slots[index].line)
        evict(m, i, index);
    l->slots[index] = (slot){line + 1, m->now, tag};
    memset(mask_of(m, i, index, i), 0, l->masks_each * sizeof(uint64_t));
    l->counts[tag].fills++;
    return index;
}

static void touch(mw_cache_model *m, unsigned tag, uint64_t line, unsigned from, unsigned bytes, uint64_t used)
{
    level *first = &m->of[0];
    int64_t index = find(first, line);
    m->now++;
    if (index == NONE) {
        int has = 1;
        int64_t there = NONE;
        for (; has < m->n && (there = find(&m->of[has], line)) == NONE; has++)
            ;
        if (there != NONE)
            m->of[has].slots[there].used_at = m->now;
        while (has-- > 0)
            index = fill(m, has, line, tag);
    }
    first->slots[index].used_at = m->now;
    uint64_t *mask = mask_of(m, 0, index, 0);
    for (unsigned b = 0; b < bytes;) { /* a mask's word at a time */
        const unsigned at = from + b, n = 64 - at % 64 < bytes - b ? 64 - at % 64 : bytes - b;
        const uint64_t part = n < 64 ? used >> b & ((UINT64_C(1) << n) - 1) : used;
        mask[at / 64] |= part << at % 64;
        b += n;
    }
}

void mw_cache_model_access(mw_cache_model *m, unsigned tag, uint64_t address, unsigned bytes, uint64_t used)
{
    for (unsigned done = 0; done < bytes;) {
        const uint64_t at = address + done;
        const unsigned from = (unsigned)(at % m->line_bytes);
        const unsigned n = m->line_bytes - from < bytes - done ? m->line_bytes - from : bytes - done;
        touch(m, tag, at / m->line_bytes, from, n, used >> done);
        done += n;
    }
}

void mw_cache_model_flush(mw_cache_model *m)
{
    for (int i = 0; i < m->n; i++)
        for (uint64_t s = 0; s < m->of[i].sets * m->of[i].ways; s++)
            if (m->of[i].slots[s].line)
                evict(m, i, (int64_t)s);
}

mw_cache_counts mw_cache_model_counts(const mw_cache_model *m, int i, unsigned tag)
{
    return m->of[i].counts[tag];
}
