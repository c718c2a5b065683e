/* The waterfall: from the time that one token would take at the ceiling to the time that it takes, step by step. Pure
 * arithmetic; why_measure.c does the measuring.
 *
 * All times are us per token and of one process, so that the steps add up in each process and in the mean over all. */
#ifndef MW_BENCH_WATERFALL_H
#define MW_BENCH_WATERFALL_H

/* What is lost, in the order of the waterfall. */
typedef enum mw_lost {
    MW_LOST_PAGES,      /* the roof over the weights' own pages against that of huge pages */
    MW_LOST_ARITHMETIC, /* the kernels compute more slowly than memory delivers */
    MW_LOST_OVERLAP,    /* the rest of the matrix products: arithmetic and reading overlap in part only */
    MW_LOST_ATTENTION,  /* attention, with the KV cache */
    MW_LOST_SMALL,      /* norms, rope, quantizing, embedding, sampling */
    MW_LOST_THREADS,    /* starting and joining threads */
    MW_LOST_FAULTS,     /* what tokens with page faults took longer than usual */
    MW_LOST_STOLEN,     /* the same of tokens with a switch or a migration */
    MW_LOST_STALLS,     /* the same of all others */
    MW_LOST_REST,       /* not explained */
    MW_LOST_COUNT
} mw_lost;

/* "pages": the value of `step` in the parameters of rows; and words for a table. */
extern const char *const mw_lost_names[MW_LOST_COUNT];
extern const char *const mw_lost_texts[MW_LOST_COUNT];

/* What was measured. A usual token is one of the middle half. */
typedef struct mw_token_times {
    double bytes;                             /* weights that a token needs */
    double roof_gbs, machine_gbs;             /* over the pages of the weights; on huge pages, 0: unknown */
    double cached_us;                         /* all matrix products, with weights that stay in the cache */
    double matrices_us, attention_us;         /* of a usual token, with the joins that fall into them */
    double small_us;                          /* all other steps of a usual token */
    double matrix_join_us, attention_join_us; /* starting and joining threads, in those two */
    double usual_us, mean_us;                 /* a usual token; the mean over all */
    double fault_us, stolen_us;               /* what the mean owes to tokens with a fault; with a switch */
} mw_token_times;

/* Fills *ceiling_us and lost_us[], which add up to mean_us. */
void mw_waterfall(const mw_token_times *t, double *ceiling_us, double lost_us[MW_LOST_COUNT]);

#endif
