/* What the files of weights.h share. */
#ifndef MW_LAYOUTS_WEIGHTS_PARTS_H
#define MW_LAYOUTS_WEIGHTS_PARTS_H

#include "layouts/weights.h"

enum {
    TENSOR_ALIGN = 128,   /* every tensor starts on a line; this covers the machines with the longest ones */
    CHUNK_BYTES = 1 << 20 /* read at a time: large enough for the disk, small compared with the weights */
};

/* The layout of a tensor in a model of that layout. */
const mw_layout *mw_tensor_layout(const mw_tensor *tensor, const mw_layout *layout);

/* Tensor i of the file with the dtype that its weights are to have. */
mw_tensor mw_tensor_wanted(const mw_source *source, size_t i);

/* Says that `where` holds a value that is not finite. */
int mw_tensor_not_finite(const mw_tensor *tensor, const char *where, mw_error *err);

/* Reads all tensors of `source` into `region`, which has room for them, and enters where they are. */
int mw_weights_read(mw_weights *weights, const mw_source *source, char *region, mw_error *err);

#endif
