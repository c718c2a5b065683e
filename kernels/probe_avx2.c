/* Probe with 32-byte vectors. */
#define PROBE_BYTES 32
#include "kernels/probe_loops.h"

const mw_probe mw_probe_avx2 = {"avx2", MW_ISA_AVX2, PROBE_BYTES, probe_read, probe_stream};
