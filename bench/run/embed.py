#!/usr/bin/env python3
"""Makes a C file of texts, so that the program needs no other files.

usage: embed.py OUTPUT SYMBOL=FILE...
"""
import sys

output, *texts = sys.argv[1:]
with open(output, "w", encoding="ascii") as to:
    to.write('#include "bench/run/suite.h"\n')
    for text in texts:
        symbol, path = text.split("=", 1)
        with open(path, "rb") as f:
            data = f.read() + b"\0"
        if max(data) > 127 or data.count(0) != 1:
            sys.exit(f"{path}: not ASCII")
        to.write(f"\nconst char {symbol}[] = {{\n")  # no literal: C guarantees only 4,095 characters
        for i in range(0, len(data), 20):
            to.write("    " + ", ".join(map(str, data[i : i + 20])) + ",\n")
        to.write("};\n")
