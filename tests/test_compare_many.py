#!/usr/bin/env python3
"""bench --compare over more than two runs, and over the machines of sets.

    test_compare_many.py BENCH
"""
import json
import math
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import many_hosts  # noqa: E402
from outside import (ROOT, interval, markdown_tables, parse_csv, read, read_csv, widest, workplace,  # noqa: E402
                     write, write_csv)
from tap import done, ok  # noqa: E402

command = [*sys.argv[2:], os.path.abspath(sys.argv[1])]
REAL = os.path.join(ROOT, "results/epyc-zen2-vm-2cpu/peers-1b")
workplace("compare-many")
FIGURE = ("metric", "suite", "model", "dtype", "variant", "threads", "param", "provenance")


def bench(*args):
    return subprocess.run([*command, *args], capture_output=True, timeout=250)


def compare(*paths):
    p = bench("--compare", *paths, "--format=csv")
    rows = parse_csv(p.stdout)
    return p, [r for r in rows if not r["against"]], [r for r in rows if r["against"]]


def edit(folder, to, **cells):
    """A copy of a result folder with other cells; a function gets the old cell and its row."""
    shutil.copytree(folder, to)
    rows = read_csv(f"{to}/results.csv")
    for row in rows:
        row.update({c: v(row[c], row) if callable(v) else v for c, v in cells.items()})
    write_csv(f"{to}/results.csv", rows)
    return to


def processes(folder, row):
    return [float(x["value"]) for x in read_csv(f"{folder}/results.csv")
            if x["rep"] and x["value"] and x["phase"] == "steady" and all(x[c] == row[c] for c in FIGURE)]


# --- three runs ------------------------------------------------------------------------------------------------------
many_hosts.make(REAL, "in", 4, spread=0.2)
three = ["in/host001", "in/host002", "in/host003"]
p, values, pairs = compare(*three)
ok(p.returncode == 0 and {r["machine"] for r in values} == set("ABC") and all(r["run_id"] for r in values),
   "three runs: a column each; differences are no failure", p)
worst = 0
for r in values:
    x = processes(three["ABC".index(r["machine"])], r)
    worst = max([worst] + [abs(float(r[c]) / w - 1) for c, w in zip(("value", "ci_low", "ci_high"), interval(x))])
    worst = max(worst, len(x) != int(r["n"]))
ok(len(values) > 10 and worst < 1e-5, "values, intervals and n are those of the processes", worst)
two = {tuple(r[c] for c in ("metric", "suite", "variant", "threads", "param")): r
       for r in parse_csv(bench("--compare", *three[:2], "--format=csv").stdout)}
ok(two and "old" in next(iter(two.values())), "two runs are compared as OLD and NEW")
worst, seen = 0, 0
for r in pairs:
    if (r["against"], r["machine"]) == ("A", "B"):
        old = two[tuple(r[c] for c in ("metric", "suite", "variant", "threads", "param"))]
        ends = [(1 + float(old[c]) / 100, float(r[to])) for c, to in (("change", "value"), ("ci_low", "ci_low"),
                                                                      ("ci_high", "ci_high"))]
        worst, seen = max([worst] + [abs(a / b - 1) for a, b in ends]), seen + 1
        worst = max(worst, (float(r["p"]) < 0.05) != (old["verdict"] != "no evidence"))
ok(seen > 3 and worst < 1e-5, "ratios and intervals are those of OLD and NEW", (seen, worst))
order, most = sorted(pairs, key=lambda r: float(r["p"])), 0
for i, r in enumerate(order):
    most = max(most, min(1, (len(order) - i) * float(r["p"])))
    r["want"] = most
ok(all(math.isclose(float(r["p_holm"]), r["want"], rel_tol=1e-5, abs_tol=1e-300) and
       (r["verdict"] != "no evidence") == (float(r["p_holm"]) < 0.05) for r in order), "Holm's correction")
found = json.loads(bench("--compare", *three, "--format=json").stdout)
ok(found["columns_are"] == "runs" and found["tested"] == len(pairs) and
   len(found["rows"]) == len(pairs) + len(values) and
   found["beyond_chance"] == sum(r["verdict"] != "no evidence" for r in pairs) > 0, "JSON", found["notes"])
p = bench("--compare", *three)
ok(p.returncode == 0 and widest(p.stdout) <= 80 and p.stderr == b"" and b"A: 2026" in p.stdout and
   all(w in p.stdout for w in (b"roof_fraction: peers", b"Differences beyond chance", b"Holm")), "text of 80 columns",
   p.stdout.decode())
tables = markdown_tables(bench("--compare", *three, "--format=md").stdout.decode())
ok(tables and len(tables) == 2 and len(tables[0][2]) == len(values) and len(tables[1][2]) == found["beyond_chance"],
   "Markdown", tables)
equal = "equal"
many_hosts.make(REAL, equal, 5, spread=0)
ok(json.loads(bench("--compare", equal, "--format=json").stdout)["beyond_chance"] == 0, "nothing where nothing differs")

# --- machines --------------------------------------------------------------------------------------------------------
edit("in/host001", "again", run_id="later", value=lambda v, r: f"{float(v) * 1.01:.7g}" if v else v)
ok(bench("--merge=set", "in/host001", "in/host002", "again").returncode == 0, "a set of two machines")
p, values, pairs = compare("set")
first = [r for r in values if r["machine"] == "A"]
ok({r["machine"]: (r["host"], r["runs"]) for r in values} == {"A": ("host001", "2"), "B": ("host002", "1")} and
   all(int(r["n"]) == len(processes("in/host001", r)) + len(processes("again", r)) for r in first),
   "a machine is a column; the processes of its runs are taken together", values[:2])
ok(compare("set", "set", "in/host001")[1:] == (values, pairs), "a run that is there twice counts once")
ok({r["machine"] for r in compare("set", "in/host003")[1]} == {"A", "B", "C"}, "a set and a run")
ok({r["run_id"] for r in compare("in/host001", "again", "in/host001")[1]} > {"later"}, "runs of one machine")
ok(bench("--merge=single", "in/host001", "again").returncode == 0 and
   {r["run_id"] != "" for r in compare("single")[1]} == {True}, "a set of one machine: its runs are compared")
other = edit("in/host001", "other cpu", cpu="Another", run_id="other")
ok({r["cpu"] for r in compare("in/host001", "set", other)[1]} > {"Another"}, "a host name on two CPUs: two machines")

# --- what is not alike -----------------------------------------------------------------------------------------------
text = bench("--compare", "set", "in/host003").stdout.decode()
ok("different commits" not in text, "one commit")
edit("in/host003", "commit", commit="0123456789ab")
edit("in/host003", "emulated", provenance="emulated", run_id="emu")
edit("in/host003", "dtype", dtype="q8_0", variant=lambda v, r: v.split("@")[0], run_id="q8")
edit("in/host003", "model", model="other.gguf", run_id="model")
text = bench("--compare", "set", "commit").stdout.decode()
ok("commit 0123456789ab" in text and "different commits" in text, "other commits are marked", text)
p, values, pairs = compare("in/host001", "in/host002", "emulated")
ok({r["provenance"] for r in values} == {"measured", "emulated"} and
   all("C" not in r["machine"] + r["against"] for r in pairs), "emulated: lines of their own")
other = edit("emulated", "emulated2", host="h2", run_id="e2")
text = bench("--compare", "emulated", other, "in/host001").stdout.decode()
ok("(emulated)" in text and "EMULATED" in text and widest(text) <= 80, "and marked", text)
for name in "dtype", "model":
    p, values, pairs = compare("in/host001", "in/host002", name)
    ok(pairs and all({r["machine"], r["against"]} == {"A", "B"} for r in pairs), f"another {name}: lines of its own")
edit("in/host001", "one", value=lambda v, r: v if r["rep"] in ("", "1") else "", run_id="one")
edit("in/host002", "two", value=lambda v, r: v if r["rep"] in ("", "1") else "", run_id="two")
p = bench("--compare", "one", "two", "one")
ok(p.returncode == 0 and b"Nothing could be tested" in p.stdout, "one process each", p)

# --- many machines ---------------------------------------------------------------------------------------------------
many_hosts.make(REAL, "many", 30, spread=0.1)
p = bench("--compare", "many")
ok(p.returncode == 0 and widest(p.stdout) <= 80 and b"  AD: host030" in p.stdout and b"highest" in p.stdout and
   b"The 40 largest of" in p.stdout, "30 machines", p.stdout.decode())

# --- refusals --------------------------------------------------------------------------------------------------------
os.makedirs("empty")
shutil.copytree("in/host001", "broken")
write("broken/results.csv", read("broken/results.csv")[:-9])
edit("in/host001", "zero", value="0", run_id="zero")
edit("in/host001", "word", value="fast", run_id="word")
edit("in/host001", "schema", schema="9")
edit("in/host001", "nothing", phase="warmup")
os.makedirs("none")
shutil.copytree("nothing", "none/run")
for paths, words in ((("set", "nowhere"), "nowhere"), (("set", "empty"), "empty: holds no result folder"),
                     (("set", "broken"), "damaged"), (("set", "zero"), "zero: row"), (("set", "word"), "'fast'"),
                     (("set", "schema"), "schema '9'"), (("none", "nothing"), "at least two runs"),
                     (("in/host001",), "OLD NEW"), ((), "OLD NEW"), (("in/host001", "in/host001", ""), "")):
    p = bench("--compare", *paths)
    ok(p.returncode == 2 and p.stdout == b"" and p.stderr.count(b"\n") == 1 and words in p.stderr.decode(),
       f"refused: {words}", p)
edit("in/host001", "hostile", host="a\x1b[31m,\"\n", variant=lambda v, r: v and v + "\x1b[2J|")
p = bench("--compare", "in/host001", "hostile", "hostile", "--format=md")
ok(p.returncode == 0 and b"\x1b" not in p.stdout, "names do not command the terminal", p)
if os.path.exists("/dev/full"):
    for form in "table", "csv", "json", "md":
        with open("/dev/full", "wb") as full:
            p = subprocess.run([*command, "--compare", "set", f"--format={form}"], stdout=full, stderr=subprocess.PIPE)
        ok(p.returncode == 2 and p.stderr.count(b"\n") == 1, f"a full stdout, {form}", p)
done()
