/* Files, mappings that shrink, folders, and what the machine says about itself. */
#include "platform/os.h"
#include "tests/child.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_file(const char *path, size_t bytes)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0666);
    bool ok = fd >= 0 && ftruncate(fd, (off_t)bytes) == 0;
    return fd >= 0 && close(fd) == 0 && ok;
}

static void open_fifo(void *path)
{
    mw_file file;
    mw_error err;
    if (mw_file_open(path, &file, &err) != -EINVAL || !strstr(err.text, path) ||
        !strstr(err.text, "not a regular file"))
        _exit(3);
}

static void check_files(void)
{
    mw_file file;
    mw_error err;
    const char *path = in_folder("fifo");
    child c = {.status = -1};
    if (mkfifo(path, 0666) == 0)
        c = run_child(open_fifo, (void *)(uintptr_t)path);
    tap_ok(survived(&c), "a FIFO is refused at once");
    unlink(path);
    tap_ok(mw_file_open(folder, &file, &err) == -EINVAL && file.fd < 0 && strstr(err.text, "not a regular file"),
           "a folder is refused: %s", err.text);
    path = in_folder("missing");
    tap_ok(mw_file_open(path, &file, &err) == -ENOENT && file.fd < 0 && strstr(err.text, path), "a missing file: %s",
           err.text);

    path = in_folder("file");
    const char text[] = "0123456789";
    int fd = open(path, O_CREAT | O_WRONLY, 0666);
    tap_ok(fd >= 0 && mw_write_all(fd, text, 10, path, &err) == 0 && close(fd) == 0, "ten bytes are written");
    char got[11] = "";
    if (tap_ok(mw_file_open(path, &file, &err) == 0 && file.bytes == 10, "and opened")) {
        tap_ok(mw_file_read(&file, 3, got, 4, &err) == 0 && strcmp(got, "3456") == 0, "read in the middle");
        tap_ok(mw_file_read(&file, 10, got, 0, &err) == 0, "nothing is read at the end");
        tap_ok(mw_file_read(&file, 8, got, 3, &err) == -EIO && strstr(err.text, path), "reading past the end: %s",
               err.text);
        const void *map = NULL;
        tap_ok(mw_file_map(&file, MW_MAP_PLAIN, &map, &err) == 0 && memcmp(map, text, 10) == 0, "mapped");
        int64_t resident = mw_file_resident(map, 10);
        tap_ok(resident == MW_UNKNOWN || resident >= 0, "resident: %lld bytes", (long long)resident);
        mw_file_unmap(map, 10);
        mw_file_unmap(NULL, 10);
        mw_file_close(&file);
        mw_file_close(&file);
    }
    unlink(path);
    path = in_folder("empty");
    const void *map;
    tap_ok(make_file(path, 0) && mw_file_open(path, &file, &err) == 0 &&
               mw_file_map(&file, MW_MAP_PLAIN, &map, &err) == -EINVAL,
           "an empty file cannot be mapped: %s", err.text);
    mw_file_close(&file);
    unlink(path);
    fd = open("/dev/full", O_WRONLY);
    if (fd >= 0) {
        tap_ok(mw_write_all(fd, text, 10, "/dev/full", &err) == -ENOSPC && strstr(err.text, "/dev/full"),
               "a full disk: %s", err.text);
        close(fd);
    } else {
        tap_skip("a full disk", "no /dev/full here");
    }
    tap_ok(mw_disk_free(folder) != 0 && mw_disk_free(in_folder("missing")) == MW_UNKNOWN, "free disk: %lld MiB",
           (long long)(mw_disk_free(folder) >> 20));
}

/* A mapped file that loses its end, read there. */
typedef struct shrinking {
    const char *path;
    const char *map;
    bool guarded;
} shrinking;

static void read_beyond(void *arg)
{
    const shrinking *s = arg;
    mw_mapping_guard_program("prog");
    if (mw_mapping_guard(s->map, 8 * mw_page_bytes(), s->path))
        _exit(3);
    if (!s->guarded)
        mw_mapping_unguard(s->map);
    if (truncate(s->path, 1))
        _exit(4);
    touch((void *)(uintptr_t)(s->map + 5 * mw_page_bytes()));
}

static void check_shrinking(void)
{
    mw_error err;
    for (int guarded = 1; guarded >= 0; guarded--) {
        const char *path = in_folder("shrinking");
        mw_file file;
        const void *map = NULL;
        if (!make_file(path, 8 * mw_page_bytes()) || mw_file_open(path, &file, &err) ||
            mw_file_map(&file, MW_MAP_PLAIN, &map, &err)) {
            tap_ok(false, "a file to shrink");
            return;
        }
        shrinking s = {path, map, guarded};
        child c = run_child(read_beyond, &s);
        const char *newline = strchr(c.text, '\n');
        if (guarded)
            tap_ok(WIFEXITED(c.status) && WEXITSTATUS(c.status) == 2 && strncmp(c.text, "prog: ", 6) == 0 &&
                       strstr(c.text, path) && newline && newline[1] == '\0',
                   "a file that shrinks while mapped: exit 2 and one line: %.*s", (int)strcspn(c.text, "\n"), c.text);
        else
            tap_ok(died(&c) && !strstr(c.text, "prog: "), "a fault elsewhere stays what it is");
        mw_file_unmap(map, 8 * mw_page_bytes());
        mw_file_close(&file);
        unlink(path);
    }
    static const char maps[MW_GUARDED_MAPS + 1];
    int rc = 0, n = 0;
    for (; n <= MW_GUARDED_MAPS && !rc; n++)
        rc = mw_mapping_guard(&maps[n], 1, "many");
    tap_ok(rc == -ENOSPC && n == MW_GUARDED_MAPS + 1, "at most %d files are guarded", MW_GUARDED_MAPS);
    for (int i = 0; i < MW_GUARDED_MAPS; i++)
        mw_mapping_unguard(&maps[i]);
    tap_ok(mw_mapping_guard(&maps[0], 1, "again") == 0, "and room is made by letting go");
    mw_mapping_unguard(&maps[0]);
}

static void check_folders(void)
{
    mw_error err;
    struct stat st;
    const char *deep = in_folder("a/b/c"), *again = in_folder("a/b/c/"), *file = in_folder("a/file");
    tap_ok(mw_make_folders(deep, &err) == 0 && stat(deep, &st) == 0 && S_ISDIR(st.st_mode), "folders and those above");
    tap_ok(mw_make_folders(again, &err) == 0 && mw_make_folders("/", &err) == 0, "folders that are there already");
    tap_ok(make_file(file, 1) && mw_make_folders(in_folder("a/file/b"), &err) == -ENOTDIR &&
               strstr(err.text, "is not a folder"),
           "a file in the way: %s", err.text);
    char longest[5000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    tap_ok(mw_make_folders("", &err) < 0 && mw_make_folders(longest, &err) == -ENAMETOOLONG,
           "no name, a name too long");
    unlink(file);
    rmdir(deep);
    rmdir(in_folder("a/b"));
    rmdir(in_folder("a"));
}

static void count_fact(void *to, const char *key, const char *value)
{
    *(int *)to += key[0] && value[0] && !strchr(value, '\n');
}

static void check_facts(void)
{
    char host[64], cpu[128], os[128];
    mw_host_name(host, sizeof host);
    mw_cpu_model(cpu, sizeof cpu);
    mw_os_version(os, sizeof os);
    tap_ok(host[0] && cpu[0] && os[0], "this is %s, %s, %s, %s", host, cpu, os, mw_arch_name());
    int cpus[4], all = mw_cpus_allowed(cpus, 4), none = mw_cpus_allowed(NULL, 0), facts = 0;
    tap_ok(all >= 1 && (none == all || none == 0) && mw_cpu_quota() >= 0, "%d CPUs allowed", all);
    mw_os_facts(count_fact, &facts);
    tap_ok(facts > 3, "%d facts", facts);
    setenv("MEMWALL_EMULATED", "", 1);
    bool native = mw_emulator() == NULL;
    setenv("MEMWALL_EMULATED", "qemu", 1);
    tap_ok(native && mw_emulator() && strcmp(mw_emulator(), "qemu") == 0, "an emulator announces itself");
}

int main(void)
{
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    check_files();
    check_shrinking();
    check_folders();
    check_facts();
    tap_ok(rmdir(folder) == 0, "nothing is left in it");
    return tap_done();
}
