#include "platform/core.h"

#include "platform/os.h"
#include "platform/text.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* Numbers as in Linux (intel-family.h and amd.c of arch/x86, cputype.h of arch/arm64) and LLVM (Host.cpp). */
#define AMD "AuthenticAMD"
#define INTEL "GenuineIntel"
static const struct {
    const char *vendor;
    unsigned family, first, last; /* models */
    bool small;
    const char *core;
} x86[] = {
    {AMD, 0x17, 0x00, 0x2f, false, "Zen"},
    {AMD, 0x17, 0x30, 0xff, false, "Zen 2"},
    {AMD, 0x19, 0x00, 0x0f, false, "Zen 3"},
    {AMD, 0x19, 0x10, 0x1f, false, "Zen 4"},
    {AMD, 0x19, 0x20, 0x5f, false, "Zen 3"},
    {AMD, 0x19, 0x60, 0xaf, false, "Zen 4"},
    {AMD, 0x1a, 0x00, 0x7f, false, "Zen 5"},
    {INTEL, 6, 0x3c, 0x3c, false, "Haswell"},
    {INTEL, 6, 0x3f, 0x3f, false, "Haswell"}, /* servers */
    {INTEL, 6, 0x45, 0x46, false, "Haswell"},
    {INTEL, 6, 0x3d, 0x3d, false, "Broadwell"},
    {INTEL, 6, 0x47, 0x47, false, "Broadwell"},
    {INTEL, 6, 0x4f, 0x4f, false, "Broadwell"}, /* servers */
    {INTEL, 6, 0x56, 0x56, false, "Broadwell"},
    {INTEL, 6, 0x4e, 0x4e, false, "Skylake"},
    {INTEL, 6, 0x5e, 0x5e, false, "Skylake"},
    {INTEL, 6, 0x8e, 0x8e, false, "Skylake"}, /* Kaby Lake and its successors have the same core */
    {INTEL, 6, 0x9e, 0x9e, false, "Skylake"},
    {INTEL, 6, 0xa5, 0xa6, false, "Skylake"},
    {INTEL, 6, 0x55, 0x55, false, "Skylake-SP"}, /* also Cascade Lake and Cooper Lake */
    {INTEL, 6, 0x6a, 0x6a, false, "Sunny Cove"}, /* Ice Lake servers */
    {INTEL, 6, 0x6c, 0x6c, false, "Sunny Cove"},
    {INTEL, 6, 0x7d, 0x7e, false, "Sunny Cove"},
    {INTEL, 6, 0x8c, 0x8d, false, "Willow Cove"},
    {INTEL, 6, 0x8f, 0x8f, false, "Golden Cove"}, /* Sapphire Rapids */
    {INTEL, 6, 0x97, 0x97, false, "Golden Cove"}, /* Alder Lake */
    {INTEL, 6, 0x9a, 0x9a, false, "Golden Cove"},
    {INTEL, 6, 0x97, 0x97, true, "Gracemont"},
    {INTEL, 6, 0x9a, 0x9a, true, "Gracemont"},
    {INTEL, 6, 0xbe, 0xbe, false, "Gracemont"},   /* N-series, which has no others */
    {INTEL, 6, 0xb7, 0xb7, false, "Golden Cove"}, /* Raptor Lake: the same core with a larger L2 */
    {INTEL, 6, 0xba, 0xba, false, "Golden Cove"},
    {INTEL, 6, 0xbf, 0xbf, false, "Golden Cove"},
    {INTEL, 6, 0xb7, 0xb7, true, "Gracemont"},
    {INTEL, 6, 0xba, 0xba, true, "Gracemont"},
    {INTEL, 6, 0xbf, 0xbf, true, "Gracemont"},
    {INTEL, 6, 0xcf, 0xcf, false, "Golden Cove"}, /* Emerald Rapids */
};

static const struct {
    unsigned implementer, part;
    const char *core;
} arm[] = {
    {0x41, 0xd03, "Cortex-A53"},  {0x41, 0xd05, "Cortex-A55"},  {0x41, 0xd07, "Cortex-A57"},
    {0x41, 0xd08, "Cortex-A72"},  {0x41, 0xd09, "Cortex-A73"},  {0x41, 0xd0a, "Cortex-A75"},
    {0x41, 0xd0b, "Cortex-A76"},  {0x41, 0xd0c, "Neoverse N1"}, {0x41, 0xd0d, "Cortex-A77"},
    {0x41, 0xd40, "Neoverse V1"}, {0x41, 0xd41, "Cortex-A78"},  {0x41, 0xd44, "Cortex-X1"},
    {0x41, 0xd46, "Cortex-A510"}, {0x41, 0xd47, "Cortex-A710"}, {0x41, 0xd48, "Cortex-X2"},
    {0x41, 0xd49, "Neoverse N2"}, {0x41, 0xd4d, "Cortex-A715"}, {0x41, 0xd4e, "Cortex-X3"},
    {0x41, 0xd4f, "Neoverse V2"}, {0x41, 0xd84, "Neoverse V3"}, {0x41, 0xd8e, "Neoverse N3"},
    {0x43, 0x0af, "ThunderX2"},   {0x46, 0x001, "A64FX"},       {0x48, 0xd01, "TSV110"},
    {0x51, 0x001, "Oryon"},       {0x61, 0x022, "Icestorm"},    {0x61, 0x023, "Firestorm"}, /* M1 */
    {0x61, 0x024, "Icestorm"},    {0x61, 0x025, "Firestorm"},                               /* M1 Pro */
    {0x61, 0x028, "Icestorm"},    {0x61, 0x029, "Firestorm"},                               /* M1 Max */
    {0x61, 0x032, "Blizzard"},    {0x61, 0x033, "Avalanche"},                               /* M2 */
    {0x61, 0x034, "Blizzard"},    {0x61, 0x035, "Avalanche"},                               /* M2 Pro */
    {0x61, 0x038, "Blizzard"},    {0x61, 0x039, "Avalanche"},                               /* M2 Max */
};

static const struct {
    const char *chip, *core;
} apple[] = {{"Apple M1", "Firestorm"}, {"Apple M2", "Avalanche"}, {"Apple M3", "the fast core of M3"}};

const char *mw_core_of_x86(const char *vendor, unsigned family, unsigned model, bool small)
{
    for (size_t i = 0; i < sizeof x86 / sizeof *x86; i++)
        if (strcmp(x86[i].vendor, vendor) == 0 && x86[i].family == family && model >= x86[i].first &&
            model <= x86[i].last && x86[i].small == small)
            return x86[i].core;
    return NULL;
}

const char *mw_core_of_midr(uint64_t midr)
{
    for (size_t i = 0; i < sizeof arm / sizeof *arm; i++)
        if (arm[i].implementer == (midr >> 24 & 0xff) && arm[i].part == (midr >> 4 & 0xfff))
            return arm[i].core;
    return NULL;
}

const char *mw_core_of_brand(const char *brand)
{
    for (size_t i = 0; i < sizeof apple / sizeof *apple; i++) {
        const size_t n = strlen(apple[i].chip);
        if (strncmp(brand, apple[i].chip, n) == 0 && (brand[n] == '\0' || brand[n] == ' '))
            return apple[i].core;
    }
    return NULL;
}

/* --- the core of the calling thread --- */

#if defined(__x86_64__)
static const char *find(void)
{
    enum { HYBRID = 1 << 15, ATOM = 0x20 };
    unsigned a, b, c, d;
    char vendor[13] = "";
    if (!__get_cpuid(0, &a, &b, &c, &d))
        return NULL;
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return NULL;
    const unsigned base = a >> 8 & 0xf, family = base == 0xf ? base + (a >> 20 & 0xff) : base;
    const unsigned model = (a >> 4 & 0xf) | (a >> 12 & 0xf0);
    bool small = false;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && d & HYBRID && __get_cpuid_count(0x1a, 0, &a, &b, &c, &d))
        small = a >> 24 == ATOM;
    return mw_core_of_x86(vendor, family, model, small);
}
#elif defined(__aarch64__) && defined(__linux__)
static const char *find(void)
{
    enum { CPUID = 1 << 11 }; /* HWCAP_CPUID: Linux answers reads of identification registers */
    uint64_t midr;
    if (!(getauxval(AT_HWCAP) & CPUID))
        return NULL;
    __asm__("mrs %0, midr_el1" : "=r"(midr));
    return mw_core_of_midr(midr);
}
#else
static const char *find(void)
{
    char brand[128];
    mw_cpu_model(brand, sizeof brand);
    return mw_core_of_brand(brand);
}
#endif

void mw_core_name(char *to, size_t size)
{
    const char *core = find();
    if (core)
        mw_text_copy(to, size, core);
    else
        mw_cpu_model(to, size);
}
