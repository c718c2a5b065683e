#include "bench/peers/peer_output.h"

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
static const char *behind_last(const char *text, const char *mark)
{
    const char *last = NULL;
    for (const char *c = strstr(text, mark); c; c = strstr(c + 1, mark))
        last = c + strlen(mark);
    return last;
}

/* The number behind the last `mark`; NAN if there is none. */
static double number_behind(const char *text, const char *mark)
{
    const char *at = behind_last(text, mark);
    char *end;
    if (!at || strchr("\r\n", at[strspn(at, " \t")])) /* the number stands on the same line */
        return NAN;
    const double number = strtod(at, &end);
    return end > at && plausible(number) ? number : NAN;
}

/* The numbers of a line, as far as it has nothing else; none if one of them is no time. */
static void read_latencies(const char *text, mw_peer_result *r)
{
    const char *at = behind_last(text, "memwall-latency-us:");
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

static bool read_own(const char *text, mw_peer_result *r)
{
    r->tokens_per_s = number_behind(text, "memwall-tokens-per-s:");
    if (isnan(r->tokens_per_s))
        return false;
    read_latencies(text, r);
    r->first_token_ms = number_behind(text, "memwall-first-token-ms:");
    r->n = r->n_latencies ? r->n_latencies : 1;
    return true;
}

static bool read_llama_bench(const char *text, mw_peer_result *r)
{
    mw_llama_bench e;
    while (mw_llama_bench_next(&text, &e)) {
        const uint64_t n = e.samples ? e.samples : 1;
        if (e.n_gen > 0 && e.n_prompt == 0 && isnan(r->tokens_per_s) && plausible(e.avg_ts)) {
            r->tokens_per_s = e.avg_ts;
            r->n = n;
        } else if (plausible(e.n_prompt) && e.n_gen == 0 && isnan(r->prefill_per_s) && plausible(e.avg_ts)) {
            const double ms = 1e3 * e.n_prompt / e.avg_ts;
            r->prefill_per_s = e.avg_ts;
            r->prefill_n = n;
            r->first_token_ms = plausible(ms) ? ms : NAN;
            r->prompt = (uint64_t)e.n_prompt;
        }
    }
    return isfinite(r->tokens_per_s);
}

static bool read_llama2c(const char *text, mw_peer_result *r)
{
    r->tokens_per_s = number_behind(text, "achieved tok/s:");
    r->n = 1;
    return isfinite(r->tokens_per_s);
}

bool mw_peer_read(const char *out, const char *err, mw_peer_result *r)
{
    bool (*const readers[])(const char *, mw_peer_result *) = {read_own, read_llama_bench, read_llama2c};
    *r = (mw_peer_result){.tokens_per_s = NAN, .prefill_per_s = NAN, .first_token_ms = NAN};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (readers[i](out, r) || readers[i](err, r))
            return true;
    return false;
}

/* The last line of a text that is not empty. */
static size_t last_line(const char *text, const char **line)
{
    size_t end = strlen(text);
    while (end > 0 && strchr(" \t\r\n", text[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r')
        start--;
    *line = text + start;
    return end - start;
}

void mw_peer_last_words(const char *out, const char *err, char *to, size_t size)
{
    const char *line;
    size_t n = last_line(err, &line);
    if (n == 0)
        n = last_line(out, &line);
    if (n > size - 1) { /* the end of a line says most */
        line += n - (size - 1);
        n = size - 1;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(line[i] < ' ' || line[i] > '~' ? '?' : line[i]);
    to[n] = '\0';
}
