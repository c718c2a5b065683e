/* Input: what a program printed, and three bytes: how much of it (in 256ths) went to stdout, the rest to stderr; how
 * long its last words may be; and what fails. The same text is then taken as what follows --peer=. */
#include "bench/peers/peers.h"
#include "platform/child.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of its very size, so that a step beyond it is seen. NULs are spaces, as platform/child.h hands texts out. */
static char *text_of(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    FUZZ_CHECK(text);
    for (size_t i = 0; i < n; i++)
        text[i] = data[i] ? (char)data[i] : ' ';
    text[n] = '\0';
    return text;
}

static void read_output(const char *out, const char *err, size_t room)
{
    mw_peer_result r;
    const bool told = mw_peer_read(out, err, &r);
    FUZZ_CHECK(told == (r.tokens_per_s > 0) && (!told || r.n >= 1));
    FUZZ_CHECK(isnan(r.prefill_per_s) || (r.prefill_per_s > 0 && r.prefill_n >= 1));
    FUZZ_CHECK(isnan(r.first_token_ms) || (r.first_token_ms > 0 && isfinite(r.first_token_ms)));
    FUZZ_CHECK((r.latency_us != NULL) == (r.n_latencies > 0));
    for (size_t i = 0; i < r.n_latencies; i++)
        FUZZ_CHECK(r.latency_us[i] > 0 && isfinite(r.latency_us[i]));
    free(r.latency_us);
    char *words = malloc(room);
    if (!words)
        return;
    mw_child_last_words(&(mw_child_end){.out = (char *)out, .err = (char *)err}, words, room);
    FUZZ_CHECK(strlen(words) < room);
    for (const char *c = words; *c; c++)
        FUZZ_CHECK(*c >= ' ' && *c <= '~');
    free(words);
}

static void read_option(const char *text)
{
    mw_peer_spec peer;
    mw_error err = {""};
    fuzz_inject_fired(); /* what failed before this is no matter here */
    const int rc = mw_peer_parse(text, &peer, &err);
    for (char *c = err.text; *c; c++) /* names may be in any language; all else has to be printable */
        *c = (unsigned char)*c >= 0x80 ? '?' : *c;
    if (!fuzz_ok(rc, &err))
        return;
    FUZZ_CHECK(strlen(peer.name) >= 1 && strlen(peer.name) <= MW_PEER_NAME);
    char *command = mw_peer_command(&peer, "/a b/'c'", "/d", 1, 128, 2);
    if (command)
        FUZZ_CHECK(!strstr(command, "{model}") && !strstr(command, "{gguf}") && !strstr(command, "{tokens}"));
    free(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Every run is the same. No allocation of jansson's is made to fail (json_set_alloc_funcs): jansson 2.14 then ends
     * the program by an assertion where it had to forget a digit. */
    json_object_seed(1);
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), room = fuzz_take(&in), share = fuzz_take(&in);
    const size_t first = in.size * share / 255;
    char *out = text_of(in.data, first), *err = text_of(in.data + first, in.size - first);
    char *all = text_of(in.data, in.size);
    fuzz_file("", 0, 0); /* no file is read, but the others' bookkeeping wants one */
    fuzz_begin(fail);
    read_output(out, err, room + 1);
    read_option(all);
    fuzz_end();
    free(out);
    free(err);
    free(all);
    return 0;
}
