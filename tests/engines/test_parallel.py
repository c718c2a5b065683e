#!/usr/bin/env python3
"""`memwall campaign` with GNU parallel and four sshd: hosts that die, a full disk, a bench of another CPU, and a
campaign that is killed and resumed. Needs root.

usage: test_parallel.py MEMWALL BENCH    prints TAP
"""
import os
import shutil
import signal
import subprocess
import sys
import time

import campaigns
from campaigns import campaign, finish, kill, results, run, same_as_union, seconds_since, start
from machines import NAMES, Hosts, need, ready, wait_for
from outside import workplace, write
from tap import done, ok, skip

need("campaigns over ssh", "parallel", "ssh", "sshd", "perl")
work = workplace("parallel")
begin = time.time()
os.mkdir("machines")
hosts = Hosts(os.path.join(work, "machines"))
ready("campaigns over ssh", hosts)
COMMON = f"ssh = ssh -F {hosts.config}\nremote = campaigns\ncache = {work}/cache\n"
OPTIONS = "options = --variant=neon,mmap"


def tests():
    # --- killed and resumed
    file = campaign("whole", f"{COMMON}{OPTIONS}\nrepetitions = 3\nbench = carry:{campaigns.bench}\n"
                             "[ssh lab]\nhosts = node1 root@node2 node3 node4\n")
    p = start("run", file)
    ok(wait_for(lambda: len(results("whole")) + len([f for f in os.listdir("whole/tries") if f.endswith(".tar")])
                > 5 if os.path.isdir("whole/tries") else False), "tasks run on all hosts")
    kill(p)
    p = run("status", file)
    before = results("whole")
    ok(0 < len(before) < 12 and f"{len(before)} of 12 tasks done" in p.out,
       f"killed: {len(before)} of 12 results are there", p.note)
    stamps = {r: os.stat(f"whole/results/{r}/results.csv").st_mtime_ns for r in before}
    ok(wait_for(lambda: not any(os.path.exists(f"{hosts.home(n)}/campaigns/busy.{n}") for n in NAMES), 20),
       "killed: what ran on the hosts ends, and leaves no lock")
    p = run("run", file)
    kept = all(os.stat(f"whole/results/{r}/results.csv").st_mtime_ns == t for r, t in stamps.items())
    ok(p.returncode == 0 and len(results("whole")) == 12 and kept, "resumed: all results, the first ones untouched",
       p.note)
    print("#", f"four machines, 12 tasks, killed and resumed: {seconds_since(begin)}")
    same, text = same_as_union("whole")
    ok(same, f"the set is the union: {text}", p.note)
    p = run("run", file)
    ok(p.returncode == 0 and same_as_union("whole") == (True, text), "once more: nothing changes", p.note)
    left = [f for n in NAMES for d, _, f in os.walk(f"{hosts.home(n)}/campaigns/whole.{n}/tries") if f]
    ok(not left, "no results are left on the hosts", left)

    # --- interrupted
    file = campaign("stopped", f"{COMMON}{OPTIONS}\nbench = {campaigns.bench}\n[ssh lab]\nhosts = node1 node2\n")
    p = start("run", file)
    wait_for(lambda: all(os.path.exists(f"{hosts.home(n)}/campaigns/busy.{n}") for n in ("node1", "node2")))
    p.send_signal(signal.SIGINT)
    p = finish(p)
    ok(p.returncode == 130 and "the same command continues" in p.err and not os.path.exists("stopped/lock") and
       wait_for(lambda: not any(os.path.exists(f"{hosts.home(n)}/campaigns/busy.{n}") for n in NAMES), 20) and
       len(results("stopped")) < 2, "interrupted: exit 130, and what ran on the hosts ends", p.note)
    p = run("run", file)
    ok(p.returncode == 0 and len(results("stopped")) == 2, "the same command continues", p.note)

    # --- a host dies in the middle, one disk is full, one bench is for another CPU
    with open(campaigns.bench, "rb") as f:
        elf = bytearray(f.read(4096))
    elf[18:20] = (0xb7 if elf[18] == 0x3e else 0x3e).to_bytes(2, "little")  # e_machine
    write("alien", elf)
    small = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", hosts.home("node3")],
                           capture_output=True, text=True, check=False)
    full = small.returncode == 0
    if not full:
        skip("a full disk", f"no tmpfs here: {small.stderr.strip()}")
    file = campaign("hard", f"{COMMON}{OPTIONS}\nrepetitions = 2\nbench = {campaigns.bench}\n"
                            "[ssh lab]\nhosts = node1 node2 node3\n[ssh odd]\nhosts = node4\nbench = carry:alien\n")
    try:
        p = start("run", file)
        wait_for(lambda: os.path.exists(f"{hosts.home('node2')}/campaigns/hard.node2/tries/"
                                        "node2.clu.synthetic_stories15M.1...run"))
        time.sleep(0.5)
        hosts.kill("node2")
        p = finish(p)
        ok(p.returncode == 1 and all(f"node1.clu.synthetic_stories15M.{k}" in results("hard") for k in (1, 2)) and
           len(results("hard")) == (2 if full else 4), "hosts that fail lose nobody else's results", p.note)
        ok("node4: campaign: " in p.out and "bench cannot run here: ./bench/node4/bench" in p.out,
           "a bench of another CPU is named", p.note)
        ok("node2.clu.synthetic_stories15M.1: " in p.out, "a host that died is named", p.note)
        ok(not full or "is the disk full?" in p.out, "a full disk is named", p.note)
    finally:
        if full:
            subprocess.run(["umount", hosts.home("node3")], check=True)
    hosts.start_host("node2")
    wait_for(lambda: hosts.answers("node2"))
    shutil.copy(campaigns.bench, "alien")
    p = run("run", file)
    ok(p.returncode == 0 and len(results("hard")) == 8, "all repaired: the same command completes it", p.note)
    same, text = same_as_union("hard")
    ok(same, f"the set is the union: {text}", p.note)
    print("#", f"GNU parallel, four hosts: {seconds_since(begin)}")


try:
    if ok(hosts.ready, "four hosts answer"):
        tests()
finally:
    hosts.stop()
sys.stdout.flush()
done()
