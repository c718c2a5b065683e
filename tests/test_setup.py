#!/usr/bin/env python3
"""Configuring and a unity build, as somebody who packages the programs does it.

usage: test_setup.py SOURCE    prints TAP
"""
import json, os, shutil, subprocess, sys, tempfile

from tap import done, ok, skip

source = os.path.abspath(sys.argv[1])
work = tempfile.TemporaryDirectory(prefix="memwall-setup-")
os.chdir(work.name)
r = subprocess.run([os.path.join(source, "setup.sh"), "--help"], capture_output=True, text=True, timeout=20)
ok(r.returncode == 0 and "--paper" in r.stdout and not r.stderr, "setup.sh --help explains, and installs nothing", r)
meson = shutil.which("meson")
if not meson:
    skip("configuring", "no meson on PATH")
    done()


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


def refused(name, machine, *words, args=()):
    """A host that is described in a cross file, or a compiler with other options."""
    with open("host.ini", "w") as f:
        f.write("[binaries]\nc = 'cc'\n[properties]\nneeds_exe_wrapper = true\n"
                f"[built-in options]\nc_args = {list(args)}\n"
                f"[host_machine]\nsystem = 'linux'\ncpu_family = '{machine}'\ncpu = '{machine}'\nendian = 'little'\n")
    r = run(meson, "setup", "--cross-file=host.ini", tempfile.mkdtemp(dir="."), source)
    told = [line for line in r.stdout.splitlines() if "ERROR" in line]
    ok(r.returncode != 0 and len(told) == 1 and all(w in told[0] for w in words), f"refused: {name}",
       (told, r.stdout[-500:]))


for family in ("x86", "arm", "riscv64"):
    refused(family, family, "64-bit x86 or ARM", "this host is " + family)
refused("pointers of 32 bits", "x86_64", "pointers of 64 bits", args=["-mx32"])

# every file of a program or library is compiled by itself
r = run(meson, "setup", "--unity=on", "-Dhwloc=disabled", "-Dbenchmark=disabled", "unity", source)
if ok(r.returncode == 0, "--unity=on configures", r.stdout[-500:]):
    targets = json.loads(run(meson, "introspect", "--targets", "unity").stdout)
    # a program of one file is that file either way
    joined = [t["name"] for t in targets for s in t["target_sources"]
              if len(s.get("sources", [])) > 1 and s.get("unity_sources")]
    ok(targets and joined == [], "and joins no files", joined)

done()
