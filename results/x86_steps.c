/* The path of the GEMV kernels that this CPU runs: the address of every instruction of a call, in the order of
 * execution. A traced child calls the kernel, the parent lets it take one instruction at a time. Linux on x86-64.
 * x86_cost.py compiles this file, links it with the kernels of a build at fixed addresses, and reads its output.
 *
 * usage: x86_steps                           a line for each kernel: dtype, name, ISA, layout
 *        x86_steps DTYPE NAME ROWS COLS      "bytes N" of weights, then one address a line
 *        x86_steps DTYPE NAME ROWS COLS time "bytes N", then the cycles that ROWS more rows take beyond ROWS rows */
#include "kernels/dtype.h"
#include "kernels/registry.h"
#include "layouts/layout.h"
#include "platform/error.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

/* Every byte of the operands: a normal number below 2 in f32, bf16 and f16, and codes that are neither 0 nor negative.
 * No kernel takes a path for special values then. */
enum { BYTE = 0x3c, MOST = 1 << 20 };

enum { ROUNDS = 2000, CALLS = 8, ADDITIONS = 8192 };

static int fail(const char *what)
{
    fprintf(stderr, "x86_steps: %s\n", what);
    return 1;
}

static void list(void)
{
    for (const mw_kernel **k = mw_kernels; *k; k++)
        if ((*k)->op == MW_OP_GEMV && mw_kernel_supported(*k))
            printf("%s %s %s %s\n", mw_dtypes[(*k)->dtype].name, (*k)->name, (*k)->isa_name,
                   mw_layout_of((*k)->layout)->name);
}

static void *filled(size_t bytes)
{
    const size_t whole = (bytes + 4095) / 4096 * 4096;
    void *at = aligned_alloc(4096, whole);
    return at ? memset(at, BYTE, whole) : NULL;
}

/* A call of a kernel, and its operands. */
typedef struct call {
    const mw_kernel *kernel;
    void *w, *x, *y;
    size_t rows, cols, ld;
} call;

static bool prepare(call *c, const mw_kernel *k, size_t rows, size_t cols)
{
    const mw_layout *layout = mw_layout_of(k->layout);
    *c = (call){k,
                filled(layout->bytes(k->dtype, rows, cols)),
                filled(mw_x_bytes(k->dtype, cols)),
                filled(rows * sizeof(float)),
                rows,
                cols,
                layout->ld(rows, cols)};
    return c->w && c->x && c->y;
}

static void run(const call *c)
{
    c->kernel->fn.gemv(c->y, c->w, c->x, c->rows, c->cols, c->ld);
}

/* The child: stops, calls the kernel, ends. */
static void traced(const mw_kernel *k, size_t rows, size_t cols)
{
    call c;
    if (!prepare(&c, k, rows, cols) || ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        _exit(1);
    raise(SIGSTOP);
    run(&c);
    _exit(0);
}

/* Steps through the child and prints what lies between the first instruction of `start` and its return. False if the
 * child ends before. */
static bool follow(pid_t child, unsigned long start)
{
    struct user_regs_struct at;
    unsigned long stack = 0;
    int status;
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        if (ptrace(PTRACE_GETREGS, child, NULL, &at))
            return false;
        if (!stack && at.rip == start)
            stack = at.rsp;
        if (stack && at.rsp > stack) /* the return address is taken */
            return true;
        if (stack)
            printf("%llx\n", at.rip);
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL))
            return false;
    }
    return false;
}

/* ADDITIONS integer additions, each of which waits for the one before it: a cycle each. */
#define REPEAT4(text) text text text text
static void add(void)
{
    for (int i = 0; i < ADDITIONS / 1024; i++)
        __asm__ volatile(REPEAT4(REPEAT4(REPEAT4(REPEAT4(REPEAT4("add $1, %%rax\n"))))) : : : "rax", "cc");
}

/* Cycles that twice the rows take longer, in the fastest of many rounds. Between other programs, no round is long. */
static int measure(const mw_kernel *k, size_t rows, size_t cols)
{
    call c[2];
    uint64_t least[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    if (!prepare(&c[0], k, rows, cols) || !prepare(&c[1], k, 2 * rows, cols))
        return fail("no memory");
    for (int round = 0; round < ROUNDS; round++)
        for (int part = 0; part < 3; part++) {
            const uint64_t start = __rdtsc();
            if (part == 2)
                add();
            for (int i = 0; i < CALLS && part < 2; i++)
                run(&c[part]);
            const uint64_t took = __rdtsc() - start;
            least[part] = took < least[part] ? took : least[part];
        }
    printf("cycles %.1f\n", (double)(least[1] - least[0]) / CALLS * ADDITIONS / (double)least[2]);
    return 0;
}

int main(int argc, char **argv)
{
    const mw_kernel *kernel = NULL;
    if (argc == 1) {
        list();
        return 0;
    }
    const bool timed = argc == 6 && strcmp(argv[5], "time") == 0, given = argc == 5 || timed;
    const unsigned long rows = given ? strtoul(argv[3], NULL, 10) : 0, cols = given ? strtoul(argv[4], NULL, 10) : 0;
    for (const mw_kernel **k = mw_kernels; *k && given; k++)
        if ((*k)->op == MW_OP_GEMV && mw_kernel_supported(*k) && strcmp((*k)->name, argv[2]) == 0 &&
            strcmp(mw_dtypes[(*k)->dtype].name, argv[1]) == 0)
            kernel = *k;
    if (!kernel || rows < 1 || rows > MOST || cols < 1 || cols > MOST || rows % kernel->row_multiple ||
        cols % kernel->col_multiple || cols % mw_dtypes[kernel->dtype].block)
        return fail(
            "usage: x86_steps [DTYPE NAME ROWS COLS [time]], of a kernel that `x86_steps` lists and takes these");
    printf("bytes %zu\n", (size_t)(rows * mw_dtype_bytes(kernel->dtype, cols)));
    if (timed)
        return measure(kernel, rows, cols);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        traced(kernel, rows, cols);
    const bool whole = child > 0 && follow(child, (unsigned long)(uintptr_t)kernel->fn.gemv);
    if (child > 0)
        kill(child, SIGKILL);
    return whole && fflush(stdout) == 0 ? 0 : fail("ptrace cannot step through a child process here");
}
