#include "bench/tables/page.h"

#include "platform/cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

mw_page mw_page_on(FILE *to, mw_format format, const mw_csv *results)
{
    const char *no_colour = getenv("NO_COLOR");
    return (mw_page){.to = to,
                     .markdown = format == MW_FORMAT_MD,
                     .colours = isatty(fileno(to)) && !(no_colour && *no_colour),
                     .results = results};
}

/* --- text --- */

enum { PARAGRAPH = 2048, WIDTH = 80 };

/* What a function like printf was asked to print, in text[]. */
#define FORMAT(text, format) \
    do { \
        va_list args; \
        va_start(args, format); \
        vsnprintf(text, sizeof text, format, args); \
        va_end(args); \
    } while (0)

/* Breaks `text` between words. */
static void print_wrapped(FILE *to, const char *text)
{
    int column = 0;
    for (const char *word = text; *(word += strspn(word, " "));) {
        const int n = (int)strcspn(word, " \n");
        if (column > 0 && column + 1 + n > WIDTH - 1) {
            putc('\n', to);
            column = 0;
        } else if (column > 0) {
            column += fprintf(to, " ");
        }
        column += fprintf(to, "%.*s", n, word);
        word += n;
        if (*word == '\n') {
            putc(*word++, to);
            column = 0;
        }
    }
    putc('\n', to);
}

/* Separates what follows from what is there. */
static void begin(mw_page *p)
{
    if (p->begun)
        putc('\n', p->to);
    p->begun = true;
}

/* `mark` stands around it in Markdown. */
static void paragraph(mw_page *p, const char *text, const char *mark)
{
    begin(p);
    if (p->markdown)
        fprintf(p->to, "%s%s%s\n", mark, text, mark);
    else
        print_wrapped(p->to, text);
}

void mw_page_text(mw_page *p, const char *format, ...)
{
    char text[PARAGRAPH];
    FORMAT(text, format);
    paragraph(p, text, "");
}

void mw_page_heading(mw_page *p, const char *format, ...)
{
    char text[PARAGRAPH];
    FORMAT(text, format);
    paragraph(p, text, "**");
    if (p->markdown)
        putc('\n', p->to);
    p->begun = false; /* what it stands above follows directly */
}

void mw_page_item(mw_page *p, const char *format, ...)
{
    char text[PARAGRAPH];
    FORMAT(text, format);
    p->begun = true;
    if (p->markdown)
        fprintf(p->to, "- %s\n", text);
    else
        mw_cli_paragraph(p->to, text);
}

/* --- tables --- */

static bool shown(const mw_page *p, size_t column)
{
    return p->markdown || !p->columns[column].wide;
}

/* Text is aligned to the left, numbers are not. */
static bool left(const mw_column *c)
{
    return c->width < 0 || (c->width == 0 && c->show != MW_SHOW_VALUE && c->show != MW_SHOW_N);
}

static void put_markdown(mw_page *p, const char *text, bool first, bool last)
{
    fputs(first ? "| " : " ", p->to);
    for (; *text; text++) {
        if (*text == '|')
            putc('\\', p->to);
        putc(*text == '\n' ? ' ' : *text, p->to);
    }
    fputs(last ? " |\n" : " |", p->to);
}

static void put_text(mw_page *p, const char *text, bool first, bool last)
{
    const mw_column *c = &p->columns[p->column];
    const bool marked = p->best && p->colours;
    fprintf(p->to, "%s%s%*s", first && marked ? "\033[1;32m" : "", first || (last && !*text) ? "" : " ",
            last && left(c) ? 0 : c->width, text);
    if (first && !last && left(c) && (int)strlen(text) > -c->width && c->width) /* the rest goes below it */
        fprintf(p->to, "\n%*s", -c->width, "");
    if (last)
        fputs(marked ? "\033[0m\n" : "\n", p->to);
}

void mw_page_cell(mw_page *p, const char *format, ...)
{
    char text[MW_PAGE_CELL_BYTES];
    FORMAT(text, format);
    size_t first = 0, next = p->column + 1;
    while (!shown(p, first))
        first++;
    while (p->columns[next].title && !shown(p, next))
        next++;
    const bool last = !p->columns[next].title;
    if (shown(p, p->column))
        (p->markdown ? put_markdown : put_text)(p, text, p->column == first, last);
    p->column = p->columns[p->column + 1].title ? p->column + 1 : 0;
}

void mw_page_open(mw_page *p, const mw_column *columns)
{
    p->columns = columns;
    p->column = 0;
    p->best = false;
    begin(p);
    for (const mw_column *c = columns; c->title; c++)
        mw_page_cell(p, "%s", c->title);
    if (!p->markdown)
        return;
    putc('|', p->to);
    for (const mw_column *c = columns; c->title; c++)
        fputs(left(c) ? "---|" : "--:|", p->to);
    putc('\n', p->to);
}

void mw_page_rule(mw_page *p, const char *format, ...)
{
    char text[WIDTH];
    FORMAT(text, format);
    if (!p->markdown) {
        for (int i = fprintf(p->to, "---- %s ", text); i < WIDTH; i++)
            putc('-', p->to);
        putc('\n', p->to);
        return;
    }
    mw_page_cell(p, "**%s**", text);
    while (p->column > 0)
        mw_page_cell(p, "%s", "");
}

/* Digits after the point that show about three significant ones. */
static int digits_for(double number)
{
    return fabs(number) < 9.995 ? 2 : fabs(number) < 99.95 ? 1 : 0;
}

void mw_page_number(mw_page *p, double number, int digits)
{
    if (isfinite(number))
        mw_page_cell(p, "%.*f", digits < 0 ? digits_for(number) : digits, number);
    else
        mw_page_cell(p, "-");
}

void mw_page_both(const mw_row *row, double scale, int digits, char to[MW_PAGE_CELL_BYTES])
{
    enum { MOST = 99999 }; /* two processes that differ much have an end of the interval that says nothing */
    const double value = row->value * scale, low = row->low * scale, high = row->high * scale;
    const int d = digits < 0 ? digits_for(fmax(value, high)) : digits;
    const bool vast = high > MOST;
    int n = snprintf(to, MW_PAGE_CELL_BYTES, isfinite(value) ? "%.*f" : "-", d, value);
    if (isfinite(value) && isfinite(low) && isfinite(high))
        snprintf(to + n, MW_PAGE_CELL_BYTES - (size_t)n, " (%.*f to %s%.*f)", d, low, vast ? ">" : "", vast ? 0 : d,
                 vast ? MOST : high);
}

/* The row that a column is about; an empty one if there is none. */
static mw_row row_for(const mw_page *p, const mw_column *c, const mw_row *line)
{
    mw_row row = *line;
    mw_filter f = mw_rows_like(line, c->metric);
    f.phase = c->phase ? c->phase : line->phase;
    f.param = c->param ? c->param : f.param;
    if (c->metric)
        mw_rows_find(p->results, &f, &row);
    return row;
}

static void show(mw_page *p, const mw_column *c, const mw_row *row)
{
    char text[MW_PAGE_CELL_BYTES] = "";
    const double scale = c->scale != 0 ? c->scale : 1, half = mw_row_half_width(row);
    int digits;
    switch (c->show) {
    case MW_SHOW_VALUE: mw_page_number(p, row->value * scale, c->digits); return;
    case MW_SHOW_VARIANT: snprintf(text, sizeof text, "%s", row->variant); break;
    case MW_SHOW_THREADS: snprintf(text, sizeof text, row->threads ? "%d" : "?", row->threads); break;
    case MW_SHOW_N: snprintf(text, sizeof text, "%llu", (unsigned long long)row->n); break;
    case MW_SHOW_PARAM: mw_param_copy(row->param, c->param, text, sizeof text); break;
    case MW_SHOW_MADE: c->make(p, row, text); break;
    case MW_SHOW_BOTH: mw_page_both(row, scale, c->digits, text); break;
    case MW_SHOW_HALF:
        snprintf(text, sizeof text, !isfinite(half) ? "-" : half < 999 ? "%.*f" : ">999", c->digits, half);
        break;
    case MW_SHOW_RANGE:
        digits = c->digits < 0 ? digits_for(row->high * scale) : c->digits;
        snprintf(text, sizeof text, isfinite(row->low) && isfinite(row->high) ? "%.*f to %.*f" : "-", digits,
                 row->low * scale, digits, row->high * scale);
        break;
    }
    mw_page_cell(p, "%s", text);
}

void mw_page_line(mw_page *p, const mw_row *line)
{
    const mw_column *const columns = p->columns;
    for (size_t i = 0; columns[i].title; i++) {
        const mw_row row = row_for(p, &columns[i], line);
        show(p, &columns[i], &row);
    }
}

/* --- whole tables --- */

size_t mw_page_rows(mw_page *p, const mw_column *columns, const mw_filter *lines, mw_order order)
{
    size_t n;
    mw_row *rows = mw_rows_sorted(p->results, lines, order, &n);
    double most = -INFINITY;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, rows[i].value);
    if (n > 0)
        mw_page_open(p, columns);
    for (size_t i = 0; i < n; i++) {
        p->best = p->mark_best && rows[i].value == most;
        mw_page_line(p, &rows[i]);
    }
    p->best = p->mark_best = false;
    free(rows);
    return n;
}
