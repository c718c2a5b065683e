#!/usr/bin/env python3
"""K formats from outside: .tvl and GGUF files against the quantizer in quantizers.py, matrices that do not have whole
super-blocks, and what generate and bench do with such files.

usage: test_dtypes_k.py TVLPACK BENCH GENERATE [WRAPPER ...]    prints TAP
"""
import os
import random
import re
import struct
import subprocess
import sys

from checkpoints import Model, write_tokenizer
from gguf_file import Gguf
from outside import ROOT, read, read_csv, workplace, write
from quantizers import FILE_TYPES, IDS, STORE_K, values
from tap import done, ok

tvlpack, bench, generate = map(os.path.abspath, sys.argv[1:4])
wrapper = sys.argv[4:]
workplace("dtypes-k")


def run(*args, program=tvlpack):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100)


reader = re.search(r"```python\n(.*?)```", read(os.path.join(ROOT, "layouts/TVL.md")).decode(), re.S)[1]


def open_tvl():
    scope = {}
    exec(reader, scope)
    return scope


# --- 1 and 3 super-blocks in a row: the last of q6_K is alone. A quantizer in Python is slow, so few rows are compared.
model = Model(vocab=263, noise=random.Random(5), dim=256, hidden=768, layers=1, heads=4)
SOME = {"layers.0.wq": (0, 255), "layers.0.w2": (1, 17, 255), "classifier": (262,)}
for name, rows in SOME.items():
    cols, x = model.shapes[name][1], model.weights[name]
    first = rows[0] * cols
    for i in range(32):
        x[first + i] = 0.0  # a group of zeros
        x[first + 32 + i] = 0.25 + i / 256  # one that needs no minimum
        x[first + 64 + i] = -1.5  # and one of equal values
write("model.bin", model.v0())
IN_GGUF = {"layers.0.wq": "blk.0.attn_q.weight", "layers.0.w2": "blk.0.ffn_down.weight", "classifier": "output.weight"}
for dtype, (block, store) in STORE_K.items():
    r = run("model.bin", "model.tvl", f"--dtype={dtype}")
    ok(r.returncode == 0 and r.stdout == r.stderr == b"", f"{dtype}: packed", r)
    r = run("model.bin", "model.gguf", f"--dtype={dtype}", "--quiet")
    g = Gguf("model.gguf")
    ok(r.returncode == 0 and g.meta["general.file_type"] == FILE_TYPES[dtype], f"{dtype}: GGUF", r)
    scope = open_tvl()
    wrong = []
    for name, rows in SOME.items():
        cols = model.shapes[name][1]
        _, kind, at = g.tensors[IN_GGUF[name]]
        for i in rows:
            row = list(model.weights[name][i * cols:(i + 1) * cols])
            want = b"".join(store(row[j:j + block]) for j in range(0, cols, block))
            start = g.start + at + i * len(want)
            if kind != IDS[dtype] or g.data[start:start + len(want)] != want:
                wrong.append(("GGUF", name, i))
            blocks = [want[b:b + len(want) * block // cols] for b in range(0, len(want), len(want) * block // cols)]
            if [scope["w"](name, i, j) for j in range(cols)] != [v for b in blocks for v in values(dtype, b)]:
                wrong.append(("TVL.md", name, i))
    ok(wrong == [], f"{dtype}: GGUF byte for byte, and the reader printed in TVL.md", wrong)
    scope["m"].close()
    scope["f"].close()
    r = run("--verify", "model.tvl", "--against=model.bin")
    ok(r.returncode == 0 and b"every weight equals that of model.bin" in r.stdout, f"{dtype}: --verify --against", r)
    r = run("--info", "model.tvl")
    ok(r.returncode == 0 and re.search(rf"\nlayers.0.wq +{dtype} +256 +256 ".encode(), r.stdout) and
       max(map(len, r.stdout.decode().splitlines())) <= 80, f"{dtype}: --info, within 80 columns", r)

r = run("model.bin", "lower.tvl", "--dtype=q6_k")
ok(r.returncode == 0 and read("lower.tvl") == read("model.tvl"), "names in lower case do as well", r)

# --- generate and bench
write_tokenizer("tokenizer.bin", model.vocab)
for dtype in STORE_K:
    run("model.bin", f"{dtype}.tvl", f"--dtype={dtype}", "--quiet")
    ask = [f"--model={dtype}.tvl", "--tokenizer=tokenizer.bin", "--prompt=ab", "--temperature=9", "--seed=3",
           "--tokens=12"]
    texts = [run(*ask, f"--threads={n}", f"--variant={variant}", program=generate)
             for n in (1, 2) for variant in ("tvl16_scalar/tvl/mmap", "tvl16_scalar/tvl/heap")]
    ok(all(t.returncode == 0 and t.stdout == texts[0].stdout for t in texts) and len(texts[0].stdout) > 12,
       f"{dtype}: generate writes the same text on 1 and 2 threads, by either load", texts)
r = run("--model=q4_K.tvl", "--variant=tvl16_scalar/tvl/mmap", "--reps=1", "--tokens=12", "--threads=1", "--out=out",
        program=bench)
rows = read_csv("out/results.csv") if os.path.exists("out/results.csv") else []
rates = {x["variant"] for x in rows if x["metric"] == "tokens_per_s" and x["value"]}
ok(rates == {"tvl16_scalar/tvl/mmap@q4_K"}, "bench measures them", (r, rates))

# --- matrices without whole super-blocks: 96 columns are stored as q8_0, 80 as f16
small = Model(vocab=70, noise=random.Random(6), dim=96, hidden=80)
write("model.bin", small.v0())
r = run("model.bin", "model.tvl", "--dtype=q4_K")
scope = open_tvl()
ids = {name: t[2] for name, t in scope["tensors"].items()}
own = {name: "f32" if name.endswith("norm") else "f16" if cols == 80 else "q8_0"
       for name, (rows, cols) in small.shapes.items()}
told = [f"tvlpack: {name} is stored as {d}: its {small.shapes[name][1]} columns are no multiple of 256"
        for name, d in own.items() if d != "f32"]
ok(r.returncode == 0 and r.stderr.decode().splitlines() == told and ids == {n: IDS[d] for n, d in own.items()},
   "what has no whole super-blocks is q8_0 or f16, and named", (r, ids))
done()
