#!/usr/bin/env python3
"""Dtypes from outside. tvlpack: .tvl and GGUF files of every dtype against a quantizer that is written here. generate
and bench: they decode such files, and bench stores an f32 checkpoint as other dtypes.

usage: test_dtypes.py TVLPACK BENCH GENERATE [WRAPPER ...]    prints TAP
"""
import os
import random
import re
import struct
import subprocess
import sys

from checkpoints import Model, write_tokenizer
from gguf_file import Gguf
from outside import ROOT, read, read_csv, trained_models, widest, workplace, write
from quantizers import FILE_TYPES, IDS, STORE, f32, values
from refused import refuser
from tap import done, ok, skip

tvlpack, bench, generate = map(os.path.abspath, sys.argv[1:4])
wrapper = sys.argv[4:]
trained = trained_models()
workplace("dtypes")


def run(*args, program=tvlpack):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100)


refused = refuser(run, "tvlpack", warnings=False)


def dtype_of(name, cols, dtype):
    return "f32" if name.endswith("norm") else "f16" if cols % STORE[dtype][0] else dtype


def stored(name, dtype):
    """The rows of a tensor as bytes in row-major order, and as floats."""
    rows, cols = model.shapes[name]
    own = dtype_of(name, cols, dtype)
    block, store = STORE[own]
    x = list(model.weights[name])
    blocks = [store(x[i:i + block]) for i in range(0, rows * cols, block)]
    return own, b"".join(blocks), [v for b in blocks for v in values(own, b)]


# --- models: w2 has 80 columns, no multiple of 32; one group a row, two and three elsewhere
model = Model(vocab=301, noise=random.Random(3), dim=96, hidden=80)
for name, x in model.weights.items():
    if not name.endswith("norm"):
        x[5] = -3.25  # the largest value of a block is negative
        for i in range(32, 64):
            x[i] = 0.0  # a block of zeros
write("model.bin", model.v0())
LAYER = {"attn_norm": "att_norm", "attn_q": "wq", "attn_k": "wk", "attn_v": "wv", "attn_output": "wo",
         "ffn_norm": "ffn_norm", "ffn_gate": "w1", "ffn_down": "w2", "ffn_up": "w3"}
IN_GGUF = {"token_embd.weight": "embedding", "output_norm.weight": "final_norm", "output.weight": "classifier"} | {
    f"blk.{l}.{g}.weight": f"layers.{l}.{k}" for l in range(model.layers) for g, k in LAYER.items()}
reader = re.search(r"```python\n(.*?)```", read(os.path.join(ROOT, "layouts/TVL.md")).decode(), re.S)[1]

for dtype in STORE:
    r = run("model.bin", "model.tvl", f"--dtype={dtype}")
    told = [f"tvlpack: layers.{l}.w2 is stored as f16: its 80 columns are no multiple of 32\n" for l in range(2)]
    ok(r.returncode == 0 and r.stdout == b"" and
       r.stderr.decode() == ("".join(told) if STORE[dtype][0] > 1 else ""), f"{dtype}: packed, exceptions named", r)
    want = {name: stored(name, dtype) for name in model.shapes}
    scope = {}
    exec(reader, scope)
    wrong = [name for name, (rows, cols) in model.shapes.items()
             if [f32(scope["w"](name, i, j)) for i in range(rows) for j in range(cols)] != want[name][2]]
    ok(wrong == [] and list(scope["tensors"]) == list(model.shapes), f"{dtype}: the reader printed in TVL.md", wrong)
    version = struct.unpack_from("<I", scope["m"], 12)[0]
    ids = {name: t[2] for name, t in scope["tensors"].items()}
    ok(version == (1 if dtype == "f32" else 2) and ids == {n: IDS[w[0]] for n, w in want.items()},
       f"{dtype}: version {version}, a dtype per tensor", ids)
    scope["m"].close()
    scope["f"].close()
    r = run("--verify", "model.tvl", "--against=model.bin")
    ok(r.returncode == 0 and b"every weight equals that of model.bin" in r.stdout, f"{dtype}: --verify --against", r)
    r = run("--info", "model.tvl")
    ok(r.returncode == 0 and re.search(rf"\nlayers.1.wq +{dtype} +96 +96 ".encode(), r.stdout) and
       max(map(len, r.stdout.decode().splitlines())) <= 80, f"{dtype}: --info, within 80 columns", r)
    r = run("model.bin", "model.gguf", f"--dtype={dtype}", "--quiet")
    g = Gguf("model.gguf")
    wrong = [name for name, (_, kind, at) in g.tensors.items()
             if kind != IDS[want[IN_GGUF[name]][0]] or
             g.data[g.start + at:g.start + at + len(want[IN_GGUF[name]][1])] != want[IN_GGUF[name]][1]]
    ok(r.returncode == 0 and r.stderr == b"" and set(g.tensors) == set(IN_GGUF) and wrong == [] and
       g.meta["general.file_type"] == FILE_TYPES[dtype], f"{dtype}: GGUF, byte for byte", (r, wrong))

# --- without a checkpoint, and not what it claims
for dtype in ("bf16", "q4_0"):
    r = run("synthetic:stories260K", "made.tvl", f"--dtype={dtype}", "--quiet")
    v = run("--verify", "made.tvl", "--against=synthetic:stories260K")
    ok(r.returncode == v.returncode == 0 and r.stderr == b"", f"{dtype}: synthetic:SHAPE without a checkpoint", (r, v))
write("other.bin", model.v0()[:-4] + struct.pack("<f", 2))
run("model.bin", "model.tvl", "--dtype=q8_0", "--quiet")
r = run("--verify", "model.tvl", "--against=other.bin")
ok(r.returncode == 1 and b"tensor classifier, row 300, column 64 is not what other.bin has" in r.stderr,
   "another weight in the last block", r)
refused(["model.bin", "x.tvl", "--dtype=q3_K"], "no dtype is called 'q3_K'; choose one of: f32, bf16, f16, q8_0, q4_0")
refused(["--info", "model.tvl", "--dtype=f16"], "--dtype goes with a new file")
refused(["model.tvl", "x.gguf"], "model.tvl", "is packed already")


# --- generate
write_tokenizer("tokenizer.bin", model.vocab)
for dtype in STORE:
    run("model.bin", f"{dtype}.tvl", f"--dtype={dtype}", "--quiet")
    ask = [f"--model={dtype}.tvl", "--tokenizer=tokenizer.bin", "--prompt=ab", "--temperature=0", "--tokens=12"]
    texts = [run(*ask, f"--threads={n}", *variant, program=generate)
             for n in (1, 2) for variant in ([], [f"--variant=tvl@{dtype}"])]
    ok(all(t.returncode == 0 and t.stdout == texts[0].stdout and b"achieved tok/s" in t.stderr for t in texts) and
       len(texts[0].stdout) > 12, f"{dtype}: generate writes the same text on 1 and 2 threads, named or not", texts)
other = run(*ask, "--variant=tvl@f16", program=generate)
ok(other.returncode == 2 and other.stdout == b"" and b"q4_0.tvl: holds q4_0 weights" in other.stderr,
   "generate: not as another dtype than the file's", other)
START = {dtype: b"Once upon a time, there was a little girl named Lily. She loved to " for dtype in STORE}
START["q4_0"] = b"Once upon a time, there was a little "
for dtype in STORE if trained else ():
    run(f"{trained}/stories260K.bin", "trained.tvl", f"--dtype={dtype}", "--quiet")
    r = run("--model=trained.tvl", f"--tokenizer={trained}/tok512.bin", "--temperature=0", "--tokens=50",
            program=generate)
    ok(r.returncode == 0 and r.stdout.startswith(START[dtype]), f"{dtype}: a trained model tells its story", r)
if not trained:
    skip("a trained model tells its story", "stories260K.bin and tok512.bin are not here")


# --- bench
def measure(file, *args):
    """A short run, and its rows about variants."""
    r = run(f"--model={file}", "--reps=1", "--tokens=12", "--threads=1", f"--out=out{measure.runs}", *args,
            program=bench)
    if r.returncode == 1 and b"roof was measured badly" in r.stderr:  # as happens next to other tests
        r.returncode = 0
    path = f"out{measure.runs}/results.csv"
    rows = read_csv(path) if os.path.exists(path) else []
    measure.runs += 1
    return r, [x for x in rows if x["variant"]]


measure.runs = 0
for dtype in STORE:
    r, rows = measure(f"{dtype}.tvl")
    at = "" if dtype == "f32" else "@" + dtype
    rates = {x["variant"] for x in rows if x["metric"] == "tokens_per_s" and x["phase"] == "steady" and
             float(x["value"]) > 0}
    ok(r.returncode == 0 and {x["dtype"] for x in rows} == {dtype} and "tvl" + at in rates and
       all(("@" in v) == bool(at) and v.endswith(at) for v in rates), f"{dtype}: bench measures its variants",
       (r, rates))
    # a small model's rate of six digits is a column wider than the table
    ok(widest(r.stdout) <= 81 and all(re.search(rf"^{re.escape(v)} +1 ".encode(), r.stdout, re.M) for v in rates) and
       f"MB ({dtype}) of weights".encode() in r.stdout, f"{dtype}: and prints them", r)

r, rows = measure("model.bin", "--dtype=f32,q8_0")
rates = {(x["dtype"], x["variant"]) for x in rows if x["metric"] == "tokens_per_s" and x["value"] != ""}
ok(r.returncode == 0 and rates >= {("f32", "scalar"), ("f32", "neon"), ("f32", "mmap"), ("f32", "tvl"),
                                   ("q8_0", "scalar@q8_0"), ("q8_0", "neon@q8_0"), ("q8_0", "tvl@q8_0")} and
   all(v.endswith("@q8_0") == (d == "q8_0") for d, v in rates), "two dtypes of one checkpoint, each with its rows",
   (r, rates))
r, rows = measure("model.bin", "--dtype=q8_0", "--variant=neon/rowmajor/mmap")
ok(r.returncode == 0 and rows and
   all(x["variant"] == "mmap@q8_0" and x["dtype"] == "q8_0" and x["provenance"] == "unavailable" and x["value"] == ""
       for x in rows) and b"mmap@q8_0 is unavailable: " in r.stderr, "a checkpoint of f32 cannot be mapped as q8_0", r)

bench_refused = refuser(lambda *args: run(*args, program=bench))
short = ["--reps=1", "--tokens=12", "--threads=1", "--out=none"]
bench_refused(["--model=q8_0.tvl", "--dtype=q4_0", *short], "q8_0.tvl: holds q8_0 weights", "@q4_0")
bench_refused(["--model=q8_0.tvl", "--variant=tvl@q4_0", *short], "q8_0.tvl: holds q8_0 weights", "tvl@q4_0")
for given in ("nosuch", "f32,nosuch"):
    bench_refused(["--model=model.bin", f"--dtype={given}", *short], "no dtype is called 'nosuch'",
                  "f32, bf16, f16, q8_0, q4_0")
bench_refused(["--model=model.bin", "--variant=tvl@nosuch", *short], "no dtype is called 'nosuch'")
done()
