#!/usr/bin/env python3
"""libmemwall_kernels as other projects find it: example.c built against an installed tree with pkg-config.

usage: test_library.py BUILD SOURCE CC...    prints TAP
"""
import json
import os
import re
import shutil
import subprocess
import sys

from outside import read, workplace
from tap import done, ok, skip

build, source = map(os.path.abspath, sys.argv[1:3])
cc = sys.argv[3:]
work = workplace("library")
tools = {name: shutil.which(name) for name in ("meson", "pkg-config", "nm", "readelf")}
if not tools["meson"] or not tools["pkg-config"]:
    skip("an installed library", "no meson or no pkg-config on PATH")
    done()


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


staged = os.path.join(work, "staged")
options = {o["name"]: o["value"] for o in json.loads(run("meson", "introspect", "--buildoptions", build).stdout)}
r = run("meson", "install", "--no-rebuild", "-C", build, "--destdir", staged)
libdir = staged + os.path.join(options["prefix"], options["libdir"])
header = staged + os.path.join(options["prefix"], options["includedir"], "memwall/gemv.h")
if not ok(r.returncode == 0 and os.path.exists(header), "meson install", r):
    done()
os.environ.update(PKG_CONFIG_PATH=os.path.join(libdir, "pkgconfig"), PKG_CONFIG_SYSROOT_DIR=staged,
                  LD_LIBRARY_PATH=libdir)
os.environ.pop("PKG_CONFIG_LIBDIR", None)
example = os.path.join(source, "lib/example.c")
version = run("pkg-config", "--modversion", "memwall_kernels").stdout.strip()
ok(re.fullmatch(r"\d+\.\d+\.\d+", version), "pkg-config knows the version", version)
flags = run("pkg-config", "--cflags", "--libs", "memwall_kernels").stdout.split()
r = run(*cc, "-Wall", "-Wextra", "-Werror", example, *flags, "-o", "shared")
p = run("./shared") if r.returncode == 0 else None
ok(p and p.returncode == 0 and re.fullmatch(r"\w+: row 1 is 64\.0\d, row 47 is 300[78]\.\d\d\n", p.stdout),
   "the example, with the shared library", (r, p))
code = [line for line in read(example).decode().split("main(void)")[1].splitlines() if "memwall_" in line]
ok(len(code) < 15, "and few lines of it are about the library", code)

flags = run("pkg-config", "--cflags", "--libs", "--static", "memwall_kernels").stdout.split()
flags = [os.path.join(libdir, "libmemwall_kernels.a") if f == "-lmemwall_kernels" else f for f in flags]
r = run(*cc, example, *flags, "-o", "static")
env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
s = run("./static", env=env) if r.returncode == 0 else None
ok(s and s.returncode == 0 and s.stdout == p.stdout, "the example, with the static library", (r, s))

for language, standard in (("c", "c99"), ("c++", "c++98")):
    strict = ["-std=" + standard, "-Wall", "-Wextra", "-pedantic", "-Werror"]
    r = run(*cc, "-fsyntax-only", "-x", language, *strict, header)
    ok(r.returncode == 0 or "not found" in r.stderr, f"the header is {standard}", r)

declared = set(re.findall(r"\b(memwall_\w+)\(", re.sub(r"/\*.*?\*/", "", read(header).decode(), flags=re.S)))
shared = os.path.join(libdir, "libmemwall_kernels.so")
if tools["nm"] and os.path.exists(shared):
    r = run("nm", "-D", "--defined-only", shared)
    exported = {line.split()[-1] for line in r.stdout.splitlines()} - {"_init", "_fini"}
    ok(exported == declared and len(declared) > 10, "exports what the header declares and nothing else",
       exported ^ declared)
else:
    skip("exported symbols", "no nm, or no .so here")
if tools["readelf"] and os.path.exists(shared):
    r = run("readelf", "-d", shared)
    ok("soname: [libmemwall_kernels.so.0]" in r.stdout and os.path.islink(shared), "the soname has a version", r)
    needed = set(re.findall(r"\(NEEDED\).*\[lib(\w+)", r.stdout))
    ok(needed <= {"c", "m", "openblas", "openblaso", "gomp", "gfortran"}, "needs no libraries of the benchmark", needed)
done()
