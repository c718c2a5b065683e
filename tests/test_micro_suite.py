#!/usr/bin/env python3
"""Suite micro from outside: its tables compared with the rows of results.csv.

usage: test_micro_suite.py BENCH [WRAPPER ...]    prints TAP
"""
import os
import re
import subprocess
import sys

from outside import markdown_tables, read_csv, widest, workplace
from tap import done, ok, skip

bench, wrapper = os.path.abspath(sys.argv[1]), sys.argv[2:]
workplace("micro-suite")


def run(*args):
    return subprocess.run([*wrapper, bench, "--model=synthetic:stories260K", "--suite=micro", "--threads=1", "--quiet",
                           "--benchmark_min_time=0.0001", "--benchmark_repetitions=3",
                           "--benchmark_filter=^(latency/line/4k/16KiB|latency/page/4k/(16|32)KiB|fork|peak)", *args],
                          capture_output=True, timeout=100)


r = run("--out=micro", "--format=md")
if b"no Google Benchmark" in r.stderr:
    skip("bench --suite=micro", "this build has no Google Benchmark")
    done()
tables = markdown_tables(r.stdout.decode())
rows = [x for x in read_csv("micro/results.csv") if x["metric"] != "warning" and x["rep"] == ""]
if ok(r.returncode == 0 and tables is not None and len(tables) == 3, "--format=md: three tables", r):
    latency, fork, peak = tables
    _, header, lines = latency
    shown = {(x[0], c): v for x in lines for c, v in zip(header[1:-1], x[1:-1]) if v != "-"}
    want = {}
    for x in rows:
        kind, step, pages, size = (x["phase"].split("/") + [""] * 3)[:4]
        if kind == "latency":
            want[size, f"{step} {pages}"] = f"{float(x['value']):.1f}"
    ok(shown == want and len(want) >= 2, "every latency of results.csv in its line and column", (latency, want))
    peaks = [x for x in rows if x["metric"] == "peak_gflops"]
    ok([x[0] for x in fork[2]] == ["empty function"] and len(peak[2]) == len(peaks), "fork and peak", tables)
spread = {x["phase"]: re.search(r"spread=([\d.e+-]+)", x["note"]) for x in rows}
ok(all(spread.values()) and all(x["n"] == "3" for x in rows), "each row: a median of three, their spread in the note",
   rows[:2])
r = run("--out=micro-text")
ok(r.returncode == 0 and widest(r.stdout) <= 80 and b"16KiB" in r.stdout, "a table of 80 columns", r)
done()
