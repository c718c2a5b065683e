#!/usr/bin/env python3
"""Suite context from outside: rounds over all positions, and results.csv worked out anew from tokens.csv.

usage: test_context.py BENCH SCHEMA.md    prints TAP
"""
import csv, json, math, os, re, statistics, subprocess, sys, tempfile

from refused import refuser
from tap import done, ok

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-context-")
os.chdir(work.name)
os.mkdir("tmp")
os.environ.update(MEMWALL_CACHE=os.path.join(work.name, "cache"), NO_COLOR="1", TMPDIR=os.path.join(work.name, "tmp"))
suite = ["--suite=context", "--model=synthetic:stories260K"]
AT = ["5", "100", "300", "511"]
T2 = 4.302652729696142  # quantile 0.975 of Student's t with 2 degrees of freedom


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=250)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


refused = refuser(run)
r = run(*suite, "--positions=" + ",".join(AT), "--variant=neon,tvl", "--threads=1,2", "--tokens=100", "--reps=3", "--out=all")
ok(r.returncode == 0, "three processes, four positions", r)
lines = r.stdout.decode().splitlines()
ok(max(map(len, lines)) <= 80, "the table has 80 columns", [l for l in lines if len(l) > 80])
told = [l.split()[:3] for l in lines if re.match(r"(neon|tvl) ", l)]
ok(told == [[v, t, p] for v in ("neon", "tvl") for t in "12" for p in AT], "a line for each position of each variant and thread count", told)
rows, tokens, blocks = read("all/results.csv"), read("all/tokens.csv"), read("all/blocks.csv")
with open(schema, encoding="utf-8") as f:
    ok({x["metric"] for x in rows} <= set(re.findall(r"^\| `(\w+)` \|", f.read(), re.M)), "metrics that SCHEMA.md lists")
with open("all/machine.json", encoding="utf-8") as f:
    model = json.load(f)["model"]

# --- what was decoded
units = {}
for x in tokens:
    units.setdefault((x["variant"], x["threads"], x["rep"]), []).append(x)
ok(set(units) == {(v, t, r) for v in ("neon", "tvl") for t in "12" for r in "123"} and
   all([x["phase"] for x in xs] == ["warmup"] * 10 + ["steady"] * 90 for xs in units.values()), "every process decodes as --tokens says", units.keys())
steady = {k: xs[10:] for k, xs in units.items()}
rounds = {k: [xs[i:i + 4] for i in range(0, 88, 4)] for k, xs in steady.items()}  # two tokens are left over
ok(all(sorted((x["position"] for x in xs), key=int) == AT for rs in rounds.values() for xs in rs), "a round has a token at every position")
orders = {k: tuple(x["position"] for x in xs) for k, xs in steady.items()}
ok(all(len({o[i:i + 4] for i in range(0, 88, 4)}) > 5 for o in orders.values()) and len({o for k, o in orders.items() if k[0] == "tvl"}) == 3,
   "in another order each round and process")
ok(all(float(x["roof_gbs"]) > 0 for xs in steady.values() for x in xs), "a roof beside every token")


def kv_bytes(position):
    """Keys and values read up to here, and those of one position written, of all layers."""
    kv_dim = model["dim"] // model["n_heads"] * model["n_kv_heads"]
    return 4 * model["n_layers"] * 2 * kv_dim * (position + 2)


swept = {}
for x in blocks:
    if x["block"] != "0":
        at = [int(t["position"]) for t in units[x["variant"], x["threads"], x["rep"]] if t["block"] == x["block"]]
        swept.setdefault(x["variant"], set()).add((float(x["bytes"]) - sum(map(kv_bytes, at))) / len(at))
ok(set(swept) == {"neon", "tvl"} and all(len(s) == 1 and s.pop() > 1e5 for s in swept.values()),
   "bytes of every block: its weights, and keys and values up to each position")

# --- what is said of it
said = {}
for x in rows:
    said[x["variant"], x["threads"], x["rep"], x["metric"], x["param"]] = x
wrong, values = [], {}
for (variant, threads, rep), rs in rounds.items():
    for p in AT:
        late = [next(x for x in xs if x["position"] == p) for xs in rs]
        early = [next(x for x in xs if x["position"] == AT[0]) for xs in rs]
        want = {("itl_us", f"position={p}"): [float(x["latency_us"]) for x in late]}
        if p != AT[0]:
            more = kv_bytes(int(p)) - kv_bytes(int(AT[0]))
            added = [float(x["latency_us"]) - float(y["latency_us"]) for x, y in zip(late, early)]
            expected = [more * 1e-3 * (1 / float(x["roof_gbs"]) + 1 / float(y["roof_gbs"])) / 2 for x, y in zip(late, early)]
            pair = f"against={AT[0]};position={p}"
            want |= {("context_added_us", pair): added, ("context_expected_us", pair): expected,
                     ("context_cost_ratio", pair): [a / e for a, e in zip(added, expected)]}
        for (metric, param), x in want.items():
            y = said.get((variant, threads, rep, metric, param), {"value": "nan", "n": ""})
            middle = statistics.median(x)
            near = abs(float(y["value"] or "nan") - middle) <= 1e-3 * abs(middle) + 2e-3  # tokens.csv has nanoseconds
            if not near or y["n"] != "22" or not float(y["ci_low"]) <= float(y["value"]) <= float(y["ci_high"]):
                wrong.append((variant, threads, rep, metric, param, middle, y))
            values.setdefault((variant, threads, metric, param), []).append(float(y["value"]))
ok(not wrong, "every process says the medians of its rounds", wrong[:2])
ok(len(values) == 4 * (4 + 3 * 3) and {k[:2] + k[3:] for k in said if k[2] and k[3].startswith(("context", "itl"))} == set(values),
   "and of nothing else", len(values))
wrong = []
for (variant, threads, metric, param), x in values.items():
    y = said[variant, threads, "", metric, param]
    logs = metric in ("itl_us", "context_expected_us")
    x = list(map(math.log, x)) if logs else x
    mean, half = statistics.mean(x), T2 * statistics.stdev(x) / math.sqrt(3)
    want = [math.exp(m) if logs else m for m in (mean, mean - half, mean + half)]
    if any(abs(float(y[c]) - w) > 1e-4 * (abs(mean) + half + abs(w)) for c, w in zip(("value", "ci_low", "ci_high"), want)) or y["n"] != "66":
        wrong.append((variant, threads, metric, param, want, y))
ok(not wrong, "summaries: means of the processes with intervals between them", wrong[:2])
ok(all("weights' pages" in x["note"] and "arena" in x["note"] for x in rows if x["metric"] == "context_expected_us"),
   "the note says whose roof it is")
ok({x["metric"] for x in rows} >= {"roof_gbs"} and not {x["metric"] for x in rows} & {"tokens_per_s", "roof_fraction", "speedup"},
   "the roof is told, and nothing that mixes positions")
ok(not os.path.exists("all/benchmark_results.csv") and os.listdir("tmp") == [], "no table in the artifact's format, nothing left in TMPDIR")

r = run(*suite, "--positions=0,511", "--tokens=26", "--reps=1", "--threads=1", "--quiet", "--out=one")
x = {y["variant"] for y in read("one/results.csv") if y["metric"] == "context_cost_ratio"}
ok(r.returncode == 0 and "tvl" in x and len(x) <= 2 and "neon" not in x and
   all(l.endswith(" -") for l in r.stdout.decode().splitlines() if re.match(r"tvl.* 511 ", l)),
   "one process: no interval; tvl and the best native variant", (x, r))

r = run(*suite, "--variant=tvl", "--reps=1", "--threads=1", "--quiet", "--out=usual")
x = {y["param"] for y in read("usual/results.csv") if y["metric"] == "itl_us"}
ok(r.returncode == 0 and x == {"position=10", "position=250", "position=500"}, "usual positions are those that the model has", (x, r))

# --- errors
refused([*suite, "--positions=10,512"], "512", "511", "--positions")
refused([*suite, "--positions=10"], "at least two")
refused([*suite, "--positions=300"], "at least two positions to compare: 10,300")
refused([*suite, "--positions=10,100,100"], "100 after 100")
refused([*suite, "--positions=100,10"], "rising")
refused([*suite, "--positions=1,x"], "'x'")
refused([*suite, "--positions=1,2,3,4,5,6,7,8,9"], "more than 8")
refused([*suite, "--positions=1,2,3", "--tokens=12"], "--tokens=12", "3 tokens")
refused([*suite, "--positions=1,2", "--prompt=once", "--tokenizer=x"], "--prompt")
refused([*suite, "--positions=1,2", "--precision=2%"], "--precision")
refused(["--positions=1,2"], "--suite=context")
refused([*suite[1:], "--suite=soak", "--positions=1,2"], "--suite=context")
done()
