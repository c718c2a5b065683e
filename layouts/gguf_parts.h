/* What the parts of the GGUF reader share: gguf_read.c checks a file and its metadata, gguf_tensors.c the table of
 * tensors, and gguf_values.c gives out metadata. */
#ifndef MW_LAYOUTS_GGUF_PARTS_H
#define MW_LAYOUTS_GGUF_PARTS_H

#include "layouts/gguf.h"

/* A key and where its value is: for an array the first of `count` elements of type `type`. */
typedef struct mw_gguf_pair {
    mw_gguf_text key;
    bool array;
    mw_gguf_type type;
    uint32_t count;
    const unsigned char *at, *end; /* from the first byte of the value to behind its last one */
} mw_gguf_pair;

/* Bytes of one value of a type; 0 for texts and arrays. */
size_t mw_gguf_type_bytes(mw_gguf_type type);

/* Orders texts by their bytes; a beginning of another text comes before it. */
int mw_gguf_compare(mw_gguf_text a, mw_gguf_text b);

static inline uint32_t mw_gguf_get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t mw_gguf_get64(const unsigned char *p)
{
    return mw_gguf_get32(p) | (uint64_t)mw_gguf_get32(p + 4) << 32;
}

/* What is left to read of the mapped file. */
typedef struct mw_gguf_reader {
    const unsigned char *at, *end;
    const char *path;
    mw_error *err;
} mw_gguf_reader;

enum { MW_GGUF_TEXT_HEAD = 8 }; /* bytes of the length in front of a text */

static inline uint64_t mw_gguf_left(const mw_gguf_reader *r)
{
    return (uint64_t)(r->end - r->at);
}

/* Numbers; the caller has made sure that they are there. */
static inline uint32_t mw_gguf_take32(mw_gguf_reader *r)
{
    r->at += 4;
    return mw_gguf_get32(r->at - 4);
}

static inline uint64_t mw_gguf_take64(mw_gguf_reader *r)
{
    r->at += 8;
    return mw_gguf_get64(r->at - 8);
}

/* Says that the file ends before the end of `what`; -EINVAL. */
int mw_gguf_cut_off(const mw_gguf_reader *r, const char *what);

/* A key or a name of 1 to `most` bytes; `what` and the number `index` name it in messages. */
int mw_gguf_take_name(mw_gguf_reader *r, const char *what, size_t index, uint64_t most, mw_gguf_text *name);

/* Reads the table of g->n_tensors tensors, which begins at r->at, into `tensors`, checks and sorts them. */
int mw_gguf_take_tensors(mw_gguf_reader *r, const mw_gguf *g, mw_gguf_tensor *tensors);

#endif
