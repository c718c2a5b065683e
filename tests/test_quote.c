/* Quoting, read back by a real shell: whatever a text holds, it arrives byte by byte, and nothing in it is run. */
#include "platform/quote.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const texts[] = {
    /* these everywhere: each is a process */
    "/a/path-1.5_b:c,d=e%f@g+h",
    "it's \"all\" $(touch ran) `touch ran` \\ of 'them\\\"",
    "\\$(touch ran)\\`touch ran`",
    "/a b;touch ran\ntouch ran & b | touch ran #",
    "' ; touch ran; \" ; touch ran; ') ; touch ran; ('",
    "*?[a-z] ${HOME} $HOME ~ {x} {y}",
    "",
    "\\",
    /* and these as words */
    "plain",
    "it's",
    "say \"hi\"",
    "$(touch ran)",
    "`touch ran`",
    "\\' ; touch ran; \\'",
    "-n",
    "# no comment",
    "tab\there",
    "gr\xc3\xbc\xc3\x9f \xff!",
};
enum { TEXTS = sizeof texts / sizeof *texts, EVERYWHERE = 8 };

/* A command with {x} in it, and what comes before and after the text in its output. */
static const struct {
    const char *where, *command, *before, *after;
} places[] = {
    {"outside of quotes", "printf %s {x}", "", ""},
    {"in double quotes", "printf %s \"{x}\"", "", ""},
    {"in single quotes", "printf %s '{x}'", "", ""},
    {"within a word", "printf %s a{x}b", "a", "b"},
    {"within double quotes", "printf %s \"a {x}b\"", "a ", "b"},
    {"within single quotes", "printf %s 'a {x}b'", "a ", "b"},
    {"twice, in both", "printf %s '{x}'\"|{x}\" >/dev/null; printf %s {x}", "", ""},
    {"after a backslash", "printf %s \\{x}", "", ""},
    {"after two", "printf %s \\\\{x}", "\\", ""},
    {"after one in double quotes", "printf %s \"\\{x}\"", "\\", ""},
    {"after one in single quotes", "printf %s '\\{x}'", "\\", ""},
    {"after escaped quotes", "printf %s \\\"\\'{x}", "\"'", ""},
    {"after an escaped quote in quotes", "printf %s \"\\\"'{x}\"", "\"'", ""},
    {"after quotes that ended", "printf %s 'a\"'\"b'\"{x}", "a\"b'", ""},
    {"after a comment", ": # it's \" {x} (\nprintf %s {x}", "", ""},
    {"after what is no comment", "printf %s 'a'#\"b\"$#'{x}'", "a#b0", ""},
    {"in a substitution", "printf %s \"$(printf %s {x}.)\"", "", "."},
    {"in quotes there", "printf %s \"$(printf '%s' \"{x}.\")\"", "", "."},
    {"after one", "printf %s \"$(printf '%s' \"a)\")\"{x}", "a)", ""},
    {"in a subshell", "(printf %s \"a\"; (printf %s {x}))", "a", ""},
    {"in backquotes", "printf %s \"`printf %s {x}.`\"", "", "."},
    {"in double quotes there", "printf %s `printf %s \"a\"`\"{x}\"", "a", ""},
};
enum { PLACES = sizeof places / sizeof *places };

/* What a shell prints for a command, to be freed; NULL if it failed. */
static char *output_of(const char *command)
{
    FILE *from = popen(command, "r");
    char *out = calloc(1, 512);
    const size_t n = from && out ? fread(out, 1, 511, from) : 0;
    const int status = from ? pclose(from) : -1;
    if (status == 0 && strlen(out) == n)
        return out;
    free(out);
    return NULL;
}

/* Whether `command` prints before + text + after. */
static bool prints(const char *command, const char *before, const char *text, const char *after)
{
    char wanted[256], *out = command ? output_of(command) : NULL;
    snprintf(wanted, sizeof wanted, "%s%s%s", before, text, after);
    const bool good = out && strcmp(out, wanted) == 0;
    if (!good)
        tap_note("'%s': '%s', not '%s'", command ? command : "no command", out ? out : "nothing", wanted);
    free(out);
    return good;
}

static void check_words(void)
{
    bool good = true;
    for (int i = 0; i < TEXTS; i++) {
        char *command = NULL;
        size_t size;
        FILE *to = open_memstream(&command, &size);
        if (!to)
            return;
        fputs("printf %s ", to);
        mw_quote(to, texts[i]);
        fclose(to);
        good &= prints(command, "", texts[i], "");
        good &= i > 0 || !strchr(command, '\'');
        free(command);
    }
    tap_ok(good, "a word of each text, in quotes where it needs them");
}

static void check_places(void)
{
    for (int p = 0; p < PLACES; p++) {
        bool good = true;
        for (int i = 0; i < EVERYWHERE; i++) {
            char *command =
                mw_quote_fill(places[p].command, (const mw_quote_value[]){{"y", NULL}, {"x", texts[i]}, {0}});
            good &= prints(command, places[p].before, texts[i], places[p].after);
            free(command);
        }
        tap_ok(good, "%s", places[p].where);
    }
}

/* Where quotes are misjudged a text may be split, but it is no code. */
static void check_misjudged(void)
{
    static const char *const commands[] = {"cat <<E\nit's {x} \"{x}\nE\n: ' {x}",
                                           "cat <<'E'\n\" {x} $( {x}\nE\n",
                                           "printf %s \"$(case a in a) printf %s {x};; esac)\" \"{x}\"",
                                           "printf %s \"`printf %s \\\"{x}\\\"`\"",
                                           "printf %s \"${HOME:-\"{x}\"}\"",
                                           ": '{x}",
                                           "printf %s \"{x}",
                                           "printf %s \\"};
    if (!freopen("/dev/null", "w", stderr)) /* what a shell says of them */
        return;
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++)
        for (int i = 0; i < EVERYWHERE; i++) {
            char *command = mw_quote_fill(commands[c], (const mw_quote_value[]){{"x", texts[i]}, {0}});
            free(command ? output_of(command) : NULL);
            free(command);
        }
}

static void check_braces(void)
{
    const mw_quote_value values[] = {{"x", "1"}, {"none", NULL}, {"long_name", "2"}, {0}};
    char *filled = mw_quote_fill("{x}{long_name}{} {none} {x {xx} {{x}} ${x}", values);
    tap_ok(filled && strcmp(filled, "12{} {none} {x {xx} {1} $1") == 0, "other braces stay: %s", filled ? filled : "");
    free(filled);
    char deep[200], *good;
    memset(deep, '(', sizeof deep - 1);
    strcpy(deep + sizeof deep - 4, "{x}");
    good = mw_quote_fill(deep, (const mw_quote_value[]){{"x", "a b"}, {0}});
    tap_ok(good && strstr(good, "\"${memwall_x}\""), "deep nesting");
    free(good);
}

int main(void)
{
    char folder[] = "/tmp/memwall-quote-XXXXXX";
    if (!tap_ok(mkdtemp(folder) && chdir(folder) == 0, "a folder"))
        return tap_done();
    check_words();
    check_places();
    check_misjudged();
    check_braces();
    tap_ok(access("ran", F_OK) != 0, "nothing was run");
    unlink("ran");
    return tap_ok(chdir("/") == 0 && rmdir(folder) == 0, "nothing is left"), tap_done();
}
