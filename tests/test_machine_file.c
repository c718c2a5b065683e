/* A machine file of made-up measurements, read again; names of cores; the clock. */
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
#include <unistd.h>

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
    test_file();
    test_cores();
    const double clock = mw_core_clock();
#if defined(__x86_64__) || defined(__aarch64__)
    tap_ok(isfinite(clock) && clock > 0, "the clock is %.2f GHz", clock);
#else
    tap_ok(isnan(clock), "there is no chain for this CPU");
#endif
    rmdir(folder);
    return tap_done();
}
