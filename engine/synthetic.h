/* Synthetic models: real Llama shapes with pseudo-random weights. The speed of decoding does not depend on the values
 * of the weights as long as none is denormal, so they stand in for downloads. */
#ifndef MW_ENGINE_SYNTHETIC_H
#define MW_ENGINE_SYNTHETIC_H

#include "engine/model.h"

/* The configuration of a shape ("stories110M"); -ENOENT with a message that lists all shapes. */
int mw_synthetic_config(const char *shape, mw_config *config, mw_error *err);

/* Makes sure that the version 0 checkpoint of `shape` is in the cache folder and writes its path. A file that is there
 * and fits the shape is used as it is. */
int mw_synthetic_make(const char *shape, mw_progress_fn *progress, void *to, char *path, size_t size, mw_error *err);

/* Writes a synthetic checkpoint of any configuration to `path`, atomically. The same configuration and seed give the
 * same bytes. */
int mw_synthetic_write(const mw_config *config, uint64_t seed, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err);

#endif
