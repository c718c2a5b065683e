#include "engine/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const mw_recipe recipes[] = {
    {"f32", MW_F32, MW_F32, MW_F32, 0},        {"bf16", MW_BF16, MW_BF16, MW_BF16, 32},
    {"f16", MW_F16, MW_F16, MW_F16, 1},        {"q8_0", MW_Q8_0, MW_Q8_0, MW_Q8_0, 7},
    {"q4_0", MW_Q4_0, MW_Q6_K, MW_Q4_0, 2},    {"q4_k_m", MW_Q4_K, MW_Q6_K, MW_Q6_K, 15},
    {"q5_k_m", MW_Q5_K, MW_Q6_K, MW_Q6_K, 17},
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

int mw_recipe_find(const char *name, const mw_recipe **recipe, mw_error *err)
{
    char names[128] = "";
    for (int i = 0; i < RECIPES; i++) {
        if (strcasecmp(name, recipes[i].name) == 0) {
            *recipe = &recipes[i];
            return 0;
        }
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", recipes[i].name);
    }
    return mw_fail(err, -ENOENT, "no recipe is called '%.32s'; choose one of: %s", name, names);
}

const char *mw_recipe_name(int index)
{
    return index < RECIPES ? recipes[index].name : NULL;
}

/* The first and the last eighth of the layers, and every third one between them. */
static bool is_better(uint32_t layer, uint32_t layers)
{
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

void mw_recipe_apply(const mw_recipe *r, const mw_config *c, mw_tensor *table)
{
    const size_t n = mw_tensor_count(c);
    for (size_t i = 0; i < n; i++)
        table[i].dtype = r->most;
    for (uint32_t l = 0; l < c->n_layers; l++)
        if (is_better(l, c->n_layers)) {
            table[mw_layer_index(c, l, MW_WV)].dtype = r->better;
            table[mw_layer_index(c, l, MW_W2)].dtype = r->better;
        }
    table[mw_classifier_index(c)].dtype = r->head;
    for (size_t i = 0; i < n; i++)
        table[i].dtype = mw_tensor_dtype(&table[i], table[i].dtype);
}
