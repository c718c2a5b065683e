/* Machine files: hostile ones are refused, one of made-up measurements is read again; names of cores; the clock. */
#include "bench/predict/core_clock.h"
#include "bench/predict/machine_file.h"
#include "bench/predict/machine_file_write.h"
#include "in_folder.h"
#include "platform/core.h"
#include "tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- reading --- */

#define NUMBER(key, value) "\"" key "\": {\"value\": " value ", \"unit\": \"u\", \"source\": \"s\"}"
#define MACHINE(more) "{\"name\": \"Made up\", \"core\": \"M\", \"sources\": {\"s\": \"a\"}" more "}"

static void test_machine_files(void)
{
    mw_machine_file m;
    mw_error err;
    int rc = mw_machine_file_read(
        write_file("one.json",
                   MACHINE(", " NUMBER("cores", "4") ", \"clock\": {\"value\": 2, \"others\": [{\"value\": 1.5}, "
                                                     "{\"value\": 1.8}]}")),
        &m, &err);
    tap_ok(rc == 0 && strcmp(m.file, "one") == 0 && strcmp(m.name, "Made up") == 0 && m.cores.value == 4,
           "a machine file is read");
    tap_ok(m.clock.value == 2 && m.clock.low == 1.5 && m.clock.high == 2, "a range goes from source to source");
    tap_ok(!m.all_is_peak &&
               mw_machine_file_read(write_file("peak.json", MACHINE(", \"bandwidth_all_cores\": {\"value\": 4, "
                                                                    "\"kind\": \"peak\"}")),
                                    &m, &err) == 0 &&
               m.all_is_peak && m.all.value == 4,
           "a peak is marked");
    tap_ok(isnan(m.one_core.value) && isnan(m.one_core.low), "what a file lacks is no number");

    static const struct {
        const char *name, *text, *says;
    } bad[] = {
        {"empty.json", "", "no JSON"},
        {"cut.json", "{\"name\": \"x\", \"sources\": {", "no JSON"},
        {"list.json", "[1]", "no machine file"},
        {"nameless.json", "{\"sources\": {}}", "no machine file"},
        {"twice.json", "{\"name\": \"a\", \"name\": \"b\", \"sources\": {}}", "no JSON"},
        {"negative.json", MACHINE(", " NUMBER("clock", "-1")), "'clock'"},
        {"text.json", MACHINE(", " NUMBER("cores", "\"4\"")), "'cores'"},
        {"bare.json", MACHINE(", \"bandwidth_one_core\": 10"), "'bandwidth_one_core'"},
        {"huge.json", MACHINE(", " NUMBER("clock", "1e300")), "'clock'"},
        {"other.json", MACHINE(", \"clock\": {\"value\": 2, \"others\": [{\"value\": \"3\"}]}"), "'clock'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rc = mw_machine_file_read(write_file(bad[i].name, bad[i].text), &m, &err);
        tap_ok(rc == -EINVAL && strstr(err.text, bad[i].name) && strstr(err.text, bad[i].says), "%s: %s", bad[i].name,
               err.text);
    }
    char *large = malloc((1 << 20) + 2);
    if (!large)
        exit(2);
    memset(large, ' ', (1 << 20) + 1);
    large[(1 << 20) + 1] = '\0';
    tap_ok(mw_machine_file_read(write_file("large.json", large), &m, &err) == -EFBIG, "too large: %s", err.text);
    free(large);
    tap_ok(mw_machine_file_read(in_folder("none.json"), &m, &err) == -ENOENT, "missing: %s", err.text);
    tap_ok(mw_machine_file_read(folder, &m, &err) < 0, "a folder: %s", err.text);
    tap_ok(mkfifo(in_folder("pipe.json"), 0600) == 0 && mw_machine_file_read(in_folder("pipe.json"), &m, &err) < 0,
           "a pipe, which nobody writes to: %s", err.text);
    tap_ok(mw_machine_file_read(write_file("a;b=c.json", MACHINE("")), &m, &err) == 0 && strcmp(m.file, "a_b_c") == 0,
           "a name that is no pair of column param");
}

/* Every key of caches and streams has a value of its own, which has to arrive in its own field. */
static void test_caches(void)
{
    mw_machine_file m;
    mw_error err;
    const struct {
        const char *key;
        const mw_range *at;
    } keys[] = {{"line", &m.line},
                {"l1d", &m.l1d},
                {"l2", &m.l2},
                {"l3", &m.l3},
                {"l1_bandwidth", &m.l1_gbs},
                {"l2_bandwidth", &m.l2_gbs},
                {"l3_bandwidth", &m.l3_gbs},
                {"bandwidth_one_stream", &m.one_stream},
                {"l2_one_stream", &m.l2_stream},
                {"l3_one_stream", &m.l3_stream}};
    char more[1200] = "", text[1600];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        snprintf(more + strlen(more), sizeof more - strlen(more), ", \"%s\": {\"value\": %zu}", keys[i].key, 7 + i);
    snprintf(text, sizeof text, MACHINE("%s"), more);
    tap_ok(mw_machine_file_read(write_file("caches.json", text), &m, &err) == 0, "a machine with caches is read");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        tap_ok(keys[i].at->value == (double)(7 + i), "%s is %g", keys[i].key, keys[i].at->value);
}

/* Names and "all" are found next to the program; test_predict.py looks at them. */
static void test_lists(void)
{
    static mw_machine_file machines[2];
    mw_error err;
    char list[800];
    int n = 0;
    snprintf(list, sizeof list, "%s,%s", in_folder("one.json"), in_folder("one.json"));
    tap_ok(mw_machine_files_read(list, machines, 2, &n, &err) == 0 && n == 2 &&
               strcmp(machines[1].name, "Made up") == 0,
           "a list of files");
    tap_ok(mw_machine_files_read(list, machines, 1, &n, &err) == -EINVAL, "too many: %s", err.text);
}

/* --- writing --- */

static mw_speed speed(const char *key, bool huge, double middle)
{
    /* out of order; quartiles are a tenth below and above the median */
    const double at[] = {1.1, 1, 2, 0.5, 0.9};
    mw_speed s = {.key = key, .way = "made up", .huge = huge, .load_bytes = 16, .n = 5};
    for (int i = 0; i < 5; i++)
        s.gbs[i] = middle * at[i];
    return s;
}

static mw_measured made_up(void)
{
    mw_measured m = {.name = "Made up",
                     .core = "M",
                     .arch = "aarch64",
                     .source = "Memwall, a test",
                     .dotprod = true,
                     .cores = 4,
                     .clock_ghz = 2.5,
                     .line = 64,
                     .l1d = 48 << 10,
                     .l2 = 1 << 20};
    const char *const keys[] = {"l1_bandwidth",       "l2_bandwidth",         "l2_one_stream",
                                "bandwidth_one_core", "bandwidth_one_stream", "bandwidth_all_cores"};
    for (int i = 0; i < 6; i++)
        m.speeds[m.n_speeds++] = speed(keys[i], false, 10 * (i + 1));
    m.speeds[m.n_speeds++] = speed("bandwidth_one_core", true, 60);
    m.speeds[m.n_speeds++] = (mw_speed){.key = "l3_bandwidth"}; /* without a round */
    return m;
}

/* Writes the file and reads it as suite predict does. */
static int write_and_read(const mw_measured *m, mw_machine_file *file, mw_error *err)
{
    const char *path = in_folder("made-up.json");
    json_t *json = mw_machine_file_json(m);
    if (!json || json_dump_file(json, path, 0))
        exit(2);
    json_decref(json);
    int rc = mw_machine_file_read(path, file, err);
    unlink(path);
    return rc;
}

static bool is(mw_range r, double low, double value, double high)
{
    return fabs(r.low - low) < 1e-9 && fabs(r.value - value) < 1e-9 && fabs(r.high - high) < 1e-9;
}

static void test_file(void)
{
    mw_measured m = made_up();
    mw_machine_file f;
    mw_error err = {""};
    tap_ok(write_and_read(&m, &f, &err) == 0 && strcmp(f.name, "Made up") == 0 && strcmp(f.core, "M") == 0,
           "suite predict reads the file: %s", err.text);
    tap_ok(f.cores.value == 4 && f.clock.value == 2.5 && f.line.value == 64 && f.l1d.value == 48 && f.l2.value == 1024,
           "cores, clock, and sizes in KiB");
    tap_ok(is(f.l1_gbs, 9, 10, 11) && is(f.l2_gbs, 18, 20, 22) && is(f.l2_stream, 27, 30, 33) &&
               is(f.one_stream, 45, 50, 55) && is(f.all, 54, 60, 66),
           "each speed is the median of its rounds, its range goes from quartile to quartile");
    tap_ok(is(f.one_core, 36, 40, 60), "a speed with huge pages belongs to the range");
    tap_ok(is(f.loads, 0.5, 0.5, 0.5) && f.bytes.value == 16, "the fastest round of L1 gives loads per cycle: %g",
           f.loads.value);
    tap_ok(isnan(f.l3.value) && isnan(f.l3_gbs.value) && isnan(f.l3_stream.value), "what was not measured is absent");

    json_t *json = mw_machine_file_json(&m);
    tap_ok(json_array_size(json_object_get(json, "features")) == 1, "dot products are a feature");
    const json_t *clock = json_object_get(json, "clock");
    tap_ok(strcmp(json_string_value(json_object_get(clock, "provenance")), "measured") == 0 &&
               json_object_get(json_object_get(json, "sources"), json_string_value(json_object_get(clock, "source"))),
           "values are measured, and their source is listed");
    json_decref(json);

    m.clock_ghz = NAN;
    m.line = 0;
    m.dotprod = false;
    snprintf(m.name, sizeof m.name, "\xff\x01 \"quoted\"");
    tap_ok(write_and_read(&m, &f, &err) == 0 && isnan(f.clock.value) && isnan(f.loads.value) && isnan(f.line.value),
           "a clock and a line that are not known are absent: %s", err.text);
    m.n_speeds = 0;
    tap_ok(write_and_read(&m, &f, &err) == 0 && isnan(f.one_core.value), "a file without speeds");
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void test_cores(void)
{
    static const struct {
        const char *vendor;
        unsigned family, model;
        bool small;
        const char *core;
    } x86[] = {{"AuthenticAMD", 0x17, 0x31, false, "Zen 2"},
               {"AuthenticAMD", 0x19, 0x01, false, "Zen 3"},
               {"AuthenticAMD", 0x19, 0x11, false, "Zen 4"},
               {"AuthenticAMD", 0x19, 0x50, false, "Zen 3"},
               {"AuthenticAMD", 0x19, 0x61, false, "Zen 4"},
               {"GenuineIntel", 6, 0x8f, false, "Golden Cove"},
               {"GenuineIntel", 6, 0x97, false, "Golden Cove"},
               {"GenuineIntel", 6, 0x97, true, "Gracemont"},
               {"GenuineIntel", 6, 0x8f, true, NULL},
               {"GenuineIntel", 0x19, 0x01, false, NULL},
               {"", 0, 0, false, NULL}};
    for (size_t i = 0; i < sizeof x86 / sizeof *x86; i++)
        tap_ok(same(mw_core_of_x86(x86[i].vendor, x86[i].family, x86[i].model, x86[i].small), x86[i].core),
               "family %#x, model %#x: %s", x86[i].family, x86[i].model, x86[i].core ? x86[i].core : "unknown");
    static const struct {
        uint64_t midr;
        const char *core;
    } arm[] = {{0x410fd083, "Cortex-A72"},  {0x414fd0b1, "Cortex-A76"},  {0x413fd0c1, "Neoverse N1"},
               {0x411fd401, "Neoverse V1"}, {0x410fd4f0, "Neoverse V2"}, {0x410fd490, "Neoverse N2"},
               {0x611f0231, "Firestorm"},   {0x410f0000, NULL},          {0, NULL}};
    for (size_t i = 0; i < sizeof arm / sizeof *arm; i++)
        tap_ok(same(mw_core_of_midr(arm[i].midr), arm[i].core), "MIDR %#llx: %s", (unsigned long long)arm[i].midr,
               arm[i].core ? arm[i].core : "unknown");
    tap_ok(same(mw_core_of_brand("Apple M2 Pro"), "Avalanche") && same(mw_core_of_brand("Apple M1"), "Firestorm") &&
               !mw_core_of_brand("Apple M10") && !mw_core_of_brand(""),
           "Apple's brand strings");
    char name[64];
    mw_core_name(name, sizeof name);
    tap_ok(name[0] && strlen(name) < sizeof name, "this core is called %s", name);
}

int main(void)
{
    if (!mkdtemp(folder))
        exit(2);
    test_machine_files();
    test_caches();
    test_lists();
    test_file();
    test_cores();
    const double clock = mw_core_clock();
#if defined(__x86_64__) || defined(__aarch64__)
    tap_ok(isfinite(clock) && clock > 0, "the clock is %.2f GHz", clock);
#else
    tap_ok(isnan(clock), "there is no chain for this CPU");
#endif
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) ? 2 : tap_done();
}
