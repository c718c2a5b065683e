#!/usr/bin/env python3
"""results/validate.py: predictions against measurements, from made-up folders.

usage: test_validate.py SOURCES    prints TAP
"""
import csv
import os
import subprocess
import sys

from outside import workplace
from tap import done, ok

script = os.path.join(os.path.abspath(sys.argv[1]), "results", "validate.py")
workplace("validate")
COLUMNS = "dtype,variant,kernel,threads,phase,metric,value,provenance,note,rep,param".split(",")


def folder(name, rows):
    os.makedirs(name)
    with open(os.path.join(name, "results.csv"), "w", encoding="utf-8", newline="") as f:
        table = csv.DictWriter(f, COLUMNS, restval="")
        table.writeheader()
        table.writerows({"dtype": "f32", "kernel": "neon", "threads": "1", **row} for row in rows)


def run(*args):
    return subprocess.run([sys.executable, script, *args], capture_output=True, text=True, timeout=60)


def gemv(weights, value, **cells):
    return {"phase": f"gemv/neon/4x4/{weights}", "metric": "bandwidth_gbs", "value": value, **cells}


def token(value, **cells):
    return {"phase": "steady", "metric": "tokens_per_s", "variant": "neon", "value": value, **cells}


def by(rule, row):
    return {**row, "param": "machine=m;rule=" + rule, "provenance": "modelled", "note": "memory; made up"}


rates = {"max": (30, 11, 5), "ecm": (20, 10, 4), "issue": (20, 9, 4), "sum": (10, 8, 3)}
folder("all/predicted", [by(rule, row) for rule, (cache, dram, tokens) in rates.items()
                         for row in (gemv("cache", cache), gemv("dram", dram), token(tokens))])
folder("all/others", [by("max", gemv("dram", 1000, kernel="neon_dotprod", phase="gemv/neon_dotprod/4x4/dram"))])
measured = {"provenance": "measured"}
folder("measured", [gemv("cache", 20, **measured), gemv("dram", 10, **measured), token(4, **measured),
                    token(400, rep="1", **measured), token(400, threads="2", **measured),
                    gemv("dram", 1, phase="gemv/neon_dotprod/4x4/dram", kernel="neon_dotprod", **measured)])
r = run("all", "measured")
lines = {cells[1].strip(): [c.strip() for c in cells[2:-1]] for cells in (x.split("|") for x in r.stdout.splitlines())
         if len(cells) > 3}
ok(r.returncode == 0 and lines["max, cached"] == ["1", "50.0%", "0", "0", "+50% gemv/neon/4x4/cache f32"],
   "one kernel in the cache", r)
ok(lines["sum, streamed"][:2] == ["1", "20.0%"] and lines["sum, decoding"][:2] == ["1", "25.0%"],
   "in memory, and decoding: one process or two threads are no summary of one thread", lines)
ok(lines["issue, all"] == ["3", "0.0%", "3", "3", "-10% gemv/neon/4x4/dram f32"], "all of a rule, and its worst", lines)
folder("nothing", [gemv("dram", 1)])
for args, words in ((("all",), "usage"), (("none", "measured"), "none: holds no"),
                    (("all", "nothing"), "nothing was both")):
    r = run(*args)
    ok(r.returncode == 1 and words in r.stderr and "Traceback" not in r.stderr, f"refused: {words}", r.stderr)
done()
