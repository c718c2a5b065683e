/* Facts of the paper and its published source that claims are judged by. Numbers, with where they stand. */
#ifndef MW_BENCH_FACTS_H
#define MW_BENCH_FACTS_H

typedef struct mw_fact {
    const char *key;
    double value;
    const char *where; /* tex: the paper's source, hpp: the engine's header, at the first upload */
} mw_fact;

/* All of them, a NULL key at the end. */
extern const mw_fact mw_facts[];

/* The value of a fact in a table of that form; NAN if it is not there. */
double mw_fact_of(const mw_fact *facts, const char *key);

#endif
