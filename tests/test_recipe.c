/* Recipes: which dtype each tensor gets, and what synthetic models of recipes are called. */
#include "engine/model_bytes.h"
#include "engine/recipe.h"
#include "engine/synthetic.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A model of a configuration and recipe as far as its tensors go; its table is freed by the caller. */
static mw_model model_of(const mw_config *c, const char *recipe)
{
    mw_synthetic s = {.config = *c};
    mw_error err;
    mw_model m = {.config = *c, .n_tensors = mw_tensor_count(c)};
    m.tensors = calloc(m.n_tensors, sizeof *m.tensors);
    if (mw_recipe_find(recipe, &s.recipe, &err) == 0)
        mw_synthetic_table(&s, m.tensors);
    m.dtype = mw_model_main_dtype(&m);
    return m;
}

/* dim 256, hidden 512, 8 layers, 4 heads and 2 kv heads of 64, 1000 tokens, shared classifier. A block of 256 values
 * has 144 bytes in q4_K and 210 in q6_K. Of 8 layers the first eighth is layer 0, the last layer 7; between them every
 * third one from 3 on: 3 and 6. Those four get q6_K for v and for the last matrix of the feed-forward layer.
 *
 *                     4 layers of q4_K             4 layers with q6_K
 *   q, o 256 x 256    2 x 256 x 144 = 73,728       73,728
 *   k    128 x 256    128 x 144 = 18,432           18,432
 *   v    128 x 256    18,432                       128 x 210 = 26,880
 *   attention         110,592                      119,040                   x 4 + x 4 = 918,528
 *   w1, w3 512 x 256  2 x 512 x 144 = 147,456      147,456
 *   w2   256 x 512    256 x 2 x 144 = 73,728       256 x 2 x 210 = 107,520
 *   ffn               221,184                      254,976                   x 4 + x 4 = 1,904,640
 *   norms 2 x 256 x 4 = 2,048 a layer, and the final one 1,024:              17,408
 *   output 1000 x 210:                                                       210,000
 *   one row of the embedding, which is the output:                           210
 *   together                                                                 3,050,786
 *
 * q6_K of that: 4 x 26,880 + 4 x 107,520 + 210,000 + 210 = 747,810; f32 17,408; the rest, 2,285,568, is q4_K. */
static const mw_config small = {256, 512, 8, 4, 2, 1000, 512, true};

static void test_by_hand(void)
{
    mw_model m = model_of(&small, "q4_k_m");
    const mw_model_bytes b = mw_model_count_bytes(&m);
    tap_ok(mw_bytes_of_part(&b, MW_PART_ATTENTION) == 918528 && mw_bytes_of_part(&b, MW_PART_FFN) == 1904640 &&
               mw_bytes_of_part(&b, MW_PART_NORMS) == 17408 && mw_bytes_of_part(&b, MW_PART_OUTPUT) == 210000 &&
               mw_bytes_of_part(&b, MW_PART_EMBEDDING) == 210 && mw_bytes_of_all(&b) == 3050786,
           "bytes per token of a Q4_K_M file by kind of tensor, as counted by hand");
    tap_ok(mw_bytes_of_dtype(&b, MW_Q4_K) == 2285568 && mw_bytes_of_dtype(&b, MW_Q6_K) == 747810 &&
               mw_bytes_of_dtype(&b, MW_F32) == 17408 && m.dtype == MW_Q4_K &&
               mw_model_cost(&m, MW_Q4_K, 0).weight_bytes == 3050786,
           "and by dtype");
    int wrong = 0;
    for (uint32_t l = 0; l < 8; l++) {
        const bool better = l == 0 || l == 3 || l == 6 || l == 7;
        for (mw_layer_tensor k = 0; k < MW_LAYER_TENSORS; k++) {
            const bool vector = k == MW_ATT_NORM || k == MW_FFN_NORM;
            const mw_dtype want = vector ? MW_F32 : better && (k == MW_WV || k == MW_W2) ? MW_Q6_K : MW_Q4_K;
            wrong += mw_layer_has(&small, k) && m.tensors[mw_layer_index(&small, l, k)].dtype != want;
        }
    }
    tap_ok(wrong == 0, "each tensor of each layer (%d wrong)", wrong);
    free(m.tensors);
}

static void test_dtypes(void)
{
    mw_config c = small;
    c.shared_classifier = false;
    mw_model m = model_of(&c, "Q5_K_M");
    tap_ok(m.tensors[mw_embedding_index(&c)].dtype == MW_Q5_K && m.tensors[mw_classifier_index(&c)].dtype == MW_Q6_K &&
               m.tensors[mw_layer_index(&c, 1, MW_W2)].dtype == MW_Q5_K &&
               m.tensors[mw_layer_index(&c, 3, MW_W2)].dtype == MW_Q6_K,
           "Q5_K_M; an embedding of its own is not the head");
    free(m.tensors);
    m = model_of(&c, "q4_0");
    tap_ok(m.tensors[mw_classifier_index(&c)].dtype == MW_Q6_K && m.tensors[mw_embedding_index(&c)].dtype == MW_Q4_0 &&
               m.tensors[mw_layer_index(&c, 0, MW_W2)].dtype == MW_Q4_0,
           "q4_0 has a head of q6_K");
    free(m.tensors);
    m = model_of(&c, "q8_0");
    int other = 0;
    for (size_t i = 0; i < m.n_tensors; i++)
        other += m.tensors[i].dtype != (m.tensors[i].vector ? MW_F32 : MW_Q8_0);
    tap_ok(other == 0, "q8_0 is all q8_0 but for vectors");
    free(m.tensors);
    c = (mw_config){
        320, 344, 8, 5, 5, 100, 64, true, .qkv_bias = true, .qk_norm = true}; /* 320 = 256 + 64; 344 = 8 x 43 */
    m = model_of(&c, "q4_k_m");
    tap_ok(m.tensors[mw_layer_index(&c, 2, MW_WQ)].dtype == MW_Q8_0 &&
               m.tensors[mw_layer_index(&c, 0, MW_W2)].dtype == MW_F16 &&
               m.tensors[mw_layer_index(&c, 0, MW_BQ)].dtype == MW_F32 &&
               m.tensors[mw_layer_index(&c, 0, MW_K_NORM)].dtype == MW_F32 && m.dtype == MW_Q8_0,
           "columns that are no multiple of the block; vectors stay f32");
    free(m.tensors);
    const mw_recipe *r;
    mw_error err;
    tap_ok(mw_recipe_find("Q4_K_S", &r, &err) == -ENOENT && strstr(err.text, "'Q4_K_S'") && strstr(err.text, "q4_k_m"),
           "an unknown recipe: %s", err.text);
}

/* Files of that name as they are published: tensors take what the recipe says, and the rest is their vocabulary, which
 * with merges takes between 30 and 70 bytes a token. Sizes of the files at Hugging Face, as several public projects
 * record them: of the Instruct models, and of Qwen3-0.6B. The Qwen models have the same vocabulary. The file of
 * Qwen2.5-0.5B stores its head twice. */
static void test_published(void)
{
    static const struct {
        const char *shape;
        double bytes;
    } files[] = {{"llama-3.2-1b@q4_k_m", 807694464},
                 {"qwen2.5-7b@q4_k_m", 4683073952},
                 {"qwen2.5-3b@q4_k_m", 1929903264},
                 {"qwen2.5-1.5b@q4_k_m", 986048768},
                 {"qwen2.5-0.5b@q8_0", 675710816.0 - 151936.0 * 896 / 32 * 34},
                 {"qwen3-0.6b@q8_0", 639446688},
                 {"smollm2-135m@q8_0", 144811360}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mw_synthetic s;
        mw_error err = {""};
        int rc = mw_synthetic_parse(files[i].shape, &s, &err);
        mw_model m = model_of(&s.config, rc ? "f32" : s.recipe->name);
        uint64_t all = 0, bytes = 0;
        for (size_t k = 0; k < m.n_tensors; k++) {
            mw_tensor_bytes(&m.tensors[k], &mw_layout_rowmajor, &bytes);
            all += bytes;
        }
        const double left = (files[i].bytes - (double)all) / s.config.vocab_size;
        tap_ok(!rc && mw_config_check(&s.config, "shape", &err) == 0 && left > 30 && left < 70,
               "%s: the published file has %.1f bytes a token besides the tensors%s", files[i].shape, left, err.text);
        free(m.tensors);
    }
}

static void test_names(void)
{
    mw_synthetic s;
    mw_error err = {""};
    tap_ok(mw_synthetic_parse("llama-3.2-1b", &s, &err) == 0 && !s.recipe && mw_config_is_llama2(&s.config) &&
               s.config.seq_len == 2048,
           "a shape alone is still a checkpoint");
    tap_ok(mw_synthetic_parse("LLAMA-3.2-1B@Q4_K_M", &s, &err) == 0 && strcmp(s.recipe->name, "q4_k_m") == 0 &&
               strcmp(s.shape, "llama-3.2-1b") == 0 && s.config.rope_factors && s.config.seq_len == 131072,
           "with a recipe it is the model; letters of either case");
    tap_ok(mw_synthetic_parse("stories15M@q8_0", &s, &err) == 0 && s.recipe && s.config.dim == 288,
           "old shapes take recipes, too");
    tap_ok(mw_synthetic_parse("qwen3-0.6b", &s, &err) == 0 && strcmp(s.recipe->name, "f32") == 0,
           "a shape that is no checkpoint is f32");
    tap_ok(mw_synthetic_parse("qwen4@q8_0", &s, &err) == -ENOENT && strstr(err.text, "qwen3-0.6b") &&
               strstr(err.text, "stories15M"),
           "an unknown shape: %s", err.text);
    tap_ok(mw_synthetic_parse("qwen3-0.6b@", &s, &err) == -ENOENT && strstr(err.text, "''"), "no recipe: %s", err.text);
}

int main(void)
{
    test_by_hand();
    test_dtypes();
    test_published();
    test_names();
    return tap_done();
}
