/* A comparison of many machines as text of 80 columns or as Markdown: who is compared, their values, and what differs
 * beyond chance. */
#include "bench/compare/many.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Text has room for so many entrants next to each other, and in all: beyond that it shows the extremes only. */
enum { ABREAST = 4, SHOWN = 8, MOST_LINES = 40, MOST_LINES_MARKDOWN = 1000 };

const char *mw_many_letters(size_t entrant, char to[16])
{
    char *at = to + 15;
    *at = '\0';
    for (size_t left = entrant + 1; left > 0; left = (left - 1) / 26)
        *--at = (char)('A' + (left - 1) % 26);
    return memmove(to, at, strlen(at) + 1);
}

const char *mw_many_label(const mw_figure *f, char to[MW_PAGE_CELL_BYTES])
{
    const bool dtype = *f->dtype && strcmp(f->dtype, "f32") != 0 && !strchr(f->variant, '@');
    snprintf(to, MW_PAGE_CELL_BYTES, "%.300s%s%.30s%s", f->variant, dtype ? "@" : "", dtype ? f->dtype : "",
             f->emulated ? " (emulated)" : "");
    return to;
}

/* --- who is compared --- */

static void print_entrants(mw_page *p, const mw_many *m)
{
    for (size_t i = 0; i < m->n_entrants; i++) {
        const mw_entrant *e = &m->entrants[i];
        char letters[16], what[300], commits[1000] = "";
        if (m->by_run)
            snprintf(what, sizeof what, "%.100s on %.100s", e->run_id, e->host);
        else
            snprintf(what, sizeof what, "%.100s, %zu run%s", e->host, e->runs, e->runs == 1 ? "" : "s");
        size_t n = 0;
        for (const char *c = e->commits; *c && n + 3 < sizeof commits; c++)
            n += (size_t)snprintf(commits + n, sizeof commits - n, *c == ';' ? ", " : "%c", *c);
        mw_page_item(p, "%s: %s, %.200s, commit%s %s", mw_many_letters(i, letters), what, e->cpu,
                     strchr(e->commits, ';') ? "s" : "", *commits ? commits : "unknown");
    }
}

/* --- values --- */

bool mw_many_same_block(const mw_figure *a, const mw_figure *b)
{
    return a->metric == b->metric && strcmp(a->suite, b->suite) == 0 && strcmp(a->model, b->model) == 0 &&
           strcmp(a->param, b->param) == 0;
}

void mw_many_print_heading(mw_page *p, const mw_figure *f)
{
    fprintf(p->to, "%s%s: %s, %s%s%s%s\n", p->begun ? "\n" : "", f->metric->name, f->suite, f->model,
            *f->param ? ", " : "", f->param, strcmp(f->metric->unit, "1") == 0 ? "" : " (1/s)");
    p->begun = false; /* the table follows directly */
}

/* The place of an entrant among those of a figure, which begin at `first`; NULL without one. */
static const mw_place *place_of(const mw_many *m, size_t first, size_t entrant)
{
    for (size_t i = first; i < m->n_places && m->places[i].figure == m->places[first].figure; i++)
        if (m->places[i].entrant == entrant)
            return &m->places[i];
    return NULL;
}

static size_t count_places(const mw_many *m, size_t first)
{
    size_t n = 0;
    while (first + n < m->n_places && m->places[first + n].figure == m->places[first].figure)
        n++;
    return n;
}

/* Four significant digits, three of a share. */
static const char *number(double value, char to[24])
{
    snprintf(to, 24, "%.*f", value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0, value);
    return to;
}

static void print_value(mw_page *p, const mw_place *place)
{
    char text[24];
    if (!place) {
        mw_page_cell(p, "-");
        mw_page_cell(p, "-");
        return;
    }
    const double half = 50 * (exp(place->high) - exp(place->low)) / exp(place->mean);
    mw_page_cell(p, "%s", number(exp(place->mean), text));
    mw_page_cell(p, !isfinite(half) ? "-" : half < 999 ? "%.1f" : ">999", half);
}

/* The lines of a block from place `first` to `end`, for the entrants of list[n]. */
static void print_panel(mw_page *p, const mw_many *m, size_t first, size_t end, const size_t *list, size_t n)
{
    static mw_column columns[2 * ABREAST + 3];
    static char titles[ABREAST][16];
    columns[0] = (mw_column){"variant", n == ABREAST ? -23 : -36};
    columns[1] = (mw_column){"thr", 3};
    for (size_t i = 0; i < n; i++) {
        columns[2 + 2 * i] = (mw_column){mw_many_letters(list[i], titles[i]), 6};
        columns[3 + 2 * i] = (mw_column){"+-%", 5};
    }
    columns[2 + 2 * n] = (mw_column){0};
    mw_page_open(p, columns);
    for (size_t at = first, of; at < end; at += of) {
        const mw_figure *f = m->figures[m->places[at].figure];
        char label[MW_PAGE_CELL_BYTES];
        of = count_places(m, at);
        if (of < 2)
            continue;
        mw_page_cell(p, "  %.500s", mw_many_label(f, label));
        mw_page_cell(p, "%d", f->threads);
        for (size_t i = 0; i < n; i++)
            print_value(p, place_of(m, at, list[i]));
    }
    p->begun = true;
}

/* For more entrants than text has room for: the middle one and the extremes. */
static int by_mean(const void *a, const void *b)
{
    const mw_place *x = *(const mw_place *const *)a, *y = *(const mw_place *const *)b;
    return (x->mean > y->mean) - (x->mean < y->mean);
}

static void print_extremes(mw_page *p, const mw_many *m, size_t first, size_t end, const mw_place **sorted)
{
    static const mw_column columns[] = {{"variant", -29}, {"thr", 3},       {"n", 5}, {"median", 7},
                                        {"lowest", -15},  {"highest", -15}, {0}};
    mw_page_open(p, columns);
    for (size_t at = first, n; at < end; at += n) {
        const mw_figure *f = m->figures[m->places[at].figure];
        char label[MW_PAGE_CELL_BYTES], text[24], letters[16];
        n = count_places(m, at);
        for (size_t i = 0; i < n; i++)
            sorted[i] = &m->places[at + i];
        qsort(sorted, n, sizeof *sorted, by_mean);
        if (n < 2)
            continue;
        mw_page_cell(p, "  %.500s", mw_many_label(f, label));
        mw_page_cell(p, "%d", f->threads);
        mw_page_cell(p, "%zu", n);
        mw_page_cell(p, "%s", number(exp((sorted[(n - 1) / 2]->mean + sorted[n / 2]->mean) / 2), text));
        for (int i = 0; i < 2; i++)
            mw_page_cell(p, "%s (%s)", number(exp(sorted[i * (n - 1)]->mean), text),
                         mw_many_letters(sorted[i * (n - 1)]->entrant, letters));
    }
    p->begun = true;
}

/* Text: a heading for what lines have in common; a column for each entrant that has one of these lines. */
static int print_block(mw_page *p, const mw_many *m, size_t first, size_t end, mw_error *err)
{
    size_t *list = malloc((m->n_entrants + 1) * sizeof *list), n = 0;
    const mw_place **sorted = malloc((m->n_entrants + 1) * sizeof *sorted);
    bool *takes_part = calloc(m->n_entrants + 1, sizeof *takes_part);
    for (size_t at = first, of; at < end && takes_part; at += of) {
        of = count_places(m, at);
        for (size_t i = at; i < at + of && of > 1; i++)
            takes_part[m->places[i].entrant] = true;
    }
    for (size_t e = 0; e < m->n_entrants && list && sorted && takes_part; e++)
        if (takes_part[e])
            list[n++] = e;
    if (n > 0)
        mw_many_print_heading(p, m->figures[m->places[first].figure]);
    if (n > SHOWN)
        print_extremes(p, m, first, end, sorted);
    for (size_t i = 0; i < n && n <= SHOWN; i += ABREAST)
        print_panel(p, m, first, end, list + i, n - i < ABREAST ? n - i : ABREAST);
    const bool lost = !list || !sorted || !takes_part;
    free(takes_part);
    free(list);
    free(sorted);
    return lost ? mw_fail(err, -ENOMEM, "no memory for the comparison") : 0;
}

/* Markdown: a line for each value. */
static void print_long(mw_page *p, const mw_many *m)
{
    static const mw_column columns[] = {{"metric", -1},
                                        {"suite", -1},
                                        {"model", -1},
                                        {"variant", -1},
                                        {"param", -1},
                                        {"thr", 1},
                                        {"machine", -1},
                                        {"value", 1},
                                        {"95 % interval", -1},
                                        {"processes", 1},
                                        {0}};
    mw_page_open(p, columns);
    for (size_t i = 0; i < m->n_places; i++) {
        const mw_place *place = &m->places[i];
        const mw_figure *f = m->figures[place->figure];
        char label[MW_PAGE_CELL_BYTES], letters[16], low[24], high[24];
        mw_page_cell(p, "%s", f->metric->name);
        mw_page_cell(p, "%s", f->suite);
        mw_page_cell(p, "%s", f->model);
        mw_page_cell(p, "%s", mw_many_label(f, label));
        mw_page_cell(p, "%s", f->param);
        mw_page_cell(p, "%d", f->threads);
        mw_page_cell(p, "%s", mw_many_letters(place->entrant, letters));
        mw_page_cell(p, "%s", number(exp(place->mean), low));
        mw_page_cell(p, isnan(place->low) ? "-" : "%s to %s", number(exp(place->low), low),
                     number(exp(place->high), high));
        mw_page_cell(p, "%zu", place->n);
    }
}

static int print_values(mw_page *p, const mw_many *m, mw_error *err)
{
    int rc = 0;
    if (p->markdown)
        print_long(p, m);
    for (size_t first = 0, end; first < m->n_places && !rc && !p->markdown; first = end) {
        const mw_figure *f = m->figures[m->places[first].figure];
        for (end = first; end < m->n_places && mw_many_same_block(f, m->figures[m->places[end].figure]);)
            end++;
        rc = print_block(p, m, first, end, err);
    }
    return rc;
}

int mw_many_print(const mw_many *m, mw_format format, FILE *to, mw_error *err)
{
    mw_page p = mw_page_on(to, format, NULL);
    char notes[MW_MANY_NOTES][400];
    print_entrants(&p, m);
    int rc = print_values(&p, m, err);
    if (!rc)
        rc = mw_many_print_differences(&p, m, p.markdown ? MOST_LINES_MARKDOWN : MOST_LINES, err);
    const int n = mw_many_notes(m, notes);
    putc('\n', to);
    for (int i = 0; i < n; i++)
        mw_page_item(&p, "%s", notes[i]);
    return rc;
}
