/* Which shapes this machine can hold, and their files. */
#include "bench/growth/growth.h"
#include "bench/run/plan.h"
#include "bench/units/unit.h"
#include "engine/cache.h"
#include "engine/synthetic.h"
#include "layouts/tvl.h"
#include "platform/cli.h"
#include "platform/os.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Left free on the disk of the cache folder. */
static const uint64_t DISK_RESERVE = 1ull << 30;

/* Bytes that a process moves with its steady tokens, about: enough to be some seconds' work on any machine. */
static const uint64_t MOVED = 32ull << 30;

enum { LEAST_PARAMETERS = 15000000 }; /* of a shape that nobody has to ask for */

/* Of the .tvl files: the dtype of --dtype, or the first of them. */
static mw_dtype dtype_of(const mw_options *o)
{
    return o->n_dtypes > 0 ? o->dtypes[0] : MW_F32;
}

static uint64_t file_bytes(const mw_config *c, mw_dtype dtype)
{
    mw_tensor *table = calloc(mw_tensor_count(c), sizeof *table);
    if (!table)
        return UINT64_MAX;
    mw_tensor_table(c, table);
    for (size_t i = 0; i < mw_tensor_count(c); i++)
        table[i].dtype = mw_tensor_dtype(&table[i], dtype);
    const uint64_t bytes = mw_tvl_bytes(table, mw_tensor_count(c));
    free(table);
    return bytes;
}

uint64_t mw_growth_tokens(const mw_options *o, const mw_config *c)
{
    const uint64_t blocks = MOVED / mw_model_token_cost(c, dtype_of(o), 0).weight_bytes / MW_BLOCK_TOKENS;
    const uint64_t steady = (blocks > 0 ? blocks : 1) * MW_BLOCK_TOKENS;
    return o->tokens > MW_WARMUP_TOKENS + steady ? MW_WARMUP_TOKENS + steady : o->tokens;
}

/* Whether --shapes names it; without that, whether it is large enough. */
static bool asked_for(const mw_options *o, const mw_growth_shape *g)
{
    const char *list = *(const char *const *)o->own;
    char item[64];
    if (!list)
        return mw_model_parameters(&g->config) >= LEAST_PARAMETERS;
    while (mw_cli_item(&list, item, sizeof item))
        if (strcmp(item, g->name) == 0)
            return true;
    return false;
}

/* Whether the disk has room for the file; -ENOSPC. */
static int check_disk(const mw_growth_shape *g, mw_error *why)
{
    char folder[512];
    const char *slash = strrchr(g->path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - g->path) : (int)sizeof folder, g->path);
    if (mw_make_folders(folder, NULL))
        return 0; /* making the file will say why not */
    const int64_t space = mw_disk_free(folder);
    if (space == MW_UNKNOWN || g->file_bytes + DISK_RESERVE <= (uint64_t)space)
        return 0;
    return mw_fail(why, -ENOSPC,
                   "its file of %.1f GiB would leave less than 1 GiB of the %.1f GiB that are free in the cache folder "
                   "(MEMWALL_CACHE)",
                   (double)g->file_bytes / 0x1p30, (double)space / 0x1p30);
}

/* 1 if the shape is ready to be decoded, 0 if it is left out. */
static int prepare(mw_session *s, mw_growth_shape *g, mw_error *why, mw_error *err)
{
    mw_error reason;
    bool there;
    int rc = mw_synthetic_find(g->name, true, dtype_of(s->options), g->path, sizeof g->path, &there, err);
    if (rc)
        return rc;
    /* the other half of the memory is for whatever else runs, and for the arenas of the decoders */
    rc = mw_plan_memory("its weights need", (double)g->file_bytes, 0.5, &reason);
    if (!rc && !there)
        rc = check_disk(g, &reason);
    if (!rc && !there) {
        rc = mw_synthetic_make(g->name, true, dtype_of(s->options), mw_progress_bytes, &s->progress, g->path,
                               sizeof g->path, &reason);
        g->made = rc == 0;
    }
    if (rc == -EINTR)
        return mw_fail(err, rc, "%s", reason.text);
    if (rc) {
        mw_fail(why, rc, "%s is left out: %s", g->name, reason.text);
        mw_session_warn(s, "%s", why->text);
    }
    return rc == 0;
}

int mw_growth_prepare(mw_session *s, mw_growth_shape shapes[MW_GROWTH_MOST], int *n, mw_error *err)
{
    mw_error why = {"--shapes names none"};
    *n = 0;
    for (int i = 0; mw_synthetic_name(i) && *n < MW_GROWTH_MOST; i++) {
        mw_growth_shape *g = &shapes[*n];
        *g = (mw_growth_shape){.name = mw_synthetic_name(i)};
        int rc = mw_synthetic_config(g->name, &g->config, err);
        if (!rc && !asked_for(s->options, g))
            continue;
        g->file_bytes = file_bytes(&g->config, dtype_of(s->options));
        if (!rc)
            rc = prepare(s, g, &why, err);
        if (rc < 0)
            return rc;
        *n += rc;
    }
    return *n > 0 ? 0 : mw_fail(err, -ENOMEM, "no shape can be measured here: %s", why.text);
}
