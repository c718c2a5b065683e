#!/usr/bin/env python3
"""`memwall campaign` with a real Slurm of four nodes: a node that is killed, a restart of the controller, a bench that
is missing, and a campaign that is killed and resumed. Needs root.

usage: test_slurm.py MEMWALL BENCH    prints TAP
"""
import os
import sys
import time

import campaigns
from campaigns import campaign, finish, kill, results, run, same_as_union, seconds_since, start
from machines import Slurm, need, ready, run as slurm_run, wait_for
from outside import workplace
from tap import done, ok

need("campaigns through Slurm", "slurmctld", "slurmd", "sbatch", "munged")
work = workplace("slurm")
begin = time.time()
os.mkdir("machines")
slurm = Slurm(os.path.join(work, "machines"))
ready("campaigns through Slurm", slurm)
OPTIONS = f"cache = {work}/cache\noptions = --variant=neon,mmap"


def tests():
    # --- a node is killed, the controller restarts, the command is killed
    file = campaign("whole", f"{OPTIONS}\nrepetitions = 6\nbench = {campaigns.bench}\n"
                             "[slurm same]\nconstraint = same\n[slurm fixed]\nnodes = node4\n")
    p = start("run", file, "--wait")
    ok(wait_for(lambda: len({n for _, state, n in slurm.jobs() if state == "RUNNING"}) == 4 and
                len(os.listdir("whole/tries")) == 4), "tasks run on all four nodes", slurm.jobs())
    victims = [(k, n) for k, state, n in slurm.jobs() if state == "RUNNING" and n == "node2"]
    time.sleep(0.3)
    slurm.kill("node2")
    kill(p)
    slurm.stop_controller()
    p = run("run", file)
    ok(p.returncode == 2 and "Slurm does not answer" in p.err, "without its controller: nothing is submitted", p.note)
    slurm.start_controller()
    ok(wait_for(lambda: slurm.jobs() or len(results("whole")) == 12), "the controller is back")
    p = start("run", file, "--wait")
    ok(len(victims) == 1 and wait_for(lambda: slurm.delayed()), "the task of the node that was killed is queued again",
       slurm.jobs())
    slurm.start_node("node2")
    for job in slurm.delayed():  # by two minutes; an administrator shortens that
        slurm_run("scontrol", "update", f"jobid={job}", "starttime=now")
    finish(p)
    ok(p.returncode == 0 and "submitted" not in p.out, "resumed: nothing is submitted twice", p.note)
    ok(len(results("whole")) == 12, "nothing is lost", results("whole"))
    print("#", f"four machines, 12 tasks, killed and resumed: {seconds_since(begin)}")
    same, text = same_as_union("whole")
    ok(same, f"nothing is there twice, the set is the union: {text}", p.note)
    p = run("run", file, "--wait")
    ok(p.returncode == 0 and same_as_union("whole") == (True, text), "once more: nothing changes", p.note)

    # --- a node without bench
    file = campaign("hard", f"{OPTIONS}\nbench = {campaigns.bench}\n[slurm same]\nconstraint = same\n"
                            "[slurm odd]\nconstraint = other\nbench = /nosuch/bench\n")
    p = run("run", file, "--wait")
    ok(p.returncode == 1 and results("hard") == ["same.clu.synthetic_stories15M.1"] and
       "odd.clu.synthetic_stories15M.1: " in p.out and "bench cannot run here: /nosuch/bench" in p.out,
       "a node without bench is named, and loses nobody else's results", p.note)
    p = run("run", campaign("never", f"{OPTIONS}\n[slurm x]\nconstraint = nosuch\n"))
    ok(p.returncode == 2 and "x: sbatch failed: " in p.err and "feature" in p.err, "Slurm's refusals are shown", p.note)
    print("#", f"Slurm, four nodes: {seconds_since(begin)}")


try:
    tests()
finally:
    slurm.stop()
sys.stdout.flush()
done()
