"""From the ceiling, the weights streamed at the machine roof, to the time of a token: what each cause adds to it."""
import math
from typing import NamedTuple

import style
import why
from data import Bad, Missing

LEAST = 0.005  # of the token: steps below it share one bar
NAMES = {"pages": "page size and placement", "arithmetic": "arithmetic of the kernels",  # those that bench prints
         "overlap": "arithmetic not overlapped", "attention": "attention and KV cache", "small": "small operations",
         "threads": "starting, joining threads", "faults": "page faults", "stolen": "switches, migrations",
         "stalls": "slow tokens, cause unknown", "rest": "not explained"}
ELSE = "everything else"
WIDTH = 5.2  # inches of the axes, at least
LOSS, GAIN, UNKNOWN = (  # what a step adds, what one gains, and what nothing explains
    {"facecolor": style.lighter(style.ORANGE, 0.25), "edgecolor": "black"},
    {"facecolor": style.lighter(style.SKY, 0.4), "edgecolor": "black", "hatch": "////"},
    {"facecolor": "0.9", "edgecolor": "black", "hatch": "...."})
CEILING = {"facecolor": style.lighter(style.RED, 0.65), "edgecolor": style.RED}
REACHED = {"facecolor": style.lighter(style.BLUE, 0.65), "edgecolor": style.BLUE}


class Step(NamedTuple):
    name: str
    us: float
    low: float
    high: float


def steps_of(run, variant, threads, rows):
    """All steps in order. They have to add up to what lies between the ceiling and the token."""
    found = {x.param("step"): x for x in run.summaries(metric="lost_us", phase="steady", variant=variant)
             if x.whole("threads") == threads}
    lacks = [name for name in NAMES if name not in found]
    if lacks:
        raise Missing(f"{run.folder}/results.csv: {variant} has no lost_us of step {', '.join(lacks)}")
    names = [*NAMES, *(name for name in found if name not in NAMES)]
    steps = [Step(name, found[name].number("value"), *found[name].interval()) for name in names]
    token, ceiling = (rows[metric].number("value") for metric in ("token_us", "ceiling_us"))
    if abs(sum(s.us for s in steps) - (token - ceiling)) > LEAST * token:
        raise Bad(f"{run.folder}/results.csv: the steps of {variant} do not add up to token_us - ceiling_us")
    return steps


def merged(steps, token):
    """The steps that are large enough for a bar of their own, then the sum of the others; and the others. The ends of
    the sum's interval are the sums of the ends, further apart than those of independent steps."""
    small = [s for s in steps if abs(s.us) < LEAST * token]
    if len(small) < 2:  # a sum of one step would only hide its name
        return steps, []
    total = Step(ELSE, *(math.fsum(column) for column in list(zip(*small))[1:]))
    return [*(s for s in steps if s not in small), total], small


def range_of(rows, steps):
    """Both ends of the axis. It starts at 0, unless the steps would be too short to be seen."""
    at, token = (rows[metric].number("value") for metric in ("ceiling_us", "token_us"))
    levels, ends = [at, token], [*rows["ceiling_us"].interval(), *rows["token_us"].interval()]
    for s in steps:
        ends += [at + s.low, at + s.high]
        at += s.us
        levels.append(at)
    ends = [e for e in ends if math.isfinite(e)]
    least, most = min(levels), max(levels)
    span = max(most - least, 0.04 * token)
    right = min(max([most, *ends]) + 0.03 * span, most + 0.5 * span)  # an interval beyond it gets an arrow
    left = max(min([least, *ends]), least - 0.5 * span) - 0.2 * span
    return (0 if left < 0.6 * token else left), right


def number(value, digits, sign=""):
    """With a minus of the width of a plus, and none before 0."""
    return f"{round(value, digits) + 0.0:{sign},.{digits}f}".replace("-", "\u2212")


def amounts(token):
    """The unit of times, and a function that writes them: two digits of the smallest step with a bar."""
    factor, unit = (1e-3, "ms") if token >= 1e4 else (1, "µs")
    digits = max(0, 1 - math.floor(math.log10(LEAST * token * factor)))
    return unit, factor, lambda us, sign="": f"{number(us * factor, digits, sign)} {unit}"


def cut(axes, y):
    """Marks a bar that does not start at 0."""
    for x in (0.012, 0.019):
        axes.plot([x - 0.003, x + 0.003], [y + 0.45, y - 0.45], color="white", lw=2, zorder=4, clip_on=False,
                  transform=axes.get_yaxis_transform(), solid_capstyle="butt")


def label(axes, y, text, bar, whisker, ground="white"):
    """The text right of a bar and its whisker, or left of them if there is more room, or else on the whisker."""
    left, right = axes.get_xlim()
    needed = (right - left) * (0.052 * len(text) + 0.15) / WIDTH
    for ends in ((*bar, *(e for e in whisker if math.isfinite(e))), bar):
        low, high = max(left, min(ends)), min(right, max(ends))
        if max(low - left, right - high) > needed:
            break
    leftwards = low - left > right - high
    axes.annotate(text, (low if leftwards else high, y), xytext=(-5 if leftwards else 5, -0.5), ha="right" if leftwards
                  else "left", textcoords="offset points", va="center", zorder=5,
                  bbox={"facecolor": ground if leftwards else "white", "lw": 0, "pad": 0.8})


def interval(axes, value, y, low, high):
    """A whisker; arrows mark what lies beyond the axis."""
    style.whiskers(axes, value, y, low, high)
    if low < axes.get_xlim()[0]:
        axes.plot(axes.get_xlim()[0], y, marker="<", color="black", ms=3.5, clip_on=False, zorder=6)


def draw_total(axes, y, row, factor, look, text):
    """The ceiling or the token: a bar from the start of the axis."""
    left = axes.get_xlim()[0]
    value, low, high = (factor * v for v in (row.number("value"), *row.interval()))
    style.hint(axes.barh(y, value - left, 0.7, left=left, lw=0.6, **look)[0], text)
    interval(axes, value, y, low, high)
    if left:
        cut(axes, y)
    label(axes, y, text, [value], [low, high], look["facecolor"])


def draw_step(axes, y, at, step, factor, text):
    """One step, from what the steps above it have reached."""
    start, end, low, high = (factor * v for v in (at, at + step.us, at + step.low, at + step.high))
    look = UNKNOWN if step.name == "rest" else LOSS if step.us >= 0 else GAIN
    axes.plot([start, start], [y - 1, y], color=style.GREY, lw=0.6, zorder=0.8)
    bar = axes.barh(y, end - start, 0.7, left=start, lw=0.6, **look)[0]
    style.hint(bar, f"{NAMES.get(step.name, step.name)}: {text}")
    interval(axes, end, y, low, high)
    label(axes, y, text, [start, end], [low, high])


def draw(data):
    run, variant, units = why.chosen(data)
    threads = data.asked[1] or why.fastest(units)
    if threads not in units:
        raise Missing(f"{run.folder} holds no ceiling of {variant} on {style.plural(threads, 'thread')}")
    rows = units[threads]
    ceiling, token = (rows[metric].number("value") for metric in ("ceiling_us", "token_us"))
    steps, small = merged(steps_of(run, variant, threads, rows), token)
    unit, factor, amount = amounts(token)
    figure, axes = style.new(style.PAGE, 1.2 + 0.19 * (len(steps) + 2))
    left, right = range_of(rows, steps)
    axes.set_xlim(factor * left, factor * right)
    axes.axvline(factor * ceiling, color=style.RED, lw=1, zorder=0.5)
    draw_total(axes, 0, rows["ceiling_us"], factor, CEILING,
               f"{amount(ceiling)}, {why.per_second(1e6 / ceiling)} tokens/s, "
               f"{100 * ceiling / token:.1f} % of the token")
    at = ceiling
    for y, step in enumerate(steps, 1):
        share = number(100 * step.us / token, 1, "+")
        draw_step(axes, y, at, step, factor, f"{amount(step.us, '+')}, {share} %")
        at += step.us
    last = len(steps) + 1
    axes.plot([factor * token] * 2, [last - 1, last], color=style.GREY, lw=0.6, zorder=0.8)
    draw_total(axes, last, rows["token_us"], factor, REACHED,
               f"{amount(token)}, {why.per_second(rows['tokens_per_s'].number('value'))} tokens/s")
    axes.set_yticks(range(last + 1), ["ceiling", *(NAMES.get(s.name, s.name) for s in steps), "reached"])
    axes.set_ylim(last + 0.6, -0.6)
    axes.tick_params(axis="y", length=0)
    style.readable(axes.xaxis)
    axes.set_xlabel(f"time per token ({unit})" + ("; the axis does not start at 0" if left else ""))
    style.title(figure, f"Where the time of a token goes: {variant}, {style.plural(threads, 'thread')}, "
                f"{rows['token_us']['model']}")
    names = " / ".join(NAMES.get(s.name, s.name) for s in small)
    style.caption(figure, run.caption(
        why.ceiling_text(run, variant),
        *(["small operations: norms, RoPE, quantizing, sampling"] if any(s.name == "small" for s in steps) else []),
        *([f"{ELSE}: below {100 * LEAST:g} % each: {names}"] if small else []),
        run.sample([rows["token_us"]], "tokens"), run.intervals()))
    return figure
