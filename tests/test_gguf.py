#!/usr/bin/env python3
"""tvlpack INPUT OUTPUT.gguf from outside: a parser of its own reads the file, which is compared with the checkpoint.

usage: test_gguf.py TVLPACK [WRAPPER...]    prints TAP
"""
import array
import json
import os
import random
import re
import struct
import subprocess
import sys

from checkpoints import NAN, Model
from gguf_file import Gguf
from outside import read, trained_models, workplace, write
from refused import refuser
from tap import done, ok, skip

tvlpack, wrapper = os.path.abspath(sys.argv[1]), sys.argv[2:]
trained = trained_models()
workplace("gguf")


def run(*args):
    return subprocess.run([*wrapper, tvlpack, *args], capture_output=True, timeout=100)


def fine(args, name):
    r = run(*args)
    return ok(r.returncode == 0 and r.stdout == b"" and r.stderr == b"", name, r)


refused = refuser(run, "tvlpack")


# --- checkpoints of both versions, and a tokenizer
noise = random.Random(7)
model = Model(vocab=301, noise=noise)
vocab, weights = model.vocab, model.weights
write("tied.bin", model.v0(tied=True))
write("apart.bin", model.v0())
write("v1.bin", model.v1())

pieces = ["<unk>", "\n<s>\n", "\n</s>\n"] + [f"<0x{b:02X}>" for b in range(256)]
pieces += [" ", "  ", " th", "e", "ä", "日本", "<0x>", "<0x41", "a b", "<s"]
pieces += [f"w{i}" for i in range(vocab - len(pieces))]
scores = [noise.uniform(-9, 0) for _ in pieces]


def tokenizer(path, pieces):
    raw = [p.encode() for p in pieces]
    return write(path, struct.pack("<i", max(map(len, raw))) +
                 b"".join(struct.pack("<fi", s, len(p)) + p for s, p in zip(scores, raw)))


tokenizer("tok.bin", pieces)

# --- tensors
LAYER = {"attn_norm": "att_norm", "attn_q": "wq", "attn_k": "wk", "attn_v": "wv", "attn_output": "wo",
         "ffn_norm": "ffn_norm", "ffn_gate": "w1", "ffn_down": "w2", "ffn_up": "w3"}
names = {"token_embd.weight": "embedding", "output_norm.weight": "final_norm"} | {
    f"blk.{l}.{g}.weight": f"layers.{l}.{k}" for l in range(model.layers) for g, k in LAYER.items()}


def check_tensors(g, names, label):
    ok(set(g.tensors) == set(names), f"{label}: the tensors of architecture llama", set(g.tensors) ^ set(names))
    wrong, spans = [], []
    for name, (shape, dtype, at) in g.tensors.items():
        key = names.get(name)
        rows, cols = model.shapes[key]
        want = (cols,) if key.endswith("norm") else (cols, rows)
        data = g.data[g.start + at:g.start + at + 4 * rows * cols]
        spans.append((at, at + 4 * rows * cols))
        if shape != want or dtype != 0 or at % 32 or data != bytes(weights[key]):
            wrong.append((name, shape, want, dtype, at))
    ok(not wrong, f"{label}: shapes, type, alignment, and the checkpoint's values, rows in its order", wrong[:2])
    spans.sort()
    ok(spans[0][0] == 0 and all(b[0] == a[1] + -a[1] % 32 for a, b in zip(spans, spans[1:])) and
       len(g.data) == g.start + spans[-1][1] + -spans[-1][1] % 32,
       f"{label}: one after the other, nothing between or after them")


fine(["tied.bin", "tied.gguf", "--tokenizer=tok.bin"], "version 0, a tied classifier")
fine(["apart.bin", "new/folder/apart.gguf", "--tokenizer=tok.bin"], "version 0, a separate classifier, a new folder")
fine(["v1.bin", "v1.gguf", "--tokenizer=tok.bin"], "version 1")
g = Gguf("tied.gguf")
check_tensors(g, names, "tied")
apart = Gguf("new/folder/apart.gguf")
check_tensors(apart, names | {"output.weight": "classifier"}, "separate")
check_tensors(Gguf("v1.gguf"), names | {"output.weight": "classifier"}, "version 1")
wanted = {"general.architecture": "llama", "general.name": "tied.bin", "general.file_type": 0,
          "llama.vocab_size": vocab, "llama.context_length": model.seq, "llama.embedding_length": model.dim,
          "llama.block_count": model.layers, "llama.feed_forward_length": model.hidden,
          "llama.attention.head_count": model.heads,
          "llama.attention.head_count_kv": model.kv_heads, "llama.rope.dimension_count": model.dim // model.heads,
          "llama.rope.freq_base": 10000.0, "tokenizer.ggml.model": "llama", "tokenizer.ggml.bos_token_id": 1,
          "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.unknown_token_id": 0,
          "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_eos_token": False}
differ = {k: (g.meta.get(k), v) for k, v in wanted.items() if g.meta.get(k) != v or type(g.meta.get(k)) is not type(v)}
ok(not differ, "metadata", differ)
epsilon = g.meta["llama.attention.layer_norm_rms_epsilon"]
ok(abs(epsilon - 1e-5) < 1e-11, "epsilon of the norms", epsilon)
texts = ["<unk>", "<s>", "</s>"] + [p.replace(" ", "\u2581") for p in pieces[3:]]
ok(g.meta["tokenizer.ggml.tokens"] == texts, "tokens, spaces marked as SentencePiece does",
   [x for x in zip(g.meta["tokenizer.ggml.tokens"], texts) if x[0] != x[1]][:3])
got = g.meta["tokenizer.ggml.scores"]
ok(len(got) == vocab and array.array("f", got[3:]) == array.array("f", scores[3:]), "scores")
types = [2, 3, 3] + [6 if re.fullmatch("<0x[0-9A-F]{2}>", p) else 1 for p in pieces[3:]]
ok(g.meta["tokenizer.ggml.token_type"] == types, "types: unknown, control, bytes, normal",
   [x for x in zip(pieces, g.meta["tokenizer.ggml.token_type"], types) if x[1] != x[2]][:3])

# --- a made-up vocabulary, and models made on the spot
fine(["tied.bin", "plain.gguf"], "without a tokenizer")
g = Gguf("plain.gguf")
tokens = g.meta["tokenizer.ggml.tokens"]
ok(len(tokens) == len(set(tokens)) == vocab and tokens[:3] == texts[:3] and tokens[3:259] == pieces[3:259] and
   set(g.meta["tokenizer.ggml.token_type"][259:]) == {5}, "the vocabulary is made up: no two tokens are the same",
   tokens[255:262])
check_tensors(g, names, "made-up vocabulary")
r = run("synthetic:stories260K", "made.gguf")
g = Gguf("made.gguf")
made = read(os.path.join("cache", "synthetic-stories260K-1.bin"))
shape, dtype, at = g.tensors["token_embd.weight"]
ok(r.returncode == 0 and g.meta["general.name"] == "synthetic:stories260K" and shape == (64, 512) and
   g.data[g.start + at:g.start + at + 4 * 64 * 512] == made[28:28 + 4 * 64 * 512], "synthetic:SHAPE", (r, shape))
large = array.array("f", (noise.uniform(-1, 1) for _ in range(8 * 70001))).tobytes()  # more than one read
rest = bytes(4 * (8 + 4 * 64 + 8 + 3 * 64 + 8 + 4 * 4))
write("large.bin", struct.pack("<7i", 8, 8, 1, 2, 2, 70001, 4) + large + rest)
fine(["large.bin", "large.gguf"], "a large vocabulary")
g = Gguf("large.gguf")
at = g.start + g.tensors["token_embd.weight"][2]
ok(g.data[at:at + len(large)] == large and len(g.meta["tokenizer.ggml.tokens"]) == 70001, "all of a large tensor")
if trained:
    fine([f"{trained}/stories260K.bin", "stories.gguf", f"--tokenizer={trained}/tok512.bin"], "a trained model")
    g = Gguf("stories.gguf")
    ok("\u2581the" in g.meta["tokenizer.ggml.tokens"] and "output.weight" not in g.tensors and
       g.meta["llama.context_length"] == 512, "its vocabulary and its tied classifier")
else:
    skip("a trained model", "no stories260K.bin and tok512.bin in MEMWALL_TEST_MODELS or ../shared/models")

# --- over an older file, and errors
write("old.gguf", b"old")
with open("old.gguf", "rb") as old:
    fine(["tied.bin", "old.gguf", "--tokenizer=tok.bin"], "over an older file")
    ok(old.read() == b"old" and read("old.gguf") == read("tied.gguf"), "the older file was replaced, not written over")
run("tied.bin", "tied.tvl")
data = read("tied.bin")
at = len(data) - len(model.angles) - 1000
write("nan.bin", data[:at] + NAN + data[at + 4:])
refused(["nan.bin", "x.gguf"], "nan.bin", "not finite")
refused(["tied.tvl", "x.gguf"], "tied.tvl", "is packed already", "checkpoint")
refused(["nowhere.bin", "x.gguf"], "nowhere.bin")
refused([write("cut.bin", data[:-4]), "x.gguf"], "cut.bin", "was it cut off")
refused(["tied.bin", "x.gguf", "--tokenizer=nowhere"], "nowhere")
refused(["tied.bin", "x.gguf", "--tokenizer=tied.bin"], "tied.bin")
for name, last, words in (("short.bin", [], ["token 300 of 301"]), ("twice.bin", ["w3"], ["and 300", "'w3'"]),
                          ("special.bin", ["</s>"], ["2 and 300"])):
    tokenizer(name, pieces[:-1] + last)
    refused(["tied.bin", "x.gguf", "--tokenizer=" + name], name, *words)
refused(["tied.bin", "x.gguf", "--tokenizer=tied.gguf"], "tied.gguf", "is a GGUF file; give the tokenizer.bin")
refused(["tied.bin", "x.tvl", "--tokenizer=tok.bin"], "--tokenizer", ".gguf")
refused(["--verify", "tied.tvl", "--tokenizer=tok.bin"], "--tokenizer", ".gguf")
refused(["tied.bin", "x.gguf", "--tokenizer"], "needs a value")
refused(["tied.bin", "tied.bin/x.gguf"], "tied.bin", "not a folder")
refused(["tied.bin", "new"], "new", "not a regular file")
os.link("tied.bin", "same.gguf")
refused(["tied.bin", "same.gguf"], "same.gguf", "checkpoint itself")
ok(read("tied.bin") == data, "a checkpoint is not written over")

# --- read back: described, rearranged and compared
fine(["tied.bin", "half.gguf", "--dtype=f16"], "a file of f16")
r = run("--info", "--json", "half.gguf")
info = json.loads(r.stdout)
token = info["token"]
ok(r.returncode == 0 and info["architecture"] == "llama" and info["file_type"] == "F16" and info["dtype"] == "f16" and
   token["bytes"] == sum(token["by_dtype"].values()) == sum(sum(p.values()) for p in token["by_part"].values()) and
   token["by_part"]["output"] == {"f16": 2 * vocab * model.dim} and
   token["by_part"]["embedding"] == {"f16": 2 * model.dim}, "--info --json", r)
ok(b"file type F16" in run("--info", "half.gguf").stdout, "--info names the recipe")
fine(["half.gguf", "half.tvl"], "rearranged")
r = run("--verify", "half.tvl", "--against=half.gguf")
ok(r.returncode == 0 and b"every weight equals that of half.gguf" in r.stdout, "every weight is the same", r)
data = read("half.gguf")
write("other.gguf", data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
refused(["--verify", "half.tvl", "--against=other.gguf"], "half.tvl", "is not what other.gguf has", code=1)
refused(["half.gguf", "x.tvl", "--dtype=f32"], "half.gguf", "holds f16 weights")
refused(["half.gguf", "x.gguf"], "half.gguf", "weights below f32")
done()
