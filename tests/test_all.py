#!/usr/bin/env python3
"""Suite all from outside: which suites run, which options reach them, what is left out, what a failure does.

usage: test_all.py BENCH    prints TAP
"""
import os, re, shlex, shutil, signal, struct, subprocess, sys, tempfile, time

from refused import refuser
from tap import done, ok, skip

bench = os.path.abspath(sys.argv[1])
work = tempfile.TemporaryDirectory(prefix="memwall-all-")
os.chdir(work.name)
os.mkdir("tmp")
os.mkdir("cache")
os.environ.pop("MEMWALL_TEST_MODELS", None)  # so that no trained model is found
os.environ.update(MEMWALL_CACHE=os.path.join(work.name, "cache"), NO_COLOR="1", TMPDIR=os.path.join(work.name, "tmp"))
small = ["--model=synthetic:stories260K", "--threads=1", "--reps=1", "--tokens=40"]


def run(*args):
    return subprocess.run([bench, *args], capture_output=True, timeout=500)


refused = refuser(run)


def table(r):
    """The rows of the last table by suite, and the reasons below it in one line each."""
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
listed = re.findall(r"^  (\w+) ", run("--help").stdout.decode().split("\nsuites:\n")[1], re.M)
suites = [s for s in listed if s not in ("roof", "soak", "all")]
ok("all" in listed and suites[-1] == "claims", "--help lists it, and claims is the last of the others", listed)

# --- refused before anything runs
every = ["--suite=all", *small]
refused([*every, "--format=csv"], "--format=csv", "md")
refused([*every, "--format=json"], "--format=json", "results.csv")
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
refused([*every, "--shapes=stories260K", "--out=used"], "used/clu", "is there already")
ok(os.listdir("used") == ["clu"] and os.listdir("used/clu") == ["mine"], "a folder that is in use stays as it is, and no other is made")

# --- a whole run, with an option for everybody, and two programs of which one never works
os.mkdir("set")
open("set/README.md", "w").close()
plot = ["--plot"] if shutil.which("gnuplot") else []
sizes = "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64"
r = run(*every, "--variant=tvl,tvl16_neon/tvl/heap", "--seed=7", "--cpus=0", sizes, "--positions=10,100", "--prompt-tokens=3", "--shapes=stories260K",
        "--soak=1", "--peer-limit=60", "--peer", "good:echo achieved tok/s: 5", "--peer=bad:echo it's {model}; exit 3",
        "--benchmark_filter=^peak|^fork/1", "--benchmark_min_time=0.01", "--benchmark_repetitions=2", *plot, "--out=set/")
rows, reasons = table(r)
busy = {s for s in reasons if rows[s] == ("failed", s) and "of its roof" in reasons[s]}  # a roof that was swept while the machine was busy
failed = ", ".join(s for s in suites if s in busy | {"peers"})
ok(list(rows) == suites, "a row a suite, in the order of --help", (suites, r))
heads = re.findall(r"^== (\w+) \((\d+) of (\d+)\): .* ==$", r.stdout.decode(), re.M)
ok(heads == [(s, str(i + 1), str(len(suites))) for i, s in enumerate(suites)], "a heading a suite", heads)
ok(max(map(len, r.stdout.decode().splitlines())) <= 80, "80 columns", [x for x in r.stdout.decode().splitlines() if len(x) > 80])
ok(r.returncode == 1 and r.stderr.decode().splitlines()[-1] == f"bench: a check failed in suite {failed}; the table says which",
   "a program that never works makes the exit code 1, and the others go on", r)
ok(rows["peers"] == ("failed", "peers") and "never gave a number: bad" in reasons["peers"], "its reason", reasons)
ok(rows["perplexity"] == ("left out", "-") and "fetch-models.sh" in reasons["perplexity"], "no trained model: left out, and why", reasons)
ok(rows["growth"] == ("left out", "-") and "tvl16_neon/tvl/heap" in reasons["growth"], "variants that growth cannot have: left out, and why", reasons)
may = {"torch", "micro", "clu"}  # PyTorch, Google Benchmark, traced kernels: not everywhere
ok(all(rows[s] == ("done", s) for s in suites if s not in may | busy | {"peers", "perplexity", "growth"}), "the others are done", (rows, reasons))
ok(set(reasons) == {s for s in suites if rows[s][0] != "done"}, "a reason for each that is not done, and for no other", reasons)
there = sorted(os.listdir("set"))
ok(there == sorted(["README.md", *(s for s in suites if rows[s][1] != "-")]), "their folders, beside what was there", there)
ok(all(os.path.isfile(f"set/{s}/{f}") for s in there if s != "README.md" for f in ("results.csv", "machine.json", "command.txt")), "each complete")
ok(os.listdir("tmp") == [], "no temporary folder is left", os.listdir("tmp"))

# --- who was told what
told = {s: options("set/" + s) for s in there if s != "README.md"}
common = {bench, "--suite", "--threads", "--tokens", "--model", "--seed", "--cpus", "--cache", "--out"}
own = {"decode": {"--variant", "--reps", *plot}, "aa": {"--variant", "--reps"}, "clu": {"--variant"}, "profile": {"--variant", "--reps"},
       "micro": {"--variant", "--benchmark_filter", "--benchmark_min_time", "--benchmark_repetitions"}, "ttft": {"--variant", "--reps", "--prompt-tokens"},
       "context": {"--variant", "--reps", "--positions"}, "torch": {"--variant", "--reps"}, "claims": {"--reps", "--soak"},
       "peers": {"--variant", "--reps", "--prompt-tokens", "--peer", "--peer-limit"}}
if not plot:
    skip("--plot", "no gnuplot here")
for s in told:
    ok(told[s] == common | own[s], f"options of suite {s}", told[s] ^ (common | own[s]))
ok(words("set/peers")[0] == bench and words("set/peers")[-1] == "--out=set/peers" and "--peer=good:echo achieved tok/s: 5" in words("set/peers") and
   "--peer=bad:echo it's {model}; exit 3" in words("set/peers"), "words arrive whole", words("set/peers"))
by_hand = [w.replace("--out=set/", "--out=hand/") for w in words("set/decode")]
r = subprocess.run(by_hand, capture_output=True, timeout=100)
ok(r.returncode == 0 and sorted(os.listdir("hand/decode")) == sorted(os.listdir("set/decode")) and words("hand/decode") == by_hand,
   "command.txt typed by hand leaves the same files", r)

# --- one that dies; a damaged model, which makes the others short
bad = bytearray(open(os.path.join("cache", "synthetic-stories260K-1.bin"), "rb").read())
bad[1000:1004] = struct.pack("<f", float("nan"))
with open("nan.bin", "wb") as f:
    f.write(bad)
damaged = ["--suite=all", "--model=nan.bin", "--variant=neon", "--threads=1", "--tokens=40", "--reps=1", "--soak=1", "--benchmark_filter=^none$"]
r = run(*damaged, "--peer=murderer:kill -9 $PPID", "--seed=2", "--format=md", "--out=dead")
rows, reasons = table(r)
ok(r.returncode == 2 and r.stderr.decode().splitlines()[-1] == "bench: suite peers died; the table says how", "one that dies: exit 2", r)
ok(rows.get("peers") == ("failed", "-") and "signal 9" in reasons["peers"], "and the reason", reasons)
ok(rows.get("decode") == ("left out", "-") and "not finite" in reasons["decode"] and rows["claims"] == ("done", "claims"), "the others go on", (rows, reasons))
ok(b"\n| suite | seconds | became | folder |\n|---|" in r.stdout and b"## claims (" in r.stdout, "--format=md", r.stdout[-900:])

# --- Ctrl-C
p = subprocess.Popen([bench, *every[:-1], "--tokens=200", "--variant=tvl", "--quiet", "--out=cut"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
for _ in range(1000):
    if os.path.exists("cut/decode") or p.poll() is not None:
        break
    time.sleep(0.02)
p.send_signal(signal.SIGINT)
out, err = p.communicate(timeout=100)
left = os.listdir("cut")
ok(p.returncode == 130 and err.count(b"\n") == 1 and err.startswith(b"bench: ") and b"== suites" not in out, "Ctrl-C: exit 130, one line", (p.returncode, out, err))
ok("decode" in left and "claims" not in left and all(os.path.isfile(f"cut/{s}/results.csv") for s in left), "what was done stays", left)
ok(os.listdir("tmp") == [], "and no temporary folder", os.listdir("tmp"))
p = subprocess.Popen([bench, "--suite=all", "--model=synthetic:stories15M", "--tokens=256", "--quiet", "--out=never"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
head = p.stdout.readline()
p.send_signal(signal.SIGINT)
p.communicate(timeout=100)
ok(p.returncode == 130 and head.startswith(b"== decode ") and not os.path.exists("never"), "Ctrl-C before anything was done: no folder", (p.returncode, head))
done()
