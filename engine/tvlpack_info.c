/* tvlpack --info: as text, or as JSON. */
#include "engine/model_bytes.h"
#include "engine/tvlpack_parts.h"
#include "layouts/gguf.h"
#include "layouts/tvl.h"
#include "platform/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A model and what its container says besides. */
typedef struct subject {
    mw_model m;
    mw_tvl tvl;                       /* without tensors unless it is a .tvl file */
    char name[128], architecture[64]; /* of GGUF files; empty: not said */
    uint32_t file_type;               /* the same; UINT32_MAX: not said */
    mw_model_bytes bytes;
} subject;

/* What GGUF files call their recipes (enum llama_ftype). Recipes mix dtypes. */
static const char *recipe_of(uint32_t file_type)
{
    static const char *const names[] = {
        [0] = "F32",     [1] = "F16",     [2] = "Q4_0",       [3] = "Q4_1",    [7] = "Q8_0",     [8] = "Q5_0",
        [9] = "Q5_1",    [10] = "Q2_K",   [11] = "Q3_K_S",    [12] = "Q3_K_M", [13] = "Q3_K_L",  [14] = "Q4_K_S",
        [15] = "Q4_K_M", [16] = "Q5_K_S", [17] = "Q5_K_M",    [18] = "Q6_K",   [19] = "IQ2_XXS", [20] = "IQ2_XS",
        [21] = "Q2_K_S", [22] = "IQ3_XS", [23] = "IQ3_XXS",   [24] = "IQ1_S",  [25] = "IQ4_NL",  [26] = "IQ3_S",
        [27] = "IQ3_M",  [28] = "IQ2_S",  [29] = "IQ2_M",     [30] = "IQ4_XS", [31] = "IQ1_M",   [32] = "BF16",
        [36] = "TQ1_0",  [37] = "TQ2_0",  [38] = "MXFP4_MOE",
    };
    const bool known = file_type < sizeof names / sizeof *names && names[file_type];
    return known ? names[file_type] : file_type == UINT32_MAX ? "not said" : "unknown";
}

/* A text of a GGUF file as printable UTF-8. */
static void take_text(const mw_gguf *g, const char *key, char *to, size_t size)
{
    mw_gguf_text text;
    char whole[256];
    if (mw_gguf_get_text(g, key, &text, NULL) == 1) {
        snprintf(whole, sizeof whole, "%.*s", (int)(text.bytes < sizeof whole ? text.bytes : sizeof whole - 1),
                 text.at);
        mw_text_copy(to, size, whole);
    }
}

static int look(const char *spec, subject *s, mw_progress *progress, mw_error *err)
{
    *s = (subject){.file_type = UINT32_MAX};
    int rc = mw_model_open(spec, mw_progress_bytes, progress, &s->m, err);
    mw_progress_clear(progress);
    if (rc)
        return rc;
    s->bytes = mw_model_count_bytes(&s->m);
    if (s->m.layout->id == MW_LAYOUT_TVL16)
        return mw_tvl_read(&s->m.file, &s->tvl, err);
    mw_gguf *g;
    if (!mw_model_is_gguf(&s->m))
        return 0;
    rc = mw_gguf_open(&s->m.file, &g, err);
    if (rc)
        return rc;
    take_text(g, "general.name", s->name, sizeof s->name);
    take_text(g, "general.architecture", s->architecture, sizeof s->architecture);
    mw_gguf_u32(g, "general.file_type", &s->file_type, NULL);
    mw_gguf_close(g);
    return 0;
}

static uint64_t bytes_of(const subject *s, size_t i)
{
    uint64_t bytes = 0;
    mw_tensor_bytes(&s->m.tensors[i], s->m.layout, &bytes);
    return bytes;
}

/* --- text --- */

static void print_token(const subject *s)
{
    const uint64_t all = mw_bytes_of_all(&s->bytes);
    printf("%-10s", "a token");
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        if (mw_bytes_of_dtype(&s->bytes, (mw_dtype)d))
            printf(" %12s", mw_dtypes[d].name);
    printf(" %12s      %%\n", "all");
    for (int p = 0; p <= MW_PART_COUNT; p++) {
        const bool total = p == MW_PART_COUNT;
        printf("%-10s", total ? "all" : mw_part_names[p]);
        for (int d = 0; d < MW_DTYPE_COUNT; d++)
            if (mw_bytes_of_dtype(&s->bytes, (mw_dtype)d))
                printf(" %12llu",
                       (unsigned long long)(total ? mw_bytes_of_dtype(&s->bytes, (mw_dtype)d) : s->bytes.of[p][d]));
        const uint64_t sum = total ? all : mw_bytes_of_part(&s->bytes, (mw_part)p);
        printf(" %12llu %6.2f\n", (unsigned long long)sum, 100.0 * (double)sum / (double)all);
    }
    printf("%-10s", "%");
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        if (mw_bytes_of_dtype(&s->bytes, (mw_dtype)d))
            printf(" %12.2f", 100.0 * (double)mw_bytes_of_dtype(&s->bytes, (mw_dtype)d) / (double)all);
    printf("\nkeys and values: %llu bytes per position\n\n", (unsigned long long)mw_model_kv_bytes(&s->m.config));
}

static void print_info(const subject *s)
{
    const mw_config *c = &s->m.config;
    char text[MW_CONFIG_TEXT];
    printf("%s: %llu bytes, %s, %s", s->m.file.path, (unsigned long long)s->m.file.bytes, s->m.format,
           mw_dtypes[s->m.dtype].name);
    if (s->tvl.n)
        printf(", panels of %d rows, weights finite", MW_ROW_SPLIT);
    if (s->architecture[0])
        printf(", architecture %s\nname '%s', file type %s", s->architecture, s->name, recipe_of(s->file_type));
    printf("\ndim %u, hidden %u, %u layers, %u heads, %u kv heads,\n%u tokens, %u positions, %s classifier%s\n\n",
           c->dim, c->hidden_dim, c->n_layers, c->n_heads, c->n_kv_heads, c->vocab_size, c->seq_len,
           c->shared_classifier ? "shared" : "separate", mw_config_text(c, text));
    print_token(s);
    printf("%-24s %-5s %7s %7s %12s %11s%s\n", "tensor", "dtype", "rows", "cols", "offset", "bytes",
           s->tvl.n ? " xxh3" : "");
    for (size_t i = 0; i < s->m.n_tensors; i++) {
        const mw_tensor *x = &s->m.tensors[i];
        printf("%-24s %-5s %7u %7u %12llu %11llu", x->name, mw_dtypes[x->dtype].name, x->rows, x->cols,
               (unsigned long long)x->offset, (unsigned long long)bytes_of(s, i));
        if (s->tvl.n)
            printf(" %08llx", (unsigned long long)s->tvl.checksums[i] >> 32);
        putchar('\n');
    }
}

/* --- JSON --- */

static json_t *json_of(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *json_of_token(const subject *s)
{
    json_t *dtypes = json_object(), *parts = json_object();
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        if (mw_bytes_of_dtype(&s->bytes, (mw_dtype)d))
            json_object_set_new(dtypes, mw_dtypes[d].name, json_of(mw_bytes_of_dtype(&s->bytes, (mw_dtype)d)));
    for (int p = 0; p < MW_PART_COUNT; p++) {
        json_t *part = json_object();
        for (int d = 0; d < MW_DTYPE_COUNT; d++)
            if (s->bytes.of[p][d])
                json_object_set_new(part, mw_dtypes[d].name, json_of(s->bytes.of[p][d]));
        json_object_set_new(parts, mw_part_names[p], part);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "bytes", json_of(mw_bytes_of_all(&s->bytes)), "by_dtype", dtypes,
                     "by_part", parts, "kv_bytes_per_position", json_of(mw_model_kv_bytes(&s->m.config)));
}

static json_t *json_of_model(const subject *s)
{
    const mw_config *c = &s->m.config;
    json_t *model = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I}", "dim", (json_int_t)c->dim, "hidden_dim",
                              (json_int_t)c->hidden_dim, "n_layers", (json_int_t)c->n_layers, "n_heads",
                              (json_int_t)c->n_heads, "n_kv_heads", (json_int_t)c->n_kv_heads, "vocab_size",
                              (json_int_t)c->vocab_size, "seq_len", (json_int_t)c->seq_len, "shared_classifier",
                              c->shared_classifier, "head_size", (json_int_t)mw_head_size(c));
    json_object_update_new(model, json_pack("{s:f, s:f, s:f, s:b, s:b, s:b, s:b}", "norm_eps", (double)mw_norm_eps(c),
                                            "rope_base", (double)mw_rope_base(c), "rope_scale",
                                            (double)mw_rope_scale(c), "rope_halves", c->rope_halves, "rope_factors",
                                            c->rope_factors, "qkv_bias", c->qkv_bias, "qk_norm", c->qk_norm));
    return model;
}

static json_t *json_of_tensor(const subject *s, size_t i)
{
    const mw_tensor *x = &s->m.tensors[i];
    json_t *t =
        json_pack("{s:s, s:s, s:I, s:I, s:s, s:o, s:o}", "name", x->name, "dtype", mw_dtypes[x->dtype].name, "rows",
                  (json_int_t)x->rows, "cols", (json_int_t)x->cols, "layout", x->vector ? "vector" : s->m.layout->name,
                  "offset", json_of(x->offset), "bytes", json_of(bytes_of(s, i)));
    if (s->tvl.n) {
        char text[17];
        snprintf(text, sizeof text, "%016llx", (unsigned long long)s->tvl.checksums[i]);
        json_object_set_new(t, "xxh3", json_string(text));
    }
    return t;
}

static int print_json(const subject *s, mw_error *err)
{
    json_t *tensors = json_array();
    for (size_t i = 0; i < s->m.n_tensors; i++)
        json_array_append_new(tensors, json_of_tensor(s, i));
    json_t *all =
        json_pack("{s:s, s:o, s:s, s:o, s:o, s:o}", "format", s->m.format, "bytes", json_of(s->m.file.bytes), "dtype",
                  mw_dtypes[s->m.dtype].name, "model", json_of_model(s), "token", json_of_token(s), "tensors", tensors);
    if (all && s->tvl.n)
        json_object_update_new(all, json_pack("{s:I, s:i, s:b, s:o}", "version", (json_int_t)s->tvl.version,
                                              "panel_rows", MW_ROW_SPLIT, "all_finite", s->tvl.all_finite,
                                              "data_offset", json_of(s->tvl.data_offset)));
    if (all && s->architecture[0])
        json_object_update_new(all, json_pack("{s:s, s:s, s:s}", "name", s->name, "architecture", s->architecture,
                                              "file_type", recipe_of(s->file_type)));
    const int rc = all && json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) == 0
                       ? 0
                       : mw_fail(err, -ENOMEM, "%s: cannot be described", s->m.file.path);
    json_decref(all);
    putchar('\n');
    return rc;
}

int mw_pack_info(const char *spec, bool json, mw_progress *progress, mw_error *err)
{
    subject s;
    int rc = look(spec, &s, progress, err);
    if (!rc && json)
        rc = print_json(&s, err);
    else if (!rc)
        print_info(&s);
    mw_tvl_free(&s.tvl);
    mw_model_close(&s.m);
    return rc;
}
