#!/usr/bin/env python3
"""Suite ttft from outside: every case, checked states, and results.csv computed again from the samples of ttft.csv.

usage: test_ttft.py BENCH SCHEMA.md    prints TAP
"""
import json
import math
import mmap
import os
import re
import statistics
import subprocess
import sys

from checkpoints import write_not_finite, write_vast
from outside import (after, has_interval, interrupted, interval, markdown_tables, read, read_csv, schema_columns,
                     schema_metrics, stopped_cleanly, widest, workplace, write)
from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = workplace("ttft")
cache = os.path.join(work, "cache")
suite = ["--suite=ttft", "--model=synthetic:stories260K"]
FIRST = ["open", "load", "ready", "prefill", "sample"]  # the phases of TTFT


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


# --- the whole matrix
r = run(*suite, "--reps=3", "--threads=2", "--prompt-tokens=1,5", "--out=all")
ok(r.returncode == 0, "the whole matrix, three rounds", r)
lines = r.stdout.decode().splitlines()
ok(widest(r.stdout) <= 80, "the table has 80 columns", [l for l in lines if len(l) > 80])
ok(all(sum(l.startswith(start) for l in lines) == 2 for start in ("---- 200 ms: turn-taking", "---- 100 ms")),
   "both thresholds are lines of both tables", lines)
samples, rows = read_csv("all/ttft.csv"), read_csv("all/results.csv")
ok(list(samples[0]) == schema_columns(schema, "ttft.csv"), "ttft.csv: the columns that SCHEMA.md lists",
   list(samples[0]))
ok({x["metric"] for x in rows} <= schema_metrics(schema), "metrics that SCHEMA.md lists")

# A case is (variant, threads, state, prompt, feeding); {case: {round: rows of its sample}}.
IDENTITY = ("variant", "threads", "state", "prompt", "feeding")
cases, order = {}, {}
for x in samples:
    case = tuple(x[c] for c in IDENTITY)
    cases.setdefault(case, {}).setdefault(x["rep"], []).append(x)
    order.setdefault(x["rep"], {})[int(x["sample"])] = case
PAPER = {"neon/rowmajor/heap": "neon", "neon/rowmajor/mmap": "mmap", "tvl16_neon/tvl/mmap": "tvl"}
expected = set()
for kernel, load in ((k, l) for k in ("neon/rowmajor", "tvl16_neon/tvl")
                     for l in ("heap", "heap-huge", "mmap", "mmap-populate", "mmap-huge")):
    name = PAPER.get(f"{kernel}/{load}", f"{kernel}/{load}")
    expected |= {(name, "2", state, prompt, "batch") for state in ("cold", "warm") for prompt in "15"}
    if load == "mmap":
        expected.add((name, "2", "warm", "5", "token"))
ok(set(cases) == expected, "every file, load, state and prompt; token by token once per layout", set(cases) ^ expected)
ok(all(set(reps) == {"1", "2", "3"} and all(len({x["sample"] for x in xs}) == 1 for xs in reps.values())
       for reps in cases.values()), "each of them once per round")
orders = [[case for _, case in sorted(order[rep].items())] for rep in "123"]
ok(orders[0] != orders[1] and orders[1] != orders[2], "each round has its own order")

counted = {c: {rep: xs for rep, xs in reps.items() if xs[0]["counted"] == "1"} for c, reps in cases.items()}
lost = [c for c in cases if len(counted[c]) < 3]
ok(all(c[2] == "cold" or "huge" in c[0] for c in lost), "warm samples are all counted", lost)
if any(c[2] == "cold" and "huge" not in c[0] for c in lost):
    note = next(iter(cases[lost[0]].values()))[0]["note"]
    skip("cold samples", f"files cannot be evicted in this folder: {note}")


def phases(xs):
    """{phase: median of its times} of a sample."""
    times = {}
    for x in xs:
        times.setdefault(x["phase"], []).append(float(x["ms"]))
    return {p: statistics.median(t) for p, t in times.items()}


def well_formed(case, xs):
    """Whether a sample has its phases in order and its file in the right state."""
    names = [x["phase"] for x in xs if not x["phase"].startswith("read_")]
    start = ["exec", "start"] + FIRST
    more = names[len(start):]
    maps = "mmap" in case[0] or case[0] == "tvl"
    in_state = all((float(x["resident"]) < 0.01) if case[2] == "cold" else (float(x["resident"]) > 0.99) for x in xs)
    return (names[:len(start)] == start and more.count("prefill_again") == 3 and more.count("token") == 8 and
            more.count("touch") == maps and all(float(x["ms"]) >= 0 for x in xs) and in_state)


bad = [(c, [x["phase"] for x in xs], xs[0]) for c, reps in counted.items() for xs in reps.values()
       if not well_formed(c, xs)]
ok(not bad, "phases in their order; cold is below 1 % of the file in memory, warm above 99 %", bad[:1])

size = {"rowmajor": os.path.getsize(os.path.join(cache, "synthetic-stories260K-1.bin"))}
size["tvl"] = next(os.path.getsize(os.path.join(cache, f)) for f in os.listdir(cache) if f.endswith(".tvl"))
device = {}  # {state: [(share of the file that was read from the device, case)]}
for c, xs in ((c, xs) for c, reps in counted.items() for xs in reps.values()):
    got = [x["read_bytes"] for x in xs if x["phase"] in FIRST]
    if all(got):
        device.setdefault(c[2], []).append((sum(map(int, got)) / size[xs[0]["layout"]], c))
if not any(x > 0 for x, _ in device.get("cold", [])):
    skip("bytes from the device", "this system or file system does not count them")
else:
    ok(min(device["cold"])[0] > 0.4, "a cold first token reads its weights from the device", min(device["cold"]))
    ok(max(device["warm"])[0] < 0.01, "a warm first token reads nothing", max(device["warm"]))


# --- results.csv from ttft.csv
def param(case):
    return f"feeding={case[4]};prompt={case[3]};state={case[2]}"


def ttft_of(xs):
    t = phases(xs)
    return sum(t[p] for p in FIRST)


by_key = {(x["variant"], x["threads"], x["param"], x["rep"], x["phase"], x["metric"]): x for x in rows}


def near(case, rep, phase, metric, want):
    x = by_key.get((case[0], case[1], param(case), rep, phase, metric))
    if x is None or not x["value"]:
        return x is not None and math.isnan(want)
    return abs(float(x["value"]) - want) <= 2e-4 * abs(want) + 1e-6


def expected_rows(case, rep, xs):
    """[(phase, metric, value)] that follow from a sample, some only with another sample of its round."""
    t, ttft = phases(xs), ttft_of(xs)
    found = [("ttft", "ttft_ms", ttft), ("ttft", "from_exec_ms", ttft + t["exec"] + t["start"]),
             ("fault_in", "phase_ms", max(0, t["prefill"] - t["prefill_again"])), ("token", "phase_ms", t["token"])]
    faults = [x["minor_faults"] for x in xs if x["phase"] in FIRST]
    if all(faults):
        found.append(("ttft", "minor_faults", sum(map(int, faults))))
    warm = counted.get((*case[:2], "warm", *case[3:]), {}).get(rep)
    if case[2] == "cold" and warm:
        read_ms = min(t[p] for p in ("read_direct", "read_buffered") if p in t)
        found.append(("ttft", "cold_ratio", ttft / (read_ms + ttft_of(warm))))
    if case[2:4] == ("warm", "1") and "touch" in t:
        found.append(("ttft", "first_token_ratio", ttft / (t["token"] + t["touch"])))
    if case[2:] == ("warm", "5", "batch") and "peak" in t:
        found.append(("prefill_again", "peak_fraction", t["peak"] / t["prefill_again"]))
    one_by_one = counted.get((*case[:4], "token"), {}).get(rep)
    if case[2:] == ("warm", "5", "batch") and one_by_one:
        found.append(("ttft", "batch_speedup", ttft_of(one_by_one) / ttft))
    return found


wrong = [(c, rep, row) for c, reps in counted.items() for rep, xs in reps.items()
         for row in expected_rows(c, rep, xs) if not near(c, rep, *row)]
ok(not wrong, "results.csv follows from ttft.csv", wrong[:2])
summary = by_key["tvl", "2", "feeding=batch;prompt=5;state=warm", "", "ttft", "ttft_ms"]
want = interval(list(map(ttft_of, counted["tvl", "2", "warm", "5", "batch"].values())))
ok(has_interval(summary, want, 1e-3), "summaries: geometric means with intervals between rounds", (summary, want))
if ok(("", "", "", "1", "pack", "phase_ms") in by_key, "packing was timed"):
    want = []
    for rep in "123":
        packing = float(by_key["", "", "", rep, "pack", "phase_ms"]["value"])
        a, b = (phases(counted[v, "2", "warm", "1", "batch"][rep]) for v in ("tvl", "mmap"))
        extra, gain = packing + sum(a[p] - b[p] for p in FIRST), b["token"] - a["token"]
        want.append(0 if extra <= 0 else math.ceil(extra / gain) if gain > 0 else math.inf)
    x = next(x for x in rows if x["metric"] == "break_even_tokens" and x["variant"] == "tvl" and
             "prompt=1;state=warm" in x["param"])
    middle = statistics.median(want)
    never = x["value"] == "" and x["provenance"] == "unavailable"
    ok(never if math.isinf(middle) else abs(float(x["value"]) - middle) <= 1,
       "break-even of packing: the median of the rounds", (x, want))
ok(not [f for f in os.listdir(cache) if f.startswith("ttft-")] and os.listdir("tmp") == [],
   "nothing is left in the cache or TMPDIR")

# --- states that cannot be reached are reported, not counted
model = os.path.join(cache, "synthetic-stories260K-1.bin")
held = write(os.path.join(work, "held.bin"), read(model))
with open(held, "rb") as f:
    mapped = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    touched = sum(mapped[i] for i in range(0, len(mapped), 4096))
    r = run("--suite=ttft", f"--model={held}", "--variant=mmap", "--reps=1", "--prompt-tokens=1", "--out=held")
    mapped.close()
x = read_csv("held/ttft.csv")
cold = [y for y in x if y["state"] == "cold"]
ok(r.returncode == 0 and len({y["sample"] for y in cold}) == 1 and not any(y["phase"] == "prefill" for y in cold) and
   all(y["counted"] == "0" and "file in memory" in y["note"] for y in cold),
   "a file that another process maps is not cold: reported, not counted", (r, cold, touched))
lost = [y for y in read_csv("held/results.csv") if y["metric"] == "ttft_ms" and "cold" in y["param"]]
ok(lost and all(y["value"] == "" and y["provenance"] == "unavailable" for y in lost), "its row is unavailable", lost)
ok(b"not counted" in r.stderr, "a warning gives the reason", r.stderr)
ok(any(y["state"] == "warm" and y["counted"] == "1" for y in x), "its warm sample counts")

# --- chosen variants, a prompt of more than one batch
r = run(*suite, "--variant=scalar,tvl", "--threads=1", "--prompt-tokens=70", "--reps=2", "--quiet", "--out=long")
ratios = [l for l in r.stdout.decode().splitlines() if re.match(r"(scalar|tvl) +1 ", l) and " to " in l]
ok(len(ratios) >= 2 and all(l.count(" to ") == 1 for l in ratios), "one prompt, one column of ratios", ratios)
x = read_csv("long/ttft.csv")
ok(r.returncode == 0 and {y["prompt"] for y in x} == {"70"} and {y["variant"] for y in x} == {"scalar", "tvl"} and
   {y["feeding"] for y in x if y["variant"] == "scalar"} == {"batch", "token"},
   "chosen variants, a prompt of more than one batch", r)

# --- Markdown
r = run(*suite, "--variant=scalar,tvl", "--threads=1", "--prompt-tokens=1,5", "--reps=2", "--format=md", "--out=md")
tables = markdown_tables(r.stdout.decode())
if ok(r.returncode == 0 and tables, "--format=md: tables", r):
    times = [(title, lines) for title, header, lines in tables if header[-2] == "TTFT"]
    units = [sorted(tuple(x[:2]) for x in lines if "**" not in x[0]) for _, lines in times]
    ok([t for t, _ in times] == [f"Prompt of {n}, 1 thread, n = 2: ms" for n in ("1 token", "5 tokens")] and
       all(found == [(v, s) for v in ("scalar", "tvl") for s in ("cold", "warm")] for found in units),
       "--format=md: a line for every variant and state", times)
    limits = [[x[0] for x in lines if "**" in x[0]] for _, lines in times]
    ok(all(found == ["**100 ms: instant**", "**200 ms: turn-taking in a conversation**"] for found in limits),
       "--format=md: a line for each threshold", times)
    wide = {title.split(" / ")[0]: sorted(x[0] for x in lines) for title, header, lines in tables if header[1] == "thr"}
    ok(wide.get("Cold TTFT") == ["scalar", "tvl"] and wide.get("Warm TTFT") == ["tvl"] and len(tables) >= 6,
       "--format=md: ratios", tables)

# --- errors
refused = refuser(run, warnings=False)
os.makedirs("results", exist_ok=True)  # a run without --out makes it before anything else
refused(["--suite=decode", "--prompt-tokens=4"], "--prompt-tokens", "ttft")
refused([*suite, "--prompt-tokens=0"], "--prompt-tokens")
refused([*suite, "--prompt-tokens=512"], "--prompt-tokens=512", "positions")
refused([*suite, "--precision=2%"], "--precision")
job = json.dumps({"kind": 2, "suite": "ttft", "folder": "/nowhere", "model": "m", "variant": "neon", "threads": 1,
                  "clock_ns": 1})  # without a prompt
refused([*suite, "--out=x"], "MEMWALL_JOB", "unset", env={**os.environ, "MEMWALL_JOB": job})
write_not_finite("nan.bin", model)
r = run("--suite=ttft", "--model=nan.bin", "--variant=neon", "--reps=1", "--quiet", "--out=nan")
ok(r.returncode == 2 and r.stderr.count(b"\n") == 1 and b"not finite" in r.stderr,
   "a damaged model: one line, exit 2", r)
ok(not os.path.exists("nan"), "and no folder")
too_large = write_vast("vast.bin")
if too_large:
    skip("a model larger than memory", too_large)
else:
    refused(["--suite=ttft", "--model=vast.bin", "--variant=neon,mmap", "--out=vast"], "memory", "--model")
p = interrupted([bench, "--suite=ttft", "--model=synthetic:stories15M", "--reps=50", "--out=cut"], after(3))
ok(stopped_cleanly(p, "cut"), "Ctrl-C: exit 130, nothing left", (p.note, os.listdir("tmp")))
done()
