/* Every kernel of this build through bench/check/check.h, in every kind of data, over shapes around its tile, all
 * misalignments and both kinds of guard; and kernels with a mistake each, every one of which must be caught.
 *
 * Kernels of other dtypes than f32 are many; they meet all kinds of shapes, data and guards, but fewer of each.
 *
 * MEMWALL_TEST_SEED=N starts the pseudo-random data elsewhere, MEMWALL_TEST_QUICK=1 draws fewer shapes. */
#include "bench/check/check.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "tests/broken_kernels.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>

static bool quick;
static uint64_t first_seed = 20240601;

/* One kernel in one kind of data. */
typedef struct walk {
    const mw_kernel *kernel;
    mw_data data;
    unsigned cases, turn, batch; /* cases so far; where misalignments and batch sizes have got to */
    unsigned most_tokens;        /* of a GEMM */
    int rc;
    mw_error err;
} walk;

/* Sizes of one dimension, ascending, without repetition. */
typedef struct sizes {
    size_t of[40];
    int n;
} sizes;

static void add_size(sizes *s, size_t size)
{
    int at = s->n;
    while (at > 0 && s->of[at - 1] > size)
        at--;
    if (size == 0 || (at > 0 && s->of[at - 1] == size))
        return;
    for (int i = s->n++; i > at; i--)
        s->of[i] = s->of[i - 1];
    s->of[at] = size;
}

static bool is_f32(const walk *w)
{
    return w->kernel->dtype == MW_F32;
}

/* Around the tile and around a line of floats, and primes; all of it times `multiple`. */
static sizes sizes_for(const walk *w, unsigned tile, unsigned multiple)
{
    static const size_t primes[] = {7, 31, 127, 257};
    const size_t around[] = {tile < multiple ? 1 : tile / multiple, 16};
    sizes s = {{1}, 1};
    for (int i = 0; i < 2; i++) {
        add_size(&s, around[i]);
        add_size(&s, around[i] + 1);
        if (quick)
            continue;
        if (is_f32(w))
            add_size(&s, around[i] - 1);
        add_size(&s, 2 * around[i] + 1);
    }
    for (int i = 0; i < (quick || !is_f32(w) ? 1 : 4); i++)
        add_size(&s, primes[i]);
    for (int i = 0; i < s.n; i++)
        s.of[i] *= multiple;
    return s;
}

/* Of a GEMM: every number from 1 to a full batch and one more (of other dtypes than f32 to more than two tiles) in
 * turn, each with other shapes every time. */
static size_t next_tokens(walk *w)
{
    static const size_t few[] = {1, 2, 3, 5, 4, 7, 17};
    const unsigned turn = w->batch++;
    return quick ? few[turn % (sizeof few / sizeof *few)] : 1 + turn % w->most_tokens;
}

static void run(walk *w, size_t rows, size_t cols, bool guard_end, unsigned misalign)
{
    if (w->rc || !mw_check_takes(w->kernel, rows, cols))
        return;
    const mw_check_case c = {.rows = rows,
                             .cols = cols,
                             .tokens = w->kernel->op == MW_OP_GEMM ? next_tokens(w) : 1,
                             .misalign = misalign,
                             .guard_end = guard_end,
                             .data = w->data,
                             .seed = first_seed + w->cases};
    w->rc = mw_check_kernel(w->kernel, &c, &w->err);
    w->cases++;
}

/* One shape: the exact and the ordinary kinds of data next to both guard pages and in several misalignments, the others
 * next to one. The misalignment changes from case to case, so that each meets many shapes. */
static void run_shape(walk *w, size_t rows, size_t cols)
{
    const bool ordinary = w->data == MW_DATA_INTEGER || w->data == MW_DATA_NORMAL;
    const int misaligned = !ordinary ? 1 : quick || !is_f32(w) || rows * cols > 600 ? 2 : 6;
    if (ordinary || w->turn % 3 == 0)
        run(w, rows, cols, true, 0);
    for (int i = 0; i < misaligned; i++)
        run(w, rows, cols, false, 4 * (w->turn++ % 16));
}

static bool has_matrix(const mw_kernel *kernel)
{
    return kernel->op == MW_OP_GEMV || kernel->op == MW_OP_GEMM;
}

static void run_gemv(walk *w)
{
    const mw_kernel *k = w->kernel;
    const sizes cols = sizes_for(w, k->tile_cols, k->col_multiple);
    sizes rows = sizes_for(w, k->tile_rows, 1);
    if (!quick)
        add_size(&rows, 127); /* panels in flight, others, and a part of one */
    w->most_tokens = is_f32(w) ? 65 : 19;
    for (int i = 0; i < rows.n; i++)
        for (int j = 0; j < cols.n; j++)
            if (rows.of[i] < 100 || cols.of[j] < 100 * k->col_multiple || rows.of[i] == cols.of[j])
                run_shape(w, rows.of[i], cols.of[j]);
    /* the matrices of the 110M model; the controls are too slow, or too large, for its classifier */
    const bool control = k->layout != MW_LAYOUT_ROWMAJOR && k->layout != MW_LAYOUT_TVL16;
    w->batch = 62; /* these take 63 tokens, 64 and 65 */
    w->most_tokens = 65;
    if (w->data == MW_DATA_INTEGER || w->data == MW_DATA_NORMAL)
        run(w, quick ? 48 : is_f32(w) ? 768 : 144, 2048, true, 0);
    if (w->data == MW_DATA_INTEGER && !quick && is_f32(w)) {
        run(w, 768, 768, false, 28);
        run(w, 2048, 768, false, 28);
    }
    if (w->data == MW_DATA_NORMAL && !quick && is_f32(w) && !control && k->op == MW_OP_GEMV) /* no batch meets it */
        run(w, 32000, 768, true, 0);
}

static void run_small_op(walk *w)
{
    static const size_t real[] = {48, 64, 128, 768, 1024, 2048};
    static const size_t heads[] = {1, 3, 12};
    sizes cols = sizes_for(w, w->kernel->tile_cols, w->kernel->col_multiple);
    for (int i = 0; i < 6; i++)
        add_size(&cols, real[i]);
    for (int i = 0; i < (w->kernel->op == MW_OP_ROPE || w->kernel->op == MW_OP_ROPE_HALVES ? 3 : 1); i++)
        for (int j = 0; j < cols.n; j++)
            for (int again = 0; again < (quick ? 1 : 3); again++)
                run_shape(w, heads[i], cols.of[j]);
}

/* Every number of positions around the tile and some hundreds, with heads of all kinds of tails. */
static void run_attention(walk *w)
{
    static const size_t heads[] = {64, 2, 48, 6, 8, 10, 20, 34, 66, 96, 128, 130, 256};
    sizes seen = sizes_for(w, w->kernel->tile_rows, 1);
    for (size_t n = 2; n <= (quick ? 4 : 17); n++)
        add_size(&seen, n);
    add_size(&seen, 300);
    for (int i = 0; i < seen.n; i++)
        for (size_t j = 0; j < (quick ? 4 : sizeof heads / sizeof *heads); j++)
            if (j < 4 || seen.of[i] < 40)
                run_shape(w, seen.of[i], heads[j]);
}

static void run_walk(walk *w)
{
    if (has_matrix(w->kernel))
        run_gemv(w);
    else if (w->kernel->op == MW_OP_ATTENTION)
        run_attention(w);
    else
        run_small_op(w);
}

static void check_kernel(const mw_kernel *kernel)
{
    const char *op = mw_op_name(kernel->op), *dtype = mw_dtypes[kernel->dtype].name;
    if (!mw_kernel_supported(kernel)) {
        char name[96], isa[64], reason[96];
        snprintf(name, sizeof name, "%s %s %s", op, dtype, kernel->name);
        snprintf(reason, sizeof reason, "this CPU lacks %s", mw_isa_text(kernel->isa, isa, sizeof isa));
        tap_skip(name, reason);
        return;
    }
    for (int data = 0; data < MW_DATA_COUNT; data++) {
        walk w = {.kernel = kernel, .data = (mw_data)data};
        run_walk(&w);
        if (!tap_ok(!w.rc && w.cases > 0, "%s %s %s: %u cases %s", op, dtype, kernel->name, w.cases,
                    mw_data_name(w.data)))
            tap_note("%s; MEMWALL_TEST_SEED=%llu", w.cases ? w.err.text : "no case ran",
                     (unsigned long long)first_seed);
    }
    mw_error err;
    const bool matrix = has_matrix(kernel);
    const int rc = mw_check_short(kernel, matrix ? 2048 : 1, matrix ? 768 : 64, &err);
    if (!tap_ok(rc == 0, "%s %s %s: short form", op, dtype, kernel->name))
        tap_note("%s", err.text);
}

/* A broken kernel must fail some kind of data here, and the short form, whose message must name it. */
static void check_broken(const mw_kernel *kernel)
{
    walk w = {.kernel = kernel};
    for (int data = 0; data < MW_DATA_COUNT && !w.rc; data++) {
        w.data = (mw_data)data;
        run_walk(&w);
    }
    mw_error err = {""};
    const bool matrix = has_matrix(kernel);
    const int rc = mw_check_short(kernel, matrix ? 768 : 1, matrix ? 2048 : 64, &err);
    const bool caught = (w.rc == -EDOM || w.rc == -EFAULT) && (rc == -EDOM || rc == -EFAULT) &&
                        strstr(w.err.text, kernel->name) && strstr(err.text, kernel->name);
    tap_ok(caught, "broken: %s %s is caught", mw_op_name(kernel->op), kernel->description);
    tap_note("%s", rc ? err.text : "passed the short form");
    if (!w.rc)
        tap_note("passed %u cases", w.cases);
}

static void check_refusals(void)
{
    mw_kernel k = broken_kernels[0];
    mw_error err;
    mw_check_case c = {.rows = 3, .cols = 4};
    k.fn.gemv = right;
    k.name = "right";
    tap_ok(mw_check_kernel(&k, &c, &err) == 0, "a right kernel passes");
    k.col_multiple = 8;
    tap_ok(mw_check_kernel(&k, &c, &err) == -EINVAL && strstr(err.text, "does not take 3 x 4"),
           "a shape that the kernel does not take is refused");
    tap_ok(mw_check_short(&k, 3, 16, &err) == 0, "the short form takes shapes that suit the kernel");
    k.isa = 1u << 31;
    c.cols = 8;
    tap_ok(mw_check_kernel(&k, &c, &err) == -ENOTSUP, "a kernel that this CPU cannot run is refused");
    tap_ok(mw_check_short(&k, 8, 16, &err) == -ENOTSUP, "and so it is by the short form");
    mw_kernel gemm = {MW_KERNEL_DEFAULTS, .name = "scalar", .op = MW_OP_GEMM, .fn.gemm = right_gemm};
    tap_ok(mw_check_kernel(&gemm, &c, &err) == -EINVAL, "no tokens are refused");
    tap_ok(mw_check_short(&gemm, 48, 100, &err) == 0, "a right GEMM passes");
    gemm.name = "right";
    tap_ok(mw_check_short(&gemm, 48, 100, &err) == -EINVAL && strstr(err.text, "belongs to no gemv kernel"),
           "a GEMM whose GEMV there is not is refused: %s", err.text);
    gemm.name = "colmajor";
    tap_ok(mw_check_short(&gemm, 48, 100, &err) == -EINVAL, "and so is one whose GEMV reads another layout");
}

int main(void)
{
    const char *seed = getenv("MEMWALL_TEST_SEED");
    if (seed)
        first_seed = strtoull(seed, NULL, 10);
    quick = getenv("MEMWALL_TEST_QUICK") != NULL;
    unsigned walked = 0;
    for (const mw_kernel *const *k = mw_kernels; *k; k++, walked++)
        check_kernel(*k);
    tap_ok(walked >= 2 * MW_OP_COUNT, "%u kernels walked", walked);
    quick = true; /* a mistake that only the long lists find would be a net missing in the short one */
    for (size_t i = 0; i < sizeof broken_kernels / sizeof *broken_kernels; i++)
        check_broken(&broken_kernels[i]);
    check_refusals();
    return tap_done();
}
