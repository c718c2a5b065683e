/* Input: a GGUF file and two bytes: a choice of loads and kernels, and what fails. */
#include "engine/gguf_model.h"
#include "layouts/gguf_parts.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Goes through an array by the getter of its kind. */
static void walk(const mw_gguf_array *array, mw_gguf_kind kind)
{
    mw_gguf_array rest = *array;
    mw_gguf_text text;
    uint32_t n = 0;
    volatile double sum = 0;
    for (uint32_t i = 0; i < array->count && kind != MW_GGUF_TEXTS; i++)
        sum += kind == MW_GGUF_INTS     ? (double)mw_gguf_int_at(array, i)
               : kind == MW_GGUF_FLOATS ? (double)mw_gguf_float_at(array, i)
                                        : mw_gguf_bool_at(array, i);
    for (; kind == MW_GGUF_TEXTS && mw_gguf_next_text(&rest, &text); n++)
        for (size_t i = 0; i < text.bytes; i++)
            sum += text.at[i];
    FUZZ_CHECK(kind != MW_GGUF_TEXTS || n == array->count);
}

/* Every getter on a key; exactly one of them fits, or none if a number is out of range. */
static void get(const mw_gguf *g, const char *key)
{
    mw_error err = {""};
    uint32_t number;
    float real;
    bool yes;
    mw_gguf_text text;
    mw_gguf_array array;
    int found = 0, rc = mw_gguf_u32(g, key, &number, &err);
    FUZZ_CHECK(rc == 1 || !fuzz_ok(rc, &err));
    found += rc == 1;
    rc = mw_gguf_f32(g, key, &real, &err);
    FUZZ_CHECK(rc == 1 ? isfinite(real) : !fuzz_ok(rc, &err));
    found += rc == 1;
    rc = mw_gguf_bool(g, key, &yes, &err);
    FUZZ_CHECK(rc == 1 || !fuzz_ok(rc, &err));
    found += rc == 1;
    rc = mw_gguf_get_text(g, key, &text, &err);
    FUZZ_CHECK(rc == 1 || !fuzz_ok(rc, &err));
    found += rc == 1;
    for (mw_gguf_kind kind = MW_GGUF_INTS; kind <= MW_GGUF_TEXTS; kind++) {
        rc = mw_gguf_get_array(g, key, kind, &array, &err);
        FUZZ_CHECK(rc == 1 || !fuzz_ok(rc, &err));
        if (rc == 1)
            walk(&array, kind);
        found += rc == 1;
    }
    FUZZ_CHECK(found <= 1);
}

static void look(const mw_gguf *g)
{
    static char key[MW_GGUF_MAX_KEY + 1];
    for (size_t i = 0; i < g->n_pairs; i++) {
        const mw_gguf_text k = g->pairs[i].key;
        memcpy(key, k.at, k.bytes);
        key[k.bytes] = '\0';
        if (strlen(key) == k.bytes)
            get(g, key);
    }
    for (size_t i = 0; i < g->n_tensors; i++) {
        const mw_gguf_tensor *t = &g->tensors[i];
        memcpy(key, t->name.at, t->name.bytes);
        key[t->name.bytes] = '\0';
        FUZZ_CHECK(strlen(key) != t->name.bytes || mw_gguf_tensor_named(g, key) == t);
        FUZZ_CHECK(t->bytes > 0 && t->offset % g->alignment == 0 && t->offset < g->bytes);
        FUZZ_CHECK(t->bytes <= g->bytes - t->offset && mw_gguf_tensor_type_of(t->type));
    }
}

static void open_container(const char *path)
{
    mw_error err = {""};
    mw_file file;
    mw_gguf *g;
    if (!fuzz_ok(mw_file_open(path, &file, &err), &err))
        return;
    const int rc = mw_gguf_open(&file, &g, &err);
    FUZZ_CHECK((rc == 0) == (g != NULL));
    if (fuzz_ok(rc, &err))
        look(g);
    mw_gguf_close(g);
    mw_file_close(&file);
}

static void open_model(const char *path, unsigned pick)
{
    mw_error err = {""};
    mw_model m;
    if (!fuzz_ok(mw_gguf_model_open(path, &m, &err), &err))
        return;
    fuzz_use_model(&m, pick);
    mw_model_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), pick = fuzz_take(&in);
    const char *path = fuzz_file(in.data, in.size, in.size);
    fuzz_begin(fail);
    open_container(path);
    fuzz_end();
    fuzz_begin(fail);
    open_model(path, pick);
    fuzz_end();
    return 0;
}
