"""Latency against position: growth with the KV cache, and jitter around it."""
import numpy as np

import style
from fig2_latency import DROPPED, of_processes, sample


def robust_line(x, y):
    """Slope and intercept by Theil (1950) and Sen (1968): the median of the slopes of all pairs."""
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    slope = np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]) if apart.any() else 0.0
    return slope, np.median(y - slope * x)


def expected_slope(run, variant, threads):
    """us per position if the KV cache is read as fast as the weights: its bytes over the measured bandwidth."""
    shape, rate = run.machine().get("model", {}), run.units("bandwidth_gbs").get((variant, threads))
    sizes = [shape.get(k) for k in ("dim", "n_heads", "n_kv_heads", "n_layers")]
    if not rate or not all(isinstance(n, int) and n > 0 for n in sizes):
        return None
    dim, heads, kv_heads, layers = sizes
    bytes_each = 2 * layers * dim // heads * kv_heads * 4
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
    top.plot(at, middle, color=colour, lw=0.8, label="median per position")
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
    line = (f"line (Theil-Sen): {slope:+.2f} µs per position, "
            f"of single processes {min(slopes):+.2f} to {max(slopes):+.2f}")
    expected = expected_slope(run, data.variant, data.threads)
    if expected:
        line += f", expected from the size of the KV cache {expected:+.2f}"
    style.caption(figure, run.caption(
        *sample(data, processes), f"first {DROPPED} of each process dropped", line,
        f"band: interquartile range of the residuals, {low:+,.0f} to {high:+,.0f} µs"))
    return figure
