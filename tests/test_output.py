#!/usr/bin/env python3
"""The result folder from outside: no finished run loses its results, whatever folder it is given.

usage: test_output.py BENCH [WRAPPER ...]    prints TAP
"""
import os
import shutil
import subprocess
import sys

from outside import ROOT, read_csv, trained_models, workplace
from refused import refuser
from tap import done, ok, skip

bench, wrapper = os.path.abspath(sys.argv[1]), sys.argv[2:]
trained = trained_models()
work = workplace("output")
FILES = {"results.csv", "tokens.csv", "roof.csv", "blocks.csv", "machine.json", "command.txt"}
SHORT = ["--model=synthetic:stories260K", "--variant=tvl", "--threads=1", "--tokens=12", "--reps=1", "--quiet"]
refused = refuser(lambda *args: subprocess.run([*wrapper, bench, *args], capture_output=True, timeout=250))


def start(*args, **more):
    return subprocess.Popen([*wrapper, bench, *SHORT, *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def run(*args, **more):
    p = start(*args, **more)
    p.err = p.communicate(timeout=250)[1]
    return p


def done_by(p):
    """Whether it measured to the end; a roof that a busy machine spoils is another matter."""
    return p.returncode in (0, 1) and (p.returncode == 0 or b"roof was measured badly" in p.err)


def whole(folder):
    """Whether a folder holds a run and nothing besides."""
    found = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    return FILES <= found and not any(name.startswith(".") for name in found)


# --- folders that cannot be replaced
os.mkdir("target")
os.symlink("target", "link")
os.mkdir("here")
long_name = "n" * 250
for title, folder, more in (("an empty folder by a link", "link", {}), ("the current folder", ".", {"cwd": "here"}),
                            ("a name of 250 letters", long_name, {})):
    p = run("--out=" + folder, **more)
    ok(done_by(p) and whole(os.path.join(more.get("cwd", "."), folder)), title, (p.returncode, p.err))
os.mkdir("mounted")
mount = subprocess.run(["mount", "-t", "tmpfs", "none", "mounted"], capture_output=True) if os.getuid() == 0 else None
if mount and mount.returncode == 0:
    try:
        p = run("--out=mounted")
        ok(done_by(p) and whole("mounted"), "an empty mount point", (p.returncode, p.err))
    finally:
        subprocess.run(["umount", "mounted"])
else:
    skip("an empty mount point", "nothing can be mounted here")

# --- several at once
runs = [start() for _ in range(3)]
ends = [(p.communicate(timeout=250)[1], p) for p in runs]
for err, p in ends:
    p.err = err
folders = [os.path.join("results", host, name) for host in os.listdir("results")
           for name in os.listdir(os.path.join("results", host))]
ok(all(map(done_by, runs)) and len(folders) == 3 and all(map(whole, folders)),
   "three runs in one second: three folders", (folders, [e for e, _ in ends]))
runs = [start("--out=same") for _ in range(2)]
errors = [p.communicate(timeout=250)[1] for p in runs]
lost = [e for p, e in zip(runs, errors) if p.returncode == 2]
ok(len(lost) == 1 and b"same: " in lost[0] and b"choose another --out" in lost[0] and whole("same"),
   "two runs into one folder: one is refused", errors)
p = run("--out=same")
ok(p.returncode == 2 and p.err.count(b"\n") == 1 and b"not an empty folder" in p.err and whole("same"),
   "earlier results are not touched", p.err)
os.mkdir("killed")
open("killed/.memwall-running", "w").close()
p = run("--out=killed")
ok(done_by(p) and whole("killed"), "the marker of a run that was killed is no obstacle", p.err)

# --- stdout that takes nothing
if os.path.exists("/dev/full"):
    for args in (["--help"], ["--list"], ["--version"], [*SHORT, "--format=json", "--out=json"],
                 [*SHORT, "--format=csv", "--out=csv"], [*SHORT, "--out=table"]):
        with open("/dev/full", "w") as full:
            p = subprocess.run([*wrapper, bench, *args], stdout=full, stderr=subprocess.PIPE, timeout=250)
        ok(p.returncode == 2 and p.stderr.count(b"\n") == 1 and b"stdout cannot be written" in p.stderr,
           f"{args[-2] if args[0] == SHORT[0] else args[0]}: a full stdout is exit 2", (p.returncode, p.stderr))
    ok(whole("json") and whole("csv") and whole("table"), "and the results are there")
else:
    skip("a full stdout", "this system has no /dev/full")

# --- names
name = "名" * 79 + "\udcff"
if trained:
    os.symlink(os.path.join(trained, "stories260K.bin"), name)
    p = run("--model=" + name, "--out=names")
    rows = read_csv("names/results.csv") if whole("names") else [{"model": ""}]
    ok(done_by(p) and {x["model"] for x in rows} == {rows[0]["model"]} and rows[0]["model"].startswith("名名"),
       "a model's name is cut at a whole letter", (p.returncode, p.err, rows[0]["model"]))
    refused(["--model=" + os.path.join(trained, "stories260K.bin"),
             "--tokenizer=" + os.path.join(trained, "tok512.bin"), "--prompt=" + "word " * 600, "--variant=tvl",
             "--out=none"], "the prompt has", "the model takes 512",
            "shorten it")
else:
    skip("names of models", "stories260K.bin is not here; point MEMWALL_TEST_MODELS at its folder")

# --- results are none of git's business, unless somebody names their folder
git = ["git", "-C", ROOT, "check-ignore", "-q", "--no-index"]
if shutil.which("git") and subprocess.run([*git[:3], "rev-parse"], capture_output=True).returncode == 0:
    seen = [subprocess.run([*git, path], capture_output=True).returncode
            for path in ("results/host/2026-01-02T03-04-05Z/results.csv", "results/reference/decode/results.csv")]
    ok(seen == [0, 1], "git passes over results in the default folder, and over no others", seen)
else:
    skip("git passes over results in the default folder", "no git here, or this is no checkout")
done()
