"""The common style of all figures: sizes, colours safe for colour blindness and grey print, captions, saving."""
import html
import math
import os
import re
import textwrap

os.environ.pop("MPLBACKEND", None)  # none is needed to write files, and one that is not installed would stop the import

import matplotlib
import matplotlib.lines
import matplotlib.ticker
import matplotlib.transforms
from matplotlib.figure import Figure
from matplotlib.patches import Patch

COLUMN, PAGE = 3.3, 7.0  # inches: one and two columns of a paper
SIZE = 7                 # points: nothing is smaller

matplotlib.rcdefaults()  # not what the user's matplotlibrc says
matplotlib.rcParams.update({
    "font.family": "DejaVu Sans", "font.size": SIZE, "axes.titlesize": SIZE, "axes.labelsize": SIZE,
    "legend.fontsize": SIZE, "xtick.labelsize": SIZE, "ytick.labelsize": SIZE, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4, "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5, "ytick.major.size": 2.5, "xtick.minor.size": 1.5, "ytick.minor.size": 1.5,
    "lines.linewidth": 1, "lines.markersize": 3.5, "hatch.linewidth": 0.5, "legend.frameon": False,
    "legend.borderaxespad": 0.2, "legend.handlelength": 1.8, "legend.columnspacing": 1.2, "axes.spines.top": False,
    "axes.spines.right": False, "axes.axisbelow": True, "grid.color": "0.88", "grid.linewidth": 0.5,
    "errorbar.capsize": 2, "svg.fonttype": "none", "pdf.fonttype": 42,
    "svg.hashsalt": "memwall",  # the same data make the same bytes
})
if "text.parse_math" in matplotlib.rcParams:  # since 3.6
    matplotlib.rcParams["text.parse_math"] = False  # a "$" in a name is a "$"

# Okabe and Ito, "Color Universal Design" (2008).
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
GREY = "0.45"
MINUS = "\u2212"

FIXED = {"scalar": (BLACK, "o", "-"), "neon": (ORANGE, "s", "--"), "mmap": (SKY, "^", "-."), "tvl": (BLUE, "D", "-")}
OTHERS = [(GREEN, "v", ":"), (RED, "P", "--"), (PURPLE, "X", "-."), (YELLOW, "<", "-"), (GREEN, ">", "--"),
          (RED, "p", ":"), (PURPLE, "h", "-")]


def of_variants(names):
    """{variant: (colour, marker, line)}. The paper's four variants look the same in every figure."""
    others = [n for n in dict.fromkeys(names) if n not in FIXED]
    return {**FIXED, **{n: OTHERS[i % len(OTHERS)] for i, n in enumerate(others)}}


def lighter(colour, by=0.55):
    r, g, b = matplotlib.colors.to_rgb(colour)
    return tuple(c + (1 - c) * by for c in (r, g, b))


def short(variant):
    """kernel/layout/load, on two lines."""
    return variant.replace("/", "\n", 1)


def kernel_names(variants):
    """{variant: its kernel, and its load if several variants have that kernel}. A kernel has only one layout."""
    dtypes = {v: v.partition("@")[1] + v.partition("@")[2] for v in dict.fromkeys(variants)}
    kernels = {v: v.partition("@")[0].split("/")[0] + of for v, of in dtypes.items()}
    names = list(kernels.values())
    return {v: k if names.count(k) == 1 else " ".join(v.split("/")[:1] + v.split("/")[2:]) for v, k in kernels.items()}


def plural(n, one, more=None):
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def repetitions(rows):
    """What a caption says of the sample of suite micro."""
    return f"n = {plural(rows[0].whole('n'), 'repetition')} in one process, medians; no interval"


def thousands(axis):
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda x, _: f"{x:,.0f}"))


def sizes(axis, least, most):
    """A binary logarithmic axis of bytes."""
    axis.axes.set_xscale("log", base=2)
    first, last = least.bit_length() - 1, most.bit_length() - 1
    axis.set_ticks([2**i for i in range(first, last + 1) if (i - first) % 3 == 0], minor=False)
    axis.set_ticks([2**i for i in range(first, last + 1)], minor=True)
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda x, _: size_text(x)))
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def readable(axis):
    """Plain digits, with separators of thousands, and decimals where the ticks need them."""
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda x, _: f"{x:,.6g}"))


def plain_log(axis, digits=(1, 2, 5)):
    """1, 2, 5, 10, ... in plain digits; fewer `digits` for an axis of many decades."""
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=digits))
    plain(axis)


def plain(axis):
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda x, _: f"{x:g}"))
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def size_text(n):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024 or unit == "GiB":
            return f"{n:g} {unit}"
        n /= 1024


def mark_caches(panels, caches):
    """A line at the size of each cache, with its name above all data. The panels share one logarithmic axis."""
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, high * (high / low) ** 0.06)
    for axes, levels in zip(panels, caches):
        for name, size in levels:
            axes.axvline(size, color=GREY, lw=0.6, ls=(0, (1, 2)), zorder=0)
            axes.annotate(name, (size, 1), xycoords=("data", "axes fraction"), xytext=(-1.5, -1),
                          textcoords="offset points", ha="right", va="top", color=GREY)


def below_each_other(values, highest, gap):
    """Positions of labels for points at `values`: in the same order, `gap` apart, none above `highest` or its point."""
    at, limit = {}, highest
    for i in sorted(range(len(values)), key=lambda i: -values[i]):
        at[i] = min(values[i], limit)
        limit = at[i] - gap
    return [at[i] for i in range(len(values))]


def new(width, height, rows=1, columns=1, **more):
    """A figure and its axes."""
    figure = Figure(figsize=(width, height), constrained_layout={"h_pad": 0.03, "w_pad": 0.03})
    return figure, figure.subplots(rows, columns, **more)


def whiskers(axes, x, y, low, high, colour="black"):
    """A horizontal interval, if there is one. An arrow marks an interval, or even an x, beyond the end of the axis."""
    end = axes.get_xlim()[1]
    if math.isfinite(low + high):
        middle = min(x, end)
        spread = [[max(0, middle - low)], [min(high, end) - middle]]
        axes.errorbar(middle, y, xerr=spread, color=colour, lw=0.8, capsize=2, zorder=3)
    if x > end or high > end:
        axes.plot(end, y, marker=">", color=colour, ms=3.5, clip_on=False, zorder=6)


def legend_above(axes, handles=None, columns=3, left=None, rows=None):
    """A legend above the axes, where it hides no data. It starts at `left`, a share of the figure's width, or at the
    left end of the axes if None, and may be wider than them: the layout sees only its height, by an empty title."""
    if handles is None:
        handles = axes.get_legend_handles_labels()[0]
    x = axes.transAxes if left is None else axes.figure.transFigure
    axes.set_title("\n".join(" " * (rows or -(-len(handles) // columns))), pad=3, linespacing=1.45)
    corner = matplotlib.transforms.blended_transform_factory(x, axes.transAxes)
    legend = axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(left or 0, 1), bbox_transform=corner,
                         ncol=columns, borderpad=0, labelspacing=0.2)
    legend.set_in_layout(False)


def legend_top(figure, handles, columns):
    """A legend above all panels. An empty title reserves its height."""
    figure.suptitle("\n".join(" " * -(-len(handles) // columns)), fontsize=SIZE, linespacing=1.45)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.005, 1), ncol=columns, borderpad=0,
                  labelspacing=0.2).set_in_layout(False)


def swatch(label, **look):
    return Patch(label=label, lw=0.5, **look)


def line(label, **look):
    return matplotlib.lines.Line2D([], [], label=label, **look)


def title(figure, text):
    """One sentence above everything, wrapped to the width of the figure."""
    lines = textwrap.wrap(text, int(figure.get_figwidth() * 72 / (0.6 * SIZE)), break_on_hyphens=False)
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=SIZE)


def caption(figure, text):
    """The small text below: machine, commit, n, interval. Wrapped to the width of the figure."""
    letters = int(figure.get_figwidth() * 72 / (0.54 * SIZE))
    together = re.sub(r"(?<=\d) (?=%)|(?<=\bn) (?==)|(?<=\bn =) (?=\d)", "\u00a0", text)  # 95 %, n = 6
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(together, letters, break_long_words=False)]
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", color=GREY, fontsize=SIZE)


def hint(artist, *texts):
    """Texts that an SVG shows next to the pointer, and that screen readers read: one for a bar, or one per marker of a
    line, in order."""
    hints = artist.get_figure().__dict__.setdefault("memwall_hints", [])
    artist.set_gid(f"hint-{len(hints)}")
    hints.append(texts)


def value_text(row, unit, factor=1):
    """A value with its interval, as hints show it."""
    low, high = row.interval()
    ends = f" ({low * factor:,.4g} to {high * factor:,.4g})" if math.isfinite(low + high) else ""
    return f"{row.number('value') * factor:,.4g}{unit}{ends}"


def with_hints(svg, hints):
    """The SVG with a <title> in every mark that has a hint. Markers outside the axes are not drawn, so a line that
    lacks some gets no hints."""
    for i, texts in enumerate(hints):
        start = svg.find(f'<g id="hint-{i}">')
        if start < 0:
            continue
        level, end = 0, start
        for tag in re.compile(r"<(/?)g\b").finditer(svg, start):
            level += -1 if tag.group(1) else 1
            end = tag.end()
            if level == 0:
                break
        group = svg[start:end]
        titles = [f"<title>{html.escape(text, quote=False)}</title>" for text in texts]
        uses = re.findall(r"<use [^>]*/>", group)
        if len(uses) == len(titles) > 1:
            each = iter(titles)
            group = re.sub(r"<use [^>]*/>", lambda use: f"<g>{next(each)}{use.group()}</g>", group)
        elif len(titles) == 1:
            group = group.replace(">", ">" + titles[0], 1)
        svg = svg[:start] + group + svg[end:]
    return svg


def save(figure, folder, name, kinds=("pdf", "svg", "png")):
    """Writes PDF, SVG and PNG, without dates."""
    metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    for kind in kinds:
        path = os.path.join(folder, f"{name}.{kind}")
        figure.savefig(path, dpi=300, metadata=metadata[kind])
        if kind == "svg" and hasattr(figure, "memwall_hints"):
            with open(path, encoding="utf-8") as f:
                svg = f.read()
            with open(path, "w", encoding="utf-8") as f:
                f.write(with_hints(svg, figure.memwall_hints))
