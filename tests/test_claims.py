#!/usr/bin/env python3
"""The claim ledger from outside: suite claims, --claims-from, what they refuse. test_evidence.py has its small suites.

usage: test_claims.py BENCH SCHEMA.md [WRAPPER ...]    prints TAP
"""
import json
import os
import re
import subprocess
import sys

from outside import (after, interrupted, parse_csv, read_csv, schema_columns, schema_metrics, stopped_cleanly,
                     trained_models, widest, workplace, write_csv)
from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
wrapper = sys.argv[3:]
emulated = bool(wrapper)
trained = trained_models()
os.environ.pop("MEMWALL_TEST_MODELS", None)
workplace("claims-test")
small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1"]
VERDICTS = {"holds", "holds in part", "does not hold", "not testable here"}
UNTESTABLE = "not testable here"


def run(*args, models=None):
    env = dict(os.environ, MEMWALL_TEST_MODELS=models) if models else None
    return subprocess.run([*wrapper, bench, *args], capture_output=True, timeout=500, env=env)


def verdicts(by_id, *claims):
    return {by_id[c]["verdict"] for c in claims}


refused = refuser(run)
for option in ("--variant=tvl", "--layout=tvl", "--kernel=auto", "--load=heap"):
    refused(["--suite=claims", option], option.split("=")[0], "suite claims")
refused(["--claims-from=/nonexistent"], "/nonexistent")
refused(["--claims-from=.", "--out=x"], "--claims-from", "--format=csv")
ok(not os.path.exists("results"), "refused runs leave no results folder")
with open("results.csv", "w") as f:
    f.write("run_id,suite\n1,decode\n")
refused(["--claims-from=results.csv"], "results.csv", "no column")

# --- the ledger
r = run(*small, "--suite=claims", "--reps=2", "--soak=1", "--out=ledger", models=trained)
ok(r.returncode == 0 and b"results: ledger" in r.stderr, "suite claims runs", r)
ledger, rows = read_csv("ledger/claims.csv"), read_csv("ledger/results.csv")
columns = schema_columns(schema, "claims.csv")
table = r.stdout.decode()
ok(widest(table) <= 80 and "C18" in table and "\033" not in table, "its table has 80 columns",
   [l for l in table.splitlines() if len(l) > 80])
ok(list(ledger[0]) == columns, "claims.csv: the columns that SCHEMA.md lists", (list(ledger[0]), columns))
ok([x["id"] for x in ledger] == [f"C{i}" for i in range(1, 19)] and {x["verdict"] for x in ledger} <= VERDICTS,
   "C1 to C18, each with a verdict")
may_be_blank = ("paper_value", "paper_unit", "value", "ci_low", "ci_high", "arch", "model", "note",
                *(c for c in columns if c.startswith("predicted")))
blank = [(x["id"], c) for x in ledger for c in columns if c not in may_be_blank and not x[c]]
ok(not blank, "no blank cells", blank)
ok(all(x["value"] or (x["provenance"] == "unavailable" and x["note"]) for x in ledger),
   "a value, or the reason why there is none")
ok(all(x["command"].startswith("bench --suite=") for x in ledger), "each row has its command")
by_id = {x["id"]: x for x in ledger}
ok(verdicts(by_id, "C6", "C7", "C11") == {"does not hold"} and by_id["C6"]["provenance"] == "artifact" and
   by_id["C11"]["provenance"] == "published", "claims about the source need no machine")
ok(verdicts(by_id, "C1", "C9", "C12", "C13", "C15", "C16", "C17", "C18") == {UNTESTABLE},
   "another model than the paper's tests no claim about speed")
unknown = {x["metric"] for x in rows} - schema_metrics(schema)
ok(not unknown, "results.csv: metrics that SCHEMA.md lists", unknown)
ok(len({x["run_id"] for x in rows + ledger}) == 1, "one run")
ok(os.listdir("tmp") == [], "no temporary folder is left", os.listdir("tmp"))
if emulated:
    skip("the suites of the ledger", "an emulator cannot start programs")
    done()

suites = {x["suite"] for x in rows}
ok({"decode", "micro", "profile", "soak", "predict", "claims"} <= suites, "rows of its suites", suites)
pairs = [x for x in rows if x["metric"] == "misaligned_ratio"]
ok({x["rep"] for x in pairs} == {"", "1", "2"} and all(x["ci_low"] for x in pairs if not x["rep"]),
   "misaligned weights: every process, and an interval between them", pairs[:2])
ok(not trained or by_id["C8"]["verdict"] == "holds in part", "C8 from a trained model", by_id["C8"])
ok(float(by_id["C1"]["value"]) > 0 and by_id["C1"]["ci_low"], "an untestable claim still has its value", by_id["C1"])

# --- predictions, which need no machine
predicted = {c for c in by_id if float(by_id[c]["predicted"] or 0) > 0}
ok(predicted == {"C1", "C2", "C12", "C13", "C17"}, "claims with a prediction", predicted)
ok(all(by_id[c]["predicted_by"] and bool(by_id[c]["predicted_low"]) == bool(by_id[c]["predicted_high"])
       for c in predicted), "each says what it is by", [by_id[c]["predicted_by"] for c in predicted])
parts = re.findall(r"; (?!over )[^;\[]*: ([\d.e+]+) 1/s(?: \([^)]*\))? \[", "; " + by_id["C2"]["predicted_note"])
ok(len(parts) == 10 and all(float(x) > 0 for x in parts), "C2: every machine and kernel has one", by_id["C2"])
speed = {(x["param"], x["variant"], x["threads"]): float(x["value"]) for x in rows
         if x["suite"] == "predict" and x["metric"] == "tokens_per_s" and x["model"].endswith("stories110M")}
rule = re.search(r"rule (\w+):", by_id["C1"]["predicted_by"])[1]
m2 = f"machine=m2-pro;program=paper %s;rule={rule}"
wanted = {"C1": next(v for k, v in speed.items() if k[0].endswith(m2 % "NEON")) /
          next(v for k, v in speed.items() if k[0].endswith(m2 % "scalar -O3")),
          "C12": 20e3 / speed[f"machine=m2-pro;rule={rule}", "tvl", "1"],
          "C17": max(v for k, v in speed.items() if k[:2] == (f"machine=m2-pro;rule={rule}", "tvl"))}
ok(all(abs(float(by_id[c]["predicted"]) / v - 1) < 1e-5 for c, v in wanted.items()), "predictions from rows of the run",
   (wanted, [by_id[c]["predicted"] for c in wanted]))
ok(all(by_id[c]["predicted_note"] and not by_id[c]["predicted_by"] for c in ("C9", "C15", "C16", "C18")),
   "and why others have none")

# --- judged again from the folder, and as if it were of an ARM machine with the paper's model
r = run("--claims-from=ledger", "--format=csv")
again = parse_csv(r.stdout)
SAME = ("id", "verdict", "value", "ci_low", "ci_high", "provenance", "n", *columns[-5:])
ok(r.returncode == 0 and [[x[c] for c in SAME] for x in again] == [[x[c] for c in SAME] for x in ledger],
   "--claims-from: the same verdicts",
   [(x["id"], x["verdict"], y["verdict"]) for x, y in zip(again, ledger) if x["verdict"] != y["verdict"]])
ok(re.match(r"bench .*--suite=claims", again[0]["command"]), "--claims-from: the command of the folder",
   again[0]["command"])
os.mkdir("arm")
write_csv("arm/results.csv", [{**x, "arch": "aarch64", "model": "synthetic:stories110M", "isa": "neon", "note": ""}
                              for x in rows])
r = run("--claims-from=ledger,arm/results.csv", "--format=json")
arm = {x["id"]: x for x in json.loads(r.stdout)}
ok(UNTESTABLE not in verdicts(arm, "C1", "C15") and arm["C1"]["arch"] == "aarch64",
   "rows of an ARM machine get a verdict", {k: v["verdict"] for k, v in arm.items()})
ok(verdicts(arm, "C16", "C17") == {UNTESTABLE}, "but not those about Apple's library or from a short soak")
refused(["--claims-from=ledger," + write_csv("old.csv", [{**rows[0], "schema": "1"}])], "old.csv", "schema")
text = run("--claims-from=ledger", "--format=md").stdout.decode()
lines, told = text.splitlines(), text.split("\n**")[1:]
ok(lines[0].startswith("| id |") and lines[20] == "" and all(l.startswith("|") for l in lines[:20]) and
   len({len(re.findall(r"(?<!\\)\|", l)) for l in lines[:20]}) == 1, "--format=md: a table", lines[:3])


def whole(claim, paragraph):
    """Whether a paragraph of the ledger has all that its table knows of a claim."""
    items = [f"{claim['claim']} ({claim['where']})", f"artifact: {claim['artifact']}", f"rule: {claim['rule']}",
             f"`{claim['command']}`"] + ([f"note: {claim['note']}"] if claim["note"] else [])
    if claim["predicted_by"]:
        items += [f"also predicted: {claim['predicted_note']}"] if claim["predicted_note"] else []
    elif claim["predicted_note"]:
        items.append(f"not predicted: {claim['predicted_note']}")
    return paragraph.startswith(f"{claim['id']}  {claim['verdict']}**\n") and \
        all(f"\n- {item}\n" in paragraph for item in items) and f"\n- here: {claim['measure']}: " in paragraph and \
        (not claim["predicted_by"] or
         re.search(r"\n- predicted: [^\n]*: " + re.escape(claim["predicted_by"]), paragraph) is not None)


ok(len(told) == 18 and all(map(whole, again, told)), "--format=md: all that is known of each claim", told[:1])
r = run("--claims-from=ledger")
ok(r.returncode == 0 and widest(r.stdout) <= 80 and os.path.isfile("ledger/claims.csv"),
   "--claims-from: 80 columns", r)

p = interrupted([bench, *small, "--suite=claims", "--reps=3", "--out=stopped", "--quiet"], after(1.5))
ok(stopped_cleanly(p, "stopped") and p.err.count(b"\n") == 1, "Ctrl-C: exit 130, one line, nothing left", p.note)
done()
