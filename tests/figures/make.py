#!/usr/bin/env python3
"""Makes the result folders next to it: short runs of bench, reduced to the rows that figures need. The folders ttft,
growth and why are made up, and in folder predict the rows of kernels by themselves.

usage: make.py BENCH    to be run again when the schema changes
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(os.path.dirname(sys.path[0]), "plots"))
import predictions  # noqa: E402
from outside import read_csv, write_csv  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
OS = "Linux"  # its version does not matter
# The summaries that are kept, and the metric of tvl whose rows of processes are kept, because they count the processes.
METRICS = {
    "decode": ("tokens_per_s", "bandwidth_gbs", "roof_gbs", "machine_roof_gbs", "roof_fraction", "bytes_stored_mb",
               "bytes_needed_mb"),
    "micro": ("bandwidth_gbs", "latency_ns", "gflops"),
    "context": ("itl_us", "context_added_us", "context_expected_us", "context_cost_ratio"),
    "clu": ("clu_l1", "clu_l2", "clu_llc", "split_load_fraction"),
}
PHASES = {"decode": "steady", "clu": "token"}
OF_PROCESSES = {"decode": "roof_gbs", "context": "context_cost_ratio"}
TABLES = {"tokens.csv": lambda x: x["variant"] == "tvl" and x["threads"] == "1",
          "clu.csv": lambda x: x["variant"] == "neon" and x["phase"] == "gemv" and x["region"] == "weights"}
RUNS = {
    "decode": ["--tokens=58", "--reps=3", "--variant=scalar,neon,mmap,tvl,autovec_assoc/rowmajor/heap"],
    "micro": ["--suite=micro", "--benchmark_repetitions=2",
              "--benchmark_filter=ladder/(read_.*4_streams|triad)/(16|64|256|1|4)(KiB|MiB)/threads|"
              "ladder/triad/.*huge|latency/.*/(16|64|256|1|4)(KiB|MiB)|gemv/neon/"],
    "context": ["--suite=context", "--positions=10,100,250", "--variant=tvl,autovec_assoc/rowmajor/heap", "--reps=3"],
    "clu": ["--suite=clu"],
}


def kept(suite, x):
    """Whether a row of results.csv is kept."""
    if x["rep"]:
        return x["variant"] == "tvl" and x["metric"] == OF_PROCESSES.get(suite)
    return x["metric"] in METRICS[suite] and x["phase"] == PHASES.get(suite, x["phase"])


def copy(source, target, keep):
    rows = [x for x in read_csv(source) if keep(x)]
    for x in rows:
        x.update({"host": "host", "os": OS} if "host" in x else {})
    write_csv(target, rows)


def run(name):
    target = os.path.join(here, name)
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target)
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, "out")
        command = [os.path.abspath(sys.argv[1]), "--model=synthetic:stories15M", "--out=" + source, "--quiet",
                   *RUNS[name]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        copy(os.path.join(source, "results.csv"), os.path.join(target, "results.csv"), lambda x: kept(name, x))
        for table, keep in TABLES.items():
            if name in ("decode", "clu") and os.path.exists(os.path.join(source, table)):
                copy(os.path.join(source, table), os.path.join(target, table), keep)
        with open(os.path.join(source, "machine.json"), encoding="utf-8") as f:
            machine = json.load(f)
        with open(os.path.join(target, "machine.json"), "w", encoding="utf-8") as f:
            json.dump({**{k: machine[k] for k in ("cpus", "caches", "model")},
                       "system": {"virtualized": machine["system"]["virtualized"]}}, f, indent=1)
            f.write("\n")
        if name == "micro" and os.path.exists(os.path.join(source, "topology.xml")):
            with open(os.path.join(source, "topology.xml"), encoding="utf-8") as f:
                lines = [line for line in f if "<info " not in line]
            with open(os.path.join(target, "topology.xml"), "w", encoding="utf-8") as f:
                f.writelines(lines)


def row_of_decode(**changed):
    """A row of results.csv to start from, marked as made up."""
    row = read_csv(os.path.join(here, "decode", "results.csv"))[0]
    return {**row, "run_id": "made-up", "cpu": "made up", "commit": "0000000", **changed}


def write_folder(name, **tables):
    os.makedirs(os.path.join(here, name), exist_ok=True)
    for table, rows in tables.items():
        write_csv(os.path.join(here, name, table + ".csv"), rows)


def made_up_ttft():
    """Times of ttft.csv, similar to real ones, with three samples per case. One load cannot reach the cold state."""
    empty = dict.fromkeys(("minor_faults", "major_faults", "read_bytes", "rss_mib", "pss_mib", "resident", "huge_mib",
                           "note"), "")
    kinds = [("mmap", "neon", "rowmajor", "mmap"), ("tvl16_neon/tvl/heap", "tvl16_neon", "tvl", "heap"),
             ("tvl16_neon/tvl/mmap-huge", "tvl16_neon", "tvl", "mmap-huge")]
    draw, rows = random.Random(1), []
    for variant, kernel, layout, load in kinds:
        for state, prompt, feeding in (("cold", 1, "batch"), ("cold", 64, "batch"), ("warm", 1, "batch"),
                                       ("warm", 64, "batch"), ("warm", 64, "token")):
            if load == "mmap-huge" and (state, prompt) != ("cold", 1) or feeding == "token" and load != "mmap":
                continue
            cold = state == "cold"
            again = 18 if prompt == 1 else 95 if feeding == "batch" else 1100
            loads = (210 if cold else 62) if load == "heap" else 0.03
            faults = 0 if load == "heap" else 180 if cold else 14
            phases = {"exec": 0.6, "start": 1.2, "open": 0.4, "load": loads, "ready": 2.1, "prefill": again + faults,
                      "sample": 0.02, "prefill_again": again, "token": 17}
            for rep, (phase, ms) in ((rep, p) for rep in (1, 2, 3) for p in phases.items()):
                rows.append({"run_id": "made-up", "variant": variant, "kernel": kernel, "layout": layout, "load": load,
                             "threads": 1, "state": state, "prompt": prompt, "feeding": feeding, "rep": rep,
                             "sample": 1, "counted": int(not (cold and load == "mmap-huge")), "phase": phase,
                             "ms": f"{ms * draw.uniform(0.93, 1.07):.3f}", **empty})
    summary = row_of_decode(suite="ttft", phase="ttft", metric="ttft_ms", unit="ms", value="250", ci_low="",
                            ci_high="", n="3", note="made up", rep="")
    write_folder("ttft", ttft=rows, results=[summary])


def made_up_growth():
    """Summaries of suite growth, similar to real ones: its models would take an hour."""
    sizes = {"stories15M": 61.148, "stories42M": 167.43, "stories110M": 439.7, "llama-350M": 1383,
             "llama-600M": 2415.6, "llama-1.1B": 4139, "llama-1.5B": 6047, "llama-2.7B": 10486}
    like = row_of_decode(suite="growth", phase="steady", variant="tvl16_avx2/tvl/mmap", kernel="tvl16_avx2",
                         layout="tvl", load="mmap", isa="avx2", param="")
    draw, rows = random.Random(3), []
    for shape, mb in sizes.items():
        for threads, roof in ((1, 27), (2, 34)):
            roof *= draw.uniform(0.95, 1.05)
            ratio = draw.uniform(0.94, 0.99) if (shape, threads) != ("stories15M", 2) else 0.86
            verdict = "no" if ratio < 0.9 else "yes"
            for metric, unit, value, note in (
                    ("token_mb", "MB", mb, "made up"), ("roof_mean_gbs", "GB/s", roof, "made up"),
                    ("tokens_per_s", "1/s", ratio * roof * 1e3 / mb, "made up"),
                    ("growth_ratio", "1", ratio, f"made up; within 10 %: {verdict}")):
                half = 0 if metric == "token_mb" else draw.uniform(0.01, 0.03)
                row = {**like, "model": "synthetic:" + shape, "threads": threads, "metric": metric, "unit": unit,
                       "value": f"{value:.6g}", "note": note}
                rows.append({**row, "ci_low": f"{value * (1 - half):.6g}", "ci_high": f"{value * (1 + half):.6g}",
                             "n": 48, "rep": ""})
                for rep in "123" if metric == "growth_ratio" else "":
                    rows.append({**row, "ci_low": "", "ci_high": "", "n": 16, "rep": rep})
    write_folder("growth", results=rows)


def made_up_why():
    """Summaries of suite why: what lies between the ceiling and a token, of two variants, on one to four threads."""
    steps = {"pages": -19.4, "arithmetic": 61.7, "overlap": 102.3, "attention": 38.6, "small": 23.1, "threads": 9.8,
             "faults": 0, "stolen": 3.7, "stalls": 5.2, "rest": -11.9}
    like = row_of_decode(suite="why", phase="steady", load="mmap")
    draw, rows = random.Random(5), []

    def add(threads, metric, unit, value, half, param=""):
        row = {**like, **variant, "threads": threads, "metric": metric, "unit": unit, "note": "made up", "param": param}
        rows.append({**row, "value": f"{value:.7g}", "ci_low": f"{value - half:.7g}", "ci_high": f"{value + half:.7g}",
                     "n": 432, "rep": ""})
        for rep in "123" if metric == "token_us" else "":
            rows.append({**row, "value": f"{value + half * (int(rep) - 2):.7g}", "ci_low": "", "ci_high": "", "n": 144,
                         "rep": rep})

    for slower, *cells in ((1, "tvl16_avx2/tvl/mmap", "tvl16_avx2", "tvl", "avx2"),
                           (3, "mmap", "neon", "rowmajor", "neon-simde")):
        variant = dict(zip(("variant", "kernel", "layout", "isa"), cells))
        for threads, roof in ((1, 24.9), (2, 41.3), (3, 43.1), (4, 42.7)):
            ceiling = 60.82e3 / roof
            lost = {name: slower * us * draw.uniform(0.9, 1.1) * ceiling / 1472 for name, us in steps.items()}
            token = ceiling + sum(lost.values())
            add(threads, "ceiling_us", "us", ceiling, 0.012 * ceiling)
            add(threads, "token_us", "us", token, 0.015 * token)
            for name, us in lost.items():
                add(threads, "lost_us", "us", us, 0.2 * abs(us), "step=" + name)
            add(threads, "tokens_per_s", "1/s", 1e6 / token, 0.015e6 / token)
            add(threads, "machine_roof_gbs", "GB/s", roof, 0.012 * roof)
            add(threads, "roof_gbs", "GB/s", roof * ceiling / (ceiling + lost["pages"]), 0.012 * roof)
        add(0, "knee_threads", "1", 2, 0)
        rows[-1]["ci_high"] = "3"
    write_folder("why", results=rows)


def predict():
    """Rows of suite predict, as if predicted on the machine of folder micro, whose kernels get made-up predictions."""
    dotprod = [f"{k}_dotprod/{layout}/heap@{d}" for d in ("q8_0", "q4_0") for k, layout in (("neon", "rowmajor"),
                                                                                          ("tvl16_neon", "tvl"))]
    variants = ["paper", "neon4", "neon/rowmajor/heap@f16", "tvl16_neon/tvl/heap@f16", *dotprod]
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([os.path.abspath(sys.argv[1]), "--suite=predict", "--out=" + work, "--quiet",
                        "--machine=m2-pro,m1-max,pi5-a76,graviton2-n1,graviton3-v1,graviton4-v2",
                        "--variant=" + ",".join(variants)], check=True, stdout=subprocess.DEVNULL)
        made = [{**x, "param": dict(pair.split("=", 1) for pair in x["param"].split(";"))}
                for x in read_csv(os.path.join(work, "results.csv")) if x["param"]]
    programs = list(dict.fromkeys((x["param"].get("program"), x["model"], x["threads"]) for x in made
                                  if "program" in x["param"]))
    some = [p for i, p in enumerate(programs) if i % 9 == 0 or p[0].startswith("paper ")]
    rows = []
    for x in made:
        rule, program = x["param"].get("rule"), x["param"].get("program")
        others = rule not in (None, predictions.RULE) and (x["param"]["machine"], rule) != ("m2-pro", "ecm")
        if others or program and (program, x["model"], x["threads"]) not in some:
            continue
        if x["metric"] in ("tokens_per_s", "prediction_ratio") or x["metric"] == "sensitivity" and (
                x["threads"], x["dtype"]) == ("1", "f32") and x["param"]["machine"] != "m1-max":
            rows.append({**x, "param": ";".join("=".join(pair) for pair in x["param"].items())})
    like, draw = rows[0], random.Random(7)
    for x in read_csv(os.path.join(here, "micro", "results.csv")):
        if x["metric"] == "bandwidth_gbs" and x["phase"].startswith("gemv/") and not x["rep"]:
            weights = x["phase"].rpartition("/")[2]
            value, limit = float(x["value"]) * draw.uniform(0.85, 1.3), "latency" if weights == "cache" else "memory"
            same = ("model", "dtype", "kernel", "layout", "threads", "phase", "metric", "unit")
            rows.append({**like, **{c: x[c] for c in same}, "variant": "", "value": f"{value:.6g}",
                         "ci_low": f"{0.97 * value:.6g}", "ci_high": f"{1.03 * value:.6g}",
                         "note": limit + "; made up",
                         "param": f"machine=made-up;rule={predictions.RULE};weights={weights}"})
    cpu = read_csv(os.path.join(here, "micro", "results.csv"))[0]["cpu"]
    for x in rows:
        x.update(run_id="predict", utc="2026-11-30T00:00:00Z", host="host", os=OS, cpu=cpu, commit="0000000")
    write_folder("predict", results=rows)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__)  # before anything is removed
    for suite in RUNS:
        run(suite)
    predict()
    made_up_ttft()
    made_up_growth()
    made_up_why()
