/* Models in .tvl containers: opening them, and making them from checkpoints. */
#ifndef MW_ENGINE_TVL_MODEL_H
#define MW_ENGINE_TVL_MODEL_H

#include "engine/model.h"
#include "layouts/tvl.h"

/* Opens a .tvl file whose configuration and tensor table belong together; fills all of *model but the name. */
int mw_tvl_model_open(const char *path, mw_model *model, mw_error *err);

/* Packs a row-major model into a .tvl file at `path`, atomically: f32 weights as `dtype` (mw_tensor_dtype). A model of
 * another dtype, which `dtype` has to be (-EINVAL otherwise), is rearranged and loses nothing. */
int mw_tvl_model_write(const mw_model *model, mw_dtype dtype, const char *path, mw_progress_fn *progress, void *to,
                       mw_error *err);

/* The same from any source of the values of tensors[mw_tensor_count], each of which becomes what its dtype says. */
int mw_tvl_model_write_from(const mw_tvl_source *source, const mw_config *config, const mw_tensor *tensors,
                            const char *path, mw_progress_fn *progress, void *to, mw_error *err);

/* How the name of a .tvl file ends in the cache folder: "-v1.tvl", "-q8_0-v2.tvl", with the dtype that was asked for
 * and the version that the file has. So an older program does not take a file that it cannot read for a damaged one,
 * and programs of several versions can share the folder. */
void mw_tvl_ending(const mw_config *config, const mw_tensor *tensors, mw_dtype dtype, char *to, size_t size);

/* The .tvl form of a model, as `dtype`: the model's own file if it is one, else a packed copy in the cache folder,
 * made now if it is missing, damaged or older than the model. A copy belongs to a file's device, inode, size and
 * modification time; looking for it reads no more than its header. *packed is owned by the caller. */
int mw_tvl_model_cached(const mw_model *model, mw_dtype dtype, mw_progress_fn *progress, void *to, mw_model *packed,
                        mw_error *err);

#endif
