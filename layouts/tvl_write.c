#include "layouts/tvl_format.h"
#include "layouts/weights_parts.h"
#include "platform/new_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { R = MW_ROW_SPLIT };

typedef struct writer {
    const mw_tvl_source *source;
    mw_new_file out;
    unsigned char *head;
    uint64_t head_bytes, at, total;
    float *rows;          /* one panel of the widest tensor as it is read ... */
    char *stored, *panel; /* ... as stored values, and as it is written */
    mw_progress_fn *progress;
    void *to;
    mw_error *err;
} writer;

uint64_t mw_tvl_bytes(const mw_tensor *tensors, size_t n)
{
    uint64_t at = mw_tvl_data_start(n), bytes;
    for (size_t i = 0; i < n; i++)
        if (!mw_tvl_data_bytes(&tensors[i], &bytes) || !mw_add_u64(at, bytes, &at) ||
            !mw_align_u64(at, MW_TVL_TENSOR_ALIGN, &at))
            return UINT64_MAX;
    return at;
}

static int put(writer *w, const void *from, size_t bytes)
{
    int rc = mw_write_all(w->out.fd, from, bytes, w->out.path, w->err);
    w->at += bytes;
    return rc;
}

/* Zeros up to a file offset. */
static int put_zeros(writer *w, uint64_t end)
{
    static const unsigned char zero[1 << 14];
    int rc = 0;
    while (w->at < end && !rc)
        rc = put(w, zero, end - w->at < sizeof zero ? (size_t)(end - w->at) : sizeof zero);
    return rc;
}

int mw_tvl_source_take(const mw_tvl_source *s, const mw_tensor *t, size_t index, uint64_t first, size_t n,
                       float *values, void *stored, mw_error *err)
{
    const mw_tensor *from = s->tensors ? &s->tensors[index] : t;
    const bool same = s->tensors && from->dtype == t->dtype;
    int rc = s->read(s->from, from, first, same ? stored : values, n, err);
    if (rc)
        return rc;
    if (!same)
        return mw_tensor_store(t, t->dtype, values, n, stored, s->name, err);
    return mw_dtypes[t->dtype].finite(stored, n) ? 0 : mw_tensor_not_finite(t, s->name, err);
}

static int put_tensor(writer *w, const mw_tensor *t, size_t index, uint64_t *checksum)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    const size_t height = mw_tvl_panel_rows(t), bytes = mw_tvl_panel_bytes(t);
    for (size_t row = 0; row < t->rows; row += height) {
        const size_t n = t->rows - row < height ? t->rows - row : height;
        int rc =
            mw_tvl_source_take(w->source, t, index, (uint64_t)row * t->cols, n * t->cols, w->rows, w->stored, w->err);
        if (rc)
            return rc;
        memset(w->panel, 0, bytes);
        mw_layout_pack(mw_tvl_layout(t), t->dtype, w->panel, w->stored, 0, n, height, t->cols);
        XXH3_64bits_update(&state, w->panel, bytes);
        rc = put(w, w->panel, bytes);
        if (rc)
            return rc;
        if (w->progress && !w->progress(w->to, w->source->doing, w->at, w->total))
            return mw_fail(w->err, -EINTR, "%s: interrupted, nothing is left behind", w->out.path);
    }
    *checksum = XXH3_64bits_digest(&state);
    return 0;
}

static int put_tensors(writer *w, const mw_tensor *tensors, size_t n)
{
    int rc = put_zeros(w, mw_tvl_data_start(n)); /* header and table are written once their checksums are known */
    for (size_t i = 0; i < n && !rc; i++) {
        const mw_tensor *t = &tensors[i];
        unsigned char *e = w->head + MW_TVL_PAGE + i * MW_TVL_ENTRY;
        uint64_t bytes = 0, checksum = 0, end = 0;
        mw_tvl_data_bytes(t, &bytes);
        memcpy(e, t->name, strlen(t->name));
        mw_tvl_put32(e + MW_TVL_IN_ROWS, t->rows);
        mw_tvl_put32(e + MW_TVL_IN_COLS, t->cols);
        mw_tvl_put32(e + MW_TVL_IN_DTYPE, mw_dtypes[t->dtype].id);
        mw_tvl_put32(e + MW_TVL_IN_LAYOUT, t->vector ? 0 : 1);
        mw_tvl_put64(e + MW_TVL_IN_OFFSET, w->at);
        mw_tvl_put64(e + MW_TVL_IN_BYTES, bytes);
        rc = put_tensor(w, t, i, &checksum);
        mw_tvl_put64(e + MW_TVL_IN_CHECKSUM, checksum);
        mw_align_u64(w->at, MW_TVL_TENSOR_ALIGN, &end);
        if (!rc)
            rc = put_zeros(w, end);
    }
    return rc;
}

uint32_t mw_tvl_version_of(const mw_tensor *tensors, size_t n, const uint32_t model[MW_TVL_MODEL_WORDS])
{
    uint32_t version = MW_TVL_F32_VERSION;
    for (size_t i = 0; i < n; i++)
        if (tensors[i].dtype != MW_F32)
            version = MW_TVL_DTYPES_VERSION;
    for (size_t i = MW_TVL_FIRST_WORDS; i < MW_TVL_MODEL_WORDS; i++)
        if (model[i])
            version = MW_TVL_VERSION;
    return version;
}

static int put_head(writer *w, const uint32_t *model, const mw_tensor *tensors, size_t n)
{
    unsigned char *h = w->head;
    memcpy(h, MW_TVL_MAGIC, 8);
    mw_tvl_put32(h + MW_TVL_AT_ORDER, MW_TVL_ORDER_MARK);
    mw_tvl_put32(h + MW_TVL_AT_VERSION, mw_tvl_version_of(tensors, n, model));
    mw_tvl_put32(h + MW_TVL_AT_ROWS, R);
    for (size_t i = 0; i < MW_TVL_MODEL_WORDS; i++)
        mw_tvl_put32(h + mw_tvl_at_word(i), model[i]);
    mw_tvl_put32(h + MW_TVL_AT_FLAGS, MW_TVL_FLAG_FINITE);
    mw_tvl_put32(h + MW_TVL_AT_COUNT, (uint32_t)n);
    mw_tvl_put64(h + MW_TVL_AT_FILE_BYTES, w->at);
    mw_tvl_put64(h + MW_TVL_AT_TABLE, MW_TVL_PAGE);
    mw_tvl_put64(h + MW_TVL_AT_DATA, mw_tvl_data_start(n));
    mw_tvl_put64(h + MW_TVL_AT_CHECKSUM, XXH3_64bits(h, w->head_bytes)); /* over a field that is still zero */
    if (lseek(w->out.fd, 0, SEEK_SET) != 0)
        return mw_fail(w->err, -errno, "%s: cannot be written: %s", w->out.path, strerror(errno));
    return mw_write_all(w->out.fd, h, (size_t)w->head_bytes, w->out.path, w->err);
}

static int read_file(const void *file, const mw_tensor *t, uint64_t first, void *to, size_t n, mw_error *err)
{
    return mw_file_read(file, t->offset + mw_dtype_bytes(t->dtype, first), to, (size_t)mw_dtype_bytes(t->dtype, n),
                        err);
}

mw_tvl_source mw_tvl_source_of(const mw_file *file, const mw_tensor *tensors)
{
    return (mw_tvl_source){read_file, file, tensors, file->path, "packing"};
}

int mw_tvl_write(const mw_tvl_source *source, const mw_tensor *tensors, size_t n,
                 const uint32_t model[MW_TVL_MODEL_WORDS], const char *path, mw_progress_fn *progress, void *to,
                 mw_error *err)
{
    if (n < 1 || n > MW_TVL_MAX_TENSORS)
        return mw_fail(err, -EINVAL, "%s: %zu tensors; a .tvl file holds 1 to %d", source->name, n, MW_TVL_MAX_TENSORS);
    writer w = {.source = source, .total = mw_tvl_bytes(tensors, n), .progress = progress, .to = to, .err = err};
    w.head_bytes = MW_TVL_PAGE + n * MW_TVL_ENTRY;
    size_t widest = 1;
    for (size_t i = 0; i < n; i++)
        widest = tensors[i].cols > widest ? tensors[i].cols : widest;
    int rc = mw_new_file_open(path, w.total, &w.out, err);
    if (rc)
        return rc;
    w.head = calloc(1, (size_t)w.head_bytes);
    w.rows = malloc(R * widest * sizeof(float));
    w.stored = malloc(R * widest * sizeof(float));
    w.panel = malloc(R * (widest + 1) * sizeof(float)); /* two columns of 16 bits are stored together */
    if (!w.head || !w.rows || !w.stored || !w.panel)
        rc = mw_fail(err, -ENOMEM, "%s: no memory for a panel of %zu columns", path, widest);
    if (!rc)
        rc = put_tensors(&w, tensors, n);
    if (!rc)
        rc = put_head(&w, model, tensors, n);
    free(w.panel);
    free(w.stored);
    free(w.rows);
    free(w.head);
    return mw_new_file_close(&w.out, rc, err);
}
