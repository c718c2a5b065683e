// The only C++ file of the project: Google Benchmark has no other interface. No exception leaves it.
#include "bench/micro/gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <new>
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
    bool looping, paused, ended;
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

// --- flags
// ------------------------------------------------------------------------------------------------------------

// What a flag takes. The library ends the program at some wrong values and passes over others, so all are checked
// first.
enum class takes { truth, number, count, format, unit, colour, text };

struct flag {
    const char *name;
    takes value;
    const char *standard; // nullptr: left out unless given
    bool shows;           // given: the library's own display is wanted
};

const flag flags[] = {
    {"benchmark_list_tests", takes::truth, "false", true},
    {"benchmark_filter", takes::text, "all", false},
    {"benchmark_min_time", takes::number, "0.02", false},
    {"benchmark_min_warmup_time", takes::number, "0", false},
    {"benchmark_repetitions", takes::count, "5", false},
    {"benchmark_enable_random_interleaving", takes::truth, "true", false},
    {"benchmark_report_aggregates_only", takes::truth, "false", false},
    {"benchmark_display_aggregates_only", takes::truth, "false", false},
    {"benchmark_format", takes::format, "console", true},
    {"benchmark_out", takes::text, "", false},
    {"benchmark_out_format", takes::format, "json", false},
    {"benchmark_color", takes::colour, "auto", true},
    {"benchmark_counters_tabular", takes::truth, "false", true},
    {"benchmark_perf_counters", takes::text, "", false},
    {"benchmark_context", takes::text, nullptr, false},
    {"benchmark_time_unit", takes::unit, "ns", false},
};
constexpr size_t n_flags = sizeof flags / sizeof *flags;

std::string values[n_flags]; // in force

const std::string &value_of(const char *name)
{
    for (size_t i = 0; i < n_flags; i++)
        if (std::strcmp(flags[i].name, name) == 0)
            return values[i];
    std::abort(); // a name that is not in the table above
}

bool is_on(const char *name)
{
    return value_of(name) == "true";
}

bool one_of(const std::string &value, std::initializer_list<const char *> choices)
{
    for (const char *c : choices)
        if (value == c)
            return true;
    return false;
}

// Checks a value; truths become "true" or "false".
int check_value(const flag &f, std::string &value, mw_error *err)
{
    double number;
    uint64_t count;
    const char *choices = nullptr;
    switch (f.value) {
    case takes::truth:
    case takes::colour:
        if (one_of(value, {"true", "1", "yes", "on"}))
            value = "true";
        else if (one_of(value, {"false", "0", "no", "off"}))
            value = "false";
        else if (f.value == takes::truth || value != "auto")
            choices = f.value == takes::truth ? "true or false" : "auto, true or false";
        break;
    case takes::number: return mw_cli_number(f.name, value.c_str(), 0, 3600, &number, err);
    case takes::count: return mw_cli_integer(f.name, value.c_str(), 1, 10000, &count, err);
    case takes::format: choices = one_of(value, {"console", "json", "csv"}) ? nullptr : "console, json or csv"; break;
    case takes::unit: choices = one_of(value, {"ns", "us", "ms", "s"}) ? nullptr : "ns, us, ms or s"; break;
    case takes::text: break;
    }
    return choices ? mw_fail(err, -EINVAL, "--%s: '%.32s' is not possible; give %s", f.name, value.c_str(), choices)
                   : 0;
}

int unknown_flag(const char *given, const std::string &name, mw_error *err)
{
    std::vector<const char *> names;
    for (const flag &f : flags)
        names.push_back(f.name);
    names.push_back(nullptr);
    const char *nearest = mw_cli_nearest(name.c_str(), names.data());
    return nearest ? mw_fail(err, -EINVAL, "unknown option %.64s; did you mean --%s?", given, nearest)
                   : mw_fail(err, -EINVAL, "unknown option %.64s; Google Benchmark's begin with --benchmark_", given);
}

// Puts one word of the command line into given[]; a switch without a value is switched on.
int take_word(const char *word, std::string *given, bool *was_given, mw_error *err)
{
    const std::string text = std::strncmp(word, "--", 2) == 0 ? word + 2 : word;
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    for (size_t i = 0; i < n_flags; i++) {
        if (name != flags[i].name)
            continue;
        if (equals == std::string::npos && flags[i].value != takes::truth)
            return mw_fail(err, -EINVAL, "--%s needs a value: --%s=...", flags[i].name, flags[i].name);
        given[i] = equals == std::string::npos ? "true" : text.substr(equals + 1);
        was_given[i] = true;
        return check_value(flags[i], given[i], err);
    }
    return unknown_flag(word, name, err);
}

bool display; // the library's own is wanted

// --- benchmarks and reports
// -------------------------------------------------------------------------------------------

struct entry {
    std::string name;
    mw_gb_fn *fn;
    void *arg;
};
std::vector<entry> entries;

void call(benchmark::State &state, const entry &e)
{
    mw_gb_state s = {&state, false, false, false};
    if (mw_interrupted()) {
        state.SkipWithError("interrupted");
        return;
    }
    e.fn(&s, e.arg);
    if (!s.ended && !state.error_occurred())
        state.SkipWithError("ended before its loop did");
}

// Why a run was given up, nullptr if it was not. Version 1.8 of the library renamed both fields.
template <typename Run> auto given_up(const Run &run, int) -> decltype(run.error_message.c_str())
{
    return run.error_occurred ? run.error_message.c_str() : nullptr;
}
template <typename Run> auto given_up(const Run &run, long) -> decltype(run.skip_message.c_str())
{
    return (int)run.skipped != 0 ? run.skip_message.c_str() : nullptr;
}

// Stands between the library and a reporter of its own: keeps every single run for C and passes on what that one is to
// show. The library would keep single runs from us if it were told to report aggregates only, so this is done here.
class reporter : public benchmark::BenchmarkReporter
{
  public:
    reporter(BenchmarkReporter *shown_by, bool aggregates) : inner(shown_by), aggregates_only(aggregates)
    {
    }

    bool ReportContext(const Context &context) override
    {
        if (!inner)
            return true;
        inner->SetOutputStream(&GetOutputStream());
        return inner->ReportContext(context);
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        bool aggregated = false;
        for (const Run &run : runs) {
            aggregated |= run.run_type == Run::RT_Aggregate;
            if (run.run_type == Run::RT_Iteration)
                kept.push_back(run);
        }
        if (!inner)
            return;
        if (!aggregates_only || runs.empty() || runs[0].repetitions < 2 || given_up(runs[0], 0) || aggregated)
            inner->ReportRuns(runs);
        failed |= !GetOutputStream().flush();
    }

    void Finalize() override
    {
        if (!inner)
            return;
        inner->Finalize();
        failed |= !GetOutputStream().flush();
    }

    void hand_over(const entry &e, mw_gb_each_fn *each, void *to) const
    {
        std::vector<std::vector<mw_gb_count>> counts;
        std::vector<mw_gb_run> runs;
        for (const Run &run : kept) {
            if (run.run_name.function_name != e.name)
                continue;
            counts.emplace_back();
            for (const auto &c : run.counters)
                counts.back().push_back({c.first.c_str(), c.second.value});
            mw_gb_run r = {};
            r.name = e.name.c_str();
            r.arg = e.arg;
            r.rep = (int)run.repetition_index;
            r.iterations = (uint64_t)run.iterations;
            r.seconds = run.iterations > 0 ? run.real_accumulated_time / (double)run.iterations : 0;
            r.counts = counts.back().data();
            r.n_counts = counts.back().size();
            r.error = given_up(run, 0);
            runs.push_back(r);
        }
        if (!runs.empty())
            each(to, runs.data(), runs.size());
    }

    bool failed = false; // to write

  private:
    BenchmarkReporter *inner;
    bool aggregates_only;
    std::vector<Run> kept;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // CSV is to go some day; it is documented and asked for
std::unique_ptr<benchmark::BenchmarkReporter> file_format(const std::string &format)
{
    if (format == "csv")
        return std::make_unique<benchmark::CSVReporter>();
    if (format == "console")
        return std::make_unique<benchmark::ConsoleReporter>(benchmark::ConsoleReporter::OO_None);
    return std::make_unique<benchmark::JSONReporter>();
}
#pragma GCC diagnostic pop

std::string first_line(const std::string &text)
{
    return text.substr(0, text.find('\n'));
}

int measure(mw_gb_each_fn *each, void *to, mw_error *err)
{
    const std::string &out = value_of("benchmark_out");
    if (!out.empty() && !std::ofstream(out, std::ios::app)) // the library would end the program
        return mw_fail(err, -EIO, "%.256s: cannot be written: %s", out.c_str(), std::strerror(errno));
    const bool all_aggregates = is_on("benchmark_report_aggregates_only");
    const auto file_inner = out.empty() ? nullptr : file_format(value_of("benchmark_out_format"));
    reporter file(file_inner.get(), all_aggregates);
    // The library owns this one.
    reporter shown(display ? benchmark::CreateDefaultDisplayReporter() : nullptr,
                   all_aggregates || is_on("benchmark_display_aggregates_only"));
    std::ostringstream complaints; // instead of stderr
    shown.SetErrorStream(&complaints);
    if (file_inner)
        file_inner->SetErrorStream(
            &complaints); // where it describes the machine: neither the file's nor stderr's matter
    for (const entry &e : entries)
        benchmark::RegisterBenchmark(e.name.c_str(), [&e](benchmark::State &state) { call(state, e); })->UseRealTime();
    const size_t n = benchmark::RunSpecifiedBenchmarks(&shown, out.empty() ? nullptr : &file);
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    for (const entry &e : entries)
        shown.hand_over(e, each, to);
    if (n == 0 && complaints.str().rfind("Failed to match", 0) != 0)
        return mw_fail(err, -EINVAL, "--benchmark_filter: %s", first_line(complaints.str()).c_str());
    if (n == 0)
        return mw_fail(err, -ENOENT,
                       "--benchmark_filter=%.128s selects none of %zu benchmarks; --benchmark_list_tests shows "
                       "their names",
                       value_of("benchmark_filter").c_str(), entries.size());
    if (file.failed)
        return mw_fail(err, -EIO, "%.256s: cannot be written", out.c_str());
    return 0;
}

} // namespace

int mw_gb_flags(int n, const char *const *words, mw_error *err)
{
    return guarded(err, [&] {
        std::string given[n_flags];
        bool was_given[n_flags] = {};
        for (size_t i = 0; i < n_flags; i++)
            given[i] = flags[i].standard ? flags[i].standard : "";
        for (int i = 0; i < n; i++)
            if (int rc = take_word(words[i], given, was_given, err))
                return rc;
        std::vector<std::string> text;
        display = false;
        for (size_t i = 0; i < n_flags; i++) {
            values[i] = given[i];
            // single runs are kept by `reporter`, whatever is to be shown
            const bool ours = std::strstr(flags[i].name, "aggregates_only");
            if (was_given[i] || flags[i].standard)
                text.push_back(std::string("--") + flags[i].name + "=" + (ours ? "false" : given[i].c_str()));
            display |= was_given[i] && flags[i].shows;
        }
        static char program[] = "bench"; // the library keeps this pointer
        std::vector<char *> argv = {program};
        for (std::string &t : text)
            argv.push_back(&t[0]);
        argv.push_back(nullptr);
        int argc = (int)argv.size() - 1;
        benchmark::Initialize(&argc, argv.data());
        return argc > 1 ? mw_fail(err, -EINVAL, "this build's Google Benchmark does not take %.64s", argv[1]) : 0;
    });
}

bool mw_gb_lists(void)
{
    return is_on("benchmark_list_tests");
}

bool mw_gb_displays(void)
{
    return display;
}

int mw_gb_register(const char *name, mw_gb_fn *fn, void *arg, mw_error *err)
{
    return guarded(err, [&] {
        for (const entry &e : entries)
            if (e.name == name)
                return mw_fail(err, -EEXIST, "two benchmarks are called %.128s", name);
        entries.push_back({name, fn, arg});
        return 0;
    });
}

// The library ends the program if its clock is stopped twice or outside of the loop.
bool mw_gb_running(mw_gb_state *s)
{
    if (mw_interrupted())
        mw_gb_skip(s, "interrupted");
    mw_gb_resume(s);
    s->looping = s->state->KeepRunning();
    s->ended = !s->looping;
    return s->looping;
}

void mw_gb_pause(mw_gb_state *s)
{
    if (!s->looping || s->paused || s->state->error_occurred())
        return;
    s->paused = true;
    s->state->PauseTiming();
}

void mw_gb_resume(mw_gb_state *s)
{
    if (!s->paused || s->state->error_occurred())
        return;
    s->paused = false;
    s->state->ResumeTiming();
}

void mw_gb_counter(mw_gb_state *s, const char *name, double value, mw_gb_kind kind)
{
    using benchmark::Counter;
    const auto flag = kind == MW_GB_RATE           ? Counter::kIsRate
                      : kind == MW_GB_RATE_OF_EACH ? Counter::kIsIterationInvariantRate
                                                   : Counter::kDefaults;
    guarded(nullptr, [&] {
        s->state->counters[name] = Counter(value, flag);
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

double mw_gb_value(const mw_gb_run *run, const char *name)
{
    for (size_t i = 0; i < run->n_counts; i++)
        if (std::strcmp(run->counts[i].name, name) == 0)
            return run->counts[i].value;
    return NAN;
}

int mw_gb_measure(mw_gb_each_fn *each, void *to, mw_error *err)
{
    int rc = guarded(err, [&] { return measure(each, to, err); });
    mw_gb_forget();
    return rc;
}

void mw_gb_forget(void)
{
    benchmark::ClearRegisteredBenchmarks();
    entries.clear();
}
