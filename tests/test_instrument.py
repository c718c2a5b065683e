#!/usr/bin/env python3
"""instrument.py reports every access with the right size and refuses an access that it cannot report. The assembly is
written by hand, so that both architectures are tested on any machine.

usage: test_instrument.py INSTRUMENT.py    prints TAP
"""
import importlib.util
import sys

from tap import done, ok

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("instrument", sys.argv[1])
instrument = importlib.util.module_from_spec(spec)
spec.loader.exec_module(instrument)
L, S = instrument.LOAD, instrument.STORE

SEEN = {
    "x86_64": [
        ("vmovups zmm0, ZMMWORD PTR [rdi+rax]", (64, L)), ("vmovups ymmword ptr [rdi + 32], ymm1", (32, S)),
        ("movups xmm1, XMMWORD PTR [rsi]", (16, L)), ("vfmadd231ss xmm0, xmm1, DWORD PTR [rdi-4]", (4, L)),
        ("vfmadd231ps zmm0, zmm1, DWORD PTR [rdi]{1to16}", (4, L)),
        ("vbroadcastss ymm0, DWORD PTR [rdx+rcx*4]", (4, L)),
        ("vcvtss2sd xmm0, xmm0, DWORD PTR [rsi]", (4, L)), ("movss DWORD PTR [rdi], xmm0", (4, S)),
        ("add DWORD PTR [rdi], 1", (4, L | S)), ("cmp QWORD PTR [rsp+8], 0", (8, L)),
        ("vextractf128 XMMWORD PTR [rdi], ymm0, 0x1", (16, S)),
        ("mulss xmm0, DWORD PTR .LC0[rip]", (4, L)), ("lea rax, [rdi+rcx*4]", None), ("prefetcht0 [rdi+2048]", None),
        ("jmp .L4", None), ("call expf@PLT", None), ("vaddps ymm0, ymm1, ymm2", None), ("ret", None),
    ],
    "aarch64": [
        ("ldr q0, [x0, 16]", (16, L)), ("ldr q1, [x1], #16", (16, L)), ("ldp q0, q1, [x0]", (16, L)),
        ("stp s0, s1, [x3, 8]!", (4, S)), ("ldr s0, [x1, x2, lsl 2]", (4, L)), ("ld1r {v1.4s}, [x2], 4", (4, L)),
        ("ld1 {v0.4s - v3.4s}, [x1], 64", (16, L)), ("ld1 {v0.s}[1], [x1]", (4, L)),
        ("str s0, [x0, w1, sxtw 2]", (4, S)), ("ldrb w1, [x2]", (1, L)), ("ldrsw x1, [x2, 4]", (4, L)),
        ("ldr q0, [x0, #:lo12:.LC0]", (16, L)), ("st2 {v0.4s, v1.4s}, [x0]", (16, S)),
        ("ldur q0, [x0, -16]", (16, L)), ("prfm pldl1keep, [x0, 256]", None), ("fmla v0.4s, v1.4s, v2.s[0]", None),
        ("dup v0.4s, v1.s[0]", None), ("b .L3", None), ("bl expf", None), ("ret", None),
    ],
}
REFUSED = {
    "x86_64": ["rep stosq", "call memchr@PLT", "jmp memcmp@PLT", "call [QWORD PTR [rax]]",
               "vgatherdps zmm0{k1}, DWORD PTR [rax+zmm1*4]", "vmovups zmm0{k1}{z}, ZMMWORD PTR [rdi]",
               "mov eax, DWORD PTR fs:[0]", "frob DWORD PTR [rdi]", "frob DWORD PTR [rdi], xmm0", "movsd",
               "vmaskmovps ymm0, ymm1, YMMWORD PTR [rdi]"],
    "aarch64": ["bl memchr", "b memcmp", "blr x3", "ldxr w0, [x1]", "ldadd w0, w1, [x2]", "frob x0, [x1]",
                "ldr x0, [sp, x1]"],
}


def reported(arch, line):
    _, _, access, report = instrument.ARCHITECTURES[arch]
    found = access(*(line.split(None, 1) + [""])[:2])
    return (found[:2], report(*found)) if found else (None, [])


for arch, lines in SEEN.items():
    for line, want in lines:
        try:
            found, calls = reported(arch, line)
        except instrument.Unknown as e:
            found, calls = str(e), []
        ok(found == want and bool(calls) == (want is not None), f"{arch}: {line}: {want}", (found, calls))
for arch, lines in REFUSED.items():
    for line in lines:
        try:
            ok(False, f"{arch}: {line} is refused", reported(arch, line))
        except (instrument.Unknown, KeyError, ValueError) as e:
            ok(True, f"{arch}: {line} is refused: {e}")
try:
    instrument.instrument("mw_gemv:\n\tcall\tmemchr@PLT\n", "x86_64", "gemv")
    ok(False, "a kernel with an access that cannot be reported does not build")
except SystemExit as e:
    ok("memchr" in str(e) and "line 2" in str(e),
       f"a kernel with an access that cannot be reported does not build: {e}")
for arch, call in (("x86_64", "call"), ("aarch64", "bl")):
    text = instrument.instrument(f"code_of:\n\tret\nmw_gemv:\n\t{call}\tcode_of\n", arch, "gemv")
    ok("mw_trace_access" not in text, f"{arch}: a function of the file itself may be called")
for line, calls in (("ldr q0, [x0]", 1), ("ldp q0, q1, [x0]", 2), ("ld1 {v0.4s - v3.4s}, [x1]", 4)):
    found = [c for c in reported("aarch64", line)[1] if c.startswith("bl ")]
    ok(len(found) == calls, f"aarch64: {line}: an access per register", found)
for arch, line in (("x86_64", "\tcall\tmemcpy@PLT"), ("x86_64", "\tjmp\tmemset@PLT"),
                   ("aarch64", "\tbl\tmemmove"), ("aarch64", "\tb\tmemcpy")):
    text = instrument.instrument(line + "\n", arch, "gemv")
    ok("mw_trace_mem" in text and "@PLT" not in text, f"{arch}: {line.strip()} becomes a call that reports", text)
text = instrument.instrument("\tjmp\tmemcpy@PLT                      # TAILCALL\n", "x86_64", "gemv")
ok("mw_trace_memcpy" in text, "comments are not part of an instruction", text)
load = "\tmovss\txmm0, DWORD PTR [rsp+8]"
text = instrument.instrument(f"mw_gemv:\n{load}\n\t.size\tmw_gemv, .-mw_gemv\n", "x86_64", "gemv")
ok("mw_traced_gemv:" in text and "[rsp+8+152]" in text and load in text and "\nmw_gemv" not in text,
   "the twin has its own name and the same instructions", text)
done()
