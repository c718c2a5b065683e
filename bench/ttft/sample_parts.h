/* What the two sides of a sample agree on; nobody else includes this. */
#ifndef MW_BENCH_TTFT_SAMPLE_PARTS_H
#define MW_BENCH_TTFT_SAMPLE_PARTS_H

/* In the environment of a sample: the parent's clock before the fork. */
#define MW_SAMPLE_VARIABLE "MEMWALL_SAMPLE"

/* Its command line. Lists are separated by commas; feeding is "batch" or "token"; out is the file for its rows. */
enum {
    MW_SAMPLE_PROGRAM,
    MW_SAMPLE_WORD, /* "sample", for those who look at a list of processes */
    MW_SAMPLE_MODEL,
    MW_SAMPLE_VARIANT,
    MW_SAMPLE_THREADS,
    MW_SAMPLE_CPUS,
    MW_SAMPLE_PROMPT,
    MW_SAMPLE_FEEDING,
    MW_SAMPLE_OUT,
    MW_SAMPLE_ARGUMENTS
};

#endif
