#!/usr/bin/env python3
"""The report, from short result folders: every number of the template filled, references counted, what is refused.

usage: test_report.py PAPER_FOLDER DATA_FOLDER    prints TAP
"""
import csv, os, re, shutil, subprocess, sys, tempfile

from tap import done, ok, skip

paper, given = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-report-")
os.chdir(work.name)
os.environ.update(MPLCONFIGDIR=os.path.join(work.name, "mpl"), PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1")
os.environ.pop("MEMWALL_RESULTS", None)
folders = [os.path.join(given, suite) for suite in ("decode", "micro", "clu", "ttft", "context", "claims")]


def report(*args):
    return subprocess.run([sys.executable, os.path.join(paper, "report.py"), *args], capture_output=True, text=True, timeout=250)


r = report(*folders, "--out=all")
ok(r.returncode == 0 and os.path.exists("all/report.md"), "report.md is made", r)
with open("all/report.md", encoding="utf-8") as f:
    text = f.read()
ok(not re.search(r"\{\{|<<|\[@|^---$", text, re.M), "nothing of the template's language is left", re.findall(r"\{\{.*|<<.*|\[@.*", text))
with open(os.path.join(given, "decode", "results.csv"), newline="", encoding="utf-8") as f:
    row = next(x for x in csv.DictReader(f) if x["metric"] == "roof_fraction" and x["variant"] == "tvl" and x["threads"] == "1" and not x["rep"])
ok(f"{float(row['value']):.2f} ({float(row['ci_low']):.2f} to {float(row['ci_high']):.2f})" in text, "numbers and intervals are those of results.csv", row)
with open(os.path.join(given, "claims", "claims.csv"), newline="", encoding="utf-8") as f:
    claims = list(csv.DictReader(f))
ok(len(claims) == 18 and all(re.search(rf"^\| {c['id']} \|.*\*\*{c['verdict']}\*\*", text, re.M) for c in claims), "the ledger has every claim with its verdict")
with open(os.path.join(given, "micro", "results.csv"), newline="", encoding="utf-8") as f:
    rate = {x["phase"]: float(x["value"]) for x in csv.DictReader(f) if x["metric"] == "bandwidth_gbs" and x["phase"].startswith("gemv/neon/")}
phase = "gemv/neon/288x288/dram"
warm, cold, shape = rate[phase[:-4] + "cache"], rate[phase], phase.split("/")[2].replace("x", " x ")
ok(f"| neon | {shape} | {warm:.3g} | {cold:.3g} | {cold / warm:.2f} |" in text, "a kernel in the cache beside the same from memory", (phase, warm, cold))
with open(os.path.join(given, "context", "results.csv"), newline="", encoding="utf-8") as f:
    row = next(x for x in csv.DictReader(f) if x["metric"] == "itl_us" and x["variant"] == "tvl" and x["threads"] == "1" and not x["rep"])
ok(re.search(rf"^\| tvl \| 1 \| {row['param'].split('=')[1]} \| [\d.,]+ \([^|]*\| - \| - \| - \|$", text, re.M), "the table of late positions is there", row)
told, listed = {int(n) for group in re.findall(r"\[([\d, ]+)\]", text) for n in group.split(", ")}, re.findall(r"^(\d+)\. ", text, re.M)
ok(told == set(map(int, listed)) and list(map(int, listed)) == sorted(map(int, listed)), "every reference is listed, and none besides", (told, listed))
with open(os.path.join(paper, "references.txt"), encoding="utf-8") as f:
    ok(len(listed) == sum(1 for line in f if line.strip()), "the list of references has no orphans", listed)
pictures = re.findall(r"\]\((figures/\w+\.png)\)", text)
try:
    import matplotlib  # noqa: F401
    drawn = True
except ModuleNotFoundError:
    drawn = False
if not drawn:
    skip("pictures", "matplotlib is not installed")
else:
    ok(pictures and all(os.path.getsize(os.path.join("all", p)) > 5000 for p in pictures), "pictures are there", pictures)
if shutil.which("pandoc") and shutil.which("pdflatex"):
    with open("all/report.pdf", "rb") as f:
        ok(f.read(5) == b"%PDF-" and os.path.getsize("all/report.pdf") > 50000, "report.pdf is made")
else:
    ok("pandoc" in r.stderr or "pdflatex" in r.stderr, "what the PDF needs is named", r.stderr)
    skip("report.pdf", "pandoc or LaTeX is not installed")

ok("cost of growth" not in text, "a part without its suite is left out")
r = report(folders[0], "--out=one")
ok(r.returncode == 0 and "not in these results" in open("one/report.md", encoding="utf-8").read(), "what a folder lacks is said in its place", r)
r = report(os.path.join(given, "growth"), "--out=grown")
grown = open("grown/report.md", encoding="utf-8").read() if r.returncode == 0 else ""
ok("5.7 The cost of growth" in grown and not re.search(r"<<(if|end)", grown) and
   re.findall(r"^\| (\S+) \| (\d) \|.*\| (yes|no) \|$", grown, re.M)[:3] == [("stories15M", "1", "yes"), ("stories15M", "2", "no"), ("stories42M", "1", "yes")],
   "and is there with it: a table from small to large, with verdicts", r)
os.mkdir("empty")
for name, args, words in [("no folder", ["nowhere"], ["nowhere"]), ("a folder without results", ["empty"], ["empty", "results.csv"])]:
    r = report(*args, "--out=bad")
    ok(r.returncode == 2 and r.stderr.count("\n") == 1 and r.stderr.startswith("report: ") and all(w in r.stderr for w in words), name, r)
done()
