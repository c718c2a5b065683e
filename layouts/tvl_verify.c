#include "layouts/tvl_format.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHUNK = 1 << 20 };

static int verify_tensor(const mw_file *file, const mw_tvl *tvl, size_t index, char *chunk, uint64_t *done,
                         mw_progress_fn *progress, void *to, mw_error *err)
{
    const mw_tensor *t = &tvl->tensors[index];
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    /* whole panels at a time: together they are a matrix of so many rows */
    const size_t height = mw_tvl_panel_rows(t), bytes = mw_tvl_panel_bytes(t), most = CHUNK / bytes ? CHUNK / bytes : 1;
    const uint64_t panels = ((uint64_t)t->rows + height - 1) / height;
    for (uint64_t p = 0; p < panels; p += most) {
        const size_t n = panels - p < most ? (size_t)(panels - p) : most;
        int rc = mw_file_read(file, t->offset + p * bytes, chunk, n * bytes, err);
        if (rc)
            return rc;
        XXH3_64bits_update(&state, chunk, n * bytes);
        if (tvl->all_finite && !mw_layout_finite(mw_tvl_layout(t), t->dtype, chunk, n * height, t->cols))
            return mw_fail(err, -EDOM,
                           "%s: tensor %s holds a value that is not finite, against its header; pack it again",
                           file->path, t->name);
        *done += n * bytes;
        if (progress && !progress(to, "verifying", *done, file->bytes))
            return mw_fail(err, -EINTR, "%s: interrupted", file->path);
    }
    if (XXH3_64bits_digest(&state) != tvl->checksums[index])
        return mw_fail(err, -EDOM, "%s: the checksum of tensor %s does not match; the file is damaged, pack it again",
                       file->path, t->name);
    return 0;
}

/* Bytes that no checksum covers have to be zero: [at, end) between two tensors. */
static int verify_zeros(const mw_file *file, uint64_t at, uint64_t end, char *chunk, mw_error *err)
{
    for (size_t n; at < end; at += n) {
        n = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        int rc = mw_file_read(file, at, chunk, n, err);
        if (rc)
            return rc;
        for (size_t i = 0; i < n; i++)
            if (chunk[i])
                return mw_fail(err, -EDOM, "%s: byte %llu must be zero and is not; the file is damaged, pack it again",
                               file->path, (unsigned long long)(at + i));
    }
    return 0;
}

int mw_tvl_verify(const mw_file *file, const mw_tvl *tvl, mw_progress_fn *progress, void *to, mw_error *err)
{
    size_t room = CHUNK;
    for (size_t i = 0; i < tvl->n; i++)
        room = mw_tvl_panel_bytes(&tvl->tensors[i]) > room ? mw_tvl_panel_bytes(&tvl->tensors[i]) : room;
    char *chunk = malloc(room);
    int rc = chunk ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for a read buffer", file->path);
    uint64_t done = 0, at = MW_TVL_PAGE + tvl->n * MW_TVL_ENTRY; /* the end of what has been checked */
    for (size_t i = 0; i < tvl->n && !rc; i++) {
        const mw_tensor *t = &tvl->tensors[i];
        rc = verify_zeros(file, at, t->offset, chunk, err);
        if (!rc)
            rc = verify_tensor(file, tvl, i, chunk, &done, progress, to, err);
        mw_tvl_data_bytes(t, &at);
        at += t->offset;
    }
    if (!rc)
        rc = verify_zeros(file, at, file->bytes, chunk, err);
    free(chunk);
    return rc;
}
