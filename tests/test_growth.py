#!/usr/bin/env python3
"""Suite growth from outside: rows computed again, what is left out, what stays in the cache folder.

usage: test_growth.py BENCH SCHEMA.md    prints TAP
"""
import os
import re
import statistics
import subprocess
import sys

from outside import has_interval, interrupted, interval, read_csv, schema_metrics, stopped_cleanly, widest, workplace
from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
cache = os.path.join(workplace("growth"), "cache")
SMALL, LARGER = "synthetic:stories260K", "synthetic:stories15M"
SHAPES = {SMALL: (64, 172, 5, 8, 4, 512),  # dim, hidden, layers, heads, KV heads, vocabulary
          LARGER: (288, 768, 6, 6, 6, 32000)}
TOKENS = 42


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=250)


def suite(*args):
    return run("--suite=growth", "--threads=1", *args)


def models(rows):
    return {x["model"] for x in rows} - {""}


refused = refuser(run)

# --- two small shapes, one of which has its file already
run("--model=" + SMALL, "--variant=tvl", "--reps=1", "--tokens=12", "--threads=1", "--quiet", "--out=before")
before = sorted(os.listdir(cache))
ok(len(before) == 1 and before[0].endswith(".tvl"), "a variant that maps layout tvl needs no checkpoint", before)
stamp = os.stat(os.path.join(cache, before[0])).st_mtime_ns
r = suite("--shapes=stories15M,stories260K", f"--tokens={TOKENS}", "--reps=3", "--out=two")
# Exit 1 is a roof swept while the machine was busy, which the last line reports.
made = r.returncode in (0, 1) and os.path.exists("two/results.csv")
ok(made and (r.returncode == 0 or b"of its roof" in r.stderr), "two shapes, three processes each", r)
lines = r.stdout.decode().splitlines()
shown = [l.split()[0].rstrip("*") for l in lines if l.startswith("stories")]
ok(widest(r.stdout) <= 80 and shown == ["stories260K", "stories15M"],
   "a table of 80 columns, from small to large", lines)
ok(sorted(os.listdir(cache)) == before and os.stat(os.path.join(cache, before[0])).st_mtime_ns == stamp,
   "the existing file stays, the file made for the suite does not", os.listdir(cache))
ok(os.listdir("tmp") == [] and not os.path.exists("two/tokens.csv"), "nothing is left in TMPDIR")
rows = read_csv("two/results.csv")
ok({x["metric"] for x in rows} <= schema_metrics(schema), "metrics that SCHEMA.md lists")
ok({x["suite"] for x in rows} == {"growth"} and models(rows) == set(SHAPES) and
   all((x["model"] == "") == (x["metric"] == "warning") for x in rows), "every row names its shape; warnings have none")
processes = list(dict.fromkeys((x["model"], x["rep"]) for x in rows if x["rep"]))
ok(sorted(processes) == sorted((m, str(i)) for m in SHAPES for i in (1, 2, 3)), "three processes per shape", processes)
order = [m for m, _ in processes]
ok(sum(a != b for a, b in zip(order, order[1:])) > 1, "shapes take turns in random order", order)

# --- numbers
by_key = {(x["model"], x["rep"], x["metric"]): x for x in rows if x["metric"] != "warning"}
ok(len(by_key) == sum(x["metric"] != "warning" for x in rows), "one row per shape, process and metric")


def value(model, rep, metric):
    return float(by_key[model, rep, metric]["value"])


def megabytes(model):
    """MB of weights per token without the row of the embedding, and MB per token with it and the KV cache."""
    dim, hidden, layers, heads, kv_heads, vocab = SHAPES[model]
    kv = dim // heads * kv_heads
    weights = layers * (2 * dim * dim + 2 * kv * dim + 3 * dim * hidden + 2 * dim) + dim + vocab * dim
    position = statistics.mean(range(10, TOKENS))  # of the steady tokens
    return 4e-6 * weights, 4e-6 * (weights + dim + layers * (2 * kv * (position + 1) + 2 * kv))


def verdict_of(low, high):
    return "yes" if low >= 0.9 and high <= 1.1 else "no" if high < 0.9 or low > 1.1 else "open"


def faults(model):
    """The numbers of a shape that are not those computed here."""
    found, (_, token_mb) = [], megabytes(model)
    for rep in "123":
        rate, roof = value(model, rep, "tokens_per_s"), value(model, rep, "roof_mean_gbs")
        if abs(value(model, rep, "token_mb") / token_mb - 1) > 1e-5:
            found.append((rep, "token_mb", token_mb))
        if abs(value(model, rep, "growth_ratio") / (rate / (roof * 1e9 / (token_mb * 1e6))) - 1) > 1e-5:
            found.append((rep, "growth_ratio"))
    x = by_key.get((model, "", "growth_ratio"))
    if not x:
        return found + ["no summary"]
    want = interval([value(model, rep, "growth_ratio") for rep in "123"])
    if not has_interval(x, want, 1e-4):
        found.append((x, want))
    verdict = verdict_of(*want[1:])
    if not x["note"].endswith("; within 10 %: " + verdict) or not x["note"].startswith("3 processes"):
        found.append((verdict, x["note"]))
    line = next(l for l in lines if l.startswith(model.removeprefix("synthetic:")))
    if line.split()[-1] != verdict or f"{float(x['value']):.3f}" not in line:
        found.append(line)
    return found


wrong = {model: faults(model) for model in SHAPES}
ok(not any(wrong.values()), "bytes per token, ratios, intervals and verdicts follow from the rows", wrong)
sizes = {m: value(m, "", "bytes_needed_mb") for m in SHAPES if (m, "", "bytes_needed_mb") in by_key}
needed = {m: megabytes(m)[0] for m in SHAPES}
ok(len(sizes) == 2 and all(abs(sizes[m] / needed[m] - 1) < 1e-5 for m in SHAPES), "summaries do not mix shapes",
   (sizes, needed))

# --- what is left out is reported
available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
if available > 100e9:
    skip("a shape that does not fit", "this machine has memory for 13 billion weights, twice")
else:
    r = suite("--shapes=llama-13B,stories260K", "--tokens=12", "--reps=1", "--out=left")
    ok(r.returncode in (0, 1) and re.search(rb"llama-13B is left out: .*GiB are available", r.stderr) and
       any("llama-13B is left out" in x["note"] for x in read_csv("left/results.csv")),
       "a shape that does not fit: a warning, and a row", r)
    ok(b"of one process" in r.stdout or b"unknown" in r.stdout, "a verdict from one process says so", r.stdout)
    refused(["--suite=growth", "--shapes=llama-13B", "--out=none"], "no shape can be measured here",
            "llama-13B is left out")
small_disk = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1040m t "$0" && exec "$@"', cache]
try:
    tried = subprocess.run([*small_disk, "true"], capture_output=True)
except FileNotFoundError as e:
    tried = subprocess.CompletedProcess([], 1, b"", str(e).encode())
if tried.returncode:
    reason = tried.stderr.decode(errors="replace").strip()
    skip("a file that does not fit", f"this user cannot mount a small disk: {reason}")
else:
    r = subprocess.run([*small_disk, bench, "--suite=growth", "--threads=1", "--shapes=stories260K,stories15M",
                        "--tokens=12", "--reps=1", "--out=disk"], capture_output=True, timeout=250)
    x = read_csv("disk/results.csv")
    ok(r.returncode in (0, 1) and models(x) == {SMALL} and
       any("stories15M is left out: its file of 0.1 GiB" in y["note"] for y in x),
       "a file that does not leave 1 GiB on the disk: a warning, the rest is measured", r)
r = suite("--shapes=stories15M,stories260K", "--tokens=300", "--reps=2", "--out=part")  # stories15M has 256 positions
x = read_csv("part/results.csv")
notes = [y["note"] for y in x if y["metric"] == "warning"]
ok(r.returncode in (0, 1) and sum("stories15M: process 1 failed" in n and "256 positions" in n for n in notes) == 1,
   "a process that fails removes its shape, with its own words", (r, notes))
ok(models(x) == {SMALL}, "the other shape is measured")
ok(sorted(os.listdir(cache)) == before, "the cache is as before", os.listdir(cache))

# --- refused
refused(["--suite=growth", "--model=" + SMALL], "--model", "--shapes")
refused(["--suite=growth", "--shapes=stories16M"], "stories16M", "stories15M", "llama-2.7B")
refused(["--suite=growth", "--shapes=stories260K", "--variant=scalar", "--out=none"], "suite growth", "scalar", "tvl")
refused(["--suite=growth", "--precision=2%"], "--precision", "--suite=decode", "--reps")
refused(["--shapes=stories260K"], "--shapes", "growth")

# --- Ctrl-C
seen = []


def file_appears():
    seen[:] = [f for f in os.listdir(cache) if "42M" in f]
    return seen


p = interrupted([bench, "--suite=growth", "--shapes=stories42M", "--reps=50", "--out=cut"], file_appears)
ok(seen and stopped_cleanly(p, "cut") and sorted(os.listdir(cache)) == before,
   "Ctrl-C: exit 130, and new files are removed", (seen, p.note, os.listdir("tmp"), os.listdir(cache)))
done()
