/* How long work tells that it goes on. */
#ifndef MW_PLATFORM_PROGRESS_H
#define MW_PLATFORM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Called now and then: `done` of `total` bytes. Returns false to give up, which ends in -EINTR with nothing left
 * behind. */
typedef bool mw_progress_fn(void *to, const char *what, uint64_t done, uint64_t total);

#endif
