#include "bench/peers/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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

/* `path` as one word of a shell's; to[] has room for four times its length and two more. */
static void quote(const char *path, char *to)
{
    if (path[strspn(path, LETTERS "._+-/,:@%=")] == '\0') {
        strcpy(to, path);
        return;
    }
    *to++ = '\'';
    for (; *path; path++) {
        if (*path == '\'') {
            memcpy(to, "'\\'", 3);
            to += 3;
        }
        *to++ = *path;
    }
    strcpy(to, "'");
}

char *mw_peer_command(const mw_peer_spec *peer, const mw_peer_values *v)
{
    enum { PLACES = 5, ROOM = 4 * 1024 + 3 };
    char words[PLACES][ROOM];
    const struct {
        const char *name, *path;
        uint64_t number; /* where there is no path */
    } places[PLACES] = {{"{model}", v->model, 0},
                        {"{gguf}", v->gguf, 0},
                        {"{prompt}", NULL, v->prompt},
                        {"{tokens}", NULL, v->tokens},
                        {"{threads}", NULL, (uint64_t)v->threads}};
    size_t size = 1;
    for (int i = 0; i < PLACES; i++)
        if (places[i].path && strlen(places[i].path) >= 1024)
            return NULL;
        else if (places[i].path)
            quote(places[i].path, words[i]);
        else
            snprintf(words[i], ROOM, "%llu", (unsigned long long)places[i].number);
    for (const char *c = peer->command; *c; c++)
        size += *c == '{' ? ROOM : 1;
    char *command = malloc(size), *to = command;
    for (const char *c = peer->command; command && *c;) {
        int i = 0;
        while (i < PLACES && strncmp(c, places[i].name, strlen(places[i].name)) != 0)
            i++;
        if (i == PLACES) {
            *to++ = *c++;
            continue;
        }
        strcpy(to, words[i]);
        to += strlen(words[i]);
        c += strlen(places[i].name);
    }
    if (command)
        *to = '\0';
    return command;
}
