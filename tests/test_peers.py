#!/usr/bin/env python3
"""Suite peers from outside: made-up programs next to our variants, and results.csv computed again from its rows.

usage: test_peers.py BENCH SCHEMA.md    prints TAP
"""
import math
import os
import subprocess
import sys

from outside import has_interval, interval, markdown_tables, read, read_csv, schema_metrics, widest, workplace
from peer_programs import FIRST, HALF, LLAMA2C, LLAMA_BENCH, OWN, WIDE, script
from tap import done, ok

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = workplace("peers")
folder = os.path.join(work, "a 'folder' \"x\" $(touch ran) `touch ran` \\")  # a shell would split it, or run it
cache = os.path.join(folder, "cache")
os.mkdir(folder)
os.environ["MEMWALL_CACHE"] = cache
suite = ["--suite=peers", "--model=synthetic:stories260K"]
short = [*suite, "--tokens=11", "--threads=1", "--variant=neon", "--quiet"]


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=250)


def key(x):
    return x["variant"], x["threads"], x["phase"], x["metric"], x["param"]


# --- programs of every kind
llama2c, llama_bench, own, half = (script(name, text) for name, text in (
    ("llama2c.py", LLAMA2C), ("bench.py", LLAMA_BENCH), ("own.py", OWN), ("half.py", HALF)))
peers = [f"--peer=llama2c:python3 {llama2c} {{model}} -n {{tokens}}",
         f"--peer=llama-bench:python3 {llama_bench} \"{{gguf}}\" {{tokens}} {{threads}}",
         f"--peer=own.py:cd / && python3 '{own}' \"$PWD\" {{other}} {{}} | cat", f"--peer=half:python3 {half}"]
r = run(*suite, "--tokens=40", "--threads=1,2", "--reps=4", "--variant=neon,tvl", "--out=all", *peers)
ok(r.returncode == 0, "programs of every kind, four rounds", r)
table = r.stdout.decode()
ok(widest(table) <= 80 and not any(w in table for w in ("\x1b", "Once upon", "talk")),
   "a table of 80 columns, without output of the programs", table)
rows = read_csv("all/results.csv")
single = [x for x in rows if x["rep"]]
summary = {key(x): x for x in rows if not x["rep"] and x["metric"] != "warning"}
value = {(*key(x), x["rep"]): float(x["value"]) for x in single if x["value"]}
ok({x["metric"] for x in rows} <= schema_metrics(schema) and {x["suite"] for x in rows} == {"peers"},
   "metrics that SCHEMA.md lists")


def rates(variant, threads, phase="steady", metric="tokens_per_s", param=""):
    return [value.get((variant, threads, phase, metric, param, str(i + 1))) for i in range(4)]


def samples(variant, phase):
    return {x["n"] for x in single if (x["variant"], x["phase"], x["metric"]) == (variant, phase, "tokens_per_s")}


ok(rates("llama2c", "") == [110, 120, 130, 140], "llama2.c's closing line, the last one", rates("llama2c", ""))
ok(rates("llama-bench", "1") == [201, 202, 203, 204] and rates("llama-bench", "2") == [401, 402, 403, 404],
   "llama-bench's JSON, for each thread count", (rates("llama-bench", "1"), rates("llama-bench", "2")))
ok(rates("llama-bench", "1", "prefill") == [1001, 1002, 1003, 1004], "llama-bench's prompts",
   rates("llama-bench", "1", "prefill"))
ok(samples("llama-bench", "steady") == {"2"} and samples("llama-bench", "prefill") == {"5"}, "llama-bench's samples")
ok(rates("own.py", "") == [51, 52, 53, 54], "memwall's own line", rates("own.py", ""))
ok(rates("own.py", "", metric="itl_p50_us") == [1250.25] * 4, "with latencies of tokens",
   rates("own.py", "", metric="itl_p50_us"))
ok(rates("half", "") == [42, None, 42, 42], "a turn that failed does not count, whatever it printed", rates("half", ""))
lost = [x for x in single if (x["variant"], x["rep"], x["metric"]) == ("half", "2", "tokens_per_s")]
ok([(x["value"], x["provenance"]) for x in lost] == [("", "unavailable")], "its row is unavailable", lost)
warnings = [l for l in r.stderr.decode(errors="replace").splitlines() if "not counted" in l]
ok(warnings == ["bench: warning: not counted: half: exit code 3; its last words: ?[31mno?memory?? for it"],
   "one line gives the reason", warnings)
ok({(x["variant"], x["kernel"], x["layout"], x["load"]) for x in rows if x["kernel"] == "peer"} ==
   {(p, "peer", "", "") for p in ("llama2c", "llama-bench", "own.py", "half")}, "peers are rows of kernel `peer`")

# --- our rates, from the latencies of tokens
tokens = read_csv("all/tokens.csv")
wrong = []
for unit in ((v, t, rep) for v in ("neon", "tvl") for t in "12" for rep in "1234"):
    us = [float(y["latency_us"]) for y in tokens if (y["variant"], y["threads"], y["rep"]) == unit]
    got = value.get((*unit[:2], "steady", "tokens_per_s", "", unit[2]))
    if len(us) != 30 or abs(got * sum(us) / 30e6 - 1) > 1e-4:
        wrong.append((unit, len(us), got))
ok(not wrong, "ours: tokens 10 to N over the sum of their latencies", wrong[:2])
ok({(y["position"], y["token_id"]) for y in tokens if y["variant"] == "tvl"} ==
   {(str(i + 10), str(i)) for i in range(30)}, "positions 10 to N - 1")
of_own = [y for y in tokens if y["variant"] == "own.py"]
ok({y["latency_us"] for y in of_own} == {"1000.000", "1500.500", "2000.000", "800.000"} and
   {(y["kernel"], y["threads"]) for y in of_own} == {("peer", "")}, "tokens.csv has a peer's tokens, too")

# --- ratios within rounds, and intervals between rounds
wrong, seen = [], 0
for v, t in ((v, t) for v in ("neon", "tvl") for t in "12"):
    for peer, of in (("llama2c", ""), ("llama-bench", t), ("own.py", ""), ("half", "")):
        ours, theirs, got = rates(v, t), rates(peer, of), rates(v, t, metric="peer_ratio", param=f"peer={peer}")
        seen += len(got)
        want = [a / b if b else None for a, b in zip(ours, theirs)]
        for rep, (g, w) in enumerate(zip(got, want), 1):
            if (g is None) != (w is None) or w and abs(g / w - 1) > 1e-5:
                wrong.append((v, t, peer, rep, g, w))
        x = summary[v, t, "steady", "peer_ratio", f"peer={peer}"]
        ends = interval([w for w in want if w])
        if not has_interval(x, ends, 1e-3):
            wrong.append((x, ends))
ok(not wrong and seen == 64, "peer_ratio: ours over theirs in the same round, averaged as logs over rounds", wrong[:2])
ok(len([x for x in single if x["metric"] == "peer_ratio"]) == 64, "no ratio between different thread counts")
fastest = max(("neon", "tvl"), key=lambda v: float(summary[v, "2", "steady", "tokens_per_s", ""]["value"]))
line = next(l for l in table.splitlines() if l.startswith("llama-bench  ") and l[29:32] == "  2")
want = float(summary[fastest, "2", "steady", "peer_ratio", "peer=llama-bench"]["value"])
shown = float(line[58:].split()[0])
ok(abs(shown / want - 1) < 0.05 or abs(shown - want) < 0.51, "the table compares a peer with our fastest", (line, want))
lines = [l for l in table[table.index("\nprogram "):table.index("\nDecoding: ")].splitlines()[2:] if l]
numbers = [float(l[33:41]) for l in lines]
ok(len(lines) == 9 and numbers == sorted(numbers, reverse=True), "sorted by tokens/s", lines)


# --- order
def orders_of(folder):
    """{round: [(variant, threads)]}, in the order of blocks.csv."""
    orders = {}
    for x in sorted(read_csv(folder + "/blocks.csv"), key=lambda x: (int(x["rep"]), int(x["block"]))):
        orders.setdefault(x["rep"], []).append((x["variant"], x["threads"]))
    return orders


orders = orders_of("all")
ok(all(len(o) == 9 and set(o) == set(orders["1"]) for o in orders.values()) and
   len({tuple(o) for o in orders.values()}) >= 3, "every program once per round, each round in its own order", orders)
with open("order.txt", encoding="utf-8") as f:
    called = [l.split()[0] for l in f]
ok(called == [v.removesuffix(".py") for rep in "1234" for v, _ in orders[rep] if v not in ("neon", "tvl")],
   "blocks.csv has the order in which they ran", called)
six = [*short, "--reps=2", *(f"--peer={c}:echo achieved tok/s: 5" for c in "abcdef")]


def order(*more):
    out = "order-" + "-".join(m.strip("-") for m in more)
    run(*six, *more, "--out=" + out)
    return orders_of(out)


ok(order("--seed=3") == order("--seed=3", "--format=csv") != order("--seed=4"), "--seed decides the order")

# --- words in braces
with open("order.txt", encoding="utf-8") as f:
    calls = {l.split()[0]: eval(l.split(None, 1)[1]) for l in f}
model = os.path.join(cache, "synthetic-stories260K-1.bin")
ok(calls["llama2c"] == [model, "-n", "40"], "{model} is one whole path, {tokens} a number", calls["llama2c"])
gguf, n, threads = calls["llama-bench"]
data = read(gguf)
ok(os.path.isabs(gguf) and os.path.dirname(gguf) == cache and data[:4] == b"GGUF" and n == "40" and threads in "12",
   "{gguf} is a GGUF file in the cache folder", calls["llama-bench"])
ok(calls["own"] == ["/", "{other}", "{}"], "other braces, quotes, variables and pipes are the shell's", calls["own"])
before = os.stat(gguf).st_ino
wants_gguf = [*short, "--reps=1", "--peer=a:test -s {gguf} && echo achieved tok/s: 5"]
r = run(*wants_gguf, "--out=once")
ok(r.returncode == 0 and os.stat(gguf).st_ino == before, "the GGUF file is made once", r)
with open(gguf, "r+b") as f:
    f.write(b"x")
r = run(*wants_gguf, "--out=again")
ok(r.returncode == 0 and read(gguf) == data, "a damaged GGUF file is made again", r)
ok(len([f for f in os.listdir(cache) if f.endswith(".gguf")]) == 1, "one GGUF file per model", os.listdir(cache))

# --- the time to the first token after a prompt
first = script("first.py", FIRST)
r = run(*suite, "--tokens=12", "--threads=1", "--reps=2", "--variant=neon,tvl", "--prompt-tokens=64", "--out=first",
        f"--peer=told:python3 {first} {{prompt}} {{tokens}}", "--peer=silent:echo achieved tok/s: 60",
        f"--peer=bench:python3 {llama_bench} x {{prompt}} {{threads}}",
        "--peer=short:echo '[{\"n_prompt\": 32, \"n_gen\": 0, \"avg_ts\": 320},"
        "{\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": 9}]'")
rows = [x for x in read_csv("first/results.csv") if x["rep"] and x["phase"] == "ttft"]
ms = {(x["variant"], x["param"], x["rep"]): float(x["value"]) for x in rows if x["metric"] == "ttft_ms"}
of_64 = {(v, "prompt=64") for v in ("neon", "tvl", "told", "bench")}
ok(r.returncode == 0 and {(v, p) for v, p, _ in ms} == of_64 | {("short", "prompt=32")} and
   all(v > 0 for v in ms.values()), "first tokens of ours, and of peers that report them", (r, ms))
ok([ms["told", "prompt=64", "1"], ms["short", "prompt=32", "1"]] == [163.25, 100],
   "a line of any program; a prompt of llama-bench", ms)
tokens = [x for x in read_csv("first/tokens.csv") if x["variant"] == "tvl"]
ok({x["position"] for x in tokens} == {"73", "74"}, "tokens follow the prompt", tokens)
ratios = {(x["variant"], x["param"][5:], x["rep"]): float(x["value"]) for x in rows if x["metric"] == "peer_ttft_ratio"}
ok(set(ratios) == {(v, p, i) for v in ("neon", "tvl") for p in ("told", "bench") for i in "12"} and
   all(math.isclose(q, ms[p, "prompt=64", i] / ms[v, "prompt=64", i], rel_tol=1e-5) for (v, p, i), q in ratios.items()),
   "peer_ttft_ratio: theirs over ours, of the same round and prompt", ratios)
shown = r.stdout.decode()
ok("Time to first token" in shown and "163.2" in shown and widest(shown) <= 80, "a table of first tokens", shown)

wide = script("wide.py", WIDE)
r = run(*short, "--reps=2", "--out=wide", f"--peer=wide:python3 {wide}")
ok(r.returncode == 0 and b"to >99999)" in r.stdout and widest(r.stdout) <= 80,
   "a very wide interval fits into its line, too", r)

# --- other formats
r = run(*six, "--format=json", "--out=json")
ok(r.returncode == 0 and r.stdout.startswith(b"[") and b'"peer_ratio"' in r.stdout, "--format=json", r)
r = run(*suite, "--tokens=40", "--threads=1", "--reps=2", "--variant=neon,tvl", "--prompt-tokens=8", "--format=md",
        "--out=md", "--peer=told:echo memwall-tokens-per-s: 60; echo memwall-first-token-ms: 5", *peers)
tables = markdown_tables(r.stdout.decode())
if ok(r.returncode == 0 and tables is not None and len(tables) == 5, "--format=md: five tables", r):
    decoding, ratios, prompts, times, first = (lines for _, _, lines in tables)
    ours, theirs = {"neon", "tvl"}, {"told", "llama2c", "llama-bench", "own.py", "half"}
    ok({x[0] for x in decoding} == ours | theirs and
       {(x[0], x[2]) for x in ratios} == {(v, p) for v in ours for p in theirs} and
       [x[0] for x in prompts] == ["llama-bench"] and {x[0] for x in times} == ours | {"told", "llama-bench"} and
       {(x[0], x[2]) for x in first} == {(v, "told") for v in ours}, "--format=md: every program and pair", tables)
r = run("--compare", "json", "order-seed=3")
ok(r.returncode in (0, 1) and b"peer_ratio" in r.stdout, "--compare knows peer_ratio", r)
ok(os.listdir("tmp") == [], "nothing is left in TMPDIR", os.listdir("tmp"))
done()
