#include "engine/offer_models.h"

#include "engine/cache.h"
#include "engine/synthetic.h"
#include "engine/variant.h"
#include "platform/cli_complete.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

void mw_offer_dtypes(const mw_cli_offers *to)
{
    for (int i = 0; i < MW_DTYPE_COUNT; i++)
        mw_cli_offer(to, mw_dtypes[i].name, NULL);
}

void mw_offer_shapes(const mw_cli_offers *to)
{
    for (int i = 0; mw_synthetic_name(i); i++)
        mw_cli_offer(to, mw_synthetic_name(i), NULL);
}

/* "synthetic:SHAPE", or once an @ has been typed, each recipe of that shape. */
static void offer_synthetic(const mw_cli_offers *to, const char *shape)
{
    char name[96];
    const int n = snprintf(name, sizeof name, MW_SYNTHETIC "%s", shape);
    if (strncmp(to->typed, name, (size_t)n) != 0 || to->typed[n] != '@') {
        mw_cli_offer(to, name, NULL);
        return;
    }
    for (int i = 0; mw_recipe_name(i); i++) {
        snprintf(name + n, sizeof name - (size_t)n, "@%s", mw_recipe_name(i));
        mw_cli_offer(to, name, NULL);
    }
}

/* Some shapes are in both lists. */
static bool is_checkpoint(const char *shape)
{
    int i = 0;
    while (mw_synthetic_name(i) && strcmp(mw_synthetic_name(i), shape) != 0)
        i++;
    return mw_synthetic_name(i);
}

/* Names in the cache folder; a checkpoint's ending may be left out. Copies that memwall made itself are not offered. */
static void offer_cached(const mw_cli_offers *to)
{
    char folder[512];
    DIR *d = mw_cache_path("", folder, sizeof folder, NULL) == 0 ? opendir(folder) : NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        char *dot = strrchr(e->d_name, '.');
        const bool bin = dot && strcmp(dot, ".bin") == 0;
        if (bin)
            *dot = '\0';
        if (strncmp(e->d_name, "synthetic-", strlen("synthetic-")) != 0 && (bin || (dot && strcmp(dot, ".gguf") == 0)))
            mw_cli_offer(to, e->d_name, "in the cache folder");
    }
    if (d)
        closedir(d);
}

void mw_offer_models(const mw_cli_offers *to)
{
    for (int i = 0; mw_synthetic_name(i); i++)
        offer_synthetic(to, mw_synthetic_name(i));
    for (int i = 0; mw_synthetic_model_name(i); i++)
        if (!is_checkpoint(mw_synthetic_model_name(i)))
            offer_synthetic(to, mw_synthetic_model_name(i));
    if (!strchr(to->typed, '/'))
        offer_cached(to);
    mw_cli_offer_files(to);
}

bool mw_kernel_offered(const mw_kernel *k)
{
    return k->op == MW_OP_GEMV && mw_kernel_supported(k);
}

void mw_offer_variants(const mw_cli_offers *to)
{
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        for (int load = 0; mw_kernel_offered(*k) && load < MW_LOAD_COUNT; load++)
            if (mw_load_possible(mw_layout_of((*k)->layout), (mw_load)load))
                mw_cli_offer(to, mw_variant_of(*k, (mw_load)load).name, (*k)->description);
}
