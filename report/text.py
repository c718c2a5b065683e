"""Texts of the page: numbers with units, cells of tables, and text from result folders made harmless to show."""
import math
import os
import re
import urllib.parse
from typing import NamedTuple

LONGEST = 2000  # characters of one text
# Control characters, halves of characters, and marks that turn the direction of the text around them.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
NOTHING = "\u2013"  # shown where a value does not apply


class Cell(NamedTuple):
    """A cell of a table. `title` is shown next to the pointer; `kind` is a class of page.css."""
    text: str
    title: str = ""
    href: str = ""
    kind: str = ""


class Column(NamedTuple):
    """A column: its heading, and the name of the filter that looks at it, if one does."""
    head: str
    key: str = ""
    number: bool = False
    title: str = ""
    wraps: bool = False  # sentences


class Table(NamedTuple):
    """`name` is what the line of counts calls its rows; "" if filters leave it alone."""
    id: str
    caption: str
    columns: list
    rows: list
    name: str = ""
    text: str = ""


def clean(value):
    """A value for the template; escaping is left to it."""
    if type(value) is not str:
        return value
    value = UNPRINTABLE.sub("\ufffd", value)
    return value if len(value) <= LONGEST else value[:LONGEST] + "\u2026"


def decimals(value, digits=3):
    """Decimals that show so many significant digits."""
    return max(0, min(6, digits - 1 - math.floor(math.log10(abs(value))))) if value else 0


def number(value, places=None):
    """A number as text; with three significant digits, but all digits before the point, unless `places` is given."""
    if not math.isfinite(value):
        return NOTHING
    if places is None and value and not 1e-4 <= abs(value) < 1e12:
        return f"{value:.3g}"
    places = decimals(value) if places is None else places
    return f"{round(value, places) + 0.0:,.{places}f}"  # + 0.0: no minus before 0


def common_decimals(values):
    """Decimals for a column of numbers: three significant digits of the median, at most three decimals."""
    values = sorted(abs(v) for v in values if math.isfinite(v) and v)
    return min(3, decimals(values[len(values) // 2])) if values else 0


def interval(row, factor=1, places=None):
    """Both ends, or ""."""
    low, high = row.interval()
    return f"{number(low * factor, places)} to {number(high * factor, places)}" if math.isfinite(low + high) else ""


def half_width(row):
    """Half the width of the interval in percent of the value, as bench prints it; "" without one. The ends of suite
    predict are what its inputs allow, no confidence interval."""
    if row["suite"] == "predict":
        return ""
    low, high = row.interval()
    value = row.number("value")
    share = 50 * (high - low) / abs(value) if value else math.nan
    return f"{share:.1f}" if math.isfinite(share) else ""


def link(path, start):
    """A relative URL of a file, for a page in the folder `start`."""
    return urllib.parse.quote(os.fsencode(os.path.relpath(path, start)))


def count(text):
    """A whole number with separators of thousands; other text as it is."""
    return f"{int(text):,}" if re.fullmatch(r"[0-9]{1,18}", text) else text


def plural(n, one, more=None):
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def listed(words):
    """a, b and c"""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
