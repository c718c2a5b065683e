"""Stand-ins for tests of `memwall campaign`: bench, ssh, GNU parallel and Slurm, small enough to need no daemon and no
root. All their state is in the folder `world`; a host or node is a folder world/HOST.

world/HOST/dead     ssh does not reach this host
world/HOST/fail     bench fails here, with this text
world/HOST/garble   what it writes is broken: "cut" or "flip" (the archive), "empty" or "header" (results.csv)
world/HOST/version  another version of bench
world/queue/        jobs of Slurm: N.script, N.waiting or N.running (numbers of array tasks)
world/ran           one line per started measurement: HOST MODEL
"""
import os
import subprocess

from outside import write

BENCH = r"""#!/bin/sh
world=WORLD
host=${AT_HOST:-here}
here=$world/$host
case $1 in
--version) echo "bench 0.1.0 ($(cat $here/version 2>/dev/null || echo abc123))"; exit ;;
--complete) printf -- '--suite=%s\n' decode roof all; exit ;;
--merge=*)
    set_folder=${1#--merge=}
    shift
    rm -rf "$set_folder"
    mkdir -p "$set_folder/runs"
    for result; do cp -r "$result" "$set_folder/runs/"; done
    echo "$#" >"$set_folder/index.csv"
    exit ;;
esac
for word; do case $word in --out=*) out=${word#--out=} ;; --model=*) model=${word#--model=} ;; esac; done
echo "$host $model" >>$world/ran
echo 'measuring' >&2
[ ! -f $here/fail ] || { echo "bench: $(cat $here/fail)" >&2; exit 2; }
mkdir -p "$out"
garble=$(cat $here/garble 2>/dev/null)
[ "$garble" = empty ] || printf 'run_id,host\n%s,%s\n' "$$" "$host" >"$out/results.csv"
[ "$garble" != empty ] || : >"$out/results.csv"
[ "$garble" != header ] || printf 'x,host\n1,2\n' >"$out/results.csv"
echo "bench $*" >"$out/command.txt"
printf '{\n  "commit": "%s"\n}\n' "$(cat $here/version 2>/dev/null || echo abc123)" >"$out/machine.json"
"""

SSH = r"""#!/bin/sh
while :; do case $1 in -o | -F) shift 2 ;; *) break ;; esac; done
host=${1#*@}
shift
[ ! -e WORLD/$host/dead ] || { echo "ssh: connect to host $host port 22: No route to host" >&2; exit 255; }
mkdir -p WORLD/$host/home
cd WORLD/$host/home && AT_HOST=$host exec sh -c "$*"
"""

# The options and replacement strings of ssh/run.sh, and no others.
PARALLEL = r"""#!/usr/bin/env python3
import os, subprocess, sys
if sys.argv[1:] == ["--version"]:
    print("GNU parallel 20221122")
    sys.exit()
args = sys.argv[1:]
value = {a: args[args.index(a) + 1] for a in ("--ssh", "--sshloginfile", "--joblog", "--results")}
command = args[args.index("sh"):args.index("::::")]
lines = lambda name: open(name).read().splitlines()
hosts = dict(l[1:].split("/1/") for l in lines(value["--sshloginfile"]))
open("WORLD/parallel.log", "a").write(" ".join(args) + "\n")
with open(value["--joblog"], "w") as log:
    log.write("Seq\tHost\n")
    for n, (task, machine) in enumerate(zip(lines(args[-3]), lines(args[-1])), 1):
        task, group = task.split("@")
        garble = f"WORLD/{machine}/garble"
        result = value["--results"].replace("{1}", task)
        run = " ".join(w.replace("{1}", task).replace("{2}", machine) for w in command)
        with open(result, "wb") as out, open(result + ".err", "wb") as err:
            subprocess.run([*value["--ssh"].split(), hosts[group], run], stdout=out, stderr=err)
        if os.path.exists(garble) and open(garble).read() == "cut":
            os.truncate(result, os.path.getsize(result) // 3)
        if os.path.exists(garble) and open(garble).read() == "flip":
            whole = open(result, "rb").read()
            open(result, "wb").write(whole.replace(b"run_id,host", b"run_id,hosT"))
        log.write(f"{n}\t{machine}\n")
        log.flush()
        if os.path.exists("WORLD/die-after") and n == int(open("WORLD/die-after").read()):
            os.kill(os.getppid(), 9)
            sys.exit(1)
"""

SLURM = r"""#!/usr/bin/env python3
import glob, os, re, subprocess, sys
queue = "WORLD/queue/"
os.makedirs(queue, exist_ok=True)
name = os.path.basename(sys.argv[0])
if os.path.exists("WORLD/slurm-down"):
    print("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", file=sys.stderr)
    sys.exit(1)
if name == "sbatch":
    if os.path.exists("WORLD/slurm-full"):
        print("sbatch: error: Batch job submission failed: Invalid job array specification", file=sys.stderr)
        sys.exit(1)
    n = len(glob.glob(queue + "*.script")) + 1
    text = open(sys.argv[-1]).read()
    open(f"{queue}{n}.script", "w").write(text)
    array = re.search(r"^#SBATCH --array=1-(\d+)", text, re.M)
    open(f"{queue}{n}.waiting", "w").write(" ".join(map(str, range(1, int(array.group(1)) + 1))) if array else "")
    print(n)
elif name == "squeue":
    for state in ("waiting", "running"):
        for job in glob.glob(queue + "*." + state):
            comment = re.search('^#SBATCH --comment="(.*)"', open(job.rsplit(".", 1)[0] + ".script").read(), re.M)
            for k in open(job).read().split():
                print(k, {"waiting": "PENDING", "running": "RUNNING"}[state], comment.group(1) if comment else "(null)")
else:  # srun: only the program
    at = next(i for i, a in enumerate(sys.argv[1:], 1) if not a.startswith("-"))
    os.execvp(sys.argv[at], sys.argv[at:])
"""


def make(work):
    """Makes the stand-ins and returns the folder that has to be first in PATH."""
    world = os.path.join(work, "world")
    folder = os.path.join(work, "bin")
    os.makedirs(world)
    os.makedirs(folder)
    for name, text in (("bench", BENCH), ("ssh", SSH), ("parallel", PARALLEL), ("sbatch", SLURM), ("squeue", SLURM),
                       ("srun", SLURM)):
        os.chmod(write(os.path.join(folder, name), text.replace("WORLD", world).encode()), 0o755)
    return folder


def archive(work):
    """A source archive whose bench is the stand-in. Returns its path."""
    source = os.path.join(work, "source/memwall-1")
    os.makedirs(source)
    write(source + "/meson.build", b"project('memwall', 'c')\nexecutable('bench', 'bench.c')\n")
    write(source + "/bench.c", f"""#include <unistd.h>
int main(int argc, char **argv) {{ (void)argc; return execv("{work}/bin/bench", argv); }}
""".encode())
    path = os.path.join(work, "memwall-1.tar.gz")
    subprocess.run(["tar", "-C", os.path.dirname(source), "-czf", path, "memwall-1"], check=True)
    return path


def run_queue(work, node="node1", requeued=()):
    """Runs what waits in Slurm's queue, as on `node`; array tasks in `requeued` twice. Returns how many ran."""
    queue, ran = os.path.join(work, "world/queue"), 0
    for name in sorted(os.listdir(queue)):
        if not name.endswith(".waiting"):
            continue
        script = os.path.join(queue, name.replace(".waiting", ".script"))
        with open(script, encoding="utf-8") as f:
            options = dict(l[10:].rstrip("\n").split("=", 1) for l in f if l.startswith("#SBATCH --") and "=" in l)
        with open(os.path.join(queue, name), encoding="utf-8") as f:
            numbers = f.read().split() or [""]  # a job that is no array
        os.unlink(os.path.join(queue, name))
        for k in numbers:
            log = options["output"].strip('"').replace("%a", k)
            for restart in range(2 if k in requeued else 1):
                env = {**os.environ, "AT_HOST": node, "SLURM_ARRAY_TASK_ID": k, "SLURM_JOB_ID": name.split(".")[0],
                       "SLURM_RESTART_COUNT": str(restart)}
                with open(log, "ab") as out:
                    subprocess.run(["sh", script], cwd=options["chdir"].strip('"'), env=env, stdout=out, stderr=out)
                ran += 1
    return ran
