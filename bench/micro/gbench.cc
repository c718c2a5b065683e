// The only C++ of the project, with gbench_reporter.h: Google Benchmark has no other interface. No exception leaves it.
#include "bench/micro/gbench.h"
#include "bench/micro/gbench_reporter.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// Headers of C layers; they hold nothing that C++ reads differently.
extern "C" {
#include "platform/cli.h"
#include "platform/progress.h"
}

struct mw_gb_state {
    benchmark::State *state;
    bool ended; // its loop
};

namespace
{

// Turns what C++ throws into a code and a line.
template <typename Body> int guarded(mw_error *err, Body body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return mw_fail(err, -ENOMEM, "no memory for Google Benchmark");
    } catch (const std::exception &e) {
        return mw_fail(err, -EIO, "Google Benchmark failed: %s", e.what());
    }
}

// What a flag takes: one of `choices`, which messages call `named`. The library ends the program at some wrong values
// and passes over others, so all are checked first.
struct kind {
    std::set<std::string> choices;
    const char *named;
};
const kind truth = {{"true", "1", "yes", "on", "false", "0", "no", "off"}, "true or false"},
           colour = {{"true", "1", "yes", "on", "false", "0", "no", "off", "auto"}, "auto, true or false"},
           format = {{"console", "json", "csv"}, "console, json or csv"},
           unit = {{"ns", "us", "ms", "s"}, "ns, us, ms or s"}, number = {}, count = {}, text = {};

const struct flag {
    const char *name;
    const kind *takes;
    const char *standard; // nullptr: left out unless given
    bool shows;           // given: the library's own display is wanted
} flags[] = {
    {"benchmark_list_tests", &truth, "false", true},
    {"benchmark_filter", &text, "all", false},
    {"benchmark_min_time", &number, "0.02", false},
    {"benchmark_min_warmup_time", &number, "0", false},
    {"benchmark_repetitions", &count, "5", false},
    {"benchmark_enable_random_interleaving", &truth, "true", false},
    {"benchmark_report_aggregates_only", &truth, "false", false},
    {"benchmark_display_aggregates_only", &truth, "false", false},
    {"benchmark_format", &format, "console", true},
    {"benchmark_out", &text, "", false},
    {"benchmark_out_format", &format, "json", false},
    {"benchmark_color", &colour, "auto", true},
    {"benchmark_counters_tabular", &truth, "false", true},
    {"benchmark_perf_counters", &text, "", false},
    {"benchmark_context", &text, nullptr, false},
    {"benchmark_time_unit", &unit, "ns", false},
};

std::map<std::string, std::string> values; // in force
bool display;                              // the library's own is wanted

int check_value(const flag &f, const std::string &value, mw_error *err)
{
    double real;
    uint64_t whole;
    if (f.takes == &number)
        return mw_cli_number(f.name, value.c_str(), 0, 3600, &real, err);
    if (f.takes == &count)
        return mw_cli_integer(f.name, value.c_str(), 1, 10000, &whole, err);
    if (f.takes == &text || f.takes->choices.count(value) > 0)
        return 0;
    return mw_fail(err, -EINVAL, "--%s: '%.32s' is not possible; give %s", f.name, value.c_str(), f.takes->named);
}

// Takes one word of the command line; a switch without a value is switched on.
int take_word(const std::string &word, mw_error *err)
{
    const std::string given = word.substr(word.rfind("--", 0) == 0 ? 2 : 0);
    const size_t equals = given.find('=');
    const std::string name = given.substr(0, equals);
    std::vector<const char *> names;
    for (const flag &f : flags) {
        names.push_back(f.name);
        if (name != f.name)
            continue;
        if (equals == std::string::npos && f.takes != &truth)
            return mw_fail(err, -EINVAL, "--%s needs a value: --%s=...", f.name, f.name);
        values[name] = equals == std::string::npos ? "true" : given.substr(equals + 1);
        display |= f.shows;
        return check_value(f, values[name], err);
    }
    names.push_back(nullptr);
    const char *nearest = mw_cli_nearest(name.c_str(), names.data());
    if (nearest)
        return mw_fail(err, -EINVAL, "unknown option %.64s; did you mean --%s?", word.c_str(), nearest);
    return mw_fail(err, -EINVAL, "unknown option %.64s; Google Benchmark's begin with --benchmark_", word.c_str());
}

// Thrown through the library to end a run early. Told of an error instead, it would end the program: it insists on
// equal numbers of iterations in all repetitions, those with an error included.
struct interruption {};

void call(benchmark::State &state, const mw_gb_benchmark *b)
{
    mw_gb_state s = {&state, false};
    if (!mw_interrupted())
        b->fn(&s, b->arg);
    if (mw_interrupted())
        throw interruption();
    if (!s.ended && !state.error_occurred())
        state.SkipWithError("ended before its loop did");
}

void hand_over(const reporter &from, const mw_gb_benchmark *b, mw_gb_each_fn *each)
{
    std::vector<std::vector<mw_gb_count>> counts;
    std::vector<mw_gb_run> runs;
    const auto kept = from.kept.find(b->name);
    if (kept == from.kept.end())
        return;
    for (const auto &run : kept->second) {
        counts.emplace_back();
        for (const auto &c : run.counters)
            counts.back().push_back({c.first.c_str(), c.second.value});
        runs.push_back({run.iterations > 0 ? run.real_accumulated_time / (double)run.iterations : 0,
                        counts.back().data(), counts.back().size(), given_up(run, 0)});
    }
    each(b, runs.data(), runs.size());
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // CSV is to go some day; it is documented and asked for
std::unique_ptr<benchmark::BenchmarkReporter> file_format(const std::string &format)
{
    if (format == "csv")
        return std::make_unique<benchmark::CSVReporter>();
    if (format == "console")
        return std::make_unique<benchmark::ConsoleReporter>(benchmark::ConsoleReporter::OO_None);
    return std::make_unique<benchmark::JSONReporter>();
}

int measure(const mw_gb_benchmark *first, mw_gb_each_fn *each, mw_error *err)
{
    const std::string &out = values["benchmark_out"];
    if (!out.empty() && !std::ofstream(out, std::ios::app)) // the library would end the program
        return mw_fail(err, -EIO, "%.256s: cannot be written: %s", out.c_str(), strerror(errno));
    const auto file_inner = file_format(values["benchmark_out_format"]);
    const std::set<std::string> on = {"true", "1", "yes", "on"};
    std::ostringstream complaints; // instead of stderr
    reporter file, shown;
    file.inner = file_inner.get();
    file.inner->SetErrorStream(&complaints); // where it describes the machine: neither the file's nor stderr's matter
    file.aggregates_only = on.count(values["benchmark_report_aggregates_only"]) > 0;
    shown.inner = display ? benchmark::CreateDefaultDisplayReporter() : nullptr; // the library owns it
    shown.SetErrorStream(&complaints);
    shown.aggregates_only = file.aggregates_only || on.count(values["benchmark_display_aggregates_only"]) > 0;
    std::set<std::string> names;
    for (const mw_gb_benchmark *b = first; b; b = b->next) {
        if (!names.insert(b->name).second)
            return mw_fail(err, -EEXIST, "two benchmarks are called %.128s", b->name);
        benchmark::RegisterBenchmark(b->name, [b](benchmark::State &state) { call(state, b); })->UseRealTime();
    }
    size_t n = 0;
    try {
        n = benchmark::RunSpecifiedBenchmarks(&shown, out.empty() ? nullptr : &file);
    } catch (const interruption &) { // the flag says so
    }
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    for (const mw_gb_benchmark *b = first; b; b = b->next)
        hand_over(shown, b, each);
    if (n > 0)
        return file.failed ? mw_fail(err, -EIO, "%.256s: cannot be written", out.c_str()) : 0;
    const std::string why = complaints.str();
    if (why.rfind("Failed to match", 0) != 0)
        return mw_fail(err, -EINVAL, "--benchmark_filter: %s", why.substr(0, why.find('\n')).c_str());
    return mw_fail(err, -ENOENT,
                   "--benchmark_filter=%.128s selects none of %zu benchmarks; --benchmark_list_tests shows their names",
                   values["benchmark_filter"].c_str(), names.size());
}

} // namespace

int mw_gb_flags(int n, const char *const *given, mw_error *err)
{
    return guarded(err, [&] {
        display = false;
        values.clear();
        for (const flag &f : flags)
            if (f.standard)
                values[f.name] = f.standard;
        for (int i = 0; i < n; i++)
            if (int rc = take_word(given[i], err))
                return rc;
        static std::vector<std::string> words; // the library keeps a pointer to the first
        std::vector<char *> argv;
        words = {"bench"};
        for (const auto &v : values) { // single runs are kept by `reporter`, whatever is to be shown
            const bool ours = v.first.find("aggregates_only") != std::string::npos;
            words.push_back("--" + v.first + "=" + (ours ? "false" : v.second));
        }
        for (std::string &word : words)
            argv.push_back(&word[0]);
        argv.push_back(nullptr);
        int argc = (int)argv.size() - 1;
        benchmark::Initialize(&argc, argv.data());
        return argc > 1 ? mw_fail(err, -EINVAL, "this build's Google Benchmark does not take %.64s", argv[1]) : 0;
    });
}

bool mw_gb_displays(void)
{
    return display;
}

bool mw_gb_running(mw_gb_state *s)
{
    if (mw_interrupted())
        mw_gb_skip(s, "interrupted");
    s->ended = !s->state->KeepRunning();
    return !s->ended;
}

void mw_gb_counter(mw_gb_state *s, const char *name, double value, mw_gb_kind kind)
{
    using benchmark::Counter;
    guarded(nullptr, [&] {
        s->state->counters[name] =
            Counter(value, kind == MW_GB_RATE ? Counter::kIsIterationInvariantRate : Counter::kDefaults);
        return 0;
    });
}

void mw_gb_skip(mw_gb_state *s, const char *why)
{
    guarded(nullptr, [&] {
        if (!s->state->error_occurred())
            s->state->SkipWithError(why);
        return 0;
    });
}

int mw_gb_measure(const mw_gb_benchmark *first, mw_gb_each_fn *each, mw_error *err)
{
    const int rc = guarded(err, [&] { return measure(first, each, err); });
    benchmark::ClearRegisteredBenchmarks();
    return rc;
}
