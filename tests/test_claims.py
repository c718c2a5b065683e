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

<<<<<<< HEAD
text = open(schema, encoding="utf-8").read()
metrics = set(re.findall(r"^\| `(\w+)` \| \S+ \| ", text.split("## Metrics")[1], re.M))
section = text.split("## `claims.csv`")[1].split("\n## ")[0]
columns = re.findall(r"^\| `(\w+)` \|", section, re.M)

# the small suites
STEPS = ["embedding", "rmsnorm", "qkv", "rope", "attention", "wo", "w1_w3", "w2", "classifier", "sampling"]
r = run(*small, "--profile", "--variant=scalar,tvl", "--threads=1,2", "--tokens=40", "--reps=1", "--out=profile", "--quiet")
rows = [x for x in read("profile/results.csv") if x["rep"] and x["suite"] == "profile"] if r.returncode == 0 else []
ok(r.returncode == 0 and widest(r) <= 80 and b"rmsnorm" in r.stdout and b" \n" not in r.stdout, "--profile: a table of 80 columns", r)
units = [(v, t) for v in ("scalar", "tvl") for t in ("1", "2")]
told = {u: {(x["metric"], x["param"]): float(x["value"]) for x in rows if (x["variant"], x["threads"]) == u} for u in units}
ok(all(told[u].get((m, "op=" + step), 0) > 0 for u in units for step in STEPS for m in ("op_us", "op_share")) and
   {p for _, p in told[units[0]]} == {"", *("op=" + step for step in STEPS)}, "suite profile: every step of every variant and thread count", told)
sums = {u: sum(v for (m, _), v in told[u].items() if m in ("op_share", "op_rest")) for u in units}
ok(all(abs(v - 1) < 1e-5 for v in sums.values()) and all(0 <= told[u]["op_rest", ""] < 0.5 for u in units),
   "suite profile: shares and rest add up to the token", (sums, [told[u]["op_rest", ""] for u in units]))
ok(all(abs(told[u]["op_us", p] - v * told[u]["itl_us", ""]) <= 1e-4 * told[u]["op_us", p]
       for u in units for (m, p), v in told[u].items() if m == "op_share"), "suite profile: a share of the token's time", told)
read_by = {u: {p: v * told[u]["op_us", p] * 1e3 for (m, p), v in told[u].items() if m == "op_bandwidth_gbs"} for u in units}
dim, hidden, layers, kv, vocab = 64, 172, 5, 32, 512
wanted = {"qkv": layers * dim * (dim + 2 * kv), "attention": layers * 33 * 2 * kv, "wo": layers * dim * dim,
          "w1_w3": layers * 2 * dim * hidden, "w2": layers * dim * hidden, "classifier": vocab * dim}
ok(all(set(read_by[u]) == {"op=" + s for s in wanted} and all(abs(read_by[u]["op=" + s] / (4 * n) - 1) < 1e-4 for s, n in wanted.items())
       for u in units), "suite profile: bytes of the steps", read_by)
ok(all(told[u].get(("op_roof_fraction", "op=" + s), 0) > 0 for u in units for s in wanted) and
   all(told[u].get(("profile_overhead", ""), 0) > 0 for u in units), "suite profile: shares of the roof, and its own cost", told)
r = run(*small, "--suite=soak", "--soak=1.5", "--variant=tvl", "--out=soak", "--quiet")
rows = read("soak/results.csv") if r.returncode == 0 else []
told = {(x["metric"], x["param"]): x for x in rows}
ok(r.returncode == 0 and widest(r) <= 80, "suite soak: a table of 80 columns", r)
ok(float(told["soak_s", ""]["value"]) >= 1.5 and ("soak_drift", "of=tokens_per_s") in told and
   any(m == "cpu_mhz" for m, _ in told) and any(x["phase"] == "window" for x in rows), "suite soak: windows and drift", list(told))
if trained:
    r = run("--suite=perplexity", "--variant=scalar,tvl", "--out=ppl", "--quiet", models=trained)
    rows = read("ppl/results.csv") if r.returncode == 0 else []
    loss = {x["variant"] or x["param"]: float(x["value"]) for x in rows if x["metric"] == "perplexity_loss"}
    ok(r.returncode == 0 and widest(r) <= 80, "suite perplexity: a table of 80 columns", r)
    ok(set(loss) == {"scalar", "tvl", "swiglu=model", "swiglu=aliased"} and abs(loss["tvl"]) < 1e-3 and loss["swiglu=aliased"] > 1,
       "suite perplexity: variants, double precision, and the published SwiGLU", loss)
    ok(all(x["model"] == "stories260K.bin" for x in rows), "suite perplexity: a trained model by itself")
    refused(["--suite=perplexity", "--model=" + trained + "/stories260K.bin", "--out=none"], "--tokenizer")
else:
    skip("suite perplexity", "stories260K.bin and tok512.bin are not here; point MEMWALL_TEST_MODELS at them")

# the ledger
=======
# --- the ledger
>>>>>>> 7a56004 (tests: Share what tests from outside have in common)
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
may_be_blank = ("paper_value", "paper_unit", "value", "ci_low", "ci_high", "arch", "model", "note")
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

<<<<<<< HEAD
    # judged again from the folder, and as if it were an ARM machine with the paper's model
    r = run("--claims-from=ledger", "--format=csv")
    again = list(csv.DictReader(io.StringIO(r.stdout.decode())))
    same = ("id", "verdict", "value", "ci_low", "ci_high", "provenance", "n")
    ok(r.returncode == 0 and [[x[c] for c in same] for x in again] == [[x[c] for c in same] for x in ledger], "--claims-from: the same verdicts",
       [(x["id"], x["verdict"], y["verdict"]) for x, y in zip(again, ledger) if x["verdict"] != y["verdict"]])
    ok(re.match(r"bench .*--suite=claims", again[0]["command"]), "--claims-from: the command of the folder", again[0]["command"])
    os.mkdir("arm")
    for x in rows:
        x.update(arch="aarch64", model="synthetic:stories110M", isa="neon", note="")
    with open("arm/results.csv", "w", newline="") as f:
        w = csv.DictWriter(f, rows[0])
        w.writeheader()
        w.writerows(rows)
    r = run("--claims-from=ledger,arm/results.csv", "--format=json")
    arm = {x["id"]: x for x in json.loads(r.stdout)}
    ok(arm["C1"]["verdict"] != "not testable here" and arm["C15"]["verdict"] != "not testable here" and arm["C1"]["arch"] == "aarch64",
       "rows of an ARM machine get a verdict", {k: v["verdict"] for k, v in arm.items()})
    ok(arm["C17"]["verdict"] == arm["C16"]["verdict"] == "not testable here", "but no Apple's, and no short soak")
    with open("old.csv", "w", newline="") as f:
        w = csv.DictWriter(f, rows[0])
        w.writeheader()
        w.writerow(dict(rows[0], schema="1"))
    refused(["--claims-from=ledger,old.csv"], "old.csv", "schema")
    r = run("--claims-from=ledger", "--format=md")
    lines = r.stdout.decode().splitlines()
    ok(lines[0].startswith("| id |") and lines[20] == "" and all(l.startswith("|") for l in lines[:20]) and
       len({len(re.findall(r"(?<!\\)\|", l)) for l in lines[:20]}) == 1, "--format=md: a table", lines[:3])
    told = r.stdout.decode().split("\n**")
    ok(len(told) == 19 and all(t.startswith(f"{x['id']}  {x['verdict']}**\n") and all(f"\n- {l}\n" in t for l in (
        f"{x['claim']} ({x['where']})", f"artifact: {x['artifact']}", f"rule: {x['rule']}", f"`{x['command']}`")) and
        f"\n- here: {x['measure']}: " in t and (not x["note"] or f"\n- note: {x['note']}\n" in t) for x, t in zip(again, told[1:])),
       "--format=md: all that is known of each claim", told[1:2])
    r = run("--claims-from=ledger")
    ok(r.returncode == 0 and widest(r) <= 80 and os.path.isfile("ledger/claims.csv"), "--claims-from: 80 columns", r)
=======
suites = {x["suite"] for x in rows}
ok({"decode", "micro", "profile", "soak", "claims"} <= suites, "rows of its suites", suites)
pairs = [x for x in rows if x["metric"] == "misaligned_ratio"]
ok({x["rep"] for x in pairs} == {"", "1", "2"} and all(x["ci_low"] for x in pairs if not x["rep"]),
   "misaligned weights: every process, and an interval between them", pairs[:2])
ok(not trained or by_id["C8"]["verdict"] == "holds in part", "C8 from a trained model", by_id["C8"])
ok(float(by_id["C1"]["value"]) > 0 and by_id["C1"]["ci_low"], "an untestable claim still has its value", by_id["C1"])
>>>>>>> 7a56004 (tests: Share what tests from outside have in common)

# --- judged again from the folder, and as if it were of an ARM machine with the paper's model
r = run("--claims-from=ledger", "--format=csv")
again = parse_csv(r.stdout)
SAME = ("id", "verdict", "value", "ci_low", "ci_high", "provenance", "n")
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
lines = run("--claims-from=ledger", "--format=md").stdout.decode().splitlines()
ok(len(lines) == 20 and lines[0].startswith("| id |") and len({len(re.findall(r"(?<!\\)\|", l)) for l in lines}) == 1,
   "--format=md: a table", lines[:3])
r = run("--claims-from=ledger")
ok(r.returncode == 0 and widest(r.stdout) <= 80 and os.path.isfile("ledger/claims.csv"),
   "--claims-from: 80 columns", r)

p = interrupted([bench, *small, "--suite=claims", "--reps=3", "--out=stopped", "--quiet"], after(1.5))
ok(stopped_cleanly(p, "stopped") and p.err.count(b"\n") == 1, "Ctrl-C: exit 130, one line, nothing left", p.note)
done()
