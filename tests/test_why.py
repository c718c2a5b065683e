#!/usr/bin/env python3
"""Suite why from outside: the waterfall adds up in every process and in the summary, and findings follow from rows.

usage: test_why.py BENCH SCHEMA.md    prints TAP
"""
import json
import math
import os
import re
import shutil
import subprocess
import sys

from outside import interval, parse_csv, read_csv, schema_columns, schema_metrics, widest, workplace, write
from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
workplace("why")
suite = ["--suite=why", "--model=synthetic:stories260K"]
JSON = '[{"n_prompt": 0, "n_gen": 40, "n_threads": 1, "avg_ts": 900.0, "samples_ts": [900.0]}]'
STEPS = ["pages", "arithmetic", "overlap", "attention", "small", "threads", "faults", "stolen", "stalls", "rest"]


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


refused = refuser(run)
VARIANTS = ("neon", "tvl")
r = run(*suite, "--variant=" + ",".join(VARIANTS), "--threads=1,2", "--tokens=60", "--reps=3", "--out=all")
ok(r.returncode == 0, "three processes, two variants", r)
text = r.stdout.decode()
ok(widest(r.stdout) <= 80, "80 columns", [l for l in text.splitlines() if len(l) > 80])
rows = read_csv("all/results.csv")
ok({x["metric"] for x in rows} <= schema_metrics(schema), "metrics that SCHEMA.md lists",
   {x["metric"] for x in rows} - schema_metrics(schema))


def values(variant, threads, rep):
    """{metric or step: row} of one process, or of all with rep \"\"."""
    return {x["param"].replace("step=", "") or x["metric"]: x for x in rows
            if (x["variant"], x["threads"], x["rep"]) == (variant, threads, rep) and x["metric"] != "lost_share"}


def shares(variant, threads, rep):
    """{step: lost_share}, with the ceiling's."""
    return {x["param"].replace("step=", ""): float(x["value"]) for x in rows
            if (x["variant"], x["threads"], x["rep"]) == (variant, threads, rep) and
            x["metric"] in ("lost_share", "ceiling_share")}


def adds_up(v):
    lost = sum(float(v[s]["value"]) for s in STEPS)
    return math.isclose(float(v["ceiling_us"]["value"]) + lost, float(v["token_us"]["value"]), rel_tol=1e-5)


cases = [(v, t, rep) for v in VARIANTS for t in "12" for rep in ("1", "2", "3", "")]
ok(all(adds_up(values(*c)) for c in cases), "ceiling and steps add up to the token, in every process and in the mean",
   [c for c in cases if not adds_up(values(*c))])
ok(all(math.isclose(sum(shares(*c).values()), 1, rel_tol=1e-5) and len(shares(*c)) == 11 for c in cases),
   "and so do their shares")
wrong = []
for v in VARIANTS:
    for t in "12":
        of = [values(v, t, rep) for rep in "123"]
        for step in (*STEPS, "ceiling_us", "token_us"):
            x = [float(o[step]["value"]) for o in of]
            mean, low, high = interval(x, logs=False) if max(x) > min(x) else (x[0],) * 3
            got = values(v, t, "")[step]
            for want, cell in ((mean, got["value"]), (low, got["ci_low"]), (high, got["ci_high"])):
                if not math.isclose(want, float(cell), rel_tol=1e-4, abs_tol=1e-4):
                    wrong.append((v, t, step, want, cell))
ok(not wrong, "their means and intervals over processes", wrong)
ok(all(float(values(v, t, "1")["threads"]["value"]) == 0 for v in VARIANTS for t in "1"),
   "one thread starts and joins none")
ok(all(float(values(v, "2", rep)["threads"]["value"]) > 0 for v in VARIANTS for rep in "123"), "two threads do")
all_of = values("tvl", "2", "1")
ok(math.isclose(float(all_of["ceiling_us"]["value"]),
                float(all_of["token_mb"]["value"]) / float(all_of["machine_roof_gbs"]["value"]) * 1e3, rel_tol=1e-4),
   "the ceiling: bytes of a token over the machine roof")
knees = [x for x in rows if x["metric"] == "knee_threads" and x["rep"]]
ok(len(knees) == 6 and all(x["value"] in "12" for x in knees), "a knee of each variant in each process", knees)
facts = {x["param"]: float(x["value"]) for x in rows if x["metric"] == "fact" and not x["rep"]}
ok(facts["fact=cpus_allowed"] == len(os.sched_getaffinity(0)) and facts["fact=cpus_online"] == os.cpu_count() and
   facts["fact=emulated"] == 0 and 0 <= facts["fact=file_resident"] <= 1, "facts about the system", facts)

# --- findings
found = read_csv("all/findings.csv")
ok(list(found[0]) == schema_columns(schema, "findings.csv"), "findings.csv: the columns that SCHEMA.md lists", found[0])
for v in VARIANTS:
    of = [x for x in found if x["variant"] == v]
    order = [(-int(x["harm"]), -float(x["size"])) for x in of]
    fastest = max("12", key=lambda t: float(values(v, t, "")["tokens_per_s"]["value"]))
    ok(of and [x["rank"] for x in of] == [str(i + 1) for i in range(len(of))] and order == sorted(order) and
       {x["threads"] for x in of} == {fastest}, f"{v}: ranked, at the fastest thread count", of)
ok(all(" ".join(x["what"].split()) in " ".join(text.split()) for x in found), "and printed", text)
ok(all(x["finding"] != "emulated" for x in found), "nothing is emulated here")

# --- placement
r = run(*suite, "--variant=scalar", "--load=heap", "--placement=default,interleaved,replicated", "--threads=2",
        "--tokens=40", "--reps=1", "--out=placed")
rows = read_csv("placed/results.csv") if r.returncode == 0 else []
of = {v: {x["param"]: float(x["value"]) for x in rows if x["metric"] == "fact" and x["variant"] == v and not x["rep"]}
      for v in ("scalar", "scalar/rowmajor/heap/interleaved", "scalar/rowmajor/heap/replicated")}
ok(rows and {x["variant"] for x in rows if x["metric"] == "token_us"} == set(of), "each placement is a variant", r)
told = any("fact=weights_far" in x for x in of.values())
ok(not told or all(math.isclose(sum(v for k, v in x.items() if "weights_on" in k), 1) and 0 <= x["fact=reads_far"] <= 1
                   for x in of.values()), "and it is recorded where its pages lie", of)
refused([*suite, "--placement=replicated"], "pages of a mapped file", "--load=heap")
refused([*suite, "--placement=far"], "no placement is called 'far'", "interleaved")

# --- classes of cores, as an XML file of hwloc makes them up
cpus = sorted(os.sched_getaffinity(0))
topology = "all/topology.xml"
machine = json.load(open("all/machine.json"))
if os.path.exists(topology) and len(cpus) >= 2 and len(machine["core_classes"]) == 1:
    kinds = "".join(f'<cpukind cpuset="{1 << c:#010x}" forced_efficiency="{i}"/>' for i, c in enumerate(cpus[:2]))
    made_up = re.sub(r"<cpukind .*?</cpukind>|<cpukind [^>]*/>", "", open(topology).read(), flags=re.S)
    write("classes.xml", made_up.replace("</topology>", kinds + "</topology>").encode())
    r = run(*suite, "--variant=scalar", "--threads=1,2", "--tokens=40", "--reps=1", "--out=classes",
            "--cpus=" + ",".join(map(str, cpus[:2])), env={**os.environ, "HWLOC_XMLFILE": "classes.xml",
                                                           "HWLOC_THISSYSTEM": "1"})
    rows = read_csv("classes/results.csv") if r.returncode == 0 else []
    ok(sorted((x["param"], x["threads"]) for x in rows if x["metric"] == "on_cpus_tokens_per_s" and not x["rep"]) ==
       [("cores=0", "1"), ("cores=1", "1"), ("cores=all", "1"), ("cores=all", "2")],
       "two classes of cores: each alone, and all together", r)
    ok({x["param"] for x in rows if x["metric"] == "knee_threads"} == {"", "cores=0", "cores=1", "cores=all"} and
       json.load(open("classes/machine.json"))["core_classes"] == [[c] for c in cpus[:2]] and
       b"Classes of cores\n" in r.stdout, "their knees, their CPUs, and a table", r)
else:
    skip("two classes of cores", "no hwloc, one CPU, or a machine with classes of its own")
ok(len(machine["core_classes"]) > 1 or machine["numa_nodes"] > 1 or
   all(not x["metric"].startswith("on_cpus") for x in read_csv("all/results.csv")),
   "one node and one class: nothing more is measured")

# --- what is wrong with the run comes first
one = {min(os.sched_getaffinity(0))}
r = run(*suite, "--variant=tvl", "--threads=2", "--tokens=40", "--reps=1", "--out=mask",
        preexec_fn=lambda: os.sched_setaffinity(0, one))
first = read_csv("mask/findings.csv")[0] if r.returncode == 0 else {}
ok(first.get("finding") == "too_many_threads" and first["what"] == "2 threads share 1 CPU.",
   "two threads in a mask of one CPU", (r, first))
r = run("--suite=why", "--model=synthetic:stories15M", "--dtype=q4_0", "--variant=scalar/rowmajor/heap", "--threads=1",
        "--tokens=40", "--reps=1", "--out=slow")
names = [x["finding"] for x in read_csv("slow/findings.csv") if x["harm"] == "0"] if r.returncode == 0 else []
ok(names[:1] == ["arithmetic"], "plain C over four bits: arithmetic", (r, names))

# --- formats
r = run(*suite, "--variant=tvl", "--threads=1", "--tokens=40", "--reps=1", "--out=md", "--format=md")
ok(r.returncode == 0 and b"| step | token/s | us | % |" in r.stdout and re.search(rb"\n- ", r.stdout), "--format=md", r)
r = run(*suite, "--variant=tvl", "--threads=1", "--tokens=40", "--reps=1", "--out=json", "--format=json")
ok(r.returncode == 0 and json.loads(r.stdout), "--format=json", r)
r = run(*suite, "--variant=tvl", "--threads=1", "--tokens=40", "--reps=1", "--out=csv", "--format=csv")
ok(r.returncode == 0 and {x["metric"] for x in parse_csv(r.stdout)} >= {"lost_us", "ceiling_us"}, "--format=csv", r)
refused(["--suite=why", "--tokens=20"], "position 32", "--tokens=33")

# --- the model and the peer that are there
small = ["--suite=why", "--variant=tvl16_scalar/tvl/mmap", "--threads=1", "--tokens=40", "--reps=1"]
os.makedirs("home/bin")
there = {**os.environ, "HOME": os.path.abspath("home"), "PATH": os.path.abspath("home/bin") + ":" + os.environ["PATH"]}
for variable in ("LLAMA_CACHE", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "OLLAMA_MODELS"):
    there.pop(variable, None)
r = run("--suite=why", "--model=synthetic:stories260K@q8_0", *small[2:], "--variant=scalar/rowmajor/mmap", "--out=gguf")
(made,) = [f for f in os.listdir("cache") if f.endswith(".gguf")]
shutil.copy("cache/" + made, "mine.gguf")
r = run(*small, "--dtype=q8_0", "--out=found", env=there)
ok(r.returncode == 0 and b"bench: the model is ./mine.gguf\n" in r.stderr and
   {x["model"] for x in read_csv("found/results.csv") if x["metric"] == "token_us"} == {"mine.gguf"},
   "without --model: the GGUF file that is there", r)
ok(b"peer" not in r.stderr, "no llama-bench, no peer")
shutil.copy("mine.gguf", "other.gguf")
r = run(*small, "--out=two", env=there)
lines = r.stderr.decode().splitlines()
ok(r.returncode == 2 and r.stdout == b"" and [l.split("--model=")[1] for l in lines[1:3]] ==
   ["./mine.gguf", "./other.gguf"] and lines[-1].startswith("bench: suite why takes one model") and
   not os.path.exists("two"), "several: they are listed", r)
os.remove("other.gguf")
write("home/bin/llama-bench", b"#!/bin/sh\necho '" + JSON.encode() + b"'\n")
os.chmod("home/bin/llama-bench", 0o755)
r = run(*small, "--dtype=q8_0", "--out=peer", env=there)
rows = read_csv("peer/results.csv") if r.returncode == 0 else []
found = read_csv("peer/findings.csv") if r.returncode == 0 else []
ok(b"bench: a peer is llama.cpp:llama-bench -m {gguf}" in r.stderr and
   any(x["suite"] == "peers" and x["variant"] == "llama.cpp" and x["metric"] == "tokens_per_s" for x in rows),
   "llama-bench on the PATH becomes a peer", r)
(of_peer,) = [x for x in found if x["variant"] == "llama.cpp"] or [{}]
ok(of_peer.get("finding") == "peer" and "Closest variant of memwall" in of_peer["evidence"], "and gets a verdict",
   found)
ok(b"Other programs on the same model" in r.stdout, "which is shown", r)
r = run(*small, "--dtype=q8_0", "--peer=bad:echo no memory >&2; exit 3", "--out=bad", env=there)
ok(r.returncode == 0 and b"bench: warning: the peers were left out: " in r.stderr and
   all(x["variant"] != "bad" for x in read_csv("bad/findings.csv")),
   "a peer that fails is left out, with the reason", r)
r = run(*small, "--dtype=q8_0", "--no-peers", "--out=alone", env=there)
ok(r.returncode == 0 and b"a peer is" not in r.stderr, "--no-peers: none", r)
refused([*small, "--model=mine.gguf", "--no-peers", "--peer=a:b"], "--no-peers and --peer contradict each other")
done()
