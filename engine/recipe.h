/* Recipes: what the name of a GGUF file ("Q4_K_M") says about the dtypes of its tensors. */
#ifndef MW_ENGINE_RECIPE_H
#define MW_ENGINE_RECIPE_H

#include "engine/config.h"

typedef struct mw_recipe {
    const char *name;   /* "q4_k_m" */
    mw_dtype most;      /* of most matrices */
    mw_dtype head;      /* of the classifier, also if it is the embedding as well */
    mw_dtype better;    /* of values and the last matrix of the feed-forward layer, in about half of the layers */
    uint32_t file_type; /* as GGUF numbers files of that name (enum llama_ftype) */
} mw_recipe;

/* The recipe of that name, in letters of either case; -ENOENT with a message that lists all of them. */
int mw_recipe_find(const char *name, const mw_recipe **recipe, mw_error *err);

/* The names of all recipes; NULL after the last one. */
const char *mw_recipe_name(int index);

/* Sets the dtype of table[mw_tensor_count(config)] as llama.cpp's quantizer chooses it for models of a single expert
 * and fewer than 70B parameters, without an importance matrix (llama_tensor_get_type in its src/llama-quant.cpp). Where
 * the columns of a matrix are no multiple of the block, mw_tensor_dtype decides instead; llama.cpp would take q5_0 or
 * q5_1 for q4_K and q5_K there, which are smaller than our q8_0. */
void mw_recipe_apply(const mw_recipe *recipe, const mw_config *config, mw_tensor *table);

#endif
