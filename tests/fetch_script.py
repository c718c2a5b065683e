"""Runs fetch-models.sh for its tests: against the server on loopback, with one download tool, into a cache folder."""
import os
import shutil
import socket
import subprocess
import sys
import time

from fetch_server import CONTENT, Server, file_of, serve, sums
from outside import read, workplace, write

script = os.path.abspath(sys.argv[1])
shell = [shutil.which(a) or a for a in sys.argv[2:3]] + sys.argv[3:]
work = workplace("fetch")
cache = os.path.join(work, "cache")
sums_file = write(os.path.join(work, "sums"), sums().encode())
address = serve()
with socket.socket() as s:  # a port on which nothing listens
    s.bind(("127.0.0.1", 0))
    nowhere = f"http://127.0.0.1:{s.getsockname()[1]}"

# A PATH for each tool with nothing but what the script may use, so that the other tool is missing.
PROGRAMS = ("sh awk cat cut df grep head mkdir mv od ps rm rmdir sed sha1sum sha256sum shasum perl sleep stty tail tr "
            "uname wc").split()
tools = {tool: os.path.join(work, "path-" + tool) for tool in ("curl", "wget", "")}
for tool, folder in tools.items():
    os.mkdir(folder)
    for program in [*PROGRAMS, *([tool] if tool else [])]:
        where = shutil.which(program)
        if where:
            os.symlink(where, os.path.join(folder, program))


def environment(tool, mode="good", **more):
    """Variables for a run that downloads with this tool. `more` replaces some, or removes those that are None."""
    env = {"PATH": tools[tool], "HOME": work, "MEMWALL_CACHE": cache, "MEMWALL_MODELS_SUMS": sums_file,
           "MEMWALL_MODELS_URL": f"{address}/{mode}", "no_proxy": "*", **more}
    return {k: v for k, v in env.items() if v is not None}


def start(tool, *args, mode="good", **more):
    return subprocess.Popen([*shell, script, *args], env=environment(tool, mode, **more), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True, text=True)


def finish(p):
    """Waits for a run. Its output is in `out` and `err`, an explanation for failed checks in `note`."""
    p.out, p.err = p.communicate(timeout=30)
    p.note = f"exit {p.returncode}\n{p.out}{p.err}{Server.answers} {left()}"
    return p


def run(tool, *args, **more):
    return finish(start(tool, *args, **more))


def fresh(**files):
    """Empties the cache folder but for these files; underscores in names stand for dots."""
    shutil.rmtree(cache, ignore_errors=True)
    os.mkdir(cache)
    for name, data in files.items():
        write(os.path.join(cache, name.replace("_", ".")), data)
    Server.answers.clear()


def there(*names):
    """Whether the cache folder holds exactly these, whole."""
    return left() == sorted(map(file_of, names)) and all(
        read(os.path.join(cache, file_of(n))) == CONTENT[n] for n in names)


def left():
    return sorted(os.listdir(cache)) if os.path.isdir(cache) else []


def size(name):
    try:
        return os.path.getsize(os.path.join(cache, name))
    except OSError:
        return 0


def wait_for(condition, seconds=10):
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.01)
    return condition()


def start_large(tool):
    """Starts a slow download and waits until a part of it is there."""
    fresh()
    p = start(tool, "large", mode="slow")
    wait_for(lambda: size("large.bin.part") > 100_000)
    return p


def forget_answers():
    """Waits for the answer that was cut short, and clears the list."""
    wait_for(lambda: Server.answers)
    Server.answers.clear()


def good(p, *words):
    """Exit 0, nothing on stderr, one line on stdout with these words."""
    return p.returncode == 0 and p.err == "" and p.out.count("\n") == 1 and all(w in p.out for w in words)


def refused(p, *words):
    """Exit 2, nothing on stdout, one line on stderr with these words."""
    one_line = p.err.count("\n") == 1 and p.err.startswith("fetch-models: ")
    return p.returncode == 2 and p.out == "" and one_line and all(w in p.err for w in words)
