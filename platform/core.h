/* Which design a core is: "Zen 3", "Neoverse N1". In-core tables (results/static-cost) go by these names. */
#ifndef MW_PLATFORM_CORE_H
#define MW_PLATFORM_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What CPUID says: the 12 letters of leaf 0; family and model with their extensions; whether the core is one of the
 * small ones of a hybrid processor. NULL if the core is unknown. */
const char *mw_core_of_x86(const char *vendor, unsigned family, unsigned model, bool small);

/* The same of AArch64's register MIDR_EL1 (implementer and part). */
const char *mw_core_of_midr(uint64_t midr);

/* The fast cores of Apple's processors, by the brand string ("Apple M2 Pro"). */
const char *mw_core_of_brand(const char *brand);

/* Writes the design of the core on which the calling thread runs, or the processor's own name (mw_cpu_model) if the
 * design is unknown. */
void mw_core_name(char *to, size_t size);

#endif
