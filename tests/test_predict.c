/* Suite `predict`: in-core cycles, and what is predicted from them. */
#include "bench/predict/predict.h"
#include "engine/synthetic.h"
#include "in_folder.h"
#include "tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

#define MADE_UP "{\"name\": \"Made up\", \"core\": \"M\", \"sources\": {\"s\": \"a\"}}"

/* --- in-core cycles --- */

#define HEAD \
    "dtype,kernel,compiler,core,cols,cycles_per_line,binds,window_90,window_110,width_120,fma_less,no_latency\n"

/* By gcc, cycles are 8 + 64 / cols x 10 at 64 columns and less in longer rows; the window moves them by one. */
static const char *const cycles = HEAD "f32,made,gcc 12,M,64,18,latency,19,17,15,12,8\n"
                                       "f32,made,gcc 12,M,128,13,window,14,12,10,7,6\n"
                                       "f32,made,clang 14,M,64,99,latency,99,99,99,99,99\n"
                                       "f32,flat,gcc 12,M,64,32,pipes,32,,,,\n"
                                       "f32,bent,gcc 12,M,256,12,latency,,,,,\n"
                                       "f32,bent,gcc 12,M,64,8,pipes,,,,,\n"
                                       "f32,bent,gcc 12,M,128,8,pipes,,,,,\n";

static bool cost_is(const mw_in_core *cost, mw_core_change change, double cycles_per_line)
{
    return near(cost->cycles[change], cycles_per_line);
}

static void test_in_core(mw_csv *table)
{
    mw_in_core cost;
    mw_error err;
    *table = mw_in_core_table();
    tap_ok(mw_csv_read(write_file("window.csv", cycles), table, &err) == 0 && table->n_rows == 7,
           "a table of cycles is read");
    tap_ok(mw_in_core_find(table, "M", "f32", "made", "gcc", 64, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 18) &&
               cost_is(&cost, MW_CORE_WINDOW_110, 17) && cost_is(&cost, MW_CORE_WINDOW_90, 19) &&
               cost_is(&cost, MW_CORE_WIDTH_120, 15) && cost_is(&cost, MW_CORE_FMA_LESS, 12) &&
               strcmp(cost.binds, "latency") == 0,
           "rows of a length that it has");
    tap_ok(mw_in_core_find(table, "M", "f32", "made", "clang", 64, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 99) &&
               mw_in_core_find(table, "M", "f32", "flat", "clang", 64, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 32),
           "by clang, and by gcc where there is no other");
    tap_ok(mw_in_core_find(table, "M", "f32", "made", "gcc", 256, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 10.5) &&
               strcmp(cost.binds, "window") == 0,
           "longer rows: the cost of a row is spread over more lines (%g)", cost.cycles[MW_CORE_AS_IT_IS]);
    tap_ok(mw_in_core_find(table, "M", "f32", "made", "gcc", 96, &cost) &&
               cost_is(&cost, MW_CORE_AS_IT_IS, 8 + 640 / 96.0),
           "rows in between (%g)", cost.cycles[MW_CORE_AS_IT_IS]);
    tap_ok(mw_in_core_find(table, "M", "f32", "flat", "gcc", 1000, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 32),
           "a kernel with one length of rows");
    tap_ok(isnan(cost.cycles[MW_CORE_WINDOW_110]), "and no variations of the core");
    tap_ok(mw_in_core_find(table, "M", "f32", "bent", "gcc", 100, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 8) &&
               mw_in_core_find(table, "M", "f32", "bent", "gcc", 32, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 8) &&
               mw_in_core_find(table, "M", "f32", "bent", "gcc", 512, &cost) && cost_is(&cost, MW_CORE_AS_IT_IS, 14) &&
               strcmp(cost.binds, "latency") == 0,
           "of many lengths, the two that are next to it count (%g)", cost.cycles[MW_CORE_AS_IT_IS]);
    tap_ok(!mw_in_core_find(table, "N", "f32", "made", "gcc", 64, &cost) &&
               !mw_in_core_find(table, "M", "q8_0", "made", "gcc", 64, &cost) &&
               !mw_in_core_find(table, "M", "f32", "other", "gcc", 64, &cost),
           "what it does not have");
    mw_csv broken = mw_in_core_table();
    tap_ok(mw_csv_read(write_file("bad.csv", "dtype,kernel\nf32,made\n"), &broken, &err) == -EINVAL,
           "a column is missing: %s", err.text);
    mw_csv_free(&broken);
}

/* --- predictions --- */

static mw_range exactly(double x)
{
    return (mw_range){x, x, x};
}

/* What it has: 2 GHz, memory of 10 and 30 GB/s. */
static mw_machine_file made_machine(void)
{
    mw_machine_file m;
    mw_error err;
    if (mw_machine_file_read(write_file("made.json", MADE_UP), &m, &err)) /* every number is NAN */
        exit(2);
    m.cores = exactly(4);
    m.clock = exactly(2);
    m.loads = exactly(2);
    m.bytes = exactly(16);
    m.one_core = exactly(10);
    m.all = exactly(30);
    return m;
}

static void test_rules(const mw_csv *in_core)
{
    const mw_config c = {64, 64, 2, 2, 2, 32, 16, true};
    mw_tensor tensors[64];
    mw_prediction rules[MW_RULE_COUNT] = {{.bytes = 0}}, p;
    int rc;
    mw_error err;
    mw_tensor_table(&c, tensors);
    for (size_t i = 0; i < mw_tensor_count(&c); i++)
        tensors[i].dtype = MW_F32;
    mw_machine_file m = made_machine();
    mw_case of = {.machine = &m, .in_core = in_core, .compiler = "gcc"};
#define PREDICT(kernel_, threads_, rule) \
    (of.kernel = (kernel_), of.threads = (threads_), rc = mw_predict_tokens(&of, &c, tensors, rules, &err), \
     p = rules[rule], rc)

    /* A line takes 6.4 ns from memory, 9 ns by kernel `made`, and its loads 1 ns. */
    const double bytes = (double)mw_model_token_cost(&c, MW_F32, 0).weight_bytes, lines = bytes / 64;
    const double matrices = (2 * 7 * 64.0 * 64 + 32 * 64) * 4 / 64; /* lines */
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == 0 && near(p.bytes + 64 * 4, bytes),
           "a token reads what the op table says, less the embedding row, which is in the classifier");
    tap_ok(near(p.core_s, matrices * 9e-9) && near(p.read_s, p.bytes / 10e9), "times of the core and of the memory");
    tap_ok(near(p.per_second.value, 1 / p.core_s) && strcmp(p.binds, "latency") == 0, "the core binds");
    tap_ok(near(p.per_second.low, 1 / (matrices * 9.5e-9)) && near(p.per_second.high, 1 / (matrices * 8.5e-9)),
           "the spread of the window");
    tap_ok(PREDICT("made", 2, MW_RULE_MAX) == 0 && near(p.per_second.value, 2 / p.core_s), "two cores: twice as fast");
    tap_ok(PREDICT("made", 4, MW_RULE_MAX) == 0 && near(p.per_second.value, 4 / p.core_s),
           "four cores read 28 of 30 GB/s");

    m.clock = exactly(4); /* 4.5 ns, loads 0.5 ns */
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == 0 && near(p.per_second.value, 10e9 / p.bytes) &&
               strcmp(p.binds, "memory") == 0,
           "the memory binds");
    tap_ok(PREDICT("made", 1, MW_RULE_ECM) == 0 && near(1 / p.per_second.value, p.read_s + p.bytes / 32 / 4e9),
           "by rule ecm, loads come on top of the memory");
    tap_ok(PREDICT("made", 1, MW_RULE_SUM) == 0 && near(1 / p.per_second.value, p.read_s + p.core_s),
           "by rule sum, nothing overlaps");
    tap_ok(PREDICT("made", 1, MW_RULE_ISSUE) == 0 && near(1 / p.per_second.value, p.read_s + matrices * 8 / 4e9),
           "by rule issue, reads overlap with what the core waits for: 8 of 18 cycles do not");
    tap_ok(PREDICT("flat", 1, MW_RULE_ISSUE) == 0 && near(1 / p.per_second.value, p.read_s + p.core_s),
           "without the cycles of issue, that is rule sum");
    tap_ok(PREDICT("made", 4, MW_RULE_MAX) == 0 && near(p.per_second.value, 30e9 / p.bytes) &&
               strcmp(p.binds, "memory of all cores") == 0,
           "four cores: the bandwidth of all binds");
    m.one_core = (mw_range){10, 8, 12};
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == 0 && near(p.per_second.low, 8e9 / p.bytes) &&
               near(p.per_second.high, 12e9 / p.bytes),
           "the spread of the bandwidth");
    m.one_core = exactly(NAN);
    tap_ok(PREDICT("flat", 1, MW_RULE_MAX) == 0 && p.at_most && strcmp(p.binds, "pipes") == 0,
           "without the bandwidth of one core, the core may still bind");
    tap_ok(near(p.read_s, p.bytes / 30e9), "and all cores' bandwidth stands in");
    tap_ok(lines > matrices, "norms are bytes without arithmetic");

    tap_ok(PREDICT("other", 1, MW_RULE_MAX) == -ENOENT, "no cycles: %s", err.text);
    tap_ok(PREDICT("made", 5, MW_RULE_MAX) == -ENOENT, "no such core: %s", err.text);
    m.all = exactly(NAN);
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == -ENOENT, "no bandwidth: %s", err.text);
    m.one_core = exactly(10);
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == 0 && PREDICT("made", 2, MW_RULE_MAX) == -ENOENT,
           "no bandwidth of all: %s", err.text);
    m.clock = exactly(NAN);
    tap_ok(PREDICT("made", 1, MW_RULE_MAX) == -ENOENT, "no clock: %s", err.text);
}

/* A machine with caches: where weights are read from, and in how many streams. */
static void test_sources(const mw_csv *in_core)
{
    const mw_config c = {64, 64, 2, 2, 2, 32, 16, true};
    mw_tensor tensors[64];
    mw_prediction rules[MW_RULE_COUNT] = {{.bytes = 0}}, *p = &rules[MW_RULE_MAX];
    mw_error err;
    mw_machine_file m = made_machine();
    mw_case of = {.machine = &m, .in_core = in_core, .kernel = "flat", .compiler = "gcc", .streams = 4, .threads = 1};
    mw_tensor_table(&c, tensors);
    for (size_t i = 0; i < mw_tensor_count(&c); i++)
        tensors[i].dtype = MW_F32;
    m.clock = exactly(1000); /* the core never binds */
    m.l2 = exactly(64);      /* the model has 263 KiB */
    m.l2_gbs = exactly(100);
    m.l3 = exactly(512);
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 10e9 / p->bytes),
           "a cache whose bandwidth is unknown is not used");
    m.l3_gbs = exactly(50);
    m.l3_stream = exactly(40);
    m.one_stream = exactly(8);
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 50e9 / p->bytes) &&
               strcmp(p->binds, "L3") == 0,
           "a model in a cache is read from there");
    of.streams = 1;
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 40e9 / p->bytes),
           "in one stream");
    of.streams = of.threads = 4;
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 200e9 / p->bytes),
           "four cores are not limited by the memory then");
    of.threads = 1;
    m.l3 = exactly(128);
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 10e9 / p->bytes),
           "a model larger than the caches is not");
    of.streams = 1;
    tap_ok(mw_predict_tokens(&of, &c, tensors, rules, &err) == 0 && near(p->per_second.value, 8e9 / p->bytes),
           "nor in one stream");
    tap_ok(mw_predict_gemv(&of, MW_F32, 100, 64, false, rules, &err) == 0 &&
               near(p->per_second.value, 8e9 / (100 * 64 * 4)) && strcmp(p->binds, "memory") == 0,
           "a GEMV from memory, however small");
    of.streams = 0;
    tap_ok(mw_predict_gemv(&of, MW_F32, 1000000, 64, true, rules, &err) == 0 &&
               near(p->per_second.value, 100e9 / (1e6 * 64 * 4)) && strcmp(p->binds, "L2") == 0,
           "and from L2, as fast as rows that fill half of it");
    m.clock = exactly(0.1); /* 32 cycles */
    tap_ok(mw_predict_gemv(&of, MW_F32, 100, 64, true, rules, &err) == 0 &&
               near(p->per_second.value, 1e8 / (100 * 4 * 32)) && strcmp(p->binds, "pipes") == 0,
           "the core binds");
    of.kernel = "made";
    of.change = MW_CORE_FMA_LESS;
    tap_ok(mw_predict_gemv(&of, MW_F32, 100, 64, true, rules, &err) == 0 &&
               near(p->per_second.value, 1e8 / (100 * 4 * 12)) && p->per_second.low == p->per_second.high,
           "a core with a faster FMA");
    of.kernel = "flat";
    tap_ok(mw_predict_gemv(&of, MW_F32, 100, 64, true, rules, &err) == -ENOENT, "not in the table: %s", err.text);
    of.change = MW_CORE_AS_IT_IS;
    m.l2_gbs = exactly(NAN);
    tap_ok(mw_predict_gemv(&of, MW_F32, 100, 64, true, rules, &err) == -ENOENT, "no L2: %s", err.text);
}

int main(void)
{
    mw_csv in_core;
    if (!mkdtemp(folder))
        return 2;
    test_in_core(&in_core);
    test_rules(&in_core);
    test_sources(&in_core);
    mw_csv_free(&in_core);
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) ? 2 : tap_done();
}
