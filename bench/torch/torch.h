/* Suite `torch`: another implementation of the same decoding next to one of ours. The only one so far is a forward
 * pass in PyTorch (torch_decode.py), which runs where a Python with torch is found. */
#ifndef MW_BENCH_TORCH_H
#define MW_BENCH_TORCH_H

#include "engine/model.h"
#include "platform/coprocess.h"

/* Starts the PyTorch peer over a llama2.c checkpoint of version 0; version[128] gets its version and that of its BLAS.
 * *out is owned by the caller. -ENOTSUP if no Python here has torch, or the model is no such checkpoint. */
int mw_torch_open(const mw_model *model, uint64_t positions, int threads, mw_coprocess **out, char version[128],
                  mw_error *err);

/* Has it decode n tokens: ids[n] and latency_us[n], either may be NULL. -EIO if it ends or talks nonsense. With n 0 it
 * starts again at BOS. */
int mw_torch_decode(mw_coprocess *peer, size_t n, int32_t *ids, double *latency_us, mw_error *err);

#endif
