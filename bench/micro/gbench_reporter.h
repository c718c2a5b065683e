// What hears of every single run. C++, for gbench.cc alone.
#ifndef MW_BENCH_MICRO_GBENCH_REPORTER_H
#define MW_BENCH_MICRO_GBENCH_REPORTER_H

#include <benchmark/benchmark.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace
{

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
struct reporter : public benchmark::BenchmarkReporter {
    BenchmarkReporter *inner = nullptr;
    bool aggregates_only = false, failed = false;
    std::map<std::string, std::vector<Run>> kept; // by the name of the benchmark

    bool ReportContext(const Context &context) override
    {
        if (inner)
            inner->SetOutputStream(&GetOutputStream());
        return !inner || inner->ReportContext(context);
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        bool all = !aggregates_only || runs.empty() || runs[0].repetitions < 2 || given_up(runs[0], 0);
        for (const Run &run : runs) {
            all |= run.run_type == Run::RT_Aggregate;
            if (run.run_type == Run::RT_Iteration)
                kept[run.run_name.function_name].push_back(run);
        }
        if (inner && all)
            inner->ReportRuns(runs);
    }

    void Finalize() override
    {
        if (inner)
            inner->Finalize();
        failed = !GetOutputStream().flush(); // what failed once fails here, too
    }
};

} // namespace

#endif
