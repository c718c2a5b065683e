#!/usr/bin/env python3
"""No suite times a variant with a broken small op, by a bench with a wrong scalar SwiGLU (broken_registry.c).

usage: test_refusal.py BENCH_BROKEN BENCH_SOURCES    prints TAP
"""
import os
import re
import subprocess
import sys

from outside import read_csv, workplace
from tap import done, ok

bench, sources = map(os.path.abspath, sys.argv[1:3])
workplace("refusal")
START = "bench: scalar is not measured: swiglu kernel 'scalar' is wrong"
END = "bench: a kernel failed its check and was not measured; run the tests for details"

# --- every suite that times variants
OPTIONS = {"decode": ["--tokens=26"], "aa": ["--tokens=26"], "profile": [], "soak": ["--soak=1"], "ttft": [],
           "context": ["--tokens=26", "--positions=10,40"], "torch": ["--tokens=26"],
           "peers": ["--tokens=26", "--peer=other:echo memwall-tokens-per-s: 5"]}
for suite, options in OPTIONS.items():
    for reps in [""] if suite == "soak" else ["--reps=2", "--reps=1"]:
        out = suite + reps
        command = [bench, "--suite=" + suite, "--model=synthetic:stories260K", "--variant=scalar", "--threads=1",
                   "--out=" + out, *options, *([reps] if reps else [])]
        r = subprocess.run(command, capture_output=True, timeout=250)
        lines = r.stderr.decode().splitlines()
        in_one = " in one process" if reps == "--reps=1" else ""
        ok(r.returncode == 1 and len(lines) > 1 and lines[0].startswith(START) and lines[-1] == END,
           f"suite {suite}{in_one}: scalar is refused by name", r)
        # Suite peers keeps the rows of the other program.
        variants = {x["variant"] for x in read_csv(out + "/results.csv")} if os.path.exists(out) else set()
        ok("scalar" not in variants, f"suite {suite}{in_one}: scalar has no rows", r)

# --- one place checks
CALL = re.compile(r"\bmw_check_(variant|short|kernel)\s*\(")
callers = []
for folder, _, names in os.walk(sources):
    for name in names:
        path = os.path.relpath(os.path.join(folder, name), sources)
        if name.endswith((".c", ".cc")) and not path.startswith("check" + os.sep):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                if CALL.search(f.read()):
                    callers.append(path.replace(os.sep, "/"))
# Suite micro times single kernels and no variants.
ok(sorted(callers) == ["micro/micro_kernels.c", "run/plan.c"],
   "the plan checks the kernels of suites, and nothing else does", callers)
done()
