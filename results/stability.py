#!/usr/bin/env python3
"""Repeats the same run of bench several times: do its intervals have the coverage that they promise?

usage: stability.py OUT.csv RUNS BENCH [OPTIONS...]

OUT.csv gets the summary rows of tokens_per_s and roof_fraction of every run. For every variant and thread count, stdout
gets the half-widths of the intervals of roof_fraction, the spread of its values between runs, the number of intervals
that contain the pooled value, and the range of tokens/s. For suite `aa`, also how many runs report `different`.
"""
import csv
import io
import math
import statistics
import subprocess
import sys
import tempfile
import time

METRICS = ("roof_fraction", "tokens_per_s", "aa_ratio")
KEPT = ("utc", "commit", "variant", "threads", "metric", "value", "ci_low", "ci_high", "n", "note")


def measure(command, run):
    """The summary rows of one run."""
    start = time.time()
    folder = tempfile.mkdtemp(prefix="memwall-stability-")
    options = ["--format=csv", "--quiet", f"--seed={run}", "--out=" + folder]
    r = subprocess.run([*command, *options], capture_output=True, text=True)
    seconds = f"{time.time() - start:.0f}"
    if r.returncode:
        print(f"run {run}: exit {r.returncode}: {r.stderr.strip()}", file=sys.stderr)
    print(f"run {run}: {seconds} s, exit {r.returncode}", file=sys.stderr)
    rows = [x for x in csv.DictReader(io.StringIO(r.stdout))
            if x["metric"] in METRICS and not x["rep"] and x["phase"] == "steady" and x["value"]]
    return [{"run": run, "seconds": seconds, "exit": r.returncode, **{c: x[c] for c in KEPT}} for x in rows]


def print_unit(name, rows):
    """One variant and thread count over all runs."""
    shares, rates, ratios = ([x for x in rows if x["metric"] == metric] for metric in METRICS)
    values, rates = ([float(x["value"]) for x in mine] for mine in (shares, rates))
    pooled = math.exp(statistics.mean(map(math.log, values)))
    halves = [50 * (float(x["ci_high"]) - float(x["ci_low"])) / float(x["value"]) for x in shares]
    inside = sum(float(x["ci_low"]) <= pooled <= float(x["ci_high"]) for x in shares)
    spread = 100 * statistics.stdev(values) / pooled
    print(f"{name}: roof fraction {pooled:.3f}, half-widths {min(halves):.1f} to {max(halves):.1f} % "
          f"(median {statistics.median(halves):.1f}), spread between runs {spread:.1f} %, "
          f"{inside} of {len(values)} intervals contain {pooled:.3f}; tokens/s {min(rates):.1f} to {max(rates):.1f}")
    if ratios:
        print(f"    {sum('different' in x['note'] for x in ratios)} of {len(values)} report different")


def main():
    out, runs, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    rows = [x for run in range(1, runs + 1) for x in measure(command, run)]
    with open(out, "w", newline="", encoding="utf-8") as f:
        w = csv.DictWriter(f, rows[0], lineterminator="\n")
        w.writeheader()
        w.writerows(rows)
    seconds = [int(x["seconds"]) for x in rows]
    print(f"seconds per run: {min(seconds)} to {max(seconds)}")
    for variant, threads in dict.fromkeys((x["variant"], x["threads"]) for x in rows):
        mine = [x for x in rows if (x["variant"], x["threads"]) == (variant, threads)]
        print_unit(f"{variant}, threads {threads}", mine)


if __name__ == "__main__":
    main()
