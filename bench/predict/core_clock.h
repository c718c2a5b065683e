/* The clock of a core by its own arithmetic: systems and hypervisors tell nominal clocks, or none. */
#ifndef MW_BENCH_CORE_CLOCK_H
#define MW_BENCH_CORE_CLOCK_H

/* The clock of the core on which the calling thread runs, in GHz: the fastest of some runs of dependent additions,
 * each of which takes one cycle. Takes a few milliseconds. NAN on a CPU for which there is no such chain. */
double mw_core_clock(void);

/* What it does, for the record. */
extern const char mw_core_clock_note[];

#endif
