#!/usr/bin/env python3
"""bench --merge: result folders become a set, and none gets lost, whatever else goes wrong.

    test_merge.py BENCH
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import many_hosts  # noqa: E402
from outside import ROOT, parse_csv, read, read_csv, schema_columns, widest, workplace, write, write_csv  # noqa: E402
from tap import done, ok  # noqa: E402

command = [*sys.argv[2:], os.path.abspath(sys.argv[1])]
REAL = os.path.join(ROOT, "results/reference/context")  # a small one
workplace("merge")


def merge(*args, **more):
    return subprocess.run([*command, *args], capture_output=True, timeout=250, **more)


def index(top):
    return read_csv(os.path.join(top, "index.csv"))


def files(top):
    return {os.path.relpath(os.path.join(d, f), top): read(os.path.join(d, f))
            for d, _, names in os.walk(top) for f in names if not f.startswith(".")}


def hidden(top):
    return sorted(n for d, folders, names in os.walk(top) for n in folders + names if n.startswith("."))


def reasons(p):
    return [l.split(": ", 2)[2] for l in p.stderr.decode().splitlines() if l.startswith("bench: not merged: ")]


def changed(folder, to, **cells):
    """A copy of a result folder with other cells in row 3, or in all rows for cells that are the same on all."""
    shutil.copytree(folder, to)
    rows = read_csv(f"{to}/results.csv")
    for i, row in enumerate(rows):
        row.update({c: v for c, v in cells.items() if i == 2 or c in ("run_id", "host")})
    write_csv(f"{to}/results.csv", rows)
    return to


# --- from folders to a set -------------------------------------------------------------------------------------------
many_hosts.make(REAL, "in", 3)
p = merge("--merge=set", "in/host001", "in/host002/", "--format=csv")
rows = index("set")
ok(p.returncode == 0 and [r["host"] for r in rows] == ["host001", "host002"] and p.stdout == read("set/index.csv"),
   "two folders become a set, and stdout shows its index", p)
ok(list(rows[0]) == schema_columns(os.path.join(ROOT, "results/SCHEMA.md"), "index.csv"), "the columns of SCHEMA.md",
   list(rows[0]))
ok(b"2 runs, 2 new, 2 hosts, %d rows, " % sum(int(r["rows"]) for r in rows) in p.stderr, "told in one line", p.stderr)
for r in rows:
    ok(r["folder"] == f"runs/{r['host']}/{r['run_id']}" and files(f"set/{r['folder']}") == files(f"in/{r['host']}"),
       f"{r['host']}: the files, byte for byte")
    table = read_csv(f"in/{r['host']}/results.csv")
    ok(int(r["rows"]) == len(table) and int(r["bytes"]) == sum(map(len, files(f"in/{r['host']}").values())) and
       all(r[c] == table[0][c] for c in ("run_id", "host", "cpu", "arch", "commit", "schema", "utc")) and
       all(r[c + "s"] == ";".join(sorted({x[c] for x in table} - {""})) for c in ("suite", "model", "dtype", "variant"))
       and r["threads"] == "1;2" and r["provenance"] == "measured" and
       r["version"] == json.loads(read(f"in/{r['host']}/machine.json"))["build"]["version"],
       f"{r['host']}: what the index says is what the files say", r)
before = files("set")
p = merge("--merge", "set", "in/host002", "in/host001")
ok(p.returncode == 0 and b"2 runs, 0 new" in p.stderr and files("set") == before, "the same again: nothing new", p)
ok(widest(p.stdout) <= 80 and p.stdout.startswith(b"run "), "a table of 80 columns", p.stdout)
for form, start in ("md", b"| run |"), ("json", b"["):
    p = merge("--merge=set", "in/host001", f"--format={form}", "--quiet")
    ok(p.returncode == 0 and p.stdout.startswith(start) and p.stderr == b"", f"--format={form}, --quiet", p)

# --- trees, sets, links ----------------------------------------------------------------------------------------------
os.makedirs("tree/a/b")
shutil.move("in/host003", "tree/a/b/deep")
shutil.copytree("in/host001", "tree/a/.memwall-abcdef")
os.symlink(os.path.abspath("in/host001"), "tree/a/link")
shutil.copytree("in/host002", "tree/one")
os.makedirs("tree/one/not a file.csv")
os.symlink("/etc/passwd", "tree/one/passwd")
p = merge("--merge=set2", "tree", "--format=csv")
ok(p.returncode == 0 and [r["host"] for r in index("set2")] == ["host002", "host003"],
   "a tree: links and hidden folders are passed over", p)
ok(files("set2/" + index("set2")[0]["folder"]) == files("in/host002"), "links and folders in a folder are not copied")
p = merge("--merge=set2", "set", "tree", "--format=csv")
ok(p.returncode == 0 and len(index("set2")) == 3 and b"3 runs, 1 new" in p.stderr, "a set into a set", p)
before = files("set2")
p = merge("--merge=set2", "set2")
ok(p.returncode == 0 and files("set2") == before, "a set into itself", p)
p = merge("--merge=set2")
ok(p.returncode == 0 and files("set2") == before, "no folders: the set is checked", p)
p = merge("--merge=", "set2", "in/host001")
ok(p.returncode == 0 and files("set2") == before, "the set as the first operand", p)

# --- broken folders --------------------------------------------------------------------------------------------------
good = "in/host001"
names = read(f"{good}/results.csv").split(b"\n")[0]
os.makedirs("bad")
cases = {  # folder: what the reason says
    changed(good, "bad/schema", schema="9"): "schema '9'",
    changed(good, "bad/metric", metric="of_the_future"): "does not know metric 'of_the_future'",
    changed(good, "bad/number", value="fast"): "'fast' is not a valid value",
    changed(good, "bad/infinite", ci_low="1e999"): "'1e999' is not a valid ci_low",
    changed(good, "bad/hex", value="0x10"): "'0x10' is not a valid value",
    changed(good, "bad/threads", threads="-2"): "'-2' is not a valid threads",
    changed(good, "bad/kind", provenance="guessed"): "'guessed' is not a valid provenance",
    changed(good, "bad/suite", suite=""): "names no suite",
    changed(good, "bad/cpu", cpu="Another"): "another cpu",
    changed(good, "bad/no id", run_id=""): "run_id is empty",
    changed(good, "bad/out", run_id="../../out"): "cannot be a run_id",
    changed(good, "bad/dots", run_id=".."): "cannot be a run_id",
    changed(good, "bad/long", run_id="x" * 200): "more than 100 characters",
}
shutil.copytree(good, "bad/two runs")
write("bad/two runs/results.csv", read(f"{good}/results.csv") + b"\n".join(
    read("in/host002/results.csv").split(b"\n")[1:]))
for folder, content in {"empty": b"", "header": names + b"\n", "cut": read(f"{good}/results.csv")[:-20],
                        "nul": b"a\0b\n", "columns": names.replace(b",param", b"") + b"\n"}.items():
    shutil.copytree(good, f"bad/{folder}")
    write(f"bad/{folder}/results.csv", content)
shutil.copytree(good, "bad/machine")
write("bad/machine/machine.json", b"[1, 2")
shutil.copytree(good, "bad/fifo")
os.remove("bad/fifo/results.csv")
os.mkfifo("bad/fifo/results.csv")
cases.update({"bad/two runs": "another run_id", "bad/empty": "is empty", "bad/header": "holds no results",
              "bad/cut": "damaged", "bad/nul": "NUL", "bad/columns": "no column param", "bad/fifo": "regular",
              "bad/machine": "does not describe a machine"})
p = merge("--merge=set3", "bad", "in", "nowhere", f"{good}/results.csv", "--format=csv")
told = reasons(p)
ok(p.returncode == 1 and len(index("set3")) == 2, "broken folders lose nobody else's results", p)
for folder, why in {**cases, "nowhere": "No such file", f"{good}/results.csv": "is not a folder"}.items():
    ok(sum(l.startswith((folder + ":", folder + "/")) and why in l for l in told) == 1, f"named: {folder}: {why}", told)
ok(len(told) == len(cases) + 2 and f"{len(told)} folders were not merged" in p.stderr.decode(), "and no others", told)
ok(os.listdir(".").count("out") == 0 and hidden("set3") == [".memwall-lock"], "nothing outside of the set")

changed(good, "host1", host="../a b\x1b[31m")
p = merge("--merge=set4", "host1", "--format=csv")
ok(p.returncode == 0 and index("set4")[0]["folder"].startswith("runs/_._a_b_") and
   b"\x1b" not in p.stdout + p.stderr and files("set4/" + index("set4")[0]["folder"]) == files("host1"),
   "a hostile host name", p)

# --- the same run with other content ---------------------------------------------------------------------------------
changed(good, "other/changed", value="77")
shutil.copytree(good, "other/more")
write("other/more/extra.csv", b"a\n1\n")
shutil.copytree(good, "other/one byte")
write("other/one byte/command.txt", read(f"{good}/command.txt")[:-1] + b"!")
before = files("set")
many_hosts.make(REAL, "late", 4)
p = merge("--merge=set", "other", "late/host004")
ok(p.returncode == 1 and len(reasons(p)) == 3 and all(good_id in l for l in reasons(p) for good_id in
                                                      [index("set")[0]["run_id"], "in the set with other content"]),
   "refused by name", p)
ok(files("set").items() >= {k: v for k, v in before.items() if k != "index.csv"}.items() and len(index("set")) == 3,
   "what was there stays, the rest goes on")

# --- a damaged set, things that are no sets --------------------------------------------------------------------------
shutil.copytree("set", "damaged")
victim = "damaged/" + index("damaged")[1]["folder"]
write(f"{victim}/results.csv", read(f"{victim}/results.csv")[:-7])
p = merge("--merge=damaged")
ok(p.returncode == 1 and len(index("damaged")) == 2 and victim in reasons(p)[0], "a damaged run leaves the index", p)
before = files("in")
for place in "in", good, "in/host001/results.csv", "bad/fifo/results.csv", "/dev/null", "x" * 500:
    p = merge(f"--merge={place}", "late")
    ok(p.returncode == 2 and p.stderr.count(b"\n") == 1 and p.stdout == b"", f"no set: {place[:30]}", p)
ok(files("in") == before, "and nothing was written there")
p = merge("--merge=")
ok(p.returncode == 2 and b"which set" in p.stderr, "no set at all", p)

# --- full disks, killed merges, two at once --------------------------------------------------------------------------
before = files("set")
many_hosts.make(REAL, "new", 6)


def small():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))


os.mkdir("tiny")
lines = read(changed(good, "first", run_id="first") + "/results.csv").split(b"\n")
write("tiny/results.csv", b"\n".join([*lines[:3], b""]))
p = merge("--merge=set", "tiny", "new", preexec_fn=small)
ok(p.returncode == 2 and p.stderr.count(b"\n") == 1 and b"File too large" in p.stderr and p.stdout == b"" and
   files("set") == before and hidden("set") == [".memwall-lock"], "what cannot be written: the set is as before", p)
os.makedirs("set/.memwall-killed")
write("set/.memwall-killed/results.csv", b"half")
write("set/.memwall.tmp-123456", b"half an index")
p = merge("--merge=set", "new")
ok(p.returncode == 0 and len(index("set")) == 6 and hidden("set") == [".memwall-lock"],
   "what a killed merge left goes", p)

many_hosts.make(REAL, "many", 40)
cut = 0
for pause in 0.01, 0.02, 0.05, 0.1, 0.2:
    p = subprocess.Popen([*command, "--merge=killed", "many"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(pause)
    p.send_signal(signal.SIGKILL)
    cut += p.wait() != 0
    whole = [d for d, _, names in os.walk("killed/runs") if names]
    ok(all(files(d) == files("many/" + d.split(os.sep)[2]) for d in whole) and
       (not os.path.exists("killed/index.csv") or len(index("killed")) <= len(whole)),
       f"killed after {pause} s: {len(whole)} runs, all complete")
print(f"# {cut} of 5 merges were killed before their end")
p = merge("--merge=killed", "many")
ok(p.returncode == 0 and len(index("killed")) == 40 and hidden("killed") == [".memwall-lock"] and
   merge("--merge=whole", "many").returncode == 0 and files("killed") == files("whole"), "the next merge finishes", p)

both = [subprocess.Popen([*command, "--merge=both", *(f"many/host{n:03}" for n in range(first, 41, 2))],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE) for first in (1, 2)]
ends = [(q.communicate(timeout=100), q.returncode) for q in both]
ok([code for _, code in ends] == [0, 0] and files("both") == files("whole"), "two merges at once", ends)

# --- 10,000 runs, in memory: a slow disk is no fault of the program ---------------------------------------------------
memory = os.path.isdir("/dev/shm") and os.access("/dev/shm", os.W_OK)
runs = 10000 if memory else 1000
if not memory:
    print("# no /dev/shm here: 1,000 runs instead of 10,000")
lines = read(f"{good}/results.csv").decode().split("\n")
short, [run_id, _, host] = "\n".join(lines[:3]) + "\n", lines[1].split(",")[:3]
with tempfile.TemporaryDirectory(prefix="memwall-merge-", dir="/dev/shm" if memory else ".") as top:
    for n in range(runs):
        os.makedirs(f"{top}/in/h{n % 100}/{n}")
        write(f"{top}/in/h{n % 100}/{n}/results.csv",
              short.replace(run_id, f"r{n}").replace(host, f"h{n % 100}").encode())
    p = merge(f"--merge={top}/set", f"{top}/in", "--format=csv")
    ok(p.returncode == 0 and len(parse_csv(p.stdout)) == runs and
       f"{runs} new, 100 hosts, {2 * runs} rows" in p.stderr.decode(), f"{runs:,} runs", p.stderr)
done()
