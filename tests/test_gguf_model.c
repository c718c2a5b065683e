/* Models read from GGUF: the same weights, to the bit, as the checkpoint that was written there as each dtype; used in
 * place with the same logits; rearranged into a .tvl file without loss; and bytes per token of a file that mixes
 * dtypes, counted by hand. */
#include "engine/gguf.h"
#include "engine/gguf_model.h"
#include "engine/model_bytes.h"
#include "engine/tvl_model.h"
#include "tests/decoding.h"
#include "tests/gguf_image.h"
#include "tests/in_folder.h"
#include "tests/same_files.h"
#include "tests/tiny_model.h"

#include <errno.h>

enum { POSITIONS = 5 };

static const struct {
    const char *name;
    mw_config c; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} models[] = {
    {"whole blocks of all dtypes", {256, 512, 1, 4, 2, 70, POSITIONS, false}},
    {"shared classifier, odd w2", {64, 83, 2, 8, 1, 37, POSITIONS, true}},
    {"all but w2 ragged", {36, 64, 3, 6, 2, 101, POSITIONS, false}},
};

/* Logits of a model with the scalar kernel of layout rowmajor over `dtype`. */
static bool logits_of(const mw_model *m, mw_dtype dtype, const char *variant, float *logits)
{
    mw_variant v;
    mw_kernel_set set;
    if (mw_variant_parse(variant, dtype, &v, NULL))
        return false;
    mw_kernel_set_for(v.gemv, &set);
    return decode(m, &v, &set, 1, POSITIONS, logits);
}

static void check_dtype(const char *name, const mw_model *checkpoint, mw_dtype d)
{
    const char *file = in_folder("model.gguf"), *from_gguf = in_folder("a.tvl"), *direct = in_folder("b.tvl");
    mw_error err = {""};
    mw_model m = {.file = {.fd = -1}}, packed = {.file = {.fd = -1}};
    int rc = mw_gguf_write(checkpoint, d, NULL, file, NULL, NULL, &err);
    if (!rc)
        rc = mw_model_open(file, NULL, NULL, &m, &err);
    if (!rc)
        rc = mw_tvl_model_write(&m, m.dtype, from_gguf, NULL, NULL, &err);
    if (!rc)
        rc = mw_tvl_model_write(checkpoint, d, direct, NULL, NULL, &err);
    if (!rc)
        rc = mw_tvl_model_open(direct, &packed, &err);
    tap_ok(rc == 0 && mw_config_same(&m.config, &checkpoint->config) && m.layout == &mw_layout_rowmajor &&
               m.dtype == packed.dtype && strcmp(m.format, "GGUF v3") == 0,
           "%s, %s: written and opened %s", name, mw_dtypes[d].name, err.text);
    tap_ok(rc == 0 && same_files(from_gguf, direct, NULL), "%s, %s: its .tvl file is that of the checkpoint", name,
           mw_dtypes[d].name);
    tap_ok(rc == 0 && mw_model_cost(&m, m.dtype, 3).weight_bytes == mw_model_token_cost(&m.config, d, 3).weight_bytes &&
               mw_model_cost(&m, m.dtype, 3).kv_bytes == mw_model_token_cost(&m.config, d, 3).kv_bytes,
           "%s, %s: bytes per token, tensor by tensor, are those of the formula", name, mw_dtypes[d].name);
    const size_t n = (size_t)POSITIONS * checkpoint->config.vocab_size;
    float *wanted = calloc(2 * n, sizeof *wanted), *got = wanted + n;
    /* the file's dtype is that of most weights, which is not d where most matrices cannot be converted to it; a kernel
     * for it can have another name (no AVX-512 kernel of f16 uses VNNI), but the set around it is the same */
    const char *const variants[] = {"scalar/rowmajor/mmap", "scalar/rowmajor/heap",
                                    mw_kernel_best(m.dtype, MW_LAYOUT_TVL16, false)->name};
    bool ok = rc == 0 && logits_of(checkpoint, d, "scalar", wanted);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        if (i == 2)
            ok = ok && logits_of(checkpoint, d, mw_kernel_best(d, MW_LAYOUT_TVL16, false)->name, wanted);
        memset(got, 0, n * sizeof *got);
        tap_ok(ok && logits_of(&m, m.dtype, variants[i], got) && memcmp(wanted, got, n * sizeof *got) == 0,
               "%s, %s: logits of %s are those of the checkpoint", name, mw_dtypes[d].name, variants[i]);
    }
    free(wanted);
    mw_model_close(&packed);
    mw_model_close(&m);
}

/* One layer of 256 x 256, two key heads of four: q4_0, but v and the output head q8_0, w2 and the embedding f16. */
#define MIXED \
    HEAD(12, 8) \
    TEXT(general.architecture, llama) \
    U32(llama.embedding_length, 256) \
    U32(llama.feed_forward_length, 256) \
    U32(llama.block_count, 1) \
    U32(llama.attention.head_count, 4) U32(llama.attention.head_count_kv, 2) \
        U32(llama.context_length, 131072) "s:llama.attention.layer_norm_rms_epsilon 4:6 f:1e-5 " TENSOR( \
            "token_embd.weight", 2, "8:256 8:256", 1, 0) TENSOR("output.weight", 2, "8:256 8:256", 8, 0x20000) \
            TENSOR("output_norm.weight", 1, "8:256", 0, 0x40000) \
                TENSOR("blk.0.attn_norm.weight", 1, "8:256", 0, 0x60000) \
                    TENSOR("blk.0.attn_q.weight", 2, "8:256 8:256", 2, 0x80000) \
                        TENSOR("blk.0.attn_k.weight", 2, "8:256 8:128", 2, 0xa0000) \
                            TENSOR("blk.0.attn_v.weight", 2, "8:256 8:128", 8, 0xc0000) \
                                TENSOR("blk.0.attn_output.weight", 2, "8:256 8:256", 2, 0xe0000) \
                                    TENSOR("blk.0.ffn_norm.weight", 1, "8:256", 0, 0x100000) \
                                        TENSOR("blk.0.ffn_gate.weight", 2, "8:256 8:256", 2, 0x120000) \
                                            TENSOR("blk.0.ffn_up.weight", 2, "8:256 8:256", 2, 0x140000) \
                                                TENSOR("blk.0.ffn_down.weight", 2, "8:256 8:256", 1, 0x160000) \
                                                    DATA(0x180000)

static void check_mixed(void)
{
    const char *file = in_folder("model.gguf"), *tvl = in_folder("a.tvl");
    mw_model m = {.file = {.fd = -1}}, packed = {.file = {.fd = -1}};
    mw_error err = {""};
    if (!tap_ok(image_write(file, MIXED) && mw_model_open(file, NULL, NULL, &m, &err) == 0 && m.dtype == MW_Q4_0,
                "a file that mixes dtypes goes by that of most weights %s", err.text))
        return;
    const mw_model_bytes b = mw_model_count_bytes(&m);
    tap_ok(mw_bytes_of_part(&b, MW_PART_EMBEDDING) == 512 && b.of[MW_PART_EMBEDDING][MW_F16] == 512,
           "a separate embedding counts one row: 256 x 2 bytes");
    tap_ok(b.of[MW_PART_ATTENTION][MW_Q4_0] == (256 + 128 + 256) * 8 * 18 &&
               b.of[MW_PART_ATTENTION][MW_Q8_0] == 128 * 8 * 34 && mw_bytes_of_part(&b, MW_PART_ATTENTION) == 126976,
           "attention: q, k and o in q4_0, v in q8_0");
    tap_ok(b.of[MW_PART_FFN][MW_Q4_0] == 2 * 256 * 8 * 18 && b.of[MW_PART_FFN][MW_F16] == 256 * 256 * 2 &&
               mw_bytes_of_part(&b, MW_PART_FFN) == 204800,
           "feed-forward: w1 and w3 in q4_0, w2 in f16");
    tap_ok(mw_bytes_of_part(&b, MW_PART_OUTPUT) == 256 * 8 * 34, "output head in q8_0");
    tap_ok(mw_bytes_of_part(&b, MW_PART_NORMS) == 3 * 256 * 4 && b.of[MW_PART_NORMS][MW_F32] == 3072, "three norms");
    tap_ok(mw_bytes_of_all(&b) == 404992 && mw_bytes_of_dtype(&b, MW_Q4_0) == 165888 &&
               mw_model_cost(&m, MW_Q4_0, 0).weight_bytes == 404992,
           "404992 bytes in all, of which 165888 are q4_0");
    tap_ok(mw_model_kv_bytes(&m.config) == 2 * 128 * 4, "1024 bytes of keys and values per position");
    tap_ok(mw_model_dtype_of(file) == MW_Q4_0, "its dtype, by its name");

    int rc = mw_tvl_model_write(&m, MW_Q4_0, tvl, NULL, NULL, &err);
    if (!rc)
        rc = mw_tvl_model_open(tvl, &packed, &err);
    bool same = rc == 0 && packed.dtype == MW_Q4_0;
    for (size_t i = 0; i < packed.n_tensors; i++)
        same = same && packed.tensors[i].dtype == m.tensors[i].dtype;
    tap_ok(same, "rearranged, every tensor keeps its dtype %s", err.text);
    float logits[POSITIONS * 256];
    tap_ok(logits_of(&m, MW_Q4_0, "scalar/rowmajor/mmap", logits) &&
               logits_of(&packed, MW_Q4_0, "tvl16_scalar", logits),
           "it is decoded in place and rearranged");
    tap_ok(mw_tvl_model_write(&m, MW_F32, tvl, NULL, NULL, &err) == -EINVAL &&
               strstr(err.text, "holds q4_0 weights, which cannot become f32"),
           "it cannot become f32: %s", err.text);
    tap_ok(mw_gguf_write(&m, MW_Q4_0, NULL, in_folder("b.gguf"), NULL, NULL, &err) == -EINVAL &&
               strstr(err.text, "weights below f32"),
           "nor another GGUF file: %s", err.text);
    mw_variant v;
    mw_model other = {.file = {.fd = -1}};
    const mw_model *of;
    tap_ok(mw_variant_parse("scalar", MW_Q8_0, &v, &err) == 0 &&
               mw_model_for(&m, &v, NULL, NULL, &other, &of, &err) == -ENOTSUP,
           "nor be decoded as q8_0: %s", err.text);
    mw_model_close(&packed);
    mw_model_close(&m);
}

int main(void)
{
    if (!mkdtemp(folder) || !cache_open())
        return 1;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        mw_model m;
        mw_error err = {""};
        const char *path = in_folder("model.bin");
        tiny t = tiny_make(models[i].c, i + 1);
        if (tap_ok(tiny_write(&t, 0, path) && mw_model_open(path, NULL, NULL, &m, &err) == 0, "%s: the checkpoint %s",
                   models[i].name, err.text)) {
            for (int d = 0; d < MW_DTYPE_COUNT; d++)
                check_dtype(models[i].name, &m, (mw_dtype)d);
            mw_model_close(&m);
        }
        tiny_free(&t);
    }
    check_mixed();
    static const char *const files[] = {"model.bin", "model.gguf", "a.tvl", "b.tvl"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(files[i]));
    tap_ok(rmdir(folder) == 0, "nothing is left");
    cache_close();
    return tap_done();
}
