/* Instruction sets of the CPU this process runs on, found at run time. */
#ifndef MW_PLATFORM_CPU_H
#define MW_PLATFORM_CPU_H

#include "include/memwall/kernel.h" /* the bits: MW_ISA_AVX2 ... */

#include <stddef.h>
#include <stdint.h>

/* Bits of the instruction sets that this CPU and its operating system support. */
uint32_t mw_cpu_isa(void);

/* Writes the names of the bits in `isa`, joined by '+', "base" for none. Returns `to`. */
const char *mw_isa_text(uint32_t isa, char *to, size_t size);

#endif
