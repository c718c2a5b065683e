/* y = W x with 8-bit weights: cc example.c $(pkg-config --cflags --libs memwall_kernels) */
#include <memwall/gemv.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    enum { ROWS = 48, COLS = 64 };
    static float values[ROWS * COLS], input[COLS], y[ROWS];
    char error[MEMWALL_ERROR];
    for (int j = 0; j < COLS; j++)
        input[j] = 1;
    for (int i = 0; i < ROWS * COLS; i++)
        values[i] = i / COLS; /* row i is full of i */

    memwall_gemv *g = memwall_gemv_new("q8_0", "tvl", NULL, ROWS, COLS, error);
    void *w = g ? aligned_alloc(MEMWALL_ALIGN, memwall_gemv_w_bytes(g)) : NULL;
    void *x = g ? aligned_alloc(MEMWALL_ALIGN, memwall_gemv_x_bytes(g)) : NULL;
    if (!w || !x || memwall_gemv_pack(g, w, 0, ROWS, values, error)) {
        fprintf(stderr, "example: %s\n", g && !(w && x) ? "no memory" : error);
        return 2;
    }
    memwall_gemv_x(g, x, input);
    memwall_gemv_run(g, y, w, x, 0, ROWS);
    printf("%s: row 1 is %.2f, row 47 is %.2f\n", memwall_gemv_kernel(g), y[1], y[47]);
    free(w);
    free(x);
    memwall_gemv_free(g);
}
