/* tvlpack --verify */
#include "engine/tvl_model.h"
#include "engine/tvlpack_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a panel of a tensor should be, and room to make it. */
typedef struct panel {
    char *packed, *wanted, *stored; /* as the file has it; as it should be; its rows as stored values */
    float *rows;                    /* of the original */
} panel;

/* The first block of a panel of `height` rows that differs. */
static int tell_difference(const mw_model *packed, const mw_model *original, const mw_tensor *t, size_t row,
                           size_t height, const panel *p, mw_error *err)
{
    const mw_dtype_info *d = &mw_dtypes[t->dtype];
    const mw_layout *layout = t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16;
    char got[MW_MOST_BLOCK_BYTES], wanted[MW_MOST_BLOCK_BYTES];
    for (size_t i = 0; i < height; i++)
        for (size_t b = 0; b < t->cols / d->block; b++) {
            layout->get(t->dtype, p->packed, got, i, b, 1, height, t->cols);
            layout->get(t->dtype, p->wanted, wanted, i, b, 1, height, t->cols);
            if (memcmp(got, wanted, d->block_bytes) != 0)
                return mw_fail(err, -EDOM, "%s: tensor %s, row %zu, column %zu is not what %s has; pack it again",
                               packed->file.path, t->name, row + i, b * d->block, original->file.path);
        }
    return mw_fail(err, -EDOM, "%s: tensor %s: the padding of the panel of row %zu is not zero; pack it again",
                   packed->file.path, t->name, row);
}

/* Compares tensor `i` of a packed model with the row-major original, panel by panel, bit for bit: the original's rows
 * are packed again, and stored as the tensor's dtype before that if they are f32. */
static int compare_tensor(const mw_model *packed, const mw_model *original, size_t i, const panel *p, mw_error *err)
{
    const mw_tensor *t = &packed->tensors[i], *o = &original->tensors[i];
    const mw_layout *layout = t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16;
    const size_t height = t->vector ? 1 : MW_ROW_SPLIT, cols = t->cols;
    const size_t bytes = (size_t)layout->bytes(t->dtype, height, cols);
    const bool same = o->dtype == t->dtype;
    if (!same && o->dtype != MW_F32)
        return mw_fail(err, -EDOM, "%s: tensor %s is %s, in %s it is %s", packed->file.path, t->name,
                       mw_dtypes[t->dtype].name, original->file.path, mw_dtypes[o->dtype].name);
    for (size_t row = 0; row < t->rows; row += height) {
        size_t n = t->rows - row < height ? t->rows - row : height;
        int rc = mw_file_read(&packed->file, t->offset + row / height * bytes, p->packed, bytes, err);
        if (!rc)
            rc = mw_file_read(&original->file, o->offset + row * mw_dtype_bytes(o->dtype, cols),
                              same ? (void *)p->stored : p->rows, (size_t)mw_dtype_bytes(o->dtype, n * cols), err);
        if (rc)
            return rc;
        if (!same)
            mw_dtypes[t->dtype].of_floats(p->stored, p->rows, n * cols);
        memset(p->wanted, 0, bytes);
        mw_layout_pack(layout, t->dtype, p->wanted, p->stored, 0, n, height, cols);
        if (memcmp(p->packed, p->wanted, bytes) != 0)
            return tell_difference(packed, original, t, row, height, p, err);
    }
    return 0;
}

static int compare(const mw_model *packed, const char *against, mw_progress *progress, mw_error *err)
{
    mw_model original;
    int rc = mw_model_open(against, mw_progress_bytes, progress, &original, err);
    if (rc)
        return rc;
    size_t widest = 1;
    for (size_t i = 0; i < packed->n_tensors; i++)
        widest = packed->tensors[i].cols > widest ? packed->tensors[i].cols : widest;
    const size_t room = MW_ROW_SPLIT * (widest + 1) * sizeof(float); /* of a panel of any dtype */
    char *a = malloc(4 * room);
    const panel p = {a, a + room, a + 2 * room, (float *)(void *)(a + 3 * room)};
    if (original.layout->id != MW_LAYOUT_ROWMAJOR)
        rc = mw_fail(err, -EINVAL, "%s: is packed itself; give the checkpoint", against);
    else if (!mw_config_same(&original.config, &packed->config)) /* and with it every tensor's shape */
        rc = mw_fail(err, -EDOM, "%s: holds a different model from %s", packed->file.path, against);
    else if (!a)
        rc = mw_fail(err, -ENOMEM, "%s: no memory for a panel", packed->file.path);
    for (size_t i = 0; i < packed->n_tensors && !rc; i++) {
        rc = compare_tensor(packed, &original, i, &p, err);
        if (!rc && !mw_progress_bytes(progress, "comparing", packed->tensors[i].offset, packed->file.bytes))
            rc = mw_fail(err, -EINTR, "%s: interrupted", packed->file.path);
    }
    free(a);
    mw_model_close(&original);
    return rc;
}

int mw_pack_verify(const char *path, const char *against, mw_progress *progress, mw_error *err)
{
    mw_model m;
    mw_tvl tvl = {0};
    int rc = mw_tvl_model_open(path, &m, err);
    if (!rc)
        rc = mw_tvl_read(&m.file, &tvl, err);
    if (!rc)
        rc = mw_tvl_verify(&m.file, &tvl, mw_progress_bytes, progress, err);
    if (!rc && against)
        rc = compare(&m, against, progress, err);
    if (!rc)
        printf("%s: %zu tensors, all checksums match%s%s\n", path, tvl.n,
               against ? ", every weight equals that of " : "", against ? against : "");
    mw_tvl_free(&tvl);
    mw_model_close(&m);
    return rc;
}
