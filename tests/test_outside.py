#!/usr/bin/env python3
"""Kernels from outside: measured if they are right, refused by name if they are not, whatever they do.

usage: test_outside.py BENCH [WRAPPER...]    prints TAP
"""
import json
import os
import re
import shutil
import subprocess
import sys

from outside import ROOT, read_csv, workplace, write
from tap import done, ok, skip

bench = [*sys.argv[2:], os.path.abspath(sys.argv[1])]
cc = os.environ.get("CC", "cc").split()
if len(bench) > 1 or not shutil.which(cc[0]):
    skip("kernels from outside", "no compiler for the emulated CPU" if len(bench) > 1 else "no compiler")
    done()
workplace("kernels")

SOURCE = """%(first)s
#include <memwall/kernel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
    %(before)s
    for (size_t i = 0; i < rows; i++) {
        float sum = 0;
        for (size_t j = 0; j < cols; j++)
            sum += w[i * ld + j] * x[j];
        y[i] = sum;
    }
    %(after)s
}
static const mw_kernel_export kernels[] = {
    {"%(name)s", "of a test", gemv, MW_OP_GEMV, MW_F32, MW_LAYOUT_ROWMAJOR, MW_ISA_BASE, 4, 1, 1, 1},%(more)s
};
MW_EXPORT_KERNELS(kernels);
"""


BUSY = "roof was measured badly"  # as happens next to other tests; it is told in the place of a later failure


def source(name, before="", after="", more="", first=""):
    return SOURCE % locals()


def put(name, text):
    write(name, text.encode("latin-1"))
    return "--kernel=./" + name


def run(out, *options, reps=2, model="synthetic:stories260K", **more):
    command = [*bench, f"--model={model}", "--threads=1", "--tokens=12", f"--out={out}", *options]
    r = subprocess.run(command + ([f"--reps={reps}"] if reps else []), capture_output=True, text=True, timeout=250,
                       env={**os.environ, **more})
    r.lines = [x for x in r.stderr.splitlines() if x != f"results: {out}" and BUSY not in x]
    r.busy = BUSY in r.stderr
    r.returncode = 0 if r.busy else r.returncode
    return r


def ended_with(r, line):
    """Whether the run failed with that line as the last one, or would have on a quieter machine."""
    return r.busy or (r.returncode == 1 and r.lines[-1] == "bench: " + line)


def kernels_of(out):
    """{variant: (kernel, processes)} of a result folder."""
    found = {}
    for row in read_csv(out + "/results.csv") if os.path.exists(out) else []:
        if row["variant"] and row["rep"]:
            found.setdefault(row["variant"], (row["kernel"], set()))[1].add(row["rep"])
    return found


# --- a right one, from C and as an object
mine = put("mine.c", source("mine", first="/* memwall-flags: -O2 -DTEN=10 */"))
r = run("c", mine)
seen = kernels_of("c")
label = seen.get("mine/rowmajor/heap", ("",))[0]
ok(r.returncode == 0 and list(seen) == ["mine/rowmajor/heap"] and seen["mine/rowmajor/heap"][1] == {"1", "2"},
   "mine.c is compiled and measured in every process", r)
ok(re.fullmatch(r"mine \(mine\.c [0-9a-f]{16}\)", label), "rows name the file and its hash", label)
COMMAND = rf"bench: {re.escape(cc[0])}\b.* -O2 -DTEN=10 -shared -fPIC -I\S+ -o \S+ \./mine\.c -lm"
ok(len(r.lines) == 1 and re.fullmatch(COMMAND, r.lines[0]), "the compiler's command is shown, with the file's flags",
   r.lines)
ok(os.listdir("tmp") == [], "nothing is left of it", os.listdir("tmp"))
tokens = {row["kernel"] for row in read_csv("c/tokens.csv")}
ok(tokens == {label}, "so do rows of tokens", tokens)
r = run("quiet", mine, "--quiet", reps=1)
ok(r.returncode == 0 and r.lines == [], "--quiet shows no command", r)
put("mine.c", source("mine") + "/* changed */\n")
run("changed", mine, reps=1)
changed = kernels_of("changed").get("mine/rowmajor/heap", ("",))[0]
ok(changed.startswith("mine (mine.c ") and changed != label, "another content has another hash", (label, changed))

compiled = subprocess.run([*cc, "-O2", "-shared", "-fPIC", f"-I{ROOT}/include", "-o", "mine.so", "mine.c"])
so = "--kernel=mine.so"
r = run("so", so, "--kernel=scalar", "--kernel=" + "autovec", reps=1)
ok(r.returncode == 0 and set(kernels_of("so")) == {"mine/rowmajor/heap", "scalar", "autovec/rowmajor/heap"},
   "an object, next to kernels by name", (compiled, r))
r = run("variants", so, "--variant=scalar,mine/rowmajor/mmap", "--load=mmap", reps=1)
ok(r.returncode == 0 and set(kernels_of("variants")) == {"scalar/rowmajor/mmap", "mine/rowmajor/mmap"},
   "next to --variant, with another load", (kernels_of("variants"), r))
two = put("two.c", source("one", more="""
    {"other", "the same for another dtype", gemv, MW_OP_GEMV, MW_BF16, MW_LAYOUT_ROWMAJOR, 0, 2, 1, 1, 1},"""))
r = run("two", two, "--dtype=f32", reps=1)
ok(r.returncode == 0 and set(kernels_of("two")) == {"one/rowmajor/heap"}, "--dtype chooses from a file", r)
r = run("both", two, "--kernel=mine.so")
ok(ended_with(r, "1 of the kernels from outside was refused and not measured; see above") and
   {v: len(p) for v, (_, p) in kernels_of("both").items()} == {"one/rowmajor/heap": 2, "mine/rowmajor/heap": 2} and
   sum("other/rowmajor/heap" in x for x in r.lines) == 1,
   "of a file, the kernel that is wrong is refused, once, and the other one measured", r)

# --- other suites, whose processes are started in other ways
for suite, options in {"ttft": ["--prompt-tokens=1"], "peers": ["--peer=x:echo memwall-tokens-per-s: 5"]}.items():
    r = run(suite, f"--suite={suite}", so, *options)
    ok(r.returncode == 0 and "mine/rowmajor/heap" in kernels_of(suite), f"suite {suite} hands the object on", r)
run("clu-so", "--suite=clu", so, "--kernel=scalar", reps=0)
r = run("clu", "--suite=clu", mine, "--kernel=scalar", reps=0)
clu = [{x["kernel"].split(" ")[0]: (x["provenance"], x["value"]) for x in read_csv(f"{out}/results.csv")
        if x["metric"] == "clu_l1" and x["phase"] == "token"} for out in ("clu-so", "clu") if os.path.exists(out)]
ok(len(clu) == 2 and clu[0].get("mine") == ("unavailable", "") and clu[0].get("scalar"),
   "suite clu: unavailable for an object", clu)
built_in = clu[-1].get("scalar", ("",))
if built_in[0] != "modelled":
    skip("suite clu from a C file", "this build traces no kernels")
else:
    ok(clu[-1].get("mine") == built_in == ("modelled", "1") and os.listdir("tmp") == [],
       "suite clu: from a C file by its traced twin, as of the same kernel in this build", (clu, r))

# --- hostile ones
ABI = ("MW_EXPORT_KERNELS(kernels)", "const mw_kernel_table memwall_kernels = {MW_KERNEL_ABI + 1, 56, 1, kernels}")
FIELD = "MW_ISA_BASE, 4, 1, 1, 1}"
ELF = {"x86_64": 183}.get(os.uname().machine, 62)
HOSTILE = {  # file: content, what is said about it
    "segfault.c": (source("segfault", "*(volatile int *)8 = 1;"), "segfault/rowmajor/heap", "touched memory that is"),
    "hangs.c": (source("hangs", "for (volatile int on = 1; on;) ;"), "hangs/rowmajor/heap", "no result after 10 s"),
    "past_y.c": (source("past_y", after="y[rows] = 1;"), "past_y/rowmajor/heap", "it wrote to y["),
    "past_w.c": (source("past_w", "volatile float f = w[rows * ld]; (void)f;"), "past_w/rowmajor/heap",
                 "it touched byte"),
    "odd.c": (source("odd", after="for (size_t i = 1; i < rows; i += 2) y[i] += 1;"), "odd/rowmajor/heap",
              "it made element 1"),
    "nan.c": (source("nan", after="y[0] = NAN;"), "nan/rowmajor/heap", "it made element 0 nan"),
    "changes_w.c": (source("changes_w", "memset((void *)(uintptr_t)w, 0, 4);"), "changes_w/rowmajor/heap",
                    "it wrote to w"),
    "random.c": (source("random", after="static int n; if (++n % 3 == 0) y[0] *= 1.01f;"),
                 "random/rowmajor/heap", "it made element"),
    "again.c": (source("again", after="""static uintptr_t last; static size_t n;
        uintptr_t now = (uintptr_t)y + rows; if (now == last && n++ > 2) y[0] += ldexpf(y[0], -20); last = now;"""),
                "again/rowmajor/heap", "it made element"),
    "aborts.c": (source("aborts", "abort();"), "aborts/rowmajor/heap", "crashed: signal 6"),
    "exits.c": (source("exits", "exit(0);"), "exits/rowmajor/heap", "ended the process with exit code 0"),
    "deep.c": (source("deep", "volatile char c[1 << 20]; c[0] = 1; gemv(y, w, x, rows, cols, ld + c[0]);"),
               "deep/rowmajor/heap", "crashed: signal 11"),
    "wide.c": (source("wide").replace(FIELD, "MW_ISA_BASE, 4, 1, 4096, 1}"), "wide/rowmajor/heap", "columns by 4096"),
    "abi.c": (source("abi").replace(*ABI), "./abi.c", "it was compiled for ABI 2"),
    "loading.c": (source("loading") + "__attribute__((constructor)) static void start(void) { abort(); }\n",
                  "./loading.c", "when it was loaded: crashed: signal 6"),
    "no_symbol.c": ("int x;\n", "./no_symbol.c", "does not export memwall_kernels"),
    "undefined.c": (source("undefined", "void nowhere(void); nowhere();"), "./undefined.c", "cannot be loaded: "),
    "no_c.c": ("no C\n", "./no_c.c", "the compiler failed with exit code 1; its messages are above"),
    "text.so": ("A text, and no object at all.\n", "./text.so", "is no shared object (ELF)"),
    "cpu.so": ("\x7fELF\2\1\1" + 9 * "\0" + "\3\0" + chr(ELF) + 45 * "\0", "./cpu.so", "is for another CPU (ELF"),
    "taken.c": (source("scalar"), "./taken.c", "the name 'scalar' is taken for f32"),
    "word.c": (source("native"), "./word.c", "the name 'native' is taken"),
    "name.c": (source("a/b"), "./name.c", "not 1 to 40 letters"),
    "op.c": (source("op").replace("MW_OP_GEMV", "MW_OP_GEMM"), "./op.c", "kernel 'op' has a bad op"),
    "dtype.c": (source("dtype").replace("MW_F32", "99"), "./dtype.c", "kernel 'dtype' has a bad dtype"),
    "layout.c": (source("layout").replace("MW_LAYOUT_ROWMAJOR", "99"), "./layout.c", "has a bad layout"),
    "null.c": (source("null").replace("gemv, MW_OP", "NULL, MW_OP"), "./null.c", "there is no function"),
    "align.c": (source("align").replace(FIELD, "MW_ISA_BASE, 64, 1, 1, 1}"), "./align.c", "has a bad align"),
    "multiple.c": (source("multiple").replace(FIELD, "MW_ISA_BASE, 4, 0, 1, 1}"), "./multiple.c", "bad row_multiple"),
    "scale.c": (source("scale").replace(FIELD, "MW_ISA_BASE, 4, 1, 1, NAN}"), "./scale.c", "has a bad err_scale"),
    "isa.c": (source("isa").replace("MW_ISA_BASE", "1u << 30"), "./isa.c", "which this CPU lacks"),
}
loaded = [name for name, (_, who, _) in HOSTILE.items() if not who.startswith("./")]
for out, names in ("crash", loaded), ("refused", [name for name in HOSTILE if name not in loaded]):
    r = run(out, so, "--kernel=autovec", *(put(name, HOSTILE[name][0]) for name in names))
    for name in names:
        _, who, what = HOSTILE[name]
        said = [x for x in r.lines if x.startswith(f"bench: {who} is not measured: ")]
        ok(len(said) == 1 and what in said[0], f"{name} is refused: {what}", said or r)
    ok(ended_with(r, f"{len(names)} of the kernels from outside were refused and not measured; see above"),
       f"{len(names)} kernels are refused: exit code 1", (r.returncode, r.lines[-1:]))
    ok({v: len(p) for v, (_, p) in kernels_of(out).items()} == {"mine/rowmajor/heap": 2, "autovec/rowmajor/heap": 2},
       "the others are measured in every process", kernels_of(out))
ok(os.listdir("tmp") == [], "nothing is left of them", os.listdir("tmp"))
r = run("none", "--kernel=./nan.c", "--kernel=./abi.c")
ok(r.returncode == 1 and not os.path.exists("none") and r.lines[-1].startswith("bench: no variant is left to measure"),
   "with none left there is nothing to measure", r)
r = run("none", "--kernel=./abi.c")
ok(r.returncode == 1 and r.lines[-1] == "bench: no kernel of the files of --kernel is left to measure",
   "neither with none that can be loaded", r)

# --- bad input
for name, options, what, more in (
        ("no such file", ["--kernel=./missing.c"], "missing.c", {}),
        ("no compiler", [mine], "there is no 'no-such-compiler' to compile it", {"CC": "no-such-compiler"}),
        ("a blank compiler", [mine], "$CC is blank", {"CC": " "}),
        ("another dtype", [so, "--dtype=q8_0"], "mine.so has no kernel of these dtypes", {}),
        ("another layout", [so, "--layout=tvl"], "kernel mine reads layout rowmajor, not tvl", {}),
        ("a variant next to a name", ["--variant=scalar", "--kernel=neon"], "--variant names whole variants", {}),
        ("a damaged list", [], "the list of kernels from outside is damaged",
         {"MEMWALL_JOB": json.dumps({"kind": 1, "suite": "decode", "folder": "f", "rep": 1, "of": 1, "clock_ns": 1,
                                     "kernels": "a\tb\n"})})):
    r = run("bad", *options, **more)
    ok(r.returncode == 2 and len(r.lines) == 1 and r.lines[0].startswith("bench: ") and what in r.lines[0] and
       not os.path.exists("bad/results.csv"), f"refused: {name}", r)
done()
