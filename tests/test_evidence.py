#!/usr/bin/env python3
"""The small suites that provide evidence for the claim ledger, from outside: profile, soak, perplexity, torch.

usage: test_evidence.py BENCH [WRAPPER ...]    prints TAP
"""
import os
import subprocess
import sys

from outside import read_csv, trained_models, widest, workplace
from refused import refuser
from tap import done, ok, skip

bench, wrapper = os.path.abspath(sys.argv[1]), sys.argv[2:]
trained = trained_models()
os.environ.pop("MEMWALL_TEST_MODELS", None)
workplace("evidence")
small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1"]


def run(*args, models=None):
    env = dict(os.environ, MEMWALL_TEST_MODELS=models) if models else None
    return subprocess.run([*wrapper, bench, *args], capture_output=True, timeout=500, env=env)


refused = refuser(run)
refused(["--suite=soak", "--reps=2"], "--reps")
refused(["--suite=perplexity", "--reps=2"], "--reps")
refused(["--soak=0"], "--soak")
refused(["--soak=5"], "--soak", "--suite=soak and --suite=claims")
refused(["--profile", "--suite=decode"], "--profile", "--suite=decode")
refused(["--profile", "--tokens=32"], "--tokens=33")
refused(["--suite=perplexity"], "fetch-models.sh", "--tokenizer")
refused([*small, "--suite=torch", "--prompt=x", "--tokenizer=/nonexistent"], "--prompt", "PyTorch")
ok(not os.path.exists("results"), "refused runs leave no results folder")

# --- profile
STEPS = ["embedding", "rmsnorm", "qkv", "rope", "attention", "wo", "w1_w3", "w2", "classifier", "sampling"]
r = run(*small, "--profile", "--variant=scalar,tvl", "--threads=1,2", "--tokens=40", "--reps=1", "--out=profile",
        "--quiet")
ok(r.returncode == 0 and widest(r.stdout) <= 80 and b"rmsnorm" in r.stdout and b" \n" not in r.stdout,
   "--profile: a table of 80 columns", r)
rows = [x for x in read_csv("profile/results.csv") if x["rep"] and x["suite"] == "profile"] if r.returncode == 0 else []
units = [(v, t) for v in ("scalar", "tvl") for t in ("1", "2")]
found = {u: {(x["metric"], x["param"]): float(x["value"]) for x in rows if (x["variant"], x["threads"]) == u}
         for u in units}
ok(all(found[u].get((m, "op=" + step), 0) > 0 for u in units for step in STEPS for m in ("op_us", "op_share")) and
   {p for _, p in found[units[0]]} == {"", *("op=" + step for step in STEPS)},
   "suite profile: every step of every variant and thread count", found)
sums = {u: sum(v for (m, _), v in found[u].items() if m in ("op_share", "op_rest")) for u in units}
rests = [found[u]["op_rest", ""] for u in units]
ok(all(abs(v - 1) < 1e-5 for v in sums.values()) and all(0 <= rest < 0.5 for rest in rests),
   "suite profile: shares and rest add up to the token", (sums, rests))


def is_share(unit, param):
    """Whether op_us is op_share of the ITL."""
    us, share = found[unit]["op_us", param], found[unit]["op_share", param]
    return abs(us - share * found[unit]["itl_us", ""]) <= 1e-4 * us


ok(all(is_share(u, p) for u in units for m, p in found[u] if m == "op_share"),
   "suite profile: shares of the ITL", found)
dim, hidden, layers, kv, vocab = 64, 172, 5, 32, 512
wanted = {"qkv": layers * dim * (dim + 2 * kv), "attention": layers * 33 * 2 * kv, "wo": layers * dim * dim,
          "w1_w3": layers * 2 * dim * hidden, "w2": layers * dim * hidden, "classifier": vocab * dim}
wanted = {"op=" + step: 4 * n for step, n in wanted.items()}  # bytes
read_by = {u: {p: v * found[u]["op_us", p] * 1e3 for (m, p), v in found[u].items() if m == "op_bandwidth_gbs"}
           for u in units}
ok(all(set(read_by[u]) == set(wanted) and all(abs(read_by[u][p] / n - 1) < 1e-4 for p, n in wanted.items())
       for u in units), "suite profile: bytes of the steps", read_by)
ok(all(found[u].get(("op_roof_fraction", p), 0) > 0 for u in units for p in wanted) and
   all(found[u].get(("profile_overhead", ""), 0) > 0 for u in units),
   "suite profile: fractions of the roof, and its own overhead", found)

# --- soak
r = run(*small, "--suite=soak", "--soak=1.5", "--variant=tvl", "--out=soak", "--quiet")
rows = read_csv("soak/results.csv") if r.returncode == 0 else []
found = {(x["metric"], x["param"]): x for x in rows}
ok(r.returncode == 0 and widest(r.stdout) <= 80, "suite soak: a table of 80 columns", r)
ok(float(found["soak_s", ""]["value"]) >= 1.5 and ("soak_drift", "of=tokens_per_s") in found and
   any(m == "cpu_mhz" for m, _ in found) and any(x["phase"] == "window" for x in rows),
   "suite soak: windows and drift", list(found))

# --- perplexity
if trained:
    r = run("--suite=perplexity", "--variant=scalar,tvl", "--out=ppl", "--quiet", models=trained)
    rows = read_csv("ppl/results.csv") if r.returncode == 0 else []
    loss = {x["variant"] or x["param"]: float(x["value"]) for x in rows if x["metric"] == "perplexity_loss"}
    ok(r.returncode == 0 and widest(r.stdout) <= 80, "suite perplexity: a table of 80 columns", r)
    ok(set(loss) == {"scalar", "tvl", "swiglu=model", "swiglu=aliased"} and abs(loss["tvl"]) < 1e-3 and
       loss["swiglu=aliased"] > 1, "suite perplexity: variants, double precision, and the published SwiGLU", loss)
    ok(all(x["model"] == "stories260K.bin" for x in rows), "suite perplexity: finds a trained model by itself")
    r = run("--suite=perplexity", "--variant=mmap,neon", "--dtype=f32,q8_0", "--out=dtypes", models=trained)
    rows = read_csv("dtypes/results.csv") if r.returncode == 0 else []
    found = {x["variant"] for x in rows if x["metric"] == "perplexity"}
    ok(r.returncode == 0 and found == {"", "mmap", "neon", "neon@q8_0"} and b"mmap@q8_0 is unavailable" in r.stderr,
       "suite perplexity: a variant that the file cannot give is left out, and named", (r, found))
    r = run("--suite=perplexity", "--variant=mmap@q8_0", "--out=none", models=trained)
    ok(r.returncode == 2 and len(r.stderr.splitlines()) == 1 and not os.path.exists("none"),
       "suite perplexity: no variant is left", r)
    refused(["--suite=perplexity", "--model=" + trained + "/stories260K.bin", "--out=none"], "--tokenizer")
else:
    skip("suite perplexity", "stories260K.bin and tok512.bin are not here; point MEMWALL_TEST_MODELS at them")
done()
