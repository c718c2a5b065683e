#!/usr/bin/env python3
"""Makes the result folders beside it: short runs of bench, cut down to a few rows that figures need; ttft and growth are made up.

usage: make.py BENCH    to be run again when the schema changes
"""
import csv, json, os, random, shutil, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
bench = os.path.abspath(sys.argv[1])
OS = "Linux"  # which one exactly is nothing to a test
KEPT = {
    "decode": lambda x: (x["rep"] == "" and x["phase"] == "steady" and x["metric"] in
                         ("tokens_per_s", "bandwidth_gbs", "roof_gbs", "machine_roof_gbs", "roof_fraction", "bytes_stored_mb",
                          "bytes_needed_mb")) or (x["rep"] and x["metric"] == "roof_gbs" and x["variant"] == "tvl"),
    "micro": lambda x: x["rep"] == "" and x["metric"] in ("bandwidth_gbs", "latency_ns", "gflops"),
    "context": lambda x: (x["rep"] == "" and x["metric"] in ("itl_us", "context_added_us", "context_expected_us", "context_cost_ratio")) or
                         (x["rep"] and x["metric"] == "context_cost_ratio" and x["variant"] == "tvl"),
    "clu": lambda x: x["rep"] == "" and x["phase"] == "token" and x["metric"] in ("clu_l1", "clu_l2", "clu_llc", "split_load_fraction"),
}
TABLES = {"tokens.csv": lambda x: x["variant"] == "tvl" and x["threads"] == "1",
          "clu.csv": lambda x: x["variant"] == "neon" and x["phase"] == "gemv" and x["region"] == "weights"}
RUNS = {
    "decode": ["--tokens=58", "--reps=3", "--variant=scalar,neon,mmap,tvl,autovec_assoc/rowmajor/heap"],
    "micro": ["--suite=micro", "--benchmark_repetitions=2",
              "--benchmark_filter=ladder/(read_.*4_streams|triad)/(16|64|256|1|4)(KiB|MiB)/threads|ladder/triad/.*huge|latency/.*/(16|64|256|1|4)(KiB|MiB)|gemv/neon/"],
    "context": ["--suite=context", "--positions=10,100,250", "--variant=tvl,autovec_assoc/rowmajor/heap", "--reps=3"],
    "clu": ["--suite=clu"],
}


def copy(source, target, keep):
    with open(source, newline="", encoding="utf-8") as f:
        rows = [x for x in csv.DictReader(f) if keep(x)]
    for x in rows:
        x.update({"host": "host", "os": OS} if "host" in x else {})
    write(target, list(rows[0]), rows)


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, columns, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def run(name):
    target = os.path.join(here, name)
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target)
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, "out")
        subprocess.run([bench, "--model=synthetic:stories15M", "--out=" + source, "--quiet", *RUNS[name]], check=True,
                       stdout=subprocess.DEVNULL)
        copy(os.path.join(source, "results.csv"), os.path.join(target, "results.csv"), KEPT[name])
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


def made_up():
    """Times of ttft.csv that are like real ones, three samples each. One kind could not be made cold."""
    columns = ("run_id,variant,kernel,layout,load,threads,state,prompt,feeding,rep,sample,counted,phase,ms,minor_faults,major_faults,"
               "read_bytes,rss_mib,pss_mib,resident,huge_mib,note").split(",")
    kinds = [("mmap", "neon", "rowmajor", "mmap"), ("tvl16_neon/tvl/heap", "tvl16_neon", "tvl", "heap"),
             ("tvl16_neon/tvl/mmap-huge", "tvl16_neon", "tvl", "mmap-huge")]
    draw, rows = random.Random(1), []
    for variant, kernel, layout, load in kinds:
        for state, prompt, feeding in (("cold", 1, "batch"), ("cold", 64, "batch"), ("warm", 1, "batch"), ("warm", 64, "batch"),
                                       ("warm", 64, "token")):
            if load == "mmap-huge" and (state, prompt) != ("cold", 1) or feeding == "token" and load != "mmap":
                continue
            cold = state == "cold"
            again = 18 if prompt == 1 else 95 if feeding == "batch" else 1100
            loads = (210 if cold else 62) if load == "heap" else 0.03
            faults = 0 if load == "heap" else 180 if cold else 14
            phases = {"exec": 0.6, "start": 1.2, "open": 0.4, "load": loads, "ready": 2.1, "prefill": again + faults, "sample": 0.02,
                      "prefill_again": again, "token": 17}
            for rep in (1, 2, 3):
                for phase, ms in phases.items():
                    rows.append({"run_id": "made-up", "variant": variant, "kernel": kernel, "layout": layout, "load": load, "threads": 1,
                                 "state": state, "prompt": prompt, "feeding": feeding, "rep": rep, "sample": 1,
                                 "counted": int(not (cold and load == "mmap-huge")), "phase": phase,
                                 "ms": f"{ms * draw.uniform(0.93, 1.07):.3f}"})
    os.makedirs(os.path.join(here, "ttft"), exist_ok=True)
    write(os.path.join(here, "ttft", "ttft.csv"), columns, rows)
    with open(os.path.join(here, "decode", "results.csv"), newline="", encoding="utf-8") as f:
        row = next(csv.DictReader(f))
    row.update(run_id="made-up", cpu="made up", suite="ttft", phase="ttft", metric="ttft_ms", unit="ms", value="250", ci_low="", ci_high="",
               n="3", note="made up", rep="", commit="0000000")
    write(os.path.join(here, "ttft", "results.csv"), list(row), [row])


def made_up_growth():
    """Summaries of suite growth that are like real ones: its models would take an hour."""
    sizes = {"stories15M": 61.148, "stories42M": 167.43, "stories110M": 439.7, "llama-350M": 1383, "llama-600M": 2415.6, "llama-1.1B": 4139,
             "llama-1.5B": 6047, "llama-2.7B": 10486}
    with open(os.path.join(here, "decode", "results.csv"), newline="", encoding="utf-8") as f:
        like = next(csv.DictReader(f))
    like.update(run_id="made-up", cpu="made up", suite="growth", phase="steady", variant="tvl16_avx2/tvl/mmap", kernel="tvl16_avx2",
                layout="tvl", load="mmap", isa="avx2", commit="0000000", param="")
    draw, rows = random.Random(3), []
    for shape, mb in sizes.items():
        for threads, roof in ((1, 27), (2, 34)):
            roof *= draw.uniform(0.95, 1.05)
            ratio = draw.uniform(0.94, 0.99) if (shape, threads) != ("stories15M", 2) else 0.86
            verdict = "no" if ratio < 0.9 else "yes"
            for metric, unit, value, note in (("token_mb", "MB", mb, "made up"), ("roof_mean_gbs", "GB/s", roof, "made up"),
                                              ("tokens_per_s", "1/s", ratio * roof * 1e3 / mb, "made up"),
                                              ("growth_ratio", "1", ratio, f"made up; within 10 %: {verdict}")):
                half = 0 if metric == "token_mb" else draw.uniform(0.01, 0.03)
                for rep in ("", "1", "2", "3"):
                    if not rep or metric == "growth_ratio":
                        rows.append({**like, "model": "synthetic:" + shape, "threads": threads, "metric": metric, "unit": unit,
                                     "value": f"{value:.6g}", "ci_low": "" if rep else f"{value * (1 - half):.6g}",
                                     "ci_high": "" if rep else f"{value * (1 + half):.6g}", "n": 16 if rep else 48, "note": note, "rep": rep})
    os.makedirs(os.path.join(here, "growth"), exist_ok=True)
    write(os.path.join(here, "growth", "results.csv"), list(like), rows)


for suite in RUNS:
    run(suite)
made_up()
made_up_growth()
