"""Runs figures.py for other programs, in a Python that has matplotlib, which need not be the one that runs them."""
import os
import subprocess
import sys

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "figures.py")


def python_that_draws():
    """A Python that has matplotlib, or None."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if os.path.exists(python):
            r = subprocess.run([python, "-c", "import matplotlib"], capture_output=True)
            if r.returncode == 0:
                return python
    return None


def draw(folders, out, say, *options):
    """Draws the figures of these result folders into `out`. Returns the names of those that are there. say(line) gets
    what figures.py says, or why nothing can be drawn."""
    python = python_that_draws()
    if not python:
        say("figures: no Python with matplotlib, so no figures; install python3-matplotlib (./setup.sh does)")
        return set()
    r = subprocess.run([python, SCRIPT, "--out=" + out, *options, "--", *folders], stderr=subprocess.PIPE,
                       stdout=subprocess.DEVNULL)
    for line in r.stderr.decode(errors="replace").splitlines():
        say(line)
    return {os.path.splitext(f)[0] for f in os.listdir(out)} if os.path.isdir(out) else set()
