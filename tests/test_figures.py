#!/usr/bin/env python3
"""Figures, from short result folders that bench wrote: files, their texts, no overlaps, and what is refused.

usage: test_figures.py PLOTS_FOLDER DATA_FOLDER CSV_H    prints TAP
"""
import importlib
import os
import re
import shutil
import sys

from figure_data import (changed, damaged_folders, data, figures, folders, given, one_line, others, rows_of, run,
                         tree_without_results, why_on, with_rows, without)
from outside import read
from tap import done, ok, skip

KINDS = ("pdf", "svg", "png")
decode = folders["decode"]
cpu, commit = rows_of("decode")[0]["cpu"], rows_of("decode")[0]["commit"]

# --- what needs no matplotlib
with open(others[0], encoding="utf-8") as f:
    schema = re.search(r'#define MW_SCHEMA "(\d+)"', f.read()).group(1)
ok(schema == data.SCHEMA, "the schema is that of bench", data.SCHEMA)
micro = data.Run(folders["micro"])
sizes = {c["level"]: c["bytes"] for c in micro.machine()["caches"]}
one, two = dict(micro.caches(1)), dict(micro.caches(2))
ok(one == {f"L{level}": size for level, size in sizes.items()}, "caches of one thread are those of machine.json", one)
ok(all(size in (sizes[int(name[1])], 2 * sizes[int(name[1])]) for name, size in two.items()) and two["L3"] == sizes[3],
   "two threads share the last cache", two)

try:
    from figure_texts import check_texts, drawn, faults, figure_of
except ModuleNotFoundError as e:
    one_line(figures(decode, "--out=none"), "figures.py without matplotlib names the package", "figures",
             "python3-matplotlib")
    skip("figures.py", f"no Python module {e.name} here; install python3-matplotlib")
    done()
import figures as program

# --- all figures
r = figures(*folders.values(), "--out=out")
ok(r.returncode == 0 and r.stderr.startswith("figures: format_tax skipped: ") and r.stderr.count("\n") == 1 and
   all(n in r.stdout for n in program.FIGURES if n != "format_tax"), "all figures but that of several dtypes", r)
TEXTS = {
    "fig1_throughput": [
        "tokens/s, measured", "published, not measured here", "bare-metal, NEON", "63.6", "298.7", "same-page roof",
        "autovec_assoc", "n = 144 tokens per bar", "95 % intervals", "2 threads"],
    "fig2_latency": [
        "token latency (µs)", "share of tokens", "P50: ", "no upper bound: n &lt; 368",
        "P99.9: needs more than n = 144", "first 10"],
    "fig2_latency_all": ["P99.9: needs more than n = 174", "n = 174 tokens", "no token dropped"],
    "roofline": [
        "operational intensity (FLOP/byte)", "GFLOP/s", "machine roof, 1 thread", "neon, 2",
        "as counted by suite micro"],
    "bandwidth_ladder": [
        "bandwidth (GB/s)", "size of the working set", "read, 4 streams", "triad", "L1", "L3", "1 thread", "2 threads",
        "2 repetitions"],
    "latency_ladder": ["load latency (ns)", "one per line, 4k pages", "one per page, huge pages", "L2"],
    "clu": ["utilization (1)", "split loads (1)", "last level", "colmajor", "8-way", "line fills"],
    "ttft_stack": [
        "time since exec (ms)", "cold, prompt of 1 token", "warm, prompt of 64 tokens", "tvl, mmap-huge", "map or read",
        "state not reached", "not measured", "100 ms", "200 ms", "n = 3 samples per bar"],
    "latency_position": ["position in the sequence", "residual (µs)", "robust line", "µs per position", "KV cache"],
    "context": [
        "position in the sequence", "ITL (ms), 1 thread", "2 threads", "KV cache at roof speed", "autovec_assoc",
        "n = 144 rounds", "added since position 10"],
    "growth": [
        "tokens/s", "MB per token", "share of roof / bytes (1)", "350M", "2.7B", "roof / bytes, 2 threads",
        "15 of 16 points", "tvl16_avx2/tvl/mmap", "n = 48 tokens", "3 processes"],
    "waterfall": [
        "Where the time of a token goes: tvl16_avx2/tvl/mmap, 3 threads", "ceiling", "87.4 % of the token",
        "page size and placement", "\u221219.6 µs, \u22121.2 %", "+103.9 µs, +6.4 %", "everything else", "reached",
        "620 tokens/s", "time per token (µs); the axis does not start at 0", "everything else: below 0.5 % each: page",
        "on huge pages", "n = 432 tokens", "3 processes"],
    "knee": [
        "What more threads bring: tvl16_avx2/tvl/mmap", "tokens/s", "threads", "knee: 2 threads (2 to 3)", "ceiling",
        "702", "reached", "613", "within 5 %", "n = 432 tokens per point", "3 processes"],
    "predicted": [
        "published tokens/s", "predicted tokens/s", "f32", "MODELLED", "within 20 %", "of 15 published speeds",
        "GB/s predicted for made-up", "measured GB/s of a kernel", "8 of 8 kernels measured on",
        "hollow: in the cache"],
    "machines": [
        "predicted tokens/s, one thread", "m2-pro", "pi5-a76", "neon, mmap", "neon4", "MODELLED",
        "hollow: the core binds", "published"],
    "sensitivity": [
        "clock +10 %", "FMA latency \u22121 cycle", "GB/s of one core +10 %", "m2-pro: scalar", "neon, mmap",
        "MODELLED", "change of tokens/s in %", "one thread"],
    "roof_fraction": ["share of the same-page roof (1)", "roof", "autovec_assoc", "n = 144 tokens"],
}
CAPTIONS = {"context": [rows_of("context")[0]["commit"]],  # folders of other runs
            **dict.fromkeys(("ttft_stack", "growth", "waterfall", "knee"), ["made up", "0000000"]),
            **dict.fromkeys(("predicted", "machines", "sensitivity"), ["0000000"])}
for name, words in TEXTS.items():
    if not all(os.path.exists(f"out/{name}.{kind}") for kind in KINDS):
        ok(False, f"{name}: PDF, SVG and PNG")
        continue
    pdf, svg, png = (read(f"out/{name}.{kind}") for kind in KINDS)
    ok(pdf.startswith(b"%PDF") and png.startswith(b"\x89PNG") and len(pdf) > 5000 and len(png) > 20000,
       f"{name}: PDF and PNG")
    words = words + CAPTIONS.get(name, [cpu.split()[0], commit])
    text = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode()))  # each line of a text is an element
    missing = [w for w in words if w not in text]
    ok(not missing, f"{name}: its texts, machine and commit are text in the SVG", (missing, text))
figures(*folders.values(), "--out=again")
ok(all(read(f"out/{n}.{k}") == read(f"again/{n}.{k}") for n in TEXTS for k in ("pdf", "svg")),
   "the same results make the same files")

# --- every text that is drawn: at least 7 points, inside the picture, none over another
bad, axes = importlib.import_module("style").new(3.3, 2)
for x, size in ((0.5, 7), (0.52, 7), (1.5, 7), (0.1, 5)):
    axes.text(x, 0.5, f"text {size}", fontsize=size)
ok(list(map(len, faults(bad)[:3])) == [1, 1, 1], "these checks find the faults of a bad figure", faults(bad))
for name in TEXTS:
    check_texts(name, figure_of(name, *folders.values()))

rows = rows_of("micro")
peak = {**rows[0], "metric": "peak_gflops", "unit": "GFLOP/s", "phase": "peak", "param": ""}
peaks = with_rows("micro", rows + [{**peak, "isa": isa, "threads": threads, "value": value} for isa, threads, value in (
    ("avx512", "1", "110"), ("avx512", "2", "215"), ("avx2", "1", "55"))])
figure = figure_of("roofline", decode, peaks)
check_texts("roofline with peaks", figure)
caption = figure.get_supxlabel() if hasattr(figure, "get_supxlabel") else figure._supxlabel.get_text()
ok("110 GFLOP/s (avx512, 1 thread), 215 GFLOP/s" in " ".join(caption.split()), "roofline: the highest peaks", caption)
rows = rows_of("decode")
like = [x for x in rows if x["variant"] == "autovec_assoc/rowmajor/heap" and x["rep"] == ""]
many = with_rows("decode", rows + [{**x, "variant": f"kernel{i}/rowmajor/{load}"} for i in range(5)
                                   for load in ("heap", "mmap-populate") for x in like])
one_thread = with_rows("decode", [x for x in rows if x["threads"] == "1"])
for name in ("fig1_throughput", "roof_fraction", "roofline"):
    check_texts(name + " of many variants", figure_of(name, many))
    check_texts(name + " of one thread", figure_of(name, one_thread))

# --- suite why: many threads, one, no interval, long names, wide intervals, steps that are large, small or gains
LONG = {"variant": "tvl16_avx512vnni/tvl/mmap-populate@q4_K",
        "model": "a-model-with-a-long-name-instruct-2507-Q4_K_M-00001-of-00004.gguf"}


def scaled(rows, by, half=None):
    """Rows with the steps multiplied, the token accordingly longer, and intervals of steps of another width."""
    lost = sum(float(x["value"]) for x in rows if x["metric"] == "lost_us" and x["threads"] == "1")
    for x in rows:
        value = float(x["value"])
        new = {"lost_us": value * by, "token_us": value + lost * (by - 1)}.get(x["metric"], value)
        ends = (new - half, new + half) if half and x["metric"] == "lost_us" else [
            float(x[c]) - value + new if x[c] else "" for c in ("ci_low", "ci_high")]
        yield {**x, "value": new, "ci_low": min(ends), "ci_high": max(ends)}


for name, made in {
        "of 64 threads": why_on(range(1, 65)), "of one thread": why_on([1]), "of 1, 2, 8 and 48": why_on([1, 2, 8, 48]),
        "without intervals": [{**x, "ci_low": "", "ci_high": ""} for x in why_on([1, 2])],
        "of long names": why_on([1, 2], **LONG), "of wide intervals": list(scaled(why_on([1, 2]), 1, 900)),
        "of large steps": list(scaled(why_on([1, 2], **LONG), 9)), "of gains": list(scaled(why_on([1, 2]), -2)),
        "of hardly a step": list(scaled(why_on([1, 2]), 0.02)),
        "of slow tokens": [{**x, **{c: float(x[c]) * (1e-3 if x["metric"] == "tokens_per_s" else 1e3) if x[c] else ""
                                    for c in ("value", "ci_low", "ci_high") if x["metric"] != "knee_threads"}}
                           for x in why_on([1, 2])]}.items():
    folder = with_rows("why", made)
    check_texts("waterfall " + name, figure_of("waterfall", folder))
    if name not in ("of large steps", "of gains", "of hardly a step"):  # their tokens/s are not those of the token
        check_texts("knee " + name, figure_of("knee", folder))
texts = " ".join(t.get_text() for t in drawn)
ok("knee: 1.33 threads (1 to 2)" in texts, "knee: its interval ends where threads were measured", texts)

# --- several dtypes: rows of f32 once more as q8_0, with half of the share of the roof
HALF = {"roof_fraction": 0.5}
dtypes = with_rows("decode", rows + [
    {**x, "dtype": "q8_0", "variant": x["variant"] + "@q8_0",
     **{c: f"{float(x[c]) * HALF.get(x['metric'], 1):g}" for c in ("value", "ci_low", "ci_high") if x[c]}}
    for x in rows if x["variant"] in ("tvl", "neon")])
for name in ("format_tax", "roofline"):
    check_texts(name + " of two dtypes", figure_of(name, dtypes))
texts = " ".join(t.get_text() for t in drawn)
ok("f32 0.5, q8_0 1.88" in " ".join(texts.split()), "roofline: an intensity for each dtype", texts)
faults(figure_of("format_tax", dtypes))
texts = " ".join(t.get_text() for t in drawn)
ok(texts.count("(-50 %)") >= len({x["threads"] for x in rows if x["variant"] == "tvl"}) and
   all(w in texts for w in ("f32\n32 bits", "q8_0\n8.5 bits", "layout tvl", "row-major")),
   "format_tax: what q8_0 loses", texts)

# --- selection, skipping, refusing
r = figures(decode, "--out=some")
OTHERS = {"bandwidth_ladder": "micro", "latency_ladder": "micro", "clu": "clu", "ttft_stack": "ttft",
          "context": "context", "growth": "growth", "waterfall": "why", "knee": "why",
          **dict.fromkeys(("predicted", "machines", "sensitivity"), "predict")}
skipped = r.stderr.splitlines()
ok(r.returncode == 0 and len(skipped) == len(OTHERS) + 1 and
   all(any(l.startswith(f"figures: {name} skipped: no results.csv of suite {suite}") for l in skipped)
       for name, suite in OTHERS.items()), "figures without data are skipped, by name", r)
ok(sorted(os.listdir("some")) == sorted(f"{n}.{k}" for n in TEXTS if n not in OTHERS for k in KINDS),
   "the others are made", os.listdir("some"))
for name, options, words in (
        ("a figure asked for by name that cannot be made", ["--only=clu", "--out=x"], ["clu: no results.csv", "clu"]),
        ("no such figure", ["--only=fig9", "--out=x"], ["fig9", "fig1_throughput"]),
        ("no tokens of that variant", ["--only=fig2_latency", "--variant=neon", "--out=x"], ["tokens.csv", "neon"]),
        ("no ceiling of that variant", [folders["why"], "--only=knee", "--variant=tvl", "--out=x"], ["variant tvl"]),
        ("no ceiling on that many threads", [folders["why"], "--only=waterfall", "--threads=9", "--out=x"],
         ["9 threads"]),
        ("a folder that cannot be written", ["--only=fig1_throughput", "--out=/proc/nowhere"], ["/proc/nowhere"])):
    one_line(figures(decode, *options), name, "figures", *words)
for name, (folder, words) in damaged_folders().items():
    one_line(figures(folder, "--out=x"), f"refused: {name}", "figures", *words)
bad = changed("decode", without("latency_us"), "tokens.csv")
one_line(figures(bad, "--only=fig2_latency", "--out=x"), "refused: tokens.csv without a column", "figures",
         "tokens.csv: line 1", "latency_us")
bad = changed("ttft", lambda t: t[:200], "ttft.csv")
one_line(figures(bad, "--only=ttft_stack", "--out=x"), "refused: ttft.csv cut short", "figures", "ttft.csv: line 2",
         "cells")
ok(not os.path.exists("x"), "nothing is written then", os.listdir("."))

# --- before_after
r = figures("--before=" + decode, decode, "--out=pair")
ok(r.returncode == 0 and os.path.exists("pair/before_after.pdf"), "before_after", r)
svg = read("pair/before_after.svg").decode()
ok(all(w in svg for w in ("after / before (1)", "roof fraction", "tokens/s", commit)), "before_after: its texts",
   svg[-3000:])
check_texts("before_after", figure_of("before_after", decode, decode))
r = figures(decode, decode, "--out=pair2", script="before_after.py")
ok(r.returncode == 0 and os.path.exists("pair2/before_after.png"), "before_after.py OLD NEW", r)
one_line(figures(decode, script="before_after.py"), "before_after.py: one folder", "figures", "OLD NEW")
other = changed("decode", lambda t: t.replace("synthetic:stories15M", "synthetic:stories42M"))
one_line(figures("--before=" + other, decode, "--out=x"), "before_after: another model", "figures", "differ in model")

# --- which folders
elsewhere = tree_without_results()
script = os.path.join(elsewhere, "plots", "figures.py")


def fig1(*options, **more):
    return run(sys.executable, script, "--only=fig1_throughput", *options, **more)


def drawn_from(folder, commit):
    return commit in read(folder + "/fig1_throughput.svg").decode()


one_line(run(sys.executable, script, "--out=x"), "no folder and no reference set", "figures", "results/reference",
         "give its folder")
shutil.copytree(given, os.path.join(elsewhere, "results", "reference"), ignore=shutil.ignore_patterns("*.py"))
r = run(sys.executable, script, "--only=fig1_throughput,clu", "--out=reference")
ok(r.returncode == 0 and len(os.listdir("reference")) == 6, "the reference set, if no folder is given", r)
own = os.path.join(elsewhere, "results", re.sub(r"[^A-Za-z0-9_.-]", "_", os.uname().nodename))
for time, value in (("2026-01-01T00_00_00Z", "old"), ("2026-01-02T00_00_00Z", "new"),
                    ("2026-01-03T00_00_00Z/decode", "all")):
    folder = changed("decode", lambda t, value=value: t.replace(commit, value + "commit"))
    shutil.copytree(folder, os.path.join(own, time))
    r = fig1("--newest=" + elsewhere, "--out=" + value)
    ok(r.returncode == 0 and drawn_from(value, value + "commit"), f"the newest run of this host: {time}", r)
r = fig1("--newest=" + elsewhere, "--out=named", env={**os.environ, "MEMWALL_RESULTS": decode})
ok(r.returncode == 0 and drawn_from("named", commit), "MEMWALL_RESULTS names others", r)
done()
