/* A super-block in a panel of layout tvl (TVL.md): 16 rows side by side, each with its scales as bytes, codes in 32-bit
 * lanes, and halves. Only layout_tvl16.c includes this. */
#ifndef MW_LAYOUTS_TVL16_K_H
#define MW_LAYOUTS_TVL16_K_H

#include "kernels/dtype.h"

/* Copies a block of a K format to its places and back (`put`): `lines` are those of scales and codes of 16 blocks, row
 * r of which is meant, and `halves` is where d and dmin of 16 rows are. */
void mw_tvl16_k_put(mw_dtype dtype, char *lines, char *halves, size_t r, const void *block);
void mw_tvl16_k_get(mw_dtype dtype, const char *lines, const char *halves, size_t r, void *block);

#endif
