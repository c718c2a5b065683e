/* Private declarations shared by tensor.c, weights.c, weights_read.c, placement.c and tvl_write.c. */
#ifndef MW_LAYOUTS_WEIGHTS_PARTS_H
#define MW_LAYOUTS_WEIGHTS_PARTS_H

#include "layouts/weights.h"

/* Every tensor starts on a line; 128 bytes cover the machines with the longest ones. */
enum { TENSOR_ALIGN = 128 };

/* Bytes read at a time, or one row if that is longer: large enough for the disk, small compared with the weights. */
enum { CHUNK_BYTES = 1 << 20 };

/* Row-major for vectors, otherwise `layout`. */
const mw_layout *mw_tensor_layout(const mw_tensor *tensor, const mw_layout *layout);

/* A copy of tensor i with the dtype that it will have in memory. */
mw_tensor mw_tensor_wanted(const mw_source *source, size_t i);

/* Reports a value of `tensor` in file `where` that is not finite; returns -EINVAL. */
int mw_tensor_not_finite(const mw_tensor *tensor, const char *where, mw_error *err);

/* Reads all tensors of `source` into `region`, which has room for them, and stores their addresses in
 * weights->matrix. */
int mw_weights_read(mw_weights *weights, const mw_source *source, char *region, mw_error *err);

/* Allocates weights->region, of region_bytes, or several copies of it, with the pages placed as `placement` says.
 * mw_weights_repeat makes the copies the same once the first one is filled. Errors are those of mw_weights_open;
 * mw_weights_free releases what there is, also after a failure. */
int mw_weights_alloc(mw_weights *weights, mw_placement placement, bool huge, const mw_source *source, mw_error *err);
int mw_weights_repeat(mw_weights *weights, const mw_source *source, mw_error *err);
void mw_weights_free(mw_weights *weights);

/* How many copies there are with that placement; 1 if the system does not tell about nodes. */
int mw_placement_copies(mw_placement placement);

#endif
