#!/usr/bin/env python3
"""The numbers that figures compute from results: percentiles, moving means, robust lines, phases, ratios.

usage: test_figure_numbers.py PLOTS_FOLDER DATA_FOLDER    prints TAP
"""
import math

from figure_data import data, folders, rows_of
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
import latency_position
import ttft_stack
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


# --- before_after
def summary(value, low, high):
    return data.Row(("value", "ci_low", "ci_high"), (str(value), str(low), str(high)), "x", 2)


value, low, high = ratio(summary(10, 10 / 1.1, 11), summary(20, 20 / 1.1, 22))
ok(math.isclose(value, 2) and math.isclose(high, 2 * 1.1**math.sqrt(2)) and math.isclose(low, 2 / 1.1**math.sqrt(2)),
   "before/after: the interval of a ratio", (value, low, high))
ok(math.isnan(ratio(summary(10, "", ""), summary(20, 19, 21))[1]), "before/after: no interval from one without")
done()
