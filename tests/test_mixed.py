#!/usr/bin/env python3
"""A GGUF file that mixes dtypes, measured from outside: bench counts the bytes of a token tensor by tensor.

usage: test_mixed.py BENCH TVLPACK [WRAPPER...]    prints TAP
"""
import json
import math
import os
import subprocess
import sys

from gguf_file import Gguf
from outside import read_csv, workplace
from tap import done, ok

bench, tvlpack = map(os.path.abspath, sys.argv[1:3])
wrapper = sys.argv[3:]
workplace("mixed")
BLOCKS = {0: ("f32", 1, 4), 1: ("f16", 1, 2), 8: ("q8_0", 32, 34), 12: ("q4_K", 256, 144), 14: ("q6_K", 256, 210)}


def run(program, *args):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=250)


def needed(path):
    """{dtype: bytes} that one token reads: every tensor, and one row of the embedding, which is also the classifier."""
    total = {}
    for name, (shape, kind, _) in Gguf(path).tensors.items():
        dtype, block, size = BLOCKS[kind]
        values = math.prod(shape) + (shape[0] if name == "token_embd.weight" else 0)
        total[dtype] = total.get(dtype, 0) + values // block * size
    return total


def info(path):
    r = run(tvlpack, "--info", "--json", path)
    return json.loads(r.stdout)


# --- the columns of w2 are whole super-blocks, those of all other matrices are not
r = run(tvlpack, "synthetic:stories15M@q4_k_m", "mixed.gguf", "--quiet")
ok(r.returncode == 0 and r.stderr == b"", "a model of recipe q4_k_m", r)
r = run(tvlpack, "mixed.gguf", "mixed.tvl", "--quiet")
ok(r.returncode == 0 and r.stderr == b"", "and packed", r)
want = needed("mixed.gguf")
ok(set(want) == {"f32", "q8_0", "q4_K", "q6_K"}, "four dtypes", want)
for path in ("mixed.gguf", "mixed.tvl"):
    got = info(path)
    ok(got["token"]["by_dtype"] == want and got["token"]["bytes"] == sum(want.values()),
       f"{path}: tvlpack --info counts the bytes of a token", (got["token"], want))
    ok(got["dtype"] == "q8_0", f"{path}: the dtype of most weights", got["dtype"])

VARIANTS = ["native-tvl", "scalar/rowmajor/mmap"]
r = run(bench, "--model=mixed.gguf", "--variant=" + ",".join(VARIANTS), "--tokens=11", "--reps=1", "--threads=1",
        "--out=out")
ok(r.returncode == 0, "bench measures it, tiled and in place", r)
values = {}
for x in read_csv("out/results.csv"):
    if x["rep"] == "1" and x["phase"] == "steady" and x["metric"] in ("bandwidth_gbs", "tokens_per_s"):
        values.setdefault((x["variant"], x["layout"], x["dtype"]), {})[x["metric"]] = float(x["value"])
ok(len(values) == 2 and {v[1:] for v in values} == {("tvl", "q8_0"), ("rowmajor", "q8_0")} and
   all(v[0].endswith("@q8_0") for v in values), "variants carry the dtype of most weights", values)
with open("out/machine.json", encoding="utf-8") as f:
    model = json.load(f)["model"]
ok(model["bytes_per_token_by_dtype"] == want and model["bytes_per_token"] == sum(want.values()) and
   model["head_size"] == 48 and model["rope_base"] == 10000 and model["shared_classifier"] is True,
   "machine.json has the bytes of each dtype, and the whole configuration", model)
# one timed token, at position 10: it reads the keys and values of 11 positions and writes those of one
token = sum(want.values()) + 12 * info("mixed.gguf")["token"]["kv_bytes_per_position"]
counted = [v["bandwidth_gbs"] / v["tokens_per_s"] * 1e9 for v in values.values()]
ok(all(abs(c / token - 1) < 2e-6 for c in counted), "bandwidth counts the bytes of all dtypes", (counted, token))
r = run(bench, "--model=mixed.gguf", "--dtype=q4_0", "--tokens=11", "--reps=1", "--threads=1", "--out=other")
ok(r.returncode == 2 and r.stderr.count(b"\n") == 1 and not os.path.exists("other"), "no other dtype can be wanted", r)
done()
