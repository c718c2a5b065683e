#include "bench/cli/command.h"

#include "platform/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct selection {
    mw_variant *variants;
    int n;
} selection;

static void add(selection *s, mw_variant v)
{
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
        if ((*k)->op != MW_OP_GEMV || !mw_kernel_supported(*k) || (layout && (*k)->layout != layout->id))
            continue;
        for (int l = 0; l < MW_LOAD_COUNT; l++)
            if ((load < 0 || load == l) && mw_load_possible(mw_layout_of((*k)->layout), (mw_load)l))
                add(s, mw_variant_of(*k, (mw_load)l));
    }
}

/* The kernel that stands for the paper's work on a layout. */
static const mw_kernel *neon_of(mw_layout_id layout)
{
    static const char *const names[] = {"tvl16_neon", "neon"};
    const mw_kernel *k;
    for (int i = 0; i < 2; i++)
        if (mw_kernel_find(MW_OP_GEMV, names[i], &k, NULL) == 0 && k->layout == layout)
            return k;
    return NULL;
}

/* A kernel with a load, or (-1) with the usual one of its layout. */
static mw_variant variant_of(const mw_kernel *k, int load)
{
    return mw_variant_of(k, load >= 0 ? (mw_load)load : mw_load_default(mw_layout_of(k->layout)));
}

static void add_best_native(selection *s, int load)
{
    const mw_kernel *best = NULL;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if (*k == mw_kernel_best((*k)->layout, true))
            best = *k; /* the list runs from plain to best */
    if (best)
        add(s, variant_of(best, load));
}

/* The best of layout tvl; where no kernel of it is native, one that is not. */
static void add_best_tvl(selection *s, int load)
{
    const mw_kernel *native = mw_kernel_best(MW_LAYOUT_TVL16, true), *any = mw_kernel_best(MW_LAYOUT_TVL16, false);
    if (native || any)
        add(s, variant_of(native ? native : any, load));
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

static int select_list(selection *s, const char *list, int load, mw_error *err)
{
    char item[80];
    while (mw_cli_item(&list, item, sizeof item)) {
        mw_variant v;
        if (strcmp(item, "all") == 0) {
            add_all(s, NULL, load);
        } else if (strcmp(item, "native") == 0) {
            add_best_native(s, load);
        } else if (strcmp(item, "native-tvl") == 0) {
            add_best_tvl(s, load);
        } else if (strcmp(item, "paper") == 0) {
            mw_variant paper[4];
            int n = mw_variants_paper(paper);
            for (int i = 0; i < n; i++)
                add(s, load < 0 ? paper[i] : mw_variant_of(paper[i].gemv, (mw_load)load));
        } else {
            int rc = mw_variant_parse(item, &v, err);
            if (rc)
                return rc;
            add(s, load < 0 ? v : mw_variant_of(v.gemv, (mw_load)load));
        }
    }
    return 0;
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
        rc = mw_kernel_find(MW_OP_GEMV, o->kernel, &k, err);
        if (!rc && layout && k->layout != layout->id)
            rc = mw_fail(err, -EINVAL, "kernel %s reads layout %s, not %s", k->name, mw_layout_of(k->layout)->name,
                         o->layout);
        if (!rc)
            add(s, variant_of(k, one_load));
        return rc;
    }
    if (!layout) { /* --kernel=auto alone */
        add_best_native(s, one_load);
        return 0;
    }
    const mw_kernel *best = mw_kernel_best(layout->id, false), *neon = neon_of(layout->id);
    if (!best)
        return mw_fail(err, -ENOTSUP, "this CPU runs no kernel of layout %s; see --list", layout->name);
    if (neon)
        add(s, variant_of(neon, one_load));
    add(s, variant_of(best, one_load));
    return 0;
}

int mw_select(const mw_options *o, mw_variant variants[MW_MAX_VARIANTS], mw_error *err)
{
    selection s = {.variants = variants};
    int load = -1, rc = 0;
    if (o->load) {
        mw_load which;
        rc = mw_load_parse(o->load, &which, err);
        load = (int)which;
    }
    if (rc)
        return rc;
    if (o->layout || o->kernel) {
        rc = select_kernels(&s, o, load, err);
    } else {
        const char *usual = o->suite->variants ? o->suite->variants : "paper,native";
        rc = select_list(&s, o->variant ? o->variant : usual, load, err);
    }
    for (int i = 0; i < s.n && !rc; i++)
        if (!mw_load_possible(s.variants[i].layout, s.variants[i].load))
            rc = mw_fail(err, -ENOTSUP,
                         "a model in layout %s cannot be loaded by %s: no file has that layout; use "
                         "--load=heap",
                         s.variants[i].layout->name, mw_load_name(s.variants[i].load));
    if (!rc && s.n == 0)
        rc = mw_fail(err, -ENOTSUP, "this CPU can run none of the variants asked for; see --list");
    return rc ? rc : s.n;
}
