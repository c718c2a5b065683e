/* The shapes and their names on the command line. */
#include "engine/synthetic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct entry {
    const char *name;
    mw_config config;  /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
    float rope_factor; /* of Llama 3's frequency factors (mw_synthetic); 0: it has none */
} entry;

/* Shapes of checkpoints, all published: stories... by Karpathy (tinyllamas), 350M, 600M and 1.5B are MobileLLM (Liu et
 * al., 2024), 1.1B TinyLlama (Zhang et al., 2024), 2.7B Sheared LLaMA (Xia et al., 2024), 3B OpenLLaMA (Geng and Liu,
 * 2023), 3.2-1b Llama 3.2 (Meta, 2024; of its 131072 positions 2048), 7B and 13B Llama 2 (Touvron et al., 2023). From
 * small to large. */
static const entry checkpoints[] = {
    {"stories260K", {64, 172, 5, 8, 4, 512, 512, true}, 0},
    {"stories15M", {288, 768, 6, 6, 6, 32000, 256, true}, 0},
    {"stories42M", {512, 1376, 8, 8, 8, 32000, 1024, true}, 0},
    {"stories110M", {768, 2048, 12, 12, 12, 32000, 1024, true}, 0},
    {"llama-350M", {960, 2560, 32, 15, 5, 32000, 2048, true}, 0},
    {"llama-600M", {1152, 3072, 40, 18, 6, 32000, 2048, true}, 0},
    {"llama-1.1B", {2048, 5632, 22, 32, 4, 32000, 2048, false}, 0},
    {"llama-3.2-1b", {2048, 8192, 16, 32, 8, 128256, 2048, true}, 0},
    {"llama-1.5B", {1600, 4352, 54, 25, 5, 32000, 2048, true}, 0},
    {"llama-2.7B", {2560, 6912, 32, 20, 20, 32000, 4096, false}, 0},
    {"llama-3B", {3200, 8640, 26, 32, 32, 32000, 2048, false}, 0},
    {"llama-7B", {4096, 11008, 32, 32, 32, 32000, 4096, false}, 0},
    {"llama-13B", {5120, 13824, 40, 40, 40, 32000, 4096, false}, 0},
};

#define LLAMA3 .rope_base = 500000, .rope_factors = true
#define QWEN .norm_eps = 1e-6f, .rope_base = 1e6f, .rope_halves = true

/* Models with all that distinguishes them, for GGUF files: the numbers of config.json in the publishers' repositories
 * at Hugging Face: HuggingFaceTB/SmolLM2-135M, Qwen/Qwen3-0.6B and Qwen2.5-0.5B to 7B, meta-llama/Llama-3.2-1B,
 * Llama-3.2-3B and Llama-3.1-8B. From small to large. */
static const entry models[] = {
    {"smollm2-135m", {576, 1536, 30, 9, 3, 49152, 8192, true, .rope_base = 100000}, 0},
    {"qwen2.5-0.5b", {896, 4864, 24, 14, 2, 151936, 32768, true, QWEN, .qkv_bias = true}, 0},
    {"qwen3-0.6b", {1024, 3072, 28, 16, 8, 151936, 40960, true, .head_size = 128, QWEN, .qk_norm = true}, 0},
    {"llama-3.2-1b", {2048, 8192, 16, 32, 8, 128256, 131072, true, LLAMA3}, 32},
    {"qwen2.5-1.5b", {1536, 8960, 28, 12, 2, 151936, 131072, true, QWEN, .qkv_bias = true}, 0},
    {"qwen2.5-3b", {2048, 11008, 36, 16, 2, 151936, 32768, true, QWEN, .qkv_bias = true}, 0},
    {"llama-3.2-3b", {3072, 8192, 28, 24, 8, 128256, 131072, true, LLAMA3}, 32},
    {"qwen2.5-7b", {3584, 18944, 28, 28, 4, 152064, 131072, false, QWEN, .qkv_bias = true}, 0},
    {"llama-3.1-8b", {4096, 14336, 32, 32, 8, 128256, 131072, false, LLAMA3}, 8},
};

enum { CHECKPOINTS = sizeof checkpoints / sizeof *checkpoints, MODELS = sizeof models / sizeof *models };

const char *mw_synthetic_shape(const char *spec)
{
    static const char prefix[] = MW_SYNTHETIC;
    return strncmp(spec, prefix, sizeof prefix - 1) == 0 ? spec + sizeof prefix - 1 : NULL;
}

const char *mw_synthetic_name(int index)
{
    return index < CHECKPOINTS ? checkpoints[index].name : NULL;
}

const char *mw_synthetic_model_name(int index)
{
    return index < MODELS ? models[index].name : NULL;
}

static const entry *find(const entry *in, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcasecmp(name, in[i].name) == 0)
            return &in[i];
    return NULL;
}

static void list(const entry *from, int n, char *to, size_t size)
{
    *to = '\0';
    for (int i = 0; i < n; i++) {
        const size_t used = strlen(to);
        snprintf(to + used, size - used, "%s%s", used ? ", " : "", from[i].name);
    }
}

int mw_synthetic_parse(const char *text, mw_synthetic *s, mw_error *err)
{
    char name[64];
    const char *at = strchr(text, '@');
    snprintf(name, sizeof name, "%.*s", at ? (int)(at - text) : (int)strlen(text), text);
    *s = (mw_synthetic){0};
    int rc = at ? mw_recipe_find(at + 1, &s->recipe, err) : 0;
    const entry *checkpoint = find(checkpoints, CHECKPOINTS, name), *model = find(models, MODELS, name);
    const entry *found = at && model ? model : checkpoint ? checkpoint : model;
    if (rc)
        return rc;
    if (!found) {
        char old[256], new[256];
        list(checkpoints, CHECKPOINTS, old, sizeof old);
        list(models, MODELS, new, sizeof new);
        return mw_fail(err, -ENOENT,
                       "no synthetic shape is called '%s'; choose one of: %s, or with a recipe (@q4_k_m): %s", name,
                       old, new);
    }
    if (found == model && !s->recipe)
        rc = mw_recipe_find("f32", &s->recipe, err);
    s->shape = found->name;
    s->config = found->config;
    s->rope_factor = found->rope_factor;
    return rc;
}

int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err)
{
    mw_synthetic s;
    const int rc = mw_synthetic_parse(shape, &s, err);
    if (!rc)
        *config = s.config;
    return rc;
}
