#!/usr/bin/env python3
"""The seeds that are committed are those that make_seeds.py writes. Usage: test_seeds.py make_seeds.py"""
import filecmp
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import done, ok

script = sys.argv[1]
committed = os.path.join(os.path.dirname(script), "seeds")
with tempfile.TemporaryDirectory() as made:
    r = subprocess.run([sys.executable, script, made], capture_output=True, text=True)
    ok(r.returncode == 0, "make_seeds.py runs", r.stderr)
    targets = sorted(os.listdir(committed))
    ok(sorted(os.listdir(made)) == targets, "seeds for every target", os.listdir(made))
    for target in targets:
        a, b = os.path.join(committed, target), os.path.join(made, target)
        names = sorted(os.listdir(a))
        same, _, _ = filecmp.cmpfiles(a, b, names, shallow=False)
        ok(sorted(same) == names == sorted(os.listdir(b)), f"{target}: {len(names)} seeds, byte for byte",
           sorted(set(names) - set(same)))
done()
