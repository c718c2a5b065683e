/* Energy of the tokens of a unit: counters that move by a step whenever they are read, and a unit that decodes nothing.
 */
#include "bench/decode/decode.h"
#include "bench/suites.h"
#include "bench/units/unit.h"
#include "tests/csv_texts.h"
#include "tests/in_folder.h"
#include "tests/made_tree.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POWERCAP "/sys/class/powercap/intel-rapl:0"

/* Stands in for that of the C library: a definition in the program comes first. Packages are opened and read before
 * DRAM. A step of packages is 1 J, of DRAM 0.25 J. */
static long step = 1000000;
static const char *in_place; /* of a number */
static unsigned calls;

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
    static long uj[2];
    const unsigned kind = calls++ % 2;
    (void)fd, (void)offset;
    uj[kind] += step / (kind ? 4 : 1);
    return in_place ? snprintf(to, size, "%s", in_place) : snprintf(to, size, "%ld\n", uj[kind]);
}

static mw_sample samples[64];
static mw_block blocks[4];
static mw_unit unit;

/* The last row of a metric. */
static mw_row row_of(const mw_session *s, const char *metric)
{
    mw_row last = {.value = -1};
    for (mw_row r = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = metric, .of = MW_OF_BOTH}, &r);)
        last = r;
    return last;
}

static bool lacks(mw_session *s, const char *metric, const char *why)
{
    const mw_row r = row_of(s, metric);
    const bool ok = isnan(r.value) && strcmp(r.provenance, "unavailable") == 0 && strstr(r.note, why) && r.n == 0;
    if (!ok)
        tap_note("%s is %g, %s: %s", metric, r.value, r.provenance, r.note);
    return ok;
}

/* Warm-up, then a block of two groups of tokens. */
static void decode(void)
{
    mw_error err;
    unit.n_samples = unit.n_blocks = 0;
    mw_unit_decode(&unit, 0, 10, &err);
    mw_unit_decode(&unit, 1, 2, &err);
    mw_unit_decode(&unit, 1, 2, &err);
}

static void test_rows(mw_session *s)
{
    decode();
    tap_ok(fabs(blocks[0].joules.of[MW_ENERGY_PACKAGE] - 1) < 1e-9 &&
               fabs(blocks[1].joules.of[MW_ENERGY_PACKAGE] - 2) < 1e-9 &&
               fabs(blocks[1].joules.of[MW_ENERGY_DRAM] - 0.5) < 1e-9,
           "what is between two groups of tokens does not count");
    mw_unit_record_energy(&unit, s);
    const mw_row package = row_of(s, "energy_package_mj"), dram = row_of(s, "energy_dram_mj");
    tap_ok(fabs(package.value - 500) < 1e-6 && fabs(dram.value - 125) < 1e-6 && package.n == 4,
           "mJ per steady token: %g of packages, %g of DRAM", package.value, dram.value);
    tap_ok(strcmp(package.provenance, "measured") == 0 && strcmp(package.unit, "mJ") == 0 &&
               strcmp(package.phase, "steady") == 0 && strstr(package.note, "powercap"),
           "measured, and by what: %s", package.note);
    const unsigned before = calls;
    mw_energy *energy = unit.energy;
    unit.energy = NULL;
    decode();
    mw_unit_record_energy(&unit, s);
    tap_ok(calls == before && lacks(s, "energy_package_mj", "not read"), "a unit that does not read them");
    unit.energy = energy;
    step = 0;
    decode();
    mw_unit_record_energy(&unit, s);
    tap_ok(lacks(s, "energy_package_mj", "did not move") && lacks(s, "energy_dram_mj", "did not move"),
           "counters that stand still are not a value of 0");
    step = 1000000;
    decode();
    in_place = "gone";
    mw_joules j;
    mw_energy_read(unit.energy, &j);
    mw_unit_record_energy(&unit, s);
    tap_ok(lacks(s, "energy_package_mj", "intel-rapl:0/energy_uj holds no number"),
           "a counter that fails later spoils what was read before");
    in_place = NULL;
}

static void add(mw_session *s, const char *metric, const char *variant, int threads, double value)
{
    mw_session_record(s, NULL, threads, &(mw_result){metric, "mJ", value, 16, .variant = variant, .rep = -1});
}

/* What a report says of energy; "" if it does not. */
static const char *said(const mw_session *s)
{
    static char line[400];
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return "no memory";
    mw_page page = mw_page_on(to, MW_FORMAT_TABLE, &s->results);
    mw_decode_report(s, &page);
    fclose(to);
    char *found = strstr(text, "energy: "), *end = found ? strstr(found, "\n\n") : NULL;
    if (end)
        *end = '\0';
    snprintf(line, sizeof line, "%s", found ? found : "");
    free(text);
    return line;
}

static void test_report(mw_session *s)
{
    tap_ok(strcmp(said(s), "") == 0, "a report without energy says nothing");
    add(s, "energy_package_mj", "neon", 1, 160);
    add(s, "energy_package_mj", "tvl", 1, NAN);
    add(s, "energy_package_mj", "tvl", 2, 131.2);
    add(s, "energy_package_mj", "mmap", 2, 140);
    add(s, "energy_dram_mj", "neon", 1, 25);
    const char *line = said(s);
    tap_ok(strcmp(line, "energy: 131 mJ per token (package): the least, tvl, threads: 2") == 0, "%s", line);
    add(s, "energy_dram_mj", "tvl", 2, 20.04);
    line = said(s);
    tap_ok(strcmp(line, "energy: 131 mJ per token (package), 20 mJ (DRAM): the least, tvl, threads: 2") == 0, "%s",
           line);
}

int main(void)
{
    const mw_options options = {
        .suite = mw_suite_named("decode"), .tokens = 26, .reps = 1, .dtypes = {MW_BF16}, .n_dtypes = 1};
    mw_session s = {.options = &options, .provenance = "measured", .results = mw_csv_results(), .rep = 1};
    s.model.config = (mw_config){16, 16, 1, 1, 1, 16, 16, false}; /* a report counts its bytes */
    mw_error err;
    mw_pool *pool = NULL;
    mw_counters *counters = NULL;
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    const char *root = in_folder("machine");
    bool ok = tree_put(root, POWERCAP "/name", "package-0") && tree_put(root, POWERCAP "/energy_uj", "0") &&
              tree_put(root, POWERCAP ":0/name", "dram") && tree_put(root, POWERCAP ":0/energy_uj", "0");
    ok = ok && mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0 && mw_counters_open(pool, &counters, &err) == 0;
    unit = (mw_unit){.threads = 1, .pool = pool, .counters = counters, .samples = samples, .blocks = blocks};
    if (tap_ok(ok && mw_energy_open(root, &unit.energy, &err) == 0, "a machine that counts energy"))
        test_rows(&s);
    mw_csv_free(&s.results);
    s.results = mw_csv_results();
    test_report(&s);
    mw_csv_free(&s.results);
    mw_energy_close(unit.energy);
    mw_counters_close(counters);
    mw_pool_free(pool);
    tree_remove(root);
    tap_ok(rmdir(folder) == 0, "nothing is left");
    return tap_done();
}
