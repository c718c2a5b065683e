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

enum { OUT, FIRST, SECOND };

/* One call: out = op(first, second). `first` is what an op in place finds in `out`. */
typedef struct op_case {
    mw_check *check;
    mw_op op;
    size_t rows, cols, n_out, n_first, n_second;
    float a;                     /* the factor of AXPY */
    bool in_place;               /* `out` starts as `first`, which the kernel is not given */
    float *first, *second, *was; /* contents of the operands; what the first call returned */
    double *want, *bound;        /* [n_out] */
} op_case;

static void call(void *arg)
{
    const op_case *o = arg;
    const mw_kernel *k = o->check->kernel;
    const mw_block *b = o->check->block;
    float *out = b[OUT].floats, *first = o->in_place ? out : b[FIRST].floats, *second = b[SECOND].floats;
    switch (o->op) {
    case MW_OP_RMSNORM: k->fn.rmsnorm(out, first, second, o->cols); break;
    case MW_OP_ROPE: k->fn.rope(out, second, o->rows, o->cols); break;
    case MW_OP_SOFTMAX: k->fn.softmax(out, o->cols); break;
    case MW_OP_SWIGLU: k->fn.swiglu(out, second, o->cols); break;
    case MW_OP_DOT: out[0] = k->fn.dot(first, second, o->cols); break;
    default: k->fn.axpy(out, o->a, second, o->cols);
    }
}

/* --- references -------------------------------------------------------------------------------------------------- */

/* The sum of n squares is off by n u at most, as all terms have one sign; its mean, the epsilon and its addition by
 * u each, and the root halves that; root, reciprocal and two products add 4 u: (n / 2 + 5.5) u. Any of the products
 * may pass through a denormal on its way. */
static void want_rmsnorm(op_case *o)
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
static void want_rope(op_case *o)
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

/* The distance d to the largest is off by |d| u, so its exponential by |d| u and by what exp itself costs, 2 ulp or
 * 4 u. The sum carries the mean of these and n u of its own; reciprocal and product add 2 u: (|d| + mean |d| + n +
 * 10) u. Exponentials below FLT_MIN are off by FLT_TRUE_MIN or so. */
static void want_softmax(op_case *o)
{
    const size_t n = o->cols;
    double most = o->first[0], sum = 0, mean = 0;
    for (size_t i = 1; i < n; i++)
        if (o->first[i] > most)
            most = o->first[i];
    for (size_t i = 0; i < n; i++)
        sum += o->want[i] = exp(o->first[i] - most);
    for (size_t i = 0; i < n; i++) {
        o->want[i] /= sum;
        if (o->want[i] > 0)
            mean += o->want[i] * (most - o->first[i]);
    }
    for (size_t i = 0; i < n; i++) {
        double d = o->want[i] > 0 ? most - o->first[i] : 0;
        o->bound[i] = (d + mean + (double)n + 6) * FLT_EPSILON * o->want[i] + 4 * FLT_TRUE_MIN;
    }
}

/* exp costs 2 ulp or 4 u; sum, reciprocal or quotient, and two products 4 u: 8 u. Where exp(-h) exceeds FLT_MAX the
 * result may be 0, which is off by all there is. The reciprocal and the products may pass through a denormal. */
static void want_swiglu(op_case *o)
{
    for (size_t i = 0; i < o->cols; i++) {
        double h = o->first[i], g = o->second[i];
        o->want[i] = h / (1 + exp(-h)) * g;
        o->bound[i] = 6 * FLT_EPSILON * fabs(o->want[i]) + FLT_TRUE_MIN * (1 + fabs(g) * (1 + fabs(h)));
        if (exp(-h) > FLT_MAX * (1 - 0x1p-20))
            o->bound[i] += fabs(o->want[i]);
    }
}

/* As for GEMV, see check.h. */
static void want_dot(op_case *o)
{
    double sum = 0, size = 0, n = (double)o->cols;
    for (size_t i = 0; i < o->cols; i++) {
        double term = (double)o->first[i] * o->second[i];
        sum += term;
        size += fabs(term);
    }
    o->want[0] = sum;
    o->bound[0] = (n + 2) * FLT_EPSILON * size + (size > 0 ? n * FLT_TRUE_MIN : 0);
}

/* One product, one sum: u of |a x| and u of the result. Nothing is rounded where nothing is added. */
static void want_axpy(op_case *o)
{
    for (size_t i = 0; i < o->cols; i++) {
        double y = o->first[i], ax = (double)o->a * o->second[i];
        o->want[i] = y + ax;
        o->bound[i] = ax == 0 ? 0 : 2 * FLT_EPSILON * (fabs(y) + fabs(ax)) + FLT_TRUE_MIN;
    }
}

static void make_want(op_case *o)
{
    static void (*const want[MW_OP_COUNT])(op_case *) = {
        [MW_OP_RMSNORM] = want_rmsnorm, [MW_OP_ROPE] = want_rope, [MW_OP_SOFTMAX] = want_softmax,
        [MW_OP_SWIGLU] = want_swiglu,   [MW_OP_DOT] = want_dot,   [MW_OP_AXPY] = want_axpy};
    const mw_data data = o->check->c->data;
    const bool exact = ((o->op == MW_OP_ROPE || o->op == MW_OP_DOT) && data <= MW_DATA_ONE_HOT) ||
                       (o->op == MW_OP_AXPY && data == MW_DATA_INTEGER);
    want[o->op](o);
    for (size_t i = 0; i < o->n_out; i++)
        o->bound[i] *= exact ? 0 : o->check->kernel->err_scale;
}

/* --- data -------------------------------------------------------------------------------------------------------- */

/* A single one, put where the op would show that it lost it: the factor of a dot or an axpy, the only value that
 * counts in an rmsnorm or a softmax, a quarter turn of one pair. What it picks from is arbitrary. */
static void make_one_hot(op_case *o, size_t j)
{
    const bool second = o->op == MW_OP_DOT || o->op == MW_OP_AXPY;
    float *v = second ? o->second : o->first;
    o->a = 1;
    if (o->op == MW_OP_ROPE) {
        for (size_t i = 0; i < o->cols; i++)
            o->second[i] = (i % 2 == 0) != (i / 2 == j / 2);
        return;
    }
    memset(v, 0, o->cols * sizeof *v);
    v[j] = second ? 1 : 12;
}

static void make_data(op_case *o, uint64_t *state)
{
    const mw_data data = o->check->c->data;
    const bool exps = o->op == MW_OP_SWIGLU || o->op == MW_OP_SOFTMAX;
    const size_t terms = o->op == MW_OP_DOT ? o->cols : exps ? 1 << 18 : 1; /* numbers up to 8 suit an exponential */
    mw_fill(o->first, o->n_first, data, false, terms, state);
    mw_fill(o->second, o->n_second, data == MW_DATA_ZERO ? MW_DATA_NORMAL : data, true, terms, state);
    mw_fill(&o->a, 1, data, true, 1, state);
    if (o->op == MW_OP_ROPE && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols; i += 2) {
            double angle = 3.2 * o->second[i];
            o->second[i] = (float)cos(angle);
            o->second[i + 1] = (float)sin(angle);
        }
    if (o->op == MW_OP_AXPY && data == MW_DATA_CANCELLING)
        for (size_t i = 0; i < o->cols; i++)
            o->first[i] = -o->a * o->second[i];
    if (exps && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols; i++) /* the range of a model, and now and then far beyond it */
            o->first[i] *= i % 4 == 3 ? 200 : 8;
    if (o->op == MW_OP_SOFTMAX && data == MW_DATA_EXTREME)
        for (size_t i = 1; i < o->cols; i += 3) /* what a mask writes */
            o->first[i] = i % 2 ? -FLT_MAX : -1e30f;
    if (data == MW_DATA_NONFINITE) {
        mw_spoil(o->first, o->n_first, state);
        if (o->n_second && o->check->c->seed % 2)
            mw_spoil(o->second, o->n_second, state);
    }
}

/* The results add up to 1: each is a quotient by their own sum, so only that sum's n u and the last rounding show. */
static int check_sum(op_case *o, const float *out)
{
    double sum = 0, n = (double)o->cols;
    for (size_t i = 0; i < o->cols; i++)
        sum += out[i];
    double bound = o->check->kernel->err_scale * (n + 3) * FLT_EPSILON + n * FLT_TRUE_MIN;
    if (isnan(o->want[0]) || fabs(sum - 1) <= bound)
        return 0;
    return mw_check_wrong(o->check, "made elements whose sum is 1 %+.3g, expected within %.3g", sum - 1, bound);
}

/* Calls once and looks at everything that must not have changed. */
static int run(op_case *o)
{
    mw_check *check = o->check;
    const mw_block *b = check->block;
    mw_canaries(b[OUT].floats, o->n_out);
    if (o->in_place)
        memcpy(b[OUT].floats, o->first, o->n_first * sizeof(float));
    const float *const given[] = {[FIRST] = o->first, [SECOND] = o->second};
    for (int i = FIRST; i <= SECOND; i++)
        if (b[i].n)
            memcpy(b[i].floats, given[i], b[i].n * sizeof(float));
    int rc = mw_check_call(check, call, o);
    rc = rc ? rc : mw_check_margins(check);
    for (int i = FIRST; i <= SECOND && !rc; i++)
        if (b[i].n && memcmp(b[i].floats, given[i], b[i].n * sizeof(float)) != 0)
            rc = mw_check_wrong(check, "wrote to %s", b[i].name);
    return rc;
}

static int run_twice(op_case *o)
{
    const float *out = o->check->block[OUT].floats;
    int rc = run(o);
    if (!rc)
        rc = mw_check_values(o->check, out, o->want, o->bound, o->n_out);
    if (!rc && o->op == MW_OP_SOFTMAX)
        rc = check_sum(o, out);
    memcpy(o->was, out, o->n_out * sizeof *out);
    if (!rc)
        rc = run(o);
    return rc ? rc : mw_check_same(o->check, "called again", out, o->was, 0, o->n_out);
}

static int run_all(op_case *o)
{
    uint64_t state = o->check->c->seed;
    const bool one_hot = o->check->c->data == MW_DATA_ONE_HOT;
    int rc = 0;
    make_data(o, &state);
    for (int k = 0; k < (one_hot ? MW_PLACES : 1) && !rc; k++) {
        if (one_hot)
            make_one_hot(o, mw_place(k, o->cols, &state));
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
        [MW_OP_RMSNORM] = {"y", "x", "w"}, [MW_OP_ROPE] = {"v", NULL, "cos_sin"}, [MW_OP_SOFTMAX] = {"x", NULL, NULL},
        [MW_OP_SWIGLU] = {"h", NULL, "g"}, [MW_OP_DOT] = {"result", "a", "b"},    [MW_OP_AXPY] = {"y", NULL, "x"}};
    const mw_op op = check->kernel->op;
    const unsigned m = check->c->misalign;
    op_case o = {.check = check, .op = op, .rows = check->c->rows, .cols = check->c->cols};
    o.in_place = !names[op][FIRST];
    o.n_first = o.rows * o.cols;
    o.n_second = names[op][SECOND] ? o.cols : 0;
    o.n_out = op == MW_OP_DOT ? 1 : o.n_first;
    int rc = mw_block_open(check, OUT, names[op][OUT], o.n_out, sizeof(float), m);
    if (!rc && names[op][FIRST])
        rc = mw_block_open(check, FIRST, names[op][FIRST], o.n_first, sizeof(float), m * 5 % 64);
    if (!rc && names[op][SECOND])
        rc = mw_block_open(check, SECOND, names[op][SECOND], o.n_second, sizeof(float), m * 11 % 64);
    if (rc)
        return rc;
    o.first = malloc((o.n_first + o.n_second + o.n_out) * sizeof *o.first);
    o.want = malloc(2 * o.n_out * sizeof *o.want);
    if (o.first && o.want) {
        o.second = o.first + o.n_first;
        o.was = o.second + o.n_second;
        o.bound = o.want + o.n_out;
        rc = run_all(&o);
    } else {
        rc = mw_fail(check->err, -ENOMEM, "no memory to check a kernel on %zu x %zu", o.rows, o.cols);
    }
    free(o.first);
    free(o.want);
    return rc;
}
