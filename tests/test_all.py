#!/usr/bin/env python3
"""Suite all from outside: which suites run, which options reach them, what is left out, how failures are reported.

usage: test_all.py BENCH    prints TAP
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

from checkpoints import write_not_finite
from outside import interrupted, parse_csv, read_csv, widest, workplace
from refused import refuser
from tap import done, ok, skip

bench = os.path.abspath(sys.argv[1])
work = workplace("all")
os.mkdir("cache")
os.environ.pop("MEMWALL_TEST_MODELS", None)  # so that no trained model is found
small = ["--model=synthetic:stories260K", "--threads=1", "--reps=1", "--tokens=40"]
every = ["--suite=all", *small]


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=500)


refused = refuser(run)


def table(r):
    """The rows of the last table by suite, and the reasons below it, each joined to one line."""
    text = r.stdout.decode().split("suites ==\n\n" if b"== suites" in r.stdout else "## suites\n\n")[-1]
    rows, below = text.split("\nfolders are in ")
    found = re.findall(r"^(?:\| )?(\w+) (?:\| )? *([\d.]+) +(?:\| )?(done|left out|failed) +(?:\| )?(\S+)", rows, re.M)
    reasons = " ".join(below.split()).split(" - ")[1:]
    return {name: (fate, folder) for name, _, fate, folder in found}, {x.split()[0]: x for x in reasons}


def words(folder):
    with open(folder + "/command.txt", encoding="utf-8") as f:
        return shlex.split(f.read())


def options(folder):
    return {w.split("=")[0] for w in words(folder)}


# --- the list of suites
suites_shown = run("--help").stdout.decode().split("\nsuites:\n")[1].split("\n\n")[0]
listed = re.findall(r"^  (\w+) ", suites_shown, re.M)
suites = [s for s in listed if s not in ("roof", "soak", "predict", "all")]
ok("all" in listed and suites[-1] == "claims", "--help lists it, and claims is the last of the others", listed)

# --- refused before anything runs
refused([*every, "--plot", "--format=md"], "--plot", "--format")
refused([*every, "--profile"], "--profile", "--suite=all")
refused([*every, "--compare", "a", "b"], "--compare", "--suite=all")
refused([*every, "--claims-from=a"], "--claims-from", "--suite=all")
refused(["--suite=all", "--model=/nonexistent", "--out=x"], "/nonexistent")
refused([*every, "--variant=nonsense"], "nonsense")
refused([*every, "--shapes=nonsense"], "nonsense")
refused(["--suite=all", "--model=synthetic:stories260K", "--tokens=513"], "512 positions")
refused([*every, "--out=/proc/nowhere"], "/proc/nowhere")
os.makedirs("used/clu")
open("used/clu/mine", "w").close()
refused([*every, "--shapes=stories260K", "--out=used"], "used/clu", "already exists")
ok(os.listdir("used") == ["clu"] and os.listdir("used/clu") == ["mine"],
   "a folder that is in use is unchanged, and no other folder is made")

# --- a whole run, with an option for every suite, and two programs of which one never works
os.mkdir("set")
open("set/README.md", "w").close()
plot = ["--plot"] if shutil.which("gnuplot") else []
r = run(*every, "--variant=tvl,tvl16_neon/tvl/heap", "--seed=7", "--cpus=0",
        "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64", "--positions=10,100", "--prompt-tokens=3",
        "--shapes=stories260K", "--soak=1", "--peer-limit=60", "--peer", "good:echo achieved tok/s: 5",
        "--peer=bad:echo it's {model}; exit 3", "--benchmark_filter=^peak|^fork/1", "--benchmark_min_time=0.01",
        "--benchmark_repetitions=2", *plot, "--out=set/")
rows, reasons = table(r)
# A machine that is busy while a roof is swept fails these suites.
busy = {s for s in reasons if rows[s] == ("failed", s) and "of its roof" in reasons[s]}
failed = ", ".join(s for s in suites if s in busy | {"peers"})
ok(list(rows) == suites, "a row per suite, in the order of --help", (suites, r))
heads = re.findall(r"^== (\w+) \((\d+) of (\d+)\): .* ==$", r.stdout.decode(), re.M)
ok(heads == [(s, str(i + 1), str(len(suites))) for i, s in enumerate(suites)], "a heading per suite", heads)
ok(widest(r.stdout) <= 80, "80 columns", [x for x in r.stdout.decode().splitlines() if len(x) > 80])
last = r.stderr.decode().splitlines()[-1]
ok(r.returncode == 1 and last == f"bench: a check failed in suite {failed}; the reason is above",
   "a program that never works makes the exit code 1, and the others go on", r)
ok(rows["peers"] == ("failed", "peers") and "never gave a number: bad" in reasons["peers"],
   "the reason why peers failed", reasons)
ok(rows["perplexity"] == ("left out", "-") and "fetch-models.sh" in reasons["perplexity"],
   "without a trained model: left out, with the reason", reasons)
ok(rows["growth"] == ("left out", "-") and "tvl16_neon/tvl/heap" in reasons["growth"],
   "with variants that growth cannot run: left out, with the reason", reasons)
may_fail = {"torch", "micro", "clu"}  # PyTorch, Google Benchmark and traced kernels are not everywhere
must_run = [s for s in suites if s not in may_fail | busy | {"peers", "perplexity", "growth"}]
ok(all(rows[s] == ("done", s) for s in must_run), "the others are done", (rows, reasons))
ok(set(reasons) == {s for s in suites if rows[s][0] != "done"}, "a reason for each that is not done, for no other",
   reasons)
there = sorted(os.listdir("set"))
made = [s for s in there if s != "README.md"]
ok(there == sorted(["README.md", *(s for s in suites if rows[s][1] != "-")]), "their folders, and nothing else new",
   there)
ok(all(os.path.isfile(f"set/{s}/{f}") for s in made for f in ("results.csv", "machine.json", "command.txt")),
   "each folder is complete")
ok(os.listdir("tmp") == [], "no temporary folder is left", os.listdir("tmp"))

# --- which options each suite got
COMMON = {bench, "--suite", "--threads", "--tokens", "--model", "--seed", "--cpus", "--cache", "--out"}
OWN = {"decode": {"--variant", "--reps", *plot}, "why": {"--variant", "--reps", "--peer"},
       "aa": {"--variant", "--reps"}, "clu": {"--variant"},
       "profile": {"--variant", "--reps"}, "torch": {"--variant", "--reps"}, "claims": {"--reps", "--soak"},
       "micro": {"--variant", "--benchmark_filter", "--benchmark_min_time", "--benchmark_repetitions"},
       "ttft": {"--variant", "--reps", "--prompt-tokens"}, "context": {"--variant", "--reps", "--positions"},
       "peers": {"--variant", "--reps", "--prompt-tokens", "--peer", "--peer-limit"}}
if not plot:
    skip("--plot", "no gnuplot here")
for s in made:
    got = options("set/" + s)
    ok(got == COMMON | OWN[s], f"options of suite {s}", got ^ (COMMON | OWN[s]))
of_peers = words("set/peers")
ok(of_peers[0] == bench and of_peers[-1] == "--out=set/peers" and "--peer=good:echo achieved tok/s: 5" in of_peers and
   "--peer=bad:echo it's {model}; exit 3" in of_peers, "words arrive unchanged", of_peers)
by_hand = [w.replace("--out=set/", "--out=hand/") for w in words("set/decode")]
r = subprocess.run(by_hand, capture_output=True, timeout=100)
ok(r.returncode == 0 and sorted(os.listdir("hand/decode")) == sorted(os.listdir("set/decode")) and
   words("hand/decode") == by_hand, "the command of command.txt writes the same files", r)

# --- a suite that dies; a damaged model, which shortens the others
write_not_finite("nan.bin", "cache/synthetic-stories260K-1.bin")
r = run("--suite=all", "--model=nan.bin", "--variant=neon", "--threads=1", "--tokens=40", "--reps=1", "--soak=1",
        "--benchmark_filter=^none$", "--peer=murderer:kill -9 $PPID", "--seed=2", "--format=md", "--out=dead")
rows, reasons = table(r)
ok(r.returncode == 2 and r.stderr.decode().splitlines()[-1] == "bench: suite peers died; see above",
   "a suite that dies: exit 2", r)
ok(rows.get("peers") == ("failed", "-") and "signal 9" in reasons["peers"], "a suite that dies: its reason", reasons)
ok(rows.get("decode") == ("left out", "-") and "not finite" in reasons["decode"] and
   rows["claims"] == ("done", "claims"), "a suite that dies: the others go on", (rows, reasons))
ok(b"\n| suite | seconds | became | folder |\n|---|" in r.stdout and b"## claims (" in r.stdout, "--format=md",
   r.stdout[-900:])

# --- one table of all suites, from what most of them refuse
r = run("--suite=all", "--model=nan.bin", "--variant=neon", "--threads=1", "--tokens=40", "--reps=1", "--soak=1",
        "--benchmark_filter=^none$", "--format=csv", "--quiet", "--out=csv")
wanted = [row for s in suites if os.path.exists(f"csv/{s}") for row in read_csv(f"csv/{s}/results.csv")]
ok(r.returncode == 0 and len(wanted) > 0 and parse_csv(r.stdout) == wanted, "--format=csv: the rows of all suites",
   (r.stderr, len(wanted)))
ok(re.search(rb"^bench: suite decode left out: .*not finite", r.stderr, re.M) and b"==" not in r.stdout,
   "--format=csv: what is left out is told on stderr", r.stderr)

# --- Ctrl-C
command = [bench, *every[:-1], "--tokens=200", "--variant=tvl", "--quiet", "--out=cut"]
p = interrupted(command, lambda: os.path.exists("cut/decode/results.csv"))
left = os.listdir("cut")
ok(p.returncode == 130 and p.err.count(b"\n") == 1 and p.err.startswith(b"bench: ") and b"== suites" not in p.out,
   "Ctrl-C: exit 130, one line", p.note)
ok("decode" in left and "claims" not in left and all(os.path.isfile(f"cut/{s}/results.csv") for s in left),
   "Ctrl-C: finished suites keep their folders", left)
ok(os.listdir("tmp") == [], "Ctrl-C: no temporary folder is left", os.listdir("tmp"))
command = [bench, "--suite=all", "--model=synthetic:stories15M", "--tokens=256", "--quiet", "--out=never"]
p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
head = p.stdout.readline()
p.send_signal(signal.SIGINT)
p.communicate(timeout=100)
ok(p.returncode == 130 and head.startswith(b"== decode ") and not os.path.exists("never"),
   "Ctrl-C before the first suite is done: no folder", (p.returncode, head))
done()
