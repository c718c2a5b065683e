/* Limits of control groups.
 *
 * /proc/self/cgroup names the group of this process in every hierarchy: "0::/a/b" in version 2, "4:cpu,cpuacct:/a/b" in
 * version 1, which has a hierarchy a controller. Both exist side by side on a hybrid system. /proc/self/mountinfo says
 * where a hierarchy is mounted, and from which of its groups on: in a container often not from its root. Every group
 * from ours up to the one that is mounted may have a limit; the tightest one counts. */
#include "platform/cgroup.h"

#include "platform/os.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 };

/* How a version words its limits. */
typedef struct wording {
    const char *limits[2], *used, *pages[2];
} wording;
static const wording version_1 = {
    {"memory.limit_in_bytes"}, "memory.usage_in_bytes", {"total_inactive_file ", "total_active_file "}};
static const wording version_2 = {{"memory.max", "memory.high"}, "memory.current", {"inactive_file ", "active_file "}};

static FILE *open_in(const char *group, const char *name)
{
    char path[LONGEST + 64];
    snprintf(path, sizeof path, "%s/%s", group, name);
    return fopen(path, "re");
}

/* The number behind `key` in a group's memory.stat, or MW_UNKNOWN. */
static int64_t counted_in(const char *group, const char *key)
{
    FILE *f = open_in(group, "memory.stat");
    char line[256];
    int64_t value = MW_UNKNOWN;
    while (f && value == MW_UNKNOWN && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtoll(line + strlen(key), NULL, 10);
    if (f)
        fclose(f);
    return value;
}

/* CPU time of one group. */
static void look_at_cpu(const char *group, bool second, mw_cgroup *c)
{
    char line[64], period_line[64];
    double quota = 0, period = 0;
    if (second && mw_first_line(group, "cpu.max", line, sizeof line)) {
        sscanf(line, "%lf %lf", &quota, &period); /* "max 100000" has no quota */
    } else if (!second && mw_first_line(group, "cpu.cfs_quota_us", line, sizeof line) &&
               mw_first_line(group, "cpu.cfs_period_us", period_line, sizeof period_line)) {
        quota = strtod(line, NULL); /* -1 is none */
        period = strtod(period_line, NULL);
    } else {
        return;
    }
    if (!c->cpu_max[0])
        strcpy(c->cpu_max, "max");
    if (quota <= 0 || period <= 0 || (c->cpus > 0 && c->cpus <= quota / period))
        return;
    c->cpus = quota / period;
    snprintf(c->cpu_max, sizeof c->cpu_max, "%.0f %.0f", quota, period);
}

/* What is left below a limit. Pages of files are given back when memory gets tight. */
static int64_t left_of(int64_t limit, const char *group, const wording *w)
{
    char line[64];
    int64_t left = limit;
    if (mw_first_line(group, w->used, line, sizeof line))
        left -= strtoll(line, NULL, 10);
    for (int i = 0; i < 2; i++) {
        const int64_t pages = counted_in(group, w->pages[i]);
        left += pages == MW_UNKNOWN ? 0 : pages;
    }
    return left < 0 ? 0 : left > limit ? limit : left;
}

static void take_memory(int64_t limit, const char *group, const wording *w, mw_cgroup *c)
{
    if (limit <= 0 || limit >= INT64_MAX / 2) /* version 1 says "no limit" by the largest number of whole pages */
        return;
    if (c->memory == MW_UNKNOWN || limit < c->memory) {
        c->memory = limit;
        snprintf(c->memory_max, sizeof c->memory_max, "%lld", (long long)limit);
    }
    const int64_t left = left_of(limit, group, w);
    if (c->memory_left == MW_UNKNOWN || left < c->memory_left)
        c->memory_left = left;
}

/* Memory of one group. Version 1 also tells the tightest limit above it, be it where nothing else can be seen. */
static void look_at_memory(const char *group, bool second, mw_cgroup *c)
{
    const wording *w = second ? &version_2 : &version_1;
    char line[64];
    for (int i = 0; i < 2 && w->limits[i]; i++) {
        if (!mw_first_line(group, w->limits[i], line, sizeof line))
            continue;
        if (!c->memory_max[0])
            strcpy(c->memory_max, "max");
        take_memory(strtoll(line, NULL, 10), group, w, c); /* "max" is 0 here */
    }
    if (!second)
        take_memory(counted_in(group, "hierarchical_memory_limit "), group, w, c);
}

/* Whether a list like "cpu,cpuacct" holds `word`. */
static bool lists(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ',') && (p[n] == ',' || p[n] == '\0'))
            return true;
    return false;
}

/* Blanks in mountinfo are octal: "\040". In place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p; to++) {
        unsigned byte;
        if (sscanf(p, "\\%3o", &byte) == 1) {
            *to = (char)byte;
            p += 4;
        } else {
            *to = *p++;
        }
    }
    *to = '\0';
}

/* The part of `path` below `above`; NULL if it lies elsewhere. */
static const char *below(const char *path, const char *above)
{
    const size_t n = strcmp(above, "/") == 0 ? 0 : strlen(above);
    return strncmp(path, above, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

/* Whether a line of mountinfo is a mount of the hierarchy with `controller`, of version 2 if that is NULL. Cuts the
 * line up: `from` is the group that is mounted at `at`. */
static bool is_mount(char *line, const char *controller, char **from, char **at)
{
    char *fields[6], *rest = line, *type = strstr(line, " - ");
    if (!type)
        return false;
    *type = '\0';
    type += 3;
    for (int i = 0; i < 6; i++)
        if (!(fields[i] = strsep(&rest, " ")))
            return false;
    *from = fields[3];
    *at = fields[4];
    unescape(*from);
    unescape(*at);
    type[strcspn(type, "\n")] = '\0';
    rest = type;
    type = strsep(&rest, " ");
    strsep(&rest, " "); /* its source */
    if (!controller)
        return strcmp(type, "cgroup2") == 0;
    return strcmp(type, "cgroup") == 0 && rest && lists(rest, controller);
}

/* Finds our group in the mounted hierarchies: `folder` is its folder, and its first *top bytes are the mount point. A
 * mount that begins at another group is taken where there is no better one: a container may see its own group under
 * another name. */
static bool find_group(const char *root, const char *controller, const char *path, char *folder, size_t *top)
{
    char name[LONGEST], *line = NULL, *from, *at;
    size_t size = 0;
    bool found = false, sure = false;
    snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);
    FILE *f = fopen(name, "re");
    while (f && !sure && getline(&line, &size, f) > 0) {
        if (!is_mount(line, controller, &from, &at))
            continue;
        const char *rest = below(path, from);
        sure = rest != NULL;
        if (found && !sure)
            continue;
        found = snprintf(folder, LONGEST, "%s%s%s", root, at, sure && strcmp(rest, "/") != 0 ? rest : "") < LONGEST;
        *top = strlen(root) + strlen(at);
    }
    free(line);
    if (f)
        fclose(f);
    return found;
}

/* Looks at our group of one hierarchy and at all above it. */
static void look_up(const char *root, const char *controller, const char *path,
                    void look(const char *group, bool second, mw_cgroup *c), mw_cgroup *c)
{
    char folder[LONGEST];
    size_t top;
    if (strncmp(path, "/..", 3) == 0) /* outside of what this namespace shows: no group in sight is above ours */
        return;
    if (!find_group(root, controller, path, folder, &top))
        return;
    for (;;) {
        look(folder, controller == NULL, c);
        char *slash = strrchr(folder + top, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

mw_cgroup mw_cgroup_read(const char *root)
{
    mw_cgroup c = {.memory = MW_UNKNOWN, .memory_left = MW_UNKNOWN};
    char name[LONGEST], *line = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *f = fopen(name, "re");
    while (f && getline(&line, &size, f) > 0) {
        char *path = line, *number = strsep(&path, ":"), *controllers = strsep(&path, ":");
        if (!path)
            continue;
        path[strcspn(path, "\n")] = '\0';
        if (strcmp(number, "0") == 0 && !*controllers) {
            look_up(root, NULL, path, look_at_cpu, &c);
            look_up(root, NULL, path, look_at_memory, &c);
        }
        if (lists(controllers, "cpu"))
            look_up(root, "cpu", path, look_at_cpu, &c);
        if (lists(controllers, "memory"))
            look_up(root, "memory", path, look_at_memory, &c);
    }
    free(line);
    if (f)
        fclose(f);
    return c;
}
