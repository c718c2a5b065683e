/* GGUF files (versions 2 and 3, little-endian): metadata and tensors, used in place through a mapping.
 *
 * This file knows keys, values and tensors, not models; engine/gguf_model.c checks that they form one. The format is
 * described in ggml's docs/gguf.md. All that follows is read from a file that may be hostile, so everything is checked
 * when the file is opened, and everything that is read again later is checked again: another program may write to a
 * mapped file. */
#ifndef MW_LAYOUTS_GGUF_H
#define MW_LAYOUTS_GGUF_H

#include "platform/os.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Upper limits for what a file may claim, far above what models have. */
enum {
    MW_GGUF_MAX_PAIRS = 1 << 16,
    MW_GGUF_MAX_TENSORS = 1 << 16,
    MW_GGUF_MAX_DIMS = 4,
    MW_GGUF_MAX_KEY = (1 << 16) - 1,
    MW_GGUF_MAX_NAME = 64,       /* bytes of a tensor's name */
    MW_GGUF_MAX_TEXT = 1 << 24,  /* bytes */
    MW_GGUF_MAX_ARRAY = 1 << 24, /* elements */
    MW_GGUF_LEAST_ALIGN = 8,
    MW_GGUF_MOST_ALIGN = 1 << 20,
    MW_GGUF_DEFAULT_ALIGN = 32
};

/* Types of metadata, numbered as in files. */
typedef enum mw_gguf_type {
    MW_GGUF_U8,
    MW_GGUF_I8,
    MW_GGUF_U16,
    MW_GGUF_I16,
    MW_GGUF_U32,
    MW_GGUF_I32,
    MW_GGUF_F32,
    MW_GGUF_BOOL,
    MW_GGUF_TEXT,
    MW_GGUF_ARRAY,
    MW_GGUF_U64,
    MW_GGUF_I64,
    MW_GGUF_F64,
    MW_GGUF_TYPES
} mw_gguf_type;

/* Bytes of a text in the file; no NUL follows, but some may be inside. Valid as long as the mw_gguf. */
typedef struct mw_gguf_text {
    const char *at;
    size_t bytes;
} mw_gguf_text;

/* For "%.*s" in messages: at most 64 bytes. */
#define MW_GGUF_SHOWN(text) (int)((text).bytes < 64 ? (text).bytes : 64), (text).at

/* Whether a text is this NUL-terminated one. */
bool mw_gguf_is(mw_gguf_text text, const char *wanted);

typedef struct mw_gguf_tensor {
    mw_gguf_text name;
    uint32_t n_dims;                 /* 1 to 4 */
    uint32_t type;                   /* enum ggml_type; one that mw_gguf_tensor_type knows */
    uint64_t dims[MW_GGUF_MAX_DIMS]; /* at least 1 each; the first one is contiguous: the columns of a matrix */
    uint64_t offset, bytes;          /* in the file */
} mw_gguf_tensor;

/* An open file, freed by mw_gguf_close. */
typedef struct mw_gguf {
    uint32_t version, alignment;
    const mw_gguf_tensor *tensors; /* sorted by name; no two have the same name or share bytes */
    size_t n_tensors, n_pairs;
    const struct mw_gguf_pair *pairs; /* private; sorted by key */
    const unsigned char *map;         /* private */
    uint64_t bytes;                   /* of the file */
    char path[512];                   /* for messages */
} mw_gguf;

/* Whether these first bytes of a file are those of a GGUF file, of any version or byte order. */
bool mw_gguf_recognised(const unsigned char *head, size_t bytes);

/* Maps the file and checks all that comes before the tensors' data, and that every tensor lies inside the file, aligned
 * and apart from the others. Reads no data of tensors. -EINVAL, with one line that names the fault, for a file that
 * breaks a rule or a limit above, is of version 1, big-endian, cut off or one of several parts. The file may be closed
 * before *out is. */
int mw_gguf_open(const mw_file *file, mw_gguf **out, mw_error *err);
void mw_gguf_close(mw_gguf *g);

/* The tensor of that name, NULL if there is none. */
const mw_gguf_tensor *mw_gguf_tensor_named(const mw_gguf *g, const char *name);

/* What is known about a type of tensors. */
typedef struct mw_gguf_tensor_type {
    const char *name;            /* "q4_K" */
    uint32_t block, block_bytes; /* values that are stored together, and their bytes */
} mw_gguf_tensor_type;

/* By its number in files; NULL if it is unknown or has been withdrawn. */
const mw_gguf_tensor_type *mw_gguf_tensor_type_of(uint32_t id);

/* --- metadata ---
 *
 * Each getter returns 1 if the key is there, 0 if it is not (*value stays as it is, so it can hold the default), or
 * -EINVAL with a line that names key, wanted and found type. */

bool mw_gguf_has(const mw_gguf *g, const char *key);

/* Any integer type, if the value fits. */
int mw_gguf_u32(const mw_gguf *g, const char *key, uint32_t *value, mw_error *err);

/* f32, or f64 rounded; only finite ones. */
int mw_gguf_f32(const mw_gguf *g, const char *key, float *value, mw_error *err);
int mw_gguf_bool(const mw_gguf *g, const char *key, bool *value, mw_error *err);
int mw_gguf_get_text(const mw_gguf *g, const char *key, mw_gguf_text *value, mw_error *err);

/* Elements of an array. `count` of them are at `at`, and nothing is read from `end` on. */
typedef struct mw_gguf_array {
    mw_gguf_type type;
    uint32_t count;
    const unsigned char *at, *end; /* private */
} mw_gguf_array;

/* What an array shall hold: any integer type, f32 or f64, bool, text. */
typedef enum mw_gguf_kind { MW_GGUF_INTS, MW_GGUF_FLOATS, MW_GGUF_BOOLS, MW_GGUF_TEXTS } mw_gguf_kind;
int mw_gguf_get_array(const mw_gguf *g, const char *key, mw_gguf_kind kind, mw_gguf_array *value, mw_error *err);

/* Element i < count of an array of integers (an unsigned one above INT64_MAX gives that), floats (an f64 is rounded;
 * may be not finite) or bools. */
int64_t mw_gguf_int_at(const mw_gguf_array *array, uint32_t i);
float mw_gguf_float_at(const mw_gguf_array *array, uint32_t i);
bool mw_gguf_bool_at(const mw_gguf_array *array, uint32_t i);

/* Takes the next text off the front of an array of texts, which lets a caller go through them once, in order; false
 * after the last one. (The rest of the array is an array.) */
bool mw_gguf_next_text(mw_gguf_array *rest, mw_gguf_text *text);

#endif
