#!/usr/bin/env python3
"""Suite predict from outside: with the machine files and tables that come with bench, and with made-up ones.

usage: test_predict.py BENCH SCHEMA.md SOURCES    prints TAP
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys

from outside import read_csv, schema_metrics, widest, workplace
from refused import refuser
from tap import done, ok

bench, schema, sources = map(os.path.abspath, sys.argv[1:4])
workplace("predict")


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=100)


refused = refuser(run)
suite = ["--suite=predict"]
files = sorted(f[:-5] for f in os.listdir(os.path.join(sources, "results/machines")) if f.endswith(".json"))
cores = {r["core"] for path in pathlib.Path(sources).glob("results/static-cost/window*.csv") for r in read_csv(path)}
known = []  # machines whose core has in-core cycles
for name in files:
    with open(os.path.join(sources, f"results/machines/{name}.json"), encoding="utf-8") as f:
        machine = json.load(f)
    if machine["core"] in cores and "clock" in machine and (
            "bandwidth_one_core" in machine or "bandwidth_all_cores" in machine):
        known.append(name)
with open(os.path.join(sources, "results/machines/published.csv"), encoding="utf-8", newline="") as f:
    published = list(csv.DictReader(f))
ok(len(known) >= 12, "machines that can be predicted", known)

r = run(*suite, "--variant=neon,tvl", "--out=all")
ok(r.returncode == 0, "all machines", r)
ok(widest(r.stdout) <= 80, "tables have 80 columns", [x for x in r.stdout.decode().splitlines() if len(x) > 80])
rows = read_csv("all/results.csv")
numbers = [x for x in rows if x["metric"] != "warning"]
ok({x["metric"] for x in rows} <= schema_metrics(schema), "metrics that SCHEMA.md lists")
ok({x["provenance"] for x in numbers} == {"modelled", "published"}, "nothing claims to be measured",
   {x["provenance"] for x in numbers})


def param(row, key):
    found = re.search(rf"(?:^|;){key}=([^;]*)", row["param"])
    return found and found.group(1)


ours = [x for x in numbers if not param(x, "program")]
ok(sorted({param(x, "machine") for x in ours}) == known, "a prediction for every machine with in-core cycles")
ok(not any(x["isa"] or x["load"] for x in numbers), "without what only this machine's kernels have")
keys = [(x["variant"], x["threads"], x["metric"], x["param"]) for x in ours]
ok(len(set(keys)) == len(keys), "each once")
moved = [x for x in ours if x["metric"] == "sensitivity"]
ours = [x for x in ours if x["metric"] == "tokens_per_s"]
ok(all(float(x["value"]) > 0 for x in ours), "no speed is 0")
best = max((x for x in moved if (x["variant"], x["threads"], param(x, "machine")) == ("neon", "1", "m2-pro")),
           key=lambda x: float(x["value"]))
ok(param(best, "input") == "fma" and 0.05 < float(best["value"]) < 0.5,
   "a chain of FMAs is moved most by their latency", best)
ok(all(not x["ci_low"] or float(x["ci_low"]) <= float(x["value"]) <= float(x["ci_high"]) for x in ours),
   "each lies within what its inputs allow")
by_rule = {(x["variant"], x["threads"], param(x, "machine"), param(x, "rule")): float(x["value"]) for x in ours}
ok(all(v >= by_rule[(*k[:3], "ecm")] * 0.9999 for k, v in by_rule.items() if k[3] == "max"),
   "rule ecm is never faster than rule max")
ok(all(v <= by_rule[(*k[:3], "max")] and v >= by_rule[(*k[:3], "max")] / 2.01
       for k, v in by_rule.items() if k[3] == "sum" and k[1] == "1"), "rule sum takes one to two times as long")
told = [x for x in numbers if x["provenance"] == "published"]
ok(len(told) == sum(p["machine"] in files for p in published) > 0, "every published speed is there", len(told))
ratios = [x for x in numbers if x["metric"] == "prediction_ratio"]
speeds = [x for x in numbers if x["metric"] == "tokens_per_s" and param(x, "program") and param(x, "rule")]
ok(len(ratios) == len(speeds) > 0 and all(
    any(abs(float(x["value"]) * float(t["value"]) / float(s["value"]) - 1) < 1e-4
        for t in told if (t["variant"], t["threads"], t["model"], param(t, "program"), param(t, "machine")) ==
        (x["variant"], x["threads"], x["model"], param(x, "program"), param(x, "machine")))
    for x, s in zip(ratios, speeds)), "ratios are predicted over published")

listed = [x for x in ratios if param(x, "listed") == "yes"]
ok(len(listed) == sum(p["listed"] == "yes" for p in published) * len({param(x, "rule") for x in ratios}) > 0,
   "rows of the fixed list are marked", len(listed))
off = [x for x in listed if abs(float(x["value"]) - 1) > 0.2]
ok(off and all(x["note"] for x in off), "whatever is off by more than 20 % names what it lacks",
   [x["param"] for x in off if not x["note"]])
ok(not any(x["note"] for x in ratios if abs(float(x["value"]) - 1) <= 0.199), "and nothing else does")
text = r.stdout.decode()
shown = [x for x in listed if param(x, "rule") == "issue" and x["dtype"] == "q6_K"]
ok(shown and all(re.search(rf"@q6_K +{x['threads']} [\d. ]*{float(x['value']):.2f}", text) for x in shown),
   "the table shows the ratio of the row's own dtype", shown)
for rule in {param(x, "rule") for x in ratios}:
    of = [x for x in ratios if param(x, "rule") == rule]
    good, best = (sum(abs(float(x["value"]) - 1) <= 0.2 for x in rows) for rows in (
        [x for x in of if param(x, "listed")], of))
    ok(f"Rule {rule}, within 20 %: {good} of {sum(1 for x in of if param(x, 'listed'))} listed speeds, {best} of all "
       f"{len(of)}." in " ".join(text.split()), f"rule {rule}: counted", (good, best))

# --- by hand: the wall of a made-up machine that nothing but memory binds
machine = {"name": "A wall", "core": "M", "sources": {"s": "made up"}}
with open(os.path.join(sources, f"results/machines/{known[0]}.json"), encoding="utf-8") as f:
    machine["core"] = json.load(f)["core"]
for key, value in {"cores": 2, "clock": 1000, "bandwidth_one_core": 4.38, "bandwidth_all_cores": 6.57}.items():
    machine[key] = {"value": value, "unit": "u", "source": "s", "provenance": "published"}
name = known[0]
with open(f"{name}.json", "w", encoding="utf-8") as f:
    json.dump(machine, f)
r = run(*suite, f"--machine=./{name}.json", "--variant=neon", "--shapes=stories110M", "--out=wall")
rows = [x for x in read_csv("wall/results.csv") if x["metric"] == "tokens_per_s" and not param(x, "program")]
ok(r.returncode == 0 and [(x["threads"], round(float(x["value"]), 1)) for x in rows if param(x, "rule") == "max"] ==
   [("1", 10.0), ("2", 15.0)], "438 MB per token at 4.38 and 6.57 GB/s", (r, rows))
ok(b"memory of all cores" in r.stdout, "with what binds")
r = run(*suite, "--machine=m2-pro", "--shapes=stories42M", "--variant=neon", "--format=json")
of_program = [x for x in json.loads(r.stdout) if x["provenance"] == "published"]
ok({x["model"] for x in of_program} == {"synthetic:stories42M"} and len(of_program) ==
   sum(p["machine"] == "m2-pro" and p["model"] == "stories42M" for p in published),
   "--shapes: published speeds of these alone", of_program)
r = run(*suite, f"--machine={name}", "--dtype=q4_0", "--shapes=llama-1.1B", "--variant=neon", "--format=json")
ok(r.returncode == 0 and json.loads(r.stdout), "another shape and dtype, as JSON", r)

# --- kernels by themselves
machine |= {"l2": {"value": 512, "unit": "KiB", "source": "s", "provenance": "published"},
            "l2_bandwidth": {"value": 50, "unit": "GB/s", "source": "s", "provenance": "published"}}
with open("cached.json", "w", encoding="utf-8") as f:
    json.dump(machine, f)
r = run(*suite, "--machine=./cached.json", "--variant=neon", "--shapes=stories110M", "--what=gemvs", "--out=gemvs")
rows = [x for x in read_csv("gemvs/results.csv") if x["metric"] == "bandwidth_gbs" and param(x, "rule") == "max"]
found = {x["phase"]: float(x["value"]) for x in rows}
ok(r.returncode == 0 and len(found) == len(rows) == 8 and abs(found["gemv/neon/768x768/dram"] / 4.38 - 1) < 0.01 and
   abs(found["gemv/neon/768x768/cache"] / 50 - 1) < 0.01, "every matrix, from L2 and from memory", (r, found))
ok(widest(r.stdout) <= 80 and b"neon/768x768/cache" in r.stdout, "in a table of 80 columns", r)
refused([*suite, "--what=attention"], "--what", "attention")
refused([*suite, "--machine=m9-pro"], "there is no machine 'm9-pro'", known[0])
refused([*suite, "--machine=./none.json"], "none.json")
refused([*suite, "--shapes=stories1M"], "stories1M")
refused([*suite, f"--machine=./{name}.json", "--variant=aos"], "no in-core cycles of kernel aos")
refused([*suite, "--reps=3"], "--reps", "nothing runs")
done()
