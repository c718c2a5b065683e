/* Files in the making: the packed copy in the cache folder is made once, made again when the model changed or the copy
 * is damaged, and whatever goes wrong while it is made leaves no part of it. */
#include "engine/checkpoint.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

static char folder[64], cache[96], source[96];
static const mw_config small = {32, 48, 2, 4, 2, 70, 32, false}, other = {32, 48, 3, 4, 2, 70, 32, false};

/* Number of files in the cache folder; the last one's path is in `path`. */
static int cached_files(char path[400])
{
    int n = 0;
    DIR *d = opendir(cache);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && ++n)
            snprintf(path, 400, "%s/%s", cache, e->d_name);
    if (d)
        closedir(d);
    return n;
}

static void empty_cache(void)
{
    char path[400];
    while (cached_files(path) > 0 && unlink(path) == 0)
        ;
}

static bool write_source(mw_config c, int version, uint64_t seed)
{
    tiny t = tiny_make(c, seed);
    bool ok = tiny_write(&t, version, source);
    tiny_free(&t);
    return ok;
}

/* Whether a packed copy is that of the source as it is now. */
static bool same_weights(const mw_model *packed)
{
    mw_model m;
    mw_weights *a = NULL, *b = NULL;
    bool same = mw_checkpoint_open(source, &m, NULL) == 0 &&
                mw_weights_open(mw_model_source(&m), &mw_layout_tvl16, MW_LOAD_HEAP, &a, NULL) == 0 &&
                mw_weights_open(mw_model_source(packed), &mw_layout_tvl16, MW_LOAD_HEAP, &b, NULL) == 0 &&
                a->region_bytes == b->region_bytes && memcmp(a->region, b->region, (size_t)a->region_bytes) == 0;
    mw_weights_close(a);
    mw_weights_close(b);
    mw_model_close(&m);
    return same;
}

static int calls;
static bool count_calls(void *to, const char *what, uint64_t done, uint64_t total)
{
    (void)to;
    calls += strcmp(what, "packing") == 0 && done <= total ? 1 : -1000;
    return true;
}

/* Opens the source and its packed copy, and notes whether that had to be packed and which file it is. */
static bool made;
static ino_t inode;
static int open_cached(mw_error *err)
{
    mw_model m, packed;
    struct stat st;
    calls = 0;
    int rc = mw_checkpoint_open(source, &m, err);
    if (rc)
        return rc;
    snprintf(m.name, sizeof m.name, "the model");
    rc = mw_tvl_model_cached(&m, MW_F32, count_calls, NULL, &packed, err);
    mw_model_close(&m);
    if (rc)
        return rc;
    made = calls != 0;
    inode = fstat(packed.file.fd, &st) == 0 ? st.st_ino : 0;
    rc = calls >= 0 && same_weights(&packed) && strcmp(packed.name, "the model") == 0 ? 0 : -1;
    mw_model_close(&packed);
    return rc;
}

static void check_cached(const char *what, bool packs)
{
    mw_error err = {""};
    char path[400] = "";
    int rc = open_cached(&err), n = cached_files(path);
    if (!tap_ok(rc == 0 && made == packs && n == 1, "%s: %s, one file is there", what, packs ? "packed" : "not packed"))
        tap_note("%d, %d files, %spacked, %s", rc, n, made ? "" : "not ", err.text);
}

/* Writes one byte over the cached file, or cuts it. */
static bool damage(off_t at, off_t cut)
{
    char path[400];
    int fd = cached_files(path) == 1 ? open(path, O_RDWR) : -1;
    bool ok = fd >= 0 && (at < 0 || pwrite(fd, "\xa5", 1, at) == 1) && (cut < 0 || ftruncate(fd, cut) == 0);
    return fd >= 0 && close(fd) == 0 && ok;
}

static void test_reuse(void)
{
    const struct timespec times[2] = {{0, UTIME_NOW}, {1000000000, 1}};
    check_cached("a new model", true);
    const ino_t first = inode;
    check_cached("used again", false);
    tap_ok(first == inode, "used again: the same file");
    tap_ok(write_source(small, 0, 2) && utimensat(AT_FDCWD, source, times, 0) == 0, "the model changes, not its size");
    check_cached("another modification time", true);
    tap_ok(write_source(small, 1, 3) && utimensat(AT_FDCWD, source, times, 0) == 0, "the model changes, not its time");
    check_cached("another size", true);
    const struct {
        const char *what;
        off_t at, cut;
    } damages[] = {{"damaged magic", 0, -1}, {"damaged header", 30, -1}, {"damaged table", 4100, -1},
                   {"empty", -1, 0},         {"half a page", -1, 2048},  {"another length", -1, 2600000}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        if (tap_ok(damage(damages[i].at, damages[i].cut), "the copy: %s", damages[i].what)) {
            check_cached(damages[i].what, true);
            check_cached("and then", false);
        }
    char path[400], kept[500];
    mw_model m, again;
    mw_error err = {""};
    snprintf(kept, sizeof kept, "%s/kept.tvl", folder);
    if (tap_ok(cached_files(path) == 1 && rename(path, kept) == 0 && mw_tvl_model_open(kept, &m, &err) == 0,
               "a .tvl")) {
        tap_ok(mw_tvl_model_cached(&m, MW_F32, NULL, NULL, &again, &err) == 0 && strcmp(again.file.path, kept) == 0 &&
                   again.file.fd != m.file.fd && cached_files(path) == 0,
               "a .tvl file is its own packed copy");
        mw_model_close(&again);
        mw_model_close(&m);
    }
    tap_ok(write_source(other, 0, 3), "another model");
    check_cached("another model", true);
    tap_ok(cached_files(path) == 1 && rename(kept, path) == 0, "the copy is that of another model");
    check_cached("the copy of another model", true);
}

/* Programs that know other versions of the format have files of their own: names tell versions apart. */
static void test_versions(void)
{
    static const struct {
        const char *shape;
        mw_dtype dtype;
        const char *ending;
    } names[] = {{"stories15M", MW_F32, "-v1.tvl"},
                 {"stories15M", MW_Q8_0, "-q8_0-v2.tvl"},
                 {"llama-7B@q4_0", MW_F32, "@q4_0-1-v2.tvl"},
                 {"qwen3-0.6b@q8_0", MW_F32, "@q8_0-1-v3.tvl"},
                 {"llama-3.2-1b@q4_k_m", MW_F32, "@q4_k_m-1-v3.tvl"}};
    mw_error err = {""};
    char path[512], newer[512];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int rc = mw_synthetic_path(names[i].shape, true, names[i].dtype, path, sizeof path, &err);
        const size_t n = strlen(path), end = strlen(names[i].ending);
        tap_ok(rc == 0 && n > end && strcmp(path + n - end, names[i].ending) == 0, "%s: %s", names[i].shape, path);
    }
    empty_cache();
    check_cached("a copy of version 1", true);
    char copy[400] = "";
    cached_files(copy);
    char *version = strstr(copy, "-v1.tvl");
    if (!tap_ok(version, "its name says so: %s", copy))
        return;
    snprintf(newer, sizeof newer, "%.*s-v4.tvl", (int)(version - copy), copy);
    FILE *f = fopen(newer, "wb");
    tap_ok(f && fputs("what version 4 will be", f) >= 0 && fclose(f) == 0 && unlink(copy) == 0, "a newer program's");
    char text[32] = "";
    int rc = open_cached(&err);
    f = fopen(newer, "rb");
    tap_ok(rc == 0 && made && f && fread(text, 1, sizeof text - 1, f) > 0 &&
               strcmp(text, "what version 4 will be") == 0,
           "is left alone, and a file of our own made: %s", err.text);
    if (f)
        fclose(f);
    tap_ok(open_cached(&err) == 0 && !made, "which is used from then on");
    unlink(newer);
}

/* Tensors whose rows are no multiple of a block are stored as another dtype (mw_tensor_dtype), here all of them. */
static void test_fallback(void)
{
    char path[400];
    int packed[2] = {-1, -1};
    mw_model m, copy;
    mw_error err = {""};
    empty_cache();
    int rc = mw_checkpoint_open(source, &m, &err);
    for (int i = 0; i < 2 && !rc; i++) {
        calls = 0;
        rc = mw_tvl_model_cached(&m, MW_Q4_K, count_calls, NULL, &copy, &err);
        packed[i] = calls;
        if (!rc && tap_ok(copy.dtype != MW_Q4_K, "wanted as q4_K, stored as %s", mw_dtypes[copy.dtype].name))
            mw_model_close(&copy);
    }
    tap_ok(!rc && packed[0] > 0 && packed[1] == 0 && cached_files(path) == 1, "and packed once: %d, %d%s", packed[0],
           packed[1], err.text);
    mw_model_close(&m);
    empty_cache();
}

static void test_two_at_once(void)
{
    empty_cache();
    int good = 0, status = 0, ends[2] = {-1, -1};
    tap_ok(pipe(ends) == 0, "a pipe to start by");
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            char byte;
            close(ends[1]);
            ssize_t ended = read(ends[0], &byte, 1); /* all start when the last writer is gone */
            _exit(ended != 0 || open_cached(NULL) != 0);
        }
    close(ends[0]);
    close(ends[1]);
    while (wait(&status) > 0)
        good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    tap_ok(good == 4, "four processes at once: %d got their copy", good);
    check_cached("four processes at once", false);
}

static bool die(void *to, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    if (done > total / 2)
        raise(*(int *)to);
    return *(int *)to != 0 || done <= total / 2;
}

static void test_killed(void)
{
    char path[400] = "";
    int signal_number = SIGKILL, status = 0;
    empty_cache();
    mw_model m, packed;
    mw_error err = {""};
    tap_ok(mw_checkpoint_open(source, &m, &err) == 0, "a model %s", err.text);
    pid_t child = fork();
    if (child == 0)
        _exit(mw_tvl_model_cached(&m, MW_F32, die, &signal_number, &packed, NULL) != 0);
    waitpid(child, &status, 0);
    int n = cached_files(path);
    bool unnamed = false; /* does this disk have files without a name? */
#ifdef O_TMPFILE
    int fd = open(cache, O_TMPFILE | O_RDWR, 0600);
    unnamed = fd >= 0 && close(fd) == 0;
#endif
    const bool nothing = n == 0 || (!unnamed && strcmp(path + strlen(path) - 4, ".tvl") != 0);
    tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && nothing, "killed in the middle: nothing is left");
    empty_cache();
    check_cached("after that", true);
    n = cached_files(path);
    unlink(path);
    signal_number = 0; /* no signal: the callback asks for an end */
    int rc = mw_tvl_model_cached(&m, MW_F32, die, &signal_number, &packed, &err);
    tap_ok(n == 1 && rc == -EINTR && cached_files(path) == 0 && packed.file.fd < 0, "interrupted: %s", err.text);
    mw_model_close(&m);
}

static void test_not_finite(void)
{
    tiny t = tiny_make(small, 1);
    const char *const names[] = {"layers.0.att_norm", "layers.1.w3", "layers.1.wk", "classifier"};
    float *const at[] = {t.att_norm, &t.w3[48 * 32 + 5], &t.wk[2 * 16 * 32 - 1], &t.classifier[70 * 32 - 1]};
    const float values[] = {NAN, INFINITY, -INFINITY, NAN};
    empty_cache();
    for (size_t i = 0; i < 4; i++) {
        mw_error err = {""};
        char path[400];
        const float good = *at[i];
        *at[i] = values[i];
        int rc = tiny_write(&t, i % 2, source) ? open_cached(&err) : 0;
        tap_ok(rc == -EINVAL && strstr(err.text, names[i]) && strstr(err.text, source) && cached_files(path) == 0,
               "not finite, nothing is left: %s", err.text);
        *at[i] = good;
    }
    tiny_free(&t);
}

/* An older copy under the same name, which a failed attempt must not touch. */
static void refused_over_old(const char *what, int code, const char *message)
{
    char path[200];
    snprintf(path, sizeof path, "%s/old.tvl", cache);
    FILE *f = fopen(path, "wb");
    bool ok = f && fputs("old", f) > 0 && fclose(f) == 0;
    mw_model m;
    mw_error err = {""};
    char last[400], text[8] = "";
    ok = ok && mw_checkpoint_open(source, &m, &err) == 0;
    int rc = ok ? mw_tvl_model_write(&m, MW_F32, path, NULL, NULL, &err) : 0;
    f = fopen(path, "rb");
    ok = ok && f && fread(text, 1, sizeof text - 1, f) == 3 && strcmp(text, "old") == 0 && cached_files(last) == 1;
    tap_ok(ok && rc == code && strstr(err.text, message), "%s: refused, the old file untouched: %s", what, err.text);
    if (f)
        fclose(f);
    mw_model_close(&m);
}

static void test_full_disk(void)
{
    empty_cache();
    tap_ok(write_source(small, 0, 1), "a model that is fine");
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){(2 << 20) + 50000, before.rlim_max}; /* in the middle of the tensors */
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) == 0)
        refused_over_old("a file that may not grow", -EFBIG, "cannot be written");
    setrlimit(RLIMIT_FSIZE, &before);
    empty_cache();
#ifdef __linux__
    /* in a mount table of its own, so that it goes with this process */
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("none", cache, "tmpfs", 0, "size=1m") == 0) {
        refused_over_old("a full disk", -ENOSPC, "make room");
        umount(cache);
        return;
    }
#endif
    tap_skip("a full disk", "this user may not mount a small one");
}

int main(void)
{
    snprintf(folder, sizeof folder, "/tmp/memwall-tvl-cache-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(source, sizeof source, "%s/model.bin", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    setenv("MEMWALL_CACHE", cache, 1);
    if (tap_ok(write_source(small, 0, 1), "a model to pack")) {
        test_reuse();
        test_versions();
        test_fallback();
        test_two_at_once();
        test_killed();
        test_not_finite();
        test_full_disk();
    }
    empty_cache();
    unlink(source);
    tap_ok(rmdir(cache) == 0 && rmdir(folder) == 0, "nothing else was left behind");
    return tap_done();
}
