/* Where the time of a token goes: clocks between the steps of the forward pass.
 *
 * A step begins where the previous one ended, so that no time falls between them: starting the threads and waiting for
 * the last of them is a part of the step that does it. */
#ifndef MW_ENGINE_PROFILE_H
#define MW_ENGINE_PROFILE_H

#include "platform/os.h"

/* In the order of the pass. The gate is part of W1_W3, the residual additions of WO and W2. */
typedef enum mw_step {
    MW_STEP_EMBEDDING,
    MW_STEP_RMSNORM,
    MW_STEP_QUANTIZE, /* activations to int8, for block formats */
    MW_STEP_QKV,
    MW_STEP_ROPE, /* including the norms of heads and the copies of keys and values */
    MW_STEP_ATTENTION,
    MW_STEP_WO,
    MW_STEP_W1_W3,
    MW_STEP_W2,
    MW_STEP_CLASSIFIER,
    MW_STEP_SAMPLING, /* marked by the caller, which chooses the token */
    MW_STEPS
} mw_step;

/* Sums since it was zeroed. */
typedef struct mw_profile {
    uint64_t ns[MW_STEPS], calls[MW_STEPS];
    uint64_t at; /* when the last step ended */
} mw_profile;

/* The next step begins now. Nothing happens, here and below, if `p` is NULL. */
static inline void mw_profile_begin(mw_profile *p)
{
    if (p)
        p->at = mw_clock_ns();
}

/* `step` ends now. */
static inline void mw_profile_mark(mw_profile *p, mw_step step)
{
    if (!p)
        return;
    const uint64_t now = mw_clock_ns();
    p->ns[step] += now - p->at;
    p->calls[step]++;
    p->at = now;
}

#endif
