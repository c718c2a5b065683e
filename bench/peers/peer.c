#include "bench/peers/peer.h"

#include "platform/quote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

int mw_peer_parse(const char *text, mw_peer_spec *peer, mw_error *err)
{
    const char *colon = strchr(text, ':');
    if (!colon)
        return mw_fail(err, -EINVAL, "--peer=%.64s: no colon; give NAME:COMMAND", text);
    const size_t n = (size_t)(colon - text);
    if (n < 1 || n > MW_PEER_NAME || strspn(text, LETTERS "._+-") != n)
        return mw_fail(
            err, -EINVAL,
            "--peer=%.64s: its name has to be 1 to %d letters, digits, dots, dashes, underlines or plus signs", text,
            MW_PEER_NAME);
    if (colon[1 + strspn(colon + 1, " \t\n")] == '\0')
        return mw_fail(err, -EINVAL, "--peer=%.64s: no command behind the colon; give NAME:COMMAND", text);
    *peer = (mw_peer_spec){.command = colon + 1,
                           .model = strstr(colon, "{model}") != NULL,
                           .gguf = strstr(colon, "{gguf}") != NULL,
                           .threads = strstr(colon, "{threads}") != NULL};
    memcpy(peer->name, text, n);
    return 0;
}

char *mw_peer_command(const mw_peer_spec *peer, const mw_peer_values *v)
{
    char prompt[24], tokens[24], threads[24];
    snprintf(prompt, sizeof prompt, "%llu", (unsigned long long)v->prompt);
    snprintf(tokens, sizeof tokens, "%llu", (unsigned long long)v->tokens);
    snprintf(threads, sizeof threads, "%d", v->threads);
    return mw_quote_fill(
        peer->command,
        (const mw_quote_value[]){
            {"model", v->model}, {"gguf", v->gguf}, {"prompt", prompt}, {"tokens", tokens}, {"threads", threads}, {0}});
}
