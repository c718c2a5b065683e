#include "engine/variant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *kernel;
    mw_load load;
} paper[] = {
    {"scalar", "scalar", MW_LOAD_HEAP},
    {"neon", "neon", MW_LOAD_HEAP},
    {"mmap", "neon", MW_LOAD_MMAP},
    {"tvl", "tvl16_neon", MW_LOAD_MMAP},
};

enum { PAPER = sizeof paper / sizeof paper[0] };

mw_variant mw_variant_of(const mw_kernel *gemv, mw_load load)
{
    return mw_variant_placed(gemv, load, MW_PLACE_DEFAULT);
}

mw_variant mw_variant_placed(const mw_kernel *gemv, mw_load load, mw_placement placement)
{
    mw_variant v = {.gemv = gemv, .layout = mw_layout_of(gemv->layout), .load = load, .placement = placement};
    const char *dtype = mw_dtypes[gemv->dtype].suffix;
    const bool placed = placement != MW_PLACE_DEFAULT;
    snprintf(v.name, sizeof v.name, "%s/%s/%s%s%s%s", gemv->name, v.layout->name, mw_load_name(load), placed ? "/" : "",
             placed ? mw_placement_name(placement) : "", dtype);
    for (int i = 0; i < PAPER && !placed; i++)
        if (strcmp(paper[i].kernel, gemv->name) == 0 && paper[i].load == load)
            snprintf(v.name, sizeof v.name, "%s%s", paper[i].name, dtype);
    return v;
}

int mw_variant_dtype(const char *name, mw_dtype *dtype, mw_error *err)
{
    if (mw_dtype_named(name, dtype))
        return 0;
    char names[128] = "";
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", mw_dtypes[d].name);
    }
    return mw_fail(err, -ENOENT, "no dtype is called '%.32s'; choose one of: %s", name, names);
}

int mw_load_parse(const char *name, mw_load *load, mw_error *err)
{
    for (int i = 0; i < MW_LOAD_COUNT; i++)
        if (strcmp(name, mw_load_name((mw_load)i)) == 0) {
            *load = (mw_load)i;
            return 0;
        }
    char names[128] = "";
    for (int i = 0; i < MW_LOAD_COUNT; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", mw_load_name((mw_load)i));
    }
    return mw_fail(err, -ENOENT, "no load strategy is called '%.32s'; choose one of: %s", name, names);
}

int mw_placement_parse(const char *name, mw_placement *placement, mw_error *err)
{
    char names[96] = "";
    for (int i = 0; i < MW_PLACEMENT_COUNT; i++) {
        const char *one = mw_placement_name((mw_placement)i);
        size_t n = strlen(names);
        *placement = (mw_placement)i;
        if (strcmp(name, one) == 0)
            return 0;
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", one);
    }
    return mw_fail(err, -ENOENT, "no placement is called '%.32s'; choose one of: %s", name, names);
}

bool mw_load_possible(const mw_layout *layout, mw_load load)
{
    return !mw_load_maps(load) || layout->id == MW_LAYOUT_ROWMAJOR || layout->id == MW_LAYOUT_TVL16;
}

mw_load mw_load_default(const mw_layout *layout)
{
    return layout->id == MW_LAYOUT_TVL16 ? MW_LOAD_MMAP : MW_LOAD_HEAP;
}

int mw_variant_parse(const char *whole, mw_dtype dtype, mw_variant *variant, mw_error *err)
{
    char text[96];
    snprintf(text, sizeof text, "%s", whole);
    char *at = strchr(text, '@');
    if (at) {
        *at = '\0';
        int rc = mw_variant_dtype(at + 1, &dtype, err);
        if (rc)
            return rc;
    }
    for (int i = 0; i < PAPER; i++)
        if (strcmp(text, paper[i].name) == 0) {
            const mw_kernel *gemv;
            int rc = mw_kernel_find(MW_OP_GEMV, dtype, paper[i].kernel, &gemv, err);
            if (!rc)
                *variant = mw_variant_of(gemv, paper[i].load);
            return rc;
        }
    char kernel[64] = "", layout[64] = "", load[64] = "", place[64] = "", more[2] = "";
    const mw_kernel *gemv;
    if (sscanf(text, "%63[^/]/%63[^/]/%63[^/]/%63[^/]%1s", kernel, layout, load, place, more) < 1 || more[0])
        return mw_fail(err, -EINVAL,
                       "'%.64s' is not a variant; write paper, all, scalar, neon, mmap, tvl or "
                       "kernel/layout/load",
                       whole);
    int rc = mw_kernel_find(MW_OP_GEMV, dtype, kernel, &gemv, err);
    if (rc)
        return rc;
    mw_load how = mw_load_default(mw_layout_of(gemv->layout));
    mw_placement where = MW_PLACE_DEFAULT;
    if (load[0])
        rc = mw_load_parse(load, &how, err);
    if (!rc && place[0])
        rc = mw_placement_parse(place, &where, err);
    if (!rc)
        rc = mw_placement_check(where, how, err);
    if (rc)
        return rc;
    *variant = mw_variant_placed(gemv, how, where);
    if (layout[0] && strcmp(layout, variant->layout->name) != 0)
        return mw_fail(err, -EINVAL, "kernel %s reads layout %s, not '%.32s'", kernel, variant->layout->name, layout);
    if (!mw_load_possible(variant->layout, how))
        return mw_fail(err, -ENOTSUP, "a model in layout %s cannot be loaded by %s: no file has that layout; use heap",
                       variant->layout->name, load);
    return 0;
}

int mw_variants_paper(mw_dtype dtype, mw_variant variants[4])
{
    int n = 0;
    for (int i = 0; i < PAPER; i++)
        n += mw_variant_parse(paper[i].name, dtype, &variants[n], NULL) == 0;
    return n;
}
