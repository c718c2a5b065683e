#include "bench/run/options.h"

#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int mw_numbers_parse(const char *option, const char *list, uint64_t least, uint64_t most, mw_numbers *to, mw_error *err)
{
    char item[32];
    to->n = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t number;
        int rc = mw_cli_integer(option, item, least, most, &number, err);
        if (!rc && to->n == MW_MAX_NUMBERS)
            rc = mw_fail(err, -EINVAL, "--%s: more than %d numbers", option, MW_MAX_NUMBERS);
        if (rc)
            return rc;
        to->of[to->n++] = (size_t)number;
    }
    return 0;
}

/* --- --cache --- */

enum { MOST_WAYS = 1 << 16, LEAST_LINE = 16, MOST_LINE = 1024 };

typedef struct caches {
    bool given[MW_CACHE_LEVELS + 1]; /* by level */
    mw_cache_info info[MW_CACHE_LEVELS + 1];
} caches;

/* "64K": bytes, or 0 for anything that is no size of a cache. */
static uint64_t size_of(const char *text)
{
    static const char units[] = "KMG";
    char digits[16];
    const size_t n = strlen(text);
    const char *unit = n > 0 ? strchr(units, text[n - 1]) : NULL;
    const uint64_t one = unit ? UINT64_C(1) << (10 * (unit - units + 1)) : 1, most = UINT64_C(1) << 40;
    uint64_t bytes;
    if (n >= sizeof digits)
        return 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(unit ? n - 1 : n), text);
    return mw_cli_integer("cache", digits, 1, most / one, &bytes, NULL) ? 0 : bytes * one;
}

static int level_of(const char *name, const mw_topology *t, const caches *c)
{
    mw_cache_info l4;
    if (strcmp(name, "LLC") == 0)
        return c->given[4] || mw_topology_cache(t, 4, &l4) ? 4 : 3;
    if (name[0] == 'L' && name[1] >= '1' && name[1] <= '0' + MW_CACHE_LEVELS && !name[2])
        return name[1] - '0';
    return 0;
}

/* "L1:64K:8:64" */
static int parse_item(char *item, const mw_topology *t, caches *c, mw_error *err)
{
    const char *name = strsep(&item, ":"), *size = strsep(&item, ":"), *ways = strsep(&item, ":"),
               *line = strsep(&item, ":");
    int level = level_of(name, t, c), rc = 0;
    if (!level)
        return mw_fail(err, -EINVAL, "--cache: '%.32s' is not a cache level; choose L1, L2, L3, L4 or LLC", name);
    if (c->given[level])
        return mw_fail(err, -EINVAL, "--cache: level %d is given twice", level);
    if (!size || item)
        return mw_fail(err, -EINVAL, "--cache: %s needs a size, and then at most ways and a line: %s:32M:16:64", name,
                       name);
    mw_cache_info *info = &c->info[level];
    mw_topology_cache(t, level, info);
    uint64_t bytes = size_of(size), n = 0;
    if (bytes == 0)
        return mw_fail(err, -EINVAL, "--cache: '%.32s' is not a size from 1 to 1024G; give bytes or K, M, G: 64K",
                       size);
    info->bytes = (int64_t)bytes;
    if (ways && (rc = mw_cli_integer("cache: ways", ways, 1, MOST_WAYS, &n, err)) == 0)
        info->ways = (int64_t)n;
    if (!rc && line && (rc = mw_cli_integer("cache: line", line, LEAST_LINE, MOST_LINE, &n, err)) == 0)
        info->line_bytes = (int64_t)n;
    if (rc)
        return rc;
    if (line && (n & (n - 1)))
        return mw_fail(err, -EINVAL, "--cache: a line of %s bytes is not a power of two", line);
    if (info->ways > 0 && info->line_bytes > 0 && info->bytes % (info->ways * info->line_bytes) != 0)
        return mw_fail(err, -EINVAL, "--cache: %s of %lld bytes cannot be cut into %lld ways of %lld-byte lines", name,
                       (long long)info->bytes, (long long)info->ways, (long long)info->line_bytes);
    c->given[level] = true;
    return 0;
}

int mw_cache_option_parse(const char *text, mw_topology *topology, mw_error *err)
{
    caches c = {0};
    char item[64];
    while (mw_cli_item(&text, item, sizeof item)) {
        int rc = parse_item(item, topology, &c, err);
        if (rc)
            return rc;
    }
    for (int level = 1; level <= MW_CACHE_LEVELS; level++)
        if (c.given[level])
            mw_topology_override_cache(topology, level, &c.info[level]);
    return 0;
}
