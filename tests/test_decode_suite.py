#!/usr/bin/env python3
"""A run of suite decode from outside: its files, columns and values, computed again from tokens.csv and roof.csv.

usage: test_decode_suite.py BENCH SCHEMA.md [WRAPPER ...]    prints TAP
"""
import json
import os
import re
import statistics
import subprocess
import sys

from outside import read_csv, schema_columns, schema_metrics, widest, workplace
from tap import done, ok

bench, schema = map(os.path.abspath, sys.argv[1:3])
wrapper = sys.argv[3:]
emulated = bool(wrapper)
workplace("decode-suite")

command = [*wrapper, bench, "--model=synthetic:stories260K", "--tokens=26", "--reps=1", "--threads=1,2",
           "--variant=paper,aos,tvl16_neon/tvl/heap", "--out=one"]
r = subprocess.run(command, capture_output=True, timeout=100)
ok(r.returncode == 0, "a run succeeds", r)
table = r.stdout.decode()
ok(widest(table) <= 80 and "\033" not in table and "P99" in table, "a table of 80 columns",
   [l for l in table.splitlines() if len(l) > 80])
ok("results: one" in r.stderr.decode(), "the folder is announced on stderr", r.stderr)
TABLES = ["benchmark_results.csv", "blocks.csv", "results.csv", "roof.csv", "tokens.csv"]
files = sorted(os.listdir("one"))
ok([f for f in files if f != "topology.xml"] == sorted([*TABLES, "command.txt", "machine.json"]),
   "the folder is complete", files)
for name in TABLES:
    with open("one/" + name, encoding="utf-8") as f:
        header = f.readline().strip().split(",")
    columns = schema_columns(schema, name)
    ok(header == columns, f"{name}: the columns that SCHEMA.md lists", (header, columns))

# --- results.csv
everything = read_csv("one/results.csv")
warnings = [x for x in everything if x["metric"] == "warning"]
rows = [x for x in everything if x["rep"] == "" and x["variant"]]
single = [x for x in everything if x["rep"] == "1" and x["variant"]]
ok(warnings and all(x["note"] and x["value"] == "1" and x["rep"] == "" for x in warnings),
   "results.csv: warnings are rows", warnings)
ok(any("--reps=1" in x["note"] for x in warnings), "results.csv: a warning that --reps=1 has no interval", warnings)
ok(len(rows) == len(single), "results.csv: a summary for every row of the one process", (len(rows), len(single)))
of_tokens = re.compile(r"itl_p\d+|tail_|roof_tail_")
ok(all(x["ci_low"] == "" for x in rows if not of_tokens.match(x["metric"])), "results.csv: one process, no interval")
VARIANTS = ("scalar", "neon", "mmap", "tvl", "tvl16_neon/tvl/heap", "aos/aos/heap")
units = {(x["variant"], x["threads"]) for x in rows}
ok(units == {(v, t) for v in VARIANTS for t in ("1", "2")}, "results.csv: every variant at every thread count", units)
found, listed = {x["metric"] for x in everything}, schema_metrics(schema)
ok(found <= listed, "results.csv: metrics that SCHEMA.md lists", found - listed)
ok({"roof_gbs", "machine_roof_gbs", "roof_fraction", "speedup", "steal_ms", "slow_tokens", "bytes_residual_mb",
    "harness_overhead_ns", "cycles", "switches"} <= found,
   "results.csv: roof, accounting and counters accompany the rates", found)
timing = "emulated" if emulated else "measured"
ok(all(x["provenance"] in (timing, "unavailable") for x in rows), f"results.csv: provenance {timing} or unavailable")
ok(all((x["value"] == "") == (x["provenance"] == "unavailable") for x in rows),
   "results.csv: a value or `unavailable`")
POSITIVE = ("tokens_per_s", "bandwidth_gbs", "itl_p50_us", "ttft_ms", "roof_gbs", "roof_fraction")
ok(all(float(x["value"]) > 0 for x in rows if x["metric"] in POSITIVE), "results.csv: rates are positive")
energy = [x for x in rows if x["metric"] in ("energy_package_mj", "energy_dram_mj")]
ok(len(energy) == 2 * len(units) and all(x["note"] != "1 process" for x in energy),
   "results.csv: energy per token, or why it is unavailable", energy[:2])
ok(("energy: " in table) == any(x["value"] and x["metric"] == "energy_package_mj" for x in energy),
   "the table shows energy only where it was measured", table)
ok({x["phase"] for x in rows if x["metric"] == "tokens_per_s"} == {"warmup", "steady"},
   "results.csv: warm-up has rows of its own")
ok(all(x["load"] == "mmap" and x["note"] == "1 process"
       for x in rows if (x["variant"], x["metric"]) == ("tvl", "tokens_per_s")), "results.csv: tvl is mapped")
ok(all("packed on the heap" in x["note"]
       for x in rows if (x["variant"], x["metric"]) == ("tvl16_neon/tvl/heap", "itl_us")),
   "results.csv: a note where tvl was packed in memory")
ok(all(x["schema"] == "2" and x["run_id"] == rows[0]["run_id"] and x["model"] == "synthetic:stories260K"
       for x in everything), "results.csv: schema, run and model on every row")

# --- results.csv from tokens.csv, roof.csv and blocks.csv
tokens, blocks, roofs = (read_csv(f"one/{name}.csv") for name in ("tokens", "blocks", "roof"))
ok(len(tokens) == 26 * 12, "tokens.csv: a row per token", len(tokens))


def of_unit(table, variant, threads):
    return [x for x in table if (x["variant"], x["threads"]) == (variant, threads)]


def near(got, want, tolerance):
    return abs(got / want - 1) < tolerance


def faults(variant, threads):
    """What disagrees between the tables: 26 tokens, of which 16 are steady, with 9 sweeps around pairs of them."""
    mine = of_unit(tokens, variant, threads)
    steady = [x for x in mine if x["phase"] == "steady"]
    us = [float(x["latency_us"]) for x in steady]
    block = next(x for x in of_unit(blocks, variant, threads) if x["block"] == "1")
    sweeps = [float(x["roof_gbs"]) for x in of_unit(roofs, variant, threads)]
    got = {x["metric"]: float(x["value"]) for x in of_unit(rows, variant, threads)
           if x["phase"] == "steady" and x["value"]}
    if len(us) != 16 or [int(x["position"]) for x in mine] != list(range(26)) or len(sweeps) != 9:
        return [f"{len(mine)} tokens, {len(us)} of them steady, {len(sweeps)} sweeps"]
    rounding = 1e-3 + 1e-4 / min(sweeps)  # roof.csv has four decimals, which are few for a sweep that stalled
    mean_roof = statistics.harmonic_mean(sweeps)
    around = [2 / (1 / a + 1 / b) for a, b in zip(sweeps, sweeps[1:]) for _ in range(2)]  # two tokens between two
    size = float(block["bytes"]) / 16 / 1e3  # the KV cache of these tokens differs by less than the tolerance
    shares = [size / float(x["latency_us"]) / float(x["roof_gbs"]) for x in steady]
    checks = {
        "block": near(mean_roof, float(block["roof_gbs"]), rounding),
        "roof_gbs": near(got["roof_gbs"], statistics.median(sweeps), 1e-3),
        "roof_mean_gbs": near(got["roof_mean_gbs"], mean_roof, rounding),
        "tokens.csv": all(near(float(x["roof_gbs"]), a, rounding) for x, a in zip(steady, around)),
        "roof_fraction": near(got["roof_fraction"], statistics.geometric_mean(sorted(shares)[7:9]), 1e-2),
        "tokens_per_s": near(got["tokens_per_s"], 1e6 / statistics.mean(us), 1e-3),
        "itl_p50_us": near(got["itl_p50_us"], statistics.median(us), 1e-3),
    }
    return [name for name, good in checks.items() if not good]


for variant, threads in sorted(units):
    wrong = faults(variant, threads)
    ok(not wrong, f"tokens.csv agrees with results.csv: {variant}, {threads} threads", wrong)
artifact = read_csv("one/benchmark_results.csv")
ok([(x["token_id"], int(x["latency_us"])) for x in artifact] ==
   [(x["token_id"], round(float(x["latency_us"]))) for x in of_unit(tokens, "tvl", "1")],
   "benchmark_results.csv is tvl on one thread", artifact[:3])

# --- machine.json and command.txt
with open("one/machine.json", encoding="utf-8") as f:
    machine = json.load(f)
ok(all(machine.get(k) for k in ("cpu", "arch", "isa", "os", "page_bytes", "build", "model", "system", "cpus")) and
   (machine["emulator"] is not None) == emulated, "machine.json: the machine, the build, the model", machine)
ok(machine["threads_bound"] == ("yes" if "hwloc" in machine["topology"] else "no"), "machine.json: threads are bound",
   (machine["topology"], machine["threads_bound"]))
ok(machine["model"]["bytes_per_token"] > 0 and "scalar" in machine["build"]["kernel_flags"],
   "machine.json: flags per kernel")
with open("one/command.txt", encoding="utf-8") as f:
    ok(f.read().strip().endswith("--out=one"), "command.txt")
done()
