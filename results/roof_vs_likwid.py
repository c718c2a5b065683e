#!/usr/bin/env python3
"""The read roof beside the widest load kernel of likwid-bench (Treibig, Hager, Wellein, "LIKWID", 2010), pair by pair.

usage: roof_vs_likwid.py BENCH OUT.csv [PAIRS]        likwid-bench must be in PATH (Debian: likwid)

Both read a block of the size of the 110M model's weights on ordinary (4 KiB) pages of a fresh process. Which of a pair goes
first is drawn. likwid's kernel reads one stream a thread, so it stands beside our read of the same width with one stream; `best`
is the roof, the best of the family. OUT.csv: one row a pair and thread count; the ratios with their intervals go to stdout.
"""
import csv, io, math, os, random, re, statistics, subprocess, sys, tempfile

bench, out = sys.argv[1:3]
pairs = int(sys.argv[3]) if len(sys.argv) > 3 else 20
BYTES = 438_000_000
T = {5: 2.571, 7: 2.365, 9: 2.262, 11: 2.201, 14: 2.145, 19: 2.093, 24: 2.064, 29: 2.045, 39: 2.023}  # Student's t, 0.975
kernels = subprocess.run(["likwid-bench", "-a"], capture_output=True, text=True, check=True).stdout
kernel = next(k for k in ("load_avx512", "load_avx", "load_sse", "load_neon", "load") if re.search(rf"^{k} ", kernels, re.M))
same = {"load_avx512": "512-bit, 1 stream", "load_avx": "256-bit, 1 stream"}.get(kernel, "128-bit, 1 stream")


def likwid(threads):
    text = subprocess.run(["likwid-bench", "-t", kernel, "-w", f"N:{BYTES}B:{threads}"], capture_output=True, text=True,
                          check=True).stdout
    return float(re.search(r"^MByte/s:\s+([\d.]+)", text, re.M).group(1)) / 1000


def ours(threads):
    text = subprocess.run([bench, "--suite=roof", f"--threads={threads}", "--format=csv", "--quiet", "--out=" + tempfile.mkdtemp(),
                           "--benchmark_filter=^roof/4k/", "--benchmark_min_time=0.1",
                           "--benchmark_repetitions=3"], capture_output=True, text=True)
    if text.returncode:
        sys.exit(text.stderr)
    rows = [x for x in csv.DictReader(io.StringIO(text.stdout)) if x["metric"] == "roof_gbs" and not x["rep"]]
    ways = {re.search(r"way=([^;]+)", x["param"]).group(1): float(x["value"]) for x in rows}
    return ways[same], max(ways.values()), max(ways, key=ways.get)


def told(name, ratios):
    logs = list(map(math.log, ratios))
    half = T[min(T, key=lambda d: abs(d - (len(logs) - 1)))] * statistics.stdev(logs) / math.sqrt(len(logs))
    mean = statistics.mean(logs)
    print(f"{name}: {math.exp(mean):.3f}, {math.exp(mean - half):.3f} to {math.exp(mean + half):.3f} (n = {len(logs)} pairs)")


rows = []
for threads in sorted({1, len(os.sched_getaffinity(0))}):
    for pair in range(pairs):
        order = [likwid, ours]
        random.Random(pair).shuffle(order)
        got = {f.__name__: f(threads) for f in order}
        rows.append([pair, threads, order[0].__name__, got["likwid"], *got["ours"]])
        print(*rows[-1], file=sys.stderr)
with open(out, "w", newline="", encoding="utf-8") as f:
    w = csv.writer(f, lineterminator="\n")
    w.writerow(["pair", "threads", "first", f"likwid_{kernel}_gbs", "one_stream_gbs", "best_gbs", "best_way"])
    w.writerows(rows)
for threads in sorted({r[1] for r in rows}):
    mine = [r for r in rows if r[1] == threads]
    told(f"{threads} thread(s), one stream / {kernel}", [r[4] / r[3] for r in mine])
    told(f"{threads} thread(s), best way / {kernel}", [r[5] / r[3] for r in mine])
