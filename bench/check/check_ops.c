/* The check of the small ops: out = op(first, second, third); attention has first = q, second = keys, third = values.
 *
 * With u = 2^-24 one f32 rounding is off by at most u times its result, or by FLT_TRUE_MIN / 2 where the result is
 * denormal. Bounds are multiples of err_scale * 2^-23, which is 2u; that leaves a factor of 1.5 to 2 for the products
 * of errors that the derivations leave out. The reference is the definition in kernel.h, in double. */
#include "bench/check/check_ops.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { OUT, FIRST, SECOND, THIRD, SCRATCH };

/* --- references --- */

/* One of those that models have. */
static float eps_of(const mw_check_case *c)
{
    return c->seed % 2 ? 1e-5f : 1e-6f;
}

/* The sum of n squares is off by n u at most, as all terms have one sign; its mean, the epsilon and its addition by
 * u each, and the root halves that; root, reciprocal and two products add 4 u: (n / 2 + 5.5) u. Any of the products
 * may pass through a denormal on its way. */
static void want_rmsnorm(mw_op_case *o)
{
    double sum = 0, n = (double)o->cols;
    for (size_t i = 0; i < o->cols; i++)
        sum += (double)o->first[i] * o->first[i];
    const double scale = 1 / sqrt(sum / n + (double)eps_of(o->check->c));
    for (size_t i = 0; i < o->cols; i++) {
        o->want[i] = o->second[i] * (o->first[i] * scale);
        o->bound[i] = (n / 2 + 6) * FLT_EPSILON * fabs(o->want[i]) + FLT_TRUE_MIN * (1 + scale + fabs(o->second[i]));
    }
}

/* Where the first and the second element of pair i of a head stand, and its cosine and its sine. */
static size_t first_of(const mw_op_case *o, size_t i)
{
    return o->op == MW_OP_ROPE ? 2 * i : i;
}

static size_t second_of(const mw_op_case *o, size_t i)
{
    return o->op == MW_OP_ROPE ? 2 * i + 1 : i + o->cols / 2;
}

/* Two products and their sum: 2 u of each product. */
static void want_rope(mw_op_case *o)
{
    for (size_t at = 0; at < o->n_out; at += o->cols)
        for (size_t i = 0; i < o->cols / 2; i++) {
            const size_t f = first_of(o, i), g = second_of(o, i);
            const double c = o->second[f], s = o->second[g], v0 = o->first[at + f], v1 = o->first[at + g];
            o->want[at + f] = v0 * c - v1 * s;
            o->want[at + g] = v0 * s + v1 * c;
            o->bound[at + f] = 2 * FLT_EPSILON * (fabs(v0 * c) + fabs(v1 * s)) + 2 * FLT_TRUE_MIN;
            o->bound[at + g] = 2 * FLT_EPSILON * (fabs(v0 * s) + fabs(v1 * c)) + 2 * FLT_TRUE_MIN;
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

static const struct {
    const char *operands[MW_CHECK_BLOCKS]; /* that the kernel is given */
    void (*want)(mw_op_case *);
} ops[MW_OP_COUNT] = {[MW_OP_RMSNORM] = {{"y", "x", "w"}, want_rmsnorm},
                      [MW_OP_ROPE] = {{"v", NULL, "cos_sin"}, want_rope},
                      [MW_OP_ROPE_HALVES] = {{"v", NULL, "cos_sin"}, want_rope},
                      [MW_OP_ATTENTION] = {{"out", "q", "keys", "values", "scores"}, mw_want_attention},
                      [MW_OP_SWIGLU] = {{"h", NULL, "g"}, want_swiglu}};

static void make_want(mw_op_case *o)
{
    const bool exact = mw_even_rows(o->op) && o->check->c->data <= MW_DATA_ONE_HOT;
    ops[o->op].want(o);
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
    } else if (mw_rotates(o->op)) {
        for (size_t i = 0; i < o->cols / 2; i++) {
            o->second[first_of(o, i)] = i != j / 2;
            o->second[second_of(o, i)] = i == j / 2;
        }
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
    mw_fill(o->first, o->n_out, data, false, terms, state);
    mw_fill(o->second, o->cols, data == MW_DATA_ZERO ? MW_DATA_NORMAL : data, true, terms, state);
    if (mw_rotates(o->op) && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols / 2; i++) {
            const double angle = 3.2 * o->second[first_of(o, i)];
            o->second[first_of(o, i)] = (float)cos(angle);
            o->second[second_of(o, i)] = (float)sin(angle);
        }
    if (o->op == MW_OP_SWIGLU && data == MW_DATA_NORMAL)
        for (size_t i = 0; i < o->cols; i++) /* the range of a model, and now and then far beyond it */
            o->first[i] *= i % 4 == 3 ? 200 : 8;
    if (data == MW_DATA_NONFINITE) {
        mw_spoil(o->first, o->n_out, state);
        if (o->check->c->seed % 2)
            mw_spoil(o->second, o->cols, state);
    }
}

/* --- calls --- */

/* An op that works in place is not given `first`: `out` starts as that. */
static void call(void *arg)
{
    const mw_op_case *o = arg;
    const mw_kernel *k = o->check->kernel;
    const mw_guarded *b = o->check->block;
    float *out = b[OUT].floats, *first = b[OUT].given ? out : b[FIRST].floats, *second = b[SECOND].floats;
    switch (o->op) {
    case MW_OP_RMSNORM: k->fn.rmsnorm(out, first, second, o->cols, eps_of(o->check->c)); break;
    case MW_OP_ROPE:
    case MW_OP_ROPE_HALVES: k->fn.rope(out, second, o->rows, o->cols); break;
    case MW_OP_ATTENTION:
        k->fn.attention(out, first, second, b[THIRD].floats, b[SCRATCH].floats, o->rows, o->cols);
        break;
    default: k->fn.swiglu(out, second, o->cols);
    }
}

static int run_twice(mw_op_case *o)
{
    const float *out = o->check->block[OUT].floats;
    int rc = mw_check_call(o->check, call, o);
    if (!rc)
        rc = mw_check_values(o->check, out, o->want, o->bound, o->n_out);
    memcpy(o->was, out, o->n_out * sizeof *out);
    if (!rc)
        rc = mw_check_call(o->check, call, o);
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
    o->check->block[OUT].given = o->first; /* the one op that works both ways */
    return run_twice(o);
}

int mw_check_op(mw_check *check)
{
    static const unsigned factors[MW_CHECK_BLOCKS] = {1, 5, 11, 3, 7};
    const mw_op op = check->kernel->op;
    const char *const *names = ops[op].operands;
    const bool attends = op == MW_OP_ATTENTION;
    const size_t rows = check->c->rows, cols = check->c->cols, all = rows * cols, one = attends ? cols : all;
    const size_t n[MW_CHECK_BLOCKS] = {one, one, attends ? all : cols, all, (rows + 15) / 16 * 16};
    mw_guarded *b = check->block;
    for (int i = OUT; i <= SCRATCH; i++)
        if (names[i])
            mw_block_open(check, i, names[i], n[i], sizeof(float), check->c->misalign * factors[i] % 64,
                          i == OUT || i == SCRATCH);
    if (!names[FIRST])
        b[OUT].given = mw_check_room(check, one, sizeof(float));
    mw_op_case o = {.check = check, .op = op, .rows = rows, .cols = cols, .n_out = one};
    o.first = names[FIRST] ? b[FIRST].given : b[OUT].given;
    o.second = b[SECOND].given;
    o.third = b[THIRD].given;
    o.was = mw_check_room(check, one, sizeof *o.was);
    o.want = mw_check_room(check, one, sizeof *o.want);
    o.bound = mw_check_room(check, one, sizeof *o.bound);
    o.work = mw_check_room(check, 2 * rows, sizeof *o.work);
    const int rc = mw_check_memory(check);
    return rc ? rc : run_all(&o);
}
