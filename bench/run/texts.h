/* Texts that are part of the program; embed.py makes them from the files next to it. */
#ifndef MW_BENCH_TEXTS_H
#define MW_BENCH_TEXTS_H

extern const char mw_story[];           /* story.txt: what perplexity is taken over */
extern const char mw_torch_decode_py[]; /* torch_decode.py */

#endif
