"""Runs `memwall campaign` for its tests, with stand-ins for all programs that it uses, in a temporary folder."""
import os
import shutil
import subprocess
import sys

import campaign_programs
from outside import read, workplace, write

script = os.path.abspath(sys.argv[1])
work = workplace("campaign")
programs = campaign_programs.make(work)
os.environ["PATH"] = programs + ":" + os.environ["PATH"]
os.environ["MEMWALL_BENCH"] = os.path.join(programs, "bench")
os.environ["MEMWALL_CAMPAIGN_POLL"] = "0"
world = os.path.join(work, "world")


def run(*args):
    p = subprocess.run(["sh", script, *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    p.note = f"exit {p.returncode}\n{p.stdout}{p.stderr}"
    return p


def campaign(text, name="c"):
    """Writes c.txt with these lines, `name = c` in front."""
    return write("c.txt", f"name = {name}\n{text}".encode())


def fresh():
    for folder in ("c", "world"):
        shutil.rmtree(folder, ignore_errors=True)
    os.mkdir("world")


def at(host, **files):
    """Files of a host of the stand-ins; None removes one."""
    os.makedirs(f"world/{host}", exist_ok=True)
    for name, text in files.items():
        if text is None:
            os.unlink(f"world/{host}/{name}")
        else:
            write(f"world/{host}/{name}", text.encode())


def ran():
    """The hosts on which bench measured since the last call."""
    lines = read("world/ran").decode().split("\n")[:-1] if os.path.exists("world/ran") else []
    write("world/ran", b"")
    return sorted(l.split()[0] for l in lines)


def results():
    return sorted(os.listdir("c/results"))


def no_archives():
    return all(f.endswith(".err") for f in os.listdir("c/tries"))


def refused(p, *words):
    one_line = p.stderr.count("\n") == 1 and p.stderr.startswith("memwall campaign: ")
    return p.returncode == 2 and p.stdout == "" and one_line and all(w in p.stderr for w in words)


BENCH_PATH = f"bench = {programs}/bench\n"
SSH = BENCH_PATH + "[ssh lab]\nhosts = h1 user@h2, h3\n"
SLURM = BENCH_PATH + "models = a b/c.gguf\nrepetitions = 2\n[slurm zen4]\nconstraint = zen4&avx512\nat-most = 3\n"
