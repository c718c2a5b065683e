"""Runs `memwall campaign` in tests with the real engines, and compares a set with the results that it is made of."""
import csv
import filecmp
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from outside import write  # noqa: E402

memwall, bench = map(os.path.abspath, sys.argv[1:3])
os.environ["MEMWALL_CAMPAIGN_POLL"] = "1"


def start(*args):
    return subprocess.Popen([memwall, "campaign", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(p, limit=150):
    p.out, p.err = p.communicate(timeout=limit)
    p.note = f"exit {p.returncode}\n{p.out}{p.err}"
    return p


def run(*args):
    return finish(start(*args))


def kill(p):
    """SIGKILL to the command and all that it started here."""
    os.killpg(p.pid, signal.SIGKILL)
    finish(p)


def campaign(name, text):
    """Suite clu: its work does not depend on how busy this machine is, and it never fails for that reason."""
    head = f"name = {name}\nsuites = clu\nmodels = synthetic:stories15M\ntime-limit = 2m\n"
    return write(name + ".txt", (head + text).encode())


def results(name):
    return sorted(os.listdir(f"{name}/results")) if os.path.isdir(f"{name}/results") else []


def files_below(top):
    """{path relative to top: bytes}"""
    return {os.path.relpath(os.path.join(d, f), top): os.path.getsize(os.path.join(d, f))
            for d, _, names in os.walk(top) for f in names}


def run_id(folder):
    with open(os.path.join(folder, "results.csv"), newline="", encoding="utf-8") as f:
        return next(csv.DictReader(f))["run_id"]


def same_as_union(name):
    """(whether the set holds exactly the results, byte for byte; a sentence with the counts)"""
    union = {run_id(f"{name}/results/{r}"): f"{name}/results/{r}" for r in results(name)}
    with open(f"{name}/set/index.csv", newline="", encoding="utf-8") as f:
        rows = {r["run_id"]: r for r in csv.DictReader(f)}
    same = len(union) == len(results(name)) and set(union) == set(rows)
    for r, folder in union.items() if same else ():
        there = os.path.join(name, "set", rows[r]["folder"])
        files = files_below(folder)
        same = same and files == files_below(there) and int(rows[r]["bytes"]) == sum(files.values()) and \
            filecmp.cmpfiles(folder, there, files, shallow=False) == (list(files), [], [])
    of_union, of_set = files_below(f"{name}/results"), files_below(f"{name}/set/runs")
    text = (f"{len(union)} results, {len(of_union)} files, {sum(of_union.values())} bytes; "
            f"set: {len(rows)} rows, {len(of_set)} files, {sum(of_set.values())} bytes")
    return same and sorted(of_union.values()) == sorted(of_set.values()), text


def seconds_since(begin):
    return f"{time.time() - begin:.0f} s"
