#!/usr/bin/env python3
"""Figures, from short result folders that bench wrote: files, their texts, nothing that overlaps, and what is refused.

usage: test_figures.py PLOTS_FOLDER DATA_FOLDER CSV_H BENCH    prints TAP
"""
import csv, math, os, re, shutil, subprocess, sys, tempfile

from tap import done, ok, skip

plots, given, csv_h, bench = map(os.path.abspath, sys.argv[1:5])
sys.path.insert(0, plots)
sys.dont_write_bytecode = True
work = tempfile.TemporaryDirectory(prefix="memwall-figures-")
os.chdir(work.name)
os.environ.update(MPLCONFIGDIR=os.path.join(work.name, "mpl"), PYTHONDONTWRITEBYTECODE="1", NO_COLOR="1",
                  MEMWALL_CACHE=os.path.join(work.name, "cache"))
os.environ.pop("MEMWALL_RESULTS", None)
folders = [os.path.join(given, suite) for suite in ("decode", "micro", "clu", "ttft", "context", "growth")]


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


def figures(*args, script="figures.py", **more):
    return run(sys.executable, os.path.join(plots, script), *args, **more)


def one_line(r, name, program, *words, code=2):
    """Refused with one line on stderr that holds the words."""
    lines = r.stderr.splitlines()
    ok(r.returncode == code and r.stdout == "" and len(lines) == 1 and lines[0].startswith(program + ": ") and
       all(w in lines[0] for w in words), name, (r.returncode, r.stdout, lines))


def changed(suite, file="results.csv", edit=lambda text: text):
    """A copy of a folder with another text in one file."""
    folder = tempfile.mkdtemp(dir=".") + "/" + suite
    shutil.copytree(os.path.join(given, suite), folder)
    path = os.path.join(folder, file)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8", newline="", errors="surrogateescape") as f:
        f.write(edit(text))
    return folder


def without(column):
    """Cuts a column out of a CSV text."""
    def edit(text):
        rows = list(csv.reader(text.splitlines()))
        at = rows[0].index(column)
        with open("cut.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f, lineterminator="\n").writerows(row[:at] + row[at + 1:] for row in rows)
        return open("cut.csv", encoding="utf-8").read()
    return edit


def rows_of(suite, file="results.csv"):
    with open(os.path.join(given, suite, file), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


# --- what needs no matplotlib ---------------------------------------------------------------------------------------------
import data

with open(csv_h, encoding="utf-8") as f:
    ok(re.search(r'#define MW_SCHEMA "(\d+)"', f.read()).group(1) == data.SCHEMA, "the schema is that of bench", data.SCHEMA)
micro = data.Run(os.path.join(given, "micro"))
sizes = {c["level"]: c["bytes"] for c in micro.machine()["caches"]}
ok(dict(micro.caches(1)) == {f"L{level}": size for level, size in sizes.items()}, "caches of one thread are those of machine.json",
   micro.caches(1))
ok(all(size in (sizes[int(name[1])], 2 * sizes[int(name[1])]) for name, size in micro.caches(2)) and
   dict(micro.caches(2))["L3"] == sizes[3], "two threads share the last cache", micro.caches(2))

refused = [
    ("an empty file", changed("decode", edit=lambda t: ""), ["results.csv", "is empty"]),
    ("a header alone", changed("decode", edit=lambda t: t.splitlines()[0] + "\n"), ["results.csv", "no rows"]),
    ("a row cut short", changed("decode", edit=lambda t: t[:t.rindex(",")]), ["results.csv: line", "cells"]),
    ("an open quote", changed("decode", edit=lambda t: t + '"'), ["results.csv: line", "is no CSV"]),
    ("bytes that are no text", changed("decode", edit=lambda t: t + "\udcff"), ["results.csv: line", "is no CSV"]),
    ("a word for a number", changed("decode", edit=lambda t: re.sub(r"(tokens_per_s,1/s,)[\d.]+", r"\1fast", t, count=1)),
     ["results.csv: line", "'fast'", "value"]),
    ("an interval without its value", changed("decode", edit=lambda t: re.sub(r"(tokens_per_s,1/s,[\d.]+,)[\d.]+", r"\g<1>99999", t)),
     ["results.csv: line", "interval"]),
    ("a missing column", changed("decode", edit=without("ci_low")), ["results.csv: line 1", "no column ci_low"]),
    ("another schema", changed("decode", edit=lambda t: t.replace(",2,", ",99,")), ["schema 99", "schema " + data.SCHEMA, "commit"]),
    ("a folder that is none", "/nonexistent", ["/nonexistent", "is no folder"]),
    ("a folder without results", tempfile.mkdtemp(dir="."), ["results.csv", "is no result folder"]),
]
elsewhere = tempfile.mkdtemp(dir=".")  # a tree without results
shutil.copytree(plots, os.path.join(elsewhere, "plots"))

# --- pictures with gnuplot ------------------------------------------------------------------------------------------------
quick = os.path.join(plots, "quick.sh")
if not shutil.which("gnuplot"):
    skip("quick.sh, bench --plot", "no gnuplot here; install gnuplot-nox")
else:
    r = run("sh", quick, folders[0])
    ok(r.returncode == 0 and r.stderr == "" and max(map(len, r.stdout.splitlines())) <= 80 and
       all(w in r.stdout for w in ("tokens/s", "scalar, 1", "tvl, 2", "same-page roof", "95 % interval", "P50", "3 processes")),
       "quick.sh: text of 80 columns", r)
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        r = run("sh", quick, folders[0], kind, "--out=quick")
        made = [open(f"quick/{n}.{kind}", "rb").read() for n in ("fig1", "fig2", "roof_fraction")] if r.returncode == 0 else []
        ok(len(made) == 3 and all(x.startswith(start) and len(x) > 4000 for x in made), f"quick.sh: {kind}", r)
    ok(b"autovec_assoc, 2" in open("quick/fig1.svg", "rb").read(), "quick.sh: names are not typeset as formulas")
    for name, folder, words in refused:
        if name in ("bytes that are no text", "an interval without its value"):  # gnuplot does not mind
            continue
        r = run("sh", quick, folder)
        words = {"a header alone": ["no tokens_per_s"], "an open quote": ["quote"], "a word for a number": ['"fast"', "value"],
                 "a folder that is none": ["is not there"], "a folder without results": ["is not there"]}.get(name, words)
        words = [w for w in words if w != "schema " + data.SCHEMA]
        one_line(r, f"quick.sh refuses {name}", "quick.sh", *words)
    one_line(run("sh", quick, folders[0], "--only=fig7"), "quick.sh: no such figure", "quick.sh", "fig7", "fig1")
    one_line(run("sh", os.path.join(elsewhere, "plots", "quick.sh")), "quick.sh: no results at all", "quick.sh", "run bench")
    tools = tempfile.mkdtemp(dir=work.name)
    os.symlink(shutil.which("dirname"), os.path.join(tools, "dirname"))
    one_line(run("/bin/sh", quick, folders[0], env={"PATH": tools}), "quick.sh: no gnuplot", "quick.sh", "gnuplot is not installed", "setup.sh")

    small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1", "--reps=1", "--variant=neon,tvl", "--plot"]
    r = run(bench, *small, "--out=one")
    table, _, pictures = r.stdout.partition("mind:")
    ok(r.returncode == 0 and "P99 us" in table and max(map(len, pictures.splitlines())) <= 80 and
       all(w in pictures for w in ("tokens/s (variant, threads)", "share of the same-page roof (variant", "tvl, 1", "n = 1 process")),
       "bench --plot: text plots below the table", r)
r = run(bench, "--plot", "--out=two", env={**os.environ, "PATH": "/nonexistent"})
one_line(r, "bench --plot without gnuplot: said before anything is measured", "bench", "gnuplot", "not installed", "setup.sh")
one_line(run(bench, "--plot", "--format=csv"), "bench --plot needs a table", "bench", "--plot", "--format")
one_line(run(bench, "--plot", "--suite=clu"), "bench --plot needs suite decode", "bench", "--plot", "--suite")

# --- pictures with matplotlib ---------------------------------------------------------------------------------------------
try:
    import matplotlib.backends.backend_agg as agg
    import matplotlib.text
    import numpy as np
except ModuleNotFoundError as e:
    r = figures(folders[0], "--out=none")
    one_line(r, "figures.py without matplotlib says what to install", "figures.py"[:-3], "python3-matplotlib")
    skip("figures.py", f"no Python module {e.name} here; install python3-matplotlib")
    done()

import context
import fig2_latency
import figures as program
import latency_position
import ttft_stack
from before_after import ratio

r = figures(*folders, "--out=out")
ok(r.returncode == 0 and r.stderr == "" and all(n in r.stdout for n in program.FIGURES), "all figures from five folders", r)
TEXTS = {
    "fig1_throughput": ["tokens/s, measured", "published, not measured here", "bare-metal, NEON", "63.6", "298.7", "same-page roof",
                        "autovec_assoc", "n = 144 tokens", "95 % intervals", "2 threads"],
    "fig2_latency": ["token latency (µs)", "share of tokens", "P50: ", "no upper bound: n &lt; 368", "P99.9: not from n = 144", "first 10"],
    "fig2_latency_all": ["P99.9: not from n = 174", "n = 174 tokens", "no token dropped"],
    "roofline": ["operational intensity (FLOP/byte)", "GFLOP/s", "machine roof, 1 thread", "neon, 2", "as counted by suite micro"],
    "bandwidth_ladder": ["bandwidth (GB/s)", "read, 4 streams", "triad", "L1", "L3", "1 thread", "2 threads", "2 repetitions"],
    "latency_ladder": ["latency of a load (ns)", "one a line, 4k pages", "one a page, huge pages", "L2"],
    "clu": ["utilization (1)", "split loads (1)", "last level", "colmajor", "8-way", "line fills"],
    "ttft_stack": ["time since exec (ms)", "cold, prompt of 1 token", "warm, prompt of 64 tokens", "tvl, mmap-huge", "map or read",
                   "not brought into this state", "not measured", "100 ms", "200 ms", "n = 3 samples"],
    "latency_position": ["position in the sequence", "residual (µs)", "robust line", "µs a position", "keys and values"],
    "context": ["position in the sequence", "ms a token, 1 thread", "2 threads", "keys and values over the roof", "autovec_assoc", "n = 144 rounds",
                "added to position 10"],
    "growth": ["tokens/s", "MB a token needs", "share of roof / bytes (1)", "350M", "2.7B", "roof / bytes, 2 threads", "15 of 16 points",
               "tvl16_avx2/tvl/mmap", "n = 48 tokens", "3 processes"],
    "roof_fraction": ["share of the same-page roof (1)", "roof", "autovec_assoc", "n = 144 tokens"],
}
cpu, commit = rows_of("decode")[0]["cpu"], rows_of("decode")[0]["commit"]
for name, words in TEXTS.items():
    paths = {kind: f"out/{name}.{kind}" for kind in ("pdf", "svg", "png")}
    if not all(map(os.path.exists, paths.values())):
        ok(False, f"{name}: PDF, SVG and PNG")
        continue
    pdf, png = open(paths["pdf"], "rb").read(), open(paths["png"], "rb").read()
    svg = open(paths["svg"], encoding="utf-8").read()
    ok(pdf.startswith(b"%PDF") and png.startswith(b"\x89PNG") and len(pdf) > 5000 and len(png) > 20000, f"{name}: PDF and PNG")
    caption = {"ttft_stack": [], "growth": [], "context": [rows_of("context")[0]["commit"]]}.get(name, [cpu.split()[0], commit])
    joined = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))  # lines of a text are elements of their own
    ok(all(w in joined for w in words + caption), f"{name}: its texts, machine and commit are text in the SVG",
       ([w for w in words + caption if w not in joined], joined))
again = figures(*folders, "--out=again")
ok(all(open(f"out/{n}.{k}", "rb").read() == open(f"again/{n}.{k}", "rb").read() for n in TEXTS for k in ("pdf", "svg")),
   "the same results make the same files")

# Every text that is drawn: at least 7 points, within the picture, none over another.
drawn = []
draw_text = matplotlib.text.Text.draw
matplotlib.text.Text.draw = lambda self, renderer, *a, **k: (drawn.append(self), draw_text(self, renderer, *a, **k))[1]


def faults(figure):
    """(texts over each other, outside of the figure, too small) and how many there are."""
    drawn.clear()
    agg.FigureCanvasAgg(figure).draw()
    boxes = [(t.get_text().strip(), matplotlib.text.Text.get_window_extent(t)) for t in dict.fromkeys(drawn) if t.get_visible() and t.get_text().strip()]
    over = [(a, b) for i, (a, x) in enumerate(boxes) for b, y in boxes[:i]
            if min(x.x1, y.x1) - max(x.x0, y.x0) > 1 and min(x.y1, y.y1) - max(x.y0, y.y0) > 1.5]
    outside = [a for a, x in boxes if x.x0 < -1 or x.y0 < -1 or x.x1 > figure.bbox.x1 + 1 or x.y1 > figure.bbox.y1 + 1]
    small = [t.get_text() for t in drawn if t.get_text().strip() and t.get_fontsize() < 7]
    return over, outside, small, len(boxes)


def check_texts(name, figure):
    found = faults(figure)
    ok(not any(found[:3]) and found[3] > 5 and figure.get_figwidth() in (3.3, 7.0),
       f"{name}: no text over another, outside or under 7 points", (found, figure.get_figwidth()))


bad, axes = program.importlib.import_module("style").new(3.3, 2)
for x, size in ((0.5, 7), (0.52, 7), (1.5, 7), (0.1, 5)):
    axes.text(x, 0.5, f"text {size}", fontsize=size)
ok(list(map(len, faults(bad)[:3])) == [1, 1, 1], "a bad figure is found to be one", faults(bad))


def figure_of(name, source):
    module = __import__("fig2_latency" if name.startswith("fig2") else name)
    return module.draw_all(source) if name.endswith("_all") else module.draw(source)


for name in TEXTS:
    check_texts(name, figure_of(name, data.Data(folders)))


points = sorted((round(float(y), 4), round(float(x))) for c in figure_of("growth", data.Data(folders)).axes[1].containers for x, y in [c[0].get_xydata()[0]])
told = {m: [(x["model"], x["threads"], float(x["value"])) for x in rows_of("growth") if x["metric"] == m and not x["rep"]] for m in ("growth_ratio", "token_mb")}
size = {x[:2]: x[2] for x in told["token_mb"]}
ok(points == sorted((round(v, 4), round(size[m, t])) for m, t, v in told["growth_ratio"]), "growth: a point for every size and thread count", points)


def with_rows(suite, rows):
    """A copy of a folder whose results.csv has these rows."""
    folder = changed(suite)
    with open(os.path.join(folder, "results.csv"), "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    return folder


rows = rows_of("micro")
peak = {**rows[0], "metric": "peak_gflops", "unit": "GFLOP/s", "phase": "peak", "isa": "avx512", "param": ""}
peaks = with_rows("micro", rows + [{**peak, "threads": "1", "value": "110"}, {**peak, "threads": "2", "value": "215"},
                                   {**peak, "threads": "1", "value": "55", "isa": "avx2"}])
figure = figure_of("roofline", data.Data([folders[0], peaks]))
check_texts("roofline with peaks", figure)
caption = figure.get_supxlabel() if hasattr(figure, "get_supxlabel") else figure._supxlabel.get_text()
ok("110 GFLOP/s (avx512, 1 thread), 215 GFLOP/s" in " ".join(caption.split()), "roofline: the highest peaks", caption)
kernels = [f"kernel{i}/rowmajor/{load}" for i in range(5) for load in ("heap", "mmap-populate")]
many = with_rows("decode", rows_of("decode") + [{**x, "variant": k} for k in kernels for x in rows_of("decode")
                                                if x["variant"] == "autovec_assoc/rowmajor/heap" and x["rep"] == ""])
for name in ("fig1_throughput", "roof_fraction", "roofline"):
    check_texts(name + " of many variants", figure_of(name, data.Data([many])))
one = with_rows("decode", [x for x in rows_of("decode") if x["threads"] == "1"])
for name in ("fig1_throughput", "roof_fraction", "roofline"):
    check_texts(name + " of one thread", figure_of(name, data.Data([one])))

# --- numbers ----------------------------------------------------------------------------------------------------------------
ok(fig2_latency.least_n(0.99) == 368 and fig2_latency.least_n(0.999) == 3688, "percentiles: least n for a two-sided interval")
x = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
mean, deviation = fig2_latency.moving(x, 4)
ok(len(mean) == 5 and math.isclose(mean[1], 2.75) and math.isclose(deviation[1], math.sqrt(4.25)), "moving mean and deviation",
   (mean, deviation))
at = np.arange(20.0)
slope, start = latency_position.robust_line(at, 5 + 2 * at + np.where(at % 7 == 3, 1000.0, 0))
ok(math.isclose(slope, 2) and math.isclose(start, 5), "the line withstands outliers", (slope, start))
points = context.curves(data.Run(folders[4]))["tvl", 1]
told = {(x["metric"], x["param"]): x for x in rows_of("context") if x["variant"] == "tvl" and x["threads"] == "1" and x["rep"] == ""}
first, late = float(told["itl_us", "position=10"]["value"]), "against=10;position=250"
ok([p[0] for p in points] == [10, 100, 250] and points[0][1] == points[0][4] == first and
   all(math.isclose(got, first + float(told[metric, late][cell])) for got, metric, cell in zip(points[2][1:],
       ["context_added_us"] * 3 + ["context_expected_us"], ("value", "ci_low", "ci_high", "value"))),
   "context: the first token's time and what is added to it", (points, told))
parts = ttft_stack.parts_of({"exec": 1, "start": 2, "open": 3, "load": 4, "ready": 5, "prefill": 60, "sample": 7, "prefill_again": 20})
ok(parts == [3, 3, 4, 5, 40, 20, 7], "TTFT: a first prefill is its repetition and what faults cost", parts)
parts = ttft_stack.parts_of({"exec": 1, "start": 2, "open": 3, "load": 4, "ready": 5, "prefill": 60, "sample": 7, "prefill_again": 61})
ok(parts == [3, 3, 4, 5, 0, 60, 7], "TTFT: faults cost no less than nothing", parts)
panels = ttft_stack.samples(data.Run(folders[3]).table("ttft.csv", ttft_stack.COLUMNS))
uncounted = panels["cold", 1].pop(("tvl", "mmap-huge", "tvl16_neon", 1))
ok(uncounted == [] and all(len(v) == 3 for bars in panels.values() for v in bars.values()) and
   max(sum(parts) for parts in panels["warm", 64]["rowmajor", "mmap", "neon", 1]) < 200, "TTFT: batches alone, what counts alone", panels)

names = [("rowmajor", "heap", "neon", 1), ("rowmajor", "heap", "scalar", 1), ("tvl", "mmap", "tvl16_neon", 1)]
ok(ttft_stack.labels_of(names) == ["rowmajor, heap, neon", "rowmajor, heap, scalar", "tvl, mmap"] and
   ttft_stack.labels_of([names[2], (*names[2][:3], 2)]) == ["tvl, mmap, 1", "tvl, mmap, 2"], "TTFT: labels tell bars apart")


def summary(value, low, high):
    return data.Row(("value", "ci_low", "ci_high"), (str(value), str(low), str(high)), "x", 2)


value, low, high = ratio(summary(10, 10 / 1.1, 11), summary(20, 20 / 1.1, 22))
ok(math.isclose(value, 2) and math.isclose(high, 2 * 1.1**math.sqrt(2)) and math.isclose(low, 2 / 1.1**math.sqrt(2)),
   "before/after: the interval of a ratio", (value, low, high))
ok(math.isnan(ratio(summary(10, "", ""), summary(20, 19, 21))[1]), "before/after: no interval from one without")

# --- selection, skipping, refusing ------------------------------------------------------------------------------------------
r = figures(folders[0], "--out=some")
skipped = [l for l in r.stderr.splitlines()]
ok(r.returncode == 0 and len(skipped) == 6 and all(re.match(r"figures: (bandwidth_ladder|latency_ladder|clu|ttft_stack|context|growth) skipped: no results.csv of suite "
                                                           r"(micro|clu|ttft|context|growth)", l) for l in skipped), "what cannot be made is skipped, by name", r)
ok(sorted(os.listdir("some")) == sorted(f"{n}.{k}" for n in TEXTS if n not in ("bandwidth_ladder", "latency_ladder", "clu", "ttft_stack", "context", "growth")
                                        for k in ("pdf", "svg", "png")), "the others are made", os.listdir("some"))
one_line(figures(folders[0], "--only=clu", "--out=x"), "what was asked for by name and cannot be made", "figures", "clu: no results.csv", "clu")
one_line(figures(folders[0], "--only=fig9", "--out=x"), "no such figure", "figures", "fig9", "fig1_throughput")
one_line(figures(folders[0], "--only=fig2_latency", "--variant=neon", "--out=x"), "no tokens of that variant", "figures", "tokens.csv", "neon")
one_line(figures(folders[0], "--only=fig1_throughput", "--out=/proc/nowhere"), "a folder that cannot be written", "figures", "/proc/nowhere")
for name, folder, words in refused:
    one_line(figures(folder, "--out=x"), f"refused: {name}", "figures", *words)
bad = changed("decode", "tokens.csv", without("latency_us"))
one_line(figures(bad, "--only=fig2_latency", "--out=x"), "refused: tokens.csv without a column", "figures", "tokens.csv: line 1", "latency_us")
bad = changed("ttft", "ttft.csv", lambda t: t[:200])
one_line(figures(bad, "--only=ttft_stack", "--out=x"), "refused: ttft.csv cut short", "figures", "ttft.csv: line 2", "cells")
ok(not os.path.exists("x"), "nothing is written then", os.listdir("."))

r = figures("--before=" + folders[0], folders[0], "--out=pair")
ok(r.returncode == 0 and os.path.exists("pair/before_after.pdf"), "before_after", r)
svg = open("pair/before_after.svg", encoding="utf-8").read()
ok(all(w in svg for w in ("after / before (1)", "roof fraction", "tokens/s", commit)), "before_after: its texts", svg[-3000:])
both = data.Data([folders[0], folders[0]])
check_texts("before_after", figure_of("before_after", both))
r = figures(folders[0], folders[0], "--out=pair2", script="before_after.py")
ok(r.returncode == 0 and os.path.exists("pair2/before_after.png"), "before_after.py OLD NEW", r)
one_line(figures(folders[0], script="before_after.py"), "before_after.py: one folder", "figures", "OLD NEW")
other = changed("decode", edit=lambda t: t.replace("synthetic:stories15M", "synthetic:stories42M"))
one_line(figures("--before=" + other, folders[0], "--out=x"), "before_after: another model", "figures", "differ in model")

# --- which folders ----------------------------------------------------------------------------------------------------------
script = os.path.join(elsewhere, "plots", "figures.py")
one_line(run(sys.executable, script, "--out=x"), "no folder and no reference set", "figures", "results/reference", "give its folder")
shutil.copytree(given, os.path.join(elsewhere, "results", "reference"), ignore=shutil.ignore_patterns("*.py"))
r = run(sys.executable, script, "--only=fig1_throughput,clu", "--out=reference")
ok(r.returncode == 0 and len(os.listdir("reference")) == 6, "the reference set, if no folder is given", r)
own = os.path.join(elsewhere, "results", re.sub(r"[^A-Za-z0-9_.-]", "_", os.uname().nodename))
for time, value in (("2026-01-01T00_00_00Z", "old"), ("2026-01-02T00_00_00Z", "new"), ("2026-01-03T00_00_00Z/decode", "all")):
    shutil.copytree(changed("decode", edit=lambda t: t.replace(commit, value + "commit")), os.path.join(own, time))
    r = run(sys.executable, script, "--newest=" + elsewhere, "--only=fig1_throughput", "--out=" + value)
    ok(r.returncode == 0 and value + "commit" in open(value + "/fig1_throughput.svg", encoding="utf-8").read(),
       f"the newest run of this host: {time}", r)
r = run(sys.executable, script, "--newest=" + elsewhere, "--only=fig1_throughput", "--out=named", env={**os.environ, "MEMWALL_RESULTS": folders[0]})
ok(r.returncode == 0 and commit in open("named/fig1_throughput.svg", encoding="utf-8").read(), "MEMWALL_RESULTS names others", r)

done()
