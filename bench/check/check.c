#include "bench/check/check_parts.h"

#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/os.h"

#include <errno.h>

const char *mw_data_name(mw_data data)
{
    static const char *const names[MW_DATA_COUNT] = {"integer",    "one-hot", "normal", "extreme",
                                                     "cancelling", "zero",    "tiny",   "nonfinite"};
    return names[data];
}

static bool has_matrix(const mw_kernel *kernel)
{
    return kernel->op == MW_OP_GEMV || kernel->op == MW_OP_GEMM;
}

bool mw_check_even_rows(mw_op op)
{
    return op == MW_OP_ROPE || op == MW_OP_ATTENTION;
}

bool mw_check_takes(const mw_kernel *kernel, size_t rows, size_t cols)
{
    return rows > 0 && cols > 0 && rows % kernel->row_multiple == 0 && cols % kernel->col_multiple == 0 &&
           !(mw_check_even_rows(kernel->op) && cols % 2) &&
           (rows == 1 || has_matrix(kernel) || mw_check_even_rows(kernel->op));
}

int mw_check_kernel(const mw_kernel *kernel, const mw_check_case *c, mw_error *err)
{
    if (!mw_check_takes(kernel, c->rows, c->cols) || (kernel->op == MW_OP_GEMM && c->tokens < 1))
        return mw_fail(err, -EINVAL, "%s kernel '%s' does not take %zu x %zu", mw_op_name(kernel->op), kernel->name,
                       c->rows, c->cols);
    if (!mw_kernel_supported(kernel))
        return mw_fail(err, -ENOTSUP, "%s kernel '%s' cannot run on this CPU", mw_op_name(kernel->op), kernel->name);
    mw_check check = {.kernel = kernel, .c = c, .err = err};
    mw_trap saved;
    mw_trap_set(&saved);
    int rc = has_matrix(kernel) ? mw_check_gemv(&check) : mw_check_op(&check);
    mw_trap_unset(&saved);
    for (mw_guarded *b = check.block; b < check.block + MW_CHECK_BLOCKS; b++)
        mw_guarded_free(b->all, b->all_n * sizeof(float), c->guard_end);
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
    const bool even = mw_check_even_rows(kernel->op), flat = !has_matrix(kernel) && !even;
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
