#!/usr/bin/env python3
"""Suite peers: which roof a program is held against, and that its share of it follows from rows and rates.

usage: test_peers_roof.py BENCH    prints TAP
"""
import os
import statistics
import subprocess
import sys

from outside import read, read_csv, widest, workplace
from peer_programs import script
from tap import done, ok

bench = os.path.abspath(sys.argv[1])
workplace("peers-roof")
# A program whose rate is known, and which notes the CPUs that it may run on.
KNOWN = """
import os, sys
with open("cpus.txt", "a") as f:
    print(sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [], file=f)
print("memwall-tokens-per-s:", 10 * int(sys.argv[1]))
"""
known = script("known.py", KNOWN)


def run(*args):
    return subprocess.run([bench, "--suite=peers", *args], capture_output=True, timeout=250)


# stories260K: 64 wide, hidden 172, 5 layers, 8 heads of 8, 4 kv heads, 512 tokens. Per layer q and o are 64 x 64, k and
# v 32 x 64, two matrices 172 x 64, one 64 x 172, two norms 64; then a norm, the classifier, a row of the embedding.
def swept(rows):
    """Bytes that a token sweeps if the rows of a matrix are stored as `rows` says."""
    layer = 2 * rows(64) * 64 + 2 * rows(32) * 64 + 2 * rows(172) * 64 + rows(64) * 172 + 2 * 64
    return 4 * (5 * layer + 64 + rows(512) * 64 + 64)


BYTES = {"tvl": swept(lambda n: (n + 15) // 16 * 16), "peer": swept(lambda n: n)}

r = run("--model=synthetic:stories260K", "--tokens=40", "--threads=1,2", "--reps=3", "--variant=neon,tvl",
        "--out=known",
        f"--peer=checkpoint:python3 {known} {{threads}} # {{model}}",
        f"--peer=gguf:python3 {known} {{threads}} # {{gguf}} {{model}}",
        f"--peer=fast:python3 {known} 99999 # {{model}} {{threads}}",
        f"--peer=nofile:python3 {known} {{threads}}", f"--peer=nothreads:python3 {known} 1 # {{model}}",
        "--peer=fails:exit 3; # {model} {threads}")
if not ok(r.returncode == 1 and b"never gave a number: fails" in r.stderr, "a run with roofs, and a peer that fails",
          r):
    done()
rows = [x for x in read_csv("known/results.csv") if x["phase"] == "steady"]
single = {(x["variant"], x["threads"], x["rep"], x["metric"]): x for x in rows if x["rep"]}
sweeps = {}
for x in read_csv("known/roof.csv"):
    sweeps.setdefault((x["variant"], x["threads"], x["rep"]), []).append(float(x["roof_gbs"]))

turns = {(v, t, n) for v in ("checkpoint", "gguf", "fast", "tvl", "fails") for t in "12" for n in "123"}
ok({k[:3] for k in single if k[3] == "roof_fraction"} == turns == set(sweeps),
   "one for programs that know file and threads, and for variants that map; no other", sweeps.keys())
wrong = []
for turn in sorted(turns):
    roof, share = single[*turn, "roof_gbs"], single[*turn, "roof_fraction"]
    if len(sweeps[turn]) != 6 or abs(float(roof["value"]) / statistics.median(sweeps[turn]) - 1) > 1e-5:
        wrong.append((turn, roof, sweeps[turn]))
    if turn[0] == "fails":
        if share["value"] or share["provenance"] != "unavailable":
            wrong.append((turn, share))
        continue
    rate = float(single[*turn, "tokens_per_s"]["value"])
    want = BYTES.get(turn[0], BYTES["peer"]) * rate / 1e9 / float(roof["value"])
    if abs(float(share["value"]) / want - 1) > 1e-5:
        wrong.append((turn, share, want))
ok(not wrong, "roof_gbs is the median of six sweeps, roof_fraction bytes per token x rate over it", wrong[:3])
ok({single["gguf", t, n, "tokens_per_s"]["value"] for t in "12" for n in "123"} == {"10", "20"}, "the rates are known")
ok(len({single[v, "2", n, "roof_gbs"]["note"] for v in ("checkpoint", "fast", "fails") for n in "123"}) == 1,
   "programs with the same file and threads are held against the same read")

with open("cpus.txt", encoding="utf-8") as f:
    cpus = set(f.read().splitlines())
mine = str(sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [])
ok(cpus == {mine}, "sweeps leave no binding to the programs that follow", (cpus, mine))

warnings = [l.split()[2:5] for l in r.stderr.decode().splitlines() if "of the roof of its file" in l]
ok(sorted(w for w in warnings if w[0] != "tvl") == [["fast", "(threads:", "1)"], ["fast", "(threads:", "2)"]],
   "more than all of the roof is a warning, once for each number of threads", warnings)
table = r.stdout.decode()
lines = {(l[:28].strip(), l[28:32].strip()): l for l in table[:table.index("\nDecoding: ")].splitlines()}
summary = {(x["variant"], x["threads"]): x for x in rows if not x["rep"] and x["metric"] == "roof_fraction"}
shown = {k: lines[k][53:58].strip() for k in (("checkpoint", "1"), ("tvl", "2"), ("neon", "1"), ("nofile", "1"))}
ok(shown == {**{k: f"{float(summary[k]['value']):.2f}" for k in (("checkpoint", "1"), ("tvl", "2"))},
             ("neon", "1"): "-", ("nofile", "1"): "-"} and widest(table) <= 80,
   "the table has a column for it", (shown, table))

# The same file for everybody: that of a recipe, and that of --dtype. Rows of 64 are 2 blocks of 34 bytes in q8_0; 172
# columns are no multiple of 32, so that matrix is f16. Norms stay f32.
Q8_0 = 5 * ((2 * 64 + 2 * 32 + 2 * 172) * 68 + 64 * 172 * 2 + 2 * 64 * 4) + 64 * 4 + 512 * 68 + 68
for model, extra, name in (("synthetic:stories260K@q8_0", (), "synthetic-stories260K@q8_0-1.gguf"),
                           ("synthetic:stories260K", ("--dtype=q8_0",), "-q8_0.gguf")):
    r = run("--tokens=12", "--threads=1", "--reps=1", "--variant=native-tvl", f"--out={name}", "--quiet",
            f"--peer=gguf:echo {{gguf}} >path; python3 {known} {{threads}}", f"--model={model}", *extra)
    path = read("path").decode().strip() if ok(r.returncode == 0, f"{model} {extra}", r) else ""
    values = {(x["variant"], x["metric"]): float(x["value"]) for x in read_csv(name + "/results.csv") if x["rep"]}
    got = values["gguf", "roof_fraction"] * values["gguf", "roof_gbs"] * 1e9 / 10
    ok(path.endswith(name) and os.path.dirname(path) == os.environ["MEMWALL_CACHE"] and abs(got / Q8_0 - 1) < 1e-5,
       "{gguf} is the file of that dtype, and its bytes count", (path, got, Q8_0))
done()
