#include "bench/cli/command.h"

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

/* --layout and --kernel, either of them or both. */
static int select_kernels(selection *s, const mw_options *o, int load, mw_error *err)
{
    const mw_layout *layout = NULL;
    bool mmap = o->layout && strcmp(o->layout, "mmap") == 0;
    int rc = mmap ? find_layout("rowmajor", &layout, err) : o->layout ? find_layout(o->layout, &layout, err) : 0;
    if (rc)
        return rc;
    if (mmap && load == MW_LOAD_HEAP)
        return mw_fail(err, -EINVAL, "--layout=mmap is row-major with load mmap; for the heap use --layout=rowmajor");
    int one_load = load >= 0 ? load : mmap ? MW_LOAD_MMAP : -1;
    if (o->kernel && strcmp(o->kernel, "all") == 0) {
        for (const mw_layout *const *l = mw_layouts; *l; l++)
            if (!layout || layout == *l)
                add_all(s, *l, one_load >= 0 ? one_load : (int)mw_load_default(*l));
        return 0;
    }
    if (o->kernel && strcmp(o->kernel, "auto") != 0) {
        const mw_kernel *k;
        rc = mw_kernel_find(MW_OP_GEMV, s->dtype, o->kernel, &k, err);
        if (!rc && layout && k->layout != layout->id)
            rc = mw_fail(err, -EINVAL, "kernel %s reads layout %s, not %s", k->name, mw_layout_of(k->layout)->name,
                         o->layout);
        if (!rc)
            add_kernel(s, k, one_load);
        return rc;
    }
    const mw_kernel *best =
        layout ? mw_kernel_best(s->dtype, layout->id, false) : best_native(s->dtype); /* --kernel=auto alone */
    if (layout && !best)
        return mw_fail(err, -ENOTSUP, "this CPU runs no %s kernel of layout %s; see --list", mw_dtypes[s->dtype].name,
                       layout->name);
    if (layout)
        add_kernel(s, neon_of(s->dtype, layout->id), one_load);
    add_kernel(s, best, one_load);
    return 0;
}

int mw_select(const mw_options *o, mw_variant variants[MW_MAX_VARIANTS], mw_error *err)
{
    selection s = {.variants = variants};
    const char *usual = o->suite->variants ? o->suite->variants : "paper,native";
    mw_load which;
    int rc = o->load ? mw_load_parse(o->load, &which, err) : 0;
    if (rc)
        return rc;
    const int load = o->load ? (int)which : -1;
    const mw_dtype own = o->model && o->n_dtypes == 0 ? mw_model_dtype_of(o->model) : MW_F32;
    const int n_dtypes = o->n_dtypes ? o->n_dtypes : 1, n_placements = o->n_placements ? o->n_placements : 1;
    for (int i = 0; !rc && i < n_dtypes * n_placements; i++) {
        s.dtype = o->n_dtypes ? o->dtypes[i / n_placements] : own;
        s.placement = o->n_placements ? (int)o->placements[i % n_placements] : -1;
        if (o->layout || o->kernel)
            rc = select_kernels(&s, o, load, err);
        else
            rc = select_list(&s, o->variant ? o->variant : usual, load, err);
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
    if (!rc && s.n == 0)
        rc = mw_fail(err, -ENOTSUP, "this CPU can run none of the variants asked for; see --list");
    return rc ? rc : s.n;
}
