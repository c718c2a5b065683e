/* What the checks of all ops share: operands between forbidden pages, guarded calls, comparisons, data. */
#include "bench/check/check_parts.h"

#include "kernels/ops.h"
#include "platform/os.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A signalling NaN: arithmetic never returns one, it would be quieted. */
#define CANARY 0x7fa5a5a5u

/* Floats between an operand and the far end of its memory. */
enum { MARGIN = 16 };

/* --- operands --- */

void mw_canaries(float *floats, size_t n)
{
    const uint32_t canary = CANARY;
    for (size_t i = 0; i < n; i++)
        memcpy(&floats[i], &canary, sizeof canary);
}

size_t mw_canaries_kept(const float *floats, size_t n)
{
    const uint32_t canary = CANARY;
    size_t i = 0;
    while (i < n && memcmp(&floats[i], &canary, sizeof canary) == 0)
        i++;
    return i;
}

int mw_block_open(mw_check *check, int which, const char *name, size_t n, unsigned align, unsigned misalign)
{
    bool end = check->c->guard_end;
    size_t before = end ? MARGIN : misalign / align * align / sizeof(float), behind = end ? 0 : MARGIN;
    if (end) /* the page behind is aligned, the operand is if its size is */
        behind = n * sizeof(float) % align ? (align - n * sizeof(float) % align) / sizeof(float) : 0;
    mw_guarded *b = &check->block[which];
    *b = (mw_guarded){.name = name, .n = n, .all_n = before + n + behind};
    b->all = mw_guarded_alloc(b->all_n * sizeof(float), end);
    if (!b->all)
        return mw_fail(check->err, -ENOMEM, "no memory to check a kernel on %zu x %zu", check->c->rows, check->c->cols);
    b->floats = b->all + before;
    mw_canaries(b->all, before);
    mw_canaries(b->floats + n, behind);
    return 0;
}

int mw_check_margins(mw_check *check)
{
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++) {
        if (!b->all)
            continue;
        size_t before = (size_t)(b->floats - b->all), behind = b->all_n - before - b->n;
        size_t kept = mw_canaries_kept(b->all, before);
        if (kept < before)
            return mw_check_wrong(check, "wrote to %s[-%zu], before its start", b->name, before - kept);
        kept = mw_canaries_kept(b->floats + b->n, behind);
        if (kept < behind)
            return mw_check_wrong(check, "wrote to %s[%zu] of %zu", b->name, b->n + kept, b->n);
    }
    return 0;
}

/* --- calls and comparisons --- */

static int failed(mw_check *check, int code, const char *what)
{
    const mw_check_case *c = check->c;
    char where[40] = "operands end at a forbidden page", tokens[40] = "";
    if (!c->guard_end)
        snprintf(where, sizeof where, "misalignment %u bytes", c->misalign);
    if (check->kernel->op == MW_OP_GEMM)
        snprintf(tokens, sizeof tokens, "%zu tokens, ", c->tokens);
    return mw_fail(check->err, code, "%s kernel '%s' is wrong: it %s (%zu x %zu, %s%s, data %s, seed %llu)",
                   mw_op_name(check->kernel->op), check->kernel->name, what, c->rows, c->cols, tokens, where,
                   mw_data_name(c->data), (unsigned long long)c->seed);
}

int mw_check_wrong(mw_check *check, const char *format, ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return failed(check, -EDOM, what);
}

/* Where a fault during a call goes back to. Of the thread that made the call: another thread's fault is not ours. */
static _Thread_local struct {
    sigjmp_buf back;
    uintptr_t address;
    volatile sig_atomic_t armed;
} trap;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (!trap.armed) {
        signal(number, SIG_DFL); /* return, and the fault repeats with the default action */
        return;
    }
    trap.armed = 0;
    trap.address = (uintptr_t)info->si_addr;
    siglongjmp(trap.back, 1);
}

/* The signals of a forbidden page: the first on Linux, the second on macOS. */
static const int fault_signals[MW_TRAP_SIGNALS] = {SIGSEGV, SIGBUS};

void mw_trap_set(mw_trap *saved)
{
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    for (int i = 0; i < MW_TRAP_SIGNALS; i++)
        sigaction(fault_signals[i], &action, &saved->old[i]);
}

void mw_trap_unset(const mw_trap *saved)
{
    for (int i = 0; i < MW_TRAP_SIGNALS; i++)
        sigaction(fault_signals[i], &saved->old[i], NULL);
}

int mw_check_call(mw_check *check, void (*call)(void *), void *arg)
{
    if (sigsetjmp(trap.back, 1) == 0) { /* with the mask: the signal is blocked in its handler */
        trap.armed = 1;
        call(arg);
        trap.armed = 0;
        return 0;
    }
    const uintptr_t at = trap.address, page = mw_page_bytes();
    char what[120] = "touched memory that is none of its operands, or asked too much of their alignment";
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++)
        if (b->all && at + page >= (uintptr_t)b->all && at < (uintptr_t)(b->all + b->all_n) + page)
            snprintf(what, sizeof what, "touched byte %lld of %s, which has %zu",
                     (long long)(at - (uintptr_t)b->floats), b->name, b->n * sizeof(float));
    return failed(check, -EFAULT, what);
}

int mw_check_values(mw_check *check, const float *got, const double *want, const double *bound, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool right = isnan(want[i])   ? isnan(got[i])
                     : isinf(want[i]) ? (double)got[i] == want[i]
                                      : fabs(got[i] - want[i]) <= bound[i];
        if (mw_canaries_kept(&got[i], 1))
            return mw_check_wrong(check, "did not write element %zu of %zu", i, n);
        if (!right && !isfinite(want[i]))
            return mw_check_wrong(check, "made element %zu %.9g, expected %g", i, (double)got[i], want[i]);
        if (!right)
            return mw_check_wrong(check, "made element %zu %.9g, expected %.9g within %.3g", i, (double)got[i], want[i],
                                  bound[i]);
    }
    return 0;
}

int mw_check_same(mw_check *check, const char *what, const float *got, const float *was, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &was[i], sizeof got[i]) != 0 && !(isnan(got[i]) && isnan(was[i])))
            return mw_check_wrong(check, "made element %zu %a, but %a when %s", first + i, (double)was[i],
                                  (double)got[i], what);
    return 0;
}

/* --- data --- */

/* Uniform in (-1, 1), an odd multiple of 2^-23 and so never 0: a term of 0 could be dropped unseen. */
static float uniform(uint64_t *state)
{
    return (float)((int32_t)(mw_draw(state) >> 41) * 2 + 1 - (1 << 23)) * 0x1p-23f;
}

void mw_fill(float *v, size_t n, mw_data data, bool right, size_t terms, uint64_t *state)
{
    const uint64_t most = (uint64_t)fmin(sqrt(((1 << 24) - 1) / (double)terms), 2047);
    for (size_t i = 0; i < n; i++)
        switch (data) {
        case MW_DATA_INTEGER: {
            uint64_t r = mw_draw(state);
            v[i] = copysignf((float)(1 + (r >> 1) % most), r & 1 ? -1 : 1);
            break;
        }
        case MW_DATA_EXTREME:
        case MW_DATA_ONE_HOT: {
            float mantissa = uniform(state);
            v[i] = ldexpf(mantissa + copysignf(1, mantissa), (int)(mw_draw(state) % 151) - 100);
            break;
        }
        case MW_DATA_CANCELLING: { /* the partner stands half a row away, so that partial sums grow first */
            size_t half = n / 2;
            if (i < half || i == 2 * half)
                v[i] = uniform(state);
            else
                v[i] = right ? v[i - half] : -v[i - half] * (1 - 0x1p-20f);
            break;
        }
        case MW_DATA_ZERO: v[i] = 0; break;
        case MW_DATA_TINY: /* even places: two small factors; odd places: a denormal and an ordinary one */
            if (i % 2)
                v[i] = right ? 4 * uniform(state) : (float)(1 + mw_draw(state) % 1000) * FLT_TRUE_MIN;
            else
                v[i] = uniform(state) * (right ? 0x1p-60f : 0x1p-70f);
            break;
        default: v[i] = uniform(state);
        }
}

void mw_spoil(float *v, size_t n, uint64_t *state)
{
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    uint64_t r = mw_draw(state);
    v[(r >> 8) % n] = bad[r % 3];
}

size_t mw_place(int k, size_t n, uint64_t *state)
{
    const size_t first[] = {0, n - 1, 1, n - 2, n / 2};
    if (n <= MW_PLACES)
        return (size_t)k % n;
    return (size_t)k < sizeof first / sizeof *first ? first[k] % n : mw_draw(state) % n;
}
