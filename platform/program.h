/* What every program here does first and last. */
#ifndef MW_PLATFORM_PROGRAM_H
#define MW_PLATFORM_PROGRAM_H

#include "platform/error.h"

/* To be called first in main: `name` stands in front of messages that do not come from main (mw_mapping_guard_program),
 * and a file that outgrows the limit on file sizes (ulimit -f) is a write that fails with EFBIG and a sentence, not the
 * program's end by a signal. Other programs that this one starts have that signal back. */
void mw_program_start(const char *name);

/* To be called last, before exit code 0: what was printed has reached its file or terminal, or -EIO and the like with a
 * line that says why not. */
int mw_program_end(mw_error *err);

#endif
