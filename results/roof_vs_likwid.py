#!/usr/bin/env python3
"""Compares the read roof with the widest load kernel of likwid-bench (Treibig, Hager, Wellein: LIKWID, 2010) in pairs.

usage: roof_vs_likwid.py BENCH OUT.csv [PAIRS]        likwid-bench must be in PATH (Debian: likwid)

Both read a block as large as the 110M model's weights, on ordinary (4 KiB) pages of a fresh process, in random order
within a pair. likwid's kernel reads one stream per thread, so it is compared with our read of the same width with one
stream; `best` is the roof, the best of all reads. OUT.csv has one row per pair and thread count. The ratios and their
intervals go to stdout.
"""
import csv
import io
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

BYTES = 438_000_000
KERNELS = ("load_avx512", "load_avx", "load_sse", "load_neon", "load")  # from wide to narrow
SAME_WIDTH = {"load_avx512": "512-bit, 1 stream", "load_avx": "256-bit, 1 stream"}
T = {5: 2.571, 7: 2.365, 9: 2.262, 11: 2.201, 14: 2.145, 19: 2.093, 24: 2.064, 29: 2.045, 39: 2.023}  # Student, 0.975


def likwid_bench(*options):
    return subprocess.run(["likwid-bench", *options], capture_output=True, text=True, check=True).stdout


def likwid(kernel, threads):
    """GB/s of a kernel of likwid-bench."""
    text = likwid_bench("-t", kernel, "-w", f"N:{BYTES}B:{threads}")
    return float(re.search(r"^MByte/s:\s+([\d.]+)", text, re.M).group(1)) / 1000


def ours(bench, kernel, threads):
    """GB/s of the read like this kernel, GB/s of the best read, and which that is."""
    options = ["--suite=roof", f"--threads={threads}", "--benchmark_filter=^roof/4k/", "--benchmark_min_time=0.1",
               "--benchmark_repetitions=3", "--format=csv", "--quiet", "--out=" + tempfile.mkdtemp()]
    r = subprocess.run([bench, *options], capture_output=True, text=True)
    if r.returncode:
        sys.exit(r.stderr)
    rows = [x for x in csv.DictReader(io.StringIO(r.stdout)) if x["metric"] == "roof_gbs" and not x["rep"]]
    ways = {re.search(r"way=([^;]+)", x["param"]).group(1): float(x["value"]) for x in rows}
    best = max(ways, key=ways.get)
    return ways[SAME_WIDTH.get(kernel, "128-bit, 1 stream")], ways[best], best


def print_ratio(name, ratios):
    """The geometric mean of the pairs and its 95 % interval."""
    logs = list(map(math.log, ratios))
    n = len(logs)
    quantile = T[min(T, key=lambda d: abs(d - (n - 1)))]
    half = quantile * statistics.stdev(logs) / math.sqrt(n)
    mean, low, high = (math.exp(statistics.mean(logs) + d) for d in (0, -half, half))
    print(f"{name}: {mean:.3f}, {low:.3f} to {high:.3f} (n = {n} pairs)")


def main():
    bench, out = sys.argv[1:3]
    pairs = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    known = likwid_bench("-a")
    kernel = next(k for k in KERNELS if re.search(rf"^{k} ", known, re.M))
    programs = {"likwid": lambda threads: likwid(kernel, threads), "ours": lambda threads: ours(bench, kernel, threads)}
    rows = []
    for threads in sorted({1, len(os.sched_getaffinity(0))}):
        for pair in range(pairs):
            order = list(programs)
            random.Random(pair).shuffle(order)
            got = {name: programs[name](threads) for name in order}
            rows.append([pair, threads, order[0], got["likwid"], *got["ours"]])
            print(*rows[-1], file=sys.stderr)
    with open(out, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["pair", "threads", "first", f"likwid_{kernel}_gbs", "one_stream_gbs", "best_gbs", "best_way"])
        w.writerows(rows)
    for threads in sorted({r[1] for r in rows}):
        mine = [r for r in rows if r[1] == threads]
        print_ratio(f"{threads} thread(s), one stream / {kernel}", [r[4] / r[3] for r in mine])
        print_ratio(f"{threads} thread(s), best way / {kernel}", [r[5] / r[3] for r in mine])


if __name__ == "__main__":
    main()
