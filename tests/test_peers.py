#!/usr/bin/env python3
"""Suite peers from outside: made-up programs beside our variants, and results.csv worked out anew from its rows.

usage: test_peers.py BENCH SCHEMA.md    prints TAP
"""
import csv, math, os, re, signal, statistics, subprocess, sys, tempfile, time

from refused import refuser
from tap import done, markdown_tables, ok

bench, schema = map(os.path.abspath, sys.argv[1:3])
work = tempfile.TemporaryDirectory(prefix="memwall-peers-")
os.chdir(work.name)
os.mkdir("tmp")
folder = os.path.join(work.name, "a 'folder' \"x\" $(touch ran) `touch ran` \\")  # what a shell would split, or run
os.mkdir(folder)
cache = os.path.join(folder, "cache")
os.environ.update(MEMWALL_CACHE=cache, NO_COLOR="1", TMPDIR=os.path.join(work.name, "tmp"))
suite = ["--suite=peers", "--model=synthetic:stories260K"]


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def script(name, text):
    path = os.path.join(work.name, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


refused = refuser(run)


def key(x):
    return x["variant"], x["threads"], x["phase"], x["metric"], x["param"]


# --- programs of every kind: a new number each round, so that ratios of one round differ from those of another
COUNT = """
import os, sys
def again(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "a") as f:
        f.write("x")
    return os.path.getsize(path)
def log(*words):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "order.txt"), "a") as f:
        print(*words, file=f)
"""
llama2c = script("llama2c.py", COUNT + """
log("llama2c", sys.argv[1:])
print("Once upon a time, {\\"n_gen\\": 3")
print("achieved tok/s: 1.5", file=sys.stderr)
print("achieved tok/s: %f" % (100 + 10 * again("llama2c.n")), file=sys.stderr)
""")
jsonl = script("bench.py", COUNT + """
log("llama-bench", sys.argv[1:])
print("{ not json [ { \\"n_gen\\": ")
n = again("bench.n%s" % sys.argv[3])
print('''[
  {
    "build_commit": "abc{", "model_filename": "a \\\\"b\\\\" ]", "n_prompt": 64, "n_gen": 0, "test": null, "flags": [[], {"a": -1.5e3}],
    "avg_ns": 1, "avg_ts": %f, "samples_ts": [ 1, 2, 3, 4, 5 ]
  },
  {"n_prompt": 32, "n_gen": 32, "avg_ts": 7},
  {"n_prompt": 0, "n_gen": %s, "avg_ts": %f, "stddev_ts": 1.0, "samples_ts": [ 2, 2.5 ]},
  {"n_prompt": 0, "n_gen": 256, "avg_ts": 9}
]''' % (1000 + n, sys.argv[2], 200 * int(sys.argv[3]) + n))
print("achieved tok/s: 3")
""")
own = script("own.py", COUNT + """
log("own", sys.argv[1:])
print("memwall-tokens-per-s: 1")
print("talk\\nmemwall-tokens-per-s: %g tokens\\nmemwall-latency-us: 1000 1500.5 2000 800" % (50 + again("own.n")))
sys.stdout.buffer.write(b"\\0\\xff\\x1b[2J nothing of this reaches a terminal\\n")
""")
half = script("half.py", COUNT + """
log("half", sys.argv[1:])
if again("half.n") == 2:
    print("achieved tok/s: 77\\n\\n", end="")
    print("first\\n\\x1b[31mno\\tmemory\\xff for it  \\n\\n", end="", file=sys.stderr)
    sys.exit(3)
print("achieved tok/s: 42")
""")
peers = [f"--peer=llama2c:python3 {llama2c} {{model}} -n {{tokens}}", f"--peer=llama-bench:python3 {jsonl} \"{{gguf}}\" {{tokens}} {{threads}}",
         f"--peer=own.py:cd / && python3 '{own}' \"$PWD\" {{other}} {{}} | cat", f"--peer=half:python3 {half}"]
r = run(*suite, "--tokens=40", "--threads=1,2", "--reps=4", "--variant=neon,tvl", "--out=all", *peers)
ok(r.returncode == 0, "programs of every kind, four rounds", r)
table = r.stdout.decode()
ok(max(map(len, table.splitlines())) <= 80 and "\x1b" not in table and "Once upon" not in table and "talk" not in table,
   "a table of 80 columns, and nothing in it that programs print", table)
rows = read("all/results.csv")
single, summary = [x for x in rows if x["rep"]], {key(x): x for x in rows if not x["rep"] and x["metric"] != "warning"}
value = {(*key(x), x["rep"]): float(x["value"]) for x in single if x["value"]}
with open(schema, encoding="utf-8") as f:
    text = f.read()
ok({x["metric"] for x in rows} <= set(re.findall(r"^\| `(\w+)` \|", text, re.M)) and {x["suite"] for x in rows} == {"peers"},
   "metrics that SCHEMA.md lists")


def rates(variant, threads, phase="steady", metric="tokens_per_s", param=""):
    return [value.get((variant, threads, phase, metric, param, str(i + 1))) for i in range(4)]


ok(rates("llama2c", "") == [110, 120, 130, 140], "llama2.c's closing line, the last one", rates("llama2c", ""))
ok(rates("llama-bench", "1") == [201, 202, 203, 204] and rates("llama-bench", "2") == [401, 402, 403, 404],
   "llama-bench's JSON, for each thread count", (rates("llama-bench", "1"), rates("llama-bench", "2")))
ok(rates("llama-bench", "1", "prefill") == [1001, 1002, 1003, 1004], "and its prompts", rates("llama-bench", "1", "prefill"))
ok({x["n"] for x in single if x["variant"] == "llama-bench" and x["phase"] == "steady"} == {"2"} and
   {x["n"] for x in single if x["variant"] == "llama-bench" and x["phase"] == "prefill"} == {"5"}, "with its samples")
ok(rates("own.py", "") == [51, 52, 53, 54], "a line of our own", rates("own.py", ""))
ok(rates("own.py", "", metric="itl_p50_us") == [1250.25] * 4, "with times of tokens", rates("own.py", "", metric="itl_p50_us"))
ok(rates("half", "") == [42, None, 42, 42], "a turn that failed does not count, whatever it printed", rates("half", ""))
lost = [x for x in single if x["variant"] == "half" and x["rep"] == "2" and x["metric"] == "tokens_per_s"]
ok([(x["value"], x["provenance"]) for x in lost] == [("", "unavailable")], "its row is unavailable", lost)
warnings = [l for l in r.stderr.decode(errors="replace").splitlines() if "not counted" in l]
ok(warnings == ["bench: warning: not counted: half: exit code 3; its last words: ?[31mno?memory?? for it"], "and one line says why", warnings)
ok({(x["variant"], x["kernel"], x["layout"], x["load"]) for x in rows if x["kernel"] == "peer"} ==
   {(p, "peer", "", "") for p in ("llama2c", "llama-bench", "own.py", "half")}, "peers are rows of kernel `peer`")

# --- ours, from the times of their tokens
tokens = read("all/tokens.csv")
wrong = []
for v in ("neon", "tvl"):
    for t in "12":
        for rep in "1234":
            x = [float(y["latency_us"]) for y in tokens if (y["variant"], y["threads"], y["rep"]) == (v, t, rep)]
            got = value.get((v, t, "steady", "tokens_per_s", "", rep))
            if len(x) != 30 or abs(got * sum(x) / 30e6 - 1) > 1e-4:
                wrong.append((v, t, rep, len(x), got))
ok(not wrong, "ours: tokens 10 to N over the sum of their times", wrong[:2])
ok({(y["position"], y["token_id"]) for y in tokens if y["variant"] == "tvl"} == {(str(i + 10), str(i)) for i in range(30)}, "positions 10 to N - 1")
ok({y["latency_us"] for y in tokens if y["variant"] == "own.py"} == {"1000.000", "1500.500", "2000.000", "800.000"} and
   {(y["kernel"], y["threads"]) for y in tokens if y["variant"] == "own.py"} == {("peer", "")}, "tokens.csv has a peer's tokens, too")

# --- ratios within rounds, and intervals between rounds
wrong, seen = [], 0
T3 = 3.1824463052842629  # quantile 0.975 of Student's t with 3 degrees of freedom
for v in ("neon", "tvl"):
    for t in "12":
        for p, of in (("llama2c", ""), ("llama-bench", t), ("own.py", ""), ("half", "")):
            logs = []
            for rep in "1234":
                ours, theirs = (value.get((n, k, "steady", "tokens_per_s", "", rep)) for n, k in ((v, t), (p, of)))
                got = value.get((v, t, "steady", "peer_ratio", f"peer={p}", rep))
                seen += 1
                if theirs is None:
                    wrong += [(v, t, p, rep)] if got is not None else []
                    continue
                if got is None or abs(got * theirs / ours - 1) > 1e-5:
                    wrong.append((v, t, p, rep, got, ours, theirs))
                logs.append(math.log(ours / theirs))
            x, mean = summary[v, t, "steady", "peer_ratio", f"peer={p}"], statistics.mean(logs)
            quantile = T3 if len(logs) == 4 else 4.302652729696142
            half_width = quantile * statistics.stdev(logs) / math.sqrt(len(logs))
            if any(abs(float(x[c]) / math.exp(mean + d) - 1) > 1e-3 for c, d in (("value", 0), ("ci_low", -half_width), ("ci_high", half_width))):
                wrong.append((x, mean, half_width))
ok(not wrong and seen == 64, "peer_ratio: ours over theirs of the same round, summed up by logs between rounds", wrong[:2])
ok(len([x for x in single if x["metric"] == "peer_ratio"]) == 64, "and no ratio between different thread counts")
fastest = max(("neon", "tvl"), key=lambda v: float(summary[v, "2", "steady", "tokens_per_s", ""]["value"]))
line = next(l for l in table.splitlines() if l.startswith("llama-bench  ") and l[33:36] == "  2")
want = float(summary[fastest, "2", "steady", "peer_ratio", "peer=llama-bench"]["value"])
shown = float(line[57:].split()[0])
ok(abs(shown / want - 1) < 0.05 or abs(shown - want) < 0.51, "the table holds a peer against our fastest", (line, want))
first = [l for l in table[table.index("\nprogram "):table.index("\nDecoding: ")].splitlines()[2:] if l]
figures = [float(l[37:45]) for l in first]
ok(len(first) == 9 and figures == sorted(figures, reverse=True), "sorted by tokens/s", first)

# --- order
blocks = read("all/blocks.csv")
orders = {rep: [(x["variant"], x["threads"]) for x in sorted((x for x in blocks if x["rep"] == rep), key=lambda x: int(x["block"]))]
          for rep in "1234"}
ok(all(len(o) == 9 and set(o) == set(orders["1"]) for o in orders.values()) and len({tuple(o) for o in orders.values()}) >= 3,
   "every program once a round, each round in its own order", orders)
with open("order.txt") as f:
    called = [l.split()[0] for l in f]
ok(called == [v.removesuffix(".py") for rep in "1234" for v, _ in orders[rep] if v not in ("neon", "tvl")], "blocks.csv tells the order in which they ran", called)
again = [*suite, "--tokens=11", "--threads=1", "--reps=2", "--variant=neon", "--quiet"] + [f"--peer={c}:echo achieved tok/s: 5" for c in "abcdef"]


def order(*more):
    out = "order-" + "-".join(m.strip("-") for m in more)
    run(*again, *more, "--out=" + out)
    return [(x["rep"], x["variant"]) for x in sorted(read(out + "/blocks.csv"), key=lambda x: (int(x["rep"]), int(x["block"])))]


ok(order("--seed=3") == order("--seed=3", "--format=csv") != order("--seed=4"), "--seed decides the order")

# --- words in braces
with open("order.txt") as f:
    calls = {l.split()[0]: eval(l.split(None, 1)[1]) for l in f}
model = os.path.join(cache, "synthetic-stories260K-1.bin")
ok(calls["llama2c"] == [model, "-n", "40"], "{model} is one whole path, {tokens} a number", calls["llama2c"])
gguf, n, threads = calls["llama-bench"]
with open(gguf, "rb") as f:
    ok(os.path.isabs(gguf) and os.path.dirname(gguf) == cache and f.read(4) == b"GGUF" and n == "40" and threads in "12",
       "{gguf} is a GGUF file in the cache folder", calls["llama-bench"])
ok(calls["own"] == ["/", "{other}", "{}"], "other braces, quotes, variables and pipes are the shell's", calls["own"])
before = os.stat(gguf).st_ino
data = open(gguf, "rb").read()
r = run(*suite, "--tokens=11", "--threads=1", "--reps=1", "--variant=neon", "--quiet", "--out=once", "--peer=a:test -s {gguf} && echo achieved tok/s: 5")
ok(r.returncode == 0 and os.stat(gguf).st_ino == before, "the GGUF file is made once", r)
with open(gguf, "r+b") as f:
    f.write(b"x")
r = run(*suite, "--tokens=11", "--threads=1", "--reps=1", "--variant=neon", "--quiet", "--out=anew", "--peer=a:test -s {gguf} && echo achieved tok/s: 5")
ok(r.returncode == 0 and open(gguf, "rb").read() == data, "a damaged one is made anew", r)
ok(len([f for f in os.listdir(cache) if f.endswith(".gguf")]) == 1, "one of a model", os.listdir(cache))

# --- programs that give no number: the others are measured all the same
garbage = script("garbage.py", """
import random, sys
noise = random.Random(1)
sys.stdout.buffer.write(bytes(noise.randrange(256) for _ in range(100000)))
sys.stdout.buffer.write(b'{"n_prompt": 0, "n_gen": 1, "avg_ts": -5}[{"n_prompt": 0, "n_gen": 1, "avg_ts": 1e400}]' + b'{"a":[' * 1000)
print('''
achieved tok/s: nan
achieved tok/s: inf
achieved tok/s:
77
memwall-tokens-per-s: fast
{"n_prompt": 0, "n_gen": 1, "avg_ts": "12"}
{"n_prompt": 0, "n_gen": 8, "avg_ts": 12
''')
""")
bad = [f"--peer=garbage:python3 {garbage}", "--peer=silent:true", "--peer=failing:echo sad >&2; exit 4", "--peer=absent:/nowhere/llama",
       "--peer=hanging:echo waiting; sleep 60", "--peer=killed:kill -9 $$", "--peer=flood:yes", "--peer=good:echo achieved tok/s: 60"]
start = time.time()
r = run(*suite, "--tokens=11", "--threads=1", "--reps=2", "--variant=neon", "--peer-limit=4", "--out=bad", *bad)
took = time.time() - start
lines = r.stderr.decode(errors="replace").splitlines()
ok(r.returncode == 1 and lines[-1].startswith("bench: never gave a number: ") and
   all(n in lines[-1] for n in ("garbage", "silent", "failing", "absent", "hanging", "killed", "flood")) and "good" not in lines[-1],
   "exit 1 if a peer never gave a number", (r.returncode, lines))
said = {l.split(": ")[3]: l for l in lines if "not counted" in l}
for name, words in (("garbage", ["printed no tokens per second"]), ("silent", ["printed no tokens per second"]),
                    ("failing", ["exit code 4", "last words: sad"]), ("absent", ["exit code 127", "/nowhere/llama"]),
                    ("hanging", ["more than 4 s", "--peer-limit", "waiting"]), ("killed", ["signal 9"]), ("flood", ["wrote more than 8 MiB"])):
    mine = [l for l in lines if f"not counted: {name}:" in l]
    ok(len(mine) == 1 and all(w in mine[0] for w in words), f"{name}: one line says why", mine)
rows = read("bad/results.csv")
ok({x["variant"] for x in rows if x["metric"] == "tokens_per_s" and x["value"]} == {"neon", "good"}, "the others are measured", took)
ok({x["provenance"] for x in rows if x["metric"] == "peer_ratio" and "flood" in x["param"]} == {"unavailable"} and
   b"never counted" in r.stdout, "and the missing ones are shown", r.stdout)
ok(os.listdir("tmp") == [], "nothing is left in TMPDIR", os.listdir("tmp"))

# --- the time to the first token after a prompt
first = script("first.py", """
import sys
assert sys.argv[1:] == ["64", "12"]
print("memwall-first-token-ms: 163.25\\nmemwall-tokens-per-s: 60")
""")
r = run(*suite, "--tokens=12", "--threads=1", "--reps=2", "--variant=neon,tvl", "--prompt-tokens=64", "--out=first",
        f"--peer=told:python3 {first} {{prompt}} {{tokens}}", "--peer=silent:echo achieved tok/s: 60",
        f"--peer=bench:python3 {jsonl} x {{prompt}} {{threads}}", "--peer=short:echo '[{\"n_prompt\": 32, \"n_gen\": 0, \"avg_ts\": 320},"
        "{\"n_prompt\": 0, \"n_gen\": 8, \"avg_ts\": 9}]'")
rows = [x for x in read("first/results.csv") if x["rep"] and x["phase"] == "ttft"]
ms = {(x["variant"], x["param"], x["rep"]): float(x["value"]) for x in rows if x["metric"] == "ttft_ms"}
ok(r.returncode == 0 and {(v, p) for v, p, _ in ms} == {("neon", "prompt=64"), ("tvl", "prompt=64"), ("told", "prompt=64"), ("bench", "prompt=64"),
   ("short", "prompt=32")} and all(v > 0 for v in ms.values()), "first tokens of ours, and of peers that tell them", (r, ms))
ok([ms["told", "prompt=64", "1"], ms["short", "prompt=32", "1"]] == [163.25, 100], "a line of any program; a prompt of llama-bench", ms)
tokens = [x for x in read("first/tokens.csv") if x["variant"] == "tvl"]
ok({x["position"] for x in tokens} == {"73", "74"}, "tokens follow the prompt", tokens)
ratios = {(x["variant"], x["param"][5:], x["rep"]): float(x["value"]) for x in rows if x["metric"] == "peer_ttft_ratio"}
ok(set(ratios) == {(v, p, i) for v in ("neon", "tvl") for p in ("told", "bench") for i in "12"} and
   all(abs(q * ms[v, "prompt=64", i] / ms[p, "prompt=64", i] - 1) < 1e-5 for (v, p, i), q in ratios.items()),
   "peer_ttft_ratio: theirs over ours of the same round and prompt", ratios)
shown = r.stdout.decode()
ok("Time to first token" in shown and "163.2" in shown and max(map(len, shown.splitlines())) <= 80, "and a table", shown)

wide = script("wide.py", COUNT + 'print("achieved tok/s: %d" % (1 if again("wide.n") == 1 else 90000))')
r = run(*suite, "--tokens=11", "--threads=1", "--reps=2", "--variant=neon", "--quiet", "--out=wide", f"--peer=wide:python3 {wide}")
ok(r.returncode == 0 and b"to >99999)" in r.stdout and max(map(len, r.stdout.splitlines())) <= 80, "rounds that have nothing in common fit into a line, too", r)

# --- the other formats, and what a peer takes from a model that only we can read
r = run(*again, "--format=json", "--out=json")
ok(r.returncode == 0 and r.stdout.startswith(b"[") and b'"peer_ratio"' in r.stdout, "--format=json", r)
r = run(*suite, "--tokens=40", "--threads=1", "--reps=2", "--variant=neon,tvl", "--prompt-tokens=8", "--format=md", "--out=md", "--peer=told:echo memwall-tokens-per-s: 60; "
        "echo memwall-first-token-ms: 5", *peers)
told = markdown_tables(r.stdout.decode())
programs = {"neon", "tvl", "told", "llama2c", "llama-bench", "own.py", "half"}
if ok(r.returncode == 0 and told is not None and len(told) == 5, "--format=md: five tables", r):
    rates, ratios, prompts, times, first = (t[2] for t in told)
    ok({x[0] for x in rates} == programs and {(x[0], x[2]) for x in ratios} == {(v, p) for v in ("neon", "tvl") for p in programs - {"neon", "tvl"}} and
       [x[0] for x in prompts] == ["llama-bench"] and {x[0] for x in times} == {"neon", "tvl", "told", "llama-bench"} and
       {(x[0], x[2]) for x in first} == {("neon", "told"), ("tvl", "told")}, "with a line for every program and pair", told)
r = run("--compare", "json", "order-seed=3")
ok(r.returncode in (0, 1) and b"peer_ratio" in r.stdout, "--compare knows peer_ratio", r)
tvl = next(os.path.join(cache, f) for f in os.listdir(cache) if f.endswith(".tvl"))
os.makedirs("results", exist_ok=True)  # a run without --out makes sure of it before anything else
refused(["--suite=peers", f"--model={tvl}", "--peer=a:x {model}"], "give the checkpoint")

# --- errors
A = "--peer=a:true"
refused(["--suite=peers"], "--peer=NAME:COMMAND")
refused(["--suite=peers", "--peer=llama"], "--peer=llama", "no colon", "NAME:COMMAND")
refused(["--suite=peers", "--peer=:true"], "--peer=:true", "its name")
refused(["--suite=peers", "--peer="], "no colon")
refused(["--suite=peers", "--peer=a:"], "no command")
refused(["--suite=peers", "--peer=a:  "], "no command")
refused(["--suite=peers", "--peer=a b:true"], "its name")
refused(["--suite=peers", "--peer=" + "a" * 21 + ":true"], "1 to 20")
refused(["--suite=peers", A, "--peer=a:false"], "two peers are called a")
refused(["--suite=peers", *(f"--peer=a{i}:true" for i in range(17))], "more than 16 peers")
refused([*suite, "--peer=tvl:true"], "--peer=tvl", "a variant of ours")
refused([A], "--suite=peers")
refused(["--suite=ttft", A], "--suite=peers")
refused(["--peer-limit=5"], "--peer-limit", "--suite=peers")
refused(["--suite=peers", A, "--peer-limit=0"], "--peer-limit")
refused(["--suite=peers", A, "--prompt=x", "--tokenizer=y"], "--prompt")
refused(["--suite=peers", A, "--precision=2%"], "--precision", "--reps")
refused([*suite, A, "--tokens=600"], "positions", "--tokens")
refused([*suite, A, "--prompt-tokens=500", "--tokens=20"], "positions", "--prompt-tokens")
refused([*suite, A, "--prompt-tokens=1,64"], "--prompt-tokens", "one length")
refused([*suite, "--peer=a:x {gguf}", "--tokenizer=/nowhere/tok.bin"], "/nowhere/tok.bin")
job = "kind=part suite=peers folder=/nowhere model=m variant=neon threads=1 prompt-tokens=1 tokens=10 clock=1"  # none of them counted
refused([*suite, A, "--out=x"], "MEMWALL_JOB", "unset", env={**os.environ, "MEMWALL_JOB": job})

# --- ours that fail, and interruptions
bad = bytearray(open(model, "rb").read())
bad[1000:1004] = b"\x00\x00\xc0\x7f"
open("nan.bin", "wb").write(bad)
r = run("--suite=peers", "--model=nan.bin", "--variant=mmap", "--threads=1", "--reps=1", "--quiet", "--tokens=11", "--out=nan", "--peer=a:exit 1")
ok(r.returncode == 1 and r.stderr.count(b"\n") == 1 and b"not finite" in r.stderr, "a damaged model: one line, exit 1", r)
pid = os.path.join(work.name, "pid")
p = subprocess.Popen([bench, *suite, "--variant=neon", "--reps=50", "--out=cut", f"--peer=slow:echo $$ > {pid}; exec sleep 60"], stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, start_new_session=True)
for _ in range(500):
    if os.path.exists(pid) and os.path.getsize(pid):
        break
    time.sleep(0.05)
p.send_signal(signal.SIGINT)  # as Ctrl-C: the peer has a group of its own and hears it from bench
out, err = p.communicate(timeout=100)
ok(p.returncode == 130 and out == b"" and not os.path.exists("cut") and os.listdir("tmp") == [], "Ctrl-C: exit 130, nothing left",
   (p.returncode, out, err, os.listdir("tmp")))
try:
    os.kill(int(open(pid).read()), 0)
    alive = True
except ProcessLookupError:
    alive = False
ok(not alive, "Ctrl-C: the peer has ended, too")

done()
