/* Synthetic models: real shapes with pseudo-random weights. The speed of decoding does not depend on the values of the
 * weights as long as none is denormal, so they can replace downloaded ones.
 *
 * SHAPE alone is a llama2.c checkpoint with f32 weights. SHAPE@RECIPE is a model as it is found in a GGUF file of that
 * name (recipe.h), and a shape that no checkpoint can describe is of recipe f32 if there is no other. */
#ifndef MW_ENGINE_SYNTHETIC_H
#define MW_ENGINE_SYNTHETIC_H

#include "engine/model.h"
#include "engine/recipe.h"

#define MW_SYNTHETIC "synthetic:"
enum { MW_SYNTHETIC_SEED = 1 };

/* "SHAPE" or "SHAPE@RECIPE" of "synthetic:...", or NULL if `spec` names no synthetic model. Below this is `shape`. */
const char *mw_synthetic_shape(const char *spec);

/* The shapes of checkpoints from small to large; NULL after the last one. */
const char *mw_synthetic_name(int index);

/* The same of shapes that only GGUF files describe. */
const char *mw_synthetic_model_name(int index);

/* What a shape stands for. */
typedef struct mw_synthetic {
    const char *shape; /* its name in the table */
    mw_config config;
    float rope_factor;       /* how far Llama 3's frequency factors stretch slow rotations; 0: it has no factors */
    const mw_recipe *recipe; /* NULL: a checkpoint */
} mw_synthetic;

/* Names are taken in letters of either case; -ENOENT with a message that lists all shapes, or all recipes. */
int mw_synthetic_parse(const char *shape, mw_synthetic *synthetic, mw_error *err);

/* The configuration alone. */
int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err);

/* Where the file of `shape` has its place in the cache folder: a version 0 checkpoint or, of a recipe, a GGUF file;
 * with `packed` a .tvl file, of that dtype unless there is a recipe. */
int mw_synthetic_path(const char *shape, bool packed, mw_dtype dtype, char *path, size_t size, mw_error *err);

/* The same; *there tells whether the file is complete and fits the shape. */
int mw_synthetic_find(const char *shape, bool packed, mw_dtype dtype, char *path, size_t size, bool *there,
                      mw_error *err);

/* Makes sure that it is there and writes its path. A file that fits the shape is used as it is. */
int mw_synthetic_make(const char *shape, bool packed, mw_dtype dtype, mw_progress_fn *progress, void *to, char *path,
                      size_t size, mw_error *err);

/* Writes a synthetic checkpoint of any configuration to `path`, atomically. The same configuration and seed give the
 * same bytes. */
int mw_synthetic_write(const mw_config *config, uint64_t seed, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err);

/* Writes the .tvl file that packing that checkpoint as `dtype` would give, without the checkpoint. */
int mw_synthetic_write_tvl(const mw_config *config, uint64_t seed, mw_dtype dtype, const char *path,
                           mw_progress_fn *progress, void *to, mw_error *err);

/* Fills table[mw_tensor_count] with the names, shapes and dtypes of a model of a recipe. */
void mw_synthetic_table(const mw_synthetic *synthetic, mw_tensor *table);

/* Writes a model of a recipe to `path`, atomically: a GGUF file, or with `packed` a .tvl file of the same weights. */
int mw_synthetic_write_recipe(const mw_synthetic *synthetic, uint64_t seed, bool packed, const char *path,
                              mw_progress_fn *progress, void *to, mw_error *err);

#endif
