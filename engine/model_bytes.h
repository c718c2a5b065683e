/* What one token reads of a model's weights, tensor by tensor: by kind of tensor and by dtype. */
#ifndef MW_ENGINE_MODEL_BYTES_H
#define MW_ENGINE_MODEL_BYTES_H

#include "engine/model.h"

typedef enum mw_part {
    MW_PART_EMBEDDING, /* one row */
    MW_PART_ATTENTION, /* matrices and biases */
    MW_PART_FFN,       /* matrices */
    MW_PART_OUTPUT,    /* the output head, which is the whole embedding if that is shared */
    MW_PART_NORMS,
    MW_PART_COUNT
} mw_part;

extern const char *const mw_part_names[MW_PART_COUNT];

/* Bytes as stored, padding of layouts not included. */
typedef struct mw_model_bytes {
    uint64_t of[MW_PART_COUNT][MW_DTYPE_COUNT];
} mw_model_bytes;
mw_model_bytes mw_model_count_bytes(const mw_model *model);

/* Sums: of a part, of a dtype, of everything. */
uint64_t mw_bytes_of_part(const mw_model_bytes *bytes, mw_part part);
uint64_t mw_bytes_of_dtype(const mw_model_bytes *bytes, mw_dtype dtype);
uint64_t mw_bytes_of_all(const mw_model_bytes *bytes);

/* mw_model_token_cost of an open model, as `dtype`. If that is the model's own dtype, weights are counted tensor by
 * tensor, each as it is stored: a file may mix dtypes. */
mw_token_cost mw_model_cost(const mw_model *model, mw_dtype dtype, uint32_t pos);

/* Bytes of keys and values that each position adds. */
uint64_t mw_model_kv_bytes(const mw_config *config);

#endif
