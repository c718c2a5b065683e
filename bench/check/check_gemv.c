/* The check of y = W x. One case has one matrix and a few vectors x. The matrix is made row by row and packed at
 * once, so that the classifier of a large model needs no second copy; the reference is summed from the row on that
 * occasion. */
#include "bench/check/check_parts.h"

#include "layouts/layout.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Y, W, X };

typedef struct gemv_case {
    mw_check *check;
    const mw_layout *layout;
    size_t rows, cols;
    int n_x;              /* vectors x of this case */
    float *x;             /* x[n_x][cols] */
    double *want, *bound; /* [n_x][rows] */
    float *row;           /* one row of W */
    float *full;          /* what the first call returned, [rows] */
    size_t first, n;      /* rows of the call that is being made */
} gemv_case;

/* The vectors of this kind of data. */
static void make_x(gemv_case *g, uint64_t *state)
{
    const mw_data data = g->check->c->data;
    for (int t = 0; t < g->n_x; t++) {
        float *x = g->x + (size_t)t * g->cols;
        /* zero data has zero rows besides: they need an x that is not zero to prove themselves */
        mw_data kind = data == MW_DATA_ONE_HOT || (data == MW_DATA_ZERO && t == 0) ? MW_DATA_ZERO
                       : data == MW_DATA_ZERO                                      ? MW_DATA_NORMAL
                                                                                   : data;
        mw_fill(x, g->cols, kind, true, g->cols, state);
        if (data == MW_DATA_ONE_HOT)
            x[mw_place(t, g->cols, state)] = 1;
        if (data == MW_DATA_NONFINITE && t > 0) /* x times the zeros of the padding is NaN now, and must stay there */
            mw_spoil(x, g->cols, state);
    }
}

static void make_row(gemv_case *g, size_t i)
{
    const mw_check_case *c = g->check->c;
    uint64_t state = c->seed * 0x100000001B3u ^ i << 20;
    const uint64_t turn = i + c->seed; /* so that the only row of a matrix takes every role in turn */
    mw_data kind = c->data != MW_DATA_ZERO ? c->data : turn % 2 ? MW_DATA_ZERO : MW_DATA_NORMAL;
    mw_fill(g->row, g->cols, kind, false, g->cols, &state);
    if (c->data == MW_DATA_NONFINITE && turn % 3 == 1) {
        mw_spoil(g->row, g->cols, &state);
        if (turn % 2)
            mw_spoil(g->row, g->cols, &state);
    }
}

/* Makes W, packs it and works out what every call must return. */
static void make_matrix(gemv_case *g)
{
    const mw_check *check = g->check;
    const bool exact = check->c->data == MW_DATA_INTEGER || check->c->data == MW_DATA_ONE_HOT;
    const double n = (double)g->cols;
    for (size_t i = 0; i < g->rows; i++) {
        make_row(g, i);
        mw_layout_pack(g->layout, check->block[W].floats, g->row, i, 1, g->rows, g->cols);
        for (int t = 0; t < g->n_x; t++) {
            const float *x = g->x + (size_t)t * g->cols;
            double sum = 0, size = 0;
            for (size_t j = 0; j < g->cols; j++) {
                double term = (double)g->row[j] * x[j];
                sum += term;
                size += fabs(term);
            }
            size_t at = (size_t)t * g->rows + i;
            g->want[at] = sum;
            g->bound[at] = check->kernel->err_scale * (n + 2) * FLT_EPSILON * size + n * FLT_TRUE_MIN;
            if (exact || size == 0)
                g->bound[at] = 0;
        }
    }
}

static void call(void *arg)
{
    const gemv_case *g = arg;
    const mw_block *b = g->check->block;
    g->check->kernel->fn.gemv(b[Y].floats + g->first, b[W].floats + g->layout->cell(g->first, 0, g->rows, g->cols),
                              b[X].floats, g->n, g->cols, g->layout->ld(g->rows, g->cols));
}

/* Computes y[first..first + n) and looks at everything that must not have changed. */
static int run(gemv_case *g, size_t first, size_t n, const float *x)
{
    mw_check *check = g->check;
    const mw_block *y = &check->block[Y];
    mw_canaries(y->floats, g->rows);
    g->first = first;
    g->n = n;
    int rc = mw_check_call(check, call, g);
    if (!rc)
        rc = mw_check_margins(check);
    if (rc)
        return rc;
    size_t end = first + n, kept = mw_canaries_kept(y->floats, first);
    if (kept == first)
        kept = end + mw_canaries_kept(y->floats + end, g->rows - end);
    if (kept < g->rows)
        return mw_check_wrong(check, "wrote to y[%zu] when called for rows %zu to %zu", kept, first, end);
    if (memcmp(check->block[X].floats, x, g->cols * sizeof *x) != 0)
        return mw_check_wrong(check, "wrote to x");
    return 0;
}

/* Every row alone in its thread's share must have the bits that it has in the whole. */
static int run_shares(gemv_case *g, const float *x)
{
    const size_t last = (g->rows - 1) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    const size_t shares[][2] = {{0, g->rows}, {0, MW_ROW_SPLIT}, {MW_ROW_SPLIT, g->rows}, {last, g->rows}};
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
        const char *what = s ? "only its thread's share of the rows is computed" : "called again";
        size_t first = shares[s][0], n = shares[s][1] - first;
        if (s > 0 && (last == 0 || n % g->check->kernel->row_multiple))
            continue;
        int rc = run(g, first, n, x);
        if (!rc)
            rc = mw_check_same(g->check, what, g->check->block[Y].floats + first, g->full + first, first, n);
        if (rc)
            return rc;
    }
    return 0;
}

static uint64_t digest(const mw_block *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t bits;
        memcpy(&bits, &b->floats[i], sizeof bits);
        sum += bits;
    }
    return sum;
}

static int run_all(gemv_case *g)
{
    mw_check *check = g->check;
    const uint64_t before = digest(&check->block[W]);
    for (int t = 0; t < g->n_x; t++) {
        const float *x = g->x + (size_t)t * g->cols;
        const size_t at = (size_t)t * g->rows;
        memcpy(check->block[X].floats, x, g->cols * sizeof *x);
        int rc = run(g, 0, g->rows, x);
        if (!rc)
            rc = mw_check_values(check, check->block[Y].floats, g->want + at, g->bound + at, g->rows);
        if (!rc && (t == 0 || check->c->data != MW_DATA_ONE_HOT)) {
            memcpy(g->full, check->block[Y].floats, g->rows * sizeof *g->full);
            rc = run_shares(g, x);
        }
        if (rc)
            return rc;
    }
    return digest(&check->block[W]) == before ? 0 : mw_check_wrong(check, "wrote to w");
}

int mw_check_gemv(mw_check *check)
{
    const mw_check_case *c = check->c;
    const mw_layout *layout = mw_layout_of(check->kernel->layout);
    const unsigned m = c->misalign;
    int rc = mw_block_open(check, Y, "y", c->rows, sizeof(float), m * 11 % 64);
    if (!rc)
        rc = mw_block_open(check, W, "w", layout->cells(c->rows, c->cols), check->kernel->align, m);
    if (!rc)
        rc = mw_block_open(check, X, "x", c->cols, sizeof(float), m * 5 % 64);
    if (rc)
        return rc;
    gemv_case g = {.check = check, .layout = layout, .rows = c->rows, .cols = c->cols, .n_x = 1};
    if (c->data == MW_DATA_ONE_HOT)
        g.n_x = c->cols < MW_PLACES ? (int)c->cols : MW_PLACES;
    else if (c->data == MW_DATA_ZERO || c->data == MW_DATA_NONFINITE)
        g.n_x = 2;
    const size_t n_x = (size_t)g.n_x;
    g.x = malloc((n_x * c->cols + c->cols + c->rows) * sizeof *g.x);
    g.want = malloc(2 * n_x * c->rows * sizeof *g.want);
    if (g.x && g.want) {
        g.row = g.x + n_x * c->cols;
        g.full = g.row + c->cols;
        g.bound = g.want + n_x * c->rows;
        uint64_t state = c->seed;
        make_x(&g, &state);
        make_matrix(&g);
        rc = run_all(&g);
    } else {
        rc = mw_fail(check->err, -ENOMEM, "no memory to check a kernel on %zu x %zu", c->rows, c->cols);
    }
    free(g.x);
    free(g.want);
    return rc;
}
