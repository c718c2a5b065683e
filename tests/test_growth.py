#!/usr/bin/env python3
"""Suite growth from outside: rows worked out anew, what is left out, what stays in the cache folder.

usage: test_growth.py BENCH SCHEMA.md    prints TAP
"""
import csv, math, os, re, signal, statistics, subprocess, sys, tempfile, time

from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-growth-")
os.chdir(work.name)
os.mkdir("tmp")
cache = os.path.join(work.name, "cache")
os.environ.update(MEMWALL_CACHE=cache, NO_COLOR="1", TMPDIR=os.path.join(work.name, "tmp"))
SMALL, LARGER = "synthetic:stories260K", "synthetic:stories15M"
SHAPES = {SMALL: (64, 172, 5, 8, 4, 512), LARGER: (288, 768, 6, 6, 6, 32000)}  # dim, hidden, layers, heads, kv heads, vocabulary
TOKENS = 42


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


def suite(*args, **more):
    return run("--suite=growth", "--threads=1", *args, **more)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


refused = refuser(run)
# --- two small shapes, one of which has its file already
run("--model=" + SMALL, "--variant=tvl", "--reps=1", "--tokens=12", "--threads=1", "--quiet", "--out=before")
before = sorted(os.listdir(cache))
ok(len(before) == 1 and before[0].endswith(".tvl"), "a variant that maps layout tvl needs no checkpoint", before)
stamp = os.stat(os.path.join(cache, before[0])).st_mtime_ns
r = suite("--shapes=stories15M,stories260K", f"--tokens={TOKENS}", "--reps=3", "--out=two")
made = r.returncode in (0, 1) and os.path.exists("two/results.csv")  # 1: a busy machine's roof, which the last line says
ok(made and (r.returncode == 0 or b"of its roof" in r.stderr), "two shapes, three processes each", r)
lines = r.stdout.decode().splitlines()
ok(max(map(len, lines)) <= 80 and [l.split()[0].rstrip("*") for l in lines if l.startswith("stories")] == ["stories260K", "stories15M"],
   "a table of 80 columns, from small to large", lines)
ok(sorted(os.listdir(cache)) == before and os.stat(os.path.join(cache, before[0])).st_mtime_ns == stamp,
   "the file that was there stays, the one made for the suite does not", os.listdir(cache))
ok(os.listdir("tmp") == [] and not os.path.exists("two/tokens.csv"), "nothing is left in TMPDIR")
rows = read("two/results.csv")
with open(schema, encoding="utf-8") as f:
    ok({x["metric"] for x in rows} <= set(re.findall(r"^\| `(\w+)` \|", f.read(), re.M)), "metrics that SCHEMA.md lists")
ok({x["suite"] for x in rows} == {"growth"} and all((x["model"] == "") == (x["metric"] == "warning") for x in rows) and
   {x["model"] for x in rows} - {""} == set(SHAPES), "every row names its shape; warnings have none")
processes = list(dict.fromkeys((x["model"], x["rep"]) for x in rows if x["rep"]))
ok(sorted(processes) == sorted((m, str(i)) for m in SHAPES for i in (1, 2, 3)), "three processes a shape", processes)
order = [m for m, _ in processes]
ok(sum(a != b for a, b in zip(order, order[1:])) > 1, "shapes take turns in random order", order)

told = {(x["model"], x["rep"], x["metric"]): x for x in rows if x["metric"] != "warning"}
ok(len(told) == sum(x["metric"] != "warning" for x in rows), "one row a shape, process and metric")


def value(model, rep, metric):
    return float(told[model, rep, metric]["value"])


wrong, needed = [], {}
for model, (dim, hidden, layers, heads, kv_heads, vocab) in SHAPES.items():
    kv = dim // heads * kv_heads
    weights = layers * (2 * dim * dim + 2 * kv * dim + 3 * dim * hidden + 2 * dim) + dim + vocab * dim + dim
    needed[model] = 4e-6 * (weights - dim)  # without the embedding's row, which counts twice
    positions = statistics.mean(range(10, TOKENS))  # steady ones
    token_mb = 4e-6 * (weights + layers * (2 * kv * (positions + 1) + 2 * kv))
    for rep in "123":
        rate, roof = value(model, rep, "tokens_per_s"), value(model, rep, "roof_mean_gbs")
        if abs(value(model, rep, "token_mb") / token_mb - 1) > 1e-5:
            wrong.append((model, rep, "token_mb", token_mb))
        if abs(value(model, rep, "growth_ratio") / (rate / (roof * 1e9 / (token_mb * 1e6))) - 1) > 1e-5:
            wrong.append((model, rep, "growth_ratio"))
    logs = [math.log(value(model, rep, "growth_ratio")) for rep in "123"]
    mean, half = statistics.mean(logs), 4.302652729696142 * statistics.stdev(logs) / math.sqrt(3)
    x = told.get((model, "", "growth_ratio"))
    if not x:
        wrong.append((model, "no summary"))
        continue
    low, high = math.exp(mean - half), math.exp(mean + half)
    for column, want in (("value", math.exp(mean)), ("ci_low", low), ("ci_high", high)):
        if abs(float(x[column]) / want - 1) > 1e-4:
            wrong.append((model, column, x, want))
    verdict = "yes" if low >= 0.9 and high <= 1.1 else "no" if high < 0.9 or low > 1.1 else "open"
    if not x["note"].endswith("; within 10 %: " + verdict) or x["note"].find("3 processes") != 0:
        wrong.append((model, verdict, x["note"]))
    line = next(l for l in lines if l.startswith(model[10:]))
    if not line.endswith("  " + verdict) or f"{float(x['value']):.3f}" not in line:
        wrong.append((model, line))
ok(not wrong, "bytes of a token, ratios, intervals and verdicts are those of the rows", wrong[:3])
sizes = {m: float(told[m, "", "bytes_needed_mb"]["value"]) for m in SHAPES if (m, "", "bytes_needed_mb") in told}
ok(len(sizes) == 2 and all(abs(sizes[m] / needed[m] - 1) < 1e-5 for m in SHAPES), "summaries do not mix shapes", (sizes, needed))

# --- what is left out is told
available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
if available > 100e9:
    skip("a shape that does not fit", "this machine has memory for 13 billion weights, twice")
else:
    r = suite("--shapes=llama-13B,stories260K", "--tokens=12", "--reps=1", "--out=left")
    ok(r.returncode in (0, 1) and re.search(rb"llama-13B is left out: .*GiB are available", r.stderr) and
       any("llama-13B is left out" in x["note"] for x in read("left/results.csv")), "a shape that does not fit: a warning, and a row", r)
    ok(b"of one process" in r.stdout or b"unknown" in r.stdout, "a verdict from one process says so", r.stdout)
    refused(["--suite=growth", "--shapes=llama-13B", "--out=none"], "no shape can be measured here", "llama-13B is left out")
small_disk = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1040m t "$0" && exec "$@"', cache]
try:
    tried = subprocess.run([*small_disk, "true"], capture_output=True)
except FileNotFoundError as e:
    tried = subprocess.CompletedProcess([], 1, b"", str(e).encode())
if tried.returncode:
    skip("a file that does not fit", f"this user cannot mount a small disk: {tried.stderr.decode(errors='replace').strip()}")
else:
    r = subprocess.run([*small_disk, bench, "--suite=growth", "--threads=1", "--shapes=stories260K,stories15M", "--tokens=12", "--reps=1",
                        "--out=disk"], capture_output=True, timeout=250)
    x = read("disk/results.csv")
    ok(r.returncode in (0, 1) and any("stories15M is left out: its file of 0.1 GiB" in y["note"] for y in x) and
       {y["model"] for y in x} - {""} == {SMALL}, "a file that does not fit on the disk beside 1 GiB: a warning, the rest is measured", r)
r = suite("--shapes=stories15M,stories260K", "--tokens=300", "--reps=2", "--out=part")  # the larger one has 256 positions
notes = [x["note"] for x in read("part/results.csv") if x["metric"] == "warning"]
ok(r.returncode in (0, 1) and sum("stories15M: process 1 failed" in n and "256 positions" in n for n in notes) == 1,
   "a process that fails takes its shape out, with its own words", (r, notes))
ok({x["model"] for x in read("part/results.csv")} - {""} == {SMALL}, "the other shape is measured")
ok(sorted(os.listdir(cache)) == before, "and the cache is as before", os.listdir(cache))

# --- refused
refused(["--suite=growth", "--model=" + SMALL], "--model", "--shapes")
refused(["--suite=growth", "--shapes=stories16M"], "stories16M", "stories15M", "llama-2.7B")
refused(["--suite=growth", "--shapes=stories260K", "--variant=scalar", "--out=none"], "suite growth", "scalar", "tvl")
refused(["--suite=growth", "--precision=2%"], "--precision", "--suite=decode", "--reps")
refused(["--shapes=stories260K"], "--shapes", "growth")

p = subprocess.Popen([bench, "--suite=growth", "--shapes=stories42M", "--reps=50", "--out=cut"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
limit = time.time() + 60
while not any("42M" in f for f in os.listdir(cache)) and time.time() < limit:
    time.sleep(0.05)
there = sorted(os.listdir(cache)) != before
p.send_signal(signal.SIGINT)
out, err = p.communicate(timeout=100)
ok(there and p.returncode == 130 and out == b"" and not os.path.exists("cut") and os.listdir("tmp") == [] and
   sorted(os.listdir(cache)) == before, "Ctrl-C: exit 130, and what was made is removed",
   (there, p.returncode, out, err, os.listdir("tmp"), os.listdir(cache)))

done()
