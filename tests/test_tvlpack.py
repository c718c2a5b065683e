#!/usr/bin/env python3
"""tvlpack from outside, and its .tvl files: the reader printed in TVL.md reads them, bench and generate accept them,
and they are written whole or not at all.

usage: test_tvlpack.py TVLPACK BENCH GENERATE [WRAPPER ...]    prints TAP
"""
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

from checkpoints import NAN, Model, write_sparse
from outside import ROOT, read, trained_models, workplace, write
from refused import refuser
from tap import done, ok, skip

tvlpack, bench, generate = map(os.path.abspath, sys.argv[1:4])
wrapper = sys.argv[4:]
emulated = bool(wrapper)
trained = trained_models()
workplace("tvlpack")
os.mkdir("cache")


def run(program, *args, **more):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100, **more)


def fine(args, out, name):
    """Exit 0, nothing on stderr, and stdout that matches."""
    r = run(tvlpack, *args)
    return ok(r.returncode == 0 and r.stderr == b"" and re.search(out, r.stdout), name, r)


refused, bench_refused, generate_refused = (
    refuser(lambda *args, program=program: run(program, *args), name, warnings=False)
    for program, name in ((tvlpack, "tvlpack"), (bench, "bench"), (generate, "generate")))

# --- two checkpoints of the same weights, one per version
model = Model(vocab=101, noise=random.Random(1))
shapes, weights, v1 = model.shapes, model.weights, model.v1()
write("v0.bin", model.v0())
write("v1.bin", v1)

# --- pack, verify, describe
fine(["v0.bin", "model.tvl"], rb"^$", "a checkpoint of version 0 is packed, silently")
fine(["v1.bin", "new/folder/one.tvl"], rb"^$", "a checkpoint of version 1, into a new folder")
ok(read("model.tvl") == read("new/folder/one.tvl"), "both are the same file")
fine(["--verify", "model.tvl"], rb"^model.tvl: 21 tensors, all checksums match\n$", "--verify")
fine(["--verify", "model.tvl", "--against=v1.bin"], rb"every weight equals that of v1.bin\n$", "--verify --against")
fine(["--info", "model.tvl"],
     rb"(?s)tvl v1, f32, panels of 16 .*separate classifier.*\nlayers.1.w3 +f32 +50 +36 ", "--info")
fine(["--help"], rb"^usage: tvlpack INPUT OUTPUT.tvl ", "--help")
fine(["--version"], rb"^tvlpack \d+\.\d+\.\d+ \(\S+\)\n$", "--version")

data = read("model.tvl")
r = run(tvlpack, "--info", "model.tvl", "--json")
info = json.loads(r.stdout)
numbers = list(info["model"].values())
ok(numbers[:8] == [*model.header(), False] == list(struct.unpack_from("<8I", data, 24)) and
   numbers[8:] == [model.dim // model.heads, 1e-5, 10000, 1, False, False, False, False] and
   info["version"] == 1 and info["panel_rows"] == 16 and info["all_finite"] is True and
   info["bytes"] == len(data) and info["data_offset"] == 2 << 20, "--info --json: the header", r.stdout[:500])
table = []
for k in range(len(shapes)):
    name, rows, cols, _, layout, at, size, checksum = struct.unpack_from("<32s4I3Q", data, 4096 + 96 * k)
    table.append({"name": name.rstrip(b"\0").decode(), "dtype": "f32", "rows": rows, "cols": cols,
                  "layout": ["vector", "tvl"][layout], "offset": at, "bytes": size, "xxh3": f"{checksum:016x}"})
ok(info["tensors"] == table and [t["name"] for t in table] == list(shapes), "--info --json: the table",
   info["tensors"])

text = read(os.path.join(ROOT, "layouts/TVL.md")).decode()
scope = {}
exec(re.search(r"```python\n(.*?)```", text, re.S)[1], scope)
wrong = [n for n, (rows, cols) in shapes.items()
         if [scope["w"](n, i, j) for i in range(rows) for j in range(cols)] != list(weights[n])]
ok(wrong == [] and list(scope["tensors"]) == list(shapes), "the reader printed in TVL.md reads every weight", wrong)
scope["m"].close()
ok(list(scope["model"].values()) == [*model.header(), False, model.dim // model.heads, 1e-5, 10000, 1, 0, 0, 0, 0],
   "and the model", scope["model"])
shutil.copy("model.tvl", "one.tvl")
write("model.tvl", data[:12] + b"\3" + data[13:96] + struct.pack("<I3fI", 0, 2**-20, 500000, 4, 1) + data[116:])
exec(re.search(r"```python\n(.*?)```", text, re.S)[1], scope)
ok(list(scope["model"].values())[8:] == [model.dim // model.heads, 2**-20, 500000, 4, 1, 0, 0, 0],
   "the model of a file of version 3", scope["model"])
scope["m"].close()
os.replace("one.tvl", "model.tvl")

# --- damage
write("other.bin", v1[:-4] + struct.pack("<f", 2))
refused(["--verify", "model.tvl", "--against=other.bin"], "classifier, row 100, column 35", "other.bin", code=1)
# The same shapes and size, but smaller heads; more positions.
write("grouped.bin", model.v0(heads=3 * model.heads, kv_heads=3 * model.kv_heads, seq=3 * model.seq))
write("longer.bin", model.v1(seq=2 * model.seq))
refused(["--verify", "model.tvl", "--against=grouped.bin"], "a different model", code=1)
refused(["--verify", "model.tvl", "--against=longer.bin"], "a different model", code=1)
refused(["--verify", "model.tvl", "--against=model.tvl"], "model.tvl")
refused(["--verify", "model.tvl", "--against=nowhere.bin"], "nowhere.bin")
at = table[3]["offset"] + 5
write("bad.tvl", data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
refused(["--verify", "bad.tvl"], "bad.tvl", "checksum of tensor layers.0.wv", code=1)
write("bad.tvl", data[:4096 + 32] + b"\2" + data[4096 + 33:])
for option in ("--verify", "--info"):
    refused([option, "bad.tvl"], "bad.tvl", "checksum of its header")
    refused([option, write("cut.tvl", data[:-1])], "cut.tvl", "was it cut off?")
    refused([option, write("new.tvl", data[:12] + b"\4" + data[13:])], "new.tvl", "version 4")
    refused([option, "new"], "not a regular file")
refused(["--verify", "v0.bin"], "v0.bin", "not a .tvl file")
refused(["--verify", write("short.txt", b"hello")], "short.txt", "not a .tvl file")
refused(["--verify", "nowhere.tvl"], "nowhere.tvl", "cannot be opened")
refused(["--info", "short.txt"], "short.txt", "too few for a model")
refused(["--info", "nowhere.tvl"], "nowhere.tvl", "no such file")
write("nan.bin", v1[:300] + NAN + v1[304:])
refused(["nan.bin", "nan.tvl"], "nan.bin", "layers.0.att_norm", "not finite")

# --- usage
for args, word in (([], "--help"), (["a"], "--help"), (["a", "b", "c"], "--help"), (["--verify"], "one file"),
                   (["--verify", "a", "b"], "one file"), (["--info"], "one file"), (["--json", "a"], "--info"),
                   (["--verify", "--info", "a"], "give one"), (["--against=a", "b"], "--verify"),
                   (["--verify", "--against"], "needs a value"), (["--verfy", "a"], "did you mean --verify"),
                   (["--json=1", "--info", "a"], "takes no value")):
    refused(args, word)

# --- places that cannot be read or written
refused(["nowhere.bin", "x.tvl"], "nowhere.bin")
refused(["model.tvl", "x.tvl"], "model.tvl", "is packed already")
refused(["new", "x.tvl"], "not a regular file")
refused(["v0.bin", "new"], "new", "not a regular file")
refused(["v0.bin", "newer/"], "newer/")
refused(["v0.bin", "/dev/null"], "/dev/null", "not a regular file")
refused(["v0.bin", "v1.bin/x.tvl"], "v1.bin", "not a folder")
refused(["v0.bin", "/proc/nowhere/x.tvl"], "/proc/nowhere")
refused(["v0.bin", "x" * 1000], "1000 characters")
os.link("v0.bin", "again.bin")
for name in ("v0.bin", "./v0.bin", "again.bin"):
    refused(["v0.bin", name], name)
ok(read("v0.bin")[:4] == struct.pack("<i", model.dim), "a checkpoint is not packed over itself")
if os.geteuid() == 0:
    skip("a folder without permission", "root may write everywhere")
else:
    os.mkdir("locked", 0o555)
    refused(["v0.bin", "locked/x.tvl"], "locked", "cannot be written")

# --- over an older file: a process that has it open keeps it
write("old.tvl", b"old")
with open("old.tvl", "rb") as old:
    fine(["v1.bin", "old.tvl"], rb"^$", "packed over an older file")
    ok(old.read() == b"old" and read("old.tvl") == data, "the older file was replaced, not written over")
if os.path.exists("/dev/full") and not emulated:
    with open("/dev/full", "w") as full:
        r = subprocess.run([*wrapper, tvlpack, "--info", "old.tvl"], stdout=full, stderr=subprocess.PIPE)
    ok(r.returncode == 2 and b"stdout" in r.stderr, "a full disk under stdout: exit 2", r)
else:
    skip("a full disk under stdout", "no /dev/full, or emulated")


# --- a signal in the middle of a large model: half a gigabyte of zeros
def writes(p):
    """Whether a process has begun a file in the folder "big", with or without a name."""
    files = f"/proc/{p.pid}/fd"
    try:
        return len(os.listdir("big")) > 2 or any("/big/" in os.readlink(f"{files}/{x}") for x in os.listdir(files))
    except OSError:  # closed in the meantime, or a system without /proc
        return False


def stopped(number):
    """Sends a signal as soon as the new file is open. Returns the exit code, stderr and the files in the folder."""
    p = subprocess.Popen([tvlpack, "large.bin", "big/old.tvl"], stderr=subprocess.PIPE)
    for _ in range(1000):
        if writes(p):
            break
        time.sleep(0.01)
    p.send_signal(number)
    err = p.communicate(timeout=100)[1]
    return p.returncode, err, sorted(os.listdir("big"))


def unnamed_files():
    """Whether this disk supports files without a name. If not, a killed program leaves a temporary file."""
    try:
        os.close(os.open(".", os.O_TMPFILE | os.O_RDWR))
    except (AttributeError, OSError):
        return False
    return True


if emulated or shutil.disk_usage(".").free < 2 << 30:
    skip("interrupted", "emulated, or less than 2 GiB of free disk")
else:
    os.mkdir("big")
    write("big/old.tvl", b"old")
    write("big/old.tvl.tmp-XXXXXX", b"somebody else's")
    write_sparse("large.bin", 1024, 4096, 8, 8, 1000, 64)
    kept = ["old.tvl", "old.tvl.tmp-XXXXXX"]
    for number in (signal.SIGINT, signal.SIGTERM):
        code, err, left = stopped(number)
        ok(code == 130 and re.fullmatch(rb"tvlpack: big/old.tvl: interrupted[^\n]*\n", err) and left == kept and
           read("big/old.tvl") == b"old", f"{number.name}: exit 130, one line, the folder as it was", (code, err, left))
    code, err, left = stopped(signal.SIGKILL)
    ok(code == -signal.SIGKILL and (left == kept or not unnamed_files()) and read("big/old.tvl") == b"old",
       "SIGKILL: the folder as it was", (code, err, left))
    os.remove("large.bin")

# --- memory does not grow with the model. The peak includes the fork, so some 25 MiB are this interpreter's.
if emulated or os.environ.get("MEMWALL_TEST_SANITIZED") == "1":
    skip("packing 58 MiB takes less than 40 MiB of memory", "the emulator or sanitizer has memory of its own")
else:
    run(bench, "--model=synthetic:stories15M", "--variant=scalar", "--tokens=11", "--threads=1", "--quiet",
        "--out=made")
    big = "cache/synthetic-stories15M-1.bin"
    p = subprocess.Popen([tvlpack, big, "big.tvl"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    ok(status == 0 and os.path.getsize(big) > 57 << 20 and peak < 40 << 20,
       "packing 58 MiB takes less than 40 MiB of memory", (status, peak))

# --- the other programs
few = ["--tokens=20", "--threads=1", "--quiet"]
r = run(bench, "--model=model.tvl", *few, "--variant=tvl,tvl16_neon/tvl/heap", "--out=results", "--format=csv")
ok(r.returncode == 0 and r.stderr == b"" and b",model.tvl,f32,tvl,tvl16_neon,tvl,mmap," in r.stdout and
   b",tvl16_neon/tvl/heap," in r.stdout, "bench accepts a .tvl file", r)
r = run(bench, "--model=synthetic:stories260K", *few, "--variant=tvl", "--out=straight")
made = [f for f in os.listdir("cache") if f.startswith("synthetic-stories260K")]
ok(r.returncode == 0 and len(made) == 1 and made[0].endswith(".tvl"),
   "for variants that map one, a synthetic model is made as a .tvl file only", (r, made))
fine(["synthetic:stories260K", "made.tvl"], rb"^$", "tvlpack makes it as well")
ok(read("made.tvl") == read("cache/" + made[0]), "the same file")
refused(["synthetic:nonsense", "x.tvl"], "nonsense", "stories110M")
bench_refused(["--model=model.tvl", *few, "--variant=scalar", "--out=none"], "model.tvl", "scalar", "checkpoint")
bench_refused(["--model=cut.tvl", *few, "--out=none"], "cut.tvl", "was it cut off?")
generate_refused(["--model=bad.tvl", "--tokenizer=x"], "bad.tvl", "checksum of its header")
if not trained:
    skip("generate accepts a .tvl file", "no stories260K.bin and tok512.bin in MEMWALL_TEST_MODELS or ../shared/models")
else:
    fine([trained + "/stories260K.bin", "stories.tvl"], rb"^$", "a trained model is packed")
    ask = [f"--tokenizer={trained}/tok512.bin", "--temperature=0", "--tokens=50", "--threads=1", "--variant=tvl"]
    a, b = (run(generate, "--model=" + m, *ask) for m in ("stories.tvl", trained + "/stories260K.bin"))
    ok(a.returncode == 0 and a.stdout == b.stdout and len(a.stdout) > 50,
       "generate accepts a .tvl file and tells the same story", (a, b))
    text = "Zo\u00eb \U0001F642 \u65e5\u672c\n"
    r = run(generate, "--model=stories.tvl", *ask, f"--prompt={text}\a\x7f")
    ok(r.returncode == 0 and r.stdout.startswith(text.encode()) and b"\a" not in r.stdout and b"\x7f" not in r.stdout,
       "generate prints all letters of its prompt, and no control characters", r)
done()
