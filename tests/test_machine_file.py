#!/usr/bin/env python3
"""bench --machine-file measures the machine it runs on, and suite predict takes the file.

usage: test_machine_file.py BENCH    prints TAP
"""
import json
import os
import subprocess
import sys

from machine_schema import check
from outside import after, interrupted, read, workplace, write
from refused import refuser
from tap import done, ok

bench = os.path.abspath(sys.argv[1])
workplace("machine-file")
# Small caches make for small arrays, and a file with all keys wherever this runs.
short = ["--time-limit=1", "--cache=L1:32K:8:64,L2:256K:8:64,L3:2M:16:64"]
KEYS = {"name", "core", "arch", "features", "sources", "cores", "clock", "line", "loads_per_cycle", "load_bytes", "l1d",
        "l2", "l3", "l1_bandwidth", "l2_bandwidth", "l3_bandwidth", "l2_one_stream", "l3_one_stream",
        "bandwidth_one_core", "bandwidth_one_stream", "bandwidth_all_cores"}


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=200)


refused = refuser(run)
r = run("--machine-file=made/here.json", *short)
ok(r.returncode == 0 and r.stdout == b"" and b"--suite=predict --machine=made/here.json" in r.stderr,
   "a file is written", r)
data = json.loads(read("made/here.json"))
ok(set(data) == KEYS, "with all keys", set(data) ^ KEYS)
ok(not check(data), "as the format says", check(data))
ok((data["l1d"]["value"], data["l2"]["value"], data["l3"]["value"], data["line"]["value"]) == (32, 256, 2048, 64),
   "of the caches that were told", data)
ok(all(x["provenance"] == "measured" for x in data.values() if isinstance(x, dict) and "unit" in x), "measured")
speeds = [x for k, x in data.items() if "bandwidth" in k or "stream" in k]
ok(all(x["others"][0]["value"] <= x["value"] <= x["others"][1]["value"] for x in speeds),
   "quartiles lie around each speed", speeds)
ok(os.listdir("made") == ["here.json"], "nothing else is left", os.listdir("made"))

# This core may have no in-core cycles, one of Arm's has.
write("there.json", json.dumps({**data, "core": "Neoverse N1"}).encode())
r = run("--suite=predict", "--machine=./there.json", "--variant=neon", "--out=predicted", "--format=json")
ok(r.returncode == 0 and json.loads(r.stdout), "suite predict takes it", r)

before = read("made/here.json")
refused(["--machine-file=made/here.json"], "is there already")
ok(read("made/here.json") == before, "an old file is left alone")
refused(["--machine-file=made"], "is there already")
refused(["--machine-file=/proc/none/x.json"], "/proc/none")
refused(["--machine-file=x.json", "--suite=micro"], "--machine-file takes --cpus", "leave out --suite")
refused(["--machine-file=x.json", "--machine=all"], "leave out --machine")
refused(["--machine-file=x.json", "--benchmark_filter=x"], "leave out --benchmark_filter")
refused(["--machine-file=x.json", "--cpus=1023"], "CPU 1023")
refused(["--machine-file=x.json", "--cache=L3:900G"], "memory")
refused(["--machine-file"], "needs a value")
r = run("--machine-file=-", "--quiet", *short)
ok(r.returncode == 0 and r.stderr == b"" and set(json.loads(r.stdout)) == KEYS, "- is stdout", r)
os.mkdir("stopped")
p = interrupted([bench, "--machine-file=stopped/x.json"], after(2))
ok(p.returncode == 130 and p.out == b"" and os.listdir("stopped") == [], "Ctrl-C leaves nothing", p.note)
os.environ["MEMWALL_EMULATED"] = "qemu-user"
refused(["--machine-file=x.json"], "qemu-user")
done()
