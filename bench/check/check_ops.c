/* The checks of the small ops. With u = 2^-24 one f32 rounding is off by at most u times its result, or by
 * FLT_TRUE_MIN / 2 where the result is denormal. Bounds are multiples of err_scale * 2^-23, which is 2u; that leaves
 * a factor of 1.5 to 2 for the products of errors that the derivations leave out. The reference is the definition in
 * kernel.h, in double. */
#include "bench/check/check_parts.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUT, FIRST, SECOND, THIRD, SCRATCH };

static void call(void *arg)
{
    const mw_op_case *o = arg;
    const mw_kernel *k = o->check->kernel;
    const mw_guarded *b = o->check->block;
    float *out = b[OUT].floats, *first = o->in_place ? out : b[FIRST].floats, *second = b[SECOND].floats;
    float *third = b[THIRD].floats, *scratch = b[SCRATCH].floats;
    switch (o->op) {
    case MW_OP_RMSNORM: k->fn.rmsnorm(out, first, second, o->cols); break;
    case MW_OP_ROPE: k->fn.rope(out, second, o->rows, o->cols); break;
    case MW_OP_ATTENTION: k->fn.attention(out, first, second, third, scratch, o->rows, o->cols); break;
    default: k->fn.swiglu(out, second, o->cols);
    }
}

/* --- references --- */

/* The sum of n squares is off by n u at most, as all terms have one sign; its mean, the epsilon and its addition by
 * u each, and the root halves that; root, reciprocal and two products add 4 u: (n / 2 + 5.5) u. Any of the products
 * may pass through a denormal on its way. */
static void want_rmsnorm(mw_op_case *o)
{
    double sum = 0, n = (double)o->cols;
    for (size_t i = 0; i < o->cols; i++)
        sum += (double)o->first[i] * o->first[i];
    const double scale = 1 / sqrt(sum / n + 1e-5);
    for (size_t i = 0; i < o->cols; i++) {
        o->want[i] = o->second[i] * (o->first[i] * scale);
        o->bound[i] = (n / 2 + 6) * FLT_EPSILON * fabs(o->want[i]) + FLT_TRUE_MIN * (1 + scale + fabs(o->second[i]));
    }
}

/* Two products and their sum: 2 u of each product. */
static void want_rope(mw_op_case *o)
{
    for (size_t i = 0; i < o->n_out; i += 2) {
        const float *cs = o->second + i % o->cols;
        double c = cs[0], s = cs[1], v0 = o->first[i], v1 = o->first[i + 1];
        o->want[i] = v0 * c - v1 * s;
        o->want[i + 1] = v0 * s + v1 * c;
        o->bound[i] = 2 * FLT_EPSILON * (fabs(v0 * c) + fabs(v1 * s)) + 2 * FLT_TRUE_MIN;
        o->bound[i + 1] = 2 * FLT_EPSILON * (fabs(v0 * s) + fabs(v1 * c)) + 2 * FLT_TRUE_MIN;
    }
}

/* exp costs 2 ulp or 4 u; sum, reciprocal or quotient, and two products 4 u: 8 u. Where exp(-h) exceeds FLT_MAX the
 * result may be 0, which is off by all there is. The reciprocal and the products may pass through a denormal. */
static void want_swiglu(mw_op_case *o)
{
    for (size_t i = 0; i < o->cols; i++) {
        double h = o->first[i], g = o->second[i];
        o->want[i] = h / (1 + exp(-h)) * g;
        o->bound[i] = 6 * FLT_EPSILON * fabs(o->want[i]) + FLT_TRUE_MIN * (1 + fabs(g) * (1 + fabs(h)));
        if (exp(-h) > FLT_MAX * (1 - 0x1p-20))
            o->bound[i] += fabs(o->want[i]);
    }
}

static void make_want(mw_op_case *o)
{
    static void (*const want[MW_OP_COUNT])(mw_op_case *) = {[MW_OP_RMSNORM] = want_rmsnorm,
                                                            [MW_OP_ROPE] = want_rope,
                                                            [MW_OP_ATTENTION] = mw_attention_want,
                                                            [MW_OP_SWIGLU] = want_swiglu};
    const bool exact = mw_check_even_rows(o->op) && o->check->c->data <= MW_DATA_ONE_HOT;
    want[o->op](o);
    for (size_t i = 0; i < o->n_out; i++) {
        o->want[i] = exact ? (float)o->want[i] : o->want[i]; /* a quotient of whole numbers is rounded once */
        o->bound[i] *= exact ? 0 : o->check->kernel->err_scale;
    }
}

/* --- data --- */

/* A single one, put where the op would show that it lost it: the only value that counts in an rmsnorm, a quarter turn
 * of one pair, one dimension of the one position that attention looks at. What it picks from is arbitrary. */
static void make_one_hot(mw_op_case *o, int k, uint64_t *state)
{
    const size_t j = mw_place(k, o->cols, state);
    if (o->op == MW_OP_ATTENTION) {
        mw_attention_one_hot(o, k, state);
    } else if (o->op == MW_OP_ROPE) {
        for (size_t i = 0; i < o->cols; i++)
            o->second[i] = (i % 2 == 0) != (i / 2 == j / 2);
    } else {
        memset(o->first, 0, o->cols * sizeof *o->first);
        o->first[j] = 12;
    }
}

static void make_data(mw_op_case *o, uint64_t *state)
{
    const mw_data data = o->check->c->data;
    const size_t terms = o->op == MW_OP_SWIGLU ? 1 << 18 : 1; /* numbers up to 8 suit an exponential */
    if (o->op == MW_OP_ATTENTION) {
        mw_attention_data(o, state);
        return;
    }
    mw_fill(o->first, o->n_first, data, false, terms, state);
    mw_fill(o->second, o->n_second, data == MW_DATA_ZERO ? MW_DATA_NORMAL : data, true, terms, state);
    if (o->op == MW_OP_ROPE && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols; i += 2) {
            double angle = 3.2 * o->second[i];
            o->second[i] = (float)cos(angle);
            o->second[i + 1] = (float)sin(angle);
        }
    if (o->op == MW_OP_SWIGLU && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols; i++) /* the range of a model, and now and then far beyond it */
            o->first[i] *= i % 4 == 3 ? 200 : 8;
    if (data == MW_DATA_NONFINITE) {
        mw_spoil(o->first, o->n_first, state);
        if (o->check->c->seed % 2)
            mw_spoil(o->second, o->n_second, state);
    }
}

/* Calls once and looks at everything that must not have changed. */
static int run(mw_op_case *o)
{
    mw_check *check = o->check;
    const mw_guarded *b = check->block;
    mw_canaries(b[OUT].floats, o->n_out);
    mw_canaries(b[SCRATCH].floats, o->n_scratch);
    if (o->in_place)
        memcpy(b[OUT].floats, o->first, o->n_first * sizeof(float));
    const float *const given[] = {[FIRST] = o->first, [SECOND] = o->second, [THIRD] = o->third};
    for (int i = FIRST; i <= THIRD; i++)
        if (b[i].n)
            memcpy(b[i].floats, given[i], b[i].n * sizeof(float));
    int rc = mw_check_call(check, call, o);
    rc = rc ? rc : mw_check_margins(check);
    for (int i = FIRST; i <= THIRD && !rc; i++)
        if (b[i].n && memcmp(b[i].floats, given[i], b[i].n * sizeof(float)) != 0)
            rc = mw_check_wrong(check, "wrote to %s", b[i].name);
    return rc;
}

static int run_twice(mw_op_case *o)
{
    const float *out = o->check->block[OUT].floats;
    int rc = run(o);
    if (!rc)
        rc = mw_check_values(o->check, out, o->want, o->bound, o->n_out);
    memcpy(o->was, out, o->n_out * sizeof *out);
    if (!rc)
        rc = run(o);
    return rc ? rc : mw_check_same(o->check, "called again", out, o->was, 0, o->n_out);
}

static int run_all(mw_op_case *o)
{
    uint64_t state = o->check->c->seed;
    const bool one_hot = o->check->c->data == MW_DATA_ONE_HOT;
    int rc = 0;
    make_data(o, &state);
    for (int k = 0; k < (one_hot ? MW_PLACES : 1) && !rc; k++) {
        if (one_hot)
            make_one_hot(o, k, &state);
        make_want(o);
        rc = run_twice(o);
    }
    if (rc || o->op != MW_OP_RMSNORM)
        return rc;
    o->in_place = true; /* the one op that works both ways */
    return run_twice(o);
}

int mw_check_op(mw_check *check)
{
    static const char *const names[MW_OP_COUNT][MW_CHECK_BLOCKS] = {
        /* those that the kernel is given */
        [MW_OP_RMSNORM] = {"y", "x", "w"},
        [MW_OP_ROPE] = {"v", NULL, "cos_sin"},
        [MW_OP_ATTENTION] = {"out", "q", "keys", "values", "scores"},
        [MW_OP_SWIGLU] = {"h", NULL, "g"}};
    const mw_op op = check->kernel->op;
    const bool attends = op == MW_OP_ATTENTION;
    const size_t rows = check->c->rows, cols = check->c->cols, one = attends ? cols : rows * cols;
    mw_op_case o = {.check = check,
                    .op = op,
                    .rows = rows,
                    .cols = cols,
                    .n_out = one,
                    .n_first = one,
                    .n_second = attends ? rows * cols : cols,
                    .n_third = attends ? rows * cols : 0,
                    .n_scratch = attends ? (rows + 15) / 16 * 16 : 0,
                    .in_place = !names[op][FIRST]};
    const size_t n[MW_CHECK_BLOCKS] = {o.n_out, o.n_first, o.n_second, o.n_third, o.n_scratch};
    static const unsigned factors[MW_CHECK_BLOCKS] = {1, 5, 11, 3, 7};
    int rc = 0;
    for (int i = OUT; i <= SCRATCH && !rc; i++)
        if (names[op][i])
            rc = mw_block_open(check, i, names[op][i], n[i], sizeof(float), check->c->misalign * factors[i] % 64);
    if (rc)
        return rc;
    o.first = malloc((o.n_first + o.n_second + o.n_third + o.n_out) * sizeof *o.first);
    o.want = malloc(2 * (o.n_out + o.n_scratch) * sizeof *o.want);
    if (o.first && o.want) {
        o.second = o.first + o.n_first;
        o.third = o.second + o.n_second;
        o.was = o.third + o.n_third;
        o.bound = o.want + o.n_out;
        o.work = o.bound + o.n_out;
        rc = run_all(&o);
    } else {
        rc = mw_fail(check->err, -ENOMEM, "no memory to check a kernel on %zu x %zu", rows, cols);
    }
    free(o.first);
    free(o.want);
    return rc;
}
