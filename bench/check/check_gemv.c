/* The check of y = W x and of Y = W X: a GEMV is a GEMM of one token. One case has one matrix and a few vectors x,
 * which go to the kernel in batches of `tokens`. The matrix is made row by row; the reference is summed from the row on
 * that occasion.
 *
 * The vectors of a batch lie some floats apart, a number that depends on the seed. What is between them is filled with
 * canaries, as NaNs in x are seen in the results, and in y must be the same afterwards.
 *
 * Weights are stored in the kernel's dtype; the reference multiplies what is stored. For a block format that is done
 * block by block on the codes, whose sums are exact, with activations that are quantized as kernel.h says. */
#include "bench/check/check_parts.h"

#include "kernels/dtype_k.h"
#include "kernels/registry.h"
#include "layouts/layout.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Y, W, X };

typedef struct gemv_case {
    mw_check *check;
    const mw_kernel *gemv; /* whose bits a GEMM has to return; NULL for a GEMV */
    const mw_layout *layout;
    size_t rows, cols, tokens; /* of one call */
    size_t ldx, ldy;           /* from one token to the next */
    size_t n_x;                /* vectors x of this case, whole batches of them */
    float *x;                  /* x[n_x][cols] */
    mw_x8 *x8;                 /* the same for a block format, [n_x][cols / MW_X8] */
    double most_x;             /* the largest sum of magnitudes of a vector */
    double *want, *bound;      /* [n_x][rows] */
    float *row;                /* one row of W, what is stored as floats */
    char *stored;              /* and as it is stored */
    size_t lead;               /* bytes of operand w before its first */
    float *full;               /* what the first call returned, [tokens][rows] */
    size_t first, n;           /* rows of the call that is being made */
} gemv_case;

static bool has_blocks(const gemv_case *g)
{
    return mw_dtype_in_blocks(g->check->kernel->dtype);
}

/* The vectors of this kind of data. */
static void make_x(gemv_case *g, uint64_t *state)
{
    const mw_data data = g->check->c->data;
    for (size_t t = 0; t < g->n_x; t++) {
        float *x = g->x + t * g->cols;
        /* zero data has zero rows as well: they need an x that is not zero to prove themselves */
        mw_data kind = data == MW_DATA_ONE_HOT || (data == MW_DATA_ZERO && t % 2 == 0) ? MW_DATA_ZERO
                       : data == MW_DATA_ZERO                                          ? MW_DATA_NORMAL
                                                                                       : data;
        mw_fill(x, g->cols, kind, true, g->cols, state);
        if (has_blocks(g) && data == MW_DATA_INTEGER)
            mw_whole_blocks(x, g->cols, 127, 16);
        if (mw_dtype_is_k(g->check->kernel->dtype) && data == MW_DATA_NORMAL)
            mw_k_largest_x(x, g->cols, state);
        if (data == MW_DATA_ONE_HOT) /* 127 becomes code 127 with scale 1 */
            x[mw_place((int)t, g->cols, state)] = has_blocks(g) ? 127 : 1;
        if (data == MW_DATA_NONFINITE && t % 2) /* x times the zeros of the padding is NaN now, and must stay there */
            mw_spoil(x, g->cols, state);
        if (has_blocks(g))
            mw_quantize_like(g->x8 + t * g->cols / MW_X8, x, g->cols);
        double sum = 0;
        for (size_t j = 0; j < g->cols; j++)
            sum += fabs((double)x[j]);
        g->most_x = fmax(g->most_x, sum);
    }
}

/* A row of values that is quantized, `spoilt` of which are not finite unless they are in blocks. */
static void store_row(gemv_case *g, mw_data kind, unsigned spoilt, uint64_t *state)
{
    const mw_dtype_info *dtype = &mw_dtypes[g->check->kernel->dtype];
    mw_fill(g->row, g->cols, kind, false, g->cols, state);
    if (has_blocks(g) || g->check->kernel->dtype == MW_F16)
        mw_narrow(g->row, g->cols, kind);
    if (has_blocks(g) && kind == MW_DATA_INTEGER) /* codes of q4_0 are -8 to 7 */
        mw_whole_blocks(g->row, g->cols, dtype->block_bytes < MW_X8 ? -8 : 127, 0);
    for (unsigned k = 0; k < spoilt && !has_blocks(g); k++)
        mw_spoil(g->row, g->cols, state);
    dtype->of_floats(g->stored, g->row, g->cols);
}

/* Row i, as it is stored and in floats. */
static void make_row(gemv_case *g, size_t i)
{
    const mw_check_case *c = g->check->c;
    const mw_dtype d = g->check->kernel->dtype;
    uint64_t state = c->seed * 0x100000001B3u ^ i << 20;
    const uint64_t turn = i + c->seed; /* so that the only row of a matrix takes every role in turn */
    mw_data kind = c->data != MW_DATA_ZERO ? c->data : turn % 2 ? MW_DATA_ZERO : MW_DATA_NORMAL;
    const unsigned spoilt = c->data != MW_DATA_NONFINITE || turn % 3 != 1 ? 0 : 1 + turn % 2;
    if (mw_dtype_is_k(d))
        mw_k_row(d, g->stored, g->cols, kind, 0x1p24 / g->most_x, &state);
    else
        store_row(g, kind, spoilt, &state);
    for (unsigned k = 0; k < spoilt && has_blocks(g); k++)
        mw_spoil_scale(d, g->stored + mw_draw(&state) % (g->cols / mw_dtypes[d].block) * mw_dtypes[d].block_bytes,
                       &state);
    mw_dtypes[d].to_floats(g->row, g->stored, g->cols);
}

/* Row times vector t in double, and in *size the sum of the magnitudes of all products. */
static double dot(const gemv_case *g, size_t t, double *size)
{
    const mw_dtype dtype = g->check->kernel->dtype;
    return has_blocks(g) ? mw_blocks_dot(dtype, g->stored, g->x8 + t * (g->cols / MW_X8), g->cols, size)
                         : mw_dot(g->row, g->x + t * g->cols, g->cols, size);
}

/* Makes W, packs it and works out what every call must return. */
static void make_matrix(gemv_case *g)
{
    const mw_check *check = g->check;
    const bool exact = check->c->data == MW_DATA_INTEGER || check->c->data == MW_DATA_ONE_HOT;
    const double n = (double)g->cols;
    for (size_t i = 0; i < g->rows; i++) {
        make_row(g, i);
        mw_layout_pack(g->layout, check->kernel->dtype, (char *)check->block[W].given + g->lead, g->stored, i, 1,
                       g->rows, g->cols);
        for (size_t t = 0; t < g->n_x; t++) {
            const size_t at = t * g->rows + i;
            double size;
            g->want[at] = dot(g, t, &size);
            g->bound[at] = check->kernel->err_scale * (n + 2) * FLT_EPSILON * size + n * FLT_TRUE_MIN;
            if (exact && has_blocks(g)) /* one product, rounded once */
                g->want[at] = (float)g->want[at];
            if (has_blocks(g) && !isfinite(g->want[at]))
                g->want[at] = NAN;
            if (exact || size == 0)
                g->bound[at] = 0;
        }
    }
}

static void call(void *arg)
{
    const gemv_case *g = arg;
    const mw_kernel *k = g->check->kernel;
    const mw_guarded *b = g->check->block;
    const char *w = (const char *)b[W].floats + g->lead + g->layout->at(k->dtype, g->first, g->rows, g->cols);
    const size_t ld = g->layout->ld(g->rows, g->cols);
    if (k->op == MW_OP_GEMV)
        k->fn.gemv(b[Y].floats + g->first, w, b[X].floats, g->n, g->cols, ld);
    else
        k->fn.gemm(b[Y].floats + g->first, g->ldy, w, b[X].floats, g->ldx, g->tokens, g->n, g->cols, ld);
}

/* Token t's row of y. */
static float *y_of(const gemv_case *g, size_t t)
{
    return g->check->block[Y].floats + t * g->ldy;
}

/* Whether all of y but rows [first, end) of each token is as it was. */
static int check_untouched(gemv_case *g, size_t first, size_t end)
{
    for (size_t t = 0; t < g->tokens; t++) {
        const size_t room = t + 1 < g->tokens ? g->ldy : g->rows;
        size_t kept = mw_canaries_kept(y_of(g, t), first);
        if (kept == first)
            kept = end + mw_canaries_kept(y_of(g, t) + end, room - end);
        if (kept < room)
            return mw_check_wrong(g->check, "wrote to y[%zu] of token %zu when called for rows %zu to %zu", kept, t,
                                  first, end);
    }
    return 0;
}

/* Computes rows [first, first + n) of a batch. */
static int run(gemv_case *g, size_t first, size_t n)
{
    g->first = first;
    g->n = n;
    const int rc = mw_check_call(g->check, call, g);
    return rc ? rc : check_untouched(g, first, first + n);
}

/* Every row alone in its thread's share must have the bits that it has in the whole. */
static int run_shares(gemv_case *g)
{
    const size_t last = (g->rows - 1) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    const size_t shares[][2] = {{0, g->rows}, {0, MW_ROW_SPLIT}, {MW_ROW_SPLIT, g->rows}, {last, g->rows}};
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
        const char *what = s ? "only its thread's share of the rows is computed" : "called again";
        size_t first = shares[s][0], n = shares[s][1] - first;
        if (s > 0 && (last == 0 || n % g->check->kernel->row_multiple))
            continue;
        int rc = run(g, first, n);
        for (size_t t = 0; t < g->tokens && !rc; t++)
            rc = mw_check_same(g->check, what, y_of(g, t) + first, g->full + t * g->rows + first, first, n);
        if (rc)
            return rc;
    }
    return 0;
}

/* What a GEMM returned for the batch of vectors from `at` on must have the bits of the GEMV, token by token. */
static int check_bits(gemv_case *g, size_t at)
{
    int rc = 0;
    for (size_t t = 0; t < g->tokens && !rc; t++) {
        const void *xs = has_blocks(g) ? (const void *)(g->x8 + (at + t) * g->cols / MW_X8) : g->x + (at + t) * g->cols;
        g->gemv->fn.gemv(y_of(g, t), (const char *)g->check->block[W].floats + g->lead, xs, g->rows, g->cols,
                         g->layout->ld(g->rows, g->cols));
        rc = mw_check_same(g->check, "its GEMV computes it", y_of(g, t), g->full + t * g->rows, 0, g->rows);
    }
    return rc;
}

/* The batch of vectors from `t` on. */
static int run_batch(gemv_case *g, size_t t)
{
    const mw_guarded *b = &g->check->block[X];
    const size_t blocks = g->cols / MW_X8;
    mw_canaries(b->given, b->n);
    for (size_t s = 0; s < g->tokens; s++)
        if (has_blocks(g))
            memcpy((mw_x8 *)(void *)b->given + s * (g->ldx / MW_X8), g->x8 + (t + s) * blocks, blocks * sizeof *g->x8);
        else
            memcpy(b->given + s * g->ldx, g->x + (t + s) * g->cols, g->cols * sizeof *g->x);
    int rc = run(g, 0, g->rows);
    for (size_t s = 0; s < g->tokens && !rc; s++) {
        const size_t at = (t + s) * g->rows;
        float *y = y_of(g, s);
        memcpy(g->full + s * g->rows, y, g->rows * sizeof *g->full);
        for (size_t i = 0; i < g->rows && has_blocks(g); i++) /* whether Inf or NaN depends on the order */
            y[i] = isfinite(y[i]) ? y[i] : NAN;
        rc = mw_check_values(g->check, y, g->want + at, g->bound + at, g->rows);
    }
    if (!rc && (t == 0 || g->check->c->data != MW_DATA_ONE_HOT))
        rc = run_shares(g);
    return rc || !g->gemv ? rc : check_bits(g, t);
}

static int find_gemv(gemv_case *g, mw_error *err)
{
    const mw_kernel *k = g->check->kernel;
    int rc = mw_kernel_find(MW_OP_GEMV, k->dtype, k->name, &g->gemv, err);
    if (!rc && g->gemv->layout == k->layout && mw_check_takes(g->gemv, g->rows, g->cols))
        return 0;
    return mw_fail(err, -EINVAL, "gemm kernel '%s' belongs to no gemv kernel of its name, layout and shapes", k->name);
}

/* Whole batches of at least as many vectors as the data has kinds of. */
static size_t vectors_of(const mw_check_case *c, size_t tokens)
{
    size_t kinds = c->data == MW_DATA_ZERO || c->data == MW_DATA_NONFINITE ? 2 : 1;
    if (c->data == MW_DATA_ONE_HOT)
        kinds = c->cols < MW_PLACES ? c->cols : MW_PLACES;
    return (kinds + tokens - 1) / tokens * tokens;
}

int mw_check_gemv(mw_check *check)
{
    const mw_check_case *c = check->c;
    const mw_layout *layout = mw_layout_of(check->kernel->layout);
    const bool batch = check->kernel->op == MW_OP_GEMM;
    const size_t rows = c->rows, cols = c->cols, tokens = batch ? c->tokens : 1, n_x = vectors_of(c, tokens);
    gemv_case g = {.check = check, .layout = layout, .rows = rows, .cols = cols, .tokens = tokens, .n_x = n_x};
    const mw_dtype dtype = check->kernel->dtype;
    const size_t unit = mw_dtypes[dtype].block, w_bytes = (size_t)layout->bytes(dtype, rows, cols);
    g.ldx = cols + c->seed % 4 * unit;
    g.ldy = rows + c->seed / 4 % 3;
    unsigned align = check->kernel->align;
    int rc = batch ? find_gemv(&g, check->err) : 0;
    if (rc)
        return rc;
    if (batch && g.gemv->align > align)
        align = g.gemv->align;
    mw_block_open(check, Y, "y", (tokens - 1) * g.ldy + rows, sizeof(float), c->misalign * 11 % 64, true);
    const size_t w_floats = (w_bytes + sizeof(float) - 1) / sizeof(float), x_values = (tokens - 1) * g.ldx + cols;
    const size_t x_floats = unit > 1 ? x_values / MW_X8 * sizeof *g.x8 / sizeof(float) : x_values;
    g.lead = c->guard_end ? w_floats * sizeof(float) - w_bytes : 0; /* blocks of some dtypes are no whole floats */
    mw_block_open(check, W, "w", w_floats, align, c->misalign, false);
    mw_block_open(check, X, "x", x_floats, sizeof(float), c->misalign * 5 % 64, false);
    g.x = mw_check_room(check, n_x * cols, sizeof *g.x);
    g.x8 = mw_check_room(check, n_x * cols / MW_X8, sizeof *g.x8);
    g.row = mw_check_room(check, cols, sizeof *g.row);
    g.stored = mw_check_room(check, cols, sizeof(float));
    g.full = mw_check_room(check, tokens * rows, sizeof *g.full);
    g.want = mw_check_room(check, n_x * rows, sizeof *g.want);
    g.bound = mw_check_room(check, n_x * rows, sizeof *g.bound);
    rc = mw_check_memory(check);
    if (rc)
        return rc;
    uint64_t state = c->seed;
    make_x(&g, &state);
    make_matrix(&g);
    for (size_t t = 0; t < n_x && !rc; t += tokens)
        rc = run_batch(&g, t);
    return rc;
}
