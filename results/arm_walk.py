"""Executes a function in AArch64 assembly and returns its instructions in the order of execution.

Compilers move the parts of a loop nest about; only a walk shows which instructions make up one row. It computes the
values that addresses and branches depend on: general registers and the stack. It skips vector arithmetic. It refuses an
instruction that it does not know, so that it never follows a wrong path.
"""
import importlib.util
import pathlib
import re
import sys

sys.dont_write_bytecode = True
_spec = importlib.util.spec_from_file_location(
    "instrument", pathlib.Path(__file__).resolve().parent.parent / "kernels/trace/instrument.py")
instrument = importlib.util.module_from_spec(_spec)  # it knows the accesses of an instruction
_spec.loader.exec_module(instrument)

MASK = (1 << 64) - 1
STACK = 1 << 40
CONDITIONS = {
    "eq": lambda n, z, c, v: z, "ne": lambda n, z, c, v: not z, "hs": lambda n, z, c, v: c, "cs": lambda n, z, c, v: c,
    "lo": lambda n, z, c, v: not c, "cc": lambda n, z, c, v: not c, "hi": lambda n, z, c, v: c and not z,
    "ls": lambda n, z, c, v: not c or z, "ge": lambda n, z, c, v: n == v, "lt": lambda n, z, c, v: n != v,
    "gt": lambda n, z, c, v: n == v and not z, "le": lambda n, z, c, v: n != v or z, "mi": lambda n, z, c, v: n,
    "pl": lambda n, z, c, v: not n,
}
ARITHMETIC = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "and": lambda a, b: a & b, "orr": lambda a, b: a | b,
    "eor": lambda a, b: a ^ b, "bic": lambda a, b: a & ~b, "mul": lambda a, b: a * b, "lsl": lambda a, b: a << b,
    "lsr": lambda a, b: a >> b, "umulh": lambda a, b: a * b >> 64,
}


class Unknown(Exception):
    pass


class Step:
    """One executed instruction. `at` is its place in the function, `taken` the target of a taken branch or None, and
    `access` (address, bytes, LOAD | STORE) of its access to memory or None."""

    def __init__(self, at, text):
        self.at, self.text, self.taken, self.access = at, text, None, None


def parse(text, function):
    """The instructions of a function, [(mnemonic, operands)], and its labels, {name: place}."""
    code, labels, inside = [], {}, False
    for line in text.splitlines():
        line = re.sub(r"\s*//.*$", "", line)
        label = re.match(r"([\w.$]+):", line)
        if label and label.group(1).lstrip("_") == function:
            inside = True
        elif inside and label:
            labels[label.group(1)] = len(code)
        elif inside and re.match(r"\s+\.(cfi_endproc|size)\b", line):
            return code, labels
        elif inside and (m := re.match(r"\s+([a-z][a-z0-9.]*)\s*(.*?)\s*$", line)):
            code.append((m.group(1), m.group(2)))
    raise Unknown(f"there is no function {function}")


def split(operands):
    """The operands: split at the commas outside brackets and braces."""
    return [p.strip() for p in re.split(r",(?![^\[{]*[\]}])", operands)] if operands else []


class Core:
    def __init__(self, arguments):
        self.x = {f"x{i}": 0 for i in range(31)} | {f"x{i}": a for i, a in enumerate(arguments)} | {"sp": STACK}
        self.memory, self.flags = {}, (False, False, False, False)

    def get(self, name):
        name = name.lstrip("#")
        if name in ("xzr", "wzr"):
            return 0
        if name in self.x:
            return self.x[name]
        if re.fullmatch(r"w\d+", name):
            return self.x["x" + name[1:]] & 0xFFFFFFFF
        return int(name, 0) & MASK

    def put(self, name, value):
        if name in ("xzr", "wzr"):
            return
        wide = name == "sp" or name[0] == "x"
        self.x[name if wide else "x" + name[1:]] = value & (MASK if wide else 0xFFFFFFFF)

    def operand(self, parts):
        """The value of a register or number, shifted if asked for: ["x1", "lsl 2"]."""
        value = self.get(parts[0])
        if len(parts) > 1:
            shift = re.fullmatch(r"(lsl|lsr|uxtw|sxtw)\s*#?(\d*)", parts[1])
            if not shift:
                raise Unknown(f"the operand {', '.join(parts)}")
            if shift.group(1) == "sxtw" and value >> 31:
                value |= MASK & ~0xFFFFFFFF
            by = int(shift.group(2) or 0)
            value = value >> by if shift.group(1) == "lsr" else value << by
        return value & MASK

    def compare(self, a, b, bits):
        full, top = (1 << bits) - 1, 1 << bits - 1
        r = a - b & full
        self.flags = (bool(r & top), r == 0, a & full >= b & full, bool((a ^ b) & (a ^ r) & top))

    def touch(self, mnemonic, operands, step):
        """A load or store: notes its access, updates its base register and the general registers that it fills."""
        size, kind, place = instrument.arm_access(mnemonic, operands)
        if place is None:
            raise Unknown("a constant next to the code")
        (base, *rest), registers = place
        address = self.get(base) + (self.operand(rest) if rest else 0) & MASK
        after = re.search(r"\](!|\s*,\s*#?(-?\w+))?\s*$", operands)
        if after and after.group(1):
            self.put(base, address if after.group(1) == "!" else self.get(base) + self.get(after.group(2)))
        step.access = address, size * registers, kind
        for i, name in enumerate(split(operands)[:registers]):
            if re.match(r"[xw]", name) and kind == instrument.LOAD:
                self.put(name, self.memory.get(address + i * size, 0))
            elif re.match(r"[xw]", name):
                self.memory[address + i * size] = self.get(name)

    def execute(self, mnemonic, operands, labels, step):
        """Returns the place of the next instruction: None for the following one, -1 at the end."""
        p = split(operands)
        branch = re.fullmatch(r"b\.?([a-z][a-z])", mnemonic)
        if mnemonic == "ret":
            return -1
        if mnemonic == "b":
            step.taken = labels[p[0]]
        elif branch and branch.group(1) in CONDITIONS:
            step.taken = labels[p[0]] if CONDITIONS[branch.group(1)](*self.flags) else None
        elif mnemonic in ("cbz", "cbnz"):
            step.taken = labels[p[1]] if (self.get(p[0]) == 0) == (mnemonic == "cbz") else None
        elif mnemonic in ("tbz", "tbnz"):
            step.taken = labels[p[2]] if (self.get(p[0]) >> self.get(p[1]) & 1 == 0) == (mnemonic == "tbz") else None
        elif re.match(r"ld|st", mnemonic):
            self.touch(mnemonic, operands, step)
        elif mnemonic in ("prfm", "prfum", "nop") or re.match(r"[vqdshb]\d", p[0]):
            pass
        elif mnemonic in ("mov", "uxtw"):
            self.put(p[0], self.get(p[1]))
        elif mnemonic == "sxtw":
            self.put(p[0], self.get(p[1]) - ((self.get(p[1]) >> 31) << 32))
        elif mnemonic == "movk":
            by = int(re.sub(r"\D", "", p[2])) if len(p) > 2 else 0
            self.put(p[0], self.get(p[0]) & ~(0xFFFF << by) | self.get(p[1]) << by)
        elif mnemonic in ("cmp", "subs"):
            first = p if mnemonic == "cmp" else p[1:]
            a, b = self.get(first[0]), self.operand(first[1:])
            self.compare(a, b, 32 if p[0][0] == "w" else 64)
            if mnemonic == "subs":
                self.put(p[0], a - b)
        elif mnemonic == "neg":
            self.put(p[0], -self.operand(p[1:]))
        elif mnemonic in ("tst", "ands"):
            r = self.get(p[-2]) & self.operand(p[-1:])
            self.flags = (bool(r >> (31 if p[0][0] == "w" else 63)), r == 0, False, False)
            if mnemonic == "ands":
                self.put(p[0], r)
        elif mnemonic == "ubfiz":
            self.put(p[0], (self.get(p[1]) & (1 << self.get(p[3])) - 1) << self.get(p[2]))
        elif mnemonic == "csel":
            self.put(p[0], self.get(p[1] if CONDITIONS[p[3]](*self.flags) else p[2]))
        elif mnemonic in ("madd", "umaddl"):
            self.put(p[0], self.get(p[1]) * self.get(p[2]) + self.get(p[3]))
        elif mnemonic in ARITHMETIC:
            self.put(p[0], ARITHMETIC[mnemonic](self.get(p[1]), self.operand(p[2:])))
        else:
            raise Unknown("an unknown instruction, which may compute addresses or branches")
        return step.taken


def walk(text, function, arguments, most=10_000_000):
    """The steps of a call of `function` in the assembly `text` with arguments in x0, x1, ..., until it returns."""
    code, labels = parse(text, function)
    core, at, steps = Core(arguments), 0, []
    while 0 <= at < len(code):
        mnemonic, operands = code[at]
        step = Step(at, f"{mnemonic} {operands}".strip())
        try:
            go = core.execute(mnemonic, operands, labels, step)
        except (Unknown, instrument.Unknown, KeyError, ValueError, IndexError) as e:
            raise Unknown(f"{step.text}: {type(e).__name__} {e}; add it to arm_walk.py") from e
        steps.append(step)
        if len(steps) > most:
            raise Unknown(f"{function} does not return within {most} instructions")
        at = at + 1 if go is None else go
    return steps
