/* Models of the families llama, qwen2 and qwen3 in files: .tvl of version 3, and GGUF in every dtype, read back with
 * the same configuration and the same weights; what no file can hold is refused. */
#include "engine/gguf.h"
#include "engine/gguf_model.h"
#include "engine/gguf_names.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "tests/any_model.h"
#include "tests/decoding.h"
#include "tests/families.h"
#include "tests/in_folder.h"

#include <errno.h>

/* Packed and opened: a .tvl file of version 3 with the numbers of the model where TVL.md says. */
static void test_tvl(const char *name, const mw_model *m, const char *path)
{
    const mw_config *c = &m->config;
    const float eps = c->norm_eps, base = c->rope_base, scale = c->rope_scale;
    const uint32_t size = c->head_size;
    const uint32_t features = (uint32_t)(c->rope_halves + 2 * c->rope_factors + 4 * c->qkv_bias + 8 * c->qk_norm);
    unsigned char head[128], want[20];
    mw_model back = {.file = {.fd = -1}};
    mw_error err = {""};
    const bool ok = mw_tvl_model_write(m, MW_F32, path, NULL, NULL, &err) == 0 &&
                    mw_tvl_model_open(path, &back, &err) == 0 && mw_file_read(&back.file, 0, head, 128, &err) == 0;
    memcpy(want, &size, 4);
    memcpy(want + 4, &eps, 4);
    memcpy(want + 8, &base, 4);
    memcpy(want + 12, &scale, 4);
    memcpy(want + 16, &features, 4);
    tap_ok(ok && mw_config_same(c, &back.config) && strcmp(back.format, "tvl v3") == 0 && head[12] == 3 &&
               memcmp(head + 96, want, sizeof want) == 0,
           "%s: a .tvl file of version 3 %s", name, err.text);
    mw_model_close(&back);
    unlink(path);
}

/* The model written as `dtype` and read back: the same configuration, and the bits of the original loaded as
 * `dtype`. */
static void test_gguf(const char *name, const mw_model *m, mw_dtype dtype, const char *path)
{
    mw_model back = {.file = {.fd = -1}};
    mw_error err = {""};
    const mw_kernel *scalar;
    mw_kernel_set set;
    float *want = calloc(logits_of(m), sizeof *want), *got = calloc(logits_of(m), sizeof *got);
    bool ok = mw_gguf_write(m, dtype, NULL, path, NULL, NULL, &err) == 0 &&
              mw_gguf_model_open(path, &back, &err) == 0 &&
              mw_kernel_find(MW_OP_GEMV, dtype, "scalar", &scalar, &err) == 0;
    tap_ok(ok && mw_config_same(&m->config, &back.config), "%s, %s: written as GGUF and opened %s", name,
           mw_dtypes[dtype].name, err.text);
    if (ok) {
        const mw_variant v = mw_variant_of(scalar, MW_LOAD_HEAP);
        mw_kernel_set_for(scalar, &set);
        ok = decode(m, &v, &set, 1, POSITIONS, want) && decode(&back, &v, &set, 1, POSITIONS, got);
        tap_ok(ok && memcmp(want, got, logits_of(m) * sizeof *got) == 0, "%s, %s: the same logits", name,
               mw_dtypes[dtype].name);
    }
    mw_model_close(&back);
    unlink(path);
    free(want);
    free(got);
}

/* Of a model that neither architecture of GGUF nor llama2.c has. */
static void test_refusals(const mw_model *m, const char *path)
{
    mw_error err = {""};
    tap_ok(mw_gguf_write(m, MW_F32, NULL, path, NULL, NULL, &err) == -EINVAL && access(path, F_OK) &&
               strstr(err.text, "of no architecture that a GGUF file can have"),
           "refused: %s", err.text);
    tap_ok(mw_synthetic_write(&m->config, 1, path, NULL, NULL, &err) == -EINVAL && access(path, F_OK) &&
               strstr(err.text, "cannot describe a model with head size 10"),
           "refused: %s", err.text);
    tap_ok(mw_synthetic_write_tvl(&m->config, 1, MW_F32, path, NULL, NULL, &err) == -EINVAL && access(path, F_OK),
           "refused: %s", err.text);
}

/* Writer and reader share one table of names; these are llama.cpp's. */
static void test_names(void)
{
    static const char wanted[] = "attn_norm.weight attn_q.weight attn_k.weight attn_v.weight attn_q.bias attn_k.bias "
                                 "attn_v.bias attn_q_norm.weight attn_k_norm.weight attn_output.weight ffn_norm.weight "
                                 "ffn_gate.weight ffn_up.weight ffn_down.weight ";
    const mw_config *c = &models[EVERYTHING].c;
    mw_gguf_name names[64];
    char got[sizeof wanted + 64] = "";
    mw_gguf_names(c, names);
    for (mw_layer_tensor t = 0; t < MW_LAYER_TENSORS; t++) {
        const char *name = names[mw_layer_index(c, 1, t)].text, *rest = strncmp(name, "blk.1.", 6) ? "?" : name + 6;
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s ", rest);
    }
    tap_ok(strcmp(got, wanted) == 0, "names of a layer's tensors: %s", got);
    tap_ok(strcmp(names[mw_final_norm_index(c)].text, "output_norm.weight") == 0 &&
               strcmp(names[mw_classifier_index(c)].text, "output.weight") == 0 &&
               strcmp(names[mw_embedding_index(c)].text, "token_embd.weight") == 0 &&
               strcmp(names[mw_rope_factors_index(c)].text, "rope_freqs.weight") == 0,
           "and of the others");
}

int main(void)
{
    if (!mkdtemp(folder) || !cache_open())
        return 1;
    test_names();
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        mw_model m;
        if (!tap_ok(any_model_make(&models[i].c, in_folder("model"), &m), "%s: made", models[i].name))
            continue;
        test_tvl(models[i].name, &m, in_folder("model.tvl"));
        for (int d = 0; d < MW_DTYPE_COUNT && i != EVERYTHING; d++)
            if (suits(&m, (mw_dtype)d))
                test_gguf(models[i].name, &m, (mw_dtype)d, in_folder("model.gguf"));
        if (i == EVERYTHING)
            test_refusals(&m, in_folder("new"));
        mw_model_close(&m);
    }
    unlink(in_folder("model"));
    tap_ok(rmdir(folder) == 0, "nothing is left");
    cache_close();
    return tap_done();
}
