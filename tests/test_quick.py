#!/usr/bin/env python3
"""Pictures by gnuplot: quick.sh and bench --plot.

usage: test_quick.py PLOTS_FOLDER DATA_FOLDER BENCH    prints TAP
"""
import os
import shutil
import tempfile

from figure_data import damaged_folders, data, folders, one_line, others, plots, run, tree_without_results, work
from outside import read, widest
from tap import done, ok, skip

bench = others[0]
quick = os.path.join(plots, "quick.sh")
decode = folders["decode"]
NAMES = ("fig1", "fig2", "roof_fraction")

one_line(run(bench, "--plot", "--out=two", env={**os.environ, "PATH": "/nonexistent"}),
         "bench --plot without gnuplot: refused before anything is measured", "bench", "gnuplot", "not installed",
         "setup.sh")
one_line(run(bench, "--plot", "--format=csv"), "bench --plot needs a table", "bench", "--plot", "--format")
one_line(run(bench, "--plot", "--suite=clu"), "bench --plot needs suite decode", "bench", "--plot", "--suite")
if not shutil.which("gnuplot"):
    skip("quick.sh, bench --plot", "no gnuplot here; install gnuplot-nox")
    done()

# --- quick.sh
r = run("sh", quick, decode)
words = ("tokens/s", "scalar, 1", "tvl, 2", "same-page roof", "95 % interval", "P50", "3 processes")
ok(r.returncode == 0 and r.stderr == "" and widest(r.stdout) <= 80 and all(w in r.stdout for w in words),
   "quick.sh: text of 80 columns", r)
for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
    r = run("sh", quick, decode, kind, "--out=quick")
    made = [read(f"quick/{n}.{kind}") for n in NAMES] if r.returncode == 0 else []
    ok(len(made) == 3 and all(x.startswith(start) and len(x) > 4000 for x in made), f"quick.sh: {kind}", r)
ok(b"autovec_assoc, 2" in read("quick/fig1.svg"), "quick.sh: names are not typeset as formulas")

# --- bad input: quick.sh has words of its own, and does not notice two kinds of damage
UNNOTICED = ("bytes that are no text", "an interval without its value")
ITS_WORDS = {"a header alone": ["no tokens_per_s"], "an open quote": ["quote"],
             "a word for a number": ['"fast"', "value"], "a missing folder": ["is not there"],
             "a folder without results": ["is not there"]}
for name, (folder, words) in damaged_folders().items():
    if name not in UNNOTICED:
        words = [w for w in ITS_WORDS.get(name, words) if w != "schema " + data.SCHEMA]
        one_line(run("sh", quick, folder), f"quick.sh refuses {name}", "quick.sh", *words)
one_line(run("sh", quick, decode, "--only=fig7"), "quick.sh: no such figure", "quick.sh", "fig7", "fig1")
one_line(run("sh", os.path.join(tree_without_results(), "plots", "quick.sh")), "quick.sh: no results at all",
         "quick.sh", "run bench")
tools = tempfile.mkdtemp(dir=work)
os.symlink(shutil.which("dirname"), os.path.join(tools, "dirname"))
one_line(run("/bin/sh", quick, decode, env={"PATH": tools}), "quick.sh: no gnuplot", "quick.sh",
         "gnuplot is not installed", "setup.sh")

# --- bench --plot
r = run(bench, "--model=synthetic:stories260K", "--tokens=26", "--threads=1", "--reps=1", "--variant=neon,tvl",
        "--plot", "--out=one")
table, _, pictures = r.stdout.partition("\nwarnings\n")
words = ("tokens/s (variant, threads)", "share of the same-page roof (variant", "tvl, 1", "n = 1 process")
ok(r.returncode == 0 and "P99 us" in table and widest(pictures) <= 80 and all(w in pictures for w in words),
   "bench --plot: text plots below the table", r)
done()
