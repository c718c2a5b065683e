/* Operands in guarded memory, calls of a kernel on them, and what is wrong with what it did. */
#include "bench/check/check_parts.h"

#include "kernels/ops.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- shapes --- */

bool mw_has_matrix(const mw_kernel *kernel)
{
    return kernel->op == MW_OP_GEMV || kernel->op == MW_OP_GEMM;
}

bool mw_rotates(mw_op op)
{
    return op == MW_OP_ROPE || op == MW_OP_ROPE_HALVES;
}

bool mw_even_rows(mw_op op)
{
    return mw_rotates(op) || op == MW_OP_ATTENTION;
}

bool mw_check_takes(const mw_kernel *kernel, size_t rows, size_t cols)
{
    return rows > 0 && cols > 0 && rows % kernel->row_multiple == 0 && cols % kernel->col_multiple == 0 &&
           !(mw_even_rows(kernel->op) && cols % 2) && (rows == 1 || mw_has_matrix(kernel) || mw_even_rows(kernel->op));
}

/* --- operands --- */

/* Floats between an operand and the far end of its memory. */
enum { MARGIN = 16 };

void *mw_check_room(mw_check *check, size_t n, size_t size)
{
    void *room = calloc(n + 1, size);
    check->out_of_memory |= !room;
    return check->room[check->n_rooms++] = room;
}

void mw_block_open(mw_check *check, int which, const char *name, size_t n, unsigned align, unsigned misalign,
                   bool written)
{
    const bool end = check->c->guard_end;
    size_t before = end ? MARGIN : misalign / align * align / sizeof(float), after = end ? 0 : MARGIN;
    if (end) /* the page after is aligned, the operand is if its size is */
        after = n * sizeof(float) % align ? (align - n * sizeof(float) % align) / sizeof(float) : 0;
    mw_guarded *b = &check->block[which];
    *b = (mw_guarded){.name = name, .n = n, .all_n = before + n + after, .written = written};
    b->given = written ? NULL : mw_check_room(check, n, sizeof *b->given);
    b->all = mw_guarded_alloc(b->all_n * sizeof(float), end);
    check->out_of_memory |= !b->all;
    if (!b->all)
        return;
    b->floats = b->all + before;
    mw_canaries(b->all, before);
    mw_canaries(b->floats + n, after);
}

int mw_check_memory(mw_check *check)
{
    const mw_check_case *c = check->c;
    return check->out_of_memory
               ? mw_fail(check->err, -ENOMEM, "no memory to check a kernel on %zu x %zu", c->rows, c->cols)
               : 0;
}

/* --- what is wrong --- */

static int failed(mw_check *check, int code, const char *what)
{
    const mw_check_case *c = check->c;
    char where[40] = "operands end at a forbidden page", tokens[40] = "";
    if (!c->guard_end)
        snprintf(where, sizeof where, "misalignment %u bytes", c->misalign);
    if (check->kernel->op == MW_OP_GEMM)
        snprintf(tokens, sizeof tokens, "%zu tokens, ", c->tokens);
    return mw_fail(check->err, code, "%s kernel '%s%s' is wrong: it %s (%zu x %zu, %s%s, data %s, seed %llu)",
                   mw_op_name(check->kernel->op), check->kernel->name, mw_dtypes[check->kernel->dtype].suffix, what,
                   c->rows, c->cols, tokens, where, mw_data_name(c->data), (unsigned long long)c->seed);
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

/* Whether blocks that the op must not write, and the canaries around all, are as they were. */
static int check_kept(mw_check *check)
{
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++) {
        if (!b->all)
            continue;
        size_t before = (size_t)(b->floats - b->all), after = b->all_n - before - b->n;
        size_t kept = mw_canaries_kept(b->all, before);
        if (kept < before)
            return mw_check_wrong(check, "wrote to %s[-%zu], before its start", b->name, before - kept);
        kept = mw_canaries_kept(b->floats + b->n, after);
        if (kept < after)
            return mw_check_wrong(check, "wrote to %s[%zu] of %zu", b->name, b->n + kept, b->n);
    }
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++)
        if (b->n && !b->written && memcmp(b->floats, b->given, b->n * sizeof *b->given) != 0)
            return mw_check_wrong(check, "wrote to %s", b->name);
    return 0;
}

/* --- calls --- */

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

/* Runs call(arg); false if it touched a forbidden page. */
static bool trapped_call(void (*call)(void *), void *arg)
{
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    struct sigaction old_segv, old_bus;
    sigaction(SIGSEGV, &action, &old_segv);         /* the signal of a forbidden page on Linux */
    sigaction(SIGBUS, &action, &old_bus);           /* and on macOS */
    const bool back = sigsetjmp(trap.back, 1) != 0; /* with the mask: the signal is blocked in its handler */
    if (!back) {
        trap.armed = 1;
        call(arg);
        trap.armed = 0;
    }
    sigaction(SIGSEGV, &old_segv, NULL);
    sigaction(SIGBUS, &old_bus, NULL);
    return !back;
}

static int guarded_call(mw_check *check, void (*call)(void *), void *arg)
{
    if (trapped_call(call, arg))
        return 0;
    const uintptr_t at = trap.address, page = mw_page_bytes();
    char what[120] = "touched memory that is none of its operands, or asked too much of their alignment";
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++)
        if (b->all && at + page >= (uintptr_t)b->all && at < (uintptr_t)(b->all + b->all_n) + page)
            snprintf(what, sizeof what, "touched byte %lld of %s, which has %zu",
                     (long long)(at - (uintptr_t)b->floats), b->name, b->n * sizeof(float));
    return failed(check, -EFAULT, what);
}

int mw_check_call(mw_check *check, void (*call)(void *), void *arg)
{
    for (const mw_guarded *b = check->block; b < check->block + MW_CHECK_BLOCKS; b++)
        if (b->given)
            memcpy(b->floats, b->given, b->n * sizeof *b->given);
        else
            mw_canaries(b->floats, b->n);
    const int rc = guarded_call(check, call, arg);
    return rc ? rc : check_kept(check);
}
