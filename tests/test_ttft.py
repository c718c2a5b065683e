#!/usr/bin/env python3
"""Suite ttft from outside: every case, proved states, and results.csv worked out anew from the samples of ttft.csv.

usage: test_ttft.py BENCH SCHEMA.md    prints TAP
"""
import csv, math, mmap, os, re, signal, statistics, struct, subprocess, sys, tempfile, time

from tap import done, markdown_tables, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-ttft-")
os.chdir(work.name)
os.mkdir("tmp")
cache = os.path.join(work.name, "cache")
os.environ.update(MEMWALL_CACHE=cache, NO_COLOR="1", TMPDIR=os.path.join(work.name, "tmp"))
suite = ["--suite=ttft", "--model=synthetic:stories260K"]
FIRST = ["open", "load", "ready", "prefill", "sample"]


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def refused(args, words, **more):
    r = run(*args, **more)
    lines = r.stderr.decode().splitlines()
    ok(r.returncode == 2 and r.stdout == b"" and len(lines) == 1 and all(w in lines[0] for w in words),
       f"{' '.join(args)[:60]!r} is refused", r)


# --- the whole matrix
r = run(*suite, "--reps=3", "--threads=2", "--prompt-tokens=1,5", "--out=all")
ok(r.returncode == 0, "the whole matrix, three rounds", r)
lines = r.stdout.decode().splitlines()
ok(max(map(len, lines)) <= 80, "the table has 80 columns", [l for l in lines if len(l) > 80])
ok(sum(l.startswith("---- 200 ms: turn-taking") for l in lines) == 2 and sum(l.startswith("---- 100 ms") for l in lines) == 2,
   "both thresholds are lines of both tables", lines)
samples, rows = read("all/ttft.csv"), read("all/results.csv")
with open(schema, encoding="utf-8") as f:
    text = f.read()
section = text[text.index("## `ttft.csv`"):].split("\n## ")[0]
ok(list(samples[0]) == re.findall(r"^\| `(\w+)` \|", section, re.M), "ttft.csv: the columns that SCHEMA.md lists", list(samples[0]))
ok({x["metric"] for x in rows} <= set(re.findall(r"^\| `(\w+)` \|", text, re.M)), "metrics that SCHEMA.md lists")

by_sample = {}
for x in samples:
    by_sample.setdefault((x["rep"], x["sample"]), []).append(x)
IDENTITY = ("variant", "threads", "state", "prompt", "feeding")
cases = {}
for (rep, _), xs in by_sample.items():
    cases.setdefault(tuple(xs[0][c] for c in IDENTITY), {})[rep] = xs
expected = set()
for layout, kernel in (("rowmajor", "neon"), ("tvl", "tvl16_neon")):
    for load in ("heap", "heap-huge", "mmap", "mmap-populate", "mmap-huge"):
        name = {"neon/rowmajor/heap": "neon", "neon/rowmajor/mmap": "mmap", "tvl16_neon/tvl/mmap": "tvl"}.get(
            f"{kernel}/{layout}/{load}", f"{kernel}/{layout}/{load}")
        expected |= {(name, "2", state, prompt, "batch") for state in ("cold", "warm") for prompt in "15"}
        if load == "mmap":
            expected.add((name, "2", "warm", "5", "token"))
ok(set(cases) == expected, "every file, load, state and prompt; token by token once a layout", set(cases) ^ expected)
ok(all(set(c) == {"1", "2", "3"} for c in cases.values()), "each of them once a round")
orders = [[c for _, c in sorted((int(k[1]), tuple(v[0][i] for i in IDENTITY)) for k, v in by_sample.items() if k[0] == rep)]
          for rep in "123"]
ok(orders[0] != orders[1] and orders[1] != orders[2], "each round has its own order")

counted = {c: {r: xs for r, xs in reps.items() if xs[0]["counted"] == "1"} for c, reps in cases.items()}
lost = [c for c in cases if len(counted[c]) < 3]
ok(all(c[2] == "cold" or "huge" in c[0] for c in lost), "warm samples are all counted", lost)
cold_works = not any(c[2] == "cold" and "huge" not in c[0] for c in lost)
if not cold_works:
    skip("cold samples", "files cannot be evicted in this folder: " + next(iter(cases[lost[0]].values()))[0]["note"])


def phases(xs):
    """Times of a sample: phase -> median of its rows."""
    times = {}
    for x in xs:
        times.setdefault(x["phase"], []).append(float(x["ms"]))
    return {p: statistics.median(t) for p, t in times.items()}


bad = []
for c, reps in counted.items():
    for xs in reps.values():
        names = [x["phase"] for x in xs if not x["phase"].startswith("read_")]
        want = ["exec", "start"] + FIRST
        more = names[len(want):]
        maps = "mmap" in c[0] or c[0] == "tvl"
        good = names[:len(want)] == want and more.count("prefill_again") == 3 and more.count("token") == 8
        good = good and more.count("touch") == maps and all(float(x["ms"]) >= 0 for x in xs)
        good = good and all((float(x["resident"]) < 0.01) if c[2] == "cold" else (float(x["resident"]) > 0.99) for x in xs)
        if not good:
            bad.append((c, names, xs[0]))
ok(not bad, "phases in their order; cold is below 1 % of the file in memory, warm above 99 %", bad[:1])

size = {"rowmajor": os.path.getsize(os.path.join(cache, "synthetic-stories260K-1.bin"))}
size["tvl"] = next(os.path.getsize(os.path.join(cache, f)) for f in os.listdir(cache) if f.endswith(".tvl"))
device = {}
for c, reps in counted.items():
    for xs in reps.values():
        got = [x["read_bytes"] for x in xs if x["phase"] in FIRST]
        if all(got):
            device.setdefault(c[2], []).append((sum(map(int, got)) / size[xs[0]["layout"]], c))
if not any(x > 0 for x, _ in device.get("cold", [])):
    skip("bytes from the device", "this system or file system does not count them")
else:
    ok(min(device["cold"])[0] > 0.4, "a cold first token reads its weights from the device", min(device["cold"]))
    ok(max(device["warm"])[0] < 0.01, "a warm one nothing", max(device["warm"]))

# --- results.csv from ttft.csv
def param(c):
    return f"feeding={c[4]};prompt={c[3]};state={c[2]}"


told = {(x["variant"], x["threads"], x["param"], x["rep"], x["phase"], x["metric"]): x for x in rows}


def near(c, rep, phase, metric, want):
    x = told.get((c[0], c[1], param(c), rep, phase, metric))
    return x is not None and (abs(float(x["value"]) - want) <= 2e-4 * abs(want) + 1e-6 if x["value"] else math.isnan(want))


wrong = []
for c, reps in counted.items():
    for rep, xs in reps.items():
        t = phases(xs)
        ttft = sum(t[p] for p in FIRST)
        checks = [("ttft", "ttft_ms", ttft), ("ttft", "from_exec_ms", ttft + t["exec"] + t["start"]),
                  ("fault_in", "phase_ms", max(0, t["prefill"] - t["prefill_again"])), ("token", "phase_ms", t["token"])]
        faults = [x["minor_faults"] for x in xs if x["phase"] in FIRST]
        if all(faults):
            checks.append(("ttft", "minor_faults", sum(map(int, faults))))
        warm = counted.get((*c[:2], "warm", *c[3:]), {}).get(rep)
        if c[2] == "cold" and warm:
            read_ms = min(t[p] for p in ("read_direct", "read_buffered") if p in t)
            checks.append(("ttft", "cold_ratio", ttft / (read_ms + sum(phases(warm)[p] for p in FIRST))))
        if c[2:4] == ("warm", "1") and "touch" in t:
            checks.append(("ttft", "first_token_ratio", ttft / (t["token"] + t["touch"])))
        if c[2:] == ("warm", "5", "batch") and "peak" in t:
            checks.append(("prefill_again", "peak_fraction", t["peak"] / t["prefill_again"]))
        single = counted.get((*c[:4], "token"), {}).get(rep)
        if c[2:] == ("warm", "5", "batch") and single:
            checks.append(("ttft", "batch_speedup", sum(phases(single)[p] for p in FIRST) / ttft))
        wrong += [(c, rep, k) for k in checks if not near(c, rep, *k)]
ok(not wrong, "results.csv says of every sample what ttft.csv says", wrong[:2])
summary = told["tvl", "2", "feeding=batch;prompt=5;state=warm", "", "ttft", "ttft_ms"]
logs = [math.log(sum(phases(xs)[p] for p in FIRST)) for xs in counted["tvl", "2", "warm", "5", "batch"].values()]
half = 4.302652729696142 * statistics.stdev(logs) / math.sqrt(3)
ok(all(abs(float(summary[k]) / math.exp(statistics.mean(logs) + d) - 1) < 1e-3 for k, d in
       (("value", 0), ("ci_low", -half), ("ci_high", half))), "summaries: geometric means with intervals between rounds", summary)
if ok(("", "", "", "1", "pack", "phase_ms") in told, "packing was timed"):
    packed = {rep: float(told["", "", "", rep, "pack", "phase_ms"]["value"]) for rep in "123"}
    want = []
    for rep in "123":
        a, b = (phases(counted[v, "2", "warm", "1", "batch"][rep]) for v in ("tvl", "mmap"))
        extra, gain = packed[rep] + sum(a[p] - b[p] for p in FIRST), b["token"] - a["token"]
        want.append(0 if extra <= 0 else math.ceil(extra / gain) if gain > 0 else math.inf)
    x = next(x for x in rows if x["metric"] == "break_even_tokens" and x["variant"] == "tvl" and "prompt=1;state=warm" in x["param"])
    middle = statistics.median(want)
    ok((x["value"] == "" and x["provenance"] == "unavailable") if math.isinf(middle) else abs(float(x["value"]) - middle) <= 1,
       "break-even of packing: the median of the rounds", (x, want))
ok(not [f for f in os.listdir(cache) if f.startswith("ttft-")] and os.listdir("tmp") == [], "nothing is left in the cache or TMPDIR")

# --- states that cannot be reached are told, not counted
model = os.path.join(cache, "synthetic-stories260K-1.bin")
held = os.path.join(work.name, "held.bin")
with open(model, "rb") as f, open(held, "wb") as g:
    g.write(f.read())
with open(held, "rb") as f:
    mapped = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    touched = sum(mapped[i] for i in range(0, len(mapped), 4096))
    r = run("--suite=ttft", f"--model={held}", "--variant=mmap", "--reps=1", "--prompt-tokens=1", "--out=held")
    mapped.close()
x = read("held/ttft.csv")
cold = [y for y in x if y["state"] == "cold"]
ok(r.returncode == 0 and len({y["sample"] for y in cold}) == 1 and all(y["counted"] == "0" and "file in memory" in y["note"] for y in cold) and
   not any(y["phase"] == "prefill" for y in cold), "a file that another process maps is not cold: reported, not counted", (r, cold, touched))
lost = [y for y in read("held/results.csv") if y["metric"] == "ttft_ms" and "cold" in y["param"]]
ok(lost and all(y["value"] == "" and y["provenance"] == "unavailable" for y in lost), "its row is unavailable", lost)
ok(b"not counted" in r.stderr, "and a warning says why", r.stderr)
ok(any(y["state"] == "warm" and y["counted"] == "1" for y in x), "its warm sample counts")

# --- a real prompt length, chosen variants, more than one batch
r = run(*suite, "--variant=scalar,tvl", "--threads=1", "--prompt-tokens=70", "--reps=2", "--quiet", "--out=long")
ratios = [l for l in r.stdout.decode().splitlines() if re.match(r"(scalar|tvl) +1 ", l) and " to " in l]
ok(len(ratios) >= 2 and all(l.count(" to ") == 1 for l in ratios), "one prompt, one column of ratios", ratios)
x = read("long/ttft.csv")
ok(r.returncode == 0 and {y["prompt"] for y in x} == {"70"} and {y["variant"] for y in x} == {"scalar", "tvl"} and
   {y["feeding"] for y in x if y["variant"] == "scalar"} == {"batch", "token"}, "chosen variants, a prompt of more than one batch", r)

r = run(*suite, "--variant=scalar,tvl", "--threads=1", "--prompt-tokens=1,5", "--reps=2", "--format=md", "--out=md")
told = markdown_tables(r.stdout.decode())
if ok(r.returncode == 0 and told, "--format=md: tables", r):
    four = sorted((v, s) for v in ("scalar", "tvl") for s in ("cold", "warm"))
    times = [t for t in told if t[1][-2] == "TTFT"]
    ok([t[0] for t in times] == [f"Prompt of {n}, 1 thread, n = 2: ms" for n in ("1 token", "5 tokens")] and
       all(sorted(tuple(x[:2]) for x in t[2] if "**" not in x[0]) == four for t in times), "a line for every variant and state", times)
    ok(all([x[0] for x in t[2] if "**" in x[0]] == ["**100 ms: instant**", "**200 ms: turn-taking in a conversation**"] for t in times),
       "and one for each threshold", times)
    wide = {t[0].split(" / ")[0]: sorted(x[0] for x in t[2]) for t in told if t[1][1] == "thr"}
    ok(wide.get("Cold TTFT") == ["scalar", "tvl"] and wide.get("Warm TTFT") == ["tvl"] and len(told) >= 6, "ratios", told)

# --- errors
refused(["--suite=decode", "--prompt-tokens=4"], ["--prompt-tokens", "ttft"])
refused([*suite, "--prompt-tokens=0"], ["--prompt-tokens"])
refused([*suite, "--prompt-tokens=512"], ["--prompt-tokens=512", "positions"])
refused([*suite, "--precision=2%"], ["--precision"])
job = "kind=part suite=ttft folder=/nowhere model=m variant=neon threads=1 clock=1"  # without a prompt
refused([*suite, "--out=x"], ["MEMWALL_JOB", "unset"], env={**os.environ, "MEMWALL_JOB": job})
bad = bytearray(open(model, "rb").read())
bad[1000:1004] = b"\x00\x00\xc0\x7f"
open("nan.bin", "wb").write(bad)
r = run("--suite=ttft", "--model=nan.bin", "--variant=neon", "--reps=1", "--quiet", "--out=nan")
ok(r.returncode == 2 and r.stderr.count(b"\n") == 1 and b"not finite" in r.stderr, "a damaged model: one line, exit 2", r)
ok(not os.path.exists("nan"), "and no folder")
dim, hidden, layers, vocab, seq = 5120, 13824, 4096, 32000, 128  # a sparse file of some five terabytes
with open("vast.bin", "wb") as f:
    f.write(struct.pack("<7i", dim, hidden, layers, 40, 40, vocab, seq))
    try:
        f.truncate(28 + 4 * (vocab * dim + layers * (2 * dim + 4 * dim * dim + 3 * dim * hidden) + dim + seq * dim // 40))
        vast = True
    except OSError as e:
        vast = False
        skip("a model larger than memory", f"this file system holds no sparse file of that size: {e}")
if vast:
    refused(["--suite=ttft", "--model=vast.bin", "--variant=neon,mmap", "--out=vast"], ["memory", "--model"])
p = subprocess.Popen([bench, "--suite=ttft", "--model=synthetic:stories15M", "--reps=50", "--out=cut"], stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
time.sleep(3)
p.send_signal(signal.SIGINT)
out, err = p.communicate(timeout=100)
ok(p.returncode == 130 and out == b"" and not os.path.exists("cut") and os.listdir("tmp") == [],
   "Ctrl-C: exit 130, nothing left", (p.returncode, out, err, os.listdir("tmp")))

done()
