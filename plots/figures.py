#!/usr/bin/env python3
"""Draws figures from result folders alone, as PDF, SVG and PNG.

Without folders and --newest, it uses the reference set, results/reference. A
figure without data in the folders is skipped, with a line on stderr.
Exit 2: bad input, or a figure that was named and cannot be drawn.
"""
import argparse
import importlib
import os
import sys

import data
import folders

# {name: (title, what to see in it)}
FIGURES = {
    "fig1_throughput": ("Tokens per second", "A bar per variant; the red line is its roof. Below: what the paper "
                        "published."),
    "fig2_latency": ("Time per token", "How the token times of one variant are distributed, and their percentiles."),
    "fig2_latency_all": ("Time per token, all variants", "The share of tokens that took longer than a time."),
    "roofline": ("Roofline", "FLOP/s against FLOP per byte. The sloping lines are memory bandwidth, the flat ones are "
                 "what the cores can compute."),
    "bandwidth_ladder": ("Bandwidth by size of the data", "Data that fit into a cache are read faster; the right end "
                         "is memory."),
    "latency_ladder": ("Latency by size of the data", "Time of one load that depends on the one before."),
    "clu": ("Cache-line utilization", "The share of the bytes brought into a cache that was used. Modelled."),
    "ttft_stack": ("Time to first token", "The phases from opening the file to the first token, with the file in "
                   "memory (warm) or not (cold)."),
    "latency_position": ("Time per token by position", "Every token of a run in the order of decoding."),
    "context": ("Cost of the context", "A token at a later position reads more keys and values."),
    "roof_fraction": ("Share of the roof", "A point per variant and number of threads. At 1, weights are read as fast "
                      "as a sweep that only reads."),
    "format_tax": ("Share of the roof by dtype", "How much of the roof the best kernels reach with smaller weights."),
    "growth": ("Tokens per second by size of the model", "The line is the roof divided by the bytes per token."),
    "waterfall": ("Where the time of a token goes", "From reading the weights at the roof, at the top, to the time of "
                  "a token, at the bottom."),
    "knee": ("Tokens per second by number of threads", "The knee is the smallest number of threads whose speed is "
             "within 5 % of the fastest."),
    "predicted": ("Predicted and actual speeds", "A point per published speed, and per kernel measured here. On the "
                  "line, the prediction is exact."),
    "machines": ("Predicted tokens per second by machine", "Filled points are limited by memory, hollow ones by the "
                 "core."),
    "sensitivity": ("How much the inputs of a prediction matter", "A row per machine and kernel: the change of tokens "
                    "per second, in percent, if one input changes."),
}
KINDS = ["pdf", "svg", "png"]


def say(text):
    print(f"figures: {text}", file=sys.stderr)


def arguments():
    p = argparse.ArgumentParser(prog="figures.py", description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    folders.add_arguments(p, "figures")
    p.add_argument("--only", metavar="NAME,...", help="of: " + ", ".join(FIGURES))
    p.add_argument("--format", metavar="KIND,...", default=",".join(KINDS), help="files: pdf, svg, png (all)")
    p.add_argument("--variant", help="whose tokens fig2_latency and latency_position (tvl), waterfall and knee (the "
                                     "first of the run) show")
    p.add_argument("--threads", type=int, help="with how many threads: 1, but in waterfall as many as are fastest")
    p.add_argument("--before", metavar="OLD", help="draw only before_after, of the runs OLD and RESULT_FOLDER")
    return p.parse_args()


def make(name, source, out, kinds):
    """Draws one figure into `out`."""
    module = importlib.import_module("fig2_latency" if name == "fig2_latency_all" else name)
    figure = module.draw_all(source) if name == "fig2_latency_all" else module.draw(source)
    import style  # late, so that bad input is reported without waiting for matplotlib
    os.makedirs(out, exist_ok=True)
    style.save(figure, out, name, kinds)


def run(args):
    names = args.only.split(",") if args.only else list(FIGURES)
    kinds = args.format.split(",")
    for name in names:
        if name not in FIGURES:
            raise data.Bad(f"there is no figure '{name[:32]}'; choose from {', '.join(FIGURES)}")
    for kind in kinds:
        if kind not in KINDS:
            raise data.Bad(f"there is no format '{kind[:32]}'; choose from {', '.join(KINDS)}")
    if args.before:
        if len(args.folders) != 1 or args.only:
            raise data.Bad("--before=OLD takes one more folder and no --only: figures.py --before=OLD NEW")
        names, source = ["before_after"], data.Data([args.before, *args.folders])
    else:
        source = data.Data(folders.chosen(args), args.variant, args.threads)
    made = []
    for name in names:
        try:
            make(name, source, args.out, kinds)
            made.append(name)
        except data.Missing as e:
            if args.only or args.before:
                raise data.Bad(f"{name}: {e}") from None
            say(f"{name} skipped: {e}")
    for unused in [r.folder for r in source.runs if not r.used and not args.only]:
        say(f"{unused}: no figure uses this folder")
    if not made:
        raise data.Bad("no figure can be made from these folders")
    print(f"{args.out}: {', '.join(made)}")


def main():
    try:
        run(arguments())
    except data.Bad as e:
        say(e)
        return 2
    except ModuleNotFoundError as e:
        say(f"no Python module {e.name}; install python3-matplotlib (./setup.sh does)")
        return 2
    except OSError as e:
        say(f"{e.filename}: cannot be written: {e.strerror}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
