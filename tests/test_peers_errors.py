#!/usr/bin/env python3
"""Suite peers from outside: programs that give no number, refused options, damaged models, Ctrl-C.

usage: test_peers_errors.py BENCH    prints TAP
"""
import json
import os
import subprocess
import sys
import time

from checkpoints import write_not_finite
from outside import interrupted, read_csv, stopped_cleanly, workplace
from peer_programs import GARBAGE, script
from refused import refuser
from tap import done, ok

bench = os.path.abspath(sys.argv[1])
work = workplace("peers-errors")
suite = ["--suite=peers", "--model=synthetic:stories260K"]


def run(*args, **more):
    return subprocess.run([bench, *args], capture_output=True, timeout=250, **more)


refused = refuser(run)

# --- programs that give no number: the others are measured all the same
garbage = script("garbage.py", GARBAGE)
start = time.time()
r = run(*suite, "--tokens=11", "--threads=1", "--reps=2", "--variant=neon,tvl", "--peer-limit=4", "--out=bad",
        f"--peer=garbage:python3 {garbage}", "--peer=silent:true", "--peer=failing:echo sad >&2; exit 4",
        "--peer=absent:/nowhere/llama", "--peer=hanging:echo waiting; sleep 60", "--peer=killed:kill -9 $$",
        "--peer=flood:yes", "--peer=good:echo achieved tok/s: 60")
took = time.time() - start
lines = r.stderr.decode(errors="replace").splitlines()
REASONS = {"garbage": ["printed no tokens per second"], "silent": ["printed no tokens per second"],
           "failing": ["exit code 4", "last words: sad"], "absent": ["exit code 127", "/nowhere/llama"],
           "hanging": ["more than 4 s", "--peer-limit", "waiting"], "killed": ["signal 9"],
           "flood": ["wrote more than 8 MiB"]}
ok(r.returncode == 1 and lines[-1].startswith("bench: never gave a number: ") and
   all(name in lines[-1] for name in REASONS) and "good" not in lines[-1],
   "exit 1 if a peer never gave a number", (r.returncode, lines))
for name, words in REASONS.items():
    mine = [l for l in lines if f"not counted: {name}:" in l]
    ok(len(mine) == 1 and all(w in mine[0] for w in words), f"{name}: one line gives the reason", mine)
rows = read_csv("bad/results.csv")
ok({x["variant"] for x in rows if x["metric"] == "tokens_per_s" and x["value"]} == {"neon", "tvl", "good"},
   "the others are measured", took)
of_flood = [x for x in rows if x["metric"] == "peer_ratio" and "flood" in x["param"]]
ok({x["provenance"] for x in of_flood} == {"unavailable"} and b"never counted" in r.stdout,
   "the missing ones are shown", r.stdout)
ok(os.listdir("tmp") == [], "nothing is left in TMPDIR", os.listdir("tmp"))

# --- a model that only we can read
tvl = next(os.path.join("cache", f) for f in os.listdir("cache") if f.endswith(".tvl"))
os.makedirs("results", exist_ok=True)  # a run without --out makes it before anything else
refused(["--suite=peers", f"--model={tvl}", "--peer=a:x {model}"], "give the checkpoint")

# --- options
A = "--peer=a:true"
refused(["--suite=peers"], "--peer=NAME:COMMAND")
refused(["--suite=peers", "--peer=llama"], "--peer=llama", "no colon", "NAME:COMMAND")
refused(["--suite=peers", "--peer=:true"], "--peer=:true", "its name")
refused(["--suite=peers", "--peer="], "no colon")
refused(["--suite=peers", "--peer=a:"], "no command")
refused(["--suite=peers", "--peer=a:  "], "no command")
refused(["--suite=peers", "--peer=a b:true"], "its name")
refused(["--suite=peers", "--peer=" + "a" * 21 + ":true"], "1 to 20")
refused(["--suite=peers", A, "--peer=a:false"], "two peers are called a")
refused(["--suite=peers", *(f"--peer=a{i}:true" for i in range(17))], "more than 16 peers")
refused([*suite, "--peer=tvl:true"], "--peer=tvl", "has a variant of this name")
refused([A], "--suite=peers")
refused(["--suite=ttft", A], "--suite=peers")
refused(["--peer-limit=5"], "--peer-limit", "--suite=peers")
refused(["--suite=peers", A, "--peer-limit=0"], "--peer-limit")
refused(["--suite=peers", A, "--prompt=x", "--tokenizer=y"], "--prompt")
refused(["--suite=peers", A, "--precision=2%"], "--precision", "--reps")
refused([*suite, A, "--tokens=600"], "positions", "--tokens")
refused([*suite, A, "--prompt-tokens=500", "--tokens=20"], "positions", "--prompt-tokens")
refused([*suite, A, "--prompt-tokens=1,64"], "--prompt-tokens", "one length")
refused([*suite, "--peer=a:x {gguf}", "--tokenizer=/nowhere/tok.bin"], "/nowhere/tok.bin")
job = json.dumps({"kind": 2, "suite": "peers", "folder": "/nowhere", "model": "m", "variant": "neon", "threads": 1,
                  "prompt_tokens": 1, "tokens": 10, "clock_ns": 1})  # no token counts
refused([*suite, A, "--out=x"], "MEMWALL_JOB", "unset", env={**os.environ, "MEMWALL_JOB": job})

# --- variants of ours that fail
write_not_finite("nan.bin", "cache/synthetic-stories260K-1.bin")
r = run("--suite=peers", "--model=nan.bin", "--variant=mmap", "--threads=1", "--reps=1", "--quiet", "--tokens=11",
        "--out=nan", "--peer=a:exit 1")
ok(r.returncode == 1 and r.stderr.count(b"\n") == 1 and b"not finite" in r.stderr,
   "a damaged model: one line, exit 1", r)

# --- Ctrl-C: the peer has a process group of its own, so that bench has to stop it
pid = os.path.join(work, "pid")
command = [bench, *suite, "--variant=neon", "--reps=50", "--out=cut", f"--peer=slow:echo $$ > {pid}; exec sleep 60"]
p = interrupted(command, lambda: os.path.exists(pid) and os.path.getsize(pid), start_new_session=True)
ok(stopped_cleanly(p, "cut"), "Ctrl-C: exit 130, nothing left", (p.note, os.listdir("tmp")))
with open(pid, encoding="ascii") as f:
    peer = int(f.read())
try:
    os.kill(peer, 0)
    alive = True
except ProcessLookupError:
    alive = False
ok(not alive, "Ctrl-C: the peer has ended, too")
done()
