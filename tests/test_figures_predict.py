#!/usr/bin/env python3
"""Figures of suite predict: kernels by themselves, published speeds alone, many rows, losses, what is missing.

usage: test_figures_predict.py PLOTS_FOLDER DATA_FOLDER PREDICT_H    prints TAP
"""
import re

from figure_data import figures, folders, one_line, others, rows_of, with_rows
from outside import read
from tap import done, ok, skip

import predictions  # of plots/

chosen = re.search(r'#define MW_RULE_CHOSEN "(\w+)"', read(others[0]).decode()).group(1)
ok(chosen == predictions.RULE, "predictions are by the rule that bench has chosen", predictions.RULE)
try:
    from figure_texts import check_texts, drawn, figure_of
except ModuleNotFoundError as e:
    skip("figures", f"no Python module {e.name} here; install python3-matplotlib")
    done()

rows = rows_of("predict")


def texts_of(name, *folders):
    check_texts(name, figure_of(name, *folders))
    return " ".join(" ".join(t.get_text() for t in drawn).split())


def is_gemv(x):
    return x["phase"].startswith("gemv/")


def with_param(x, **changed):
    param = {**dict(pair.split("=", 1) for pair in x["param"].split(";")), **changed}
    return {**x, "param": ";".join("=".join(pair) for pair in param.items())}


gemvs = with_rows("predict", [x for x in rows if is_gemv(x)])
text = texts_of("predicted", gemvs, folders["micro"])
ok("measured GB/s" in text and "published" not in text, "predicted: kernels alone", text)
for name, predict, measured in (
        ("without measurements", rows, folders["micro"].replace("micro", "clu")),
        ("of another CPU", [{**x, "cpu": "another"} for x in rows], folders["micro"]),
        ("for several machines", rows + [with_param(x, machine="m2-pro") for x in rows if is_gemv(x)],
         folders["micro"]),
        ("by another rule", [with_param(x, rule="ecm") if is_gemv(x) else x for x in rows], folders["micro"])):
    text = texts_of("predicted", with_rows("predict", predict), measured)
    ok("published tokens/s" in text and "measured" not in text, f"predicted: no kernels {name}", text)
off = [{**x, "value": "1e3", "ci_low": "", "ci_high": ""} if is_gemv(x) else x for x in rows]
text = texts_of("predicted", with_rows("predict", off), folders["micro"])
ok("0 of 8 kernels" in text, "predicted: none of wrong predictions is within the band", text)
half = [with_param(x, machine=x["param"].split(";")[0][8:] + "-b") for x in rows if x["metric"] == "sensitivity"]
figure = figure_of("sensitivity", with_rows("predict", rows + half))
check_texts("sensitivity of many machines", figure)
ok(figure.get_figwidth() == 7 and len(figure.axes) == 2, "sensitivity: two panels of many machines", figure.axes)
text = texts_of("sensitivity", with_rows("predict", [
    {**x, "value": "-0.24"} if "input=clock" in x["param"] else x for x in rows if "input=stream" not in x["param"]]))
ok("\u221224" in text, "sensitivity: a loss", text)
programs = with_rows("predict", [x for x in rows if "program=" in x["param"]])
for name, words in (("machines", ["one thread"]), ("sensitivity", ["no results.csv", "sensitivity"])):
    one_line(figures(programs, f"--only={name}", "--out=x"), f"{name}: programs of others alone", "figures", *words)
done()
