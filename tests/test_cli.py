#!/usr/bin/env python3
"""bench and generate as a user meets them: exit codes, one-line errors, formats, selection, nothing half-written.

usage: test_cli.py BENCH GENERATE [WRAPPER ...]    prints TAP
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from checkpoints import write_not_finite, write_vast
from outside import after, interrupted, markdown_tables, parse_csv, read, widest, workplace, write
from refused import refuser
from tap import done, ok, skip

bench, generate = map(os.path.abspath, sys.argv[1:3])
wrapper = sys.argv[3:]
emulated = bool(wrapper)
sanitized = os.environ.get("MEMWALL_TEST_SANITIZED") == "1"
workplace("cli")
os.mkdir("cache")
small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1", "--reps=1"]


def run(*args):
    return subprocess.run([*wrapper, bench, *args], capture_output=True, timeout=100)


def run_generate(*args):
    return subprocess.run([*wrapper, generate, *args], capture_output=True, timeout=100)


refused, generate_refused = refuser(run), refuser(run_generate, "generate")

# --- errors
bench_errors = [
    (["--modle=x"], ["unknown option", "did you mean --model"]),
    (["--zzzzzzzz"], ["unknown option", "--help"]),
    (["stray"], ["'stray'", "--help"]),
    (["--tokens"], ["needs a value"]),
    (["--quiet=1"], ["takes no value"]),
    (["--tokens=10"], ["--tokens", "11 to"]),
    (["--tokens=12x"], ["--tokens", "whole number"]),
    (["--tokens=-5"], ["--tokens", "whole number"]),
    (["--tokens=99999999999999999999"], ["--tokens"]),
    (["--threads=0"], ["--threads"]),
    (["--threads=1,,2"], ["--threads"]),
    (["--threads=5000"], ["--threads"]),
    (["--cpus=x"], ["--cpus"]),
    (["--cpus=3-1"], ["--cpus"]),
    (small + ["--cpus=999"], ["CPU 999"]),
    (["--seed=0"], ["--seed"]),
    (["--reps=0"], ["--reps"]),
    (["--precision=0%"], ["--precision"]),
    (["--precision=2%%"], ["--precision"]),
    (["--precision=2", "--reps=1"], ["--precision", "--reps=2"]),
    (["--time-limit=0"], ["--time-limit"]),
    (small + ["--cache=L1"], ["--cache"]),
    (small + ["--cache=L9:1K"], ["--cache"]),
    (small + ["--cache=L1:48K:0:64"], ["--cache"]),
    (["--benchmark_filter=x"], ["--benchmark_filter=x", "--suite=micro"]),
    (["--suite=roof", "--reps=2"], ["--reps", "--benchmark_repetitions"]),
    (["--suite=clu", "--plot"], ["--plot", "--suite=decode"]),
    (["--suite=profile", "--precision=2%"], ["--precision", "--suite=decode and --suite=aa"]),
    (["--suite=growth", "--prompt=x"], ["--prompt", "--shapes"]),
    (["--force"], ["--compare"]),
    (["--compare"], ["OLD NEW"]),
    (["--compare", "/nonexistent"], ["OLD NEW"]),
    (["--compare", "/nonexistent", "/nonexistent"], ["/nonexistent"]),
    (["--format=xml"], ["--format", "table, csv, json, md"]),
    (["--suite=nonsense"], ["nonsense", "decode"]),
    (["--variant=nonsense"], ["nonsense", "scalar", "neon"]),
    (["--variant=neon/tvl/heap"], ["layout rowmajor"]),
    (["--variant=aos/aos/mmap"], ["cannot be loaded by mmap", "heap"]),
    (["--variant=scalar/rowmajor/floppy"], ["floppy", "heap, heap-huge, mmap"]),
    (["--variant=scalar/rowmajor/heap/x"], ["no placement is called 'x'"]),
    (["--variant=scalar/rowmajor/heap/default/x"], ["is not a variant"]),
    (["--variant="], ["is not a variant"]),
    (["--variant=tvl", "--layout=tvl"], ["leave out"]),
    (["--layout=diagonal"], ["diagonal", "rowmajor", "tvl"]),
    (["--layout=mmap", "--load=heap"], ["--layout=rowmajor"]),
    (["--layout=colmajor", "--load=mmap"], ["cannot be loaded by mmap"]),
    (["--layout=tvl", "--kernel=scalar"], ["scalar reads layout rowmajor"]),
    (["--kernel=nonsense"], ["nonsense", "scalar"]),
    (["--load=nonsense"], ["nonsense", "heap, heap-huge, mmap"]),
    (["--model=/nonexistent"], ["/nonexistent", "cannot be opened"]),
    (["--model=nonexistent"], ["nonexistent", "fetch-models.sh"]),
    (["--model=synthetic:nonsense"], ["nonsense", "stories110M"]),
    (["--model=."], ["not a regular file"]),
    (["--prompt=hello"], ["--tokenizer"]),
    (small + ["--prompt=hello", "--tokenizer=/nonexistent"], ["/nonexistent"]),
    (["--model=synthetic:stories260K", "--tokens=513"], ["513", "512 positions"]),
    (small + ["--out=/proc/nowhere/x"], ["/proc/nowhere"]),
    (small + ["--out=" + "x" * 2000], ["--out"]),
]
generate_errors = [
    ([], ["--model is missing"]),
    (["--model=x"], ["--tokenizer is missing"]),
    (["--model=/nonexistent", "--tokenizer=x"], ["/nonexistent"]),
    (["--model=synthetic:stories260K", "--tokenizer=/nonexistent"], ["/nonexistent"]),
    (["--temperature=nan"], ["--temperature"]),
    (["--temperature=-1"], ["--temperature"]),
    (["--top-p=2"], ["--top-p"]),
    (["--top-p=0.5x"], ["--top-p"]),
    (["--seed=0"], ["--seed"]),
    (["--threads=0"], ["--threads"]),
    (["--tokens=0"], ["--tokens"]),
    (["--model=synthetic:stories260K", "--tokenizer=x", "--variant=nonsense"], ["nonsense"]),
    (["--modell=x"], ["did you mean --model"]),
]
for args, words in bench_errors:
    refused(args, *words)
for args, words in generate_errors:
    generate_refused(args, *words)
ok(not os.path.exists("results"), "refused runs leave no results folder", os.listdir("."))

# --- help and lists
for name, program in (("bench", run), ("generate", run_generate)):
    r = program("--help")
    ok(r.returncode == 0 and r.stdout.startswith(b"usage: ") and r.stderr == b"" and widest(r.stdout) <= 80,
       f"{name} --help: 80 columns on stdout", r)
    r = program("--version")
    ok(r.returncode == 0 and re.fullmatch(name.encode() + rb" \d+\.\d+\.\d+ \(\S+\)\n", r.stdout),
       f"{name} --version", r)
r = run("--list")
ok(r.returncode == 0 and all(w in r.stdout for w in (b"tvl16_neon", b"colmajor", b"mmap", b"attention")),
   "bench --list names kernels, layouts, loads, ops", r)

# --- formats
r = run(*small, "--variant=tvl", "--out=two", "--format=csv", "--quiet")
ok(r.stdout == read("two/results.csv") and r.stderr == b"", "--format=csv prints results.csv, --quiet nothing", r)
r = run(*small, "--variant=tvl", "--out=three", "--format=json")
ok(r.returncode == 0 and isinstance(json.loads(r.stdout)[0]["value"], (int, float)), "--format=json", r.stdout[:300])
ok(b"bench: warning: --reps=1" in r.stderr, "warnings go to stderr if stdout is data", r.stderr)
r = run(*small, "--variant=tvl", "--out=four", "--format=md")
tables = markdown_tables(r.stdout.decode())
ok(tables and tables[0][1][:3] == ["variant", "thr", "token/s"] and
   all([line[0] for line in lines] == ["tvl"] for _, _, lines in tables), "--format=md: tables", r.stdout)
r = run(*small, "--variant=tvl")
made = [os.path.join(d, f) for d, _, fs in os.walk("results") for f in fs]
ok(r.returncode == 0 and any(re.search(r"results/[^/]+/\d{4}-[^/]+/results.csv$", f) for f in made),
   "the default folder", made)


# --- selection
def variants(*args):
    r = run(*small, "--format=csv", "--quiet", "--out=" + tempfile.mkdtemp(dir="."), *args)
    return list(dict.fromkeys(x["variant"] for x in parse_csv(r.stdout) if x["variant"]))


ok(variants("--layout=tvl")[0] == "tvl", "--layout=tvl reports the NEON kernel", variants("--layout=tvl"))
ok("mmap" in variants("--layout=mmap"), "--layout=mmap")
ok(variants("--kernel=neon4") == ["neon4/rowmajor/heap"], "--kernel=neon4", variants("--kernel=neon4"))
ok(variants("--kernel=neon", "--load=mmap") == ["mmap"], "--kernel=neon --load=mmap is the paper's mmap")
ok(variants()[:4] == ["scalar", "neon", "mmap", "tvl"], "without options: the paper's four first", variants())
ok(len(variants("--kernel=all", "--layout=rowmajor")) >= 5, "--kernel=all --layout=rowmajor")

# --- results are never overwritten, never half-written
before = read("two/results.csv")
refused(small + ["--out=two"], "two", "already exists")
ok(read("two/results.csv") == before, "earlier results are unchanged")
ok([f for f in os.listdir(".") if ".tmp-" in f] == [], "no temporary folder is left", os.listdir("."))


def left_behind():
    files = [f for d, _, fs in os.walk(".") for f in fs if "tmp" in f]
    return files + [f for f in os.listdir(".") if f.startswith("five")] + os.listdir("tmp")


if emulated:
    refused(["--suite=all"], "suite all", "other processes")
    skip("Ctrl-C", "signals sent to the emulator reach the program at another time")
else:
    slow = ["--model=synthetic:stories15M", "--variant=all", "--tokens=256", "--out=five", "--quiet"]
    p = interrupted([bench, *slow], after(1.5))
    ok(p.returncode == 130 and p.out == b"" and p.err.startswith(b"bench: ") and left_behind() == [],
       "Ctrl-C: exit 130, one line, nothing left", (p.note, left_behind()))

# --- full disk, damaged files, too large a model
if os.path.exists("/dev/full") and not emulated:
    with open("/dev/full", "w") as full:
        command = [*wrapper, bench, *small, "--variant=tvl", "--out=six"]
        r = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    ok(r.returncode == 2 and b"stdout" in r.stderr, "a full disk under stdout: exit 2", r)
else:
    skip("a full disk under stdout", "no /dev/full, or emulated")
model = "cache/synthetic-stories260K-1.bin"
write("cut.bin", read(model)[:-1])
write_not_finite("nan.bin", model)
refused(["--model=cut.bin"], "cut.bin", "header asks for")
refused(["--model=nan.bin", "--variant=tvl16_neon", "--tokens=20", "--out=seven"], "nan.bin", "not finite")
refused(["--model=nan.bin", "--variant=mmap", "--tokens=20", "--out=seven"], "not finite", code=1)
ok(not os.path.exists("seven"), "a failed run leaves no folder")
too_large = write_vast("vast.bin")
if too_large:
    skip("a model larger than memory", too_large)
else:
    refused(["--model=vast.bin", "--variant=scalar", "--tokens=20", "--out=eight"], "GiB", "--variant")

# --- memory
if sanitized or emulated:
    skip("memory beyond weights and arena", "the sanitizer or emulator has memory of its own")
    done()
r = run("--model=synthetic:stories15M", "--tokens=12", "--threads=1", "--variant=tvl16_neon/tvl/heap", "--format=csv",
        "--quiet", "--out=nine")
rss = {(x["phase"], x["metric"]): x["value"] for x in parse_csv(r.stdout)}.get(("steady", "rss_mib"))
weights = os.path.getsize("cache/synthetic-stories15M-1.bin") / 2**20
if rss:
    ok(float(rss) < weights + 1 + 16, "memory beyond weights and arena stays under 16 MiB", (rss, weights))
else:
    skip("memory beyond weights and arena", "this system does not report the resident size")
done()
