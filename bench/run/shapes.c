#include "bench/run/shapes.h"

size_t mw_shapes_of(const mw_model *model, mw_shape shapes[MW_MOST_SHAPES])
{
    size_t n = 0;
    for (size_t i = 0; i < model->n_tensors; i++) {
        const mw_tensor *t = &model->tensors[i];
        size_t k = 0;
        while (k < n && (shapes[k].rows != t->rows || shapes[k].cols != t->cols))
            k++;
        if (t->vector || k == MW_MOST_SHAPES)
            continue;
        if (k == n)
            shapes[n++] = (mw_shape){t->rows, t->cols, 0, t->offset};
        /* of an embedding that is no classifier only one row is read */
        shapes[k].swept += i <= mw_classifier_index(&model->config);
    }
    return n;
}

unsigned mw_shapes_jumps(const mw_model *model)
{
    enum { ALIGNMENT = 16384 }; /* the most that a container puts between two tensors */
    unsigned n = 0;
    for (size_t i = 0; i < mw_classifier_index(&model->config); i++) {
        const mw_tensor *t = &model->tensors[i];
        const uint64_t cells = t->vector ? (uint64_t)t->rows * t->cols : model->layout->cells(t->rows, t->cols);
        const uint64_t end = t->offset + cells * sizeof(float), next = t[1].offset;
        n += next < end || next - end >= ALIGNMENT;
    }
    return n;
}

uint64_t mw_shapes_rows(const mw_model *model)
{
    uint64_t rows = 0;
    for (size_t i = 0; i <= mw_classifier_index(&model->config); i++)
        rows += model->tensors[i].vector ? 0 : model->tensors[i].rows;
    return rows;
}
