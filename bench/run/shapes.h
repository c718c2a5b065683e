/* The shapes of a model's matrices. */
#ifndef MW_BENCH_SHAPES_H
#define MW_BENCH_SHAPES_H

#include "engine/model.h"

enum { MW_MOST_SHAPES = MW_LAYER_TENSORS + 2 };

typedef struct mw_shape {
    size_t rows, cols;
    unsigned swept;  /* matrices of this shape that one token sweeps */
    uint64_t offset; /* where the first of them stands in the model's file */
} mw_shape;

/* The distinct ones, in the order of the forward pass; returns how many. */
size_t mw_shapes_of(const mw_model *model, mw_shape shapes[MW_MOST_SHAPES]);

/* How often one token's sweep over the tensors of the model's file does not go on to what follows in memory, gaps of
 * alignment apart. */
unsigned mw_shapes_jumps(const mw_model *model);

/* Rows of all matrices that one token sweeps. */
uint64_t mw_shapes_rows(const mw_model *model);

#endif
