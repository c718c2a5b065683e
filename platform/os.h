/* What memwall needs from the operating system. One interface; os_posix.c holds what all systems share, and one file
 * per OS holds the rest (os_linux.c, os_macos.c). A fact that a system cannot tell is MW_UNKNOWN, never a made-up
 * number. */
#ifndef MW_PLATFORM_OS_H
#define MW_PLATFORM_OS_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MW_UNKNOWN (-1)

/* --- clock --- */

/* Monotonic raw time in nanoseconds; the origin is arbitrary. */
uint64_t mw_clock_ns(void);

/* Smallest step between two different readings, and the median cost of one reading, both in ns (measured now,
 * in well under 10 ms). */
typedef struct mw_clock_info {
    double resolution_ns, overhead_ns;
} mw_clock_info;
mw_clock_info mw_clock_measure(void);

/* --- memory --- */

size_t mw_page_bytes(void);

/* `bytes` of zeroed, page-aligned anonymous memory; NULL when there is none. Released by mw_pages_free with the same
 * size. Pages are not yet touched. */
void *mw_pages_alloc(size_t bytes);
void mw_pages_free(void *pages, size_t bytes);

/* The same on a huge-page border with huge pages asked for; mw_memory_huge tells whether they were obtained. NULL with
 * errno ENOTSUP where the system has no such request. */
void *mw_pages_alloc_huge(size_t bytes);

/* `bytes` of memory with one inaccessible page directly before and one directly after. With `at_end` the block ends
 * exactly at the rear guard, else it starts right after the front guard. For tests: an access outside of the block
 * faults. NULL on failure. Free with the same arguments. */
void *mw_guarded_alloc(size_t bytes, bool at_end);
void mw_guarded_free(void *block, size_t bytes, bool at_end);

/* Memory that can be taken now without swapping, in bytes: what the machine has left, or what the control group or one
 * above it allows if that is less. MW_UNKNOWN if the system does not say. */
int64_t mw_memory_available(void);

/* Facts about this process, each MW_UNKNOWN where not available: resident bytes now; page faults since the start;
 * bytes of [start, start+bytes) mapped by huge pages. */
int64_t mw_memory_resident(void);
typedef struct mw_faults {
    int64_t minor, major;
} mw_faults;
mw_faults mw_faults_now(void);
int64_t mw_memory_huge(const void *start, size_t bytes);

/* The same, with shared pages counted in parts (PSS): the share of this process. Walks the page tables, which takes
 * milliseconds. And the bytes that storage devices delivered for this process since its start; pages that were already
 * in memory do not count. */
int64_t mw_memory_proportional(void);
int64_t mw_device_bytes_read(void);

/* --- files --- */

/* A regular file opened for reading: checks, reads and mappings all go through this one descriptor. */
typedef struct mw_file {
    int fd;
    uint64_t bytes;
    char path[512]; /* for messages */
} mw_file;

/* Opens `path`, refusing everything that is not a regular file (without blocking on a FIFO). */
int mw_file_open(const char *path, mw_file *file, mw_error *err);
void mw_file_close(mw_file *file);

/* Reads exactly `bytes` at `offset`; a file that ends early is -EIO with a message naming it. */
int mw_file_read(const mw_file *file, uint64_t offset, void *to, size_t bytes, mw_error *err);

/* What tells one state of a file from another without reading it. */
typedef struct mw_file_state {
    uint64_t device, inode, bytes;
    int64_t changed_s, changed_ns; /* last modification */
} mw_file_state;
int mw_file_look(const mw_file *file, mw_file_state *state, mw_error *err);

/* Maps the whole file read-only, private to this process. MW_MAP_PLAIN starts on a page; MW_MAP_POPULATE reads the file
 * in and fills the page tables at once; MW_MAP_HUGE starts on a huge-page border and asks for huge pages, which a
 * system may grant when it next reads the file from the disk. -ENOTSUP where the system has no such request, or the
 * file system no mappings. */
typedef enum mw_map_mode { MW_MAP_PLAIN, MW_MAP_POPULATE, MW_MAP_HUGE } mw_map_mode;
int mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err);
void mw_file_unmap(const void *start, uint64_t bytes);

/* Asks the system to forget what it holds of the file in memory. Works for pages that nobody maps; without special
 * rights. -ENOTSUP where the system or the file system has no such request. What is left, mw_file_resident tells. */
int mw_file_evict(const mw_file *file, mw_error *err);

/* Bytes of [start, start+bytes) that are in memory, in whole pages; `start` is on a page. MW_UNKNOWN if the system does
 * not tell. */
int64_t mw_file_resident(const void *start, size_t bytes);

/* The first line of the file folder/name, without its newline, cut to size - 1 bytes; false if it cannot be read. */
bool mw_first_line(const char *folder, const char *name, char *to, size_t size);

/* Writes all of it, or reports why not (a full disk is -ENOSPC). */
int mw_write_all(int fd, const void *from, size_t bytes, const char *path, mw_error *err);

/* Flushes what was written to the disk. 0 also where the file system cannot; else -ENOSPC, -EIO and the like. */
int mw_file_sync(int fd);

/* Free bytes for this user on the file system that holds `folder`; MW_UNKNOWN if the system does not say. */
int64_t mw_disk_free(const char *folder);

/* Creates `path` and missing parent folders. */
int mw_make_folders(const char *path, mw_error *err);

/* --- guard against files that shrink while mapped --- */

/* Registers a mapping: a SIGBUS inside it ends the program with one line naming `path` and exit code 2, the same as any
 * other unreadable input. `program` is the name printed in front. At most MW_GUARDED_MAPS at once; -ENOSPC beyond. */
enum { MW_GUARDED_MAPS = 32 };
int mw_mapping_guard(const void *start, uint64_t bytes, const char *path);
void mw_mapping_unguard(const void *start);
void mw_mapping_guard_program(const char *program);

/* --- machine --- */

/* Short facts as text, for the record. Each fills `to`, of `size` bytes, as mw_text_copy does; "unknown" if the system
 * does not say. */
void mw_host_name(char *to, size_t size);
void mw_cpu_model(char *to, size_t size);
void mw_os_version(char *to, size_t size);
const char *mw_arch_name(void);

/* CPUs that this process may use, as the system numbers them: fills cpus[cap], returns how many there are (at least 1).
 */
int mw_cpus_allowed(int *cpus, int cap);

/* The tightest CPU quota of the control group or those above it, in CPUs (0.5: half of one CPU's time); 0 without one.
 */
double mw_cpu_quota(void);

/* How many threads are worth starting on n_cpus CPUs: that many, or fewer, but at least 1, where a quota would stop
 * some of them. */
int mw_threads_worthwhile(int n_cpus);

/* Clock of the first CPU now, in MHz, and the temperature of the hottest sensor, in degrees Celsius; NAN if the system
 * does not tell. */
double mw_cpu_mhz(void);
double mw_celsius(void);

/* Cache line size of the first-level data cache in bytes; MW_UNKNOWN if the system does not tell. */
int64_t mw_line_bytes(void);

/* Name of the emulator this process runs under, or NULL. The wrapper that starts the emulator announces it in the
 * variable MEMWALL_EMULATED. */
const char *mw_emulator(void);

/* Environment facts for machine.json: calls `emit(to, key, value)` once per fact, in a fixed order. Values are text as
 * the system gives it, "unavailable" where it does not; steal and pressure are totals up to now (counters.h). */
typedef void mw_emit_fn(void *to, const char *key, const char *value);
void mw_os_facts(mw_emit_fn *emit, void *to);

#endif
