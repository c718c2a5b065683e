#include "bench/check/check_parts.h"

#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>

int mw_check_kernel(const mw_kernel *kernel, const mw_check_case *c, mw_error *err)
{
    if (!mw_check_takes(kernel, c->rows, c->cols) || (kernel->op == MW_OP_GEMM && c->tokens < 1))
        return mw_fail(err, -EINVAL, "%s kernel '%s' does not take %zu x %zu", mw_op_name(kernel->op), kernel->name,
                       c->rows, c->cols);
    if (!mw_kernel_supported(kernel))
        return mw_fail(err, -ENOTSUP, "%s kernel '%s' cannot run on this CPU", mw_op_name(kernel->op), kernel->name);
    mw_check check = {.kernel = kernel, .c = c, .err = err};
    int rc = mw_has_matrix(kernel)          ? mw_check_gemv(&check)
             : kernel->op == MW_OP_QUANTIZE ? mw_check_quantize(&check)
                                            : mw_check_op(&check);
    for (mw_guarded *b = check.block; b < check.block + MW_CHECK_BLOCKS; b++)
        mw_guarded_free(b->all, b->all_n * sizeof(float), c->guard_end);
    for (int i = 0; i < check.n_rooms; i++)
        free(check.room[i]);
    return rc;
}

static size_t round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

int mw_check_short(const mw_kernel *kernel, size_t rows, size_t cols, mw_error *err)
{
    static const mw_data telling[] = {MW_DATA_INTEGER, MW_DATA_ONE_HOT, MW_DATA_NORMAL, MW_DATA_TINY,
                                      MW_DATA_NONFINITE};
    enum { MOST = 1 << 18, KINDS = sizeof telling / sizeof *telling };
    const size_t most_rows = round_up(MOST / cols + 17, kernel->row_multiple);
    const bool even = mw_even_rows(kernel->op), flat = !mw_has_matrix(kernel) && !even;
    const size_t col_multiple = kernel->col_multiple * (even ? 2 : 1);
    const size_t shapes[][2] = {{1, 1}, {17, 33}, {33, 7}, {rows < most_rows ? rows : most_rows, cols}};
    static const size_t tokens[] = {2, 5, 65, 7};
    mw_check_case c = {.misalign = 4, .seed = 1};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        c.tokens = tokens[s];
        bool real = s + 1 == sizeof shapes / sizeof *shapes;
        c.rows = real ? shapes[s][0] : flat ? 1 : round_up(shapes[s][0], kernel->row_multiple);
        c.cols = real ? shapes[s][1] : round_up(shapes[s][1], col_multiple);
        for (int k = 0; k < KINDS * (real ? 1 : 2); k++, c.seed++) {
            c.data = telling[k % KINDS];
            c.guard_end = real ? c.data == MW_DATA_INTEGER : k >= KINDS;
            if (real && c.data != MW_DATA_INTEGER && c.data != MW_DATA_NORMAL)
                continue;
            int rc = mw_check_kernel(kernel, &c, err);
            if (rc)
                return rc;
        }
    }
    return 0;
}

/* Whether the model, as dtype `of`, has matrices of dtype `dtype`. */
static bool stores(const mw_model *m, mw_dtype of, mw_dtype dtype)
{
    bool any = false;
    for (size_t i = 0; i < m->n_tensors; i++) {
        const mw_tensor *t = &m->tensors[i];
        any |= !t->vector && (of == m->dtype ? t->dtype : mw_tensor_dtype(t, of)) == dtype;
    }
    return any;
}

int mw_check_variant(const mw_model *m, const mw_variant *v, mw_error *err)
{
    const mw_config *c = &m->config;
    const size_t size = mw_head_size(c);
    const size_t shapes[MW_OP_COUNT][2] = {
        [MW_OP_RMSNORM] = {1, c->dim},
        [MW_OP_ROPE] = {c->n_heads, size},
        [MW_OP_ROPE_HALVES] = {c->n_heads, size},
        [MW_OP_ATTENTION] = {257, size},
        [MW_OP_SWIGLU] = {1, c->hidden_dim},
        [MW_OP_QUANTIZE] = {1, round_up(c->hidden_dim, 32)},
    };
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    int rc = 0;
    for (int op = MW_OP_GEMM + 1; op < MW_OP_COUNT && !rc; op++)
        rc = mw_check_short(set.of[op], shapes[op][0], shapes[op][1], err);
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        const mw_kernel *const of_dtype[] = {set.gemv[d], set.gemm[d]};
        for (int k = 0; k < 2 && !rc; k++)
            if (of_dtype[k] && stores(m, v->gemv->dtype, (mw_dtype)d))
                rc = mw_check_short(of_dtype[k], c->dim, round_up(c->hidden_dim, mw_dtypes[d].block), err);
    }
    return rc;
}
