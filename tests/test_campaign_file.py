#!/usr/bin/env python3
"""Campaign files and command lines: what is refused, and with which words.

usage: test_campaign_file.py campaign/campaign.sh    prints TAP
"""
import os

from campaign_script import SLURM, campaign, refused, run
from outside import read, widest, write
from tap import done, ok

# --- the file
for text, words in (
        ("x\n[ssh a]\nhosts = h", ("line 2", "KEY = VALUE")),
        ("[ssh a]\nhost = h", ("line 3", "no key 'host'", "hosts")),
        ("hosts = h", ("line 2", "no key 'hosts'", "before the first section")),
        ("[ssh a]\nhosts = h\nhosts = i", ("line 4", "in line 3 already")),
        ("[ssh a]\nhosts =", ("line 3", "no value")),
        ("[ssh a]", ("line 2", "has no hosts")),
        ("[pbs a]", ("line 2", "[slurm NAME] or [ssh NAME]")),
        ("[ssh a b]", ("line 2", "[slurm NAME]")),
        ("[ssh ../a]", ("line 2", "letters, digits")),
        ("[ssh a]\nhosts = -oProxyCommand=x", ("line 3", "-oProxyCommand=x")),
        ("[ssh a]\nhosts = h;reboot", ("line 3", "h;reboot")),
        ("[ssh a]\nhosts = h u@h", ("line 3", "machine h is in line 3 already")),
        ("[ssh a]\nhosts = h\n[ssh a]\nhosts = i", ("line 4", "section a in line 2")),
        ("suites = all\n[slurm a]", ("line 2", "name the suites")),
        ("suites = decoed\n[slurm a]", ("line 2", "decoed", "decode")),
        ("suites = decode decode\n[slurm a]", ("line 2", "twice")),
        ("models = a/x b/x\n[slurm a]", ("line 2", "same short name")),
        ("repetitions = 0\n[slurm a]", ("line 2", "from 1 to 1000")),
        ("repetitions = 99999999999999999999\n[slurm a]", ("line 2", "from 1 to 1000")),
        ("time-limit = 30\n[slurm a]", ("line 2", "30m")),
        ("time-limit = 0h\n[slurm a]", ("line 2", "longer than 0")),
        ("options = --out=x\n[slurm a]", ("line 2", "--out=x", "cannot be part")),
        ("options = tokens=3\n[slurm a]", ("line 2", "not an option")),
        ("[slurm a]\noptions = --model=x", ("line 3", "cannot be part")),
        ("mixed = perhaps\n[slurm a]", ("line 2", "yes or no")),
        ("bench = bin/bench\n[slurm a]", ("line 2", "absolute path", "carry:FILE")),
        ("bench = /a b\n[slurm a]", ("line 2", "spaces")),
        ("ssh = ssh -F $(x)\n[slurm a]", ("line 2", "quotes")),
        ("remote = /a;b\n[slurm a]", ("line 2", "remote")),
        ("[slurm a]\npartition = x\"y", ("line 3", "double quotes")),
        ("[slurm a]\nnodes = n[1-4]", ("line 3", "n[1-4]", "one node")),
        ("\x01\n[slurm a]", ("line 2", "control")),
        ("suites = decode\n", ("no machines",)),
        ("folder = a b\n[slurm a]", ("letters, digits",))):
    p = run("check", campaign(text))
    ok(refused(p, "c.txt: " if "folder" not in text else "", *words), f"refused: {text!r}", p.note)
for data, words in ((b"[ssh a]\nhosts = h\n", "no name"), (b"name = a\0b\n", "null byte"), (b"", "no name"),
                    (b"name = ../x\n[slurm a]\n", "line 1"), (b"\x7fELF" + bytes(99), "null byte"),
                    (b"name = a\n" * 20000, "line 2"), (b"x" * 2_000_000, "1 MB")):
    p = run("check", write("bad.txt", data))
    ok(refused(p, "bad.txt", words), f"refused: {data[:20]!r}", p.note)
p = run("check", "nosuch.txt")
ok(refused(p, "nosuch.txt: cannot be read"), "no file", p.note)
campaign(SLURM + "[ssh lab]\nhosts=h1\n")
for args, words in (((), "see --help"), (("check",), "campaign check FILE"), (("chekc", "c.txt"), "chekc"),
                    (("run", "c.txt", "--wiat"), "--wiat"), (("check", "c.txt", "d.txt"), "d.txt"),
                    (("status", "c.txt", "--wait"), "run"), (("status", "c.txt"), "campaign run"),
                    (("merge", "c.txt"), "campaign run")):
    p = run(*args)
    ok(refused(p, words), f"refused: {' '.join(args)}", p.note)
p = run("--help")
ok(p.returncode == 0 and p.stderr == "" and widest(p.stdout) <= 80, "--help: 80 columns", p.note)
p = run("check", "c.txt")
tasks = ["zen4.decode.a.1", "zen4.decode.a.2", "zen4.decode.c.gguf.1", "zen4.decode.c.gguf.2"]
ok(p.returncode == 0 and p.stdout.splitlines()[3:7] == tasks and "8 tasks" in p.stdout and
   not os.path.exists("c"), "check lists machines and tasks, and writes nothing", p.note)
p = run("check", campaign("options =\t--tokens=64\t--reps=2\nmodels = a\tb\n[slurm x]\n"))
ok(p.returncode == 0 and p.stdout.splitlines()[2:] == ["x.decode.a.1", "x.decode.b.1"], "tabs separate like spaces",
   p.note)
campaign(SLURM + "[ssh lab]\nhosts=h1\n")
p = run("check", write("crlf.txt", read("c.txt").replace(b"\n", b"\r\n")))
ok(p.returncode == 0 and "\r" not in p.stdout, "line ends of Windows", p.note)
done()
