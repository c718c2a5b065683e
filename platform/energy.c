/* Energy counters as files of Linux. Nothing here is a system call of Linux alone; elsewhere the folders are missing.
 *
 * A sum with a part missing would be too small without anybody noticing, so one counter that fails makes its whole kind
 * unavailable. */
#include "platform/energy.h"

#include "platform/checked.h"
#include "platform/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_COUNTERS = 64, LONGEST = 1024, REASON = 160, NO_NUMBER = -1 };

typedef struct counter {
    mw_energy_kind kind;
    int fd;
    uint64_t range; /* last value before it starts again at 0; 0: it never should */
    uint64_t last, uj;
    char path[REASON - 64]; /* for messages: without the root */
} counter;

struct mw_energy {
    counter counters[MOST_COUNTERS];
    int n;
    const char *source[MW_ENERGY_COUNT];
    char missing[MW_ENERGY_COUNT][REASON]; /* "": nothing is */
};

/* What labels of hwmon counters say: the first word that occurs on a machine is the one to add up. They are nested
 * otherwise, a CPU in a package. */
static const char *const labels[MW_ENERGY_COUNT][4] = {
    [MW_ENERGY_PACKAGE] = {"socket", "package", "cpu"},
    [MW_ENERGY_DRAM] = {"dram", "ddr"},
};

/* --- one counter --- */

/* A number alone, perhaps with a line end. Returns 0, an errno, or NO_NUMBER. */
static int read_number(int fd, uint64_t *value)
{
    char text[32];
    const ssize_t n = pread(fd, text, sizeof text, 0);
    if (n < 0)
        return errno;
    ssize_t i = 0;
    for (*value = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
        if (!mw_mul_u64(*value, 10, value) || !mw_add_u64(*value, (uint64_t)(text[i] - '0'), value))
            return NO_NUMBER;
    return i > 0 && (i == n || (i == n - 1 && text[i] == '\n')) ? 0 : NO_NUMBER;
}

/* Keeps the first reason. */
__attribute__((format(printf, 3, 4))) static void give_up(mw_energy *e, mw_energy_kind kind, const char *format, ...)
{
    va_list args;
    if (*e->missing[kind])
        return;
    va_start(args, format);
    vsnprintf(e->missing[kind], REASON, format, args);
    va_end(args);
}

static void explain(mw_energy *e, const counter *c, int failed)
{
    if (failed == EACCES || failed == EPERM)
        give_up(e, c->kind, "%s is for root only", c->path);
    else if (failed == NO_NUMBER)
        give_up(e, c->kind, "%s holds no number", c->path);
    else
        give_up(e, c->kind, "%s: %s", c->path, strerror(failed));
}

/* Adds the counter folder/name, of which the first `skip` bytes are the root. */
static void add(mw_energy *e, mw_energy_kind kind, const char *folder, const char *name, size_t skip, uint64_t range)
{
    char path[LONGEST];
    if (e->n == MOST_COUNTERS) {
        give_up(e, kind, "more than %d energy counters", MOST_COUNTERS);
        return;
    }
    counter *c = &e->counters[e->n];
    *c = (counter){.kind = kind, .range = range};
    snprintf(c->path, sizeof c->path, "%s/%s", folder + skip, name);
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        explain(e, c, ENAMETOOLONG);
        return;
    }
    c->fd = open(path, O_RDONLY | O_CLOEXEC);
    const int failed = c->fd < 0 ? errno : read_number(c->fd, &c->last);
    if (failed)
        explain(e, c, failed);
    if (c->fd >= 0)
        e->n++;
}

/* --- where they are --- */

/* A sorted list of a folder, so that what is told does not depend on the order in it; 0 if there is none. */
static int list(const char *folder, int wanted(const struct dirent *), struct dirent ***entries)
{
    const int n = scandir(folder, entries, wanted, alphasort);
    return n > 0 ? n : 0;
}

static void free_list(struct dirent **entries, int n)
{
    for (int i = 0; i < n; i++)
        free(entries[i]);
    if (n > 0)
        free(entries);
}

static int is_zone(const struct dirent *d)
{
    return strncmp(d->d_name, "intel-rapl:", 11) == 0;
}

/* Zones and the zones in them stand side by side in this folder. */
static void look_at_powercap(mw_energy *e, const char *root, mw_energy_kind kind)
{
    char top[LONGEST], zone[LONGEST], text[64];
    struct dirent **entries;
    snprintf(top, sizeof top, "%s/sys/class/powercap", root);
    const int n = list(top, is_zone, &entries);
    for (int i = 0; i < n; i++) {
        if (snprintf(zone, sizeof zone, "%s/%s", top, entries[i]->d_name) >= (int)sizeof zone)
            continue;
        if (!mw_first_line(zone, "name", text, sizeof text))
            give_up(e, kind, "%s has no name", zone + strlen(root));
        else if (kind == MW_ENERGY_PACKAGE ? strncmp(text, "package-", 8) == 0 : strcmp(text, "dram") == 0)
            add(e, kind, zone, "energy_uj", strlen(root),
                mw_first_line(zone, "max_energy_range_uj", text, sizeof text) ? strtoull(text, NULL, 10) : 0);
    }
    free_list(entries, n);
    e->source[kind] = "powercap";
}

static int is_board(const struct dirent *d)
{
    return strncmp(d->d_name, "hwmon", 5) == 0;
}

static int is_label(const struct dirent *d)
{
    int end = 0;
    return sscanf(d->d_name, "energy%*u_label%n", &end) == 0 && end > 0 && d->d_name[end] == '\0';
}

/* Adds the counters of a board whose label contains `word`. */
static void look_at_board(mw_energy *e, const char *board, size_t skip, mw_energy_kind kind, const char *word)
{
    struct dirent **entries;
    const int n = list(board, is_label, &entries);
    for (int i = 0; i < n; i++) {
        char text[64], *name = entries[i]->d_name;
        if (!mw_first_line(board, name, text, sizeof text) || !strcasestr(text, word))
            continue;
        memcpy(name + strlen(name) - 5, "input", 5); /* energy1_label: energy1_input */
        add(e, kind, board, name, skip, 0);
    }
    free_list(entries, n);
}

static void look_at_hwmon(mw_energy *e, const char *root, mw_energy_kind kind)
{
    char top[LONGEST], board[LONGEST];
    struct dirent **entries;
    const int before = e->n;
    snprintf(top, sizeof top, "%s/sys/class/hwmon", root);
    const int n = list(top, is_board, &entries);
    for (int w = 0; labels[kind][w] && e->n == before && !*e->missing[kind]; w++)
        for (int i = 0; i < n; i++)
            if (snprintf(board, sizeof board, "%s/%s", top, entries[i]->d_name) < (int)sizeof board)
                look_at_board(e, board, strlen(root), kind, labels[kind][w]);
    free_list(entries, n);
    e->source[kind] = "hwmon";
}

/* --- all of them --- */

/* Closes the counters from the `first` on. */
static void drop(mw_energy *e, int first)
{
    while (e->n > first)
        close(e->counters[--e->n].fd);
}

/* Counters of one kind come from one place. */
static void find(mw_energy *e, const char *root, mw_energy_kind kind)
{
    const int first = e->n;
    char why[REASON];
    look_at_powercap(e, root, kind);
    if (e->n > first && !*e->missing[kind])
        return;
    drop(e, first);
    strcpy(why, e->missing[kind]);
    *e->missing[kind] = '\0';
    look_at_hwmon(e, root, kind);
    if (e->n > first && !*e->missing[kind])
        return;
    drop(e, first);
    if (*why) /* it is the better place, so its reason is of more use */
        strcpy(e->missing[kind], why);
    give_up(e, kind, "this system counts no energy of %s", kind == MW_ENERGY_DRAM ? "DRAM" : "CPU packages");
}

int mw_energy_open(const char *root, mw_energy **out, mw_error *err)
{
    mw_energy *e = *out = calloc(1, sizeof *e);
    if (!e)
        return mw_fail(err, -ENOMEM, "no memory for energy counters");
    for (int kind = 0; kind < MW_ENERGY_COUNT; kind++)
        find(e, root, (mw_energy_kind)kind);
    return 0;
}

/* Takes what a counter counted since it was last read. */
static void advance(mw_energy *e, counter *c)
{
    uint64_t now;
    const int failed = read_number(c->fd, &now);
    if (failed) {
        explain(e, c, failed);
        return;
    }
    if (now < c->last && c->range < c->last) {
        give_up(e, c->kind, "%s went back, and its range is unknown", c->path);
        return;
    }
    c->uj += now < c->last ? c->range - c->last + now : now - c->last;
    c->last = now;
}

void mw_energy_read(mw_energy *e, mw_joules *joules)
{
    *joules = (mw_joules){{0}};
    for (int i = 0; e && i < e->n; i++) {
        counter *c = &e->counters[i];
        advance(e, c);
        joules->of[c->kind] += (double)c->uj * 1e-6;
    }
    for (int kind = 0; kind < MW_ENERGY_COUNT; kind++)
        if (!e || *e->missing[kind])
            joules->of[kind] = NAN;
}

const char *mw_energy_missing(const mw_energy *e, mw_energy_kind kind)
{
    return *e->missing[kind] ? e->missing[kind] : NULL;
}

const char *mw_energy_source(const mw_energy *e, mw_energy_kind kind)
{
    return e->source[kind];
}

void mw_energy_close(mw_energy *e)
{
    if (e)
        drop(e, 0);
    free(e);
}
