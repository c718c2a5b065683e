#!/usr/bin/env python3
"""The programs where their surroundings set limits: file sizes, a full stdout.

usage: test_limits.py TVLPACK GENERATE BENCH    prints TAP
"""
import os, resource, struct, subprocess, sys, tempfile

from tap import done, ok, skip

tvlpack, generate, bench = map(os.path.abspath, sys.argv[1:4])
work = tempfile.TemporaryDirectory(prefix="memwall-limits-")
os.environ["MEMWALL_CACHE"] = os.path.join(work.name, "cache")
os.environ["NO_COLOR"] = "1"
os.chdir(work.name)


def run(*args, **more):
    return subprocess.run(args, capture_output="stdout" not in more, stderr=subprocess.PIPE if "stdout" in more else None, timeout=100, **more)


def one_line(r, name, *words):
    """Whether a program ended with exit code 2 and one line that holds the words."""
    lines = r.stderr.decode(errors="replace").splitlines()
    ok(r.returncode == 2 and len(lines) == 1 and all(w in lines[0] for w in words), name, r)


# a model and its tokenizer: three special tokens, 256 bytes, letters
pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % i for i in range(256)] + [b" "] + [bytes([c]) for c in range(33, 127)]
pieces += [b"t%d" % i for i in range(512 - len(pieces))]
with open("tokenizer.bin", "wb") as f:
    f.write(struct.pack("<i", max(map(len, pieces))))
    for i, piece in enumerate(pieces):
        f.write(struct.pack("<fi", -i, len(piece)) + piece)
run(tvlpack, "synthetic:stories260K", "synthetic.gguf")  # leaves the checkpoint in the cache
model = os.path.join("cache", "synthetic-stories260K-1.bin")
ok(os.path.exists(model), "a model to work on", os.listdir("."))
talk = [generate, "--model=" + model, "--tokenizer=tokenizer.bin", "--threads=1", "--seed=1", "--tokens=60"]

# --- the limit on file sizes -----------------------------------------------------------------------------------------------


def limited(size):
    """For preexec_fn: what `ulimit -f` does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


before = sorted(os.listdir("."))
one_line(run(tvlpack, model, "large.tvl", preexec_fn=limited(4096)), "tvlpack: a file larger than the limit", "large.tvl", "ulimit -f")
ok(sorted(os.listdir(".")) == before, "and nothing is left of it", os.listdir("."))
with open("told", "wb") as f:
    one_line(run(*talk, stdout=f, preexec_fn=limited(16)), "generate: a text longer than the limit", "generate: ", "large")
ok(os.path.getsize("told") <= 16, "of which the beginning was written")
r = run(bench, "--model=" + model, "--variant=tvl", "--threads=1", "--tokens=26", "--reps=1", "--quiet", "--out=limited", preexec_fn=limited(4096))
one_line(r, "bench: results larger than the limit", "bench: ", "large")
ok(not [f for f in os.listdir(".") if f.startswith("limited")], "and no folder is left of them", os.listdir("."))

# --- a full stdout ---------------------------------------------------------------------------------------------------------
if not os.path.exists("/dev/full"):
    skip("a full stdout", "no /dev/full here")
else:
    for args in ([tvlpack, "--help"], [tvlpack, "--version"],  [generate, "--help"], [generate, "--version"]):
        with open("/dev/full", "wb") as full:
            one_line(run(*args, stdout=full), f"{os.path.basename(args[0])} {args[1]} into a full stdout", "stdout", "No space left")
    with open("/dev/full", "wb") as full:
        one_line(run(*talk, stdout=full), "generate into a full stdout", "generate: ", "No space left")

done()
