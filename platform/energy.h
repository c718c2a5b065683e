/* Energy that the machine counts itself, in joules. Linux has such counters in two places:
 *   - powercap (RAPL): zones intel-rapl:N and intel-rapl:N:M. Those called package-... are added up, and so are those
 *     called dram. Zones core and uncore are parts of a package and psys contains it, so they are left out.
 *     intel-rapl-mmio:N counts the same packages a second time.
 *   - hwmon: energyN_input with a label that names sockets, packages or DRAM. Used for what powercap does not tell.
 * Boards that report power only (powerN_input) are left out: samples of power times time are an estimate, not a count.
 * Other systems have no such files, and there nothing is told. */
#ifndef MW_PLATFORM_ENERGY_H
#define MW_PLATFORM_ENERGY_H

#include "platform/error.h"

typedef enum mw_energy_kind {
    MW_ENERGY_PACKAGE, /* all CPU packages, idle cores and caches included */
    MW_ENERGY_DRAM,    /* memory, where it has counters of its own; no part of the packages */
    MW_ENERGY_COUNT
} mw_energy_kind;

/* Joules since mw_energy_open, of the whole machine, whoever used them. NAN: unavailable. The counters move about once
 * a millisecond, in steps of some 15 to 60 uJ. */
typedef struct mw_joules {
    double of[MW_ENERGY_COUNT];
} mw_joules;

typedef struct mw_energy mw_energy;

/* Opens all counters of what lies below `root`: "" for this machine, a folder with a sys of its own for tests. Counters
 * that are missing or may not be read are no error: mw_energy_missing tells. -ENOMEM only. *out is owned by the caller;
 * close it with mw_energy_close. Takes one file descriptor per package and one per group of memory. */
int mw_energy_open(const char *root, mw_energy **out, mw_error *err);

/* Reads all of them: one system call each, and no allocation. A counter that wraps is followed as long as it is read at
 * least once per round (of minutes). A kind of which a counter fails is unavailable from then on, because what it
 * missed is unknown. A NULL `energy` tells nothing. For one thread at a time. */
void mw_energy_read(mw_energy *energy, mw_joules *joules);

/* Why a kind is unavailable, in a few words; NULL if it is not. Valid until `energy` is closed; a later read may change
 * it. */
const char *mw_energy_missing(const mw_energy *energy, mw_energy_kind kind);

/* Where a kind that is available is counted: "powercap" or "hwmon". */
const char *mw_energy_source(const mw_energy *energy, mw_energy_kind kind);

/* NULL is allowed. */
void mw_energy_close(mw_energy *energy);

#endif
