/* What attention must return, and data for it. The rules of bounds are those of check_ops.c. */
#include "bench/check/check_ops.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A score is off by E = (n + 2) 2^-23 sum|q k|, as a row of a GEMV is; so the logarithm of a weight w = exp(d), where d
 * is the distance to the largest score times 1 / sqrt(n), is off by e = (E + E of the largest) / sqrt(n), by 4 u |d|
 * for difference, scale and product, and by 4 u for exp itself. That moves the weight by a slack of exp(d + e) - exp(d)
 * at most, and as no weight exceeds 1, not beyond that. Weighted means move by sum slack |v - mean| over the sum of the
 * weights, which is 1 at least. Sums and quotient of the means add (seen + 2) 2^-23 of sum w |v| over the same. */
void mw_want_attention(mw_op_case *o)
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

/* Integers whose scores are all the same: one dimension of q is 1, and there a key has what it lacks. The result is
 * the mean of the values, rounded once, if no term of any score and no weight is lost. */
static void equal_scores(mw_op_case *o, uint64_t *state)
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

void mw_attention_data(mw_op_case *o, uint64_t *state)
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

void mw_attention_one_hot(mw_op_case *o, int k, uint64_t *state)
{
    const size_t size = o->cols, position = mw_place(k, o->rows, state), dimension = mw_place(k * 3, size, state);
    memset(o->first, 0, size * sizeof *o->first);
    o->first[dimension] = 1;
    for (size_t p = 0; p < o->rows; p++) /* exp of all other distances is 0 */
        o->second[p * size + dimension] = p == position ? 1e5f : 0;
}
