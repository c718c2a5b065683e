#!/usr/bin/env python3
"""tvlpack as a user meets it, and what it makes: .tvl files that the reader printed in TVL.md reads, that bench and
generate take, that are there whole or not at all.

usage: test_tvlpack.py TVLPACK BENCH GENERATE [WRAPPER ...]    prints TAP
"""
import array, json, os, random, re, shutil, signal, struct, subprocess, sys, tempfile, time

from tap import done, ok, skip

source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
tvlpack, bench, generate = map(os.path.abspath, sys.argv[1:4])
wrapper = sys.argv[4:]
emulated = bool(wrapper)
work = tempfile.TemporaryDirectory(prefix="memwall-tvlpack-")
os.environ["MEMWALL_CACHE"] = os.path.join(work.name, "cache")
os.environ["NO_COLOR"] = "1"
os.chdir(work.name)


def run(program, *args, **more):
    return subprocess.run([*wrapper, program, *args], capture_output=True, timeout=100, **more)


def fine(args, out, name):
    """Exit 0, nothing on stderr, and stdout that matches."""
    r = run(tvlpack, *args)
    return ok(r.returncode == 0 and r.stderr == b"" and re.search(out, r.stdout), name, r)


def refused(program, args, code, *words):
    """Exit code, an empty stdout, one line on stderr that starts with the program and holds the words; no new file."""
    before = sorted(os.listdir("."))
    r = run(program, *args)
    lines = r.stderr.decode(errors="replace").splitlines()
    good = r.returncode == code and r.stdout == b"" and len(lines) == 1 and sorted(os.listdir(".")) == before
    good = good and lines[0].startswith(os.path.basename(program) + ": ") and all(w in lines[0] for w in words)
    ok(good, f"{os.path.basename(program)} {' '.join(args)[:60]!r}: exit {code}", (r, before, os.listdir(".")))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


# two checkpoints of the same weights, one a version
dim, hidden, layers, heads, kv_heads, vocab, seq = 36, 50, 2, 6, 2, 101, 32
kv = dim // heads * kv_heads
shapes = {"att_norm": (1, dim), "wq": (dim, dim), "wk": (kv, dim), "wv": (kv, dim), "wo": (dim, dim),
          "ffn_norm": (1, dim), "w1": (hidden, dim), "w3": (hidden, dim), "w2": (dim, hidden)}
whole = {"final_norm": (1, dim), "classifier": (vocab, dim), "embedding": (vocab, dim)}
wanted = {f"layers.{l}.{k}": s for l in range(layers) for k, s in shapes.items()} | whole
noise = random.Random(1)
weights = {k: array.array("f", (noise.uniform(-1, 1) for _ in range(r * c))) for k, (r, c) in wanted.items()}


def kind(name):
    return b"".join(weights[f"layers.{l}.{name}"] for l in range(layers)) if name in shapes else bytes(weights[name])


def v0(*numbers):
    order = ["embedding", "att_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3", "final_norm"]
    angles = bytes(4 * seq * dim // heads)
    return struct.pack("<7i", *numbers) + b"".join(map(kind, order)) + angles + kind("classifier")


def v1_header(seq):
    return struct.pack("<4s8iB", b"24ka", 1, dim, hidden, layers, heads, kv_heads, vocab, seq, 0).ljust(256, b"\0")


v1_order = ["att_norm", "ffn_norm", "final_norm", "embedding", "wq", "wk", "wv", "wo", "w1", "w2", "w3", "classifier"]
v1 = v1_header(seq) + b"".join(map(kind, v1_order))
write("v0.bin", v0(dim, hidden, layers, heads, kv_heads, -vocab, seq))
write("v1.bin", v1)

# pack, verify, describe
fine(["v0.bin", "model.tvl"], rb"^$", "a checkpoint of version 0 is packed, silently")
fine(["v1.bin", "new/folder/one.tvl"], rb"^$", "a checkpoint of version 1, into a folder that is not there yet")
ok(read("model.tvl") == read("new/folder/one.tvl"), "both are the same file")
fine(["--verify", "model.tvl"], rb"^model.tvl: 21 tensors, all checksums match\n$", "--verify")
fine(["--verify", "model.tvl", "--against=v1.bin"], rb"every weight is that of v1.bin\n$", "--verify --against")
fine(["--info", "model.tvl"], rb"(?s)version 1, panels of 16 .*separate classifier.*\nlayers.1.w3 +50 +36 ", "--info")
fine(["--help"], rb"^usage: tvlpack INPUT OUTPUT.tvl\n", "--help")
fine(["--version"], rb"^tvlpack \d+\.\d+\.\d+ \(\S+\)\n$", "--version")

data = read("model.tvl")
r = run(tvlpack, "--info", "model.tvl", "--json")
told = json.loads(r.stdout)
ok(list(told["model"].values()) == [dim, hidden, layers, heads, kv_heads, vocab, seq, False] ==
   list(struct.unpack_from("<8I", data, 24)) and told["version"] == 1 and told["panel_rows"] == 16 and
   told["all_finite"] is True and told["bytes"] == len(data) and told["data_offset"] == 2 << 20,
   "--info --json: the header", r.stdout[:500])
table = []
for k in range(len(wanted)):
    name, rows, cols, _, layout, at, size, checksum = struct.unpack_from("<32s4I3Q", data, 4096 + 96 * k)
    table.append({"name": name.rstrip(b"\0").decode(), "rows": rows, "cols": cols, "layout": ["vector", "tvl"][layout],
                  "offset": at, "bytes": size, "xxh3": f"{checksum:016x}"})
ok(told["tensors"] == table and [t["name"] for t in table] == list(wanted), "--info --json: the table", told["tensors"])

text = open(os.path.join(source, "layouts/TVL.md"), encoding="utf-8").read()
reader = re.search(r"```python\n(.*?)```", text, re.S)[1]
scope = {}
exec(reader, scope)
wrong = [n for n, (rows, cols) in wanted.items()
         if [scope["w"](n, i, j) for i in range(rows) for j in range(cols)] != list(weights[n])]
ok(wrong == [] and list(scope["tensors"]) == list(wanted), "the reader printed in TVL.md reads every weight", wrong)
scope["m"].close()

# damage
write("other.bin", v1[:-4] + struct.pack("<f", 2))
refused(tvlpack, ["--verify", "model.tvl", "--against=other.bin"], 1, "classifier, row 100, column 35", "other.bin")
# the same shapes and the same size, but heads of another size; and room for more positions
write("grouped.bin", v0(dim, hidden, layers, 3 * heads, 3 * kv_heads, -vocab, 3 * seq))
write("longer.bin", v1_header(2 * seq) + v1[256:])
refused(tvlpack, ["--verify", "model.tvl", "--against=grouped.bin"], 1, "of another model")
refused(tvlpack, ["--verify", "model.tvl", "--against=longer.bin"], 1, "of another model")
refused(tvlpack, ["--verify", "model.tvl", "--against=model.tvl"], 2, "model.tvl")
refused(tvlpack, ["--verify", "model.tvl", "--against=nowhere.bin"], 2, "nowhere.bin")
at = table[3]["offset"] + 5
write("bad.tvl", data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
refused(tvlpack, ["--verify", "bad.tvl"], 1, "bad.tvl", "checksum of tensor layers.0.wv")
write("bad.tvl", data[:4096 + 32] + b"\2" + data[4096 + 33:])
for option in ("--verify", "--info"):
    refused(tvlpack, [option, "bad.tvl"], 2, "bad.tvl", "checksum of its header")
    refused(tvlpack, [option, write("cut.tvl", data[:-1])], 2, "cut.tvl", "was it cut off?")
    refused(tvlpack, [option, write("new.tvl", data[:12] + b"\2" + data[13:])], 2, "new.tvl", "version 2")
    refused(tvlpack, [option, "v0.bin"], 2, "v0.bin", "not a .tvl file")
    refused(tvlpack, [option, write("short.txt", b"hello")], 2, "short.txt", "not a .tvl file")
    refused(tvlpack, [option, "new"], 2, "not a regular file")
    refused(tvlpack, [option, "nowhere.tvl"], 2, "nowhere.tvl", "cannot be opened")
nan = struct.pack("<f", float("nan"))
write("nan.bin", v1[:300] + nan + v1[304:])
refused(tvlpack, ["nan.bin", "nan.tvl"], 2, "nan.bin", "layers.0.att_norm", "not finite")

# usage
for args, word in (([], "--help"), (["a"], "--help"), (["a", "b", "c"], "--help"), (["--verify"], "one file"),
                   (["--verify", "a", "b"], "one file"), (["--info"], "one file"), (["--json", "a"], "--info"),
                   (["--verify", "--info", "a"], "give one"), (["--against=a", "b"], "--verify"),
                   (["--verify", "--against"], "needs a value"), (["--verfy", "a"], "did you mean --verify"),
                   (["--json=1", "--info", "a"], "takes no value")):
    refused(tvlpack, args, 2, word)

# places that cannot be read or written
refused(tvlpack, ["nowhere.bin", "x.tvl"], 2, "nowhere.bin")
refused(tvlpack, ["model.tvl", "x.tvl"], 2, "model.tvl", "is packed already")
refused(tvlpack, ["new", "x.tvl"], 2, "not a regular file")
refused(tvlpack, ["v0.bin", "new"], 2, "new", "no regular file")
refused(tvlpack, ["v0.bin", "newer/"], 2, "newer/")
refused(tvlpack, ["v0.bin", "/dev/null"], 2, "/dev/null", "no regular file")
refused(tvlpack, ["v0.bin", "v1.bin/x.tvl"], 2, "v1.bin", "not a folder")
refused(tvlpack, ["v0.bin", "/proc/nowhere/x.tvl"], 2, "/proc/nowhere")
refused(tvlpack, ["v0.bin", "x" * 1000], 2, "1000 characters")
os.link("v0.bin", "again.bin")
for name in ("v0.bin", "./v0.bin", "again.bin"):
    refused(tvlpack, ["v0.bin", name], 2, name)
ok(read("v0.bin")[:4] == struct.pack("<i", dim), "a checkpoint is not packed over itself")
if os.geteuid() == 0:
    skip("a folder without permission", "root may write everywhere")
else:
    os.mkdir("locked", 0o555)
    refused(tvlpack, ["v0.bin", "locked/x.tvl"], 2, "locked", "cannot be written")

# over an older file: whoever has that open keeps it
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


# a signal in the middle of a large model: half a gigabyte of zeros, which take no room on most disks
def writes(p):
    """Whether a process has begun a file in the folder "big", be it one without a name."""
    files = f"/proc/{p.pid}/fd"
    try:
        return len(os.listdir("big")) > 2 or any("/big/" in os.readlink(f"{files}/{x}") for x in os.listdir(files))
    except OSError:  # closed between the two looks, or a system without /proc
        return False


def stopped(number):
    """Sends a signal as soon as the new file is open. Returns the exit code, stderr and what is in the folder."""
    p = subprocess.Popen([tvlpack, "large.bin", "big/old.tvl"], stderr=subprocess.PIPE)
    for _ in range(1000):
        if writes(p):
            break
        time.sleep(0.01)
    p.send_signal(number)
    err = p.communicate(timeout=100)[1]
    return p.returncode, err, sorted(os.listdir("big"))


def unnamed_files():
    """Whether this disk has files without a name: then a killed program leaves nothing, else a temporary file."""
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
    with open("large.bin", "wb") as f:
        f.write(struct.pack("<7i", 1024, 4096, 8, 8, 8, 1000, 64))
        f.truncate(28 + 4 * (1000 * 1024 + 8 * (2 * 1024 + 4 * 1024 * 1024 + 3 * 1024 * 4096) + 1024 + 64 * 128))
    kept = ["old.tvl", "old.tvl.tmp-XXXXXX"]
    for number in (signal.SIGINT, signal.SIGTERM):
        code, err, left = stopped(number)
        ok(code == 130 and re.fullmatch(rb"tvlpack: big/old.tvl: interrupted[^\n]*\n", err) and left == kept and
           read("big/old.tvl") == b"old", f"{number.name}: exit 130, one line, the folder as it was", (code, err, left))
    code, err, left = stopped(signal.SIGKILL)
    ok(code == -signal.SIGKILL and (left == kept or not unnamed_files()) and read("big/old.tvl") == b"old",
       "SIGKILL: the folder as it was", (code, err, left))
    os.remove("large.bin")

# memory does not grow with the model; the peak counts from the fork, so some 25 MiB of it are this interpreter's
if emulated or os.environ.get("MEMWALL_TEST_SANITIZED") == "1":
    skip("packing 58 MiB takes less than 40 MiB of memory", "the emulator or sanitizer has memory of its own")
else:
    run(bench, "--model=synthetic:stories15M", "--variant=scalar", "--tokens=11", "--threads=1", "--quiet", "--out=made")
    big = os.path.join(os.environ["MEMWALL_CACHE"], "synthetic-stories15M-1.bin")
    p = subprocess.Popen([tvlpack, big, "big.tvl"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    ok(status == 0 and os.path.getsize(big) > 57 << 20 and peak < 40 << 20,
       "packing 58 MiB takes less than 40 MiB of memory", (status, peak))

# the other programs
few = ["--tokens=20", "--threads=1", "--quiet"]
r = run(bench, "--model=model.tvl", *few, "--variant=tvl,tvl16_neon/tvl/heap", "--out=results", "--format=csv")
ok(r.returncode == 0 and r.stderr == b"" and b",model.tvl,f32,tvl,tvl16_neon,tvl,mmap," in r.stdout and
   b",tvl16_neon/tvl/heap," in r.stdout, "bench takes a .tvl file", r)
r = run(bench, "--model=synthetic:stories260K", *few, "--variant=tvl", "--out=straight")
made = [f for f in os.listdir(os.environ["MEMWALL_CACHE"]) if f.startswith("synthetic-stories260K")]
ok(r.returncode == 0 and len(made) == 1 and made[0].endswith(".tvl"), "a synthetic model is made as a .tvl file alone for variants that map one", (r, made))
fine(["synthetic:stories260K", "made.tvl"], rb"^$", "and by tvlpack")
ok(read("made.tvl") == read(os.path.join(os.environ["MEMWALL_CACHE"], made[0])), "the same file")
refused(tvlpack, ["synthetic:nonsense", "x.tvl"], 2, "nonsense", "stories110M")
refused(bench, ["--model=model.tvl", *few, "--variant=scalar", "--out=none"], 2, "model.tvl", "scalar", "checkpoint")
refused(bench, ["--model=cut.tvl", *few, "--out=none"], 2, "cut.tvl", "was it cut off?")
refused(generate, ["--model=bad.tvl", "--tokenizer=x"], 2, "bad.tvl", "checksum of its header")
folders = [os.environ.get("MEMWALL_TEST_MODELS", ""), os.path.join(source, "../shared/models")]
found = [f for f in folders if f and all(os.path.exists(f"{f}/{n}") for n in ("stories260K.bin", "tok512.bin"))]
if not found:
    skip("generate takes a .tvl file", "no stories260K.bin and tok512.bin in MEMWALL_TEST_MODELS or ../shared/models")
else:
    fine([found[0] + "/stories260K.bin", "stories.tvl"], rb"^$", "a trained model is packed")
    ask = [f"--tokenizer={found[0]}/tok512.bin", "--temperature=0", "--tokens=50", "--threads=1", "--variant=tvl"]
    told = [run(generate, "--model=" + m, *ask) for m in ("stories.tvl", found[0] + "/stories260K.bin")]
    ok(told[0].returncode == 0 and told[0].stdout == told[1].stdout and len(told[0].stdout) > 50,
       "generate takes a .tvl file and tells the same story", told)
    text = "Zo\u00eb \U0001F642 \u65e5\u672c\n"
    r = run(generate, "--model=stories.tvl", *ask, f"--prompt={text}\a\x7f")
    ok(r.returncode == 0 and r.stdout.startswith(text.encode()) and b"\a" not in r.stdout and b"\x7f" not in r.stdout,
       "generate prints all letters of its prompt, and no control characters", r)

done()
