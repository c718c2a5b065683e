#!/usr/bin/env python3
"""Suite context from outside: rounds over all positions, and results.csv computed again from tokens.csv.

usage: test_context.py BENCH SCHEMA.md    prints TAP
"""
import json
import os
import re
import statistics
import subprocess
import sys

from outside import interval, read_csv, schema_metrics, widest, workplace
from refused import refuser
from tap import done, ok

bench, schema = map(os.path.abspath, sys.argv[1:3])
workplace("context")
suite = ["--suite=context", "--model=synthetic:stories260K"]
AT = ["5", "100", "300", "511"]
VARIANTS, THREADS, REPS = ("neon", "tvl"), "12", "123"


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=250)


refused = refuser(run)
r = run(*suite, "--positions=" + ",".join(AT), "--variant=neon,tvl", "--threads=1,2", "--tokens=100", "--reps=3",
        "--out=all")
ok(r.returncode == 0, "three processes, four positions", r)
lines = r.stdout.decode().splitlines()
ok(widest(r.stdout) <= 80, "the table has 80 columns", [l for l in lines if len(l) > 80])
shown = [l.split()[:3] for l in lines if re.match(r"(neon|tvl) ", l)]
ok(shown == [[v, t, p] for v in VARIANTS for t in THREADS for p in AT],
   "a line for each position of each variant and thread count", shown)
rows, tokens, blocks = (read_csv(f"all/{name}.csv") for name in ("results", "tokens", "blocks"))
ok({x["metric"] for x in rows} <= schema_metrics(schema), "metrics that SCHEMA.md lists")
with open("all/machine.json", encoding="utf-8") as f:
    model = json.load(f)["model"]

# --- which tokens were decoded
units = {}
for x in tokens:
    units.setdefault((x["variant"], x["threads"], x["rep"]), []).append(x)
phases = ["warmup"] * 10 + ["steady"] * 90
ok(set(units) == {(v, t, r) for v in VARIANTS for t in THREADS for r in REPS} and
   all([x["phase"] for x in xs] == phases for xs in units.values()),
   "every process decodes --tokens tokens", units.keys())
steady = {k: xs[10:] for k, xs in units.items()}
STARTS = range(0, 88, 4)  # of rounds; two tokens are left over
rounds = {k: [xs[i:i + 4] for i in STARTS] for k, xs in steady.items()}
ok(all(sorted((x["position"] for x in xs), key=int) == AT for rs in rounds.values() for xs in rs),
   "a round has a token at every position")
orders = {k: tuple(x["position"] for x in xs) for k, xs in steady.items()}
ok(all(len({o[i:i + 4] for i in STARTS}) > 5 for o in orders.values()) and
   len({o for k, o in orders.items() if k[0] == "tvl"}) == 3, "in another order in each round and process")
ok(all(float(x["roof_gbs"]) > 0 for xs in steady.values() for x in xs), "a roof for every token")


def kv_bytes(position):
    """The KV cache, of all layers, that a token at this position reads and writes."""
    kv_dim = model["dim"] // model["n_heads"] * model["n_kv_heads"]
    return 4 * model["n_layers"] * 2 * kv_dim * (position + 2)


weights = {}  # bytes per token without the KV cache: one number for each variant
for x in blocks:
    if x["block"] != "0":
        at = [int(t["position"]) for t in units[x["variant"], x["threads"], x["rep"]] if t["block"] == x["block"]]
        each = (float(x["bytes"]) - sum(map(kv_bytes, at))) / len(at)
        weights.setdefault(x["variant"], set()).add(each)
ok(set(weights) == set(VARIANTS) and all(len(s) == 1 and s.pop() > 1e5 for s in weights.values()),
   "bytes of every block: its weights, and the KV cache up to each position")

# --- rows of processes
by_key = {(x["variant"], x["threads"], x["rep"], x["metric"], x["param"]): x for x in rows}


def expected_series(rounds_of_unit, position):
    """{(metric, param): a number per round} for a position."""
    late, early = ([next(x for x in xs if x["position"] == p) for xs in rounds_of_unit] for p in (position, AT[0]))
    us, first_us = ([float(x["latency_us"]) for x in xs] for xs in (late, early))
    series = {("itl_us", f"position={position}"): us}
    if position == AT[0]:
        return series
    more = kv_bytes(int(position)) - kv_bytes(int(AT[0]))
    added = [a - b for a, b in zip(us, first_us)]
    expected = [more * 1e-3 * (1 / float(x["roof_gbs"]) + 1 / float(y["roof_gbs"])) / 2 for x, y in zip(late, early)]
    pair = f"against={AT[0]};position={position}"
    return series | {("context_added_us", pair): added, ("context_expected_us", pair): expected,
                     ("context_cost_ratio", pair): [a / e for a, e in zip(added, expected)]}


wrong, values = [], {}
for ((variant, threads, rep), rs), p in ((item, p) for item in rounds.items() for p in AT):
    for (metric, param), x in expected_series(rs, p).items():
        y = by_key.get((variant, threads, rep, metric, param), {"value": "nan", "n": ""})
        middle = statistics.median(x)
        near = abs(float(y["value"] or "nan") - middle) <= 1e-3 * abs(middle) + 2e-3  # tokens.csv has nanoseconds
        if not near or y["n"] != "22" or not float(y["ci_low"]) <= float(y["value"]) <= float(y["ci_high"]):
            wrong.append((variant, threads, rep, metric, param, middle, y))
        values.setdefault((variant, threads, metric, param), []).append(float(y["value"]))
ok(not wrong, "every process reports the medians of its rounds", wrong[:2])
single = {k[:2] + k[3:] for k in by_key if k[2] and k[3].startswith(("context", "itl"))}
ok(len(values) == 4 * (4 + 3 * 3) and single == set(values), "and no other series", len(values))

# --- summaries
wrong = []
for (variant, threads, metric, param), x in values.items():
    y = by_key[variant, threads, "", metric, param]
    want = interval(x, logs=metric in ("itl_us", "context_expected_us"))
    scale = abs(want[0]) + (want[2] - want[1]) / 2
    near = all(abs(float(y[c]) - w) <= 1e-4 * scale for c, w in zip(("value", "ci_low", "ci_high"), want))
    if not near or y["n"] != "66":
        wrong.append((variant, threads, metric, param, want, y))
ok(not wrong, "summaries: means of the processes with intervals between them", wrong[:2])
ok(all("weights' pages" in x["note"] and "arena" in x["note"] for x in rows if x["metric"] == "context_expected_us"),
   "the note names the pages of the roof")
metrics = {x["metric"] for x in rows}
ok("roof_gbs" in metrics and not metrics & {"tokens_per_s", "roof_fraction", "speedup"},
   "the roof is reported, but no metric that mixes positions")
ok(not os.path.exists("all/benchmark_results.csv") and os.listdir("tmp") == [],
   "no table in the artifact's format, nothing left in TMPDIR")

r = run(*suite, "--positions=0,511", "--tokens=26", "--reps=1", "--threads=1", "--quiet", "--out=one")
variants = {y["variant"] for y in read_csv("one/results.csv") if y["metric"] == "context_cost_ratio"}
lines = [l for l in r.stdout.decode().splitlines() if re.match(r"tvl.* 511 ", l)]
ok(r.returncode == 0 and "tvl" in variants and len(variants) <= 2 and "neon" not in variants and
   all(l.endswith(" -") for l in lines), "one process: no interval; tvl and the best native variant", (variants, r))

r = run(*suite, "--variant=tvl", "--reps=1", "--threads=1", "--quiet", "--out=usual")
params = {y["param"] for y in read_csv("usual/results.csv") if y["metric"] == "itl_us"}
ok(r.returncode == 0 and params == {"position=10", "position=250", "position=500"},
   "usual positions are those that the model has", (params, r))

# --- errors
refused([*suite, "--positions=10,512"], "512", "511", "--positions")
refused([*suite, "--positions=10"], "at least two")
refused([*suite, "--positions=300"], "at least two positions to compare: 10,300")
refused([*suite, "--positions=10,100,100"], "100 after 100")
refused([*suite, "--positions=100,10"], "rising")
refused([*suite, "--positions=1,x"], "'x'")
refused([*suite, "--positions=1,2,3,4,5,6,7,8,9"], "more than 8")
refused([*suite, "--positions=1,2,3", "--tokens=12"], "--tokens=12", "3 tokens")
refused([*suite, "--positions=1,2", "--prompt=once", "--tokenizer=x"], "--prompt")
refused([*suite, "--positions=1,2", "--precision=2%"], "--precision")
refused(["--positions=1,2"], "--suite=context")
refused([*suite[1:], "--suite=soak", "--positions=1,2"], "--suite=context")
done()
