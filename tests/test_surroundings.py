#!/usr/bin/env python3
"""Pictures under odd paths, with characters that are special to some program, and under settings of the user.

usage: test_surroundings.py PLOTS_FOLDER DATA_FOLDER    prints TAP
"""
import os
import shutil
import subprocess
import sys
import tempfile

from outside import workplace
from tap import done, ok, skip

plots, given = map(os.path.abspath, sys.argv[1:3])
work = workplace("surroundings")
os.environ.update(MPLCONFIGDIR=os.path.join(work, "mpl"), PYTHONDONTWRITEBYTECODE="1")
decode = os.path.join(given, "decode")
quick = os.path.join(plots, "quick.sh")


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


def files_in(folder):
    return {os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs}


# --- paths: several of them would make a file if a shell ran them --- -------------------------------------------------
ODD = ["a`touch ran`b", "a$(touch ran)b", 'a"; touch ran; "b', "a'; touch ran; 'b", "a\\b\\", "a b\tc", "-rf", "x=1",
       "*", "a%s%nb", 'a"; system("touch ran"); "', "<touch ran", "Zo\u00eb \u65e5\u672c"]
if not shutil.which("gnuplot"):
    skip("quick.sh and odd paths", "no gnuplot here; install gnuplot-nox")
else:
    plain = run("sh", quick, decode)
    ok(plain.returncode == 0 and "tokens/s" in plain.stdout, "quick.sh draws", plain)
    for name in ODD:
        place = tempfile.mkdtemp(dir=".")
        odd = os.path.join(os.path.abspath(place), name)
        os.mkdir(odd)
        shutil.copytree(plots, os.path.join(odd, "plots"), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(decode, os.path.join(odd, name))
        before = files_in(place)
        here = {"cwd": odd, "env": {**os.environ, "TMPDIR": odd}}
        r = run("sh", os.path.join("plots", "quick.sh"), "./" + name if name[0] == "-" else name, **here)
        ok(r.returncode == 0 and r.stderr == "" and r.stdout == plain.stdout and files_in(place) == before,
           f"quick.sh in {name!r}: the same picture, no file", (r, files_in(place) ^ before))
        r = run("sh", os.path.join("plots", "quick.sh"), "--newest=" + name, "./" + name, "svg", "--out=" + name,
                **here)
        made = {os.path.join(name, name, f"{f}.svg") for f in ("fig1", "fig2", "roof_fraction")}
        ok(r.returncode == 0 and files_in(place) - before == made,
           f"quick.sh in {name!r}: pictures where they were asked for", (r, files_in(place) - before))
    r = run("sh", quick, decode, env={**os.environ, "TMPDIR": "/nonexistent"})
    ok(r.returncode == 2 and "TMPDIR" in r.stderr.splitlines()[-1], "quick.sh without a folder for temporary files", r)
    r = run("sh", quick, decode, "png", "--out=/proc/nowhere")
    ok(r.returncode == 2 and r.stdout == "" and len(r.stderr.splitlines()) == 1 and "/proc/nowhere" in r.stderr,
       "quick.sh: a folder that cannot be written", r)
    os.mkdir("home")
    with open("home/.gnuplot", "w") as f:
        f.write('set terminal dumb 20 5\nset title "mine"\nset logscale y\nsystem("touch ran")\nset output "mine"\n')
    r = run("sh", quick, decode, env={**os.environ, "HOME": os.path.abspath("home")})
    ok(r.returncode == 0 and r.stdout == plain.stdout and not os.path.exists("ran"),
       "quick.sh: the user's .gnuplot changes nothing", r)

# --- settings of matplotlib ------------------------------------------------------------------------------------------
try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError as e:
    skip("figures.py and the user's settings", f"no Python module {e.name} here; install python3-matplotlib")
    done()


def figures(out, **more):
    return run(sys.executable, os.path.join(plots, "figures.py"), decode, "--only=fig1_throughput,roof_fraction",
               "--out=" + out, env={**os.environ, **more})


r = figures("plain")
ok(r.returncode == 0 and len(files_in("plain")) == 6, "figures.py draws", r)
with open("matplotlibrc", "w") as f:
    f.write("text.usetex: True\nfont.size: 40\nsavefig.bbox: tight\nsavefig.transparent: True\nlines.color: red\n"
            "figure.facecolor: black\naxes.grid: True\nfigure.autolayout: True\npath.simplify: False\nbackend: Qt5Agg\n"
            "svg.fonttype: path\naxes.prop_cycle: cycler('color', ['r'])\naxes.formatter.use_locale: True\n")


def content(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


for name, more in (("a matplotlibrc", {"MATPLOTLIBRC": os.path.abspath("matplotlibrc")}),
                   ("a backend that is not installed", {"MPLBACKEND": "Qt5Agg"}),
                   ("a backend that is none", {"MPLBACKEND": "nonsense"})):
    out = tempfile.mkdtemp(dir=".")
    r = figures(out, **more)
    same = [f for f in files_in("plain") if content(f"{out}/{f}") == content(f"plain/{f}")]
    ok(r.returncode == 0 and r.stderr == "" and len(same) == 6, f"{name}: the same files", (r, same))

# --- sets: the figures of one machine --------------------------------------------------------------------------------
for host, cpu in ("one", "Fast"), ("two", "Fast"), ("two", "Slow"):
    shutil.copytree(decode, f"set/runs/{host}/{cpu}")
with open("set/index.csv", "w", encoding="utf-8") as f:
    f.write("run_id,host,cpu,folder\n1,one,Fast,runs/one/Fast\n1,two,Fast,runs/two/Fast\n1,two,Slow,runs/two/Slow\n")
for name, words in (("", "3 of its 3 machines fit"), ("--machine=two", "two,Fast; two,Slow"),
                    ("--machine=three", "none of its 3"), ("--machine=one", None), ("--machine=Slow", None),
                    ("--machine=two,Fast", None)):
    r = run(sys.executable, os.path.join(plots, "figures.py"), "set", *name.split(), "--only=roof_fraction",
            "--format=svg", f"--out=of {name}")
    if words:
        ok(r.returncode == 2 and len(r.stderr.splitlines()) == 1 and words in r.stderr, f"a set {name}: {words}", r)
    else:
        ok(r.returncode == 0 and os.path.exists(f"of {name}/roof_fraction.svg"), f"a set {name}", r)
done()
