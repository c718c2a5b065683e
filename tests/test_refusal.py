#!/usr/bin/env python3
"""A variant with a broken small op is timed by no suite: a program bench whose scalar SwiGLU is wrong (broken_registry.c), from outside.

usage: test_refusal.py BENCH_BROKEN BENCH_SOURCES    prints TAP
"""
import csv, os, re, subprocess, sys, tempfile

from tap import done, ok

bench, sources = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-refusal-")
os.chdir(work.name)
os.environ.update(MEMWALL_CACHE=os.path.join(work.name, "cache"), NO_COLOR="1")
END = "bench: a kernel failed its check and was not measured; run the tests for details"


def rows(folder):
    with open(os.path.join(folder, "results.csv"), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


# --- every suite that times variants
peer = "--peer=other:echo memwall-tokens-per-s: 5"
for suite, more in {"decode": [], "aa": [], "profile": [], "context": ["--positions=10,40"], "soak": ["--soak=1"], "torch": [], "ttft": [],
                    "peers": [peer]}.items():
    count = [] if suite in ("profile", "soak", "ttft") else ["--tokens=26"]
    for reps in ([], ["--reps=1"]):
        if suite == "soak" and reps:
            continue
        out = suite + "".join(reps)
        r = subprocess.run([bench, "--suite=" + suite, "--model=synthetic:stories260K", "--variant=scalar", "--threads=1", "--out=" + out, *count,
                            *(reps or ([] if suite == "soak" else ["--reps=2"])), *more], capture_output=True, timeout=250)
        lines = r.stderr.decode().splitlines()
        ok(r.returncode == 1 and len(lines) > 1 and lines[0].startswith("bench: scalar is not measured: swiglu kernel 'scalar' is wrong") and
           lines[-1] == END, f"suite {suite}{' in one process' if reps else ''}: scalar is refused by name", r)
        # of suite peers the other program's rows are kept
        ok(not os.path.exists(out) or not any(x["variant"] == "scalar" for x in rows(out)), f"suite {suite}: and has no rows", r)

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
# suite micro times kernels, one by one, and no variants
ok(sorted(callers) == ["micro/micro_gemv.c", "run/plan.c"], "suites have their kernels checked by the plan and nowhere else", callers)
done()
