#!/usr/bin/env python3
"""The programs as a user meets them: exit codes, one-line errors, nothing half-written, tables against their schema.

usage: test_cli.py BENCH GENERATE SCHEMA.md [WRAPPER ...]    prints TAP
"""
import csv, io, json, os, re, signal, statistics, struct, subprocess, sys, tempfile, time

from tap import done, markdown_tables, ok, skip

bench, generate, schema = map(os.path.abspath, sys.argv[1:4])
wrapper = sys.argv[4:]
emulated = bool(wrapper)
sanitized = os.environ.get("MEMWALL_TEST_SANITIZED") == "1"
work = tempfile.TemporaryDirectory(prefix="memwall-cli-")
os.environ["MEMWALL_CACHE"] = os.path.join(work.name, "cache")
os.environ["NO_COLOR"] = "1"
os.chdir(work.name)


def run(program, *args, **more):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100, **more)


def refused(program, args, code, words):
    """Exit code, an empty stdout, one line on stderr that starts with the program and holds the words."""
    r = run(program, *args)
    name = os.path.basename(program)
    lines = r.stderr.decode(errors="replace").splitlines()
    lines = [l for l in lines if "warning:" not in l]
    good = r.returncode == code and r.stdout == b"" and len(lines) == 1 and lines[0].startswith(name + ": ")
    good = good and all(w in lines[0] for w in words)
    ok(good, f"{name} {' '.join(args)[:70]!r}: exit {code}", f"exit {r.returncode}\n{r.stdout[:300]}\n{lines}")


small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1", "--reps=1"]
bench_errors = [
    (["--modle=x"], ["unknown option", "did you mean --model"]),
    (["--zzzzzzzz"], ["unknown option", "--help"]),
    (["stray"], ["'stray'", "--help"]),
    (["--tokens"], ["needs a value"]),
    (["--quiet=1"], ["takes no value"]),
    (["--tokens=10"], ["--tokens", "11 to"]),
    (["--tokens=12x"], ["--tokens", "whole number"]),
    (["--tokens=-5"], ["--tokens", "whole number"]),
    (["--tokens=99999999999999999999"], ["--tokens"]),
    (["--threads=0"], ["--threads"]),
    (["--threads=1,,2"], ["--threads"]),
    (["--threads=5000"], ["--threads"]),
    (["--cpus=x"], ["--cpus"]),
    (["--cpus=3-1"], ["--cpus"]),
    (small + ["--cpus=999"], ["CPU 999"]),
    (["--seed=0"], ["--seed"]),
    (["--reps=0"], ["--reps"]),
    (["--precision=0%"], ["--precision"]),
    (["--precision=2%%"], ["--precision"]),
    (["--precision=2", "--reps=1"], ["--precision", "--reps=2"]),
    (["--time-limit=0"], ["--time-limit"]),
    (small + ["--cache=L1"], ["--cache"]),
    (small + ["--cache=L9:1K"], ["--cache"]),
    (small + ["--cache=L1:48K:0:64"], ["--cache"]),
    (["--benchmark_filter=x"], ["--benchmark_filter=x", "--suite=micro"]),
    (["--suite=roof", "--reps=2"], ["--reps", "--benchmark_repetitions"]),
    (["--suite=clu", "--plot"], ["--plot", "--suite=decode"]),
    (["--suite=profile", "--precision=2%"], ["--precision", "--suite=decode and --suite=aa"]),
    (["--suite=growth", "--prompt=x"], ["--prompt", "--shapes"]),
    (["--suite=all", "--format=csv"], ["--format=csv", "md"]),
    (["--force"], ["--compare"]),
    (["--compare"], ["OLD NEW"]),
    (["--compare", "/nonexistent"], ["OLD NEW"]),
    (["--compare", "/nonexistent", "/nonexistent"], ["/nonexistent"]),
    (["--format=xml"], ["--format", "table, csv, json, md"]),
    (["--suite=nonsense"], ["nonsense", "decode"]),
    (["--variant=nonsense"], ["nonsense", "scalar", "neon"]),
    (["--variant=neon/tvl/heap"], ["layout rowmajor"]),
    (["--variant=aos/aos/mmap"], ["cannot be loaded by mmap", "heap"]),
    (["--variant=scalar/rowmajor/floppy"], ["floppy", "heap, heap-huge, mmap"]),
    (["--variant=scalar/rowmajor/heap/x"], ["is no variant"]),
    (["--variant="], ["is no variant"]),
    (["--variant=tvl", "--layout=tvl"], ["leave out"]),
    (["--layout=diagonal"], ["diagonal", "rowmajor", "tvl"]),
    (["--layout=mmap", "--load=heap"], ["--layout=rowmajor"]),
    (["--layout=colmajor", "--load=mmap"], ["cannot be loaded by mmap"]),
    (["--layout=tvl", "--kernel=scalar"], ["scalar reads layout rowmajor"]),
    (["--kernel=nonsense"], ["nonsense", "scalar"]),
    (["--load=nonsense"], ["nonsense", "heap, heap-huge, mmap"]),
    (["--model=/nonexistent"], ["/nonexistent", "cannot be opened"]),
    (["--model=nonexistent"], ["nonexistent", "fetch-models.sh"]),
    (["--model=synthetic:nonsense"], ["nonsense", "stories110M"]),
    (["--model=."], ["not a regular file"]),
    (["--prompt=hello"], ["--tokenizer"]),
    (small + ["--prompt=hello", "--tokenizer=/nonexistent"], ["/nonexistent"]),
    (["--model=synthetic:stories260K", "--tokens=513"], ["513", "512 positions"]),
    (small + ["--out=/proc/nowhere/x"], ["/proc/nowhere"]),
    (small + ["--out=" + "x" * 2000], ["--out"]),
]
generate_errors = [
    ([], ["--model is missing"]),
    (["--model=x"], ["--tokenizer is missing"]),
    (["--model=/nonexistent", "--tokenizer=x"], ["/nonexistent"]),
    (["--model=synthetic:stories260K", "--tokenizer=/nonexistent"], ["/nonexistent"]),
    (["--temperature=nan"], ["--temperature"]),
    (["--temperature=-1"], ["--temperature"]),
    (["--top-p=2"], ["--top-p"]),
    (["--top-p=0.5x"], ["--top-p"]),
    (["--seed=0"], ["--seed"]),
    (["--threads=0"], ["--threads"]),
    (["--tokens=0"], ["--tokens"]),
    (["--model=synthetic:stories260K", "--tokenizer=x", "--variant=nonsense"], ["nonsense"]),
    (["--modell=x"], ["did you mean --model"]),
]
for args, words in bench_errors:
    refused(bench, args, 2, words)
for args, words in generate_errors:
    refused(generate, args, 2, words)
ok(not os.path.exists("results"), "refused runs leave no results folder", os.listdir("."))

for program in (bench, generate):
    name = os.path.basename(program)
    r = run(program, "--help")
    ok(r.returncode == 0 and r.stdout.startswith(b"usage: ") and r.stderr == b"" and
       max(map(len, r.stdout.decode().splitlines())) <= 80, f"{name} --help: 80 columns on stdout", r)
    r = run(program, "--version")
    ok(r.returncode == 0 and re.fullmatch(name.encode() + rb" \d+\.\d+\.\d+ \(\S+\)\n", r.stdout), f"{name} --version", r)
listing = run(bench, "--list")
ok(listing.returncode == 0 and all(w in listing.stdout for w in (b"tvl16_neon", b"colmajor", b"mmap", b"attention")),
   "bench --list names kernels, layouts, loads, ops", listing)

# a whole run: files, columns, values
r = run(bench, *small[:2], "--reps=1", "--threads=1,2", "--variant=paper,aos,tvl16_neon/tvl/heap", "--out=one")
ok(r.returncode == 0, "bench: a run succeeds", r)
table = r.stdout.decode()
ok(max(map(len, table.splitlines())) <= 80 and "\033" not in table and "P99" in table, "bench: a table of 80 columns",
   [l for l in table.splitlines() if len(l) > 80])
ok("results: one" in r.stderr.decode(), "bench: the folder is announced on stderr", r.stderr)
files = sorted(os.listdir("one"))
expected = ["benchmark_results.csv", "blocks.csv", "command.txt", "machine.json", "results.csv", "roof.csv", "tokens.csv"]
ok([f for f in files if f != "topology.xml"] == expected, "bench: the folder is complete", files)

columns = {}
for line in open(schema, encoding="utf-8"):
    m = re.match(r"## `(\S+\.csv)`", line)
    if m:
        current = columns.setdefault(m.group(1), [])
    elif line.startswith("## "):
        current = []  # another table
    m = re.match(r"\| `(\w+)` \|", line)
    if m and columns:
        current.append(m.group(1))
metrics = set(re.findall(r"^\| `(\w+)` \| \S+ \| ", open(schema, encoding="utf-8").read().split("## Metrics")[1], re.M))


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


for name in ("results.csv", "tokens.csv", "roof.csv", "blocks.csv", "benchmark_results.csv"):
    with open("one/" + name, encoding="utf-8") as f:
        header = f.readline().strip().split(",")
    ok(header == columns.get(name), f"{name}: the columns that SCHEMA.md lists", (header, columns.get(name)))

everything = read("one/results.csv")
warnings = [x for x in everything if x["metric"] == "warning"]
rows = [x for x in everything if x["rep"] == "" and x["variant"]]
single = [x for x in everything if x["rep"] == "1" and x["variant"]]
ok(warnings and all(x["note"] and x["value"] == "1" and x["rep"] == "" for x in warnings), "results.csv: warnings are rows", warnings)
ok(any("--reps=1" in x["note"] for x in warnings), "results.csv: --reps=1 is said to have no interval", warnings)
ok(len(rows) == len(single), "results.csv: a summary for every row of the one process", (len(rows), len(single)))
ok(all(x["ci_low"] == "" for x in rows if not re.match(r"(itl_p\d+|tail_|roof_tail_)", x["metric"])), "results.csv: one process, no interval")
units = {(x["variant"], x["threads"]) for x in rows}
ok(units == {(v, t) for v in ("scalar", "neon", "mmap", "tvl", "tvl16_neon/tvl/heap", "aos/aos/heap") for t in ("1", "2")},
   "results.csv: every variant at every thread count", units)
told = {x["metric"] for x in everything}
ok(told <= metrics, "results.csv: metrics that SCHEMA.md lists", told - metrics)
ok({"roof_gbs", "machine_roof_gbs", "roof_fraction", "speedup", "steal_ms", "slow_tokens", "bytes_residual_mb",
    "harness_overhead_ns", "cycles", "switches"} <= told, "results.csv: roof, accounting and counters stand beside the rates", told)
timing = "emulated" if emulated else "measured"
ok(all(x["provenance"] in (timing, "unavailable") for x in rows), f"results.csv: provenance {timing} or unavailable")
ok(all((x["value"] == "") == (x["provenance"] == "unavailable") for x in rows), "results.csv: a value or `unavailable`")
ok(all(float(x["value"]) > 0 for x in rows if x["metric"] in ("tokens_per_s", "bandwidth_gbs", "itl_p50_us", "ttft_ms", "roof_gbs", "roof_fraction")),
   "results.csv: rates are positive")
ok({x["phase"] for x in rows if x["metric"] == "tokens_per_s"} == {"warmup", "steady"}, "results.csv: warm-up apart")
ok(all(x["load"] == "mmap" and x["note"] == "1 process" for x in rows if x["variant"] == "tvl" and x["metric"] == "tokens_per_s"),
   "results.csv: tvl is mapped")
ok(all("packed on the heap" in x["note"] for x in rows if x["variant"] == "tvl16_neon/tvl/heap" and x["metric"] == "itl_us"),
   "results.csv: a tvl that was packed in memory says so")
ok(all(x["schema"] == "2" and x["run_id"] == rows[0]["run_id"] and x["model"] == "synthetic:stories260K" for x in everything),
   "results.csv: schema, run and model on every row")
tokens = read("one/tokens.csv")
ok(len(tokens) == 26 * 12, "tokens.csv: a row a token", len(tokens))
for v, t in sorted(units):
    mine = [x for x in tokens if (x["variant"], x["threads"]) == (v, t)]
    steady = [float(x["latency_us"]) for x in mine if x["phase"] == "steady"]
    told = {x["metric"]: float(x["value"]) for x in rows
            if (x["variant"], x["threads"], x["phase"]) == (v, t, "steady") and x["value"]}
    mean, middle = sum(steady) / len(steady), sorted(steady)
    median = (middle[7] + middle[8]) / 2
    good = len(mine) == 26 and len(steady) == 16 and [int(x["position"]) for x in mine] == list(range(26))
    block = [x for x in read("one/blocks.csv") if (x["variant"], x["threads"], x["block"]) == (v, t, "1")][0]
    sweeps = [float(x["roof_gbs"]) for x in read("one/roof.csv") if (x["variant"], x["threads"]) == (v, t)]
    near = 1e-3 + 1e-4 / min(sweeps)  # four digits behind the point tell little of a sweep that was stalled
    good = good and len(sweeps) == 9 and abs(9 / sum(1 / x for x in sweeps) / float(block["roof_gbs"]) - 1) < near
    good = good and abs(told["roof_gbs"] / statistics.median(sweeps) - 1) < 1e-3
    good = good and abs(told["roof_mean_gbs"] / statistics.harmonic_mean(sweeps) - 1) < near
    beside = [x for x in mine if x["phase"] == "steady"]
    around = [2 / (1 / a + 1 / b) for a, b in zip(sweeps, sweeps[1:]) for _ in range(2)]
    good = good and len(beside) == 16 and all(abs(float(x["roof_gbs"]) / a - 1) < near for x, a in zip(beside, around))
    sizes = float(block["bytes"]) / 16 / 1e3  # keys and values differ by less than the tolerance from token to token
    shares = [sizes / float(x["latency_us"]) / float(x["roof_gbs"]) for x in beside]
    good = good and abs(told["roof_fraction"] / statistics.geometric_mean(sorted(shares)[7:9]) - 1) < 1e-2
    good = good and abs(told["tokens_per_s"] * mean / 1e6 - 1) < 1e-3 and abs(told["itl_p50_us"] / median - 1) < 1e-3
    ok(good, f"tokens.csv agrees with results.csv: {v}, {t} threads", (told, mean, median))
artifact = read("one/benchmark_results.csv")
mine = [x for x in tokens if (x["variant"], x["threads"]) == ("tvl", "1")]
ok([(x["token_id"], int(x["latency_us"])) for x in artifact] ==
   [(x["token_id"], round(float(x["latency_us"]))) for x in mine], "benchmark_results.csv is tvl on one thread",
   artifact[:3])
machine = json.load(open("one/machine.json", encoding="utf-8"))
ok(all(machine.get(k) for k in ("cpu", "arch", "isa", "os", "page_bytes", "build", "model", "system", "cpus")) and
   (machine["emulator"] is not None) == emulated, "machine.json: the machine, the build, the model", machine)
ok(machine["threads_bound"] == ("yes" if "hwloc" in machine["topology"] else "no"), "machine.json: threads are bound",
   (machine["topology"], machine["threads_bound"]))
ok(machine["model"]["bytes_per_token"] > 0 and "scalar" in machine["build"]["kernel_flags"], "machine.json: flags per kernel")
ok(open("one/command.txt").read().strip().endswith("--out=one"), "command.txt")

# formats
r = run(bench, *small, "--variant=tvl", "--out=two", "--format=csv", "--quiet")
ok(r.stdout == open("two/results.csv", "rb").read() and r.stderr == b"", "--format=csv prints results.csv, --quiet nothing", r)
r = run(bench, *small, "--variant=tvl", "--out=three", "--format=json")
ok(r.returncode == 0 and isinstance(json.loads(r.stdout)[0]["value"], (int, float)), "--format=json", r.stdout[:300])
ok(b"bench: warning: --reps=1" in r.stderr, "warnings go to stderr where stdout is data", r.stderr)
r = run(bench, *small, "--variant=tvl", "--out=four", "--format=md")
ok(r.stdout.startswith(b"| variant |") and r.stdout.count(b"\n") == 3, "--format=md", r.stdout)
r = run(bench, *small, "--variant=tvl")
made = [os.path.join(d, f) for d, _, fs in os.walk("results") for f in fs]
ok(r.returncode == 0 and any(re.search(r"results/[^/]+/\d{4}-[^/]+/results.csv$", f) for f in made), "the default folder", made)

# selection
def variants(*args):
    r = run(bench, *small, "--format=csv", "--quiet", "--out=" + tempfile.mkdtemp(dir="."), *args)
    return list(dict.fromkeys(x["variant"] for x in csv.DictReader(io.StringIO(r.stdout.decode())) if x["variant"]))


ok(variants("--layout=tvl")[0] == "tvl", "--layout=tvl reports the NEON kernel", variants("--layout=tvl"))
ok("mmap" in variants("--layout=mmap"), "--layout=mmap")
ok(variants("--kernel=neon4") == ["neon4/rowmajor/heap"], "--kernel=neon4", variants("--kernel=neon4"))
ok(variants("--kernel=neon", "--load=mmap") == ["mmap"], "--kernel=neon --load=mmap is the paper's mmap")
ok(variants()[:4] == ["scalar", "neon", "mmap", "tvl"], "without options: the paper's four first", variants())
ok(len(variants("--kernel=all", "--layout=rowmajor")) >= 5, "--kernel=all --layout=rowmajor")

# cache-line utilization
r = run(bench, "--model=synthetic:stories260K", "--suite=clu", "--variant=paper,aos", "--out=clu", "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64")
if b"no traced twin" in r.stderr:
    skip("bench --suite=clu", "this build traces no kernels")
else:
    ok(r.returncode == 0 and max(map(len, r.stdout.decode().splitlines())) <= 80, "bench --suite=clu: a table of 80 columns", r)
    clu, rows = read("clu/clu.csv"), read("clu/results.csv")
    ok(list(clu[0]) == columns["clu.csv"], "clu.csv: the columns that SCHEMA.md lists", list(clu[0]))
    told = {(x["variant"], x["metric"]): x for x in rows if x["phase"] == "token"}
    ok({x["metric"] for x in rows} <= metrics and all(x["provenance"] == "modelled" for x in told.values()),
       "suite clu: metrics that SCHEMA.md lists, modelled", {x["metric"] for x in rows} - metrics)
    ok(all(x["provenance"] in ("modelled", timing, "unavailable") for x in rows if x["metric"] != "warning"), "suite clu: counters stand beside")
    dim, hidden, kv, layers, vocab = 64, 172, 32, 5, 512
    shapes = [(dim, dim)] * 2 * layers + [(kv, dim)] * 2 * layers + [(hidden, dim)] * 2 * layers + [(dim, hidden)] * layers + [(vocab, dim)]
    share = sum(r * c for r, c in shapes) / sum(-(-r // 16) * 16 * c for r, c in shapes)
    ok(abs(float(told["tvl", "clu_l1"]["value"]) / share - 1) < 1e-6, "tvl: its rows of padding are waste", (told["tvl", "clu_l1"], share))
    ok(float(told["aos/aos/heap", "clu_llc"]["value"]) == 0.25, "aos: a quarter", told["aos/aos/heap", "clu_llc"])
    ok(float(told["mmap", "split_load_fraction"]["value"]) == 0.25 and float(told["neon", "split_load_fraction"]["value"]) == 0 and
       float(told["tvl", "split_load_fraction"]["value"]) == 0, "mmap: a quarter of its loads split, of neon and tvl none")
    ok(float(told["tvl", "jumps"]["value"]) == 0 and float(told["neon", "jumps"]["value"]) > 5 * layers, "tvl: one forward sweep")
    ok(all(int(x["fills"]) * int(x["line_bytes"]) >= int(x["used_bytes"]) for x in clu), "clu.csv: no more is used than brought in")
    r = run(bench, "--model=synthetic:stories260K", "--suite=clu", "--variant=paper,aos", "--out=clu-md", "--format=md", "--quiet", "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64")
    told = markdown_tables(r.stdout.decode())
    if ok(r.returncode == 0 and told is not None and len(told) == 3, "bench --suite=clu --format=md: three tables", r):
        ok([x[0] for x in told[0][2]] == ["scalar", "neon", "mmap", "tvl", "aos/aos/heap"] and told[0][2][3][1] == f"{share:.3f}",
           "one line per variant: utilization per token", told[0])
        ok([x[0] for t in told[1:] for x in t[2]] == ["scalar", "neon"] * 2 and told[1][2][1][1:] == ["0.0", "25.0", "25.0", "25.0"] and
           told[2][2][1][1:] == ["0.0", "12.5", "12.5", "12.5"], "split loads by offset, per line size", told[1:])
refused(bench, ["--suite=clu", "--reps=3"], 2, ["--reps"])
refused(bench, small[:1] + ["--suite=clu", "--cache=L1:1000:3:64"], 2, ["--cache"])

# microbenchmarks
micro = ["--model=synthetic:stories260K", "--suite=micro", "--threads=1", "--benchmark_min_time=0.0001", "--benchmark_repetitions=3",
         "--benchmark_filter=^(latency/line/4k/16KiB|latency/page/4k/(16|32)KiB|fork|peak)", "--quiet"]
r = run(bench, *micro, "--out=micro", "--format=md")
if b"no Google Benchmark" in r.stderr:
    skip("bench --suite=micro", "this build has no Google Benchmark")
else:
    told = markdown_tables(r.stdout.decode())
    rows = [x for x in read("micro/results.csv") if x["metric"] != "warning" and x["rep"] == ""]
    if ok(r.returncode == 0 and told is not None and len(told) == 3, "bench --suite=micro --format=md: three tables", r):
        latency, fork, peak = told
        shown = {(x[0], c): v for x in latency[2] for c, v in zip(latency[1][1:-1], x[1:-1]) if v != "-"}
        want = {(p[3], f"{p[1]} {p[2]}"): f"{float(x['value']):.1f}" for x in rows for p in [x["phase"].split("/")] if p[0] == "latency"}
        ok(shown == want and len(want) >= 2, "every number of results.csv in its line and column", (latency, want))
        ok([x[0] for x in fork[2]] == ["empty function"] and len(peak[2]) == sum(x["metric"] == "peak_gflops" for x in rows), "fork and peak", told)
    spread = {x["phase"]: re.search(r"spread=([\d.e+-]+)", x["note"]) for x in rows}
    ok(all(spread.values()) and all(x["n"] == "3" for x in rows), "each row: median of three, their spread in the note", rows[:2])
    r = run(bench, *micro, "--out=micro-text")
    ok(r.returncode == 0 and max(map(len, r.stdout.decode().splitlines())) <= 80 and b"16KiB" in r.stdout, "bench --suite=micro: 80 columns", r)

# results are never overwritten, never half there
before = open("one/results.csv", "rb").read()
refused(bench, small + ["--out=one"], 2, ["one", "is there already"])
ok(open("one/results.csv", "rb").read() == before, "earlier results are untouched")
ok([f for f in os.listdir(".") if ".tmp-" in f] == [], "no temporary folder is left", os.listdir("."))

def interrupt(args, delay):
    p = subprocess.Popen([*wrapper, bench, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(delay)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=100)
    return p.returncode, out, err


def left_behind():
    return [f for d, _, fs in os.walk(".") for f in fs if "tmp" in f] + [f for f in os.listdir(".") if f.startswith("five")]


if emulated:
    refused(bench, ["--suite=all"], 2, ["suite all", "other processes"])
    skip("Ctrl-C", "signals sent to the emulator reach the program at another time")
else:
    slow = ["--model=synthetic:stories15M", "--variant=all", "--tokens=256", "--out=five", "--quiet"]
    code, out, err = interrupt(slow, 1.5)
    ok(code == 130 and out == b"" and err.startswith(b"bench: ") and left_behind() == [],
       "Ctrl-C: exit 130, one line, nothing left", (code, out, err, left_behind()))

# full disk, closed stdout, damaged files
if os.path.exists("/dev/full") and not emulated:
    with open("/dev/full", "w") as full:
        r = subprocess.run([*wrapper, bench, *small, "--variant=tvl", "--out=six"], stdout=full, stderr=subprocess.PIPE)
    ok(r.returncode == 2 and b"stdout" in r.stderr, "a full disk under stdout: exit 2", r)
else:
    skip("a full disk under stdout", "no /dev/full, or emulated")
good = open(os.path.join(os.environ["MEMWALL_CACHE"], "synthetic-stories260K-1.bin"), "rb").read()
with open("cut.bin", "wb") as f:
    f.write(good[:-1])
refused(bench, ["--model=cut.bin"], 2, ["cut.bin", "header asks for"])
with open("nan.bin", "wb") as f:
    f.write(good[:1000] + struct.pack("<f", float("nan")) + good[1004:])
refused(bench, ["--model=nan.bin", "--variant=tvl16_neon", "--tokens=20", "--out=seven"], 2, ["nan.bin", "not finite"])
refused(bench, ["--model=nan.bin", "--variant=mmap", "--tokens=20", "--out=seven"], 1, ["not finite"])
ok(not os.path.exists("seven"), "a failed run leaves no folder")
with open("vast.bin", "wb") as f:  # a sparse file: 4096 layers of dim 5120, some five terabytes
    dim, hidden, layers, vocab, seq = 5120, 13824, 4096, 32000, 64
    f.write(struct.pack("<7i", dim, hidden, layers, 40, 40, vocab, seq))
    weights = vocab * dim + layers * (2 * dim + 4 * dim * dim + 3 * dim * hidden) + dim + seq * dim // 40
    try:
        f.truncate(28 + 4 * weights)
        vast = True
    except OSError as e:
        vast = False
        skip("a model larger than memory", f"this file system holds no sparse file of that size: {e}")
if vast:
    refused(bench, ["--model=vast.bin", "--variant=scalar", "--tokens=20", "--out=eight"], 2, ["GiB", "--variant"])
if sanitized or emulated:
    skip("memory beyond weights and arena", "the sanitizer or emulator has memory of its own")
else:
    r = run(bench, "--model=synthetic:stories15M", "--tokens=12", "--threads=1", "--variant=tvl16_neon/tvl/heap", "--format=csv",
            "--quiet", "--out=nine")
    told = {(x["phase"], x["metric"]): x["value"] for x in csv.DictReader(io.StringIO(r.stdout.decode()))}
    rss = told.get(("steady", "rss_mib"))
    weights = os.path.getsize(os.path.join(os.environ["MEMWALL_CACHE"], "synthetic-stories15M-1.bin")) / 2**20
    if rss:
        ok(float(rss) < weights + 1 + 16, "memory beyond weights and arena stays under 16 MiB", (rss, weights))
    else:
        skip("memory beyond weights and arena", "this system does not tell the resident size")

done()
