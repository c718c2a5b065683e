#include "tests/any_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(*state >> 40) / (1 << 23) - 1.0;
}

/* The spread keeps activations near 1. */
static float value_of(const mw_tensor *t, const char *kind, uint64_t *state)
{
    const double u = uniform(state);
    if (!t->vector)
        return (float)(u * (strcmp(kind, "embedding") == 0 ? 1 : 1.7 / sqrt((double)t->cols)));
    if (strcmp(kind, "rope_factors") == 0)
        return (float)(4.5 + 3.5 * u);
    return (float)(strstr(kind, "norm") ? 1 + 0.3 * u : 0.5 * u); /* the rest are biases */
}

static bool write_tensor(const mw_tensor *t, FILE *f)
{
    const char *dot = strrchr(t->name, '.'), *kind = dot ? dot + 1 : t->name;
    uint64_t state = 1;
    bool ok = true;
    for (const char *c = t->name; *c; c++)
        state = state * 31 + (unsigned char)*c;
    for (size_t i = 0; i < (size_t)t->rows * t->cols && ok; i++)
        ok = fwrite(&(float){value_of(t, kind, &state)}, sizeof(float), 1, f) == 1;
    return ok;
}

bool any_model_make(const mw_config *c, const char *path, mw_model *m)
{
    *m = (mw_model){.file = {.fd = -1}, .config = *c, .format = "test", .layout = &mw_layout_rowmajor};
    snprintf(m->name, sizeof m->name, "any");
    m->n_tensors = mw_tensor_count(c);
    m->tensors = calloc(m->n_tensors, sizeof *m->tensors);
    FILE *f = m->tensors ? fopen(path, "wb") : NULL;
    if (!f)
        return false;
    mw_tensor_table(c, m->tensors);
    uint64_t at = 0;
    bool ok = true;
    for (size_t i = 0; i < m->n_tensors; i++) {
        mw_tensor *t = &m->tensors[i];
        t->offset = at;
        at += (uint64_t)t->rows * t->cols * sizeof(float);
        ok &= write_tensor(t, f);
    }
    return fclose(f) == 0 && ok && mw_file_open(path, &m->file, NULL) == 0;
}
