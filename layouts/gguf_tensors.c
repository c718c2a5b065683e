/* The table of tensors of a GGUF file, and the types of tensors. See gguf.h. */
#include "layouts/gguf_parts.h"
#include "platform/checked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* enum ggml_type and the sizes of its blocks (ggml-common.h), indexed by number. Numbers without a name belonged to
 * formats that were withdrawn. */
static const mw_gguf_tensor_type types[] = {
    [0] = {"f32", 1, 4},         [1] = {"f16", 1, 2},         [2] = {"q4_0", 32, 18},      [3] = {"q4_1", 32, 20},
    [6] = {"q5_0", 32, 22},      [7] = {"q5_1", 32, 24},      [8] = {"q8_0", 32, 34},      [9] = {"q8_1", 32, 36},
    [10] = {"q2_K", 256, 84},    [11] = {"q3_K", 256, 110},   [12] = {"q4_K", 256, 144},   [13] = {"q5_K", 256, 176},
    [14] = {"q6_K", 256, 210},   [15] = {"q8_K", 256, 292},   [16] = {"iq2_xxs", 256, 66}, [17] = {"iq2_xs", 256, 74},
    [18] = {"iq3_xxs", 256, 98}, [19] = {"iq1_s", 256, 50},   [20] = {"iq4_nl", 32, 18},   [21] = {"iq3_s", 256, 110},
    [22] = {"iq2_s", 256, 82},   [23] = {"iq4_xs", 256, 136}, [24] = {"i8", 1, 1},         [25] = {"i16", 1, 2},
    [26] = {"i32", 1, 4},        [27] = {"i64", 1, 8},        [28] = {"f64", 1, 8},        [29] = {"iq1_m", 256, 56},
    [30] = {"bf16", 1, 2},       [34] = {"tq1_0", 256, 54},   [35] = {"tq2_0", 256, 66},   [39] = {"mxfp4", 32, 17},
    [40] = {"nvfp4", 64, 36},
};

const mw_gguf_tensor_type *mw_gguf_tensor_type_of(uint32_t id)
{
    return id < sizeof types / sizeof *types && types[id].name ? &types[id] : NULL;
}

/* Bytes of a tensor from its dimensions and type. */
static int size_tensor(const mw_gguf_reader *r, mw_gguf_tensor *t)
{
    const mw_gguf_tensor_type *type = mw_gguf_tensor_type_of(t->type);
    if (!type)
        return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is of the unknown type %u; is it damaged?", r->path,
                       MW_GGUF_SHOWN(t->name), t->type);
    if (t->dims[0] % type->block)
        return mw_fail(r->err, -EINVAL,
                       "%s: tensor %.*s has rows of %llu values, no multiple of the %u of a block of %s", r->path,
                       MW_GGUF_SHOWN(t->name), (unsigned long long)t->dims[0], type->block, type->name);
    bool fits = mw_mul_u64(t->dims[0] / type->block, type->block_bytes, &t->bytes);
    for (uint32_t i = 1; i < t->n_dims && fits; i++)
        fits = mw_mul_u64(t->bytes, t->dims[i], &t->bytes);
    return fits ? 0
                : mw_fail(r->err, -EINVAL, "%s: tensor %.*s has more than 2^64 bytes; is it damaged?", r->path,
                          MW_GGUF_SHOWN(t->name));
}

static int take_tensor(mw_gguf_reader *r, size_t index, mw_gguf_tensor *t)
{
    int rc = mw_gguf_take_name(r, "the name of the tensor", index, MW_GGUF_MAX_NAME, &t->name);
    if (rc)
        return rc;
    if (mw_gguf_left(r) < 4)
        return mw_gguf_cut_off(r, "its table of tensors");
    t->n_dims = mw_gguf_take32(r);
    if (t->n_dims < 1 || t->n_dims > MW_GGUF_MAX_DIMS)
        return mw_fail(r->err, -EINVAL, "%s: tensor %.*s has %u dimensions, expected 1 to %d; is it damaged?", r->path,
                       MW_GGUF_SHOWN(t->name), t->n_dims, MW_GGUF_MAX_DIMS);
    if (mw_gguf_left(r) < 8 * t->n_dims + 4 + 8)
        return mw_gguf_cut_off(r, "its table of tensors");
    for (uint32_t i = 0; i < t->n_dims; i++) {
        t->dims[i] = mw_gguf_take64(r);
        if (t->dims[i] < 1)
            return mw_fail(r->err, -EINVAL, "%s: dimension %u of tensor %.*s is 0; is it damaged?", r->path, i,
                           MW_GGUF_SHOWN(t->name));
    }
    t->type = mw_gguf_take32(r);
    t->offset = mw_gguf_take64(r); /* behind the head, so far */
    return size_tensor(r, t);
}

/* Makes offsets those in the file, from the end of the head on, and checks them. */
static int place_tensors(const mw_gguf_reader *r, const mw_gguf *g, uint64_t head, mw_gguf_tensor *tensors)
{
    uint64_t data, end;
    if (!mw_align_u64(head, g->alignment, &data))
        return mw_fail(r->err, -EINVAL, "%s: is too large", r->path);
    for (size_t i = 0; i < g->n_tensors; i++) {
        mw_gguf_tensor *t = &tensors[i];
        if (t->offset % g->alignment)
            return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is at %llu of the data, no multiple of %u; is it damaged?",
                           r->path, MW_GGUF_SHOWN(t->name), (unsigned long long)t->offset, g->alignment);
        if (!mw_add_u64(t->offset, data, &t->offset) || !mw_add_u64(t->offset, t->bytes, &end) || end > g->bytes)
            return mw_fail(r->err, -EINVAL,
                           "%s: %llu bytes do not hold tensor %.*s; was it cut off? Download or convert it again",
                           r->path, (unsigned long long)g->bytes, MW_GGUF_SHOWN(t->name));
    }
    return 0;
}

static int by_offset(const void *a, const void *b)
{
    const uint64_t x = ((const mw_gguf_tensor *)a)->offset, y = ((const mw_gguf_tensor *)b)->offset;
    return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b)
{
    return mw_gguf_compare(((const mw_gguf_tensor *)a)->name, ((const mw_gguf_tensor *)b)->name);
}

int mw_gguf_take_tensors(mw_gguf_reader *r, const mw_gguf *g, mw_gguf_tensor *tensors)
{
    int rc = 0;
    for (size_t i = 0; i < g->n_tensors && !rc; i++)
        rc = take_tensor(r, i, &tensors[i]);
    if (!rc)
        rc = place_tensors(r, g, (uint64_t)(r->at - g->map), tensors);
    if (rc)
        return rc;
    qsort(tensors, g->n_tensors, sizeof *tensors, by_offset);
    for (size_t i = 1; i < g->n_tensors; i++)
        if (tensors[i - 1].offset + tensors[i - 1].bytes > tensors[i].offset)
            return mw_fail(r->err, -EINVAL, "%s: tensors %.*s and %.*s share bytes; is it damaged?", r->path,
                           MW_GGUF_SHOWN(tensors[i - 1].name), MW_GGUF_SHOWN(tensors[i].name));
    qsort(tensors, g->n_tensors, sizeof *tensors, by_name);
    for (size_t i = 1; i < g->n_tensors; i++)
        if (mw_gguf_compare(tensors[i - 1].name, tensors[i].name) == 0)
            return mw_fail(r->err, -EINVAL, "%s: tensor %.*s is there twice; convert the model again", r->path,
                           MW_GGUF_SHOWN(tensors[i].name));
    return 0;
}

const mw_gguf_tensor *mw_gguf_tensor_named(const mw_gguf *g, const char *name)
{
    const mw_gguf_tensor wanted = {.name = {name, strlen(name)}};
    return g->n_tensors ? bsearch(&wanted, g->tensors, g->n_tensors, sizeof wanted, by_name) : NULL;
}
