/* What becomes of a program whose mapped file loses its end. */
#include "platform/os.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The table is read by a signal handler, so an entry counts only while its start is set, and the start is set last. */
static struct {
    _Atomic(uintptr_t) start;
    uint64_t bytes;
    char line[640];
} guarded[MW_GUARDED_MAPS];
static const char *guard_program = "memwall";

static void on_sigbus(int number, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    for (int i = 0; i < MW_GUARDED_MAPS; i++) {
        uintptr_t start = atomic_load(&guarded[i].start);
        if (start && at >= start && at - start < guarded[i].bytes) {
            ssize_t ignored = write(STDERR_FILENO, guarded[i].line, strlen(guarded[i].line));
            (void)ignored;
            _exit(2);
        }
    }
    signal(number, SIG_DFL); /* not one of ours: return, and the fault repeats with the default action */
}

void mw_mapping_guard_program(const char *program)
{
    guard_program = program;
}

int mw_mapping_guard(const void *start, uint64_t bytes, const char *path)
{
    int slot = 0;
    while (slot < MW_GUARDED_MAPS && atomic_load(&guarded[slot].start))
        slot++;
    if (slot == MW_GUARDED_MAPS)
        return -ENOSPC;
    guarded[slot].bytes = bytes;
    snprintf(guarded[slot].line, sizeof guarded[slot].line,
             "%s: %.400s: cannot be read any more while mapped; was it truncated? Leave the file alone during a run\n",
             guard_program, path);
    atomic_store(&guarded[slot].start, (uintptr_t)start);
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    return sigaction(SIGBUS, &action, NULL) ? -errno : 0;
}

void mw_mapping_unguard(const void *start)
{
    for (int i = 0; i < MW_GUARDED_MAPS; i++)
        if (atomic_load(&guarded[i].start) == (uintptr_t)start)
            atomic_store(&guarded[i].start, 0);
}
