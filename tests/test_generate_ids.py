#!/usr/bin/env python3
"""generate with ids in place of text, and with the vocabulary of a GGUF file, from outside.

usage: test_generate_ids.py GENERATE TVLPACK [WRAPPER...]    prints TAP
"""
import os
import struct
import subprocess
import sys

from outside import workplace
from refused import refuser
from tap import done, ok, skip

generate, tvlpack, wrapper = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
workplace("generate-ids")


def run(*args, text=b"", program=generate):
    return subprocess.run([*wrapper, program, *args], input=text, capture_output=True, timeout=100)


def ids_of(*args, text=b""):
    """The ids on the one line that is printed; None if it is not like that."""
    r = run(*args, text=text)
    lines = r.stdout.decode(errors="replace").split("\n")
    good = r.returncode == 0 and len(lines) == 2 and lines[1] == "" and lines[0] == " ".join(lines[0].split())
    return [int(word) for word in lines[0].split()] if good else None


# a model (from synthetic weights), its tokenizer: three special tokens, 256 bytes, letters, others; both in one GGUF
pieces = ["<unk>", "\n<s>\n", "\n</s>\n"] + ["<0x%02X>" % i for i in range(256)] + [chr(c) for c in range(32, 127)]
pieces += ["he", "ll", "hell", "hello", " hello", " w"]
pieces += ["t%d" % i for i in range(512 - len(pieces))]
with open("tokenizer.bin", "wb") as f:
    f.write(struct.pack("<i", max(map(len, pieces))))
    for i, piece in enumerate(pieces):
        f.write(struct.pack("<fi", -i, len(piece)) + piece.encode())
r = run("synthetic:stories260K", "model.gguf", "--tokenizer=tokenizer.bin", program=tvlpack)
ok(r.returncode == 0 and os.path.exists("model.gguf"), "a GGUF with a vocabulary", r)
run("synthetic:stories260K", "model.tvl", program=tvlpack)
model, greedy = "--model=synthetic:stories260K", ("--temperature=0", "--threads=1")
talk = (model, "--tokenizer=tokenizer.bin", *greedy)

# --- ids in, ids out
ten = ids_of(model, "--prompt-ids=1,5,300", "--ids", "--tokens=10", *greedy)
ok(ten and len(ten) == 10 and all(0 <= i < 512 for i in ten), "ten ids on one line, and nothing else", ten)
ok(ids_of("--model=model.tvl", "--prompt-ids=1,5,300", "--ids", "--tokens=10", *greedy) == ten, "of a .tvl file, too")
rest = ids_of(model, "--prompt-ids=1,5,300," + ",".join(map(str, ten[:4])), "--ids", "--tokens=6", *greedy)
ok(rest == ten[4:], "ids continue where they end", (ten, rest))
ok(ids_of(*talk, "--prompt-ids=1,5,300", "--ids", "--tokens=10") == ten, "a tokenizer does not matter to them")
full = ",".join(["7"] * 510)
ok(len(ids_of(model, "--prompt-ids=" + full, "--ids", "--tokens=10", *greedy)) == 3,
   "510 of 512 positions: three predictions")
ok(len(ids_of(model, "--prompt-ids=1", "--ids", "--tokens=300", *greedy)) == 300, "ids do not end with a text")
r = run(model, "--prompt-ids=1", "--ids", "--tokens=3", *greedy)
ok(r.stderr.count(b"\n") == 1 and b"tok/s" in r.stderr, "what else there is to say is on stderr", r)

# --- text in, ids out, and back
hello = pieces.index(" hello")
ok(ids_of(*talk, "--prompt=hello w", "--ids", "--tokens=9") ==
   ids_of(model, "--prompt-ids=1,%d,%d" % (hello, pieces.index(" w")), "--ids", "--tokens=9", *greedy),
   "a text is its ids, with a BOS")
text = run(*talk, "--prompt-ids=1,%d" % hello, "--tokens=12").stdout
ids = ids_of(model, "--prompt-ids=1,%d" % hello, "--ids", "--tokens=12", *greedy)
said = "hello"
for i in ids:
    if i in (1, 2):
        break
    said += chr(int(pieces[i][3:5], 16)) if 3 <= i < 259 else pieces[i]
plain = "".join(c for c in said if " " <= c <= "~")
ok("".join(c for c in text.decode(errors="replace") if " " <= c <= "~") == plain and text.startswith(b"hello"),
   "ids as text", (text, said))
ok(run(*talk, "--prompt=hello", "--tokens=12").stdout == text, "a prompt of ids is printed like one of text")

# --- only tokenizing
for name in ("tokenizer.bin", "model.gguf"):
    option = ("--tokenize", "--tokenizer=" + name)
    ok(ids_of(*option, text=b"hello w") == [hello, pieces.index(" w")], name + ": ids of a text, without BOS and EOS")
    ok(ids_of(*option, text=b"") == [], name + ": of no text none")
    ok(ids_of(*option, text=b"\0\xff\n") == [259, 3, 258, 13], name + ": of a NUL, a byte, a line feed")
    got = ids_of(*option, text=b"<s></s>")
    ok(got and not set(got) & {1, 2}, name + ": special tokens are not read out of a text", got)
    large = ids_of(*option, text=b"hello " * 50000)
    ok(large and large.count(hello) == 50000, name + ": of a long text")
if os.path.exists("/dev/full"):
    with open("/dev/full", "wb") as f:
        for args in ((model, "--prompt-ids=1", "--ids", "--tokens=2"), ("--tokenize", "--tokenizer=tokenizer.bin")):
            r = subprocess.run([*wrapper, generate, *args], input=b"hello", stdout=f, stderr=subprocess.PIPE,
                               timeout=100)
            ok(r.returncode == 2 and b"No space left" in r.stderr, f"{args[-1]}: a full disk is exit code 2", r)
else:
    skip("a full disk", "no /dev/full here")

# --- what makes no sense
refused = refuser(run, "generate")
for args, words in (
        ([model, "--prompt-ids=1,512", "--ids"], ["--prompt-ids", "512", "0 to 511"]),
        ([model, "--prompt-ids=-1", "--ids"], ["--prompt-ids", "'-1'"]),
        ([model, "--prompt-ids=", "--ids"], ["--prompt-ids", "''"]),
        ([model, "--prompt-ids=1,,2", "--ids"], ["--prompt-ids", "''"]),
        ([model, "--prompt-ids=1,", "--ids"], ["--prompt-ids", "''"]),
        ([model, "--prompt-ids=1 2", "--ids"], ["--prompt-ids", "'1 2'"]),
        ([model, "--prompt-ids=x", "--ids"], ["--prompt-ids", "'x'"]),
        ([model, "--prompt-ids=99999999999999999999999999", "--ids"], ["--prompt-ids", "whole number"]),
        ([model, "--prompt-ids=" + ",".join(["7"] * 513), "--ids"], ["513 tokens", "512"]),
        ([model, "--prompt-ids=1", "--prompt=x", "--ids"], ["--prompt", "--prompt-ids"]),
        ([model, "--prompt-ids=1"], ["--tokenizer is missing"]),
        ([model, "--ids"], ["--tokenizer is missing"]),
        ([model, "--ids=1"], ["takes no value"]),
        (["--ids"], ["--model is missing"]),
        (["--tokenize"], ["--tokenizer is missing"]),
        (["--tokenize", model], ["--model", "--tokenize"]),
        (["--tokenize", "--tokenizer=tokenizer.bin", "--ids"], ["--ids", "--tokenize"]),
        (["--tokenize", "--tokenizer=tokenizer.bin", "--tokens=5"], ["--tokens", "--tokenize"]),
        (["--tokenize", "--tokenizer=tokenizer.bin", "--prompt=x"], ["--prompt", "--tokenize"]),
        (["--tokenize", "--tokenizer=nowhere"], ["nowhere"]),
        (["--tokenize", "--tokenizer=model.tvl"], ["model.tvl"])):
    refused(args, *words)

done()
