#!/usr/bin/env python3
"""Every kernel that --new-kernel writes compiles without a warning, passes the checks and is measured as it stands.

usage: test_new_kernel.py BENCH [WRAPPER...]    prints TAP
"""
import os
import random
import shutil
import subprocess
import sys

from checkpoints import Model
from outside import ROOT, read, read_csv, workplace, write
from tap import done, ok, skip

bench = [*sys.argv[2:], os.path.abspath(sys.argv[1])]
workplace("new-kernel")
cc = os.environ.get("CC", "cc").split()
DTYPES = ["f32", "bf16", "f16", "q8_0", "q4_0", "q4_K", "q5_K", "q6_K"]
ALL = [(d, l) for d in DTYPES for l in ("rowmajor", "tvl", "colmajor", "aos") if d == "f32" or l in ("rowmajor", "tvl")]


def run(*args):
    return subprocess.run([*bench, *args], capture_output=True, text=True, timeout=250)


files = []
for dtype, layout in ALL:
    name = f"own_{dtype}_{layout}.c"
    r = run("--new-kernel=" + name, "--op=gemv", "--dtype=" + dtype, "--layout=" + layout)
    told = f"{bench[-1]} --kernel=./{name} --kernel=auto --dtype={dtype} --layout={layout}\n"
    text = read(name).decode() if os.path.exists(name) else ""
    if ok(r.returncode == 0 and r.stdout.endswith(told) and r.stderr == "" and "@" not in text and "//?" not in text and
          text.startswith("/* memwall-flags: -O3 */\n") and max(map(len, text.splitlines())) <= 120,
          f"{name} is written", (r, text[-500:])):
        files.append(name)

# --- refusals
before = read(files[0])
for name, options, what in (("an old file", ["--new-kernel=" + files[0]], "is there already"),
                            ("no C file", ["--new-kernel=mine.so"], "has to end with .c"),
                            ("a taken name", ["--new-kernel=neon.c"], "the name 'neon' is taken for f32"),
                            ("a long name", ["--new-kernel=" + 41 * "a" + ".c"], "at most 40 letters"),
                            ("another op", ["--new-kernel=a.c", "--op=gemm"], "only gemv kernels"),
                            ("two dtypes", ["--new-kernel=a.c", "--dtype=f32,f16"], "one dtype"),
                            ("a control", ["--new-kernel=a.c", "--dtype=q8_0", "--layout=aos"], "rowmajor or tvl"),
                            ("no folder", ["--new-kernel=no/such/a.c"], "no/such/a.c: cannot be written: ")):
    r = run(*options)
    ok(r.returncode == 2 and r.stderr.count("\n") == 1 and what in r.stderr and r.stdout == "", f"refused: {name}", r)
ok(read(files[0]) == before and not os.path.exists("a.c"), "nothing was written over, and nothing is left")
if os.path.exists("/dev/full"):
    os.symlink("/dev/full", "full.c")
    ok(run("--new-kernel=full.c").returncode == 2, "neither through a link")
os.mkdir("deep down")
r = run("--new-kernel=deep down/a-b c.c")
text = read("deep down/a-b c.c").decode()
ok(r.returncode == 0 and '"a_b_c", ' in text and "--kernel='deep down/a-b c.c'" in r.stdout, "a name with blanks",
   (r, text))

# --- compiled, checked and measured
if len(bench) > 1 or not shutil.which(cc[0]):
    skip("kernels are measured", "no compiler for the emulated CPU" if len(bench) > 1 else "no compiler")
    done()
strict = [*cc, "-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT}/include", "-fsyntax-only"]
r = subprocess.run([*strict, *files], capture_output=True, text=True)
ok(r.returncode == 0, "no warning", r)
# Super-blocks in a row: 1, and 3, of which the last of q6_K in layout tvl is alone; 25 rows are no whole panel.
write("model.bin", Model(vocab=263, noise=random.Random(5), dim=256, hidden=768, layers=1, heads=4).v0())
r = run(*("--kernel=./" + f for f in files), "--kernel=deep down/a-b c.c", "--model=model.bin", "--threads=1,2",
        "--tokens=12", "--reps=1", "--out=out")
rows = read_csv("out/results.csv") if os.path.exists("out") else []
seen = {(x["kernel"].split(" ")[0], x["dtype"], x["layout"]) for x in rows if x["metric"] == "tokens_per_s"}
ok(r.returncode == 0 or "roof was measured badly" in r.stderr, "all at once", r)  # as happens next to other tests
for f, (dtype, layout) in zip(files, ALL):
    ok((f[:-2], dtype, layout) in seen, f"{f} is measured")
ok(("a_b_c", "f32", "rowmajor") in seen, "and so is the one with blanks")
done()
