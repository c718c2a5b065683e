/* The shapes and their names on the command line. */
#include "engine/synthetic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Published shapes, all of them: stories... by Karpathy (tinyllamas), 350M, 600M and 1.5B are MobileLLM (Liu et al.,
 * 2024), 1.1B TinyLlama (Zhang et al., 2024), 2.7B Sheared LLaMA (Xia et al., 2024), 3B OpenLLaMA (Geng and Liu, 2023),
 * 3.2-1b Llama 3.2 (Meta, 2024; of its 131072 positions 2048), 7B and 13B Llama 2 (Touvron et al., 2023). From small to
 * large. */
static const struct {
    const char *name;
    mw_config config; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} shapes[] = {
    {"stories260K", {64, 172, 5, 8, 4, 512, 512, true}},
    {"stories15M", {288, 768, 6, 6, 6, 32000, 256, true}},
    {"stories42M", {512, 1376, 8, 8, 8, 32000, 1024, true}},
    {"stories110M", {768, 2048, 12, 12, 12, 32000, 1024, true}},
    {"llama-350M", {960, 2560, 32, 15, 5, 32000, 2048, true}},
    {"llama-600M", {1152, 3072, 40, 18, 6, 32000, 2048, true}},
    {"llama-1.1B", {2048, 5632, 22, 32, 4, 32000, 2048, false}},
    {"llama-3.2-1b", {2048, 8192, 16, 32, 8, 128256, 2048, true}},
    {"llama-1.5B", {1600, 4352, 54, 25, 5, 32000, 2048, true}},
    {"llama-2.7B", {2560, 6912, 32, 20, 20, 32000, 4096, false}},
    {"llama-3B", {3200, 8640, 26, 32, 32, 32000, 2048, false}},
    {"llama-7B", {4096, 11008, 32, 32, 32, 32000, 4096, false}},
    {"llama-13B", {5120, 13824, 40, 40, 40, 32000, 4096, false}},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

const char *mw_synthetic_shape(const char *spec)
{
    static const char prefix[] = MW_SYNTHETIC;
    return strncmp(spec, prefix, sizeof prefix - 1) == 0 ? spec + sizeof prefix - 1 : NULL;
}

const char *mw_synthetic_name(int index)
{
    return index < SHAPES ? shapes[index].name : NULL;
}

int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err)
{
    char names[256] = "";
    for (int i = 0; i < SHAPES; i++) {
        if (strcmp(shape, shapes[i].name) == 0) {
            *config = shapes[i].config;
            return 0;
        }
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", shapes[i].name);
    }
    return mw_fail(err, -ENOENT, "no synthetic shape is called '%.64s'; choose one of: %s", shape, names);
}
