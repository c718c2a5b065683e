#include "bench/run/outside.h"

#include "bench/run/output.h"
#include "kernels/exports.h"
#include "kernels/trace/trace.h"
#include "platform/apart.h"
#include "platform/object.h"
#include "platform/os.h"
#include "platform/text.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { PATH = 1024, LABEL = 80, LINE = 2 * PATH + LABEL + 16, LOAD_S = 10 };

typedef struct outside {
    char path[PATH], object[PATH]; /* as the command line has it; what is loaded */
    char origin[LABEL];            /* "mine.c 0123456789abcdef" */
    uint32_t without;              /* kernels that were refused: bits */
    const mw_kernel *kernels[MW_MOST_OUTSIDE];
    size_t n;
} outside;

static outside files[MW_MOST_OUTSIDE];
static size_t n_files;
static char folder[PATH]; /* with objects that were compiled; "": none were */

bool mw_outside_is_file(const char *word)
{
    static const char *const endings[] = {".so", ".dylib", ".c"};
    const size_t n = strlen(word);
    bool file = strchr(word, '/') != NULL;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t e = strlen(endings[i]);
        file |= n > e && strcmp(word + n - e, endings[i]) == 0;
    }
    return file;
}

/* --- one file --- */

/* Fills in `origin`: the name of the file without its folder, and the hash of what is in it. */
static int identify(outside *o, mw_error *err)
{
    enum { NAME = 40, MOST = 64 << 20 };
    char name[NAME + 1];
    const char *slash = strrchr(o->path, '/');
    mw_file file;
    int rc = mw_file_open(o->path, &file, err);
    if (rc)
        return rc;
    char *all = file.bytes <= MOST ? malloc((size_t)file.bytes + 1) : NULL;
    rc = all ? mw_file_read(&file, 0, all, (size_t)file.bytes, err)
             : mw_fail(err, -EFBIG, "%s: has %llu bytes; a kernel has at most %d", o->path,
                       (unsigned long long)file.bytes, MOST);
    mw_text_copy(name, sizeof name, slash ? slash + 1 : o->path);
    if (!rc)
        snprintf(o->origin, sizeof o->origin, "%s %016llx", name,
                 (unsigned long long)XXH3_64bits(all, (size_t)file.bytes));
    free(all);
    mw_file_close(&file);
    return rc;
}

/* Returns how many kernels it has. */
static int load(void *arg, mw_error *err)
{
    outside *o = arg;
    const void *table;
    int rc = mw_object_open(o->object, "memwall_kernels", &table, err);
    return rc ? rc : mw_kernels_add(table, o->without, o->origin, o->kernels, err);
}

static int make_folder(mw_error *err)
{
    const char *tmp = getenv("TMPDIR");
    if (folder[0])
        return 0;
    const int n = snprintf(folder, sizeof folder, "%s/memwall-kernels-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    errno = ENAMETOOLONG;
    if (n < PATH - 64 && mkdtemp(folder))
        return 0;
    folder[0] = '\0';
    return mw_fail(err, -errno, "no folder for compiled kernels: %s; set TMPDIR", strerror(errno));
}

/* Fills in `object`: the file itself, or what it is compiled to. */
static int make_object(outside *o, bool tell, mw_error *err)
{
    const size_t n = strlen(o->path);
    snprintf(o->object, sizeof o->object, "%s", o->path);
    if (n < 2 || strcmp(o->path + n - 2, ".c") != 0)
        return 0;
    int rc = make_folder(err);
    if (rc)
        return rc;
    const char *hash = strrchr(o->origin, ' ') + 1;
    snprintf(o->object, sizeof o->object, "%s/%s-%zu.so", folder, hash, n_files);
    return mw_compile(o->path, o->object, tell, err);
}

/* Loads it in this process, where it was loaded before or comes from one where it was. */
static int keep(const outside *o, mw_error *err)
{
    outside *to = &files[n_files];
    *to = *o;
    const int n = load(to, err);
    if (n < 0)
        return n;
    to->n = (size_t)n;
    n_files++;
    return 0;
}

int mw_outside_load(const char *path, bool tell, mw_error *err)
{
    outside o = {.without = 0};
    size_t n;
    if (strlen(path) >= sizeof o.path || strpbrk(path, "\t\n"))
        return mw_fail(err, -EINVAL, "--kernel=%.60s: the path is too long, or has a tab or a newline", path);
    if (n_files == MW_MOST_OUTSIDE)
        return mw_fail(err, -ENOSPC, "--kernel: more than %d files", MW_MOST_OUTSIDE);
    if (mw_outside_kernels(path, &n))
        return 0;
    snprintf(o.path, sizeof o.path, "%s", path);
    int rc = identify(&o, err);
    if (!rc)
        rc = make_object(&o, tell, err);
    if (rc)
        return rc;
    mw_error why = {""};
    rc = mw_apart(load, &o, LOAD_S, &why);
    if (rc == -EINTR || rc == -ENOMEM || rc == -EAGAIN)
        return mw_fail(err, rc, "%s", why.text);
    if (rc == -EFAULT || rc == -ECHILD || rc == -ETIMEDOUT)
        return mw_fail(err, -EDOM, "when it was loaded: %s", why.text);
    if (rc < 0) {
        const size_t prefix = strlen(o.object); /* the user gave another name, or knows this one */
        const bool named = strncmp(why.text, o.object, prefix) == 0 && strncmp(why.text + prefix, ": ", 2) == 0;
        return mw_fail(err, -EDOM, "%s", why.text + (named ? prefix + 2 : 0));
    }
    return keep(&o, err);
}

const mw_kernel *const *mw_outside_kernels(const char *path, size_t *n)
{
    for (size_t i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0) {
            *n = files[i].n;
            return files[i].kernels;
        }
    return NULL;
}

void mw_outside_refuse(const mw_kernel *kernel)
{
    mw_kernel_remove(kernel);
    for (size_t i = 0; i < n_files; i++)
        for (size_t k = 0; k < files[i].n; k++)
            if (files[i].kernels[k] == kernel) {
                files[i].kernels[k] = NULL;
                files[i].without |= 1u << k;
            }
}

/* --- traced twins --- */

static int make_twin(const outside *o, size_t k, mw_error *err)
{
    char object[PATH + 16];
    const void *table = NULL, *trace_to = NULL;
    mw_error why = {""};
    if (strcmp(o->path, o->object) == 0)
        return mw_fail(err, -ENOTSUP, "a shared object has no source that could be traced; give the C file");
    snprintf(object, sizeof object, "%s.traced.so", o->object);
    int rc = access(object, F_OK) ? mw_compile_traced(o->path, object, &why) : 0;
    if (!rc)
        rc = mw_object_open(object, "memwall_kernels", &table, &why);
    if (!rc)
        rc = mw_object_open(object, "mw_trace_to", &trace_to, &why);
    if (rc)
        return mw_fail(err, -ENOTSUP, "its traced twin cannot be made: %s", why.text);
    const mw_kernel_table *t = table;
    rc = mw_trace_adopt(o->kernels[k], t->kernels[k].gemv, (mw_trace_to_fn *)(uintptr_t)trace_to);
    return rc ? mw_fail(err, -ENOTSUP, "this build traces no kernels") : 0;
}

int mw_outside_trace(const mw_kernel *kernel, mw_error *err)
{
    for (size_t i = 0; i < n_files; i++)
        for (size_t k = 0; k < files[i].n; k++)
            if (files[i].kernels[k] == kernel)
                return make_twin(&files[i], k, err);
    return mw_fail(err, -ENOTSUP, "%s comes from no file", kernel->name);
}

/* --- for jobs: a line per file --- */

const char *mw_outside_list(void)
{
    static char list[MW_MOST_OUTSIDE * LINE];
    size_t n = 0;
    list[0] = '\0';
    for (size_t i = 0; i < n_files; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s\t%s\t%s\t%x\n", files[i].path, files[i].object,
                              files[i].origin, files[i].without);
    return list;
}

int mw_outside_take(const char *list, mw_error *err)
{
    int rc = 0;
    while (list && *list && !rc) {
        outside o = {.without = 0};
        int end = 0;
        if (sscanf(list, "%1023[^\t\n]\t%1023[^\t\n]\t%79[^\t\n]\t%x%n", o.path, o.object, o.origin, &o.without,
                   &end) != 4 ||
            list[end] != '\n' || n_files == MW_MOST_OUTSIDE)
            return mw_fail(err, -EINVAL, "the list of kernels from outside is damaged");
        list += end + 1;
        rc = keep(&o, err);
    }
    return rc;
}

void mw_outside_end(void)
{
    if (folder[0])
        mw_output_remove(folder);
    folder[0] = '\0';
}
