/* The line with which a process of this program ended, for the one that started it: stderr belongs to the user. */
#ifndef MW_BENCH_LAST_WORDS_H
#define MW_BENCH_LAST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Names the file where a process leaves the line. */
#define MW_LAST_WORDS_VARIABLE "MEMWALL_LAST_WORDS"

/* Writes the line to the file that the environment names; without the variable nothing happens. */
void mw_last_words_leave(const char *line);

/* Takes the line into to[size], and the file away. False, and to[] empty, if there is none. */
bool mw_last_words_take(const char *file, char *to, size_t size);

#endif
