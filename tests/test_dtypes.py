#!/usr/bin/env python3
"""tvlpack --dtype from outside: .tvl and GGUF files of every dtype against a quantizer that is written here.

usage: test_dtypes.py TVLPACK BENCH [WRAPPER ...]    prints TAP
"""
import math
import os
import random
import re
import struct
import subprocess
import sys

from checkpoints import Model
from gguf_file import Gguf
from outside import ROOT, read, workplace, write
from refused import refuser
from tap import done, ok

tvlpack, bench, wrapper = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
workplace("dtypes")


def run(*args, program=tvlpack):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100)


refused = refuser(run, "tvlpack", warnings=False)


# --- a quantizer that shares no code with the program: all floats are rounded to f32 where the program does
def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def half(x):
    return struct.pack("<e", x)


def bf16(x):
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    low, high = bits & 0xffff, bits >> 16
    return struct.pack("<H", high + (low > 0x8000 or low == 0x8000 and high % 2))


def q8_0(x):
    scale = f32(max(map(abs, x)) / 127)
    inverse = f32(1 / scale) if scale else 0
    scaled = [f32(v * inverse) for v in x]
    return half(scale) + bytes(int(math.copysign(math.floor(abs(v) + 0.5), v)) & 0xff for v in scaled)


def q4_0(x):
    scale = f32(max(x, key=abs) / -8)  # max() takes the first of equals
    inverse = f32(1 / scale) if scale else 0
    codes = [min(15, int(f32(f32(v * inverse) + 8.5))) for v in x]
    return half(scale) + bytes(codes[j] | codes[j + 16] << 4 for j in range(16))


STORE = {"f32": (1, lambda x: struct.pack("<f", x[0])), "bf16": (1, lambda x: bf16(x[0])),
         "f16": (1, lambda x: half(x[0])), "q8_0": (32, q8_0), "q4_0": (32, q4_0)}
IDS = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8, "bf16": 30}
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 7, "bf16": 32}


def values(dtype, block):
    """The floats that a stored block is."""
    if dtype == "f32":
        return list(struct.unpack("<f", block))
    if dtype == "f16":
        return list(struct.unpack("<e", block))
    if dtype == "bf16":
        return list(struct.unpack("<f", b"\0\0" + block))
    (scale,), codes = struct.unpack("<e", block[:2]), block[2:]
    if dtype == "q8_0":
        return [f32(c * scale) for c in struct.unpack("<32b", codes)]
    return [f32((c - 8) * scale) for c in [b & 15 for b in codes] + [b >> 4 for b in codes]]


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
refused(["model.bin", "x.tvl", "--dtype=q4_K"], "q4_K", "choose f32, bf16, f16, q8_0 or q4_0")
refused(["--info", "model.tvl", "--dtype=f16"], "--dtype goes with a new file")
refused(["model.tvl", "x.gguf"], "model.tvl", "no kernel")
r = run("--model=model.tvl", "--out=none", program=bench)
ok(r.returncode == 2 and b"holds q8_0 weights, for which there is no kernel" in r.stderr, "bench says what it lacks", r)
done()
