/* File systems that lack things: calls answer here as they do there (-Wl,--wrap in tests/meson.build). */
#include "platform/new_file.h"
#include "platform/os.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* What each call is to answer; 0: what the system says. */
static struct {
    int fsync, linkat, fadvise, tmpfile, mmap;
    bool no_blocks;
} lacks;
static int syncs, answered;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __real_posix_fadvise(int fd, off_t start, off_t bytes, int advice);
int __wrap_posix_fadvise(int fd, off_t start, off_t bytes, int advice);
void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t start);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t start);
int __real_statvfs(const char *path, struct statvfs *fs);
int __wrap_statvfs(const char *path, struct statvfs *fs);

static int fail(int code)
{
    answered++;
    errno = code;
    return -1;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return lacks.tmpfile && (flags & O_TMPFILE) == O_TMPFILE ? fail(lacks.tmpfile) : __real_open(path, flags, mode);
}

int __wrap_fsync(int fd)
{
    syncs++;
    return lacks.fsync ? fail(lacks.fsync) : __real_fsync(fd);
}

int __wrap_linkat(int from, const char *old, int to, const char *new, int flags)
{
    return lacks.linkat ? fail(lacks.linkat) : __real_linkat(from, old, to, new, flags);
}

int __wrap_posix_fadvise(int fd, off_t start, off_t bytes, int advice)
{
    answered += lacks.fadvise != 0;
    return lacks.fadvise ? lacks.fadvise : __real_posix_fadvise(fd, start, bytes, advice);
}

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t start)
{
    if (fd < 0 || !lacks.mmap)
        return __real_mmap(at, bytes, protection, flags, fd, start);
    errno = lacks.mmap;
    return MAP_FAILED;
}

int __wrap_statvfs(const char *path, struct statvfs *fs)
{
    const int rc = __real_statvfs(path, fs);
    if (lacks.no_blocks)
        fs->f_blocks = fs->f_bfree = fs->f_bavail = 0;
    return rc;
}

/* Under these names where offsets are asked to have 64 bits. */
#define ALIAS(of) __attribute__((alias("__wrap_" #of)))
int __wrap_open64(const char *path, int flags, ...) ALIAS(open);
int __wrap_posix_fadvise64(int fd, off_t start, off_t bytes, int advice) ALIAS(posix_fadvise);
void *__wrap_mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t start) ALIAS(mmap);
int __wrap_statvfs64(const char *path, struct statvfs *fs) ALIAS(statvfs);

enum { BYTES = (2 << 20) + 77 }; /* more than one piece of a copy */
static char text[BYTES], got[BYTES];

static int files_in_folder(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return n;
}

/* Writes a file over an older one; -errno as mw_new_file_close has it. */
static int write_new(const char *path, mw_error *err)
{
    mw_new_file f;
    int rc = mw_new_file_open(path, BYTES, &f, err);
    if (!rc)
        rc = mw_write_all(f.fd, text, BYTES, path, err);
    return mw_new_file_close(&f, rc, err);
}

static bool holds_text(const char *path)
{
    mw_file file;
    struct stat st;
    const bool same = mw_file_open(path, &file, NULL) == 0 && file.bytes == BYTES && fstat(file.fd, &st) == 0 &&
                      (st.st_mode & 0777) == 0644 && mw_file_read(&file, 0, got, BYTES, NULL) == 0 &&
                      memcmp(got, text, BYTES) == 0;
    mw_file_close(&file);
    return same;
}

static void check_new_files(void)
{
    static const struct {
        const char *name;
        int fsync, linkat, tmpfile;
    } systems[] = {
        {"everything", 0, 0, 0},
        {"no fsync: EINVAL", EINVAL, 0, 0},
        {"no fsync: ENOSYS", ENOSYS, 0, 0},
        {"no fsync: EROFS", EROFS, 0, 0},
        {"no fsync: ENOTSUP", ENOTSUP, 0, 0},
        {"no links: EPERM", 0, EPERM, 0},
        {"no links: EOPNOTSUPP", 0, EOPNOTSUPP, 0},
        {"no links: ENOSYS", 0, ENOSYS, 0},
        {"no links: EXDEV", 0, EXDEV, 0},
        {"no /proc: ENOENT", 0, ENOENT, 0},
        {"no files without a name: EOPNOTSUPP", 0, 0, EOPNOTSUPP},
        {"no files without a name: EISDIR", 0, 0, EISDIR},
        {"nothing of it", EINVAL, EPERM, EOPNOTSUPP},
        {"neither links nor fsync", ENOSYS, EPERM, 0},
    };
    const char *path = in_folder("new");
    mw_error err = {""};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        lacks.fsync = systems[i].fsync;
        lacks.linkat = systems[i].linkat;
        lacks.tmpfile = systems[i].tmpfile;
        FILE *old = fopen(path, "w");
        const bool made = old && fputs("old", old) >= 0 && fclose(old) == 0;
        syncs = answered = 0;
        const int rc = write_new(path, &err);
        memset(&lacks, 0, sizeof lacks);
        if (!tap_ok(made && rc == 0 && holds_text(path) && files_in_folder() == 1 && syncs > 0 &&
                        (i == 0) == (answered == 0),
                    "a new file: %s", systems[i].name))
            tap_note("%d, %s, %d files", rc, err.text, files_in_folder());
        unlink(path);
    }
    static const int fatal[] = {EIO, ENOSPC, EDQUOT};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        lacks.fsync = fatal[i];
        const int rc = write_new(path, &err);
        memset(&lacks, 0, sizeof lacks);
        tap_ok(rc == -fatal[i] && strstr(err.text, path) && files_in_folder() == 0, "a disk that fails: %s", err.text);
    }
}

static void check_free_space(void)
{
    lacks.no_blocks = true;
    mw_error err = {""};
    const char *path = in_folder("unsized");
    const int64_t space = mw_disk_free(folder);
    const int rc = write_new(path, &err);
    lacks.no_blocks = false;
    tap_ok(space == MW_UNKNOWN && rc == 0 && holds_text(path),
           "a file system that does not tell its size is not full %s", err.text);
}

/* The file of check_free_space, seen and read elsewhere. */
static void check_reading(void)
{
    const char *path = in_folder("unsized");
    mw_file file;
    mw_error err = {""};
    if (!tap_ok(mw_file_open(path, &file, &err) == 0, "a file to read %s", err.text))
        return;
    static const int advice[] = {EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE};
    for (size_t i = 0; i < sizeof advice / sizeof *advice; i++) {
        lacks.fadvise = advice[i];
        tap_ok(mw_file_evict(&file, &err) == -ENOTSUP && strstr(err.text, path), "no advice is taken: %s", err.text);
    }
    lacks.fadvise = 0;
    lacks.fsync = EINVAL;
    tap_ok(mw_file_evict(&file, &err) == 0, "evicted without fsync");
    lacks.fsync = 0;
    static const mw_map_mode modes[] = {MW_MAP_PLAIN, MW_MAP_POPULATE, MW_MAP_HUGE};
    const void *start;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        lacks.mmap = ENODEV;
        tap_ok(mw_file_map(&file, modes[i], &start, &err) == -ENOTSUP && strstr(err.text, path), "no mappings: %s",
               err.text);
    }
    lacks.mmap = ENOMEM;
    tap_ok(mw_file_map(&file, MW_MAP_PLAIN, &start, &err) == -ENOMEM, "too little memory is something else");
    lacks.mmap = 0;
    mw_file_close(&file);
    unlink(path);
}

int main(void)
{
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    for (size_t i = 0; i < BYTES; i++)
        text[i] = (char)(i * 2654435761u >> 24);
    check_new_files();
    check_free_space();
    check_reading();
    tap_ok(rmdir(folder) == 0, "nothing is left");
    return tap_done();
}
