/* The differences beyond chance of a comparison of many machines, as text or Markdown. */
#include "bench/compare/many.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

typedef struct line {
    const mw_pair *pair;
    uint32_t figure;
    double size; /* logarithm of the ratio that is above 1 */
} line;

static int by_size(const void *a, const void *b)
{
    const line *x = a, *y = b;
    const int c = (x->size < y->size) - (x->size > y->size);
    return c ? c : (x->pair > y->pair) - (x->pair < y->pair);
}

static int by_figure(const void *a, const void *b)
{
    const line *x = a, *y = b;
    const int c = (x->figure > y->figure) - (x->figure < y->figure);
    return c ? c : by_size(a, b);
}

static const mw_column columns[] = {{"metric", -1, .wide = true},
                                    {"suite", -1, .wide = true},
                                    {"model", -1, .wide = true},
                                    {"param", -1, .wide = true},
                                    {"variant", -33},
                                    {"thr", 3},
                                    {"machines", -9},
                                    {"ratio", 6},
                                    {"95 % interval", -14},
                                    {"p", -1},
                                    {0}};

/* The larger over the smaller value. */
static void print_line(mw_page *p, const mw_many *m, const line *l)
{
    const mw_figure *f = m->figures[l->figure];
    const mw_many_ratio r = mw_many_ratio_of(m, l->pair);
    const bool up = r.value >= 1;
    char a[16], b[16], label[MW_PAGE_CELL_BYTES];
    mw_many_letters(m->places[l->pair->a].entrant, a);
    mw_many_letters(m->places[l->pair->b].entrant, b);
    mw_page_cell(p, "%s", f->metric->name);
    mw_page_cell(p, "%s", f->suite);
    mw_page_cell(p, "%s", f->model);
    mw_page_cell(p, "%s", f->param);
    mw_page_cell(p, "%s%.500s", p->markdown ? "" : "  ", mw_many_label(f, label));
    mw_page_cell(p, "%d", f->threads);
    mw_page_cell(p, "%s / %s", up ? b : a, up ? a : b);
    mw_page_cell(p, "%.2f", up ? r.value : 1 / r.value);
    mw_page_cell(p, "%.2f to %.2f", up ? r.low : 1 / r.high, up ? r.high : 1 / r.low);
    mw_page_cell(p, "%.2g", l->pair->p_holm);
}

int mw_many_print_differences(mw_page *p, const mw_many *m, size_t most, mw_error *err)
{
    size_t n = 0;
    line *lines = malloc((m->different + 1) * sizeof *lines);
    if (!lines)
        return mw_fail(err, -ENOMEM, "no memory for the comparison");
    for (size_t i = 0; i < m->n_pairs; i++) {
        const mw_pair *pair = &m->pairs[i];
        if (pair->p_holm < MW_MANY_LEVEL)
            lines[n++] =
                (line){pair, m->places[pair->a].figure, fabs(m->places[pair->b].mean - m->places[pair->a].mean)};
    }
    if (n > 0) {
        qsort(lines, n, sizeof *lines, by_size);
        const size_t shown = n < most ? n : most;
        if (shown < n)
            mw_page_heading(
                p, "The %zu largest of %zu differences beyond chance (--format=csv lists all; p is corrected):", shown,
                n);
        else
            mw_page_heading(p, "Differences beyond chance (p is corrected for their number):");
        qsort(lines, shown, sizeof *lines, by_figure);
        mw_page_open(p, columns);
        p->begun = false; /* the first heading follows directly */
        for (size_t i = 0; i < shown; i++) {
            const mw_figure *f = m->figures[lines[i].figure];
            if (!p->markdown && (i == 0 || !mw_many_same_block(m->figures[lines[i - 1].figure], f)))
                mw_many_print_heading(p, f);
            print_line(p, m, &lines[i]);
        }
        p->begun = true;
    }
    free(lines);
    return 0;
}
