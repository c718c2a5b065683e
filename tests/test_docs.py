#!/usr/bin/env python3
"""Links in the documentation lead somewhere: files that exist, and headings that are there.

usage: test_docs.py SOURCE    prints TAP
"""
import os
import re
import sys

from tap import done, ok

source = os.path.abspath(sys.argv[1])


def read(path):
    """The text of a page without code, in which brackets mean something else."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^```.*?^```$", "", f.read(), flags=re.M | re.S)
    return text


def anchors(path):
    """The names that GitHub gives to headings; a repeated one gets a number."""
    names = []
    for heading in re.findall(r"^#+ +(.*)$", read(path), re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        n = sum(re.fullmatch(re.escape(name) + r"(-\d+)?", other) is not None for other in names)
        names.append(f"{name}-{n}" if n else name)
    return names


pages = [os.path.join(d, f) for d, _, files in os.walk(source) for f in files if f.endswith(".md")
         and not os.path.relpath(d, source).startswith(("build", ".git", "obj-"))]
links = 0
for page in sorted(pages):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", read(page))):
        if re.match(r"[a-z]+:", target):
            continue
        links += 1
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(path) or (anchor and anchor not in anchors(path)):
            dead.append(target)
    ok(not dead, f"links of {os.path.relpath(page, source)}", dead)
ok(len(pages) > 10 and links > 50, "pages and links are found", (len(pages), links))
done()
