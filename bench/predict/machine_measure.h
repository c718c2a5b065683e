/* Measures the machine for a machine file: the clock of a core, and how fast it reads its caches and the memory. */
#ifndef MW_BENCH_MACHINE_MEASURE_H
#define MW_BENCH_MACHINE_MEASURE_H

#include "bench/predict/machine_file_write.h"
#include "bench/run/session.h"

/* Measures on the session's CPUs (of several classes of cores: on the fastest) for up to the session's time limit, or
 * 40 s. For each place it first finds the fastest read of the family (kernels/probe.h). Then all speeds are measured
 * in rounds, each in random order, because the bandwidth of a machine wanders within minutes. -ENOMEM if arrays much
 * larger than the caches do not fit into half of the free memory; -EINTR after Ctrl-C. */
int mw_machine_measure(mw_session *session, mw_measured *measured, mw_error *err);

#endif
