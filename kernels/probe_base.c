/* Probe with the 16-byte vectors that every CPU of its architecture has: SSE2, NEON. */
#define PROBE_BYTES 16
#include "kernels/probe_loops.h"

const mw_probe mw_probe_base = {"base", MW_ISA_BASE, PROBE_BYTES, probe_read, probe_stream};
