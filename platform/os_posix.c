/* The part of os.h that is the same on every POSIX system. */
#include "platform/os.h"

#include "platform/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

uint64_t mw_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

mw_clock_info mw_clock_measure(void)
{
    enum { SAMPLES = 101, READINGS = 64 };
    uint64_t cost[SAMPLES], step = UINT64_MAX;
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t start = mw_clock_ns(), last = start;
        for (int j = 0; j < READINGS; j++) {
            uint64_t now = mw_clock_ns();
            if (now > last && now - last < step)
                step = now - last;
            last = now;
        }
        cost[i] = last - start;
    }
    qsort(cost, SAMPLES, sizeof cost[0], by_value);
    return (mw_clock_info){(double)step, (double)cost[SAMPLES / 2] / READINGS};
}

size_t mw_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *mw_pages_alloc(size_t bytes)
{
    void *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void mw_pages_free(void *pages, size_t bytes)
{
    if (pages)
        munmap(pages, bytes ? bytes : 1);
}

/* Both guards included, the region is the block rounded up to pages and one page on either side. */
static size_t guarded_region(size_t bytes)
{
    size_t page = mw_page_bytes();
    return (bytes + page - 1) / page * page + 2 * page;
}

void *mw_guarded_alloc(size_t bytes, bool at_end)
{
    size_t page = mw_page_bytes(), region = guarded_region(bytes);
    char *base = mw_pages_alloc(region);
    if (!base)
        return NULL;
    if (mprotect(base, page, PROT_NONE) || mprotect(base + region - page, page, PROT_NONE)) {
        mw_pages_free(base, region);
        return NULL;
    }
    return at_end ? base + region - page - bytes : base + page;
}

void mw_guarded_free(void *block, size_t bytes, bool at_end)
{
    if (!block)
        return;
    size_t page = mw_page_bytes(), region = guarded_region(bytes);
    char *base = at_end ? (char *)block + bytes + page - region : (char *)block - page;
    mw_pages_free(base, region);
}

mw_faults mw_faults_now(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage))
        return (mw_faults){MW_UNKNOWN, MW_UNKNOWN};
    return (mw_faults){usage.ru_minflt, usage.ru_majflt};
}

int mw_file_open(const char *path, mw_file *file, mw_error *err)
{
    *file = (mw_file){.fd = -1};
    snprintf(file->path, sizeof file->path, "%s", path);
    /* O_NONBLOCK: opening a FIFO must not wait for a writer that never comes. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mw_fail(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st)) {
        int code = -errno;
        close(fd);
        return mw_fail(err, code, "%s: %s", path, strerror(-code));
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return mw_fail(err, -EINVAL, "%s: not a regular file; give the path of a file", path);
    }
    file->fd = fd;
    file->bytes = (uint64_t)st.st_size;
    return 0;
}

void mw_file_close(mw_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

int mw_file_read(const mw_file *file, uint64_t offset, void *to, size_t bytes, mw_error *err)
{
    char *p = to;
    while (bytes > 0) {
        ssize_t got = pread(file->fd, p, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mw_fail(err, -errno, "%s: cannot be read: %s", file->path, strerror(errno));
        if (got == 0)
            return mw_fail(err, -EIO, "%s: ends at byte %llu although more is needed; was it cut off?", file->path,
                           (unsigned long long)offset);
        p += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return 0;
}

void mw_file_unmap(const void *start, uint64_t bytes)
{
    if (start)
        munmap((void *)(uintptr_t)start, (size_t)bytes);
}

int mw_write_all(int fd, const void *from, size_t bytes, const char *path, mw_error *err)
{
    const char *p = from;
    while (bytes > 0) {
        ssize_t put = write(fd, p, bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return mw_fail(err, -errno, "%s: cannot be written: %s%s", path, strerror(errno),
                           errno == EFBIG ? "; raise the limit on file sizes (ulimit -f)" : "");
        p += put;
        bytes -= (size_t)put;
    }
    return 0;
}

int mw_file_sync(int fd)
{
    if (fsync(fd) == 0)
        return 0;
    /* What says that there is nothing to be flushed, or no way to. A full or broken disk says something else. */
    return errno == EINVAL || errno == ENOSYS || errno == EROFS || errno == ENOTSUP || errno == EOPNOTSUPP ? 0 : -errno;
}

int64_t mw_disk_free(const char *folder)
{
    struct statvfs fs;
    if (statvfs(folder, &fs) || fs.f_blocks == 0) /* a file system without blocks does not say */
        return MW_UNKNOWN;
    return (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize);
}

int mw_make_folders(const char *path, mw_error *err)
{
    char part[1024];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return mw_fail(err, -ENAMETOOLONG, "%.60s: a folder name of %zu characters cannot be used", path, n);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) == 0)
            continue;
        int code = -errno; /* an existing part may also answer EROFS or EACCES: what counts is that it is there */
        struct stat st;
        if (stat(part, &st))
            return mw_fail(err, code, "%s: cannot be created: %s", part, strerror(-code));
        if (!S_ISDIR(st.st_mode))
            return mw_fail(err, -ENOTDIR, "%s: exists and is not a folder", part);
    }
    return 0;
}

int mw_threads_worthwhile(int n_cpus)
{
    const double quota = mw_cpu_quota();
    return quota > 0 && quota < n_cpus ? (int)ceil(quota) : n_cpus;
}

void mw_host_name(char *to, size_t size)
{
    char name[256] = ""; /* longer than any */
    const bool told = gethostname(name, sizeof name - 1) == 0 && name[0];
    mw_text_copy(to, size, told ? name : "unknown");
}

void mw_os_version(char *to, size_t size)
{
    struct utsname u;
    if (uname(&u))
        snprintf(to, size, "unknown");
    else
        snprintf(to, size, "%.64s %.64s", u.sysname, u.release);
    mw_text_copy(to, size, to);
}

const char *mw_arch_name(void)
{
#if defined(__aarch64__)
    return "aarch64";
#elif defined(__x86_64__)
    return "x86-64";
#else
    return "unknown";
#endif
}

const char *mw_emulator(void)
{
    const char *name = getenv("MEMWALL_EMULATED");
    return name && *name ? name : NULL;
}

bool mw_first_line(const char *folder, const char *name, char *to, size_t size)
{
    char path[4096 + 64];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    FILE *f = fopen(path, "re");
    const bool got = f && fgets(to, (int)size, f);
    if (f)
        fclose(f);
    if (got)
        to[strcspn(to, "\n")] = '\0';
    return got;
}
