"""Makes micro-operations of executed AArch64 instructions, as window_model.py takes them.

A micro-operation has a class (`kind`), which machine files know by name, registers that it reads and writes, and
entries of the core's limited resources that it holds from dispatch to retirement. Only what the NEON kernels use is
known; anything else is refused.
"""
import re

import arm_walk

# Classes of vector instructions by mnemonic. Those of ACCUMULATE add to the register that they write; those of MERGE
# keep part of it.
CLASSES = {
    "fma": "fmla fmls fmadd fmsub fnmadd fnmsub", "float_add": "fadd fsub", "float_pair": "faddp",
    "float_multiply": "fmul fnmul", "multiply": "mul", "multiply_long": "smull smull2 umull umull2",
    "multiply_accumulate": "mla mls", "multiply_accumulate_long": "smlal smlal2 umlal umlal2",
    "dot": "sdot udot usdot", "pair_accumulate": "sadalp uadalp",
    "shift": "ushr sshr shl shll shll2 sshll ushll sxtl sxtl2 uxtl uxtl2 sri sli",
    "convert": "scvtf ucvtf fcvtl fcvtl2 fcvt fcvtzs",
    "vector": "and orr eor bic add sub addp saddlp uaddlp bif bit bsl ext zip1 zip2 uzp1 uzp2 tbl xtn neg fneg mvn "
              "cmhi cmhs cmeq cmgt movi mvni addv rev64 trn1 trn2",
}
KIND = {m: kind for kind, mnemonics in CLASSES.items() for m in mnemonics.split()}
KINDS = {*CLASSES, "load", "store", "branch", "integer", "integer_shift", "integer_multiply", "from_general",
         "to_general", "zero"}  # all classes; `zero`: a register is cleared
ACCUMULATE = {"fmla", "fmls", *CLASSES["multiply_accumulate"].split(),
              *CLASSES["multiply_accumulate_long"].split(), *CLASSES["dot"].split(), "sadalp", "uadalp"}
SCALAR_FMA = {"fmadd", "fmsub", "fnmadd", "fnmsub"}  # the last operand is the sum
MERGE = {"bif", "bit", "bsl", "sri", "sli", "ins", "movk"}
SIMPLE = {"add", "sub", "and", "orr", "eor", "bic", "neg", "mov", "movk", "lsl", "lsr", "asr", "ubfiz", "ubfx", "sxtw",
          "uxtw", "csel", "cset", "adds", "subs", "ands", "cmp", "cmn", "tst", "sbfiz", "uxtb", "uxth"}
MULTIPLY = {"mul", "madd", "msub", "umaddl", "smaddl", "umull", "smull", "umulh"}
FLAGS = {"adds", "subs", "ands", "cmp", "cmn", "tst"}
NO_TARGET = {"cmp", "cmn", "tst"}
MEMORY = {"load", "store"}
GROUP = 7  # micro-operations that a group of Apple's reorder buffer holds


class Op:
    """`sum` is the register that an accumulating instruction adds to; `first`: the first of an instruction."""

    __slots__ = ("kind", "reads", "writes", "sum", "first", "entries")

    def __init__(self, kind, reads=(), writes=(), total=None):
        self.kind, self.reads, self.writes, self.sum = kind, tuple(reads), tuple(writes), total
        self.first, self.entries = False, ()


def registers(text):
    """The registers that a text names: v0, x0, ... Those that always read as zero are none."""
    found = re.findall(r"\b([vqdshbxw])(\d+)\b|\b(sp)\b", text)
    return [sp or ("x" if letter in "xw" else "v") + number for letter, number, sp in found]


def memory(mnemonic, operands):
    """A load or store: one micro-operation per register, one to spread a value, one to update the base register."""
    before, inside, after = re.fullmatch(r"(.*?)\[([^\]]*)\](!?.*)", operands).groups()
    if re.match(r"\s*\]?\s*\[", after):
        before, (inside, after) = before + inside, re.fullmatch(r"[^\[]*\[([^\]]*)\](!?.*)", after).groups()
    data, address, ops = registers(before), registers(inside), []
    if mnemonic.startswith("prf"):
        ops.append(Op("load", address))
    elif mnemonic.startswith("ld"):
        spread = mnemonic == "ld1r" or re.search(r"\}\s*$", before) is None and "{" in before
        for register in data:
            ops.append(Op("load", address, ["spread" if spread else register]))
            if spread:
                ops.append(Op("vector", ["spread"] + [register] * (mnemonic != "ld1r"), [register]))
    else:
        ops.extend(Op("store", [register, *address]) for register in data)
    if after.strip():
        ops.append(Op("integer", [address[0], *registers(after)], [address[0]]))
    return ops


def vector(mnemonic, operands):
    """An instruction on vector registers."""
    parts = arm_walk.split(operands)
    target, sources = registers(parts[0])[0], registers(",".join(parts[1:]))
    if mnemonic in ("movi", "fmov") and re.fullmatch(r"#?(0x)?0+(\.0+)?", parts[1]) or parts[1] in ("wzr", "xzr"):
        return Op("zero", (), [target])
    if mnemonic in ("mov", "dup", "ins", "fmov", "umov", "smov"):
        part = [target] if "[" in parts[0] and target[0] == "v" else []
        if target[0] == "x":
            return Op("to_general", sources, [target])
        kind = "from_general" if sources and sources[0][0] == "x" else "vector"
        return Op(kind, sources + part, [target])
    if mnemonic not in KIND:
        raise arm_walk.Unknown(f"{mnemonic} {operands}; add it to arm_decode.py")
    kind = KIND[mnemonic]
    if mnemonic in ACCUMULATE:
        return Op(kind, sources, [target], target)
    if mnemonic in SCALAR_FMA:
        return Op(kind, sources[:2], [target], sources[2])
    return Op(kind, sources + [target] * (mnemonic in MERGE), [target])


def general(mnemonic, operands):
    """An instruction on general registers, or a branch."""
    parts = arm_walk.split(operands)
    if mnemonic in ("b", "ret", "nop"):
        return Op("branch")
    if mnemonic in ("cbz", "cbnz", "tbz", "tbnz"):
        return Op("branch", registers(parts[0]))
    if re.fullmatch(r"b\.?[a-z][a-z]", mnemonic):
        return Op("branch", ["flags"])
    if mnemonic not in SIMPLE | MULTIPLY:
        raise arm_walk.Unknown(f"{mnemonic} {operands}; add it to arm_decode.py")
    named = registers(parts[0])
    sources = registers(",".join(parts if mnemonic in NO_TARGET else parts[1:])) + named * (mnemonic in MERGE)
    targets = ([] if mnemonic in NO_TARGET else named) + ["flags"] * (mnemonic in FLAGS)
    if mnemonic in ("csel", "cset"):
        sources.append("flags")
    shifted = len(parts) > 3 and re.match(r"(lsl|lsr|asr|[us]xtw)\b", parts[3])
    kind = "integer_multiply" if mnemonic in MULTIPLY else "integer_shift" if shifted else "integer"
    if mnemonic == "mov" and not sources:
        kind = "zero" if re.fullmatch(r"#?0|[wx]zr", parts[1]) else kind
    return Op(kind, sources, targets)


def one(text):
    """The micro-operations of one instruction."""
    mnemonic, _, operands = text.partition(" ")
    operands = operands.strip()
    if re.match(r"ld|st|prf", mnemonic):
        return memory(mnemonic, operands)
    first = arm_walk.split(operands)[:1]
    if mnemonic in ("umov", "smov") or first and re.match(r"[vqdshb]\d", first[0]) or (
            mnemonic == "fmov" and first and re.match(r"[xw]\d", first[0])):
        return [vector(mnemonic, operands)]
    return [general(mnemonic, operands)]


def entries(op, window_by_micro_op, opens_group):
    """The entries that a micro-operation holds until it retires: [(limit of a machine file, how many)]."""
    vectors, general_registers = (sum(r[0] == letter for r in op.writes) for letter in "vx")
    held = {"window": int(op.first or window_by_micro_op), "micro_ops": 1, "groups": int(opens_group),
            "renames": len(op.writes), "vector_registers": vectors, "general_registers": general_registers,
            "flag_registers": int("flags" in op.writes), "loads": int(op.kind == "load"),
            "stores": int(op.kind == "store"), "branches": int(op.kind == "branch")}
    return tuple((name, count) for name, count in held.items() if count)


def decode(steps, machine):
    """The micro-operations of executed instructions (steps of arm_walk, or texts) on a machine of window_model.py."""
    texts = [s if isinstance(s, str) else s.text for s in steps]
    ops, at, group, closed, known = [], 0, 0, True, {}
    while at < len(texts):
        text = texts[at]
        mnemonic = text.split()[0]
        if text not in known:
            known[text] = one(text)
        found = [Op(o.kind, o.reads, o.writes, o.sum) for o in known[text]]
        if "fused_branch" in machine.features and mnemonic in FLAGS and at + 1 < len(texts) and re.match(
                r"b\.?[a-z][a-z] ", texts[at + 1]):
            found[-1].kind, at = "branch", at + 1
        for i, op in enumerate(found):
            if op.kind == "zero" and "zero" not in machine.classes:
                op.kind = "vector" if op.writes[0][0] == "v" else "integer"
            op.first = i == 0
            opens = closed or op.kind in MEMORY or group == GROUP
            group, closed = 1 if opens else group + 1, op.kind == "branch"
            op.entries = entries(op, machine.window_by_micro_op, opens)
        ops += found
        at += 1
    return ops
