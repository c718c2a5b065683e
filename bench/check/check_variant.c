#include "bench/check/check_variant.h"

#include "bench/check/check.h"

int mw_check_variant(const mw_config *c, const mw_variant *v, mw_error *err)
{
    const size_t size = mw_head_size(c);
    const struct {
        size_t rows, cols;
    } shapes[MW_OP_COUNT] = {
        [MW_OP_GEMV] = {c->dim, c->hidden_dim}, [MW_OP_GEMM] = {c->dim, c->hidden_dim},
        [MW_OP_RMSNORM] = {1, c->dim},          [MW_OP_ROPE] = {c->n_heads, size},
        [MW_OP_ATTENTION] = {257, size},        [MW_OP_SWIGLU] = {1, c->hidden_dim},
    };
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    int rc = 0;
    for (int op = 0; op < MW_OP_COUNT && !rc; op++)
        rc = set.of[op] ? mw_check_short(set.of[op], shapes[op].rows, shapes[op].cols, err) : 0;
    return rc;
}
