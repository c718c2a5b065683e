/* One tensor: its layout, dtype, size, and how floats become its values. See weights.h and weights_parts.h. */
#include "layouts/weights_parts.h"

#include "kernels/dtype_k.h"
#include "platform/checked.h"

#include <errno.h>

const mw_layout *mw_tensor_layout(const mw_tensor *t, const mw_layout *layout)
{
    return t->vector ? &mw_layout_rowmajor : layout;
}

bool mw_tensor_bytes(const mw_tensor *t, const mw_layout *layout, uint64_t *bytes)
{
    /* Dimensions are below 2^32 and the widest layout takes 16 bytes per weight, of which padding at most doubles the
     * rows, so nothing can overflow as long as rows * cols stays below 2^58. */
    uint64_t weights;
    if (!mw_mul_u64(t->rows, t->cols, &weights) || weights >> 58)
        return false;
    *bytes = mw_tensor_layout(t, layout)->bytes(t->dtype, t->rows, t->cols);
    return true;
}

mw_dtype mw_tensor_dtype(const mw_tensor *t, mw_dtype wanted)
{
    const bool fits = t->cols % mw_dtypes[wanted].block == 0, fits_q8_0 = t->cols % mw_dtypes[MW_Q8_0].block == 0;
    return t->vector ? MW_F32 : fits ? wanted : mw_dtype_is_k(wanted) && fits_q8_0 ? MW_Q8_0 : MW_F16;
}

mw_tensor mw_tensor_wanted(const mw_source *s, size_t i)
{
    mw_tensor t = s->tensors[i];
    if (t.dtype == MW_F32)
        t.dtype = mw_tensor_dtype(&t, s->dtype);
    return t;
}

int mw_tensor_not_finite(const mw_tensor *t, const char *where, mw_error *err)
{
    return mw_fail(err, -EINVAL, "%s: tensor %s holds a value that is not finite; the file is damaged", where, t->name);
}

int mw_tensor_store(const mw_tensor *t, mw_dtype dtype, const float *values, size_t n, void *to, const char *where,
                    mw_error *err)
{
    if (!mw_dtypes[MW_F32].finite(values, n))
        return mw_tensor_not_finite(t, where, err);
    mw_dtypes[dtype].of_floats(to, values, n);
    if (!mw_dtypes[dtype].finite(to, n))
        return mw_fail(err, -EINVAL, "%s: tensor %s holds a value that is too large for %s; choose another --dtype",
                       where, t->name, mw_dtypes[dtype].name);
    return 0;
}
