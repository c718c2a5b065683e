#!/usr/bin/env python3
"""An installed tree: where things are, use from another folder after the tree was moved, and what an uninstall leaves.

usage: test_install.py BUILD FIGURE_DATA PYTHON_FOR_FIGURES    prints TAP
"""
import json
import os
import re
import shutil
import subprocess
import sys

from outside import read, widest, workplace
from tap import done, ok, skip

build, figure_data, figures_python = map(os.path.abspath, sys.argv[1:4])
work = workplace("install")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
meson, ninja = shutil.which("meson"), shutil.which("ninja") or shutil.which("ninja-build")
if not meson or not ninja:
    skip("an installed tree", "no meson or no ninja on PATH")
    done()


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


def below(top):
    """Every file and folder below `top`, relative to it."""
    return {os.path.relpath(os.path.join(d, name), top) for d, folders, files in os.walk(top)
            for name in folders + files}


options = {o["name"]: o["value"] for o in json.loads(run(meson, "introspect", "--buildoptions", build).stdout)}
r = run(meson, "install", "--no-rebuild", "-C", build, env={**os.environ, "DESTDIR": os.path.join(work, "staged")})
prefix = os.path.join("staged", options["prefix"].lstrip("/"))
if not ok(r.returncode == 0 and os.path.isdir(prefix), "meson install into DESTDIR", r):
    done()
tree = below("staged")
outside = [f for f in tree if not os.path.join("staged", f).startswith(prefix) and
           not prefix.startswith(os.path.join("staged", f))]
ok(not outside, "nothing lands outside the prefix", outside)
bindir, programs, share = (os.path.join(prefix, options[d], sub) for d, sub in
                           (("bindir", ""), ("libexecdir", "memwall"), ("datadir", "memwall")))
found = sorted(os.listdir(bindir)), sorted(os.listdir(programs)), sorted(os.listdir(share))
ok(found == (["memwall"], ["bench", "generate", "tvlpack"], ["campaign", "fetch-models.sh", "kernels", "paper",
                                                             "plots", "report", "results"]),
   "one program on PATH, the others beside it", found)
places = ([os.path.join(options["mandir"], "man1", p + ".1")
           for p in ("memwall", "memwall-bench", "memwall-generate", "memwall-pack")] +
          [os.path.join(options["datadir"], p)
           for p in ("bash-completion/completions/memwall", "zsh/site-functions/_memwall",
                     "fish/vendor_completions.d/memwall.fish")])
empty = [p for p in places if not os.path.exists(os.path.join(prefix, p)) or read(os.path.join(prefix, p)) == b""]
ok(not empty, "manual pages and completions", empty)
ok(not any("__pycache__" in f for f in tree), "no compiled Python", tree)

# --- from another folder, after the tree was moved
os.rename("staged", "moved")
memwall = os.path.join(work, "moved", os.path.relpath(os.path.join(bindir, "memwall"), "staged"))
os.mkdir("elsewhere")
os.chdir("elsewhere")
os.symlink(memwall, "link")
before = below(os.path.join(work, "moved"))
r = run(memwall, "--version")
ok(r.returncode == 0 and re.fullmatch(r"memwall \d+\.\d+\.\d+ \(\S+\)\n", r.stdout), "--version", r)
r = run("./link", "--help")
ok(r.returncode == 0 and all(f"  {c} " in r.stdout for c in ("bench", "compare", "fetch", "pack")) and
   widest(r.stdout) <= 80, "--help: 80 columns", r)
for args, words in (((), "memwall --help"), (("bnech",), "did you mean bench"), (("xyzzy",), "bench, compare"),
                    (("help", "xyzzy"), "no command")):
    r = run(memwall, *args)
    ok(r.returncode == 2 and r.stdout == "" and len(r.stderr.splitlines()) == 1 and words in r.stderr,
       f"refused: memwall {' '.join(args)}", r)
r = run("./link", "bench", "--list")
ok(r.returncode == 0 and "tvl16_neon" in r.stdout, "bench --list, through a symbolic link", r)
for name in ("bench", "generate", "pack"):
    r, other = run(memwall, name, "--help"), run(memwall, "help", name)
    ok(r.returncode == 0 and r.stdout.startswith(f"usage: memwall {name} ") and other.stdout == r.stdout,
       f"help of {name} shows what was typed", (r, other))
for name, word in (("plot", "gnuplot"), ("fetch", "usage: "), ("figures", "usage: "), ("paper", "usage: "),
                   ("report", "usage: "), ("campaign", "usage: ")):
    r = run(memwall, name, "--help")
    ok(r.returncode == 0 and word in r.stdout and widest(r.stdout) <= 81, f"help of {name}", r)
small = ["--model=synthetic:stories260K", "--tokens=26", "--threads=1", "--reps=1", "--variant=neon,tvl"]
plot = ["--plot"] if shutil.which("gnuplot") else []
r = run(memwall, "bench", *small, *plot, "--out=one")
ok(r.returncode == 0 and "P99 us" in r.stdout and (not plot or "share of the same-page roof" in r.stdout),
   "bench measures" + (" and plots" if plot else ""), r)
command = read("one/command.txt").decode() if os.path.exists("one/command.txt") else ""
ok(command.startswith("memwall bench --model="), "the record of the command can be typed again", command)
r = run(memwall, "compare", "one", "one")
ok(r.returncode == 0, "compare", r)
r = run(memwall, "merge", "a set", "one", "--format=csv")
ok(r.returncode == 0 and "one" not in r.stdout and os.path.exists("a set/index.csv") and "1 new" in r.stderr,
   "merge", r)
r = run(memwall, "pack", "synthetic:stories260K", "small.tvl"), run(memwall, "pack", "--info", "small.tvl")
ok(all(x.returncode == 0 for x in r) and "tvl" in r[1].stdout, "pack makes a file and describes it", r)
decode = os.path.join(figure_data, "decode")
if plot:
    r = run(memwall, "plot", decode)
    ok(r.returncode == 0 and "tvl, 2" in r.stdout, "plot", r)
    run(memwall, "bench", *small)
    r = run(memwall, "plot", "--only=fig1")
    ok(r.returncode == 0 and "tokens/s" in r.stdout, "plot finds the newest run below the current folder", r)
else:
    skip("plot", "no gnuplot here; install gnuplot-nox")
if run(figures_python, "-c", "import matplotlib").returncode == 0:
    os.mkdir("bin")
    os.symlink(figures_python, "bin/python3")
    path = os.path.abspath("bin") + ":" + os.environ["PATH"]
    r = run(memwall, "figures", decode, "--only=roof_fraction", "--out=figures", env={**os.environ, "PATH": path,
                                                                                     "MPLCONFIGDIR": work})
    ok(r.returncode == 0 and os.path.getsize("figures/roof_fraction.svg") > 4000, "figures", r)
else:
    skip("figures", "no matplotlib here; install python3-matplotlib")
left = below(os.path.join(work, "moved")) - before
ok(not left, "use leaves nothing in the installed tree", left)
if plot:
    scripts = os.path.join(work, "moved", os.path.relpath(share, "staged"), "plots")
    os.rename(scripts, scripts + ".away")
    r = run(memwall, "bench", *small, "--plot")
    ok(r.returncode == 2 and len(r.stderr.splitlines()) == 1 and "plots/quick.sh is not in " in r.stderr,
       "without its scripts: refused before anything is measured, and the checkout does not help", r)
    os.rename(scripts + ".away", scripts)

# --- removed
os.chdir(work)
os.rename("moved", "staged")
r = run(ninja, "-C", build, "uninstall")
ok(r.returncode == 0 and not os.path.exists("staged"), "uninstall leaves nothing", (r, sorted(below("staged"))[:9]))
done()
