#!/usr/bin/env python3
"""The programs under external limits: narrow and dumb terminals, file sizes, a full stdout.

usage: test_limits.py TVLPACK GENERATE BENCH    prints TAP
"""
import json
import os
import re
import resource
import struct
import subprocess
import sys

from outside import workplace
from tap import done, ok, skip
from terminal import NoTerminal, shown_by, without_terminals

tvlpack, generate, bench = map(os.path.abspath, sys.argv[1:4])
workplace("limits")


def run(*args, **more):
    return subprocess.run(args, stderr=subprocess.PIPE, timeout=100, **{"stdout": subprocess.PIPE, **more})


def one_line(r, name, *words):
    """Whether a program ended with exit code 2 and one line that holds the words."""
    lines = r.stderr.decode(errors="replace").splitlines()
    ok(r.returncode == 2 and len(lines) == 1 and all(w in lines[0] for w in words), name, r)


# a model and its tokenizer: three special tokens, 256 bytes, letters
pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % i for i in range(256)]
pieces += [bytes([c]) for c in range(32, 127)]
pieces += [b"t%d" % i for i in range(512 - len(pieces))]
with open("tokenizer.bin", "wb") as f:
    f.write(struct.pack("<i", max(map(len, pieces))))
    for i, piece in enumerate(pieces):
        f.write(struct.pack("<fi", -i, len(piece)) + piece)
run(tvlpack, "synthetic:stories260K", "synthetic.gguf")  # leaves the checkpoint in the cache
model = os.path.join("cache", "synthetic-stories260K-1.bin")
ok(os.path.exists(model), "a model to work on", os.listdir("."))
talk = [generate, "--model=" + model, "--tokenizer=tokenizer.bin", "--threads=1", "--seed=1", "--tokens=60"]

# --- terminals -------------------------------------------------------------------------------------------------------
redraws = {**os.environ, "TERM": "xterm"}
pack = [tvlpack, model, "packed.tvl"]


def lines_of(shown):
    """The lines that were drawn, one per redrawing."""
    return [line.decode() for line in shown.split(b"\r") if line]


def check_terminals():
    code, out, shown = shown_by(pack, env=redraws)
    ok(code == 0 and out == b"" and re.search(rb"\rpacking: +\d+ % of \d+ MiB", shown) and
       {len(l) for l in lines_of(shown)} == {79} and shown.endswith(b" \r"),
       "a terminal of 80 columns: a line of 79, cleared at the end", (code, shown))
    for columns in (40, 12, 2):
        code, _, shown = shown_by(pack, columns, env=redraws)
        ok(code == 0 and {len(l) for l in lines_of(shown)} == {columns - 1} and
           all(l.startswith("packing: "[:columns - 1]) for l in lines_of(shown)[:-1]),
           f"a terminal of {columns} columns: a line of {columns - 1}", (code, shown))
    code, _, shown = shown_by(pack, 200, env=redraws)
    ok({len(l) for l in lines_of(shown)} == {79}, "a wide terminal: 79", (code, shown))
    code, _, shown = shown_by(pack, 0, env={**redraws, "COLUMNS": "30"})
    ok({len(l) for l in lines_of(shown)} == {29}, "one of unknown width: COLUMNS", (code, shown))
    code, _, shown = shown_by([tvlpack, "--quiet", *pack[1:]], env=redraws)
    ok(code == 0 and shown == b"", "--quiet: nothing", (code, shown))
    for name, term in (("TERM=dumb", "dumb"), ("an empty TERM", ""), ("no TERM", None)):
        env = {k: v for k, v in os.environ.items() if k != "TERM"} | ({} if term is None else {"TERM": term})
        code, _, shown = shown_by(pack, env=env)
        ok(code == 0 and shown == b"", f"{name}: no redrawing", (code, shown))


try:
    check_terminals()
except NoTerminal as e:
    skip("progress on a terminal", e)
try:
    without_terminals(check_terminals)
    ok(False, "without terminals nothing is checked")
except NoTerminal as e:
    ok("pty" in str(e), "a machine without terminals is a reason to skip", e)

# --- the limit on file sizes -----------------------------------------------------------------------------------------


def limited(size):
    """For preexec_fn: the effect of `ulimit -f`."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


before = sorted(os.listdir("."))
one_line(run(tvlpack, model, "large.tvl", preexec_fn=limited(4096)), "tvlpack: a file larger than the limit",
         "large.tvl", "ulimit -f")
ok(sorted(os.listdir(".")) == before, "and nothing is left of it", os.listdir("."))
with open("told", "wb") as f:
    one_line(run(*talk, stdout=f, preexec_fn=limited(16)), "generate: a text longer than the limit",
             "generate: ", "large")
ok(os.path.getsize("told") <= 16, "of which the beginning was written")
r = run(bench, "--model=" + model, "--variant=tvl", "--threads=1", "--tokens=26", "--reps=1", "--quiet",
        "--out=limited", preexec_fn=limited(4096))
one_line(r, "bench: results larger than the limit", "bench: ", "large")
ok(not [f for f in os.listdir(".") if f.startswith("limited")], "and no folder is left of them", os.listdir("."))

# --- a full stdout ---------------------------------------------------------------------------------------------------
if not os.path.exists("/dev/full"):
    skip("a full stdout", "no /dev/full here")
else:
    for args in ([tvlpack, "--help"], [tvlpack, "--version"], [tvlpack, "--info", "packed.tvl"],
                 [generate, "--help"], [generate, "--version"]):
        name = f"{os.path.basename(args[0])} {args[1]} into a full stdout"
        with open("/dev/full", "wb") as full:
            one_line(run(*args, stdout=full), name, "stdout", "No space left")
    with open("/dev/full", "wb") as full:
        one_line(run(*talk, stdout=full), "generate into a full stdout", "generate: ", "No space left")


# --- a CPU quota ------------------------------------------------------------------------------------------------------
def limited_group():
    """A control group that may use half a CPU, and why there is none."""
    for top, files in (("/sys/fs/cgroup/cpu", {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}),
                       ("/sys/fs/cgroup", {"cpu.max": "50000 100000"})):
        group = os.path.join(top, f"memwall-{os.getpid()}")
        try:
            os.mkdir(group)
        except OSError as error:
            reason = f"{group}: {error.strerror}"
            continue
        try:
            for name, value in files.items():
                with open(os.path.join(group, name), "r+", encoding="ascii") as f:
                    f.write(value)
            return group, None
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}"
            os.rmdir(group)
    return None, reason


def enter(group):
    with open(os.path.join(group, "cgroup.procs"), "w", encoding="ascii") as f:
        f.write("0")


group, reason = limited_group()
if group:
    try:
        r = run(bench, "--model=synthetic:stories260K", "--variant=tvl", "--tokens=12", "--reps=1", "--out=quota",
                preexec_fn=lambda: enter(group))
        with open("quota/machine.json", encoding="utf-8") as f:
            machine = json.load(f)
        ok(machine["max_threads"] == 1 and any("CPU quota of 0.5 CPUs" in w for w in machine["warnings"]) and
           b"CPU quota of 0.5 CPUs" in r.stdout, "half a CPU: one thread, and a warning", (machine, r))
    finally:
        os.rmdir(group)
else:
    skip("half a CPU: one thread, and a warning", reason)
done()
