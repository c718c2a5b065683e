"""Latency against position: what grows with keys and values, and what is jitter around it."""
import numpy as np

import style
from fig2_latency import DROPPED, of_processes


def robust_line(x, y):
    """Slope and intercept by Theil (1950) and Sen (1968): the median of the slopes of all pairs."""
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    slope = np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]) if apart.any() else 0.0
    return slope, np.median(y - slope * x)


def expected_slope(run, variant, threads):
    """us a position if keys and values are read as fast as the weights: their bytes over the measured bandwidth."""
    shape, rate = run.machine().get("model", {}), run.units("bandwidth_gbs").get((variant, threads))
    if not rate or not all(isinstance(shape.get(k), int) and shape[k] > 0 for k in ("dim", "n_heads", "n_kv_heads", "n_layers")):
        return None
    bytes_each = 2 * shape["n_layers"] * shape["dim"] // shape["n_heads"] * shape["n_kv_heads"] * 4
    return bytes_each / rate.number("value") * 1e-3


def draw(data):
    run = data.run("decode", "tokens_per_s", file="tokens.csv")
    processes = of_processes(run, data.variant, data.threads, DROPPED)
    _, position, latency = np.concatenate(processes, axis=1)
    at = np.unique(position)
    middle = np.array([np.median(latency[position == p]) for p in at])
    slope, start = robust_line(at, middle)
    rest = latency - (start + slope * position)
    colour = style.of_variants([data.variant])[data.variant][0]

    figure, (top, bottom) = style.new(style.COLUMN, 3.1, 2, 1, sharex=True)
    top.plot(position, latency, ".", color="0.55", ms=2, label="token")
    top.plot(at, middle, color=colour, lw=0.8, label="median of a position")
    top.plot(at, start + slope * at, "--", color=style.RED, label="robust line")
    top.set_ylabel("latency (µs)")
    style.legend_above(top, left=0.02)
    bottom.plot(position, rest, ".", color="0.55", ms=2)
    low, high = np.quantile(rest, [0.25, 0.75])
    bottom.axhspan(low, high, color=style.lighter(colour, 0.75), lw=0, zorder=0)
    bottom.axhline(0, color=style.RED, ls="--", lw=0.8)
    bottom.set_ylabel("residual (µs)")
    bottom.set_xlabel("position in the sequence")
    style.thousands(top.yaxis)
    style.thousands(bottom.yaxis)
    slopes = [robust_line(p, y)[0] for _, p, y in processes]
    expected = expected_slope(run, data.variant, data.threads)
    style.caption(figure, run.caption(
        f"{data.variant}, {style.plural(data.threads, 'thread')}", f"n = {len(latency):,} tokens, from {style.plural(len(processes), 'process', 'processes')}",
        f"first {DROPPED} of each process dropped", f"line (Theil-Sen): {slope:+.2f} µs a position, of single processes {min(slopes):+.2f} to {max(slopes):+.2f}"
        + (f", expected from the bytes of keys and values {expected:+.2f}" if expected else ""),
        f"band: middle half of the residuals, {low:+,.0f} to {high:+,.0f} µs"))
    return figure
