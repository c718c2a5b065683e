/* The .tvl container: weights in the Tensor Virtualization Layout, used in place by mmap. layouts/TVL.md describes the
 * format byte by byte.
 *
 * This file knows tensors, not models: the model's configuration is a few numbers that it carries. engine/tvl_model.c
 * checks that they and the tensor table belong together. */
#ifndef MW_LAYOUTS_TVL_H
#define MW_LAYOUTS_TVL_H

#include "layouts/weights.h"
#include "platform/os.h"
#include "platform/progress.h"

enum {
    MW_TVL_F32_VERSION = 1,      /* all tensors are f32 */
    MW_TVL_DTYPES_VERSION = 2,   /* tensors of any dtype */
    MW_TVL_VERSION = 3,          /* the newest: models with more than the first eight numbers */
    MW_TVL_PAGE = 4096,          /* the header */
    MW_TVL_ENTRY = 96,           /* one tensor in the table */
    MW_TVL_DATA_ALIGN = 2 << 20, /* data section: one huge page */
    MW_TVL_TENSOR_ALIGN = 16384, /* every tensor: one page wherever the file is mapped */
    MW_TVL_FIRST_WORDS = 8,      /* numbers of the model that every version has ... */
    MW_TVL_MODEL_WORDS = 13,     /* ... and with those that are 0 before version 3 */
    MW_TVL_MAX_TENSORS = 1 << 16
};

/* What a checked header and table say. */
typedef struct mw_tvl {
    uint32_t version, model[MW_TVL_MODEL_WORDS];
    bool all_finite; /* every weight was checked when the file was packed */
    uint64_t data_offset;
    mw_tensor *tensors;  /* in the order of the file; offsets into it */
    uint64_t *checksums; /* XXH3-64 of each tensor's bytes, padding rows included */
    size_t n;
} mw_tvl;

/* Whether these first bytes of a file are those of a .tvl container, of any version or byte order. */
bool mw_tvl_recognised(const unsigned char *head, size_t bytes);

/* Bytes of header and table together, as the header claims; 0 if the header page is not a valid one. `where` starts the
 * message. */
uint64_t mw_tvl_head_bytes(const unsigned char page[MW_TVL_PAGE], const char *where, mw_error *err);

/* Checks header and table of a file of `file_bytes` bytes: marks, version, limits, checksum, and that the tensors lie
 * in order, aligned, without overlap, and end with the file. Nothing in them is trusted before that. *out is released
 * by mw_tvl_free. */
int mw_tvl_parse(const unsigned char *head, uint64_t head_bytes, uint64_t file_bytes, const char *where, mw_tvl *out,
                 mw_error *err);
void mw_tvl_free(mw_tvl *tvl);

/* mw_tvl_parse over an open file. */
int mw_tvl_read(const mw_file *file, mw_tvl *out, mw_error *err);

/* Reads all data and compares the checksums; if the header claims that all weights are finite, checks that too. -EDOM
 * names the first tensor that differs. */
int mw_tvl_verify(const mw_file *file, const mw_tvl *tvl, mw_progress_fn *progress, void *to, mw_error *err);

/* Where mw_tvl_write takes weights from: `read` writes n of a tensor's values to `to`, row by row, from value `first`
 * on; 0 or a negative code with a message. The values are floats, or if there is a table, as its tensor is stored. */
typedef struct mw_tvl_source {
    int (*read)(const void *from, const mw_tensor *tensor, uint64_t first, void *to, size_t n, mw_error *err);
    const void *from;
    const mw_tensor *tensors; /* in the order of those that are written; NULL: all values are floats */
    const char *name;         /* starts messages */
    const char *doing;        /* for progress: "packing" */
} mw_tvl_source;

/* n values of tensor `index` from `first` on, whole blocks, into `stored`, as the dtype of `tensor`: what it is to
 * become. `values` has room for n floats. Values that are not finite are -EINVAL. */
int mw_tvl_source_take(const mw_tvl_source *source, const mw_tensor *tensor, size_t index, uint64_t first, size_t n,
                       float *values, void *stored, mw_error *err);

/* A row-major file with the tensors at their offsets. Valid as long as both. */
mw_tvl_source mw_tvl_source_of(const mw_file *file, const mw_tensor *tensors);

/* Packs row-major tensors, in the order of the table, into a new .tvl file at `path`, each as the dtype that the table
 * says (f32 for vectors): that of the source, or floats converted to it. Memory use does not depend on the size of the
 * model: a few panels at a time. A weight that is not finite is refused (-EINVAL). */
int mw_tvl_write(const mw_tvl_source *source, const mw_tensor *tensors, size_t n,
                 const uint32_t model[MW_TVL_MODEL_WORDS], const char *path, mw_progress_fn *progress, void *to,
                 mw_error *err);

/* The version of the file that mw_tvl_write makes: 3 if one of the later numbers of the model is not 0, else 1 if all
 * tensors are f32, else 2. */
uint32_t mw_tvl_version_of(const mw_tensor *tensors, size_t n, const uint32_t model[MW_TVL_MODEL_WORDS]);

/* Size of the file that mw_tvl_write makes; UINT64_MAX on overflow. */
uint64_t mw_tvl_bytes(const mw_tensor *tensors, size_t n);

#endif
