/* A machine file (results/machines/README.md) of what was measured here. */
#ifndef MW_BENCH_MACHINE_FILE_WRITE_H
#define MW_BENCH_MACHINE_FILE_WRITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MW_MOST_SAMPLES = 301, MW_MOST_SPEEDS = 16 };

/* How fast something can be read. */
typedef struct mw_speed {
    const char *key; /* of the machine file */
    char way[120];   /* what was read and how: "256-bit, 1 stream; 16 KiB in 4 KiB pages" */
    bool huge;       /* with huge pages: stands next to the speed of the same key without */
    unsigned load_bytes;
    double gbs[MW_MOST_SAMPLES]; /* one value from each round */
    size_t n;
} mw_speed;

/* What is known of this machine. Sizes are in bytes and 0 where not known, the clock is NAN. */
typedef struct mw_measured {
    char name[128], core[128], arch[16], source[400];
    bool dotprod;
    int cores;
    char cores_note[80];
    double clock_ghz;
    char clock_note[120];
    int64_t line, l1d, l2, l3;
    mw_speed speeds[MW_MOST_SPEEDS]; /* that of a key without huge pages comes before that with */
    int n_speeds;
} mw_measured;

/* The machine file: the value of a speed is the median of its rounds; `others` has the lower and the upper quartile,
 * and the median with huge pages. Loads per cycle follow from the fastest round of L1. What is not known is absent.
 * NULL if there is no memory. */
json_t *mw_machine_file_json(const mw_measured *measured);

#endif
