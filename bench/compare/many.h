/* What the files about comparisons of many machines share: from result folders to values, comparisons and pages. */
#ifndef MW_BENCH_MANY_H
#define MW_BENCH_MANY_H

#include "bench/tables/page.h"

#include <stdint.h>

/* A column of the comparison: a machine with all of its runs, or a single run. */
typedef struct mw_entrant {
    char *host, *cpu, *arch;
    char *run_id;  /* of a single run; NULL: a machine */
    char *commits; /* "a;b": those of its runs, each once */
    size_t runs;
} mw_entrant;

/* What is compared: a line of the tables. */
typedef struct mw_figure {
    const mw_metric *metric;
    char *suite, *model, *param, *variant, *dtype;
    int threads;
    bool emulated;
    uint32_t rank; /* its place among all, when all are known */
} mw_figure;

/* What one process of one run says about a figure: the logarithm of its value. */
typedef struct mw_reading {
    const mw_figure *figure;
    uint32_t entrant, run;
    int rep;
    double log;
} mw_reading;

/* What all processes of an entrant say about a figure: n values from x[first] on, their mean and its interval, all as
 * logarithms. */
typedef struct mw_place {
    uint32_t figure, entrant;
    size_t first, n;
    double mean, low, high;
} mw_place;

/* Two entrants compared by one figure, as indices of places; `a` stands in a column before `b`. */
typedef struct mw_pair {
    uint32_t a, b;
    double p, p_holm;
} mw_pair;

typedef struct mw_many {
    bool by_run; /* entrants are single runs */
    mw_entrant *entrants;
    mw_figure **figures; /* in the order of tables */
    mw_reading *readings;
    double *x;
    mw_place *places; /* by figure, then entrant */
    mw_pair *pairs;
    size_t n_entrants, n_figures, n_readings, n_places, n_pairs;
    size_t room_entrants, room_figures, room_readings;
    size_t left_out;   /* runs without any figure */
    size_t different;  /* pairs beyond chance */
    bool too_many;     /* pairs to be tested: there are none then */
    bool mixed_builds; /* not all runs are of one commit */
} mw_many;

/* A difference is beyond chance if its corrected p-value is smaller. */
#define MW_MANY_LEVEL 0.05

/* Reads all result folders in and below paths[n] into entrants, figures and readings: many_read.c. */
int mw_many_read(mw_many *many, char *const *paths, int n, mw_error *err);

void mw_figure_free(mw_figure *figure);
void mw_entrant_free(mw_entrant *entrant);

/* From readings to places and pairs: many.c. -ENOMEM. */
int mw_many_judge(mw_many *many, mw_error *err);
void mw_many_free(mw_many *many);

/* Prints it: many_print.c and many_differences.c, many_rows.c (CSV and JSON). -EIO, -ENOMEM. */
int mw_many_print_differences(mw_page *page, const mw_many *many, size_t most, mw_error *err);
int mw_many_print(const mw_many *many, mw_format format, FILE *to, mw_error *err);
int mw_many_rows(const mw_many *many, mw_format format, FILE *to, mw_error *err);

/* In text a block of lines has a heading of what they have in common. */
bool mw_many_same_block(const mw_figure *a, const mw_figure *b);
void mw_many_print_heading(mw_page *page, const mw_figure *figure);

/* "A" to "Z", then "AA", "AB": what an entrant is called in tables. */
const char *mw_many_letters(size_t entrant, char to[16]);

/* The ratio of b to a, its 95 % interval, and what is better about b: "faster" and so on, or "no evidence". */
typedef struct mw_many_ratio {
    double value, low, high;
    const char *verdict;
} mw_many_ratio;
mw_many_ratio mw_many_ratio_of(const mw_many *many, const mw_pair *pair);

/* The variant as tables show it: with its dtype, and marked if it was emulated. */
const char *mw_many_label(const mw_figure *figure, char to[MW_PAGE_CELL_BYTES]);

/* Sentences about the whole comparison, into notes[MW_MANY_NOTES]; how many. */
enum { MW_MANY_NOTES = 6 };
int mw_many_notes(const mw_many *many, char notes[MW_MANY_NOTES][400]);

#endif
