#!/usr/bin/env python3
"""Repetitions in fresh processes, their intervals, the A/A suite, the stop rule, --compare, from outside.

usage: test_repeat.py BENCH    prints TAP
"""
import json
import math
import os
import statistics
import subprocess
import sys

from checkpoints import write_not_finite
from outside import (T, after, has_interval, interrupted, interval, read, read_csv, stopped_cleanly, widest, workplace,
                     write_csv)
from tap import done, ok

bench = os.path.abspath(sys.argv[1])
workplace("repeat")
small = ["--model=synthetic:stories260K", "--tokens=58", "--threads=1", "--quiet"]


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=200, **more)


def key(x):
    return tuple(x[c] for c in ("variant", "threads", "suite", "phase", "metric", "param"))


# --- summaries compared with the rows of the processes
r = run(*small, "--reps=3", "--variant=scalar,neon,tvl", "--out=three")
ok(r.returncode == 0 and r.stderr == b"", "three repetitions", r)
ok(b"between 3 processes" in r.stdout and widest(r.stdout) <= 80, "the table names them", r.stdout)
rows, tokens, roofs = (read_csv(f"three/{name}.csv") for name in ("results", "tokens", "roof"))
single = [x for x in rows if x["rep"]]
summary = {key(x): x for x in rows if not x["rep"] and x["metric"] != "warning"}
ok({x["rep"] for x in single} == {"1", "2", "3"} and len({x["run_id"] for x in rows}) == 1,
   "one run of three processes")
ok(set(map(key, single)) == set(summary), "a summary for every series", set(map(key, single)) ^ set(summary))
bad = []
for k, x in summary.items():
    if k[4] in ("tokens_per_s", "roof_fraction", "speedup", "roof_gbs", "itl_us") and k[3] == "steady":
        values = [float(y["value"]) for y in single if key(y) == k and y["value"]]
        if len(values) != 3 or not has_interval(x, interval(values), 1e-4):
            bad.append((k, values, x))
ok(not bad, "geometric means and t-intervals of the processes' values", bad[:1])


def of_neon(metric):
    return summary["neon", "1", "decode", "steady", metric, ""]


pooled = sorted(float(x["latency_us"]) for x in tokens if x["variant"] == "neon" and x["phase"] == "steady")
p50 = of_neon("itl_p50_us")
ok(len(pooled) == 3 * 48 and abs(float(p50["value"]) / statistics.median(pooled) - 1) < 1e-4 and
   float(p50["ci_low"]) < float(p50["value"]) < float(p50["ci_high"]) and p50["n"] == "144",
   "percentiles over the tokens of all processes", p50)
ok(of_neon("itl_p99_us")["ci_high"] == "", "P99 of 144 tokens has no upper bound")
ok([x["token_id"] for x in read_csv("three/benchmark_results.csv")] == [str(i) for i in range(58)],
   "benchmark_results.csv is the first repetition")


# --- tails
def quantile(x, p):
    at = (len(x) - 1) * p
    return x[int(at)] + (at - int(at)) * (x[min(int(at) + 1, len(x) - 1)] - x[int(at)])


def tail(x):
    return quantile(x, 0.99) / quantile(x, 0.5)


def tails(table, time):
    """The tail of each process of neon."""
    return [tail(sorted(time(x) for x in table if (x["variant"], x["rep"]) == ("neon", rep) and
                        x.get("phase", "steady") == "steady")) for rep in "123"]


p99_us, p50_us, ratio = (float(of_neon(m)["value"]) for m in ("itl_p99_us", "itl_p50_us", "tail_ratio"))
sweeps = sorted(1 / float(x["roof_gbs"]) for x in roofs if x["variant"] == "neon")
roof_tail, excess = of_neon("roof_tail_ratio"), of_neon("tail_excess")
ok(abs(p99_us / p50_us / ratio - 1) < 1e-5 and abs(float(roof_tail["value"]) / tail(sweeps) - 1) < 1e-4 and
   roof_tail["n"] == str(len(sweeps)) == "81" and roof_tail["ci_high"] == "",
   "tails of the tokens and of the sweeps of all processes", roof_tail)
of_tokens = tails(tokens, lambda x: float(x["latency_us"]))
of_sweeps = tails(roofs, lambda x: 1 / float(x["roof_gbs"]))
values = [a - b for a, b in zip(of_tokens, of_sweeps)]
near = 1e-3 * (1 + max(sweeps)) * max(of_tokens + of_sweeps)  # roof.csv has four decimals
want = zip(("value", "ci_low", "ci_high"), interval(values, logs=False))
ok(all(abs(float(excess[c]) - w) < near for c, w in want) and excess["n"] == "81",
   "their difference: a mean over processes", (excess, values))
PARTS = ("slow_tokens_explained", "slow_tokens_memory", "slow_tokens_stolen", "slow_tokens_unexplained")
slow = {(x["variant"], x["rep"], x["metric"]): x for x in single if x["metric"].startswith("slow_tokens")}
bad = []
for (variant, rep, metric), x in slow.items():
    if metric == "slow_tokens":
        us = [float(t["latency_us"]) for t in tokens
              if (t["variant"], t["rep"], t["phase"]) == (variant, rep, "steady")]
        parts = sum(float(slow[variant, rep, p]["value"] or 0) for p in PARTS)
        if not float(x["value"]) == parts == sum(u > 1.25 * statistics.median(us) for u in us):
            bad.append((variant, rep, x["value"], parts))
ok(len(slow) == 3 * 3 * 5 and not bad, "every slow token has one cause, which may be `unexplained`", bad)

# --- roofs
blocks = {}
for x in roofs:
    blocks.setdefault(x["rep"], set()).add((x["variant"], x["block"]))
ok(len(blocks) == 3 and all(("machine", "1") in b and ("tvl", "3") in b for b in blocks.values()) or
   not any(v == "machine" for b in blocks.values() for v, _ in b), "roof.csv: every process, every block", blocks)
ways = {}
for x in single:
    if x["metric"] in ("roof_gbs", "machine_roof_gbs") and x["value"]:
        copy = (x["load"], x["layout"]) if x["metric"] == "roof_gbs" else ()
        ways.setdefault((x["metric"], *copy), set()).add(x["note"])
ok(ways and all(len(w) <= 3 and all(n.startswith("way=") for n in w) for w in ways.values()),
   "the first process chooses three ways to read for each copy, and each process uses one of them", ways)
ok(os.listdir("tmp") == [], "nothing is left in TMPDIR", os.listdir("tmp"))


# --- the stop rule and the time limit
def processes(rows):
    return max(int(x["rep"]) for x in rows if x["rep"])


r = run(*small, "--reps=3", "--precision=1%", "--variant=neon", "--out=precise")
rows = read_csv("precise/results.csv")
n = processes(rows)
ok(r.returncode == 0 and n >= 3 and b"--precision" in r.stdout,
   "--precision: the number of processes that the first three ask for", (n, r))
shares = [math.log(float(x["value"])) for x in rows if x["metric"] == "roof_fraction" and x["rep"]]
wanted = max(3, math.ceil((T[2] * statistics.stdev(shares[:3]) / math.log1p(0.01)) ** 2))
ok(n == min(wanted, 100), "--precision: Stein's number", (n, wanted))
r = run("--model=synthetic:stories15M", "--tokens=26", "--threads=1", "--quiet", "--variant=neon", "--reps=500",
        "--time-limit=2", "--out=limited")
rows = read_csv("limited/results.csv")
n = processes(rows)
ok(r.returncode == 0 and n < 500 and any("--time-limit" in x["note"] for x in rows if x["metric"] == "warning"),
   "--time-limit stops, with a warning", (n, r))

# --- the same variant under two names
r = run(*small, "--suite=aa", "--reps=5", "--variant=neon", "--out=aa")
rows = read_csv("aa/results.csv")
ratio = [x for x in rows if x["metric"] == "aa_ratio" and not x["rep"]]
ok(r.returncode == 0 and {x["variant"] for x in ratio} == {"neon", "neon (again)"} and
   all(x["suite"] == "aa" for x in ratio), "aa: one variant, two names", r)
ok(widest(r.stdout) <= 80, "aa: a table of 80 columns", r)
ok(all(float(x["value"]) == 1 for x in ratio if x["variant"] == "neon"), "aa: the first is its own baseline", ratio)
twin = [x for x in ratio if x["variant"] == "neon (again)"][0]
different = float(twin["ci_low"]) > 1 or float(twin["ci_high"]) < 1
ok(twin["note"].endswith("; different" if different else "; no difference") and twin["param"] == "against=neon" and
   twin["note"].split("; ")[1].encode() in r.stdout, "aa: the verdict follows from the interval", twin)
rates = [x for x in rows if x["metric"] == "aa_false_rate"]
ok(len(rates) == 2 and all(0.02 < float(x["value"]) < 0.09 and x["provenance"] == "modelled" and x["n"] == "1000"
                           for x in rates), "aa: the rate of false alarms, with and without the stop rule", rates)

# --- comparing
r = run("--compare", "three", "three")
ok(r.returncode == 0 and b"no evidence" in r.stdout and r.stderr == b"", "--compare: a run with itself", r)
slow = read_csv("three/results.csv")
for x in slow:
    if x["metric"] in ("tokens_per_s", "roof_fraction") and x["value"]:
        x["value"] = str(float(x["value"]) * 1e-3)
write_csv("slow.csv", slow)
r = run("--compare", "three", "slow.csv")
ok(r.returncode == 1 and b"slower" in r.stdout, "--compare: something slower is exit 1", r)
r = run("--compare", "slow.csv", "three/results.csv")
ok(r.returncode == 0 and b"faster" in r.stdout, "--compare: something faster is exit 0", r)
r = run("--compare", "three", "limited")
ok(r.returncode == 2 and b"model" in r.stderr and b"--force" in r.stderr and r.stdout == b"",
   "--compare: two models are refused", r)
r = run("--compare", "--force", "three", "limited")
ok(r.returncode in (0, 1) and r.stdout, "--compare --force", r)

# --- a variable that bench did not set
repetition = {"kind": 1, "suite": "decode", "folder": "f", "rep": 1, "of": 3, "clock_ns": 1}
part = {"kind": 2, "suite": "decode", "folder": "f", "model": "m", "variant": "neon", "threads": 1, "clock_ns": 1}
for broken in ("", "1", *map(json.dumps, ({**repetition, "of": 0}, {**repetition, "reads": "ab"},
                                          {**repetition, "suite": "aa"}, part, {**part, "suite": "none"},
                                          {"kind": 3, "suite": "all", "folder": "f", "clock_ns": 1}))):
    r = run(*small, "--reps=3", "--variant=neon", "--out=odd", env={**os.environ, "MEMWALL_JOB": broken})
    ok(r.returncode == 2 and b"MEMWALL_JOB" in r.stderr and b"unset it" in r.stderr and
       r.stderr.count(b"\n") == 1 and not os.path.exists("odd"),
       f"MEMWALL_JOB={broken!r} is an error and starts no endless chain", r)

# --- failures and interruptions leave nothing
write_not_finite("nan.bin", "cache/synthetic-stories260K-1.bin")
r = run("--model=nan.bin", "--variant=mmap", "--tokens=26", "--reps=3", "--out=failed")
lines = [l for l in r.stderr.decode().splitlines() if l.startswith("bench: ")]
ok(r.returncode == 1 and len(lines) == 1 and "not finite" in lines[0] and not os.path.exists("failed") and
   r.stdout == b"", "a repetition that fails: one line, no folder, no more repetitions", r)
os.mkdir("job")
r = run("--model=nan.bin", "--variant=mmap", "--tokens=26", "--reps=3",
        env={**os.environ, "MEMWALL_JOB": json.dumps({"kind": 3, "suite": "decode", "folder": "job", "clock_ns": 1})})
error = read("job/error")
ok(r.returncode == 1 and r.stderr.count(b"not finite") == 1 and b"not finite" in error and
   os.listdir("job") == ["error"], "its words reach the starter of its starter, and stderr once", (r, error))
command = [bench, "--model=synthetic:stories15M", "--tokens=256", "--reps=50", "--quiet", "--out=stopped"]
p = interrupted(command, after(2), start_new_session=True)  # the signal goes to the parent alone
ok(stopped_cleanly(p, "stopped"), "Ctrl-C: exit 130, nothing left", (p.note, os.listdir("tmp")))
try:
    os.killpg(p.pid, 0)
    alive = True
except ProcessLookupError:
    alive = False
ok(not alive, "Ctrl-C: the repetition has ended too")
done()
