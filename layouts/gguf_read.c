/* Opens GGUF files and checks them. See gguf.h.
 *
 *   "GGUF", u32 version, u64 tensors, u64 pairs
 *   pairs of a key and a value; a text is u64 bytes and the bytes, an array u32 type, u64 count and the values
 *   tensors: name, u32 dimensions, u64 sizes (the contiguous one first), u32 type, u64 offset behind the head
 *   padding up to the alignment, then the data of the tensors */
#include "layouts/gguf_parts.h"
#include "platform/checked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 24,
    OLDEST = 2,
    NEWEST = 3,
    LEAST_PAIR = 8 + 1 + 4 + 1,           /* bytes of the shortest: a key of one byte and a u8 */
    LEAST_TENSOR = 8 + 1 + 4 + 8 + 4 + 8, /* with one dimension */
};

bool mw_gguf_recognised(const unsigned char *head, size_t bytes)
{
    return bytes >= 4 && memcmp(head, "GGUF", 4) == 0;
}

int mw_gguf_cut_off(const mw_gguf_reader *r, const char *what)
{
    return mw_fail(r->err, -EINVAL, "%s: ends inside %s; was it cut off? Download or convert it again", r->path, what);
}

int mw_gguf_take_name(mw_gguf_reader *r, const char *what, size_t index, uint64_t most, mw_gguf_text *name)
{
    if (mw_gguf_left(r) < MW_GGUF_TEXT_HEAD)
        return mw_gguf_cut_off(r, what);
    const uint64_t bytes = mw_gguf_take64(r);
    if (bytes < 1 || bytes > most)
        return mw_fail(r->err, -EINVAL, "%s: %s of number %zu has %llu bytes, expected 1 to %llu; is it damaged?",
                       r->path, what, index, (unsigned long long)bytes, (unsigned long long)most);
    if (bytes > mw_gguf_left(r))
        return mw_gguf_cut_off(r, what);
    *name = (mw_gguf_text){(const char *)r->at, (size_t)bytes};
    r->at += bytes;
    return 0;
}

/* --- metadata --- */

static int skip_text(mw_gguf_reader *r, const mw_gguf_pair *p)
{
    const uint64_t bytes = mw_gguf_left(r) < MW_GGUF_TEXT_HEAD ? 0 : mw_gguf_get64(r->at);
    if (bytes > MW_GGUF_MAX_TEXT)
        return mw_fail(r->err, -EINVAL, "%s: key %.*s holds a text of %llu bytes, the limit is %d; is it damaged?",
                       r->path, MW_GGUF_SHOWN(p->key), (unsigned long long)bytes, MW_GGUF_MAX_TEXT);
    if (mw_gguf_left(r) < MW_GGUF_TEXT_HEAD + bytes)
        return mw_gguf_cut_off(r, "a text of its metadata");
    r->at += MW_GGUF_TEXT_HEAD + bytes;
    return 0;
}

static int skip_values(mw_gguf_reader *r, mw_gguf_pair *p)
{
    const size_t each = mw_gguf_type_bytes(p->type);
    if ((uint64_t)p->count * (each ? each : MW_GGUF_TEXT_HEAD) > mw_gguf_left(r))
        return mw_gguf_cut_off(r, p->array ? "an array of its metadata" : "a value of its metadata");
    p->at = r->at;
    int rc = 0;
    if (each)
        r->at += p->count * each;
    else
        for (uint32_t i = 0; i < p->count && !rc; i++)
            rc = skip_text(r, p);
    p->end = r->at;
    if (p->type == MW_GGUF_BOOL)
        for (uint32_t i = 0; i < p->count; i++)
            if (p->at[i] > 1)
                return mw_fail(r->err, -EINVAL, "%s: key %.*s holds a bool of %d, expected 0 or 1; is it damaged?",
                               r->path, MW_GGUF_SHOWN(p->key), p->at[i]);
    return rc;
}

/* The type of a value, or of the elements of the array `key`. */
static int take_type(mw_gguf_reader *r, mw_gguf_text key, bool in_array, mw_gguf_type *type)
{
    if (mw_gguf_left(r) < 4)
        return mw_gguf_cut_off(r, "its metadata");
    const uint32_t number = mw_gguf_take32(r);
    if (number >= MW_GGUF_TYPES)
        return mw_fail(r->err, -EINVAL, "%s: key %.*s has values of the unknown type %u; is it damaged?", r->path,
                       MW_GGUF_SHOWN(key), number);
    if (in_array && number == MW_GGUF_ARRAY)
        return mw_fail(r->err, -EINVAL, "%s: key %.*s is an array of arrays, which cannot be read here", r->path,
                       MW_GGUF_SHOWN(key));
    *type = (mw_gguf_type)number;
    return 0;
}

static int take_pair(mw_gguf_reader *r, size_t index, mw_gguf_pair *p)
{
    int rc = mw_gguf_take_name(r, "the key", index, MW_GGUF_MAX_KEY, &p->key);
    if (!rc)
        rc = take_type(r, p->key, false, &p->type);
    if (rc)
        return rc;
    p->array = p->type == MW_GGUF_ARRAY;
    p->count = 1;
    if (p->array) {
        rc = take_type(r, p->key, true, &p->type);
        if (rc)
            return rc;
        if (mw_gguf_left(r) < 8)
            return mw_gguf_cut_off(r, "an array of its metadata");
        const uint64_t count = mw_gguf_take64(r);
        if (count > MW_GGUF_MAX_ARRAY)
            return mw_fail(r->err, -EINVAL,
                           "%s: key %.*s is an array of %llu elements, the limit is %d; is it damaged?", r->path,
                           MW_GGUF_SHOWN(p->key), (unsigned long long)count, MW_GGUF_MAX_ARRAY);
        p->count = (uint32_t)count;
    }
    return skip_values(r, p);
}

static int by_key(const void *a, const void *b)
{
    return mw_gguf_compare(((const mw_gguf_pair *)a)->key, ((const mw_gguf_pair *)b)->key);
}

static int read_pairs(mw_gguf_reader *r, mw_gguf *g, mw_gguf_pair *pairs)
{
    for (size_t i = 0; i < g->n_pairs; i++) {
        int rc = take_pair(r, i, &pairs[i]);
        if (rc)
            return rc;
    }
    qsort(pairs, g->n_pairs, sizeof *pairs, by_key);
    for (size_t i = 1; i < g->n_pairs; i++)
        if (mw_gguf_compare(pairs[i - 1].key, pairs[i].key) == 0)
            return mw_fail(r->err, -EINVAL, "%s: key %.*s is there twice; convert the model again", r->path,
                           MW_GGUF_SHOWN(pairs[i].key));
    return 0;
}

/* What the metadata says about the container itself. */
static int check_pairs(mw_gguf *g, mw_error *err)
{
    uint32_t parts = 1;
    g->alignment = MW_GGUF_DEFAULT_ALIGN;
    int rc = mw_gguf_u32(g, "general.alignment", &g->alignment, err);
    if (rc >= 0)
        rc = mw_gguf_u32(g, "split.count", &parts, err);
    if (rc < 0)
        return rc;
    const uint32_t a = g->alignment;
    if (a < MW_GGUF_LEAST_ALIGN || a > MW_GGUF_MOST_ALIGN || (a & (a - 1)))
        return mw_fail(err, -EINVAL, "%s: its alignment is %u, expected a power of two from %d to %d; is it damaged?",
                       g->path, a, MW_GGUF_LEAST_ALIGN, MW_GGUF_MOST_ALIGN);
    if (parts > 1)
        return mw_fail(
            err, -EINVAL,
            "%s: is one of %u parts of a split model; merge them (llama-gguf-split --merge) and give that file",
            g->path, parts);
    return 0;
}

/* --- the file --- */

static int check_version(const mw_gguf_reader *r, uint32_t version)
{
    if (version >= OLDEST && version <= NEWEST)
        return 0;
    if (version == 1)
        return mw_fail(r->err, -EINVAL, "%s: a GGUF file of version 1; convert the model again, to version 3", r->path);
    if (version && !(version & 0xffff)) /* the bytes of a small number in the other order */
        return mw_fail(r->err, -EINVAL, "%s: a big-endian GGUF file; get a little-endian one", r->path);
    return mw_fail(r->err, -EINVAL, "%s: a GGUF file of version %u, this program reads %d and %d", r->path, version,
                   OLDEST, NEWEST);
}

static int check_count(const mw_gguf_reader *r, const char *what, uint64_t n, uint64_t most, uint64_t least_bytes)
{
    if (n > most)
        return mw_fail(r->err, -EINVAL, "%s: %llu %s, the limit is %llu; is it damaged?", r->path,
                       (unsigned long long)n, what, (unsigned long long)most);
    return n * least_bytes > mw_gguf_left(r) ? mw_gguf_cut_off(r, "its metadata") : 0;
}

static int read_all(mw_gguf_reader *r, mw_gguf *g)
{
    r->at += 4;
    g->version = mw_gguf_take32(r);
    int rc = check_version(r, g->version);
    const uint64_t n_tensors = mw_gguf_take64(r), n_pairs = mw_gguf_take64(r);
    if (!rc)
        rc = check_count(r, "tensors", n_tensors, MW_GGUF_MAX_TENSORS, LEAST_TENSOR);
    if (!rc)
        rc = check_count(r, "keys", n_pairs, MW_GGUF_MAX_PAIRS, LEAST_PAIR);
    if (rc)
        return rc;
    /* no more memory than a small multiple of the bytes that are there */
    mw_gguf_pair *pairs = calloc((size_t)n_pairs + 1, sizeof *pairs);
    mw_gguf_tensor *tensors = calloc((size_t)n_tensors + 1, sizeof *tensors);
    g->pairs = pairs;
    g->tensors = tensors;
    if (!pairs || !tensors)
        return mw_fail(r->err, -ENOMEM, "%s: no memory for its metadata", r->path);
    g->n_pairs = (size_t)n_pairs;
    g->n_tensors = (size_t)n_tensors;
    rc = read_pairs(r, g, pairs);
    if (!rc)
        rc = check_pairs(g, r->err);
    return rc ? rc : mw_gguf_take_tensors(r, g, tensors);
}

int mw_gguf_open(const mw_file *file, mw_gguf **out, mw_error *err)
{
    *out = NULL;
    unsigned char magic[4] = {0};
    const size_t n = file->bytes < sizeof magic ? (size_t)file->bytes : sizeof magic;
    int rc = mw_file_read(file, 0, magic, n, err);
    if (rc)
        return rc;
    if (!mw_gguf_recognised(magic, n))
        return mw_fail(err, -EINVAL, "%s: not a GGUF file", file->path);
    if (file->bytes < HEADER)
        return mw_fail(err, -EINVAL, "%s: ends inside its header; was it cut off? Download or convert it again",
                       file->path);
    mw_gguf *g = calloc(1, sizeof *g);
    if (!g)
        return mw_fail(err, -ENOMEM, "%s: no memory for its metadata", file->path);
    const void *map;
    g->bytes = file->bytes;
    snprintf(g->path, sizeof g->path, "%s", file->path);
    rc = mw_file_map(file, MW_MAP_PLAIN, &map, err);
    if (rc) {
        free(g);
        return rc;
    }
    g->map = map;
    if (mw_mapping_guard(g->map, g->bytes, g->path))
        rc = mw_fail(err, -ENOSPC, "%s: more than %d files mapped at once", g->path, MW_GUARDED_MAPS);
    mw_gguf_reader r = {g->map, g->map + g->bytes, g->path, err};
    if (!rc)
        rc = read_all(&r, g);
    if (rc)
        mw_gguf_close(g);
    else
        *out = g;
    return rc;
}

void mw_gguf_close(mw_gguf *g)
{
    if (!g)
        return;
    mw_mapping_unguard(g->map);
    mw_file_unmap(g->map, g->bytes);
    free((void *)(uintptr_t)g->pairs);
    free((void *)(uintptr_t)g->tensors);
    free(g);
}
