#include "bench/units/lone.h"

#include "bench/check/check.h"

#include <errno.h>
#include <stdlib.h>

int mw_lone_open(mw_units *s, mw_session *session, const mw_variant *variant, mw_error *err)
{
    const mw_config *c = &session->model.config;
    *s = (mw_units){.session = session};
    s->units = calloc(MW_MAX_THREAD_COUNTS, sizeof *s->units);
    int rc = s->units ? mw_check_short(variant->gemv, c->dim, c->hidden_dim, err)
                      : mw_fail(err, -ENOMEM, "no memory for a variant");
    if (!rc)
        rc = mw_units_add(s, variant, err);
    if (rc)
        return rc;
    while (s->n_units > 1)
        mw_unit_free(&s->units[--s->n_units]);
    mw_unit *u = s->units;
    mw_copy *copy = mw_units_copy_for(s, u);
    copy->users++;
    mw_progress_say(&session->progress, "loading %s", variant->name);
    rc = mw_units_check_memory(s, err);
    if (!rc)
        rc = mw_weights_open(mw_model_source(copy->model), copy->layout, copy->load, &copy->weights, err);
    mw_runner_lend(&u->runner, copy->weights);
    return rc ? rc : mw_unit_start(u, session, err);
}

void mw_lone_again(mw_unit *u, const mw_session *s)
{
    u->n_samples = u->n_sweeps = 0;
    u->position = (uint32_t)s->n_prompt - 1;
    u->token = s->prompt[u->position];
}
