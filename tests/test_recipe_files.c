/* Synthetic models of recipes as GGUF and .tvl files: the same weights, of the size of trained ones. */
#include "engine/gguf_model.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "tests/in_folder.h"
#include "tests/same_files.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All weights of tensor `index`, to be freed. */
static float *values_of(const mw_model *m, size_t index, size_t *n)
{
    const mw_tensor *t = &m->tensors[index];
    *n = (size_t)t->rows * t->cols;
    const size_t bytes = (size_t)mw_dtype_bytes(t->dtype, *n);
    char *stored = malloc(bytes);
    float *values = malloc(*n * sizeof *values);
    if (mw_file_read(&m->file, t->offset, stored, bytes, NULL))
        *n = 0;
    mw_dtypes[t->dtype].to_floats(values, stored, *n);
    free(stored);
    return values;
}

/* Weights of matrices are spread evenly around 0 with deviation 1 / sqrt(cols). With n of them from a pool of at least
 * 512 blocks of 32, the mean is off by at most five standard errors, and the mean square by five of its own plus what
 * rounding to 4 bits adds: a step of at most a seventh of the range, so a twelfth of its square. */
static void test_values(const mw_model *m, const char *name)
{
    const mw_config *c = &m->config;
    const struct {
        mw_layer_tensor k;
        double mean, deviation;
    } kinds[] = {{MW_ATT_NORM, 1, 0}, {MW_WQ, 0, 1}, {MW_WV, 0, 1},    {MW_BK, 0, 1},
                 {MW_W1, 0, 1},       {MW_W2, 0, 1}, {MW_Q_NORM, 1, 0}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n, denormal = 0;
        if (!mw_layer_has(c, kinds[i].k))
            continue;
        const size_t index = mw_layer_index(c, 1, kinds[i].k);
        float *x = values_of(m, index, &n);
        double sum = 0, square = 0;
        const double want = kinds[i].deviation / sqrt(m->tensors[index].cols);
        for (size_t k = 0; k < n; k++) {
            sum += (double)x[k];
            square += ((double)x[k] - kinds[i].mean) * ((double)x[k] - kinds[i].mean);
            denormal += fpclassify(x[k]) == FP_SUBNORMAL || !isfinite(x[k]);
        }
        const double independent = n < 512 * 32 ? (double)n : 512 * 32, step = 2 * sqrt(3) * want / 14;
        const double error = 5 / sqrt(independent);
        tap_ok(n > 0 && denormal == 0 && fabs(sum / (double)n - kinds[i].mean) <= error * want &&
                   fabs(square / (double)n - want * want) <= error * want * want + step * step / 12,
               "%s, %s: mean %.4f, deviation %.4f of %.4f", name, m->tensors[index].name, sum / (double)n,
               sqrt(square / (double)n), want);
        free(x);
    }
}

/* Each form written by itself; the .tvl file is what packing the GGUF file gives. */
static void test_files(const char *name, const mw_synthetic *s)
{
    mw_error err = {""};
    mw_model m = {.file = {.fd = -1}};
    char gguf[256], packed[256], straight[256];
    snprintf(gguf, sizeof gguf, "%s", in_folder("a.gguf"));
    snprintf(packed, sizeof packed, "%s", in_folder("packed.tvl"));
    snprintf(straight, sizeof straight, "%s", in_folder("straight.tvl"));
    int rc = mw_synthetic_write_recipe(s, 1, false, gguf, NULL, NULL, &err);
    if (!rc)
        rc = mw_synthetic_write_recipe(s, 1, true, straight, NULL, NULL, &err);
    if (!rc)
        rc = mw_gguf_model_open(gguf, &m, &err);
    tap_ok(!rc && mw_config_same(&m.config, &s->config), "%s: a GGUF file of that configuration%s", name, err.text);
    if (!rc)
        rc = mw_tvl_model_write(&m, m.dtype, packed, NULL, NULL, &err);
    tap_ok(!rc && same_files(packed, straight, NULL), "%s: the .tvl file is the GGUF file packed, byte for byte%s",
           name, err.text);
    if (!rc)
        test_values(&m, name);
    if (!rc && s->config.rope_factors) {
        size_t n;
        float *x = values_of(&m, mw_rope_factors_index(&s->config), &n);
        /* turns in 8192 positions: 8192 / (2 pi) / 500000^(i / 32); 4.19 for i = 14, 2.7785 for 15, 0.0039 for 31;
         * blend (2.7785 - 1) / 3 = 0.59285, and 1 / (0.40715 / 32 + 0.59285) = 1.6513 */
        tap_ok(n == 32 && x[0] == 1 && x[14] == 1 && fabsf(x[15] - 1.6513f) < 1e-4f && x[31] == 32,
               "%s: Llama 3's frequency factors", name);
        free(x);
    }
    mw_model_close(&m);
    unlink(gguf);
    unlink(packed);
    unlink(straight);
}

static void test_cache(void)
{
    char q8_0[512], q4_0[512], packed[512];
    bool there = true;
    mw_error err = {""};
    setenv("MEMWALL_CACHE", folder, 1);
    int rc = mw_synthetic_find("stories260K@q8_0", false, MW_F32, q8_0, sizeof q8_0, &there, &err);
    tap_ok(rc == 0 && !there && strstr(q8_0, "stories260K@q8_0") && strstr(q8_0, ".gguf"),
           "the cache names shape and recipe: %s", q8_0);
    rc = mw_synthetic_make("stories260K@Q8_0", false, MW_F32, NULL, NULL, q8_0, sizeof q8_0, &err);
    if (!rc)
        rc = mw_synthetic_find("stories260K@q8_0", false, MW_F32, q8_0, sizeof q8_0, &there, &err);
    tap_ok(rc == 0 && there, "made and found%s", err.text);
    mw_synthetic_path("stories260K@q4_0", false, MW_F32, q4_0, sizeof q4_0, &err);
    rename(q8_0, q4_0);
    tap_ok(mw_synthetic_find("stories260K@q4_0", false, MW_F32, q4_0, sizeof q4_0, &there, &err) == 0 && !there,
           "a file of other dtypes does not fit");
    mw_model m;
    rc = mw_model_open_packed("synthetic:stories260K@q4_0", MW_Q4_0, NULL, NULL, &m, &err);
    tap_ok(rc == 0 && m.layout->id == MW_LAYOUT_TVL16 && m.dtype == MW_Q4_0 &&
               mw_model_dtype_of("synthetic:stories260K@q4_0") == MW_Q4_0,
           "packed straight away%s", err.text);
    if (!rc)
        mw_model_close(&m);
    mw_synthetic_path("stories260K@q4_0", true, MW_Q4_0, packed, sizeof packed, &err);
    tap_ok(unlink(packed) == 0 && unlink(q4_0) == 0, "one file each");
    rc = mw_synthetic_make("stories260K", true, MW_Q4_K, NULL, NULL, packed, sizeof packed, &err);
    if (!rc)
        rc = mw_synthetic_find("stories260K", true, MW_Q4_K, packed, sizeof packed, &there, &err);
    tap_ok(rc == 0 && there, "wanted as q4_K, stored as other dtypes, and found%s", err.text);
    tap_ok(unlink(packed) == 0 && rmdir(folder) == 0, "nothing else is left");
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    mw_synthetic s;
    mw_error err;
    mw_synthetic_parse("llama-3.2-1b@q4_k_m", &s, &err);
    s.config = (mw_config){256, 512, 8, 4, 2, 300, 512, true, .rope_base = 500000, .rope_factors = true};
    test_files("Q4_K_M", &s);
    mw_recipe_find("q8_0", &s.recipe, &err);
    s.config = (mw_config){.dim = 96,
                           .hidden_dim = 200,
                           .n_layers = 3,
                           .n_heads = 4,
                           .n_kv_heads = 2,
                           .vocab_size = 301,
                           .seq_len = 64,
                           .head_size = 32,
                           .norm_eps = 1e-6f,
                           .rope_halves = true,
                           .qk_norm = true};
    test_files("qwen3, q8_0 and f16", &s);
    mw_recipe_find("q4_0", &s.recipe, &err);
    s.config.qk_norm = false;
    s.config.qkv_bias = true;
    test_files("qwen2, q4_0", &s);
    mw_recipe_find("bf16", &s.recipe, &err);
    s.config = (mw_config){64, 172, 5, 8, 4, 512, 512, true};
    test_files("llama, bf16", &s);
    test_cache();
    return tap_done();
}
