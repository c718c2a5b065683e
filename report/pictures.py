"""Figures of plots/ as SVG inside the page: no styles of their own, short numbers, no name twice."""
import os
import re
import tempfile
import xml.etree.ElementTree as xml
from typing import NamedTuple

import drawing
import figures

MOST_MACHINES = 8  # in a page with figures
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
SHORT = {"d": 1, "points": 1, "x": 1, "y": 1, "transform": 2, "width": 1, "height": 1}  # decimals, points of 1/72 inch
DOT = re.compile(r"M (-?[\d.]+) (-?[\d.]+)(?: C(?: -?[\d.]+){6}){8} z")
PIXELS = 1.55  # of the page per point of the figure

xml.register_namespace("", SVG[1:-1])


class Figure(NamedTuple):
    id: str
    title: str
    text: str
    svg: str


complaints = []  # of figures.py; said at the end, as the page may fail for the same reason


def say(line):
    """Notes what figures.py says, but for figures that these results have no data for."""
    if " skipped: " not in line and ": no figure" not in line and line not in complaints:
        complaints.append(line)


def of_machine(machine, number):
    """All figures of the runs of one machine."""
    with tempfile.TemporaryDirectory(prefix="memwall-report-") as work:
        made = drawing.draw([v.folder for v in machine.views], work, say, "--format=svg")
        found = []
        for i, (name, (title, text)) in enumerate(figures.FIGURES.items()):
            if name in made:
                key = f"figure-{number}-{name}"
                svg = inline(os.path.join(work, name + ".svg"), key, f"f{number}-{i}-")
                if svg:
                    found.append(Figure(key, title, text, svg))
        return found


def inline(path, key, prefix):
    """The figure as an element of HTML, with names that start with `prefix`; None if it holds characters that XML does
    not allow."""
    try:
        root = xml.parse(path).getroot()
    except xml.ParseError:
        return None
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (SVG + "metadata", SVG + "style"):
                parent.remove(child)
        parent.tail = None
        if parent.text and not parent.text.strip():
            parent.text = None
    used = re.findall(r'(?:url\(|href=")#([^)"]+)', xml.tostring(root, encoding="unicode"))
    names = {name: f"{prefix}{i}" for i, name in enumerate(dict.fromkeys(used))}
    for x in root.iter():
        attributes(x, names)
    for x in root.iter(SVG + "g"):
        hoist(x)
    ground(root)
    width = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.attrib.update({"width": f"{width * PIXELS:.0f}", "role": "group", "aria-labelledby": key + "-title",
                        "aria-describedby": key + "-text"})
    return xml.tostring(root, encoding="unicode")


def attributes(x, names):
    """Styles become attributes, which the policy of the page allows; numbers become short."""
    for pair in x.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in pair.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            x.set("font-size", size.group(1) if size else "7")
            if "bold" in value:
                x.set("font-weight", "bold")
        elif name:
            x.set(name, value)
    name = x.attrib.pop("id", None)
    if name in names:
        x.set("id", names[name])
    if LINK in x.attrib:
        x.set("href", "#" + names[x.attrib.pop(LINK)[1:]])
    for name, value in x.attrib.items():
        if value.startswith("url(#"):
            x.set(name, f"url(#{names[value[5:-1]]})")
        elif name in SHORT:
            x.set(name, shortened(value, SHORT[name]))
    if x.tag == SVG + "path" and len(DOT.findall(x.get("d"))) > 100:  # a hatch
        x.set("d", DOT.sub(r"M\1 \2h0", x.get("d")))
        x.attrib.update({"stroke-width": "0.6", "stroke-linecap": "round"})
    if x.tag == SVG + "g" and x.find(SVG + "title") is not None:
        x.set("role", "img")


def hoist(group):
    """Gives the group what all its markers have in common, of which there can be thousands."""
    markers = [x for x in group if x.tag == SVG + "use"]
    looks = [{k: v for k, v in x.attrib.items() if k not in ("x", "y", "href")} for x in markers]
    if len(markers) > 1 and all(look == looks[0] for look in looks) and not set(looks[0]) & set(group.attrib):
        group.attrib.update(looks[0])
        for x in markers:
            for name in looks[0]:
                del x.attrib[name]


def shortened(text, places):
    text = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m.group()):.{places}f}".rstrip("0").rstrip("."), text)
    return " ".join(text.split())


def ground(root):
    """Removes the white ground of the figure, so that the page shows through."""
    for parent in root.iter(SVG + "g"):
        for child in list(parent):
            if child.tag == SVG + "path" and child.get("fill") == "#ffffff" and "stroke" not in child.attrib:
                parent.remove(child)
                return
