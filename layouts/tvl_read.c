#include "layouts/tvl_format.h"

#include "platform/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

bool mw_tvl_recognised(const unsigned char *head, size_t bytes)
{
    return bytes >= 8 && memcmp(head, MW_TVL_MAGIC, 8) == 0;
}

static bool all_zero(const unsigned char *p, size_t n)
{
    unsigned char any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return !any;
}

uint64_t mw_tvl_head_bytes(const unsigned char page[MW_TVL_PAGE], const char *where, mw_error *err)
{
    const uint32_t order = mw_tvl_get32(page + MW_TVL_AT_ORDER), version = mw_tvl_get32(page + MW_TVL_AT_VERSION);
    const uint32_t n = mw_tvl_get32(page + MW_TVL_AT_COUNT);
    if (!mw_tvl_recognised(page, MW_TVL_PAGE)) {
        mw_fail(err, -EINVAL, "%s: not a .tvl file; make one with tvlpack", where);
    } else if (order == 0x04030201) {
        mw_fail(err, -EINVAL, "%s: a .tvl file from a big-endian machine; pack it again on this one", where);
    } else if (order != MW_TVL_ORDER_MARK) {
        mw_fail(err, -EINVAL, "%s: its byte-order mark is %08x; the file is damaged, pack it again", where, order);
    } else if (version > MW_TVL_VERSION) {
        mw_fail(err, -EINVAL, "%s: .tvl version %u, this program reads 1 to %d; use a newer program, or pack it", where,
                version, MW_TVL_VERSION);
    } else if (version < MW_TVL_F32_VERSION) {
        mw_fail(err, -EINVAL, "%s: .tvl version %u; the file is damaged, pack it again", where, version);
    } else if (n < 1 || n > MW_TVL_MAX_TENSORS) {
        mw_fail(err, -EINVAL, "%s: %u tensors, expected 1 to %d; the file is damaged, pack it again", where, n,
                MW_TVL_MAX_TENSORS);
    } else {
        return MW_TVL_PAGE + (uint64_t)n * MW_TVL_ENTRY;
    }
    return 0;
}

static uint64_t head_checksum(const unsigned char *head, uint64_t bytes)
{
    static const unsigned char zero[8];
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, head, MW_TVL_AT_CHECKSUM);
    XXH3_64bits_update(&state, zero, sizeof zero);
    XXH3_64bits_update(&state, head + MW_TVL_AT_CHECKSUM + 8, bytes - MW_TVL_AT_CHECKSUM - 8);
    return XXH3_64bits_digest(&state);
}

static int check_header(const unsigned char *h, uint64_t head_bytes, uint64_t file_bytes, const char *where,
                        mw_error *err)
{
    const uint64_t n = mw_tvl_get32(h + MW_TVL_AT_COUNT), told = mw_tvl_get64(h + MW_TVL_AT_FILE_BYTES);
    if (told != file_bytes)
        return mw_fail(err, -EINVAL, "%s: %llu bytes, but its header says %llu; was it cut off? Pack it again", where,
                       (unsigned long long)file_bytes, (unsigned long long)told);
    if (mw_tvl_get64(h + MW_TVL_AT_CHECKSUM) != head_checksum(h, head_bytes))
        return mw_fail(err, -EINVAL, "%s: the checksum of its header is wrong; the file is damaged, pack it again",
                       where);
    const struct {
        const char *what;
        uint64_t found, wanted;
    } fields[] = {
        {"element type", mw_tvl_get32(h + MW_TVL_AT_DTYPE), 0},
        {"panel height", mw_tvl_get32(h + MW_TVL_AT_ROWS), MW_ROW_SPLIT},
        {"unknown flags", mw_tvl_get32(h + MW_TVL_AT_FLAGS) & ~(uint32_t)MW_TVL_FLAG_FINITE, 0},
        {"table offset", mw_tvl_get64(h + MW_TVL_AT_TABLE), MW_TVL_PAGE},
        {"data offset", mw_tvl_get64(h + MW_TVL_AT_DATA), mw_tvl_data_start(n)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i].found != fields[i].wanted)
            return mw_fail(err, -EINVAL, "%s: its %s is %llu, expected %llu; pack it again", where, fields[i].what,
                           (unsigned long long)fields[i].found, (unsigned long long)fields[i].wanted);
    const bool more = !all_zero(h + MW_TVL_AT_MORE, MW_TVL_HEADER_END - MW_TVL_AT_MORE);
    const uint32_t version = mw_tvl_get32(h + MW_TVL_AT_VERSION);
    if ((version < MW_TVL_VERSION && more) || !all_zero(h + MW_TVL_HEADER_END, MW_TVL_PAGE - MW_TVL_HEADER_END))
        return mw_fail(err, -EINVAL, "%s: bytes of its header that must be zero are not; pack it again", where);
    if (version == MW_TVL_VERSION && !more)
        return mw_fail(err, -EINVAL, "%s: has no number that needs version 3; pack it again", where);
    return 0;
}

/* Names go into messages: printable ASCII letters, digits and punctuation only. */
static bool proper_name(const char *name)
{
    size_t n = 0;
    while (name[n] > ' ' && name[n] < 0x7f)
        n++;
    return n > 0 && name[n] == '\0';
}

/* One entry; *at is the end of the tensor before and becomes the end of this one. */
static int check_entry(const unsigned char *e, size_t index, uint32_t version, uint64_t *at, const char *where,
                       mw_tensor *t, mw_error *err)
{
    char name[MW_TVL_NAME_BYTES + 1] = "";
    memcpy(name, e, MW_TVL_NAME_BYTES);
    size_t length = strlen(name);
    if (!proper_name(name) || length >= sizeof t->name || !all_zero(e + length, MW_TVL_NAME_BYTES - length))
        return mw_fail(err, -EINVAL, "%s: tensor %zu has no proper name; pack it again", where, index);
    const uint32_t layout = mw_tvl_get32(e + MW_TVL_IN_LAYOUT);
    *t = (mw_tensor){.rows = mw_tvl_get32(e + MW_TVL_IN_ROWS),
                     .cols = mw_tvl_get32(e + MW_TVL_IN_COLS),
                     .offset = mw_tvl_get64(e + MW_TVL_IN_OFFSET),
                     .vector = layout == 0};
    memcpy(t->name, name, length);
    const uint32_t dtype = mw_tvl_get32(e + MW_TVL_IN_DTYPE);
    if (!mw_dtype_of_id(dtype, &t->dtype) || (t->dtype != MW_F32 && (version == MW_TVL_F32_VERSION || t->vector)))
        return mw_fail(err, -EINVAL, "%s: tensor %s has element type %u, which %s", where, name, dtype,
                       version == MW_TVL_F32_VERSION ? "version 1 does not have (only 0, f32)"
                       : t->vector                   ? "a vector does not have (only 0, f32)"
                                                     : "this program does not read");
    if (layout > 1)
        return mw_fail(err, -EINVAL, "%s: tensor %s has layout %u, this program reads 0 and 1", where, name, layout);
    if (t->rows < 1 || t->cols < 1 || (t->vector && t->rows != 1))
        return mw_fail(err, -EINVAL, "%s: tensor %s is %u x %u; pack it again", where, name, t->rows, t->cols);
    if (t->cols % mw_dtypes[t->dtype].block)
        return mw_fail(err, -EINVAL, "%s: tensor %s has %u columns, no multiple of %s's block of %u; pack it again",
                       where, name, t->cols, mw_dtypes[t->dtype].name, mw_dtypes[t->dtype].block);
    uint64_t start, bytes;
    if (!mw_tvl_data_bytes(t, &bytes) || bytes != mw_tvl_get64(e + MW_TVL_IN_BYTES))
        return mw_fail(err, -EINVAL, "%s: tensor %s of %u x %u has %llu bytes; pack it again", where, name, t->rows,
                       t->cols, (unsigned long long)mw_tvl_get64(e + MW_TVL_IN_BYTES));
    if (t->offset % MW_TVL_TENSOR_ALIGN)
        return mw_fail(err, -EINVAL, "%s: tensor %s at %llu is not aligned; pack it again", where, name,
                       (unsigned long long)t->offset);
    if (t->offset < *at)
        return mw_fail(err, -EINVAL, "%s: tensor %s overlaps what is before it; pack it again", where, name);
    if (!mw_align_u64(*at, MW_TVL_TENSOR_ALIGN, &start) || t->offset != start)
        return mw_fail(err, -EINVAL, "%s: tensor %s is at %llu, expected %llu; pack it again", where, name,
                       (unsigned long long)t->offset, (unsigned long long)start);
    if (!all_zero(e + MW_TVL_ENTRY_END, MW_TVL_ENTRY - MW_TVL_ENTRY_END))
        return mw_fail(err, -EINVAL, "%s: bytes of tensor %s that must be zero are not; pack it again", where, name);
    if (!mw_add_u64(start, bytes, at))
        return mw_fail(err, -EINVAL, "%s: tensor %s ends beyond 2^64 bytes; pack it again", where, name);
    return 0;
}

int mw_tvl_parse(const unsigned char *head, uint64_t head_bytes, uint64_t file_bytes, const char *where, mw_tvl *out,
                 mw_error *err)
{
    *out = (mw_tvl){0};
    if (head_bytes < MW_TVL_PAGE)
        return mw_fail(err, -EINVAL, "%s: ends inside its header; was it cut off? Pack it again", where);
    uint64_t wanted = mw_tvl_head_bytes(head, where, err);
    if (!wanted)
        return -EINVAL;
    if (head_bytes < wanted)
        return mw_fail(err, -EINVAL, "%s: ends inside its tensor table; was it cut off? Pack it again", where);
    int rc = check_header(head, wanted, file_bytes, where, err);
    if (rc)
        return rc;
    mw_tvl t = {.version = mw_tvl_get32(head + MW_TVL_AT_VERSION),
                .n = mw_tvl_get32(head + MW_TVL_AT_COUNT),
                .data_offset = mw_tvl_get64(head + MW_TVL_AT_DATA)};
    for (size_t i = 0; i < MW_TVL_MODEL_WORDS; i++)
        t.model[i] = mw_tvl_get32(head + mw_tvl_at_word(i));
    t.all_finite = mw_tvl_get32(head + MW_TVL_AT_FLAGS) & MW_TVL_FLAG_FINITE;
    t.tensors = calloc(t.n, sizeof *t.tensors);
    t.checksums = calloc(t.n, sizeof *t.checksums);
    if (!t.tensors || !t.checksums)
        rc = mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", where);
    uint64_t at = t.data_offset;
    for (size_t i = 0; i < t.n && !rc; i++) {
        const unsigned char *e = head + MW_TVL_PAGE + i * MW_TVL_ENTRY;
        rc = check_entry(e, i, t.version, &at, where, &t.tensors[i], err);
        t.checksums[i] = mw_tvl_get64(e + MW_TVL_IN_CHECKSUM);
    }
    if (!rc && (!mw_align_u64(at, MW_TVL_TENSOR_ALIGN, &at) || at != file_bytes))
        rc = mw_fail(err, -EINVAL, "%s: %llu bytes, but its tensors end at %llu; pack it again", where,
                     (unsigned long long)file_bytes, (unsigned long long)at);
    if (rc)
        mw_tvl_free(&t);
    else
        *out = t;
    return rc;
}

void mw_tvl_free(mw_tvl *t)
{
    free(t->tensors);
    free(t->checksums);
    *t = (mw_tvl){0};
}

int mw_tvl_read(const mw_file *file, mw_tvl *out, mw_error *err)
{
    *out = (mw_tvl){0};
    unsigned char page[MW_TVL_PAGE] = MW_TVL_MAGIC; /* a file truncated within its magic may be one */
    const bool cut = file->bytes < sizeof page;
    int rc = mw_file_read(file, 0, page, cut ? (size_t)file->bytes : sizeof page, err);
    if (!rc && cut && mw_tvl_recognised(page, sizeof page))
        return mw_fail(err, -EINVAL, "%s: ends inside its header; was it cut off? Pack it again", file->path);
    uint64_t bytes = rc ? 0 : mw_tvl_head_bytes(page, file->path, err);
    if (!bytes)
        return mw_foreign_explain(file, "a .tvl file (tvlpack makes them)", rc ? rc : -EINVAL, err);
    if (bytes > file->bytes)
        return mw_fail(err, -EINVAL, "%s: ends inside its tensor table; was it cut off? Pack it again", file->path);
    unsigned char *head = malloc((size_t)bytes);
    if (!head)
        return mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", file->path);
    rc = mw_file_read(file, 0, head, (size_t)bytes, err);
    if (!rc)
        rc = mw_tvl_parse(head, bytes, file->bytes, file->path, out, err);
    free(head);
    return rc;
}
