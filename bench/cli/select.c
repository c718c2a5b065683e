#include "bench/cli/command.h"

#include "bench/run/outside.h"
#include "platform/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct selection {
    mw_variant *variants;
    int n;
    mw_dtype dtype; /* of the kernels that are being selected */
    int placement;  /* of all variants; -1: their own */
} selection;

static void add(selection *s, mw_variant v)
{
    if (s->placement >= 0)
        v = mw_variant_placed(v.gemv, v.load, (mw_placement)s->placement);
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->variants[i].name, v.name) == 0)
            return;
    if (s->n < MW_MAX_VARIANTS)
        s->variants[s->n++] = v;
}

/* Every supported GEMV kernel, of one layout or (NULL) of all, with one load or (-1) every possible one. */
static void add_all(selection *s, const mw_layout *layout, int load)
{
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->dtype != s->dtype || !mw_kernel_supported(*k) ||
            (layout && (*k)->layout != layout->id))
            continue;
        for (int l = 0; l < MW_LOAD_COUNT; l++)
            if ((load < 0 || load == l) && mw_load_possible(mw_layout_of((*k)->layout), (mw_load)l))
                add(s, mw_variant_of(*k, (mw_load)l));
    }
}

/* The kernel that stands for the paper's work on a layout. */
static const mw_kernel *neon_of(mw_dtype dtype, mw_layout_id layout)
{
    static const char *const names[] = {"tvl16_neon", "neon"};
    const mw_kernel *k;
    for (int i = 0; i < 2; i++)
        if (mw_kernel_find(MW_OP_GEMV, dtype, names[i], &k, NULL) == 0 && k->layout == layout)
            return k;
    return NULL;
}

/* A kernel, if there is one, with a load, or (-1) with the usual one of its layout. */
static void add_kernel(selection *s, const mw_kernel *k, int load)
{
    if (k)
        add(s, mw_variant_of(k, load >= 0 ? (mw_load)load : mw_load_default(mw_layout_of(k->layout))));
}

/* A variant, or (unless -1) its kernel with another load. */
static void add_variant(selection *s, mw_variant v, int load)
{
    add(s, load < 0 ? v : mw_variant_placed(v.gemv, (mw_load)load, v.placement));
}

static const mw_kernel *best_native(mw_dtype dtype)
{
    const mw_kernel *best = NULL;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->dtype == dtype && *k == mw_kernel_best(dtype, (*k)->layout, true))
            best = *k; /* the list runs from plain to best */
    return best;
}

/* The best of layout tvl; where no kernel of it is native, one that is not. */
static const mw_kernel *best_tvl(mw_dtype dtype)
{
    const mw_kernel *native = mw_kernel_best(dtype, MW_LAYOUT_TVL16, true);
    return native ? native : mw_kernel_best(dtype, MW_LAYOUT_TVL16, false);
}

static int find_layout(const char *name, const mw_layout **out, mw_error *err)
{
    char names[128] = "mmap";
    for (const mw_layout *const *l = mw_layouts; *l; l++) {
        if (strcmp(name, (*l)->name) == 0) {
            *out = *l;
            return 0;
        }
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, ", %s", (*l)->name);
    }
    return mw_fail(err, -ENOENT, "no layout is called '%.32s'; choose one of: %s", name, names);
}

/* One word of --variant: a list by name, or a variant. */
static int select_word(selection *s, const char *word, int load, mw_error *err)
{
    mw_variant v[4];
    int n = 0, rc = 0;
    if (strcmp(word, "all") == 0)
        add_all(s, NULL, load);
    else if (strcmp(word, "native") == 0)
        add_kernel(s, best_native(s->dtype), load);
    else if (strcmp(word, "native-tvl") == 0)
        add_kernel(s, best_tvl(s->dtype), load);
    else if (strcmp(word, "paper") == 0)
        n = mw_variants_paper(s->dtype, v);
    else if ((rc = mw_variant_parse(word, s->dtype, v, err)) == 0)
        n = 1;
    for (int i = 0; i < n; i++)
        add_variant(s, v[i], load);
    return rc;
}

static int select_list(selection *s, const char *list, int load, mw_error *err)
{
    const mw_dtype dtype = s->dtype;
    char item[80];
    int rc = 0;
    while (!rc && mw_cli_item(&list, item, sizeof item)) {
        char *at = strchr(item, '@');
        if (at) { /* a dtype of its own */
            *at = '\0';
            rc = mw_variant_dtype(at + 1, &s->dtype, err);
        }
        if (!rc)
            rc = select_word(s, item, load, err);
        s->dtype = dtype;
    }
    return rc;
}

/* Whether a kernel is of the layout that was asked for, if one was. */
static int check_layout(const mw_kernel *k, const mw_layout *layout, mw_error *err)
{
    return !layout || k->layout == layout->id ? 0
                                              : mw_fail(err, -EINVAL, "kernel %s reads layout %s, not %s", k->name,
                                                        mw_layout_of(k->layout)->name, layout->name);
}

/* One word of --kernel that is no file; NULL: --layout alone. */
static int select_kernel(selection *s, const char *word, const mw_layout *layout, int load, mw_error *err)
{
    if (word && strcmp(word, "all") == 0) {
        for (const mw_layout *const *l = mw_layouts; *l; l++)
            if (!layout || layout == *l)
                add_all(s, *l, load >= 0 ? load : (int)mw_load_default(*l));
        return 0;
    }
    if (word && strcmp(word, "auto") != 0) {
        const mw_kernel *k;
        int rc = mw_kernel_find(MW_OP_GEMV, s->dtype, word, &k, err);
        if (!rc)
            rc = check_layout(k, layout, err);
        if (!rc)
            add_kernel(s, k, load);
        return rc;
    }
    const mw_kernel *best =
        layout ? mw_kernel_best(s->dtype, layout->id, false) : best_native(s->dtype); /* --kernel=auto alone */
    if (layout && !best)
        return mw_fail(err, -ENOTSUP, "this CPU runs no %s kernel of layout %s; see --list", mw_dtypes[s->dtype].name,
                       layout->name);
    if (layout)
        add_kernel(s, neon_of(s->dtype, layout->id), load);
    add_kernel(s, best, load);
    return 0;
}

/* --layout, and words of --kernel that are no files, for one dtype. */
static int select_kernels(selection *s, const mw_options *o, const mw_layout *layout, int load, mw_error *err)
{
    int rc = o->n_kernels == 0 ? select_kernel(s, NULL, layout, load, err) : 0;
    for (int i = 0; i < o->n_kernels && !rc; i++)
        if (!mw_outside_is_file(o->kernels[i]))
            rc = select_kernel(s, o->kernels[i], layout, load, err);
    return rc;
}

static bool wants(const mw_options *o, mw_dtype dtype)
{
    for (int d = 0; d < o->n_dtypes; d++)
        if (o->dtypes[d] == dtype)
            return true;
    return o->n_dtypes == 0;
}

/* The kernels of files that were not refused, of the dtypes and the layout asked for, if any were. */
static int select_files(selection *s, const mw_options *o, const mw_layout *layout, int load, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < o->n_kernels && !rc; i++) {
        size_t n = 0;
        const mw_kernel *const *k = mw_outside_is_file(o->kernels[i]) ? mw_outside_kernels(o->kernels[i], &n) : NULL;
        bool any = n == 0;
        for (size_t j = 0; j < n && !rc; j++) {
            const bool wanted = k[j] && wants(o, k[j]->dtype);
            any |= wanted || !k[j];
            rc = wanted ? check_layout(k[j], layout, err) : 0;
            if (wanted && !rc)
                add_kernel(s, k[j], load);
        }
        if (!rc && !any)
            rc = mw_fail(err, -EINVAL, "--dtype: %s has no kernel of these dtypes", o->kernels[i]);
    }
    return rc;
}

/* --layout, where "mmap" is rowmajor with that load; NULL without one. */
static int take_layout(const mw_options *o, const mw_layout **layout, int *load, mw_error *err)
{
    const bool mmap = o->layout && strcmp(o->layout, "mmap") == 0;
    *layout = NULL;
    int rc = o->layout ? find_layout(mmap ? "rowmajor" : o->layout, layout, err) : 0;
    if (!rc && mmap && *load == MW_LOAD_HEAP)
        rc = mw_fail(err, -EINVAL, "--layout=mmap is row-major with load mmap; for the heap use --layout=rowmajor");
    if (mmap && *load < 0)
        *load = MW_LOAD_MMAP;
    return rc;
}

int mw_select(const mw_options *o, mw_variant variants[MW_MAX_VARIANTS], mw_error *err)
{
    selection s = {.variants = variants};
    const char *usual = o->suite->variants ? o->suite->variants : "paper,native";
    mw_load which;
    int rc = o->load ? mw_load_parse(o->load, &which, err) : 0;
    if (rc)
        return rc;
    int load = o->load ? (int)which : -1;
    const mw_layout *layout;
    bool names = false; /* of kernels */
    rc = take_layout(o, &layout, &load, err);
    for (int i = 0; i < o->n_kernels; i++)
        names |= !mw_outside_is_file(o->kernels[i]);
    const mw_dtype own = o->model && o->n_dtypes == 0 ? mw_model_dtype_of(o->model) : MW_F32;
    const int n_dtypes = o->n_dtypes ? o->n_dtypes : 1, n_placements = o->n_placements ? o->n_placements : 1;
    for (int i = 0; !rc && i < n_dtypes * n_placements; i++) {
        s.dtype = o->n_dtypes ? o->dtypes[i / n_placements] : own;
        s.placement = o->n_placements ? (int)o->placements[i % n_placements] : -1;
        if (names || (o->layout && o->n_kernels == 0))
            rc = select_kernels(&s, o, layout, load, err);
        else if (o->variant || o->n_kernels == 0)
            rc = select_list(&s, o->variant ? o->variant : usual, load, err);
        if (!rc && i < n_placements) /* files have dtypes of their own */
            rc = select_files(&s, o, layout, load, err);
    }
    for (int i = 0; i < s.n && !rc; i++) {
        if (!mw_load_possible(s.variants[i].layout, s.variants[i].load))
            rc = mw_fail(err, -ENOTSUP,
                         "a model in layout %s cannot be loaded by %s: no file has that layout; use "
                         "--load=heap",
                         s.variants[i].layout->name, mw_load_name(s.variants[i].load));
        else
            rc = mw_placement_check(s.variants[i].placement, s.variants[i].load, err);
    }
    if (!rc && s.n == 0 && o->n_kernels > 0 && !names)
        rc = mw_fail(err, -EDOM, "no kernel of the files of --kernel is left to measure");
    if (!rc && s.n == 0)
        rc = mw_fail(err, -ENOTSUP, "this CPU can run none of the variants asked for; see --list");
    return rc ? rc : s.n;
}
