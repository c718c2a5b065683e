#!/usr/bin/env python3
"""The reproduction report, from short result folders: the template filled, references counted, bad input refused.

usage: test_paper.py PAPER_FOLDER DATA_FOLDER    prints TAP
"""
import os
import re
import shutil
import subprocess
import sys

from outside import read, read_csv, workplace, write_csv
from tap import done, ok, skip

paper, given = map(os.path.abspath, sys.argv[1:3])
sys.path.insert(0, os.path.join(os.path.dirname(paper), "plots"))
import predictions  # noqa: E402
work = workplace("paper")
os.environ.update(MPLCONFIGDIR=os.path.join(work, "mpl"), PYTHONDONTWRITEBYTECODE="1")
os.environ.pop("MEMWALL_RESULTS", None)
folders = {suite: os.path.join(given, suite)
           for suite in ("decode", "micro", "clu", "ttft", "context", "claims", "predict")}


def paper_of(*args):
    command = [sys.executable, os.path.join(paper, "paper.py"), *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=250)


def rows_of(suite, file="results.csv", **cells):
    rows = read_csv(os.path.join(given, suite, file))
    return [x for x in rows if all(x[k] == v for k, v in cells.items())]


r = paper_of(*folders.values(), "--out=all")
ok(r.returncode == 0 and os.path.exists("all/paper.md"), "paper.md is made", r)
text = read("all/paper.md").decode()
left = re.findall(r"\{\{.*|<<.*|\[@.*|^---$", text, re.M)
ok(not left, "every field of the template is filled in", left)

# --- numbers and tables
tvl = {"variant": "tvl", "threads": "1", "rep": ""}
row = rows_of("decode", metric="roof_fraction", **tvl)[0]
value, low, high = (f"{float(row[c]):.2f}" for c in ("value", "ci_low", "ci_high"))
ok(f"{value} ({low} to {high})" in text, "numbers and intervals are those of results.csv", row)
claims = rows_of("claims", "claims.csv")
ok(len(claims) == 18 and all(re.search(rf"^\| {c['id']} \|.*\*\*{c['verdict']}\*\*", text, re.M) for c in claims),
   "the ledger has every claim with its verdict")
by_id = {c["id"]: c for c in claims}
c12 = [float(by_id["C12"][c]) for c in ("predicted", "predicted_low", "predicted_high")]
ok(re.search(r"^\| C12 \|.*\| %.1f ms \(%.1f to %.1f\) \| \*\*" % tuple(c12), text, re.M) and
   re.search(r"^\| C9 \|.*\| - \| \*\*", text, re.M), "a prediction with unit and range, or none", c12)
ok(all(f"{c['predicted_by'] or '-'} | {c['predicted_note'] or '-'} |" in text for c in claims
       if c["predicted_by"] or c["predicted_note"]), "what the predictions are made from, or why there is none")
phase = "gemv/neon/288x288/dram"
rate = {x["phase"]: float(x["value"]) for x in rows_of("micro", metric="bandwidth_gbs")}
warm, cold = rate[phase.removesuffix("dram") + "cache"], rate[phase]
ok(f"| neon | 288 x 288 | {warm:.3g} | {cold:.3g} | {cold / warm:.2f} |" in text,
   "a kernel with its weights in the cache and in memory", (phase, warm, cold))
row = rows_of("context", metric="itl_us", **tvl)[0]
position = row["param"].split("=")[1]
ok(re.search(rf"^\| tvl \| 1 \| {position} \| [\d.,]+ \([^|]*\| - \| - \| - \|$", text, re.M),
   "the table of late positions is there", row)

# --- predictions
def predicted(variant, machine, threads, rule=predictions.RULE, metric="tokens_per_s"):
    row = rows_of("predict", variant=variant, threads=threads, metric=metric, param=f"machine={machine};rule={rule}")[0]
    return row, float(row["value"])


row, naive = predicted("neon", "m2-pro", "1")
low, high = float(row["ci_low"]), float(row["ci_high"])
limits = " and ".join(row["note"].split("; ")[0].split(";"))
ok(f"| neon, mmap | {naive:.1f} ({low:.1f} to {high:.1f}), {limits} |" in text,
   "a prediction, its range and limit", row)
row, many = predicted("tvl", "pi5-a76", "4")
ok(re.search(rf"^\| tvl \| [^|]*\| {many:.1f}[^|]*, memory of all cores \|", text, re.M), "with all cores", many)
program = {"dtype": "f32", "threads": "1", "metric": "tokens_per_s"}
(theirs,), (ours,) = ([x for x in rows_of("predict", **program) if x["param"].endswith("program=paper NEON" + rule)]
                      for rule in ("", ";rule=" + predictions.RULE))
published, modelled = (float(x["value"]) for x in (theirs, ours))
microseconds = float(re.search(r"(?:reading|memory) (?:at least )?(\S+) us", ours["note"]).group(1))
ok(f"publishes {published:.1f} tokens/s" in text and f"{modelled / published:.2f} times as many" in text and
   f"{1e6 / microseconds:,.0f} tokens/s on that core, {1e6 / microseconds / published:.2f} times" in text,
   "the paper's speed, its prediction, and what reading allows", (published, modelled, microseconds))
gain = {m: predicted("tvl", m, "1")[1] / predicted("neon", m, "1")[1]
        for m in ("m2-pro", "pi5-a76", "graviton2-n1", "graviton3-v1", "graviton4-v2")}
least, most = min(gain, key=gain.get), max(gain, key=gain.get)
ok(f"{gain[least]:.2f} ({least}) to {gain[most]:.2f} ({most}) times" in text, "tiled over naive", gain)
ratios = [float(x["value"]) for x in rows_of("predict", metric="prediction_ratio")
          if "rule=" + predictions.RULE in x["param"] and "fitted" not in x["note"]]
good = sum(abs(r - 1) <= 0.2 for r in ratios)
ok(f"Of {len(ratios)} published speeds to which no input was fitted, {good} are predicted within 20 % (of the " in text,
   "how good predictions are", (good, len(ratios)))
ok("`scalar` nowhere" in text and "`tvl` on " in text, "where memory is the limit")
ok("--suite=predict" not in text.partition("## 7")[0], "the command is not there if it is not needed")

# --- references
cited = {int(n) for group in re.findall(r"\[([\d, ]+)\]", text) for n in group.split(", ")}
listed = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.M)]
ok(cited == set(listed) and listed == sorted(listed), "every cited reference is listed, and no other", (cited, listed))
known = [line for line in read(os.path.join(paper, "references.txt")).splitlines() if line.strip()]
ok(len(listed) == len(known), "the list of references has no orphans", listed)

# --- pictures and PDF
try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError:
    skip("pictures", "matplotlib is not installed")
else:
    pictures = re.findall(r"\]\((figures/\w+\.png)\)", text)
    ok(pictures and all(os.path.getsize(os.path.join("all", p)) > 5000 for p in pictures), "pictures are there",
       pictures)
if shutil.which("pandoc") and shutil.which("pdflatex"):
    pdf = read("all/paper.pdf")
    ok(pdf.startswith(b"%PDF-") and len(pdf) > 50000, "paper.pdf is made")
else:
    ok("pandoc" in r.stderr or "pdflatex" in r.stderr, "the programs that the PDF needs are named", r.stderr)
    skip("paper.pdf", "pandoc or LaTeX is not installed")

# --- parts
ok("cost of growth" not in text, "a part without its suite is left out")
r = paper_of(folders["decode"], "--out=one")
one = read("one/paper.md").decode()
ok(r.returncode == 0 and "not in these results" in one, "missing data are marked in their place", r)
ok("build/bench --suite=predict" in one and "within 20 %" not in one and "<<" not in one,
   "without predictions, the command that makes them")
other = os.path.join(work, "other")
os.mkdir(other)
write_csv(os.path.join(other, "results.csv"), [x for x in rows_of("predict") if "machine=m1-max" in x["param"]])
r = paper_of(other, "--out=unknown")
ok(r.returncode == 0 and "Table predicted_one: not in these" in read("unknown/paper.md").decode(),
   "predictions for other machines alone", r)
r = paper_of(os.path.join(given, "growth"), "--out=grown")
grown = read("grown/paper.md").decode() if r.returncode == 0 else ""
verdicts = re.findall(r"^\| (\S+) \| (\d) \|.*\| (yes|no) \|$", grown, re.M)[:3]
ok("5.7 The cost of growth" in grown and not re.search(r"<<(if|end)", grown) and
   verdicts == [("stories15M", "1", "yes"), ("stories15M", "2", "no"), ("stories42M", "1", "yes")],
   "a part with its suite is there: a table from small to large, with verdicts", r)

os.mkdir("older")
for name in os.listdir(folders["claims"]):
    shutil.copy(os.path.join(folders["claims"], name), "older")
write_csv("older/claims.csv", [{k: v for k, v in c.items() if not k.startswith("predicted")} for c in claims])
r = paper_of("older", "--out=old")
old = read("old/paper.md").decode() if r.returncode == 0 else ""
ok("Table predictions: not in these results" in old and len(re.findall(r"^\| C\d+ \|.*\| - \| \*\*", old, re.M)) == 18,
   "a ledger without predictions", r)

# --- refused
os.mkdir("empty")
for name, folder, words in (("no folder", "nowhere", ["nowhere"]),
                            ("a folder without results", "empty", ["empty", "results.csv"])):
    r = paper_of(folder, "--out=bad")
    ok(r.returncode == 2 and r.stderr.count("\n") == 1 and r.stderr.startswith("paper: ") and
       all(w in r.stderr for w in words), name, r)
done()
