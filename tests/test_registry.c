/* The list of kernels, how one is chosen from it, and what the ops cost. */
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "tests/tap.h"

#include <errno.h>
#include <string.h>

static const char *op_of(const mw_kernel *k)
{
    return mw_op_name(k->op);
}

/* What every descriptor must say; a field left out is 0 or NULL. */
static bool complete(const mw_kernel *k)
{
    return k->name && k->name[0] && k->description && k->description[0] && !strchr(k->description, '\n') &&
           (unsigned)k->op < MW_OP_COUNT && (unsigned)k->layout < MW_LAYOUT_COUNT &&
           (unsigned)k->dtype < MW_DTYPE_COUNT && k->isa_name && k->tile_rows && k->tile_cols && k->row_multiple &&
           k->col_multiple && k->align >= (k->dtype == MW_F32 ? 4 : 2) &&
           k->col_multiple % mw_dtypes[k->dtype].block == 0 && (k->align & (k->align - 1)) == 0 && k->err_scale > 0 &&
           k->fn.gemv && (k->op != MW_OP_GEMV || k->ops);
}

static void check_list(void)
{
    int n = 0, gemms = 0;
    bool all_complete = true, unique = true, grouped = true, sets = true, belong = true;
    for (const mw_kernel *const *k = mw_kernels; *k; k++, n++) {
        if (!complete(*k)) {
            tap_note("%s is not complete", (*k)->name ? (*k)->name : "a kernel without a name");
            all_complete = false;
        }
        for (const mw_kernel *const *other = mw_kernels; other < k; other++)
            if ((*other)->op == (*k)->op && (*other)->dtype == (*k)->dtype && strcmp((*other)->name, (*k)->name) == 0) {
                tap_note("two %s %s kernels are called %s", mw_dtypes[(*k)->dtype].name, op_of(*k), (*k)->name);
                unique = false;
            }
        grouped &= k == mw_kernels || k[-1]->op < (*k)->op || (k[-1]->op == (*k)->op && k[-1]->dtype <= (*k)->dtype);
        bool known = (*k)->op != MW_OP_GEMV;
        for (const mw_kernel *const *other = mw_kernels; *other && !known; other++)
            known = (*other)->op > MW_OP_GEMM && strcmp((*other)->name, (*k)->ops) == 0;
        sets &= known;
        bool whose = (*k)->op != MW_OP_GEMM;
        for (const mw_kernel *const *other = mw_kernels; *other && !whose; other++)
            whose = (*other)->op == MW_OP_GEMV && (*other)->dtype == (*k)->dtype &&
                    strcmp((*other)->name, (*k)->name) == 0 && (*other)->layout == (*k)->layout &&
                    (*other)->isa == (*k)->isa;
        belong &= whose;
        gemms += (*k)->op == MW_OP_GEMM;
    }
    tap_ok(n >= 2 * MW_OP_COUNT, "the list has %d kernels", n);
    tap_ok(all_complete, "every descriptor is complete");
    tap_ok(unique, "names are unique within an op and a dtype");
    tap_ok(grouped, "the kernels of one op stand together, and in it those of one dtype");
    tap_ok(sets, "every GEMV kernel names small ops that exist");
    tap_ok(belong && gemms > 0, "each of %d GEMM kernels belongs to a GEMV kernel of its layout and CPU", gemms);
    tap_ok(strstr(mw_kernel_flags, "scalar: ") != NULL, "compile flags are recorded: %.60s...", mw_kernel_flags);
}

/* Whether a list of names has this one, as a whole. */
static bool listed(const char *names, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += n)
        if (at[-1] == ' ' && (at[n] == ',' || at[n] == '\0'))
            return true;
    return false;
}

static bool lists_valid(mw_dtype dtype)
{
    const mw_kernel *found;
    mw_error err;
    const int rc = mw_kernel_find(MW_OP_GEMV, dtype, "nosuch", &found, &err);
    const char *names = strstr(err.text, "choose one of: ");
    bool ok = rc == -ENOENT && !found && names && strstr(err.text, "gemv kernel is called 'nosuch'") &&
              (dtype == MW_F32 || strstr(err.text, mw_dtypes[dtype].name));
    for (const mw_kernel *const *k = mw_kernels; *k && ok; k++)
        if ((*k)->op == MW_OP_GEMV && (*k)->dtype == dtype)
            ok = listed(names, (*k)->name) == mw_kernel_supported(*k);
    tap_note("%s", err.text);
    return ok;
}

static void check_find(void)
{
    const mw_kernel *found;
    mw_error err;
    int right = 0, wrong = 0;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        int rc = mw_kernel_find((*k)->op, (*k)->dtype, (*k)->name, &found, &err);
        bool ok = mw_kernel_supported(*k) ? rc == 0 && found == *k
                                          : rc == -ENOTSUP && !found && strstr(err.text, "which this CPU lacks");
        right += ok;
        wrong += !ok;
    }
    tap_ok(right > 0 && wrong == 0, "%d kernels are found by name, or refused if this CPU lacks something", right);
    for (int op = 0; op < MW_OP_COUNT; op++) {
        if (op == MW_OP_GEMM) /* without one, the GEMV is called for each token */
            continue;
        bool scalar = mw_kernel_find((mw_op)op, MW_F32, "scalar", &found, &err) == 0 && found->isa == MW_ISA_BASE;
        tap_ok(scalar, "%s has a scalar kernel that runs on every CPU", mw_op_name((mw_op)op));
    }
    for (int d = MW_BF16; d < MW_DTYPE_COUNT; d++)
        tap_ok(mw_kernel_find(MW_OP_GEMV, (mw_dtype)d, "scalar", &found, &err) == 0 && found->isa == MW_ISA_BASE &&
                   mw_kernel_find(MW_OP_GEMV, (mw_dtype)d, "tvl16_scalar", &found, &err) == 0 &&
                   found->isa == MW_ISA_BASE && found->layout == MW_LAYOUT_TVL16,
               "so does gemv of %s, in two layouts", mw_dtypes[d].name);
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        tap_ok(lists_valid((mw_dtype)d), "an unknown name is an error that lists the valid ones of %s",
               mw_dtypes[d].name);
    int rc = mw_kernel_find(MW_OP_ATTENTION, MW_F32, "", &found, &err);
    tap_ok(rc == -ENOENT && !found, "an empty name is unknown");
    rc = mw_kernel_find(MW_OP_ATTENTION, MW_F32, "tvl16_neon", &found, NULL);
    tap_ok(rc == -ENOENT && !found, "a GEMV kernel's name is unknown among those of attention, with nobody to tell");
    char longest[2000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    rc = mw_kernel_find(MW_OP_GEMV, MW_F32, longest, &found, &err);
    tap_ok(rc == -ENOENT && strstr(err.text, "choose one of: ref"), "a very long name leaves room for the list");
}

static void check_supported(void)
{
    mw_kernel k = *mw_kernels[0];
    k.isa = MW_ISA_BASE;
    tap_ok(mw_kernel_supported(&k), "a kernel that needs nothing is supported");
    k.isa = mw_cpu_isa();
    tap_ok(mw_kernel_supported(&k), "a kernel that needs what this CPU has is supported");
    k.isa |= 1u << 31;
    tap_ok(!mw_kernel_supported(&k), "a kernel that needs one thing more is not");
    char text[64];
    tap_ok(strcmp(mw_isa_text(MW_ISA_BASE, text, sizeof text), "base") == 0 &&
               strcmp(mw_isa_text(MW_ISA_AVX2 | MW_ISA_AVX512, text, sizeof text), "avx2+avx512") == 0,
           "instruction sets have names");
}

static void check_best(void)
{
    for (int dtype = 0; dtype < MW_DTYPE_COUNT; dtype++)
        for (int layout = 0; layout < MW_LAYOUT_COUNT; layout++)
            for (int native = 0; native < 2; native++) {
                const mw_kernel *last = NULL;
                for (const mw_kernel *const *k = mw_kernels; *k; k++)
                    if ((*k)->op == MW_OP_GEMV && (int)(*k)->dtype == dtype && (int)(*k)->layout == layout &&
                        mw_kernel_supported(*k) && (!native || strcmp((*k)->isa_name, "neon-simde") != 0))
                        last = *k;
                tap_ok(mw_kernel_best((mw_dtype)dtype, (mw_layout_id)layout, native) == last,
                       "the best %s%s kernel of layout %d is %s", native ? "native " : "", mw_dtypes[dtype].name,
                       layout, last ? last->name : "none");
            }
    tap_ok(mw_kernel_best(MW_F32, MW_LAYOUT_ROWMAJOR, true) != NULL, "rowmajor has a native kernel everywhere");
    tap_ok(mw_kernel_best(MW_F32, MW_LAYOUT_COUNT, false) == NULL, "a layout without kernels has no best one");
}

/* Whether gemv and gemm are those for `dtype` in the set of k: its namesake in its layout, else the best in that. */
static bool right_for(const mw_kernel *k, mw_dtype dtype, const mw_kernel *gemv, const mw_kernel *gemm)
{
    const mw_kernel *namesake = NULL, *of_gemv = NULL;
    mw_kernel_find(MW_OP_GEMV, dtype, k->name, &namesake, NULL);
    if (!namesake || namesake->layout != k->layout)
        namesake = mw_kernel_best(dtype, k->layout, false);
    if (dtype == k->dtype)
        namesake = k;
    if (gemv)
        mw_kernel_find(MW_OP_GEMM, dtype, gemv->name, &of_gemv, NULL);
    return gemv == namesake && gemm == of_gemv && (!gemv || (gemv->dtype == dtype && gemv->layout == k->layout));
}

static void check_sets(void)
{
    int sets = 0, gemms = 0;
    bool ok = true;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV)
            continue;
        mw_kernel_set set;
        mw_kernel_set_for(*k, &set);
        for (int op = 0; op < MW_OP_COUNT; op++) {
            const mw_kernel *named = NULL;
            if (op == MW_OP_GEMV)
                named = *k;
            else if (op == MW_OP_GEMM)
                mw_kernel_find(MW_OP_GEMM, (*k)->dtype, (*k)->name, &named, NULL);
            else if (mw_kernel_find((mw_op)op, MW_F32, (*k)->ops, &named, NULL))
                mw_kernel_find((mw_op)op, MW_F32, "scalar", &named, NULL);
            ok &= set.of[op] == named && (named ? named->op == (mw_op)op : op == MW_OP_GEMM);
            gemms += op == MW_OP_GEMM && named;
        }
        for (int d = 0; d < MW_DTYPE_COUNT; d++)
            ok &= right_for(*k, (mw_dtype)d, set.gemv[d], set.gemm[d]);
        sets++;
    }
    tap_ok(ok && sets > 0, "%d GEMV kernels have their set of small ops, %d of them a GEMM", sets, gemms);
    mw_kernel k = *mw_kernel_best(MW_F32, MW_LAYOUT_ROWMAJOR, true);
    k.ops = "nosuch";
    k.name = "nobody's";
    mw_kernel_set set;
    mw_kernel_set_for(&k, &set);
    ok = set.of[MW_OP_GEMV] == &k && !set.of[MW_OP_GEMM] && set.gemv[MW_F32] == &k && !set.gemm[MW_F32];
    for (int d = MW_BF16; d < MW_DTYPE_COUNT; d++)
        ok &= set.gemv[d] && set.gemv[d] == mw_kernel_best((mw_dtype)d, MW_LAYOUT_ROWMAJOR, false);
    for (int op = MW_OP_GEMM + 1; op < MW_OP_COUNT; op++)
        ok &= set.of[op] && strcmp(set.of[op]->name, "scalar") == 0;
    tap_ok(ok, "small ops that are not there become scalar ones, a GEMM that is not there none");
}

/* Costs counted by hand. */
static void check_costs(void)
{
    static const struct {
        mw_op op;
        mw_dtype dtype;
        uint64_t rows, cols, flops, bytes_read, bytes_written;
    } hand[] = {
        {MW_OP_GEMV, MW_F32, 2, 3, 12, 36, 8}, /* 6 products, 6 sums; 6 weights, 3 x; 2 y */
        {MW_OP_GEMV, MW_F32, 1, 1, 2, 8, 4},
        {MW_OP_GEMV, MW_F32, 768, 2048, 3145728, 6299648, 3072},
        {MW_OP_GEMV, MW_F32, 1000000, 1000000, 2000000000000, 4000004000000, 4000000}, /* beyond 32 bits */
        {MW_OP_GEMM, MW_F32, 2, 3, 12, 36, 8},                                         /* of one token */
        {MW_OP_RMSNORM, MW_F32, 1, 4, 20, 32, 16}, /* 4 squares, 4 sums, 8 products, 4 once; x and w; y */
        {MW_OP_ROPE, MW_F32, 2, 4, 24, 48, 32},    /* 4 pairs of 6; 8 values and 4 angles; 8 values */
        {MW_OP_ROPE_HALVES, MW_F32, 2, 4, 24, 48, 32},
        {MW_OP_ATTENTION, MW_F32, 3, 2, 41, 56,
         8}, /* 3 positions of 2: 24, and 15; 2 quotients; 6 keys, 6 values, q; out */
        {MW_OP_SWIGLU, MW_F32, 1, 3, 18, 24, 12},
        {MW_OP_GEMV, MW_BF16, 2, 3, 12, 24, 8},    /* 6 weights of 2 bytes, 3 x */
        {MW_OP_GEMV, MW_Q8_0, 2, 64, 256, 216, 8}, /* 4 blocks of 34, 2 of x of 40 */
        {MW_OP_GEMV, MW_Q4_0, 2, 64, 256, 152, 8},
        {MW_OP_QUANTIZE, MW_F32, 1, 32, 162, 128, 40},
    };
    for (size_t i = 0; i < sizeof hand / sizeof *hand; i++) {
        mw_cost cost = mw_op_cost(hand[i].op, hand[i].dtype, hand[i].rows, hand[i].cols);
        tap_ok(cost.flops == hand[i].flops && cost.bytes_read == hand[i].bytes_read &&
                   cost.bytes_written == hand[i].bytes_written,
               "cost of %s %llu x %llu", mw_op_name(hand[i].op), (unsigned long long)hand[i].rows,
               (unsigned long long)hand[i].cols);
    }
    mw_cost five = mw_gemm_cost(MW_F32, 2, 3, 5), many = mw_gemm_cost(MW_F32, 1000000, 1000000, 64);
    tap_ok(five.flops == 60 && five.bytes_read == (6 + 15) * 4 && five.bytes_written == 40 &&
               many.flops == 128000000000000 && many.bytes_read == 4000256000000 && many.bytes_written == 256000000,
           "cost of a gemm for several tokens: weights once, all else for each");
    mw_cost none = mw_op_cost(MW_OP_COUNT, MW_F32, 2, 2);
    tap_ok(none.flops == 0 && none.bytes_read == 0 && none.bytes_written == 0, "what is no op costs nothing");
    bool unique = true;
    for (int a = 0; a < MW_OP_COUNT; a++)
        for (int b = 0; b < a; b++)
            unique &= strcmp(mw_op_name((mw_op)a), mw_op_name((mw_op)b)) != 0;
    tap_ok(unique, "ops have names of their own");
}

int main(void)
{
    check_list();
    check_find();
    check_supported();
    check_best();
    check_sets();
    check_costs();
    return tap_done();
}
