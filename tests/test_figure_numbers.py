#!/usr/bin/env python3
"""The numbers that figures compute from results: percentiles, moving means, robust lines, phases, ratios.

usage: test_figure_numbers.py PLOTS_FOLDER DATA_FOLDER    prints TAP
"""
import math

from figure_data import data, folders, rows_of, with_rows
from tap import done, ok, skip

try:
    import numpy as np
    import matplotlib  # noqa: F401
except ModuleNotFoundError as e:
    skip("numbers of figures", f"no Python module {e.name} here; install python3-matplotlib")
    done()

import context
import fig2_latency
import growth
import knee
import latency_position
import ttft_stack
import waterfall
import why
from before_after import ratio

# --- fig2_latency
ok(fig2_latency.least_n(0.99) == 368 and fig2_latency.least_n(0.999) == 3688,
   "percentiles: the least n with a two-sided interval")
mean, deviation = fig2_latency.moving(np.array([3.0, 1, 4, 1, 5, 9, 2, 6]), 4)
ok(len(mean) == 5 and math.isclose(mean[1], 2.75) and math.isclose(deviation[1], math.sqrt(4.25)),
   "moving mean and deviation", (mean, deviation))

# --- latency_position
at = np.arange(20.0)
slope, start = latency_position.robust_line(at, 5 + 2 * at + np.where(at % 7 == 3, 1000.0, 0))
ok(math.isclose(slope, 2) and math.isclose(start, 5), "the line withstands outliers", (slope, start))

# --- context
points = context.curves(data.Run(folders["context"]))["tvl", 1]
found = {(x["metric"], x["param"]): x for x in rows_of("context")
         if x["variant"] == "tvl" and x["threads"] == "1" and x["rep"] == ""}
first, late = float(found["itl_us", "position=10"]["value"]), "against=10;position=250"
added = [float(found["context_added_us", late][c]) for c in ("value", "ci_low", "ci_high")]
added.append(float(found["context_expected_us", late]["value"]))
ok([p[0] for p in points] == [10, 100, 250] and points[0][1] == points[0][4] == first and
   all(math.isclose(got, first + more) for got, more in zip(points[2][1:], added)),
   "context: the ITL at the first position, and the time added to it", (points, found))

# --- ttft_stack
phases = {"exec": 1, "start": 2, "open": 3, "load": 4, "ready": 5, "prefill": 60, "sample": 7}
parts = ttft_stack.parts_of({**phases, "prefill_again": 20})
ok(parts == [3, 3, 4, 5, 40, 20, 7], "TTFT: the first prefill is its repetition and the cost of faults", parts)
parts = ttft_stack.parts_of({**phases, "prefill_again": 61})
ok(parts == [3, 3, 4, 5, 0, 60, 7], "TTFT: the cost of faults is never negative", parts)
panels = ttft_stack.samples(data.Run(folders["ttft"]).table("ttft.csv", ttft_stack.COLUMNS))
uncounted = panels["cold", 1].pop(("tvl", "mmap-huge", "tvl16_neon", 1))
totals = [sum(parts) for parts in panels["warm", 64]["rowmajor", "mmap", "neon", 1]]
ok(uncounted == [] and all(len(v) == 3 for bars in panels.values() for v in bars.values()) and max(totals) < 200,
   "TTFT: only batches, only counted samples", panels)
names = [("rowmajor", "heap", "neon", 1), ("rowmajor", "heap", "scalar", 1), ("tvl", "mmap", "tvl16_neon", 1)]
ok(ttft_stack.labels_of(names) == ["rowmajor, heap, neon", "rowmajor, heap, scalar", "tvl, mmap"] and
   ttft_stack.labels_of([names[2], (*names[2][:3], 2)]) == ["tvl, mmap, 1", "tvl, mmap, 2"],
   "TTFT: labels distinguish the bars")


# --- growth
def of_growth(metric):
    return {(x["model"], x["threads"]): float(x["value"])
            for x in rows_of("growth") if x["metric"] == metric and not x["rep"]}


ratios, sizes = of_growth("growth_ratio"), of_growth("token_mb")
figure = growth.draw(data.Data(folders.values()))
drawn = sorted((round(float(y), 4), round(float(x))) for c in figure.axes[1].containers
               for x, y in [c[0].get_xydata()[0]])
ok(drawn == sorted((round(v, 4), round(sizes[key])) for key, v in ratios.items()),
   "growth: a point for every size and thread count", drawn)

# --- why: which variant, on how many threads, and what of the folder is left aside
peer = {**rows_of("why")[0], "suite": "peers", "variant": "run", "threads": "", "metric": "tokens_per_s"}
source = data.Data([with_rows("why", [peer, *rows_of("why")])])
run, variant, units = why.chosen(source)
ok(variant == rows_of("why")[0]["variant"] and list(units) == [1, 2, 3, 4] and why.fastest(units) == 3,
   "why: the first variant, without peers; the fastest number of threads", (variant, units))
ok(why.chosen(data.Data([folders["why"]], "mmap"))[1] == "mmap", "why: the variant that was asked for")
ok("of their own pages" in why.ceiling_text(run, "x") and "machine roof" in why.ceiling_text(run, variant),
   "why: without a machine roof the ceiling is another one")

# --- waterfall
of_three = {(x["metric"], x["param"]): float(x["value"]) for x in rows_of("why")
            if x["variant"] == variant and x["threads"] == "3" and not x["rep"]}
steps = waterfall.steps_of(run, variant, 3, units[3])
ok([s.us for s in steps] == [of_three["lost_us", "step=" + s.name] for s in steps] and len(steps) == 10 and
   math.isclose(of_three["ceiling_us", ""] + sum(s.us for s in steps), of_three["token_us", ""], rel_tol=1e-6),
   "waterfall: the steps are those of the rows", (steps, of_three))
own, small = waterfall.merged(steps, of_three["token_us", ""])
ok([s.name for s in small] == ["faults", "stolen", "stalls"] and own[:-1] == [s for s in steps if s not in small] and
   all(math.isclose(total, sum(ends)) for total, ends in zip(own[-1][1:], list(zip(*small))[1:])),
   "waterfall: steps below 0.5 % are one", (own, small))
ok(waterfall.merged(steps[:7], of_three["token_us", ""]) == (steps[:7], []), "waterfall: one small step keeps its name")
figure = waterfall.draw(source)
bars = [sorted((b.get_x(), b.get_x() + b.get_width())) for b in figure.axes[0].patches]
at, expected = of_three["ceiling_us", ""], []
for s in own:
    expected.append(sorted((at, at + s.us)))
    at += s.us
left = figure.axes[0].get_xlim()[0]
expected = [[left, of_three["ceiling_us", ""]], *expected, [left, of_three["token_us", ""]]]
ok(np.allclose(bars, expected, rtol=1e-6), "waterfall: each bar starts where the one above it ends", (bars, expected))
ok([waterfall.number(x, 1, "+") for x in (-0.04, -2.26, 1234.5)] == ["+0.0", "\u22122.3", "+1,234.5"] and
   waterfall.amounts(1614)[2](8.53) == "8.5 µs" and waterfall.amounts(64140)[2](853) == "0.85 ms",
   "waterfall: numbers as text")
for name, edit, error, words in (
        ("do not add up", lambda x: {**x, "value": 900, "ci_low": "", "ci_high": ""}, data.Bad, "do not add up"),
        ("are incomplete", lambda x: {**x, "value": ""}, data.Missing, "of step overlap")):
    folder = with_rows("why", [edit(x) if x["param"] == "step=overlap" else x for x in rows_of("why")])
    try:
        message = str(waterfall.draw(data.Data([folder])))
    except error as e:
        message = str(e)
    ok(words in message, f"waterfall: steps that {name} are refused", message)

# --- knee
counts, reached, ceiling = knee.series(units)
rows = {(x["metric"], int(x["threads"])): [float(x[c]) for c in ("value", "ci_low", "ci_high")] for x in rows_of("why")
        if x["variant"] == variant and not x["rep"]}
ok(counts == [1, 2, 3, 4] and [list(p) for p in reached] == [rows["tokens_per_s", t] for t in counts],
   "knee: tokens/s of the rows", reached)
ok(np.allclose(ceiling, [[1e6 / rows["ceiling_us", t][i] for i in (0, 2, 1)] for t in counts]),
   "knee: the ceiling in tokens/s, with its interval", ceiling)
lines = [list(line.get_ydata()) for line in knee.draw(source).axes[0].lines]
ok([p[0] for p in reached] in lines and [p[0] for p in ceiling] in lines, "knee: both lines are drawn", lines)
own = [x for x in rows_of("why") if x["variant"] == variant and x["metric"] == "tokens_per_s" and not x["rep"]]
parts = {"cores=0": ("1", 9.5), "cores=1": ("1", 3.25), "cores=all": ("2", 12.75),
         "threads_on=0;weights_on=1": ("1", 2)}
extra = [{**own[0], "metric": "on_cpus_tokens_per_s", "param": p, "threads": t, "value": v, "ci_low": "", "ci_high": ""}
         for p, (t, v) in parts.items()]
knees = [{**x, "param": "cores=0", "value": 1, "ci_low": 1, "ci_high": 1} for x in rows_of("why")
         if x["metric"] == "knee_threads"]
hybrid = data.Data([with_rows("why", knees + rows_of("why") + extra)])
hybrid_run = hybrid.run("why", "ceiling_us").of("why")
lines = {line.get_label(): list(line.get_ydata()) for line in knee.draw(hybrid).axes[0].lines}
ok(lines.get("class 0 alone") == [9.5] and lines.get("class 1 alone") == [3.25] and
   not {"class all alone", "class 1;weights_on alone"} & set(lines), "knee: a line for each class of cores", lines)
ok(knee.knee_of(hybrid_run, variant, counts) == (2, 2, 3), "knee: that of all CPUs, not that of a class")
ok(knee.knee_of(run, variant, counts) == (2, 2, 3) and knee.knee_of(run, variant, [1, 2]) == (2, 2, 2),
   "knee: its interval does not leave the measured numbers of threads")


# --- before_after
def summary(value, low, high):
    return data.Row(("value", "ci_low", "ci_high"), (str(value), str(low), str(high)), "x", 2)


value, low, high = ratio(summary(10, 10 / 1.1, 11), summary(20, 20 / 1.1, 22))
ok(math.isclose(value, 2) and math.isclose(high, 2 * 1.1**math.sqrt(2)) and math.isclose(low, 2 / 1.1**math.sqrt(2)),
   "before/after: the interval of a ratio", (value, low, high))
ok(summary(-5, -5, -5).interval() == (-5, -5), "an interval without width around a negative value")
ok(math.isnan(ratio(summary(10, "", ""), summary(20, 19, 21))[1]), "before/after: no interval from one without")
done()
