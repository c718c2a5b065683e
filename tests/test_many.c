/* Comparisons of many machines: from readings to places and pairs, and how often a comparison of equal machines finds a
 * difference. */
#include "bench/compare/many.h"
#include "bench/stats/random.h"
#include "bench/stats/stats.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MACHINES = 4, FIGURES = 6, PROCESSES = 6, READINGS = MACHINES * FIGURES * PROCESSES };

static mw_figure figures[FIGURES];
static mw_reading readings[READINGS + 8];

/* Judges the readings; mw_many_judge puts them in order. The caller frees with forget(). */
static mw_many judge(size_t n)
{
    mw_many m = {.n_entrants = MACHINES, .readings = readings, .n_readings = n};
    mw_error err = {""};
    if (!tap_count)
        for (int f = 0; f < FIGURES; f++)
            figures[f] = (mw_figure){.metric = mw_metric_find("tokens_per_s"), .rank = (uint32_t)f};
    if (mw_many_judge(&m, &err))
        printf("Bail out! %s\n", err.text);
    return m;
}

static void forget(mw_many *m)
{
    free(m->x);
    free(m->places);
    free(m->pairs);
}

static size_t add(size_t n, int figure, uint32_t entrant, uint32_t run, int rep, double value)
{
    readings[n] = (mw_reading){&figures[figure], entrant, run, rep, log(value)};
    return n + 1;
}

static void check_places(void)
{
    size_t n = 0;
    n = add(n, 1, 1, 7, 1, 300);
    n = add(n, 0, 1, 5, 2, 40); /* two runs of one machine: its processes are those of both */
    n = add(n, 0, 1, 4, 2, 20);
    n = add(n, 0, 1, 4, 1, 90);
    n = add(n, 0, 1, 4, 1, 10); /* said twice by one process: 30 */
    n = add(n, 0, 0, 0, 2, 60);
    n = add(n, 0, 0, 0, 1, 50);
    n = add(n, 0, 2, 9, 1, 70); /* one process: no test */
    mw_many m = judge(n);
    tap_ok(m.n_places == 4 && m.places[0].figure == 0 && m.places[0].entrant == 0 && m.places[1].n == 3 &&
               m.places[2].n == 1 && m.places[3].figure == 1,
           "places in order: figure, then entrant");
    const double want[] = {30, 20, 40};
    bool same = true;
    for (int i = 0; i < 3; i++)
        same &= fabs(exp(m.x[m.places[1].first + (size_t)i]) - want[i]) < 1e-9;
    tap_ok(same && fabs(exp(m.places[1].mean) - cbrt(24000)) < 1e-9,
           "a process counts once, the runs of a machine together");
    const mw_interval ci = mw_interval_mean(m.x + m.places[1].first, 3);
    tap_ok(m.places[1].low == ci.low && m.places[1].high == ci.high && isnan(m.places[2].low), "their intervals");
    tap_ok(m.n_pairs == 1 && m.pairs[0].a == 0 && m.pairs[0].b == 1 && m.pairs[0].p == m.pairs[0].p_holm,
           "one pair can be tested; one test needs no correction");
    m.figures = (mw_figure *[]){&figures[0], &figures[1]};
    const mw_many_ratio r = mw_many_ratio_of(&m, &m.pairs[0]);
    tap_ok(fabs(r.value - cbrt(24000) / sqrt(3000)) < 1e-9 && r.low < r.value && r.value < r.high &&
               strcmp(r.verdict, "no evidence") == 0,
           "the ratio of b to a");
    forget(&m);
}

static void check_family(size_t tables)
{
    uint64_t state = 17;
    size_t wrong = 0, found = 0, right = 0;
    for (size_t t = 0; t < tables; t++) {
        size_t n = 0;
        const bool equal = t % 2 == 0;
        for (int f = 0; f < FIGURES; f++)
            for (uint32_t m = 0; m < MACHINES; m++)
                for (int p = 0; p < PROCESSES; p++)
                    n = add(n, f, m, m * 2 + (uint32_t)(p % 2), p / 2 + 1,
                            50 * exp(0.02 * mw_draw_normal(&state) + (!equal && f == 2 && m == 1 ? 0.2 : 0)));
        mw_many many = judge(n);
        wrong += equal && many.different > 0;
        for (size_t i = 0; i < many.n_pairs && !equal; i++) {
            const mw_pair *pair = &many.pairs[i];
            const bool real = many.places[pair->a].figure == 2 &&
                              (many.places[pair->a].entrant == 1 || many.places[pair->b].entrant == 1);
            found += real && pair->p_holm < MW_MANY_LEVEL;
            right += real;
        }
        forget(&many);
    }
    const mw_interval ci = mw_interval_rate(wrong, tables / 2);
    tap_ok(ci.low <= 0.05, "equal machines: something is called different in %.1f %% of comparisons [%.1f, %.1f]",
           200 * (double)wrong / (double)tables, 100 * ci.low, 100 * ci.high);
    tap_ok((double)found > 0.95 * (double)right, "a real difference is found in %.1f %%",
           100 * (double)found / (double)right);
}

static void check_names(void)
{
    static const struct {
        size_t entrant;
        const char *letters;
    } names[] = {{0, "A"}, {25, "Z"}, {26, "AA"}, {51, "AZ"}, {52, "BA"}, {701, "ZZ"}, {702, "AAA"}};
    char to[16], label[MW_PAGE_CELL_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        tap_ok(strcmp(mw_many_letters(names[i].entrant, to), names[i].letters) == 0, "entrant %zu is %s",
               names[i].entrant, to);
    tap_ok(strcmp(mw_many_letters((size_t)-1 - 1, to), "") != 0 && strlen(to) < 15, "any entrant has a name");
    mw_figure f = {.variant = "v", .dtype = "q8_0", .emulated = true};
    tap_ok(strcmp(mw_many_label(&f, label), "v@q8_0 (emulated)") == 0, "%s", label);
    f = (mw_figure){.variant = "v@q8_0", .dtype = "q8_0"};
    tap_ok(strcmp(mw_many_label(&f, label), "v@q8_0") == 0, "%s", label);
}

int main(void)
{
    const bool quick = getenv("MEMWALL_TEST_QUICK");
    if (quick)
        tap_note("MEMWALL_TEST_QUICK: 300 comparisons instead of 4,000");
    check_places();
    check_names();
    check_family(quick ? 300 : 4000);
    return tap_done();
}
