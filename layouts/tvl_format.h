/* Where the numbers of a .tvl file are (TVL.md), for its reader and its writer. */
#ifndef MW_LAYOUTS_TVL_FORMAT_H
#define MW_LAYOUTS_TVL_FORMAT_H

#include "layouts/tvl.h"
#include "platform/checked.h"

#define MW_TVL_MAGIC "MWTVL\r\n\x1a"

enum {
    MW_TVL_ORDER_MARK = 0x01020304,
    MW_TVL_FLAG_FINITE = 1,
    /* header */
    MW_TVL_AT_ORDER = 8,
    MW_TVL_AT_VERSION = 12,
    MW_TVL_AT_DTYPE = 16,
    MW_TVL_AT_ROWS = 20,
    MW_TVL_AT_MODEL = 24,
    MW_TVL_AT_FLAGS = 56,
    MW_TVL_AT_COUNT = 60,
    MW_TVL_AT_FILE_BYTES = 64,
    MW_TVL_AT_TABLE = 72,
    MW_TVL_AT_DATA = 80,
    MW_TVL_AT_CHECKSUM = 88,
    MW_TVL_AT_MORE = 96,     /* of the model, from version 3 on */
    MW_TVL_HEADER_END = 116, /* everything after it is zero */
    /* table entry */
    MW_TVL_NAME_BYTES = 32,
    MW_TVL_IN_ROWS = 32,
    MW_TVL_IN_COLS = 36,
    MW_TVL_IN_DTYPE = 40,
    MW_TVL_IN_LAYOUT = 44,
    MW_TVL_IN_OFFSET = 48,
    MW_TVL_IN_BYTES = 56,
    MW_TVL_IN_CHECKSUM = 64,
    MW_TVL_ENTRY_END = 72
};

static inline uint32_t mw_tvl_get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t mw_tvl_get64(const unsigned char *p)
{
    return mw_tvl_get32(p) | (uint64_t)mw_tvl_get32(p + 4) << 32;
}

static inline void mw_tvl_put32(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

static inline void mw_tvl_put64(unsigned char *p, uint64_t value)
{
    mw_tvl_put32(p, (uint32_t)value);
    mw_tvl_put32(p + 4, (uint32_t)(value >> 32));
}

/* Where number i of the model stands in the header. */
static inline size_t mw_tvl_at_word(size_t i)
{
    return i < MW_TVL_FIRST_WORDS ? MW_TVL_AT_MODEL + 4 * i : MW_TVL_AT_MORE + 4 * (i - MW_TVL_FIRST_WORDS);
}

static inline const mw_layout *mw_tvl_layout(const mw_tensor *t)
{
    return t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16;
}

/* Bytes of a tensor's data; false on overflow. As f32 it takes the most. */
static inline bool mw_tvl_data_bytes(const mw_tensor *t, uint64_t *bytes)
{
    const uint64_t high = ((uint64_t)t->rows + MW_ROW_SPLIT - 1) / MW_ROW_SPLIT * MW_ROW_SPLIT;
    if (!mw_mul_u64(high, t->cols, bytes) || !mw_mul_u64(*bytes, sizeof(float), bytes))
        return false;
    *bytes = mw_tvl_layout(t)->bytes(t->dtype, t->rows, t->cols);
    return true;
}

/* A panel: rows that are stored together, a single one of a vector; and its bytes. */
static inline size_t mw_tvl_panel_rows(const mw_tensor *t)
{
    return t->vector ? 1 : MW_ROW_SPLIT;
}

static inline size_t mw_tvl_panel_bytes(const mw_tensor *t)
{
    return (size_t)mw_tvl_layout(t)->bytes(t->dtype, mw_tvl_panel_rows(t), t->cols);
}

/* Start of the data section after a table of `n` tensors. n is at most MW_TVL_MAX_TENSORS. */
static inline uint64_t mw_tvl_data_start(uint64_t n)
{
    uint64_t start = MW_TVL_PAGE + n * MW_TVL_ENTRY;
    mw_align_u64(start, MW_TVL_DATA_ALIGN, &start);
    return start;
}

#endif
