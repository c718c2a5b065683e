#include "kernels/exports.h"

#include "kernels/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 40, DESCRIPTION = 120, ORIGIN = 80, MOST_COL_MULTIPLE = 4096, MOST_ERR_SCALE = 64, ROW_SPLIT = 16 };

/* The kernels and their texts. */
static struct {
    mw_kernel kernel;
    char name[NAME + 1], description[DESCRIPTION + 1], label[NAME + ORIGIN + 4], isa_name[64];
} added[MW_MOST_OUTSIDE];
static size_t n_added;

/* --- one descriptor --- */

static bool good_name(const char *name)
{
    const size_t n = name ? strnlen(name, NAME + 1) : 0;
    return n > 0 && n <= NAME && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == n;
}

bool mw_kernel_name_taken(const char *name, mw_dtype dtype)
{
    static const char *const words[] = {"all", "auto", "paper", "native", "mmap", "tvl"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == MW_OP_GEMV && (*k)->dtype == dtype && strcmp((*k)->name, name) == 0)
            return true;
    return false;
}

static bool power_of_two(uint32_t x)
{
    return x > 0 && (x & (x - 1)) == 0;
}

/* The first field with a value that it cannot have; NULL: all are good. */
static const char *bad_field(const mw_kernel_export *k)
{
    if (k->op != MW_OP_GEMV)
        return "op: only MW_OP_GEMV can come from outside";
    if (k->dtype >= MW_DTYPE_COUNT)
        return "dtype";
    if (k->layout >= MW_LAYOUT_COUNT || (k->layout > MW_LAYOUT_TVL16 && k->dtype != MW_F32))
        return "layout: only rowmajor and tvl take all dtypes";
    if (!k->gemv)
        return "gemv: there is no function";
    if (!k->description || !k->description[0] || strnlen(k->description, DESCRIPTION + 1) > DESCRIPTION ||
        strchr(k->description, '\n'))
        return "description: one line of 1 to 120 characters";
    const uint32_t least = k->dtype == MW_F32 ? 4 : 2, most = k->layout == MW_LAYOUT_TVL16 ? 64 : least;
    if (!power_of_two(k->align) || k->align < least || k->align > most)
        return "align: 4 for f32 and 2 for others; in layout tvl a power of two up to 64";
    if (!power_of_two(k->row_multiple) || k->row_multiple > ROW_SPLIT)
        return "row_multiple: 1, 2, 4, 8 or 16";
    if (!k->col_multiple || k->col_multiple > MOST_COL_MULTIPLE || k->col_multiple % mw_dtypes[k->dtype].block)
        return "col_multiple: a multiple of the dtype's block, up to 4096";
    if (!(k->err_scale > 0 && k->err_scale <= MOST_ERR_SCALE))
        return "err_scale: above 0, at most 64";
    return NULL;
}

static int check(const mw_kernel_export *k, mw_error *err)
{
    if (!good_name(k->name))
        return mw_fail(err, -EINVAL, "the name of a kernel in it is not 1 to 40 letters, digits and underlines");
    const char *bad = bad_field(k);
    if (bad)
        return mw_fail(err, -EINVAL, "kernel '%s' has a bad %s", k->name, bad);
    if (mw_kernel_name_taken(k->name, (mw_dtype)k->dtype))
        return mw_fail(err, -EEXIST, "the name '%s' is taken for %s; choose another name", k->name,
                       mw_dtypes[k->dtype].name);
    const uint32_t lacking = k->isa & ~mw_cpu_isa();
    char isa[64];
    mw_isa_text(lacking, isa, sizeof isa);
    if (lacking)
        return mw_fail(err, -ENOTSUP, "kernel '%s' needs %s, which this CPU lacks", k->name,
                       strcmp(isa, "") ? isa : "an instruction set that memwall does not know");
    return 0;
}

/* --- the table --- */

/* Small ops do not come from outside: they are those of the best kernel there is. */
static const char *small_ops(void)
{
    const mw_kernel *best = mw_kernel_best(MW_F32, MW_LAYOUT_ROWMAJOR, true);
    return best ? best->ops : "scalar";
}

static const mw_kernel *add(const mw_kernel_export *k, const char *origin)
{
    const size_t at = n_added++;
    snprintf(added[at].name, sizeof added[at].name, "%s", k->name);
    snprintf(added[at].description, sizeof added[at].description, "%s", k->description);
    snprintf(added[at].label, sizeof added[at].label, "%s (%s)", k->name, origin);
    snprintf(added[at].isa_name, sizeof added[at].isa_name, "c");
    if (k->isa)
        mw_isa_text(k->isa, added[at].isa_name, sizeof added[at].isa_name);
    added[at].kernel = (mw_kernel){.name = added[at].name,
                                   .description = added[at].description,
                                   .label = added[at].label,
                                   .op = MW_OP_GEMV,
                                   .dtype = (mw_dtype)k->dtype,
                                   .layout = (mw_layout_id)k->layout,
                                   .isa = k->isa,
                                   .isa_name = added[at].isa_name,
                                   .ops = small_ops(),
                                   .tile_rows = 1,
                                   .tile_cols = 1,
                                   .align = k->align,
                                   .row_multiple = k->row_multiple,
                                   .col_multiple = k->col_multiple,
                                   .err_scale = k->err_scale,
                                   .fn.gemv = k->gemv};
    mw_kernel_append(&added[at].kernel);
    return &added[at].kernel;
}

int mw_kernels_add(const mw_kernel_table *t, uint32_t without, const char *origin, const mw_kernel *of[MW_MOST_OUTSIDE],
                   mw_error *err)
{
    if (t->abi != MW_KERNEL_ABI || t->kernel_bytes != sizeof(mw_kernel_export))
        return mw_fail(
            err, -EINVAL,
            "it was compiled for ABI %u with descriptors of %u bytes, this program has ABI %u and %zu bytes; "
            "compile it again with this program's memwall/kernel.h",
            t->abi, t->kernel_bytes, MW_KERNEL_ABI, sizeof(mw_kernel_export));
    if (t->n < 1 || t->n > MW_MOST_OUTSIDE || !t->kernels)
        return mw_fail(err, -EINVAL, "its table has no kernels, or more than %d", MW_MOST_OUTSIDE);
    if (t->n > MW_MOST_OUTSIDE - n_added)
        return mw_fail(err, -ENOSPC, "more than %d kernels from outside", MW_MOST_OUTSIDE);
    for (uint64_t i = 0; i < t->n; i++) {
        int rc = check(&t->kernels[i], err);
        if (rc)
            return rc;
        for (uint64_t j = 0; j < i; j++)
            if (t->kernels[j].dtype == t->kernels[i].dtype && strcmp(t->kernels[j].name, t->kernels[i].name) == 0)
                return mw_fail(err, -EEXIST, "two kernels in it are called '%s'; give each a name of its own",
                               t->kernels[i].name);
    }
    for (uint64_t i = 0; i < t->n; i++)
        of[i] = without >> i & 1 ? NULL : add(&t->kernels[i], origin);
    return (int)t->n;
}
