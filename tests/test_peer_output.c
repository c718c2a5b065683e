/* llama-bench's JSON in what a program prints, which may be anything. */
#include "bench/peers/peer_output.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define GENERATES "\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": 61.5"

/* 0: no number */
static void reads(const char *what, const char *text, double rate, uint64_t n)
{
    mw_peer_result r;
    const bool told = mw_peer_read(text, "", &r);
    tap_ok(rate > 0 ? told && r.tokens_per_s == rate && r.n == n : !told, "%s: %g", what, r.tokens_per_s);
    free(r.latency_us);
}

static void check_objects(void)
{
    reads("jsonl", "{" GENERATES "}\n{\"n_prompt\": 0, \"n_gen\": 9, \"avg_ts\": 1}\n", 61.5, 1);
    reads("an array after other text", "loading {model} [2/3] {\"x\": [\n[{" GENERATES ", \"samples_ts\": [61, 62]}]",
          61.5, 2);
    reads("inside of what is never closed", "{\"results\": [{\"a\": 1}, {" GENERATES "}, \n", 61.5, 1);
    reads("directly after another one", "{}{\"a\":{}}{" GENERATES "}{", 61.5, 1);
    reads("keys in any order, one of them twice", "{\"avg_ts\":1,\"n_gen\":8,\"avg_ts\":61.5,\"n_prompt\":0}", 61.5, 1);
    reads("braces and quotes in strings", "{\"f\": \"}{\\\" \\u0000 \\ud83c\\udf70\", " GENERATES "}", 61.5, 1);
    reads("bytes that are not UTF-8", "\xff\xfe {\"f\": \"caf\xe9 \xc3\", " GENERATES "} \x80", 61.5, 1);
    reads("integers of more than 64 bits beside", "{\"model_size\": 123456789012345678901234567890, " GENERATES "}",
          61.5, 1);
    reads("nested in another object", "{\"a\": {" GENERATES "}}", 0, 0);
    reads("cut in a key", "{" GENERATES ", \"sam", 0, 0);
    reads("cut in an array", "[{" GENERATES ", \"samples_ts\": [61.4, ", 0, 0);
    reads("cut in a number", "{\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": 61.", 0, 0);
    reads("cut after a whole object", "[{" GENERATES "}, {\"n_prompt\": 0, \"n_gen\"", 61.5, 1);
    reads("no JSON", "{'avg_ts': 61.5, \"avg_ts\": nan}", 0, 0);
    reads("a text for a number", "{\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": \"61.5\"}", 0, 0);
    reads("an array alone", "[\"n_prompt\", 0, \"n_gen\", 8, \"avg_ts\", 61.5]", 0, 0);
    static const char *const rates[] = {"0", "-1", "1e9", "1e127", "1e999", "1e-400", "99999999999999999999"};
    for (size_t i = 0; i < COUNT(rates); i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": %s}", rates[i]);
        reads(text, text, 0, 0);
    }
    static const char *const prompts[] = {"1e127", "18446744073709551616", "-64", "1e9"};
    for (size_t i = 0; i < COUNT(prompts); i++) {
        char text[192];
        mw_peer_result r;
        snprintf(text, sizeof text, "[{\"n_prompt\": %s, \"n_gen\": 0, \"avg_ts\": 900}, {" GENERATES "}]", prompts[i]);
        tap_ok(mw_peer_read(text, "", &r) && r.prompt == 0 && isnan(r.prefill_per_s), "a prompt of %s tokens",
               prompts[i]);
    }
}

/* A text of that many bytes: `head`, `part` again and again, and `tail`. */
static char *long_text(size_t length, const char *head, const char *part, const char *tail)
{
    char *text = malloc(length + 1);
    const size_t head_length = strlen(head), part_length = strlen(part), tail_length = strlen(tail);
    if (!text) {
        printf("Bail out! no memory\n");
        exit(1);
    }
    memcpy(text, head, head_length);
    for (size_t i = head_length; i < length; i++)
        text[i] = part[(i - head_length) % part_length];
    memcpy(text + length - tail_length, tail, tail_length + 1);
    return text;
}

/* As much as a program may print, or less under a sanitizer, whose checks of strings go to their ends each time. None
 * of these ends before this test's time is up if every start is followed as far as it goes. */
static void check_floods(void)
{
    const size_t length = getenv("MEMWALL_TEST_SANITIZED") ? 1 << 18 : getenv("MEMWALL_TEST_QUICK") ? 1 << 20 : 8 << 20;
    static const char *const parts[] = {
        "{", "[", "{\"a\":", "[{\"a\":", "{\"", "[[],", "{\"a\":[", "{\"a\" :1,{", "{\"a\":[{},{\"b\":[1,"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        char *text = long_text(length, "\"avg_ts\"", parts[i], "");
        reads(parts[i], text, 0, 0);
        free(text);
    }
    char *text = long_text(length, "\"avg_ts\"{\"", "{", "");
    reads("a string that never ends", text, 0, 0);
    free(text);
    text = long_text(length, "", "{\"level\": \"info\", \"t\": [1, 2]}\n", "\n{" GENERATES "}");
    reads("after a long log of JSON", text, 61.5, 1);
    free(text);
    text = long_text(length > 1 << 20 ? length : 1 << 20, "[{" GENERATES ", \"samples_ts\":[", "61,", "1]}]");
    reads("an object beyond all measure", text, 0, 0);
    free(text);
    text = long_text(100000, "[{" GENERATES ", \"samples_ts\":[", "61,", "1]}]");
    mw_peer_result r;
    tap_ok(mw_peer_read(text, "", &r) && r.n > 30000, "%llu samples", (unsigned long long)r.n);
    free(text);
}

int main(void)
{
    check_objects();
    check_floods();
    return tap_done();
}
