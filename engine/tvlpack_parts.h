/* The parts of tvlpack: tvlpack.c has the command line and packs, tvlpack_verify.c checks and tvlpack_info.c describes.
 */
#ifndef MW_ENGINE_TVLPACK_PARTS_H
#define MW_ENGINE_TVLPACK_PARTS_H

#include "engine/model.h"

/* Reads all of a .tvl file and compares its checksums and, unless it is NULL, every weight with model `against`. -EDOM
 * if something differs. Prints a line if nothing does. */
int mw_pack_verify(const char *path, const char *against, mw_progress *progress, mw_error *err);

/* Prints a description of a model file: its configuration, what a token reads, and its tensors. */
int mw_pack_info(const char *spec, bool json, mw_progress *progress, mw_error *err);

#endif
