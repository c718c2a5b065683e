/* What only macOS can tell, from sysctl, Mach and task information. */
#include "platform/os.h"
#include "platform/text.h"

#include <errno.h>
#include <mach/mach.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <unistd.h>

static int64_t sysctl_number(const char *name)
{
    int64_t value = 0;
    size_t size = sizeof value;
    if (sysctlbyname(name, &value, &size, NULL, 0))
        return MW_UNKNOWN;
    /* Some names are 32 bits wide. */
    return size == 4 ? (int64_t)(int32_t)value : value;
}

static void sysctl_text(const char *name, char *to, size_t size)
{
    size_t got = size;
    if (sysctlbyname(name, to, &got, NULL, 0))
        snprintf(to, size, "unknown");
    to[size - 1] = '\0';
    mw_text_copy(to, size, to);
}

int64_t mw_memory_available(void)
{
    vm_statistics64_data_t vm;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    if (host_statistics64(mach_host_self(), HOST_VM_INFO64, (host_info64_t)&vm, &count) != KERN_SUCCESS)
        return MW_UNKNOWN;
    uint64_t pages = (uint64_t)vm.free_count + vm.inactive_count + vm.purgeable_count;
    return (int64_t)(pages * mw_page_bytes());
}

int64_t mw_memory_resident(void)
{
    mach_task_basic_info_data_t info;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info, &count) != KERN_SUCCESS)
        return MW_UNKNOWN;
    return (int64_t)info.resident_size;
}

int64_t mw_memory_proportional(void)
{
    return MW_UNKNOWN;
}

int64_t mw_device_bytes_read(void)
{
    return MW_UNKNOWN;
}

int64_t mw_memory_huge(const void *start, size_t bytes)
{
    (void)start;
    (void)bytes;
    return MW_UNKNOWN; /* pages are 16 KiB and the system does not report larger ones */
}

int64_t mw_file_resident(const void *start, size_t bytes)
{
    size_t page = mw_page_bytes(), pages = (bytes + page - 1) / page;
    char *map = malloc(pages ? pages : 1);
    int64_t resident = MW_UNKNOWN;
    if (map && mincore((void *)(uintptr_t)start, bytes, map) == 0) {
        resident = 0;
        for (size_t i = 0; i < pages; i++)
            resident += (map[i] & MINCORE_INCORE) ? (int64_t)page : 0;
    }
    free(map);
    return resident;
}

void mw_cpu_model(char *to, size_t size)
{
    sysctl_text("machdep.cpu.brand_string", to, size);
}

int mw_cpus_allowed(int *cpus, int cap)
{
    int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        n = 1;
    for (int i = 0; i < n && i < cap; i++)
        cpus[i] = i;
    return n;
}

double mw_cpu_quota(void)
{
    return 0; /* there are no control groups */
}

double mw_cpu_mhz(void)
{
    return NAN; /* available to privileged programs only, as is the temperature */
}

double mw_celsius(void)
{
    return NAN;
}

int64_t mw_line_bytes(void)
{
    return sysctl_number("hw.cachelinesize");
}

static void emit_sysctl(mw_emit_fn *emit, void *to, const char *key, const char *name)
{
    char line[64];
    int64_t value = sysctl_number(name);
    if (value == MW_UNKNOWN)
        snprintf(line, sizeof line, "unavailable");
    else
        snprintf(line, sizeof line, "%lld", (long long)value);
    emit(to, key, line);
}

void mw_os_facts(mw_emit_fn *emit, void *to)
{
    char line[256];
    sysctl_text("kern.osproductversion", line, sizeof line);
    emit(to, "product_version", line);
    emit_sysctl(emit, to, "performance_cpus", "hw.perflevel0.logicalcpu");
    emit_sysctl(emit, to, "efficiency_cpus", "hw.perflevel1.logicalcpu");
    emit_sysctl(emit, to, "memory_total_bytes", "hw.memsize");
    emit_sysctl(emit, to, "virtualized", "kern.hv_vmm_present");
    double load[3];
    if (getloadavg(load, 3) == 3)
        snprintf(line, sizeof line, "%.2f %.2f %.2f", load[0], load[1], load[2]);
    else
        snprintf(line, sizeof line, "unavailable");
    emit(to, "load_average", line);
}

void *mw_pages_alloc_huge(size_t bytes)
{
    (void)bytes;
    errno = ENOTSUP;
    return NULL;
}

int mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err)
{
    if (mode != MW_MAP_PLAIN)
        return mw_fail(err, -ENOTSUP,
                       "%s: macOS can neither populate a mapping nor use huge pages; choose another load", file->path);
    if (file->bytes == 0 || file->bytes > SIZE_MAX / 2)
        return mw_fail(err, -EINVAL, "%s: %llu bytes cannot be mapped", file->path, (unsigned long long)file->bytes);
    void *p = mmap(NULL, (size_t)file->bytes, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (p == MAP_FAILED)
        return mw_fail(err, -errno, "%s: cannot be mapped: %s", file->path, strerror(errno));
    *start = p;
    return 0;
}

int mw_file_evict(const mw_file *file, mw_error *err)
{
    return mw_fail(err, -ENOTSUP, "%s: macOS cannot evict a file without special rights", file->path);
}

int mw_file_look(const mw_file *file, mw_file_state *state, mw_error *err)
{
    struct stat st;
    if (fstat(file->fd, &st))
        return mw_fail(err, -errno, "%s: %s", file->path, strerror(errno));
    *state = (mw_file_state){(uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size, st.st_mtimespec.tv_sec,
                             st.st_mtimespec.tv_nsec};
    return 0;
}
