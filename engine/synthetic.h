/* Synthetic models: real Llama shapes with pseudo-random weights. The speed of decoding does not depend on the values
 * of the weights as long as none is denormal, so they can replace downloaded ones. */
#ifndef MW_ENGINE_SYNTHETIC_H
#define MW_ENGINE_SYNTHETIC_H

#include "engine/model.h"

#define MW_SYNTHETIC "synthetic:"
enum { MW_SYNTHETIC_SEED = 1 };

/* SHAPE of "synthetic:SHAPE", or NULL if `spec` names no synthetic model. */
const char *mw_synthetic_shape(const char *spec);

/* The shapes from small to large; NULL after the last one. */
const char *mw_synthetic_name(int index);

/* The configuration of a shape ("stories110M"); -ENOENT with a message that lists all shapes. */
int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err);

/* Where the file of `shape` has its place in the cache folder: a version 0 checkpoint, or with `packed` a .tvl file of
 * that dtype. */
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

#endif
