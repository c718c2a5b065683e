/* Jobs as text. */
#include "bench/run/job.h"

#include "bench/run/session.h"
#include "kernels/probe.h"
#include "platform/cli.h"
#include "platform/topology.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fields --- */

typedef enum type { KIND, TEXT, NUMBER, COUNT, LIST } type; /* mw_job_kind, const char *, int, uint64_t, mw_job_list */

enum { REPETITION = 1 << MW_JOB_REPETITION, PART = 1 << MW_JOB_PART, SUITE = 1 << MW_JOB_SUITE };
enum { ALL = REPETITION | PART | SUITE };

typedef struct field {
    const char *key;
    type type;
    size_t offset;
    unsigned needed_by;   /* kinds of job */
    uint64_t least, most; /* of numbers */
} field;

static const field fields[] = {
    {"kind", KIND, offsetof(mw_job, kind), ALL, 0, 0},
    {"suite", TEXT, offsetof(mw_job, suite), ALL, 0, 0},
    {"folder", TEXT, offsetof(mw_job, folder), ALL, 0, 0},
    {"rep", NUMBER, offsetof(mw_job, rep), REPETITION, 1, INT_MAX},
    {"of", NUMBER, offsetof(mw_job, of), REPETITION, 1, INT_MAX},
    {"reads", TEXT, offsetof(mw_job, reads), 0, 0, 0},
    {"model", TEXT, offsetof(mw_job, model), PART, 0, 0},
    {"variant", TEXT, offsetof(mw_job, variant), PART, 0, 0},
    {"threads", NUMBER, offsetof(mw_job, threads), PART, 1, MW_MAX_CPUS},
    {"cpus", LIST, offsetof(mw_job, cpus), 0, 0, MW_MAX_CPUS - 1},
    {"prompt", LIST, offsetof(mw_job, prompt), 0, 0, INT_MAX},
    {"prompt-tokens", COUNT, offsetof(mw_job, prompt_tokens), 0, 1, MW_MAX_SEQ_LEN},
    {"tokens", COUNT, offsetof(mw_job, tokens), 0, 1, MW_MAX_SEQ_LEN},
    {"single", NUMBER, offsetof(mw_job, single), 0, 1, 1},
    {"clock", COUNT, offsetof(mw_job, clock_ns), ALL, 1, UINT64_MAX}, /* the last one: see mw_job_start */
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const char *const kinds[] = {
    [MW_JOB_REPETITION] = "repetition", [MW_JOB_PART] = "part", [MW_JOB_SUITE] = "suite"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void *at(const mw_job *job, const field *f)
{
    return (char *)(uintptr_t)job + f->offset;
}

/* Whether a job says anything there. */
static bool is_set(const mw_job *job, const field *f)
{
    const void *value = at(job, f);
    switch (f->type) {
    case KIND: return job->kind != 0;
    case TEXT: return *(const char *const *)value && **(const char *const *)value;
    case NUMBER: return *(const int *)value != 0;
    case COUNT: return *(const uint64_t *)value != 0;
    case LIST: return ((const mw_job_list *)value)->n != 0;
    }
    return false;
}

/* --- to text --- */

static void write_value(const mw_job *job, const field *f, FILE *to)
{
    const void *value = at(job, f);
    const mw_job_list *list = value;
    switch (f->type) {
    case KIND: fputs(kinds[job->kind], to); break;
    case TEXT:
        for (const char *c = *(const char *const *)value; *c; c++)
            fprintf(to, isalnum((unsigned char)*c) || strchr("/._-,:", *c) ? "%c" : "%%%02X", (unsigned char)*c);
        break;
    case NUMBER: fprintf(to, "%d", *(const int *)value); break;
    case COUNT: fprintf(to, "%llu", (unsigned long long)*(const uint64_t *)value); break;
    case LIST:
        for (size_t i = 0; i < list->n; i++)
            fprintf(to, "%s%d", i ? "," : "", list->at[i]);
        break;
    }
}

char *mw_job_text(const mw_job *job)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    for (int i = 0; i < FIELDS; i++)
        if (is_set(job, &fields[i])) {
            fprintf(to, "%s%s=", i ? " " : "", fields[i].key);
            write_value(job, &fields[i], to);
        }
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

/* --- from text --- */

int mw_job_refuse(mw_error *err)
{
    return mw_fail(err, -EINVAL, MW_JOB_VARIABLE " is set, but not by this program; unset it");
}

/* Takes the escapes out of a text, in place. */
static bool unescape(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        char hex[3] = "";
        if (*c == '%') {
            if (!isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2]) || strncmp(c, "%00", 3) == 0)
                return false;
            memcpy(hex, c + 1, 2);
            c += 2;
        }
        *to++ = hex[0] ? (char)strtoul(hex, NULL, 16) : *c;
    }
    *to = '\0';
    return true;
}

static bool read_list(const field *f, const char *text, mw_job_list *list)
{
    char item[16];
    uint64_t number;
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == ',';
    int *numbers = malloc(n * sizeof *numbers);
    list->at = numbers; /* mw_job_free has it, whatever comes */
    while (numbers && mw_cli_item(&text, item, sizeof item)) {
        if (mw_cli_integer(f->key, item, f->least, f->most, &number, NULL))
            return false;
        numbers[list->n++] = (int)number;
    }
    return numbers != NULL;
}

static bool read_value(mw_job *job, const field *f, char *text)
{
    void *value = at(job, f);
    uint64_t number = 0;
    if (is_set(job, f)) /* twice */
        return false;
    if ((f->type == NUMBER || f->type == COUNT) && mw_cli_integer(f->key, text, f->least, f->most, &number, NULL))
        return false;
    switch (f->type) {
    case KIND:
        for (int k = 1; k < KINDS; k++)
            if (strcmp(text, kinds[k]) == 0)
                job->kind = (mw_job_kind)k;
        return job->kind != 0;
    case TEXT: *(const char **)value = text; return *text && unescape(text);
    case NUMBER: *(int *)value = (int)number; return true;
    case COUNT: *(uint64_t *)value = number; return true;
    case LIST: return read_list(f, text, value);
    }
    return false;
}

static bool read_word(mw_job *job, char *word)
{
    char *value = strchr(word, '=');
    if (!value)
        return false;
    *value++ = '\0';
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(word, fields[i].key) == 0)
            return read_value(job, &fields[i], value);
    return false;
}

/* Whether nothing is missing, and the shortlists are some. */
static bool makes_sense(const mw_job *job)
{
    bool good = true;
    for (int i = 0; i < FIELDS; i++)
        good &= !(fields[i].needed_by & (1u << job->kind)) || is_set(job, &fields[i]);
    const size_t n = job->reads ? strlen(job->reads) : 0;
    for (size_t i = 0; i < n; i++)
        good &= job->reads[i] >= MW_FIRST_READ && job->reads[i] < MW_FIRST_READ + (int)mw_reads();
    return good && job->kind && n <= MW_MAX_READS && n % MW_SHORTLIST == 0;
}

int mw_job_parse(const char *text, mw_job *job, mw_error *err)
{
    *job = (mw_job){.text = strdup(text)};
    if (!job->text)
        return mw_fail(err, -ENOMEM, "no memory for " MW_JOB_VARIABLE);
    bool good = true;
    for (char *word = job->text, *next; word && good; word = next) {
        next = strchr(word, ' ');
        if (next)
            *next++ = '\0';
        good = read_word(job, word);
    }
    if (good && makes_sense(job))
        return 0;
    mw_job_free(job);
    return mw_job_refuse(err);
}

void mw_job_free(mw_job *job)
{
    for (int i = 0; i < FIELDS && job->text; i++)
        if (fields[i].type == LIST)
            free((void *)(uintptr_t)((mw_job_list *)at(job, &fields[i]))->at);
    free(job->text);
    *job = (mw_job){0};
}
