/* The machine and the build, as machine.json records them with every run. */
#ifndef MW_BENCH_MACHINE_H
#define MW_BENCH_MACHINE_H

#include "bench/run/session.h"

/* Writes the object to `to`. -ENOMEM or -EIO if that fails. */
int mw_machine_write(const mw_session *session, FILE *to, mw_error *err);

/* Calls `emit` with one plain sentence for everything about this machine or build that harms a measurement. */
typedef void mw_warn_fn(void *to, const char *sentence);
void mw_machine_warnings(mw_warn_fn *emit, void *to);

/* Whether timings of this build mean anything: it is optimized, and no sanitizer watches its loads. Else even a roof
 * may be slower than a kernel, because every load of a probe is watched and not every one of a kernel. */
bool mw_machine_build_is_timeable(void);

#endif
