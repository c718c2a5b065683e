/* Energy counters, read from made-up folders that look like a machine's /sys. */
#include "platform/energy.h"
#include "tests/in_folder.h"
#include "tests/made_tree.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 16 };

/* One machine: its files when they are opened, those that are written before they are read, and what is read: joules
 * of packages and DRAM, each NAN with a part of the reason, or from that place. */
typedef struct machine {
    const char *name;
    const char *files[MOST][2], *later[MOST][2];
    double joules[MW_ENERGY_COUNT];
    const char *says[MW_ENERGY_COUNT];
} machine;

/* clang-format off */
#define RAPL(zone) "/sys/class/powercap/intel-rapl:" zone
#define UJ(zone) RAPL(zone) "/energy_uj"
#define ZONE(zone, name, uj) {RAPL(zone) "/name", name}, {UJ(zone), uj}
#define RANGE(zone, uj) {RAPL(zone) "/max_energy_range_uj", uj}
#define HWMON(n) "/sys/class/hwmon/hwmon" n
#define BOARD(n, i, label, uj) {HWMON(n) "/energy" i "_label", label}, {HWMON(n) "/energy" i "_input", uj}
#define BOARD_UJ(n, i) HWMON(n) "/energy" i "_input"
#define NO_PACKAGE "counts no energy of CPU packages"
#define NO_DRAM "counts no energy of DRAM"

static const machine machines[] = {
    {"nothing there", {{0}}, {{0}}, {NAN, NAN}, {NO_PACKAGE, NO_DRAM}},
    {"one package", {ZONE("0", "package-0", "1000000"), RANGE("0", "262143328850")}, {{UJ("0"), "3500000"}},
     {2.5, NAN}, {"powercap", NO_DRAM}},
    {"a package at rest", {ZONE("0", "package-0", "0")}, {{0}}, {0, NAN}, {"powercap", NO_DRAM}},
    {"two packages, each with DRAM",
     {ZONE("0", "package-0", "100"), ZONE("0:0", "dram", "7"), ZONE("1", "package-1", "9000000000"),
      ZONE("1:0", "dram", "0")},
     {{UJ("0"), "1000100"}, {UJ("1"), "9002000000"}, {UJ("0:0"), "250007"}, {UJ("1:0"), "125000"}},
     {3, 0.375}, {"powercap", "powercap"}},
    {"two dies of a package", {ZONE("0", "package-0-die-0", "0"), ZONE("1", "package-0-die-1", "0")},
     {{UJ("0"), "1000000"}, {UJ("1"), "500000"}}, {1.5, NAN}, {"powercap", NO_DRAM}},
    {"parts of a package and the whole platform do not count",
     {ZONE("0", "package-0", "0"), ZONE("0:0", "core", "0"), ZONE("0:1", "uncore", "0"), ZONE("1", "psys", "0")},
     {{UJ("0"), "2000000"}, {UJ("0:0"), "1000000"}, {UJ("0:1"), "500000"}, {UJ("1"), "9000000"}},
     {2, NAN}, {"powercap", NO_DRAM}},
    {"a second way to the same package does not count",
     {ZONE("0", "package-0", "0"), {"/sys/class/powercap/intel-rapl-mmio:0/name", "package-0"},
      {"/sys/class/powercap/intel-rapl-mmio:0/energy_uj", "0"}, {"/sys/class/powercap/intel-rapl/enabled", "1"}},
     {{UJ("0"), "2000000"}, {"/sys/class/powercap/intel-rapl-mmio:0/energy_uj", "2000000"}},
     {2, NAN}, {"powercap", NO_DRAM}},
    {"psys alone", {ZONE("0", "psys", "0")}, {{UJ("0"), "1000000"}}, {NAN, NAN}, {NO_PACKAGE, NO_DRAM}},
    {"a counter that starts again", {ZONE("0", "package-0", "262143000000"), RANGE("0", "262143328850")},
     {{UJ("0"), "171150"}}, {0.5, NAN}, {"powercap", NO_DRAM}},
    {"it starts again, without a range", {ZONE("0", "package-0", "262143000000")}, {{UJ("0"), "171150"}}, {NAN, NAN},
     {"intel-rapl:0/energy_uj went back", NO_DRAM}},
    {"a range that is no number", {ZONE("0", "package-0", "262143000000"), RANGE("0", "max")}, {{UJ("0"), "171150"}},
     {NAN, NAN}, {"went back", NO_DRAM}},
    {"a range below what was counted", {ZONE("0", "package-0", "262143000000"), RANGE("0", "262142999999")},
     {{UJ("0"), "171150"}}, {NAN, NAN}, {"went back", NO_DRAM}},
    {"no range, none needed", {ZONE("0", "package-0", "5")}, {{UJ("0"), "1000005"}}, {1, NAN}, {"powercap", NO_DRAM}},
    {"a word", {ZONE("0", "package-0", "many")}, {{0}},
     {NAN, NAN}, {"intel-rapl:0/energy_uj holds no number", NO_DRAM}},
    {"an empty line", {ZONE("0", "package-0", "")}, {{0}}, {NAN, NAN}, {"holds no number", NO_DRAM}},
    {"a negative number", {ZONE("0", "package-0", "-5")}, {{0}}, {NAN, NAN}, {"holds no number", NO_DRAM}},
    {"two numbers", {ZONE("0", "package-0", "1 2")}, {{0}}, {NAN, NAN}, {"holds no number", NO_DRAM}},
    {"the largest number", {ZONE("0", "package-0", "18446744073709551614")}, {{UJ("0"), "18446744073709551615"}},
     {1e-6, NAN}, {"powercap", NO_DRAM}},
    {"a larger one", {ZONE("0", "package-0", "18446744073709551616")}, {{0}}, {NAN, NAN}, {"holds no number", NO_DRAM}},
    {"a digit too many", {ZONE("0", "package-0", "99999999999999999999")}, {{0}}, {NAN, NAN},
     {"holds no number", NO_DRAM}},
    {"numbers first, then nonsense", {ZONE("0", "package-0", "1"), ZONE("0:0", "dram", "1")},
     {{UJ("0"), "2x"}, {UJ("0:0"), "1000001"}}, {NAN, 1}, {"holds no number", "powercap"}},
    {"a counter that cannot be read", {{RAPL("0") "/name", "package-0"}, {UJ("0") "/x", ""}}, {{0}}, {NAN, NAN},
     {"/sys/class/powercap/intel-rapl:0/energy_uj: ", NO_DRAM}},
    {"a counter that is not there", {{RAPL("0") "/name", "package-0"}}, {{0}}, {NAN, NAN}, {"energy_uj: ", NO_DRAM}},
    {"one package of two: no sum",
     {ZONE("0", "package-0", "0"), ZONE("1", "package-1", "?"), ZONE("0:0", "dram", "0")},
     {{UJ("0"), "1000000"}, {UJ("1"), "1000000"}, {UJ("0:0"), "1000000"}}, {NAN, 1},
     {"intel-rapl:1/energy_uj holds", "powercap"}},
    {"a zone without a name", {ZONE("0", "package-0", "0"), {UJ("1"), "0"}}, {{0}}, {NAN, NAN},
     {"/sys/class/powercap/intel-rapl:1 has no name", "has no name"}},
    {"a board that counts sockets, cores and DRAM",
     {BOARD("3", "1", "Ecore000", "0"), BOARD("3", "2", "Esocket0", "5"), BOARD("3", "12", "Esocket1", "0"),
      BOARD("4", "1", "DDR0", "0"), {HWMON("3") "/name", "amd_energy"}},
     {{BOARD_UJ("3", "1"), "1000000"}, {BOARD_UJ("3", "2"), "2000005"}, {BOARD_UJ("3", "12"), "3000000"},
      {BOARD_UJ("4", "1"), "500000"}},
     {5, 0.5}, {"hwmon", "hwmon"}},
    {"a CPU in a package counts once", {BOARD("0", "1", "CPU", "0"), BOARD("0", "2", "Package", "0")},
     {{BOARD_UJ("0", "1"), "1000000"}, {BOARD_UJ("0", "2"), "3000000"}}, {3, NAN}, {"hwmon", NO_DRAM}},
    {"a CPU alone", {BOARD("0", "1", "CPU", "0")}, {{BOARD_UJ("0", "1"), "1000000"}}, {1, NAN}, {"hwmon", NO_DRAM}},
    {"a board of 64 bits that goes back", {BOARD("0", "1", "Esocket0", "10")}, {{BOARD_UJ("0", "1"), "1"}}, {NAN, NAN},
     {"went back", NO_DRAM}},
    {"graphics, and a counter without a label",
     {BOARD("0", "1", "card", "0"), BOARD("0", "2", "pkg", "0"), {BOARD_UJ("1", "1"), "0"}}, {{0}}, {NAN, NAN},
     {NO_PACKAGE, NO_DRAM}},
    {"power alone is no count", {{HWMON("0") "/power1_label", "Package"}, {HWMON("0") "/power1_input", "5000000"}},
     {{0}}, {NAN, NAN}, {NO_PACKAGE, NO_DRAM}},
    {"powercap before a board", {ZONE("0", "package-0", "0"), BOARD("0", "1", "Esocket0", "0")},
     {{UJ("0"), "1000000"}, {BOARD_UJ("0", "1"), "7000000"}}, {1, NAN}, {"powercap", NO_DRAM}},
    {"a board in place of a zone that fails",
     {ZONE("0", "package-0", "0"), ZONE("1", "package-1", "?"), BOARD("0", "1", "Esocket0", "0")},
     {{UJ("0"), "1000000"}, {BOARD_UJ("0", "1"), "7000000"}}, {7, NAN}, {"hwmon", NO_DRAM}},
    {"both fail: the reason of powercap", {ZONE("0", "package-0", "?"), BOARD("0", "1", "Esocket0", "?")}, {{0}},
     {NAN, NAN}, {"intel-rapl:0/energy_uj holds", NO_DRAM}},
};
/* clang-format on */

static bool put_all(const char *root, const char *const files[MOST][2])
{
    bool ok = mw_make_folders(root, NULL) == 0;
    for (int i = 0; i < MOST && files[i][0]; i++)
        ok &= tree_put(root, files[i][0], files[i][1]);
    return ok;
}

/* Whether a kind is as it should be: that many joules from there, or unavailable for that reason. */
static bool as_told(const mw_energy *e, const mw_joules *j, mw_energy_kind kind, double joules, const char *says)
{
    const char *why = mw_energy_missing(e, kind);
    if (isnan(joules))
        return isnan(j->of[kind]) && why && strstr(why, says) && !strstr(why, folder);
    return fabs(j->of[kind] - joules) < 1e-9 && !why && strcmp(mw_energy_source(e, kind), says) == 0;
}

static void test_machine(const machine *m)
{
    const char *root = in_folder("machine");
    mw_energy *e = NULL;
    mw_error err;
    mw_joules j = {{0}};
    bool ok = put_all(root, m->files) && mw_energy_open(root, &e, &err) == 0 && put_all(root, m->later);
    if (ok)
        mw_energy_read(e, &j);
    for (int kind = 0; kind < MW_ENERGY_COUNT && ok; kind++)
        ok = as_told(e, &j, (mw_energy_kind)kind, m->joules[kind], m->says[kind]);
    if (!tap_ok(ok, "%s", m->name) && e)
        for (int kind = 0; kind < MW_ENERGY_COUNT; kind++) {
            const char *why = mw_energy_missing(e, (mw_energy_kind)kind);
            tap_note("%.9g J, %s", j.of[kind], why ? why : mw_energy_source(e, (mw_energy_kind)kind));
        }
    mw_energy_close(e);
    tree_remove(root);
}

/* Counters that root alone may read. A test that is root looks as somebody else. */
static void test_permission(void)
{
    static const char *const files[MOST][2] = {ZONE("0", "package-0", "0"), ZONE("0:0", "dram", "0")};
    const char *root = in_folder("machine");
    char path[512];
    mw_energy *e = NULL;
    mw_error err;
    bool ok = put_all(root, files) && chmod(folder, 0755) == 0;
    snprintf(path, sizeof path, "%s%s", root, UJ("0"));
    ok &= chmod(path, 0400) == 0 && (geteuid() == 0 || chmod(path, 0) == 0);
    const bool is_root = geteuid() == 0;
    if (is_root && seteuid(65534) != 0) {
        tap_skip("a counter for root only", "this user can be nobody else");
    } else {
        ok &= mw_energy_open(root, &e, &err) == 0;
        const char *why = e ? mw_energy_missing(e, MW_ENERGY_PACKAGE) : NULL;
        ok &= why && strcmp(why, UJ("0") " is for root only") == 0 && !mw_energy_missing(e, MW_ENERGY_DRAM);
        if (!tap_ok(ok && (!is_root || seteuid(0) == 0), "a counter for root only; the other one is not"))
            tap_note("%s", why ? why : "no reason");
    }
    mw_energy_close(e);
    tree_remove(root);
}

static double package_after(const char *root, mw_energy *e, const char *uj)
{
    mw_joules j;
    if (!tree_put(root, UJ("0"), uj))
        return -1;
    mw_energy_read(e, &j);
    return j.of[MW_ENERGY_PACKAGE];
}

static void test_many_reads(void)
{
    static const char *const files[MOST][2] = {ZONE("0", "package-0", "900000"), RANGE("0", "1000000")};
    const char *root = in_folder("machine");
    const int before = open("/dev/null", O_RDONLY);
    mw_energy *e = NULL;
    mw_error err;
    close(before);
    if (tap_ok(put_all(root, files) && mw_energy_open(root, &e, &err) == 0, "a counter of one joule")) {
        static const char *const readings[] = {"300000", "700000", "100000", "100000", "500000", "900000", "300000"};
        static const double joules[] = {0.4, 0.8, 1.2, 1.2, 1.6, 2.0, 2.4};
        bool ok = true;
        for (int i = 0; i < 7; i++)
            ok &= fabs(package_after(root, e, readings[i]) - joules[i]) < 1e-9;
        tap_ok(ok, "it starts again three times, which is added up");
        tap_ok(isnan(package_after(root, e, "x")) && isnan(package_after(root, e, "700001")),
               "after a reading that failed it is unavailable for good");
    }
    mw_energy_close(e);
    tree_remove(root);
    const int after = open("/dev/null", O_RDONLY);
    tap_ok(after == before, "no descriptor is left open");
    close(after);
}

int main(void)
{
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        test_machine(&machines[i]);
    test_permission();
    test_many_reads();
    mw_joules j = {{0}};
    mw_energy_read(NULL, &j);
    mw_energy_close(NULL);
    tap_ok(isnan(j.of[MW_ENERGY_PACKAGE]) && isnan(j.of[MW_ENERGY_DRAM]), "without counters nothing is told");
    mw_energy *e = NULL;
    mw_error err;
    if (tap_ok(mw_energy_open("", &e, &err) == 0, "this machine")) {
        const char *why = mw_energy_missing(e, MW_ENERGY_PACKAGE);
        mw_energy_read(e, &j);
        tap_ok(why ? isnan(j.of[MW_ENERGY_PACKAGE]) : j.of[MW_ENERGY_PACKAGE] >= 0, "its packages: %s",
               why ? why : mw_energy_source(e, MW_ENERGY_PACKAGE));
    }
    mw_energy_close(e);
    tap_ok(rmdir(folder) == 0, "nothing is left");
    return tap_done();
}
