#include "bench/run/plan.h"

#include "bench/check/check.h"
#include "bench/run/outside.h"
#include "platform/apart.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>

int mw_plan_threads(const mw_session *s, int threads[MW_MAX_THREAD_COUNTS])
{
    int n = 0;
    for (int i = 0; i < s->options->n_threads; i++) {
        const int count = s->options->threads[i] ? s->options->threads[i] : s->max_threads;
        int j = 0;
        while (j < n && threads[j] != count)
            j++;
        if (j == n)
            threads[n++] = count;
    }
    return n;
}

/* --- checks --- */

/* Whether the kernel takes all matrices that the model has in its dtype. Those of the build do. */
static int check_shapes(const mw_model *m, const mw_kernel *k, mw_error *err)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        const mw_tensor *t = &m->tensors[i];
        const mw_dtype stored = k->dtype == m->dtype ? t->dtype : mw_tensor_dtype(t, k->dtype);
        if (!t->vector && stored == k->dtype && (t->rows % k->row_multiple || t->cols % k->col_multiple))
            return mw_fail(err, -ENOTSUP, "the model has a matrix of %zu x %zu; it takes rows by %u and columns by %u",
                           (size_t)t->rows, (size_t)t->cols, k->row_multiple, k->col_multiple);
    }
    return 0;
}

typedef struct checked {
    const mw_model *model;
    const mw_variant *variant;
} checked;

static int check(void *arg, mw_error *err)
{
    const checked *c = arg;
    return mw_check_variant(c->model, c->variant, err);
}

/* Code from outside may do anything, so it is tried in a process of its own. */
static int check_variant(const mw_model *model, const mw_variant *v, mw_error *err)
{
    enum { NATIVE_S = 10, EMULATED_S = 200 };
    if (!v->gemv->label)
        return mw_check_variant(model, v, err);
    int rc = check_shapes(model, v->gemv, err);
    return rc ? rc : mw_apart(check, &(checked){model, v}, mw_emulator() ? EMULATED_S : NATIVE_S, err);
}

static void refuse(mw_session *s, const mw_variant *v, const mw_error *why)
{
    mw_progress_clear(&s->progress);
    fprintf(stderr, "bench: %s is not measured: %s\n", v->name, why->text);
}

int mw_plan_admit(mw_session *s, mw_variant *variants, int n, int *refused, mw_error *err)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        mw_error why;
        int rc = 0;
        if (variants[i].gemv->label) {
            mw_progress_say(&s->progress, "checking %s", variants[i].name);
            rc = check_variant(&s->model, &variants[i], &why);
        }
        if (rc == -EINTR)
            return mw_fail(err, rc, "%s", why.text);
        if (rc) {
            refuse(s, &variants[i], &why);
            mw_outside_refuse(variants[i].gemv);
            *refused += 1;
        } else {
            variants[kept++] = variants[i];
        }
    }
    return kept > 0 ? kept : mw_fail(err, -EDOM, "no variant is left to measure: all kernels were refused");
}

int mw_plan_make(mw_plan *p, mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    int threads[MW_MAX_THREAD_COUNTS];
    const int n_threads = mw_plan_threads(s, threads);
    p->of = calloc((size_t)(n * n_threads) + 1, sizeof *p->of);
    int rc = p->of ? 0 : mw_fail(err, -ENOMEM, "no memory for %d variants", n);
    for (int v = 0; v < n && !rc; v++) {
        const mw_model *model;
        mw_error why;
        mw_progress_say(&s->progress, "checking %s", variants[v].name);
        rc = check_variant(&s->model, &variants[v], &why);
        if (rc == -EINTR)
            return mw_fail(err, rc, "%s", why.text);
        if (rc) {
            refuse(s, &variants[v], &why);
            p->refused++;
            rc = 0;
            continue;
        }
        rc = mw_session_model_for(s, &variants[v], &model, err);
        for (int i = 0; i < n_threads && !rc; i++)
            p->of[p->n++] = (mw_planned){&variants[v], model, threads[i]};
    }
    return rc;
}

int mw_plan_close(mw_plan *p, int rc, mw_error *err)
{
    const int refused = p->refused;
    free(p->of);
    *p = (mw_plan){0};
    if (!rc && refused > 0)
        rc = mw_fail(err, -EDOM, "a kernel failed its check and was not measured; run the tests for details");
    return rc;
}

int mw_plan_memory(const char *what, double bytes, double share, mw_error *err)
{
    const int64_t available = mw_memory_available();
    if (available == MW_UNKNOWN || bytes <= share * (double)available)
        return 0;
    return mw_fail(err, -ENOMEM, "%s %.1f GiB of memory; %.1f GiB are available%s", what, bytes / 0x1p30,
                   (double)available / 0x1p30, share < 1 ? ", of which half may be taken" : "");
}

/* --- shapes --- */

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
        uint64_t bytes = 0;
        mw_tensor_bytes(t, model->layout, &bytes);
        const uint64_t end = t->offset + bytes, next = t[1].offset;
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
