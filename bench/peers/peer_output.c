#include "bench/peers/peer_output.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rate, time or count that a machine could show. */
static bool plausible(double number)
{
    return number > 0 && number < 1e9;
}

/* Behind the last `mark` in a text; NULL if there is none. */
static const char *after_last(const char *text, const char *mark)
{
    const char *last = NULL;
    for (const char *c = strstr(text, mark); c; c = strstr(c + 1, mark))
        last = c + strlen(mark);
    return last;
}

/* The number after the last `mark`; NAN if there is none. */
static double number_after(const char *text, const char *mark)
{
    const char *at = after_last(text, mark);
    char *end;
    if (!at || strchr("\r\n", at[strspn(at, " \t")])) /* the number stands on the same line */
        return NAN;
    const double number = strtod(at, &end);
    return end > at && plausible(number) ? number : NAN;
}

/* The numbers of a line, as far as it has nothing else; none if one of them is no time. */
static void read_latencies(const char *text, mw_peer_result *r)
{
    const char *at = after_last(text, "memwall-latency-us:");
    if (!at)
        return;
    const size_t length = strcspn(at, "\r\n");
    double *x = malloc((length / 2 + 1) * sizeof *x);
    size_t n = 0;
    for (const char *c = at; x && (c += strspn(c, " \t")) < at + length;) {
        char *end;
        const double value = strtod(c, &end);
        if (end == c || end > at + length || !(value > 0) || !isfinite(value)) {
            n = 0;
            break;
        }
        x[n++] = value;
        c = end;
    }
    if (n == 0) {
        free(x);
        return;
    }
    r->latency_us = x;
    r->n_latencies = n;
}

static void read_own(const char *text, mw_peer_result *r)
{
    r->tokens_per_s = number_after(text, "memwall-tokens-per-s:");
    if (isnan(r->tokens_per_s))
        return;
    read_latencies(text, r);
    r->first_token_ms = number_after(text, "memwall-first-token-ms:");
    r->n = r->n_latencies ? r->n_latencies : 1;
}

/* Where the next object of a text is looked for. */
typedef struct search {
    const char *at, *end;
    size_t patience; /* bytes that may yet be read for nothing */
} search;

/* The next whole object, to be released by the caller; NULL if there is none. What starts with a brace and is no object
 * costs what was read of it: "{"a":{"a":..." would otherwise take a time that grows with the square of its length. No
 * attempt gets more than LARGEST bytes, which bounds what an object can take of memory. */
static json_t *next_object(search *s)
{
    enum { LARGEST = 256 << 10, START = 16 };
    while (s->at && (s->at = strchr(s->at, '{'))) {
        const size_t left = (size_t)(s->end - s->at);
        json_error_t error;
        json_t *object = json_loadb(s->at, left < LARGEST ? left : LARGEST,
                                    JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error);
        const size_t seen = error.position > 0 ? (size_t)error.position : 1;
        if (object) {
            s->at += seen;
            return object;
        }
        if (s->patience < seen + START)
            return NULL;
        s->patience -= seen + START;
        s->at++;
    }
    return NULL;
}

/* NAN if there is no such number. */
static double member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void read_entry(const json_t *entry, mw_peer_result *r)
{
    const double n_prompt = member(entry, "n_prompt"), n_gen = member(entry, "n_gen"), rate = member(entry, "avg_ts");
    const size_t samples = json_array_size(json_object_get(entry, "samples_ts"));
    const uint64_t n = samples ? samples : 1;
    if (!plausible(rate))
        return;
    if (n_gen > 0 && n_prompt == 0 && isnan(r->tokens_per_s)) {
        r->tokens_per_s = rate;
        r->n = n;
    } else if (plausible(n_prompt) && n_gen == 0 && isnan(r->prefill_per_s)) {
        const double ms = 1e3 * n_prompt / rate;
        r->prefill_per_s = rate;
        r->prefill_n = n;
        r->first_token_ms = plausible(ms) ? ms : NAN;
        r->prompt = (uint64_t)n_prompt;
    }
}

/* Objects are looked for everywhere, so it does not matter what stands around or between them. */
static void read_llama_bench(const char *text, mw_peer_result *r)
{
    const size_t length = strlen(text);
    char *copy = strstr(text, "\"avg_ts\"") ? strdup(text) : NULL;
    if (!copy)
        return;
    for (char *c = copy; *c; c++) /* jansson takes no text in another encoding than UTF-8; only numbers are wanted */
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    search s = {.at = copy, .end = copy + length, .patience = length + (1 << 20)};
    for (json_t *object; (object = next_object(&s));) {
        read_entry(object, r);
        json_decref(object);
    }
    free(copy);
}

static void read_llama2c(const char *text, mw_peer_result *r)
{
    r->tokens_per_s = number_after(text, "achieved tok/s:");
    r->n = 1;
}

bool mw_peer_read(const char *out, const char *err, mw_peer_result *r)
{
    enum { READERS = 3 };
    void (*const readers[READERS])(const char *, mw_peer_result *) = {read_own, read_llama_bench, read_llama2c};
    *r = (mw_peer_result){.tokens_per_s = NAN, .prefill_per_s = NAN, .first_token_ms = NAN};
    for (int i = 0; i < 2 * READERS && isnan(r->tokens_per_s); i++)
        readers[i / 2](i % 2 ? err : out, r);
    return !isnan(r->tokens_per_s);
}
