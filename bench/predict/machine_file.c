#include "bench/predict/machine_file.h"

#include "platform/cli.h"
#include "platform/os.h"
#include "platform/place.h"
#include "platform/text.h"

#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No file is near it; jansson keeps it all in memory. */
enum { LARGEST = 1 << 20 };

static bool plausible(double x)
{
    return isfinite(x) && x > 0 && x < 1e9;
}

/* Member `key`, and what other sources say. False if it is there and is no such object. */
static bool read_range(const json_t *file, const char *key, mw_range *to)
{
    const json_t *object = json_object_get(file, key), *other;
    size_t i;
    *to = (mw_range){NAN, NAN, NAN};
    if (!object)
        return true;
    to->value = to->low = to->high = json_number_value(json_object_get(object, "value"));
    bool good = plausible(to->value);
    json_array_foreach(json_object_get(object, "others"), i, other)
    {
        const double x = json_number_value(json_object_get(other, "value"));
        good &= plausible(x);
        to->low = fmin(to->low, x);
        to->high = fmax(to->high, x);
    }
    return good;
}

/* Whether value `key` is the peak of a data sheet. */
static bool is_peak(const json_t *file, const char *key)
{
    const char *kind = json_string_value(json_object_get(json_object_get(file, key), "kind"));
    return kind && strcmp(kind, "peak") == 0;
}

/* The name of a file without folder and ".json". */
static void base_name(const char *path, char *to, size_t size)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path, *end = strstr(from, ".json");
    char name[NAME_MAX + 1];
    snprintf(name, sizeof name, "%.*s", end ? (int)(end - from) : NAME_MAX, from);
    mw_text_copy(to, size, name);
    for (char *c = to; (c = strpbrk(c, ";=")); c++) /* which separate pairs of column param */
        *c = '_';
}

static int read_members(const char *path, const json_t *file, mw_machine_file *m, mw_error *err)
{
    const struct {
        const char *key;
        mw_range *to;
    } numbers[] = {{"cores", &m->cores},
                   {"clock", &m->clock},
                   {"loads_per_cycle", &m->loads},
                   {"load_bytes", &m->bytes},
                   {"line", &m->line},
                   {"l1d", &m->l1d},
                   {"l2", &m->l2},
                   {"l3", &m->l3},
                   {"l1_bandwidth", &m->l1_gbs},
                   {"l2_bandwidth", &m->l2_gbs},
                   {"l3_bandwidth", &m->l3_gbs},
                   {"l2_one_stream", &m->l2_stream},
                   {"l3_one_stream", &m->l3_stream},
                   {"bandwidth_one_core", &m->one_core},
                   {"bandwidth_one_stream", &m->one_stream},
                   {"bandwidth_all_cores", &m->all}};
    const char *name = json_string_value(json_object_get(file, "name"));
    const char *core = json_string_value(json_object_get(file, "core"));
    if (!name || !core || !json_is_object(json_object_get(file, "sources")))
        return mw_fail(err, -EINVAL, "%s: is no machine file: no name, core or sources; see results/machines/README.md",
                       path);
    base_name(path, m->file, sizeof m->file);
    mw_text_copy(m->name, sizeof m->name, name);
    mw_text_copy(m->core, sizeof m->core, core);
    m->all_is_peak = is_peak(file, "bandwidth_all_cores");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!read_range(file, numbers[i].key, numbers[i].to))
            return mw_fail(err, -EINVAL, "%s: '%s' is no object with a positive 'value'; correct it", path,
                           numbers[i].key);
    return 0;
}

int mw_machine_file_read(const char *path, mw_machine_file *m, mw_error *err)
{
    *m = (mw_machine_file){0};
    mw_file file;
    int rc = mw_file_open(path, &file, err);
    if (rc)
        return rc;
    char *text = NULL;
    if (file.bytes > LARGEST)
        rc = mw_fail(err, -EFBIG, "%s: is larger than 1 MiB, so it is no machine file", path);
    else if (!(text = malloc(file.bytes + 1)))
        rc = mw_fail(err, -ENOMEM, "%s: no memory to read it", path);
    else
        rc = mw_file_read(&file, 0, text, file.bytes, err);
    json_error_t why;
    json_t *json = rc ? NULL : json_loadb(text, file.bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &why);
    if (!rc)
        rc = json ? read_members(path, json, m, err) : mw_fail(err, -EINVAL, "%s: line %d: is no JSON", path, why.line);
    json_decref(json);
    free(text);
    mw_file_close(&file);
    return rc;
}

/* --- the folder of all of them --- */

#define FOLDER "results/machines/"

static bool find_all(glob_t *found, mw_error *err)
{
    char readme[PATH_MAX], pattern[PATH_MAX];
    if (mw_place_find(MW_SHARE, MW_SOURCES, FOLDER "README.md", readme, sizeof readme, err))
        return false;
    *strrchr(readme, '/') = '\0';
    if (snprintf(pattern, sizeof pattern, "%s/*.json", readme) >= (int)sizeof pattern)
        return false;
    return glob(pattern, 0, NULL, found) == 0;
}

bool mw_machine_files_each(void (*take)(void *to, const char *name), void *to)
{
    glob_t found;
    char name[64];
    if (!find_all(&found, NULL))
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        base_name(found.gl_pathv[i], name, sizeof name);
        take(to, name);
    }
    globfree(&found);
    return true;
}

static void add_name(void *to, const char *name)
{
    char *list = to;
    const size_t n = strlen(list);
    snprintf(list + n, 512 - n, "%s%s", n ? ", " : "", name);
}

static int read_named(const char *name, mw_machine_file *m, mw_error *err)
{
    char path[PATH_MAX], file[128], list[512] = "";
    if (strpbrk(name, "/.") || strlen(name) > 64)
        return mw_machine_file_read(name, m, err);
    snprintf(file, sizeof file, FOLDER "%.64s.json", name);
    if (mw_place_find(MW_SHARE, MW_SOURCES, file, path, sizeof path, NULL) == 0)
        return mw_machine_file_read(path, m, err);
    mw_machine_files_each(add_name, list);
    return mw_fail(err, -ENOENT, "--machine: there is no machine '%.40s'; give a file, all, or one of %s", name, list);
}

static int read_all(mw_machine_file *machines, int most, int *n, mw_error *err)
{
    glob_t found;
    if (!find_all(&found, err))
        return mw_fail(err, -ENOENT, "%s is not installed, so --machine=all has nothing to read", FOLDER);
    int rc = 0;
    for (size_t i = 0; i < found.gl_pathc && *n < most && !rc; i++)
        rc = mw_machine_file_read(found.gl_pathv[i], &machines[(*n)++], err);
    globfree(&found);
    return rc;
}

int mw_machine_files_read(const char *list, mw_machine_file *machines, int most, int *n, mw_error *err)
{
    char item[PATH_MAX];
    int rc = 0;
    *n = 0;
    while (!rc && mw_cli_item(&list, item, sizeof item)) {
        if (strcmp(item, "all") == 0)
            rc = read_all(machines, most, n, err);
        else if (*n == most)
            rc = mw_fail(err, -EINVAL, "--machine: more than %d machines", most);
        else
            rc = read_named(item, &machines[(*n)++], err);
    }
    return rc;
}
