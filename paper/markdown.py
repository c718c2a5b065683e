"""Pieces of Markdown for the report: pipe tables, numbers with intervals."""
import math


def table(header, rows, widths=None):
    """A pipe table. `widths` are relative and let long cells wrap in print."""
    widths = widths or [max(3, len(h)) for h in header]
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("-" * w for w in widths) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(c).replace("|", "/") for c in r) + " |" for r in rows])


def digits(value):
    """A number with two or three significant digits; "-" for NaN."""
    if not math.isfinite(value):
        return "-"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def value(row):
    """The value of a row of results.csv, or "-" if there is no row."""
    return digits(row.number("value")) if row else "-"


def with_interval(row):
    """The value with its interval, if it has one, or "-" if there is no row."""
    if not row:
        return "-"
    low, high = row.interval()
    interval = f" ({digits(low)} to {digits(high)})" if math.isfinite(low) and math.isfinite(high) else ""
    return value(row) + interval
