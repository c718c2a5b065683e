#!/usr/bin/env python3
"""`memwall campaign` with stand-ins for bench, ssh, GNU parallel and Slurm: what is written for the engines, and that
an interrupted campaign goes on without losing or repeating anything.

usage: test_campaign.py campaign/campaign.sh    prints TAP
"""
import os
import re
import shutil
import subprocess

import campaign_programs
from campaign_script import SLURM, SSH, at, campaign, fresh, no_archives, ran, refused, results, run, script, work
from outside import read, widest, write
from tap import done, ok, skip

tasks = ["zen4.decode.a.1", "zen4.decode.a.2", "zen4.decode.c.gguf.1", "zen4.decode.c.gguf.2"]

# --- what is written for the engines
campaign(SLURM + "[ssh lab]\nhosts=h1\n")
p = run("write", "c.txt")
sbatch, parallel = read("c/slurm/zen4.sbatch").decode(), read("c/ssh/run.sh").decode()
ok(p.returncode == 0 and p.stdout.split() == [f"{work}/c/slurm/zen4.sbatch", f"{work}/c/ssh/run.sh"] and
   not os.path.exists("world/ran"), "write: prints what it wrote, and starts nothing", p.note)
ok(all(f"#SBATCH {o}\n" in sbatch for o in (
    "--nodes=1 --ntasks=1 --exclusive --mem=0", "--time=60", "--requeue --open-mode=append", "--array=1-4%3",
    '--constraint="zen4&avx512"')) and "srun --nodes=1 --ntasks=1 --whole --cpu-bind=none" in sbatch,
   "the job array: whole nodes, constraint, throttle, requeued", sbatch)
ok(all(o in parallel for o in ("--sshloginfile", "--jobs 1", "--hostgroups", "--joblog", "--timeout 3600")) and
   read("c/ssh/hosts") == b"@h1/1/h1\n" and read("c/ssh/tasks").startswith(b"h1.decode.a.1@h1\n"),
   "the command of GNU parallel: one job at a time, bound to its host", parallel)
if shutil.which("shellcheck"):
    files = ["c/slurm/zen4.sbatch", "c/ssh/run.sh"]
    sources = [os.path.join(os.path.dirname(script), f) for f in ("campaign.sh", "target.sh")]
    p = subprocess.run(["shellcheck", "-x", "-P", "SCRIPTDIR", *sources, *files], capture_output=True, text=True,
                       cwd=work, check=False)
    ok(p.returncode == 0, "shellcheck has nothing to say", p.stdout)
else:
    skip("shellcheck has nothing to say", "no shellcheck here")

# --- ssh
fresh()
campaign(SSH)
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == ["h1", "h2", "h3"] and len(results()) == 3 and
   read("c/set/index.csv") == b"3\n" and "3 of 3 tasks done" in p.stdout and widest(p.stdout) <= 80,
   "ssh: every host measures, and there is a set", p.note)
ok(b" u" not in read("world/parallel.log") and b"user@h2" in read("c/ssh/hosts"), "ssh: a user of a host")
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == [] and len(results()) == 3, "ssh: what is complete is not run again", p.note)
ok(no_archives(), "ssh: no archives are left", os.listdir("c/tries"))

fresh()
at("h1", dead="")
at("h2", fail="x.bin: No space left on device")
p = run("run", "c.txt")
ok(p.returncode == 1 and ran() == ["h2", "h3"] and results() == ["h3.decode.synthetic_stories110M.1"] and
   "h1: ssh: connect to host h1 port 22: No route to host" in p.stdout and
   "h2.decode.synthetic_stories110M.1: bench: x.bin: No space left on device" in p.stdout and
   read("c/set/index.csv") == b"1\n", "ssh: hosts that fail are named, and lose nobody else's results", p.note)
p = run("status", "c.txt")
ok(p.returncode == 1 and re.search(r"^h1 +ssh +1 +0 +0 +0 +1$", p.stdout, re.M) and
   "No route" in p.stdout and "No space" in p.stdout, "status: the same later", p.note)
at("h1", dead=None)
at("h2", fail=None)
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == ["h1", "h2"] and len(results()) == 3, "ssh: only what failed is run again", p.note)

for garble, words in (("cut", "its result did not arrive: the archive is incomplete"),
                      ("flip", "its checksums differ"),
                      ("empty", "results.csv is missing or empty"), ("header", "another header")):
    fresh()
    at("h2", garble=garble)
    p = run("run", "c.txt")
    ok(p.returncode == 1 and len(results()) == 2 and words in p.stdout and no_archives(),
       f"ssh: a broken result ({garble}) is not taken", p.note)
    at("h2", garble=None)
    ran()
    p = run("run", "c.txt")
    ok(p.returncode == 0 and ran() == ["h2"] and len(results()) == 3, f"ssh: it is measured again ({garble})", p.note)
write("c/results/h1.decode.synthetic_stories110M.1/results.csv", b"run_id,host\n1,h\n2")
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == ["h1"] and len(results()) == 3 and len(os.listdir("c/broken")) == 1 and
   "ends within a line" in p.stderr, "a result that was damaged later is moved away and measured again", p.note)

# --- interruptions
fresh()
write("world/die-after", b"2")
p = run("run", "c.txt")
ok(p.returncode == -9 and len(ran()) == 2 and os.path.exists("c/lock"), "ssh: killed after two tasks", p.note)
os.unlink("world/die-after")
p = run("status", "c.txt")
ok("2 of 3 tasks done" in p.stdout, "status takes the results that have arrived", p.note)
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == ["h3"] and len(results()) == 3 and read("c/set/index.csv") == b"3\n",
   "ssh: resumed: only the third task runs", p.note)
os.mkdir("c/lock")
write("c/lock/host", os.uname().nodename.encode() + b"\n")
write("c/lock/pids", f"{os.getpid()}\n".encode())
p = run("run", "c.txt")
ok(refused(p, f"process {os.getpid()}", "runs this campaign"), "two runs at once: the second is refused", p.note)
shutil.rmtree("c/lock")

# --- versions
fresh()
at("h3", version="other")
p = run("run", "c.txt")
ok(p.returncode == 2 and ran() == [] and "0.1.0-abc123" in p.stderr and "h3 (0.1.0-other)" in p.stderr,
   "versions that differ are refused before anything runs", p.note)
at("h3", version=None)
at("h1", version="newer")
at("h2", version="newer")
at("h3", version="newer")
p = run("run", "c.txt")
ok(p.returncode == 0 and len(ran()) == 3, "without results, another version of all hosts is none that differs", p.note)
shutil.rmtree("c")
at("h3", version="other")
campaign("mixed = yes\n" + SSH)
p = run("run", "c.txt")
ok(p.returncode == 0 and len(ran()) == 3 and "mixed: the results are of different builds" in p.stderr,
   "mixed = yes: measured, and said", p.note)
campaign(SSH)
p = run("merge", "c.txt")
ok(refused(p, "different builds", "newer other"), "merge refuses them without it", p.note)

# --- of two results for one task, the first one stays
for name in ("first", "second"):
    os.makedirs(f"put/{name}")
    write(f"put/{name}/results.csv", name.encode())
p = [subprocess.run(["sh", "-c", '. "$0/folder.sh"; put "$1" put/task', os.path.dirname(script), f"put/{name}"],
                    check=False) for name in ("first", "second")]
ok([x.returncode == 0 for x in p] == [True, False] and read("put/task/results.csv") == b"first" and
   read("put/second/results.csv") == b"second" and os.listdir("put/task") == ["results.csv"],
   "a result is renamed only if there is none of its name", p)

# --- Slurm
fresh()
campaign(SLURM)
p = run("run", "c.txt")
ok(p.returncode == 0 and "submitted job 1: zen4, 4 tasks" in p.stdout and ran() == [], "Slurm: submitted", p.note)
p = run("run", "c.txt")
ok(p.returncode == 0 and len(os.listdir("world/queue")) == 2, "Slurm: what is in the queue is not submitted again",
   p.note)
p = run("status", "c.txt")
ok(p.returncode == 0 and re.search(r"^zen4 +slurm +4 +0 +0 +4 +0$", p.stdout, re.M), "Slurm: tasks wait", p.note)
n = campaign_programs.run_queue(work, requeued=("2",))
ok(n == 5 and len(ran()) == 4 and results() == tasks, "Slurm: a task that is requeued leaves one result", results())
shutil.rmtree("c/results/" + tasks[0])
at("node1", fail="cannot run")
p = run("run", "c.txt")
campaign_programs.run_queue(work)
p = run("status", "c.txt")
ok(p.returncode == 1 and ran() == ["node1"] and f"{tasks[0]}: bench: cannot run" in p.stdout and
   "3 of 4 tasks done" in p.stdout, "Slurm: a failed task is named with its last line", p.note)
at("node1", fail=None, version="other")
run("run", "c.txt")
campaign_programs.run_queue(work)
p = run("status", "c.txt")
ok(p.returncode == 1 and ran() == [] and "bench is 0.1.0-other here, but 0.1.0-abc123" in p.stdout,
   "Slurm: another version on a node is refused there", p.note)
for name, words in (("slurm-down", "Slurm does not answer"), ("slurm-full", "Invalid job array")):
    write("world/" + name, b"")
    p = run("run", "c.txt")
    ok(p.returncode == 2 and words in p.stderr and p.stderr.count("\n") == 1, f"Slurm refuses: {words}", p.note)
    os.unlink("world/" + name)
at("node1", version=None)
run("run", "c.txt")
campaign_programs.run_queue(work)
p = run("run", "c.txt", "--wait")
ok(p.returncode == 0 and read("c/set/index.csv") == b"4\n", "Slurm: --wait ends with the set", p.note)

# --- changes of the file
campaign(SLURM.replace("repetitions = 2", "repetitions = 1"))
p = run("status", "c.txt")
p = run("run", "c.txt")
ok(p.returncode == 0 and "2 of 2 tasks done" in p.stdout and results() == tasks, "fewer tasks: no result is lost",
   p.note)
campaign("options = --tokens=64\n" + SLURM)
p = run("run", "c.txt")
ok(refused(p, "measured with other options", tasks[0]), "other options of what was measured: refused", p.note)

# --- programs that are carried
fresh()
shutil.copy("bin/bench", "carried")
campaign("bench = carry:carried\n[ssh lab]\nhosts = h1 h2\n")
p = run("run", "c.txt")
ok(p.returncode == 0 and ran() == ["h1", "h2"] and
   read("world/h2/home/.cache/memwall-campaigns/c.h2/bench/h2/bench") == read("carried"),
   "a carried bench is what runs", p.note)
write("carried", b"\x7fELF no program of this CPU")
fresh()
p = run("run", "c.txt")
ok(p.returncode == 1 and ran() == [] and p.stdout.count("bench cannot run here") == 2, "a bench that cannot run",
   p.note)
os.unlink("carried")
p = run("run", "c.txt")
ok(refused(p, "carried: cannot be read"), "nothing to carry", p.note)
# --- programs that are built there
if shutil.which("meson") and shutil.which("ninja"):
    fresh()
    campaign_programs.archive(work)
    campaign("bench = build:memwall-1.tar.gz\n[ssh lab]\nhosts = h1\n[slurm all]\npartition = p\n")
    p = run("run", "c.txt")
    built = campaign_programs.run_queue(work)
    ok(p.returncode == 0 and "all, 1 tasks" in p.stdout and built == 2 and ran() == ["h1", "node1"] and
       len(results()) == 2, "bench is built on a host, and in a job of Slurm before the tasks", p.note)
    os.unlink("c/results/h1.decode.synthetic_stories110M.1/results.csv")
    p = run("run", "c.txt")
    ok(p.returncode == 0 and ran() == ["h1"] and len(os.listdir("world/queue")) == 2 and
       b"meson" not in read("c/hosts/h1.err").lower(), "it is built once", p.note)
else:
    skip("bench is built on a host", "no meson or no ninja here")

for name in ("sbatch", "parallel"):
    campaign(SLURM if name == "sbatch" else SSH)
    os.rename("bin/" + name, "away")
    if not shutil.which(name):
        p = run("run", "c.txt")
        ok(refused(p, "not installed"), f"no {name}", p.note)
    os.rename("away", "bin/" + name)
done()
