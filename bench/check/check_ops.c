/* The check of the small ops: out = op(first, second, third); attention has first = q, second = keys, third = values.
 *
 * With u = 2^-24 one f32 rounding is off by at most u times its result, or by FLT_TRUE_MIN / 2 where the result is
 * denormal. Bounds are multiples of err_scale * 2^-23, which is 2u; that leaves a factor of 1.5 to 2 for the products
 * of errors that the derivations leave out. The reference is the definition in kernel.h, in double. */
#include "bench/check/check_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { OUT, FIRST, SECOND, THIRD, SCRATCH };

typedef struct op_case {
    mw_check *check;
    mw_op op;
    size_t rows, cols, n_out;
    float *first, *second, *third; /* contents of the operands */
    float *was;                    /* what the first call returned */
    double *want, *bound, *work;   /* [n_out], [n_out], [2 * rows] */
} op_case;

/* --- references --- */

/* One of those that models have. */
static float eps_of(const mw_check_case *c)
{
    return c->seed % 2 ? 1e-5f : 1e-6f;
}

/* The sum of n squares is off by n u at most, as all terms have one sign; its mean, the epsilon and its addition by
 * u each, and the root halves that; root, reciprocal and two products add 4 u: (n / 2 + 5.5) u. Any of the products
 * may pass through a denormal on its way. */
static void want_rmsnorm(op_case *o)
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

/* A score is off by E = (n + 2) 2^-23 sum|q k|, as a row of a GEMV is; so the logarithm of a weight w = exp(d), where d
 * is the distance to the largest score times 1 / sqrt(n), is off by e = (E + E of the largest) / sqrt(n), by 4 u |d|
 * for difference, scale and product, and by 4 u for exp itself. That moves the weight by a slack of exp(d + e) - exp(d)
 * at most, and as no weight exceeds 1, not beyond that. Weighted means move by sum slack |v - mean| over the sum of the
 * weights, which is 1 at least. Sums and quotient of the means add (seen + 2) 2^-23 of sum w |v| over the same. */
static void want_attention(op_case *o)
{
    const size_t seen = o->rows, size = o->cols;
    const double scale = 1 / sqrt((double)size);
    double *weight = o->work, *slack = weight + seen, most = -INFINITY, of_most = 0, total = 0, slacks = 0;
    for (size_t p = 0; p < seen; p++) {
        double terms;
        weight[p] = mw_dot(o->first, o->second + p * size, size, &terms);
        slack[p] = (double)(size + 2) * FLT_EPSILON * terms + (double)size * FLT_TRUE_MIN;
        if (weight[p] > most) {
            most = weight[p];
            of_most = slack[p];
        }
    }
    for (size_t p = 0; p < seen; p++) {
        const double d = (weight[p] - most) * scale;
        const double e = scale * (slack[p] + of_most) + 2 * FLT_EPSILON * (fabs(d) + 1);
        weight[p] = exp(d);
        slack[p] = isinf(d) ? 0 : fmax(fmin(exp(d + e), 1) - weight[p], weight[p] - exp(d - e));
        slack[p] += d + e > -110 ? 2 * FLT_TRUE_MIN : 0; /* the weight may be a denormal */
        total += weight[p];
        slacks += slack[p];
    }
    for (size_t i = 0; i < size; i++) {
        double sum = 0, terms = 0, moved = 0;
        for (size_t p = 0; p < seen; p++) {
            const double term = weight[p] * o->third[p * size + i];
            sum += term;
            terms += fabs(term);
        }
        o->want[i] = sum / total;
        for (size_t p = 0; p < seen; p++)
            moved += slack[p] * fabs(o->third[p * size + i] - o->want[i]);
        o->bound[i] =
            moved / fmax(1, total - slacks) + (double)(seen + 2) * (FLT_EPSILON * terms / total + FLT_TRUE_MIN);
    }
}

static const struct {
    const char *operands[MW_CHECK_BLOCKS]; /* that the kernel is given */
    void (*want)(op_case *);
} ops[MW_OP_COUNT] = {[MW_OP_RMSNORM] = {{"y", "x", "w"}, want_rmsnorm},
                      [MW_OP_ROPE] = {{"v", NULL, "cos_sin"}, want_rope},
                      [MW_OP_ATTENTION] = {{"out", "q", "keys", "values", "scores"}, want_attention},
                      [MW_OP_SWIGLU] = {{"h", NULL, "g"}, want_swiglu}};

static void make_want(op_case *o)
{
    const bool exact = (o->op == MW_OP_ROPE || o->op == MW_OP_ATTENTION) && o->check->c->data <= MW_DATA_ONE_HOT;
    ops[o->op].want(o);
    for (size_t i = 0; i < o->n_out; i++) {
        o->want[i] = exact ? (float)o->want[i] : o->want[i]; /* a quotient of whole numbers is rounded once */
        o->bound[i] *= exact ? 0 : o->check->kernel->err_scale;
    }
}

/* --- data --- */

/* Integers whose scores are all the same: one dimension of q is 1, and there a key has what it lacks. The result is
 * the mean of the values, rounded once, if no term of any score and no weight is lost. */
static void equal_scores(op_case *o, uint64_t *state)
{
    const size_t size = o->cols, lack = mw_draw(state) % size;
    double first = 0, terms;
    o->first[lack] = 1;
    for (size_t p = 0; p < o->rows; p++) {
        float *key = o->second + p * size;
        const double sum = mw_dot(o->first, key, size, &terms);
        if (p == 0)
            first = sum;
        key[lack] += (float)(first - sum);
    }
}

static void attention_data(op_case *o, uint64_t *state)
{
    const mw_check_case *c = o->check->c;
    const size_t seen = o->rows, size = o->cols;
    const bool wide = c->data == MW_DATA_NORMAL && c->seed % 2; /* far beyond the range of a model */
    mw_fill(o->first, size, c->data, false, 4 * size, state);
    for (size_t p = 0; p < seen; p++) {
        mw_fill(o->second + p * size, size, c->data, true, 4 * size, state);
        for (size_t i = 0; i < size && c->data == MW_DATA_NORMAL; i++)
            o->second[p * size + i] *= wide && p % 4 == 3 ? 200 : 8;
    }
    mw_fill(o->third, seen * size, c->data == MW_DATA_ZERO ? MW_DATA_NORMAL : c->data, false, seen, state);
    if (c->data == MW_DATA_INTEGER)
        equal_scores(o, state);
    if (c->data == MW_DATA_NONFINITE) {
        float *const operand[] = {o->first, o->second, o->third};
        const size_t n[] = {size, seen * size, seen * size};
        mw_spoil(operand[c->seed % 3], n[c->seed % 3], state);
    }
}

static void attention_one_hot(op_case *o, int k, uint64_t *state)
{
    const size_t size = o->cols, position = mw_place(k, o->rows, state), dimension = mw_place(k * 3, size, state);
    memset(o->first, 0, size * sizeof *o->first);
    o->first[dimension] = 1;
    for (size_t p = 0; p < o->rows; p++) /* exp of all other distances is 0 */
        o->second[p * size + dimension] = p == position ? 1e5f : 0;
}

/* A single one, put where the op would show that it lost it: the only value that counts in an rmsnorm, a quarter turn
 * of one pair, one dimension of the one position that attention looks at. What it picks from is arbitrary. */
static void make_one_hot(op_case *o, int k, uint64_t *state)
{
    const size_t j = mw_place(k, o->cols, state);
    if (o->op == MW_OP_ATTENTION) {
        attention_one_hot(o, k, state);
    } else if (o->op == MW_OP_ROPE) {
        for (size_t i = 0; i < o->cols; i++)
            o->second[i] = (i % 2 == 0) != (i / 2 == j / 2);
    } else {
        memset(o->first, 0, o->cols * sizeof *o->first);
        o->first[j] = 12;
    }
}

static void make_data(op_case *o, uint64_t *state)
{
    const mw_data data = o->check->c->data;
    const size_t terms = o->op == MW_OP_SWIGLU ? 1 << 18 : 1; /* numbers up to 8 suit an exponential */
    if (o->op == MW_OP_ATTENTION) {
        attention_data(o, state);
        return;
    }
    mw_fill(o->first, o->n_out, data, false, terms, state);
    mw_fill(o->second, o->cols, data == MW_DATA_ZERO ? MW_DATA_NORMAL : data, true, terms, state);
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
        mw_spoil(o->first, o->n_out, state);
        if (o->check->c->seed % 2)
            mw_spoil(o->second, o->cols, state);
    }
}

/* --- calls --- */

/* An op that works in place is not given `first`: `out` starts as that. */
static void call(void *arg)
{
    const op_case *o = arg;
    const mw_kernel *k = o->check->kernel;
    const mw_guarded *b = o->check->block;
    float *out = b[OUT].floats, *first = b[OUT].given ? out : b[FIRST].floats, *second = b[SECOND].floats;
    switch (o->op) {
    case MW_OP_RMSNORM: k->fn.rmsnorm(out, first, second, o->cols, eps_of(o->check->c)); break;
    case MW_OP_ROPE: k->fn.rope(out, second, o->rows, o->cols); break;
    case MW_OP_ATTENTION:
        k->fn.attention(out, first, second, b[THIRD].floats, b[SCRATCH].floats, o->rows, o->cols);
        break;
    default: k->fn.swiglu(out, second, o->cols);
    }
}

static int run_twice(op_case *o)
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

static int run_all(op_case *o)
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
    op_case o = {.check = check, .op = op, .rows = rows, .cols = cols, .n_out = one};
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
