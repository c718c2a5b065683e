/* Probe with 64-byte vectors: one load per cache line. */
#define PROBE_BYTES 64
#include "kernels/probe_loops.h"

const mw_probe mw_probe_avx512 = {"avx512", MW_ISA_AVX2 | MW_ISA_AVX512, PROBE_BYTES, probe_read, probe_stream};
