/* Rows of results.csv from predictions. */
#ifndef MW_BENCH_PREDICT_ROWS_H
#define MW_BENCH_PREDICT_ROWS_H

#include "bench/predict/predict.h"
#include "bench/predict/published.h"
#include "bench/run/session.h"

/* A model that is not made: its tensors. */
typedef struct mw_predict_shape {
    char name[96];
    mw_config config;
    mw_tensor *tensors;
} mw_predict_shape;

/* What is predicted. */
typedef struct mw_subject {
    const mw_machine_file *machine;
    const mw_csv *in_core;
    const mw_kernel *gemv;         /* NULL: that of a published row */
    const mw_variant *variant;     /* that decodes; NULL: a published row, or a GEMV alone */
    const mw_published *published; /* NULL: none */
    const mw_predict_shape *shape;
    int threads;
} mw_subject;

/* The published speed of the subject. */
void mw_predict_record_published(mw_session *session, const mw_subject *of);

/* Decoding: tokens/s and GB/s by all rules, by how much each input moves tokens/s, and the ratio to the published
 * speed. An input that is missing becomes a warning. */
void mw_predict_record_tokens(mw_session *session, const mw_subject *of);

/* The subject's kernel on one core, for each matrix shape of the model, from L2 and from memory: rows with phase and
 * metric of the measured ones of suite micro. */
void mw_predict_record_gemvs(mw_session *session, const mw_subject *of);

#endif
