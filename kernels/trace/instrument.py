#!/usr/bin/env python3
"""Compiles a kernel to assembly and inserts a report of every memory access before the instruction that makes it.

usage: instrument.py ARCH SYMBOL IN.c OUT.s DEPFILE -- COMPILER FLAGS...     ARCH: x86_64, aarch64
       instrument.py ARCH '' IN.h OUT.gch DEPFILE -- COMPILER FLAGS...       precompiles a header for the above

Compiler and flags are those of the timed kernel, so the traced twin is the same code, instruction by instruction, with
calls of mw_trace_access (trace_ARCH.S) in between. That covers intrinsics, vectorized C, spills and inline assembly
alike. Compiler instrumentation would not, because it is added before loops are vectorized. The exported descriptor
mw_SYMBOL becomes mw_traced_SYMBOL.

The script refuses an instruction that it does not know, so that no access goes unreported: it prints the line and exits
with status 1.
"""
import re
import subprocess
import sys

LOAD, STORE = 1, 2
# Functions that a kernel may call: they take numbers, not pointers, and read no operand.
PURE = {"expf", "exp", "sqrtf", "sqrt", "fmaf", "fma", "rintf", "mw_float_of_f16", "mw_float_of_bf16"}
# Calls that compilers emit for loops that move memory. trace.c has functions that report the access and then do it.
MOVERS = re.compile(r"^(\s*(?:call|jmp|bl?)\s+)(memcpy|memmove|memset)(?:@PLT)?\s*$")
PURE |= {"mw_trace_memcpy", "mw_trace_memmove", "mw_trace_memset"}


class Unknown(Exception):
    pass


# --- x86-64, Intel syntax: the operand gives the number of bytes ------------------------------------------------------

SIZES = {"byte": 1, "word": 2, "dword": 4, "qword": 8, "tbyte": 10, "oword": 16, "xmmword": 16, "ymmword": 32,
         "zmmword": 64}
MEMORY = re.compile(r"\b(byte|[dqto]?word|tbyte|[xyz]mmword)\s+(?:ptr|bcst)\s+([^,\[]*(?:\[[^\]]*\])?[^,{]*)", re.I)
READS_FIRST = re.compile(r"cmp|test|bt$|v?u?comis[sd]|vtestp|vptest|ptest|(i?mul|i?div|push)$")
WRITES_FIRST = re.compile(r"v?mov|v?extract|v?pextr|vcvtps2ph|set|v?ucvt|vpmov")
CHANGES_FIRST = re.compile(r"(add|sub|and|or|xor|inc|dec|neg|not|adc|sbb|shl|shr|sar|sal|rol|ror)$")
IGNORED = re.compile(r"lea|prefetch|nop|endbr|ud2|leave$|ret|pop$|data16")
HIDDEN = re.compile(r"(rep|repz|repnz|lock|xlat)$|v?p?gather|v?p?scatter|v?p?maskmov|f?xsave|f?xrstor")
STRINGS = re.compile(r"(movs|stos|lods|cmps|scas)[bwdq]$")  # with operands these are moves of numbers


def x86_access(mnemonic, operands, known=PURE):
    """(bytes, LOAD | STORE, address) of an instruction, or None."""
    if f"{mnemonic} {operands}" == "rep ret":
        return None
    if HIDDEN.match(mnemonic) or (STRINGS.match(mnemonic) and not operands):
        raise Unknown("an access whose address is not in the operands")
    found = list(MEMORY.finditer(operands))
    if mnemonic == "call" or mnemonic == "jmp":
        name = re.split(r"[@\s]", operands.strip())[0]
        if name not in known and not (mnemonic == "jmp" and re.match(r"\.L|r[a-z0-9]+$", name)):
            raise Unknown("a call of a function that may access memory")
        return None
    if IGNORED.match(mnemonic):
        return None
    if not found:
        if "[" in operands:
            raise Unknown("a memory operand without a size")
        return None
    if len(found) > 1 or re.search(r"\b[fg]s:", operands):
        raise Unknown("a memory operand of an unknown kind")
    if re.search(r"\{k\d\}", operands) and not re.search(r"\{1to\d+\}", operands):
        raise Unknown("a masked access")
    size, address = SIZES[found[0].group(1).lower()], found[0].group(2).strip()
    first = found[0].start() == 0
    alone = "," not in operands
    if not first or READS_FIRST.match(mnemonic):
        kind = LOAD
    elif CHANGES_FIRST.match(mnemonic):
        kind = LOAD | STORE
    elif WRITES_FIRST.match(mnemonic) and not alone or mnemonic.startswith("set"):
        kind = STORE
    else:
        raise Unknown("a memory operand that may be read, written or both")
    return size, kind, address


SAVED = 128 + 3 * 8  # the red zone below the stack pointer, and three pushes


def x86_report(size, kind, address):
    if re.search(r"\brsp\b", address):
        address = address[:-1] + f"+{SAVED}]" if address.endswith("]") else address
    return ["lea rsp, [rsp-128]", "pushfq", "push rdi", "push rsi", f"lea rdi, {address}",
            f"mov esi, {size | kind << 8}", "call mw_trace_access", "pop rsi", "pop rdi", "popfq",
            "lea rsp, [rsp+128]"]


# --- AArch64: the registers give the number of bytes ------------------------------------------------------------------

REGISTER = {"q": 16, "d": 8, "s": 4, "h": 2, "b": 1, "x": 8, "w": 4}
ELEMENT = {"b": 1, "h": 2, "s": 4, "d": 8}
NARROW = {"b": 1, "h": 2, "w": 4}  # ldrb, ldrsh, ldrsw
# Instructions without an access that may have brackets: prefetches, and those that index a lane of a vector.
LANES = re.compile(r"prfm|[a-z]*mla|[a-z]*mls|[a-z]*mul[a-z]*|dup|mov|umov|smov|ins|fcmla|[su]dot")


def arm_sizes(mnemonic, operands):
    """(bytes per register, registers) that the instruction fills or stores: cores handle the registers one by one."""
    if re.match(r"(ld|st)[1-4]", mnemonic):
        vectors = re.match(r"\{(.*?)\}(\[\d+\])?", operands)
        if not vectors:
            raise Unknown("a list of vectors that cannot be read")
        names = [v.strip() for v in re.split(r",", vectors.group(1))]
        one = re.fullmatch(r"v(\d+)\.(\d*)([bhsd])", names[0])
        span = re.fullmatch(r"v(\d+)\.\d*[bhsd]\s*-\s*v(\d+)\.(\d*)([bhsd])", names[0])
        if span:
            n, lanes, element = (int(span.group(2)) - int(span.group(1))) % 32 + 1, span.group(3), span.group(4)
        elif one:
            n, lanes, element = len(names), one.group(2), one.group(3)
        else:
            raise Unknown("a list of vectors that cannot be read")
        structure = ELEMENT[element] * (1 if vectors.group(2) or mnemonic.endswith("r") else int(lanes))
        return structure, n
    m = re.fullmatch(r"(ld|st)(n?p|u?r)(s?[bhw])?", mnemonic)
    if not m:
        raise Unknown("an access of an unknown kind")
    if m.group(3):
        return NARROW[m.group(3)[-1]], 1
    return REGISTER[operands[0]], 2 if m.group(2) in ("p", "np") else 1


def arm_access(mnemonic, operands, known=PURE):
    if mnemonic in ("b", "bl", "blr"):
        if operands.strip() not in known and not (mnemonic == "b" and operands.startswith(".L")):
            raise Unknown("a call of a function that may access memory")
        return None
    if not re.match(r"ld|st|cas|swp", mnemonic):
        if "[" in operands and not LANES.match(mnemonic):
            raise Unknown("a memory operand of an unknown kind")
        return None
    size, registers = arm_sizes(mnemonic, operands)
    kind = LOAD if mnemonic.startswith("ld") else STORE
    if "[" not in re.sub(r"\}\[\d+\]", "}", operands):
        return size, kind, None  # a constant next to the code: no operand
    inside = re.search(r"\[([^\]]*)\](.*)$", re.sub(r"^\{.*?\}(\[\d+\])?", "", operands))
    return size, kind, ([p.strip() for p in inside.group(1).split(",")], registers)


def arm_report(size, kind, place):
    if place is None:
        return []
    (base, *rest), registers = place
    other = "x17" if base == "x16" else "x16"
    lines = ["stp x16, x17, [sp, -32]!", "str x30, [sp, 16]"]
    if base == "sp":
        if rest and not rest[0].lstrip("#").lstrip("-").isdigit():
            raise Unknown("an index on the stack pointer")
        offset = 32 + (int(rest[0].lstrip("#")) if rest else 0)
        lines += ["add x16, sp, 0", f"mov x17, {offset}", "add x16, x16, x17"]
    elif not rest:
        lines += [f"mov x16, {base}"]
    elif re.match(r"[xw]\d+$", rest[0]):
        if len(rest) == 1:
            lines += [f"add x16, {base}, {rest[0]}"]
        else:
            lines += [f"add x16, {base}, {rest[0]}, {rest[1]}"]
    elif rest[0].startswith("#:") or rest[0].startswith(":"):
        lines += [f"add x16, {base}, {rest[0]}"]
    else:
        lines += [f"mov {other}, {int(rest[0].lstrip('#'), 0)}", f"add x16, {base}, {other}"]
    for register in range(registers):
        lines += [f"add x16, x16, {size}"] if register else []
        lines += [f"mov x17, {size | kind << 8}", "bl mw_trace_access"]
    return lines + ["ldr x30, [sp, 16]", "ldp x16, x17, [sp], 32"]


# Compiler flags, a comment, the access of an instruction, its report.
ARCHITECTURES = {
    "x86_64": (["-masm=intel", "-fcf-protection=none"], r"\s*#.*$", x86_access, x86_report),
    "aarch64": ([], r"\s*//.*$", arm_access, arm_report),
}


def instrument(text, arch, symbol):
    _, comment, access, report = ARCHITECTURES[arch]
    out = []
    known = PURE | set(re.findall(r"^([A-Za-z_][\w.]*):", text, re.M))  # functions of this file are traced themselves
    for number, line in enumerate(text.splitlines(), 1):
        if '"' not in line:
            line = MOVERS.sub(r"\1mw_trace_\2", re.sub(comment, "", line))
        code = line.strip()
        m = re.match(r"([a-z][a-z0-9.]*)(?:\s+(.*))?$", code, re.I)
        if m and not code.endswith(":") and not code.startswith("."):
            try:
                found = access(m.group(1).lower(), m.group(2) or "", known)
            except (Unknown, KeyError, ValueError) as e:
                sys.exit(f"instrument.py: {symbol}: line {number}: {code}: {e}; add it to kernels/trace/instrument.py")
            if found:
                out += ["\t" + x for x in report(*found)]
        out.append(line)
    text = "\n".join(out) + "\n"
    return re.sub(rf"\bmw_{symbol}\b", f"mw_traced_{symbol}", text)


def main():
    arch, symbol, source, target, depfile = sys.argv[1:6]
    compiler = sys.argv[7:]
    command = [*compiler, *ARCHITECTURES[arch][0], "-MD", "-MF", depfile, "-MT", target]
    command += ["-S", "-o", "-", source] if symbol else ["-x", "c-header", "-o", target, source]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode or not symbol:
        sys.exit(done.returncode)
    with open(target, "w", encoding="utf-8") as f:
        f.write(instrument(done.stdout, arch, symbol))


if __name__ == "__main__":
    main()
