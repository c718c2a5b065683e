/* The one printer: paragraphs and tables, as text of at most 80 columns or as Markdown.
 *
 * A table is a list of columns. Either its lines are rows of results.csv, and each column says what of a row it shows
 * (mw_page_rows), or a caller fills it cell by cell (mw_page_open, mw_page_cell). */
#ifndef MW_BENCH_PAGE_H
#define MW_BENCH_PAGE_H

#include "bench/tables/rows.h"

#include <stdio.h>

/* What stdout shows. CSV and JSON are not pages: they are whole tables (csv.h). */
typedef enum mw_format { MW_FORMAT_TABLE, MW_FORMAT_CSV, MW_FORMAT_JSON, MW_FORMAT_MD } mw_format;

typedef struct mw_page mw_page;

/* What a column shows of its row. */
typedef enum mw_show {
    MW_SHOW_VALUE,
    MW_SHOW_HALF,  /* half the interval in per cent of the value */
    MW_SHOW_RANGE, /* "0.97 to 1.02" */
    MW_SHOW_BOTH,  /* "0.99 (0.97 to 1.02)" */
    MW_SHOW_VARIANT,
    MW_SHOW_THREADS,
    MW_SHOW_N,
    MW_SHOW_PARAM, /* the value of the pair whose key is `param` */
    MW_SHOW_MADE   /* what `make` makes of it */
} mw_show;

enum { MW_PAGE_CELL_BYTES = 512 };

typedef struct mw_column {
    const char *title; /* NULL ends a list of columns */
    int width;         /* of text; negative: aligned to the left; 0: as long as it is */
    mw_show show;
    int digits; /* after the point; -1: about three significant ones */
    /* Which row: a summary row of the line's model, variant and threads, with this metric, in this phase (NULL: the
     * line's), with these pairs (NULL: the line's). Without a metric: the line itself. */
    const char *metric, *phase, *param;
    double scale; /* the value is multiplied by it; 0 stands for 1 */
    void (*make)(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES]);
    bool wide; /* in Markdown only: text has no room for it */
} mw_column;

struct mw_page {
    FILE *to;
    bool markdown;
    bool colours;          /* the terminal has some */
    bool mark_best;        /* whether mw_page_rows marks the line with the largest value by a colour */
    const mw_csv *results; /* where rows come from */
    const void *of;        /* for `make` functions: what the suite's report works on */
    bool begun;            /* something has been printed */
    /* the table that is being printed */
    const mw_column *columns;
    size_t column;
    bool best;
};

/* A page on `to` about these results. Colours are used on a terminal unless NO_COLOR is set. */
mw_page mw_page_on(FILE *to, mw_format format, const mw_csv *results);

/* A paragraph, with a blank line before it unless it is the first thing on the page. */
__attribute__((format(printf, 2, 3))) void mw_page_text(mw_page *page, const char *format, ...);

/* A line above a table, with a blank line before it as above: bold in Markdown. */
__attribute__((format(printf, 2, 3))) void mw_page_heading(mw_page *page, const char *format, ...);

/* An item of a list. */
__attribute__((format(printf, 2, 3))) void mw_page_item(mw_page *page, const char *format, ...);

/* Prints the head of a table. Cells follow from left to right, line by line; `columns` has to live as long. A first
 * cell that is longer than its column stands on a line of its own. */
void mw_page_open(mw_page *page, const mw_column *columns);
__attribute__((format(printf, 2, 3))) void mw_page_cell(mw_page *page, const char *format, ...);

/* A cell with a number, "-" where it is not finite. */
void mw_page_number(mw_page *page, double number, int digits);

/* A line across the table, between two of its lines: "---- 100 ms: instant ----". */
__attribute__((format(printf, 2, 3))) void mw_page_rule(mw_page *page, const char *format, ...);

/* All cells of one line, from a row. */
void mw_page_line(mw_page *page, const mw_row *row);

/* A whole table: one line per row that the filter lets through, in their order, or by falling or rising value. Prints
 * nothing if there is none. Returns how many lines there are. */
size_t mw_page_rows(mw_page *page, const mw_column *columns, const mw_filter *lines, mw_order order);

/* "0.99 (0.97 to 1.02)", "0.99" without an interval, "-" without a value. Negative digits: about three significant
 * ones. */
void mw_page_both(const mw_row *row, double scale, int digits, char to[MW_PAGE_CELL_BYTES]);

#endif
