/* What the tokens of a unit took of the machine's energy. */
#include "bench/units/unit.h"

#include <math.h>
#include <stdio.h>

void mw_unit_record_energy(const mw_unit *u, mw_session *session)
{
    static const char *const names[MW_ENERGY_COUNT] = {"energy_package_mj", "energy_dram_mj"};
    for (int kind = 0; kind < MW_ENERGY_COUNT; kind++) {
        double joules = 0;
        uint64_t tokens = 0;
        char note[200];
        for (size_t i = 1; i < u->n_blocks; i++) { /* the steady ones */
            joules += u->blocks[i].joules.of[kind];
            tokens += u->blocks[i].tokens;
        }
        const char *missing = u->energy ? mw_energy_missing(u->energy, (mw_energy_kind)kind) : "not read";
        if (!missing && !(joules > 0)) /* 0 would claim that tokens take none */
            missing = "the counters did not move: these tokens are too short";
        if (missing)
            snprintf(note, sizeof note, "%s", missing);
        else
            snprintf(note, sizeof note, "%s; whole machine, around the tokens",
                     mw_energy_source(u->energy, (mw_energy_kind)kind));
        mw_unit_row(session, u,
                    &(mw_result){names[kind], "mJ", missing ? NAN : 1e3 * joules / (double)tokens, missing ? 0 : tokens,
                                 .note = note});
    }
}
