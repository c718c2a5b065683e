/* How far ahead kernels of one token prefetch weights below f32, each stream for itself.
 *
 * Hardware prefetchers alone do not keep up with loops that unpack. Measured with AVX2 on Zen 3 (4 to 17 lines make no
 * difference, more is slower) and with AVX2 and AVX-512 on Zen 4, where 12 lines are a quarter slower than
 * four; f32, with three instructions per line, gets slower by any prefetch (EXPERIMENTS.md, 2026-11-29 and
 * 2026-11-30). */
#ifndef MW_KERNELS_PREFETCH_H
#define MW_KERNELS_PREFETCH_H

enum { AHEAD = 4 * 64 /* bytes */ };

#endif
