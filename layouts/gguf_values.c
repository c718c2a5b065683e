/* Metadata of GGUF files: look-up and typed getters. See gguf.h. */
#include "layouts/gguf_parts.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name; /* with its article, for messages */
    size_t bytes;
} types[MW_GGUF_TYPES] = {
    [MW_GGUF_U8] = {"a u8", 1},        [MW_GGUF_I8] = {"an i8", 1},    [MW_GGUF_U16] = {"a u16", 2},
    [MW_GGUF_I16] = {"an i16", 2},     [MW_GGUF_U32] = {"a u32", 4},   [MW_GGUF_I32] = {"an i32", 4},
    [MW_GGUF_F32] = {"an f32", 4},     [MW_GGUF_BOOL] = {"a bool", 1}, [MW_GGUF_TEXT] = {"a text", 0},
    [MW_GGUF_ARRAY] = {"an array", 0}, [MW_GGUF_U64] = {"a u64", 8},   [MW_GGUF_I64] = {"an i64", 8},
    [MW_GGUF_F64] = {"an f64", 8},
};

size_t mw_gguf_type_bytes(mw_gguf_type type)
{
    return types[type].bytes;
}

int mw_gguf_compare(mw_gguf_text a, mw_gguf_text b)
{
    const int order = memcmp(a.at, b.at, a.bytes < b.bytes ? a.bytes : b.bytes);
    return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

bool mw_gguf_is(mw_gguf_text text, const char *wanted)
{
    return mw_gguf_compare(text, (mw_gguf_text){wanted, strlen(wanted)}) == 0;
}

static const mw_gguf_pair *find(const mw_gguf *g, const char *key)
{
    const mw_gguf_text wanted = {key, strlen(key)};
    size_t low = 0, high = g->n_pairs;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = mw_gguf_compare(g->pairs[middle].key, wanted);
        if (order == 0)
            return &g->pairs[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool mw_gguf_has(const mw_gguf *g, const char *key)
{
    return find(g, key) != NULL;
}

static int wrong_type(const mw_gguf *g, const mw_gguf_pair *p, const char *wanted, mw_error *err)
{
    return mw_fail(err, -EINVAL, "%s: key %.*s is %s%s, expected %s; convert the model again", g->path,
                   MW_GGUF_SHOWN(p->key), p->array ? "an array, each element " : "", types[p->type].name, wanted);
}

static bool in_kind(mw_gguf_type type, mw_gguf_kind kind)
{
    switch (kind) {
    case MW_GGUF_FLOATS: return type == MW_GGUF_F32 || type == MW_GGUF_F64;
    case MW_GGUF_BOOLS: return type == MW_GGUF_BOOL;
    case MW_GGUF_TEXTS: return type == MW_GGUF_TEXT;
    default: return type != MW_GGUF_F32 && type != MW_GGUF_F64 && type != MW_GGUF_BOOL && type != MW_GGUF_TEXT;
    }
}

/* Finds a single value (1) of a kind; 0 if there is none. */
static int single(const mw_gguf *g, const char *key, mw_gguf_kind kind, const char *wanted, const mw_gguf_pair **p,
                  mw_error *err)
{
    *p = find(g, key);
    if (!*p)
        return 0;
    return !(*p)->array && in_kind((*p)->type, kind) ? 1 : wrong_type(g, *p, wanted, err);
}

static int64_t get_int(mw_gguf_type type, const unsigned char *p)
{
    const uint64_t u = type == MW_GGUF_U64 || type == MW_GGUF_I64 ? mw_gguf_get64(p) : 0;
    switch (type) {
    case MW_GGUF_U8: return p[0];
    case MW_GGUF_I8: return (int8_t)p[0];
    case MW_GGUF_U16: return (uint16_t)(p[0] | p[1] << 8);
    case MW_GGUF_I16: return (int16_t)(p[0] | p[1] << 8);
    case MW_GGUF_U32: return mw_gguf_get32(p);
    case MW_GGUF_I32: return (int32_t)mw_gguf_get32(p);
    case MW_GGUF_U64: return u > INT64_MAX ? INT64_MAX : (int64_t)u;
    default: return (int64_t)u;
    }
}

static double get_float(mw_gguf_type type, const unsigned char *p)
{
    const uint32_t single_bits = mw_gguf_get32(p);
    const uint64_t double_bits = type == MW_GGUF_F64 ? mw_gguf_get64(p) : 0;
    float f;
    double d;
    memcpy(&f, &single_bits, sizeof f);
    memcpy(&d, &double_bits, sizeof d);
    return type == MW_GGUF_F64 ? d : f;
}

int mw_gguf_u32(const mw_gguf *g, const char *key, uint32_t *value, mw_error *err)
{
    const mw_gguf_pair *p;
    const int rc = single(g, key, MW_GGUF_INTS, "an integer", &p, err);
    if (rc <= 0)
        return rc;
    const int64_t number = get_int(p->type, p->at);
    if (number < 0 || number > UINT32_MAX)
        return mw_fail(err, -EINVAL, "%s: key %s is %lld, expected 0 to %u; convert the model again", g->path, key,
                       (long long)number, UINT32_MAX);
    *value = (uint32_t)number;
    return 1;
}

int mw_gguf_f32(const mw_gguf *g, const char *key, float *value, mw_error *err)
{
    const mw_gguf_pair *p;
    const int rc = single(g, key, MW_GGUF_FLOATS, "an f32", &p, err);
    if (rc <= 0)
        return rc;
    const double number = get_float(p->type, p->at);
    if (!(fabs(number) <= (double)FLT_MAX))
        return mw_fail(err, -EINVAL, "%s: key %s is %g, expected a finite f32; convert the model again", g->path, key,
                       number);
    *value = (float)number;
    return 1;
}

int mw_gguf_bool(const mw_gguf *g, const char *key, bool *value, mw_error *err)
{
    const mw_gguf_pair *p;
    const int rc = single(g, key, MW_GGUF_BOOLS, "a bool", &p, err);
    if (rc > 0)
        *value = *p->at != 0;
    return rc;
}

/* The text that begins at `at` with its length; false if it does not end before `end`. */
static bool text_at(const unsigned char *at, const unsigned char *end, mw_gguf_text *text)
{
    const size_t left = (size_t)(end - at);
    if (left < sizeof(uint64_t))
        return false;
    const uint64_t bytes = mw_gguf_get64(at);
    *text = (mw_gguf_text){(const char *)at + sizeof bytes, (size_t)bytes};
    return bytes <= left - sizeof bytes;
}

int mw_gguf_get_text(const mw_gguf *g, const char *key, mw_gguf_text *value, mw_error *err)
{
    const mw_gguf_pair *p;
    mw_gguf_text text;
    const int rc = single(g, key, MW_GGUF_TEXTS, "a text", &p, err);
    if (rc <= 0)
        return rc;
    if (!text_at(p->at, p->end, &text))
        return mw_fail(err, -EINVAL, "%s: has changed while it was read; try again", g->path);
    *value = text;
    return 1;
}

int mw_gguf_get_array(const mw_gguf *g, const char *key, mw_gguf_kind kind, mw_gguf_array *value, mw_error *err)
{
    static const char *const names[] = {[MW_GGUF_INTS] = "an array of integers",
                                        [MW_GGUF_FLOATS] = "an array of f32",
                                        [MW_GGUF_BOOLS] = "an array of bools",
                                        [MW_GGUF_TEXTS] = "an array of texts"};
    const mw_gguf_pair *p = find(g, key);
    if (!p)
        return 0;
    if (!p->array || !in_kind(p->type, kind))
        return wrong_type(g, p, names[kind], err);
    *value = (mw_gguf_array){p->type, p->count, p->at, p->end};
    return 1;
}

int64_t mw_gguf_int_at(const mw_gguf_array *a, uint32_t i)
{
    return get_int(a->type, a->at + i * types[a->type].bytes);
}

float mw_gguf_float_at(const mw_gguf_array *a, uint32_t i)
{
    return (float)get_float(a->type, a->at + i * types[a->type].bytes);
}

bool mw_gguf_bool_at(const mw_gguf_array *a, uint32_t i)
{
    return a->at[i] != 0;
}

bool mw_gguf_next_text(mw_gguf_array *rest, mw_gguf_text *text)
{
    if (!rest->count || !text_at(rest->at, rest->end, text))
        return false;
    rest->at = (const unsigned char *)text->at + text->bytes;
    rest->count--;
    return true;
}
