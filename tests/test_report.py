#!/usr/bin/env python3
"""The page of report.py, without a browser: what it holds, that hostile text stays text, that nothing is loaded from a
network, and what is refused. .ci/run report opens pages in a browser.

usage: test_report.py PLOTS_FOLDER DATA_FOLDER REPORT_FOLDER    prints TAP
"""
import base64
import csv
import hashlib
import os
import re
import shutil
import sys
import urllib.parse
import xml.etree.ElementTree as xml

from figure_data import changed, damaged_folders, figures, folders, one_line, others, rows_of, run
from outside import read, write, write_csv
from tap import done, ok, skip

from predictions import RULE  # of plots/

script = os.path.join(others[0], "report.py")
HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
if run(sys.executable, "-c", "import jinja2").returncode:
    skip("the page", "no Python module jinja2 here; install python3-jinja2")
    done()


def report(*args, python=(sys.executable,)):
    return run(*python, script, *args)


def page_of(name, *args):
    """The elements of a page, and its text. Style and script are left out of what has to be XML."""
    r = report(*args, "--out=" + name)
    if not ok(r.returncode == 0 and r.stdout == name + "\n", f"{name} is made", r):
        done()
    text = read(name).decode()
    inner = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1\3", text, flags=re.S)
    try:
        root = xml.fromstring(inner.replace("<!DOCTYPE html>", "", 1))
    except xml.ParseError as e:
        ok(False, f"{name} is well-formed", e)
        done()
    ok(True, f"{name} is well-formed")
    return root, text


def table(root, name):
    """[{heading: text}] of a table; a heading that occurs twice is the last one."""
    found = root.find(f".//table[@id='{name}']")
    heads = ["".join(x.itertext()) for x in found.find("thead").iter("th")]
    return [dict(zip(heads, ("".join(td.itertext()).strip() for td in tr))) for tr in found.find("tbody")]


def of_url(url):
    return urllib.parse.unquote(url, errors="surrogateescape")


def check(root, text, name):
    """What holds for every page."""
    ids = [x.get("id") for x in root.iter() if x.get("id")]
    ok(len(ids) == len(set(ids)), f"{name}: no id twice", sorted(i for i in ids if ids.count(i) > 1)[:5])
    links = [x.get("href") for x in root.iter() if x.get("href")]
    bad = [u for u in links if (u[1:] not in ids if u[0] == "#" else not os.path.isfile(of_url(u)))]
    ok(len(links) > 5 and not bad, f"{name}: every link leads somewhere", bad[:5])
    named = [i for x in root.iter() for a in ("labelledby", "describedby") for i in (x.get("aria-" + a) or "").split()]
    ok(named and set(named) <= set(ids), f"{name}: what names regions and figures is there", set(named) - set(ids))
    sources = [x for x in root.iter() if x.get("src") or x.tag in ("link", "img", "iframe", "object", "base")]
    policy = root.find(".//meta[@http-equiv]").get("content")
    ok(not sources and not re.search(r"""(href|src|action)=["']\w+:|url\((?!#)|@import""", text) and
       policy.startswith("default-src 'none';") and "unsafe" not in policy, f"{name}: loads nothing", sources)
    for tag in ("style", "script"):
        whole = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(whole[0].encode()).digest()).decode()
        ok(len(whole) == 1 and f"{tag}-src 'sha256-{digest}'" in policy, f"{name}: the policy allows its own {tag}")
    attributes = [f"{x.tag} {a}" for x in root.iter() for a in x.attrib if a.startswith("on") or a == "style"]
    ok(not attributes, f"{name}: no handlers and no styles in attributes", attributes[:5])
    heads = [x for x in root.iter("th") if not x.get("scope")]
    lacks = [x.get("id") for x in root.iter("table") if x.find("caption") is None]
    ok(not heads and not lacks, f"{name}: tables have captions, headings a scope", lacks)
    lost = [row for x in root.iter("table") if x.get("data-name") in ("results", "numbers")
            for row in table(root, x.get("id")) if not row["provenance"] or not row["n"]]
    ok(not lost, f"{name}: every number has provenance and n", lost[:2])


# --- one run
decode, command = changed("decode"), "bench --out='a  b' & <c>"
write(os.path.join(decode, "command.txt"), command.encode() + b"\n")
root, text = page_of("decode.html", decode)
check(root, text, "decode")
row = next(x for x in rows_of("decode") if x["metric"] == "roof_fraction" and x["variant"] == "tvl" and not x["rep"])
shown = [x for x in table(root, "decoding") if x["variant"] == "tvl" and x["threads"] == row["threads"]]
ok(len(shown) == 1 and abs(float(shown[0]["roof share"]) - float(row["value"])) < 0.005 and
   shown[0]["n"].replace(",", "") == row["n"] and shown[0]["provenance"] == "measured",
   "a number is that of the run", shown)
said = "".join(root.find(".//article[@id='run-1']").itertext())
ok(shown[0]["run"] == "R1" and all(x in said for x in (row["run_id"], row["commit"], command)),
   "its run, commit and command", said[:300])
summaries = [x for x in rows_of("decode") if not x["rep"] and x["metric"] != "warning"]
ok(len(table(root, "run-1-numbers")) == len(summaries), "the complete table has every summary", len(summaries))
ok(root.find(".//form[@id='filters']").get("hidden") is not None and root.find(".//button") is not None and
   not list(root.find(".//table").iter("button")), "without a script there are no controls")
again, _ = page_of("again.html", decode)
ok(read("decode.html") == read("again.html"), "the same folder makes the same page")

# --- figures
try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError:
    skip("figures", "matplotlib is not installed")
else:
    hints = [x.text for x in root.iter(SVG + "title")]
    want = f"tvl, {row['threads']} thread"
    ok(any(h.startswith(want) and " of the roof (" in h for h in hints) and any("tokens/s" in h for h in hints),
       "marks of figures say their values", hints[:5])
    groups = [x for x in root.iter(SVG + "g") if x.find(SVG + "title") is not None]
    ok(all(x.get("role") == "img" for x in groups), "and screen readers read them")
    plain, _ = page_of("plain.html", folders["decode"], "--no-figures")
    ok(list(plain.iter(SVG + "svg")) == [], "--no-figures")

# --- findings and claims
root, text = page_of("predict.html", folders["predict"], "--no-figures")
check(root, text, "predict.html")
shown = table(root, "predictions")
ok(shown and all(not row.get("\u00b1\u00a0%") for row in shown) and any(x["ci_low"] for x in rows_of("predict")),
   "what inputs allow is not called a confidence interval")
ok(all("rule=" + RULE in row["case"] and "program=" not in row["case"] for row in shown) and len(shown) == sum(
    x["metric"] == "tokens_per_s" and x["param"].endswith("rule=" + RULE) and "program=" not in x["param"]
    for x in rows_of("predict")), "predictions by the rule that counts", shown[:2])
ok(root.find(".//table[@id='decoding']") is None, "are not called decoding")
ok("No speed of decoding was measured here" in text, "predictions for other machines are no speed of this one")
root, text = page_of("why.html", folders["why"], os.path.join(os.path.dirname(folders["why"]), "claims"))
check(root, text, "why and claims")
verdicts = [x["verdict"] for x in table(root, "claims")]
ok(verdicts == [x["verdict"] for x in rows_of("claims", "claims.csv")], "the claims have their verdicts", verdicts)
predictions = {x["id"]: (x["predicted"], x["prediction"]) for x in table(root, "claims")}
ledger = {x["id"]: x for x in rows_of("claims", "claims.csv")}
ok(re.fullmatch(r"[\d.]+ ms \([\d.]+ to [\d.]+\)", predictions["C12"][0]) and
   predictions["C9"] == ("", ledger["C9"]["predicted_note"]) and
   all(predictions[k][1] == (x["predicted_by"] or x["predicted_note"]) for k, x in ledger.items()),
   "predictions, or why there is none", predictions)
shutil.copytree(os.path.join(os.path.dirname(folders["why"]), "claims"), "evidence")
write_csv("evidence/results.csv", rows_of("claims") + rows_of("predict")[:4] + rows_of("decode")[:4])
root, text = page_of("evidence.html", "evidence", "--no-figures")
ok({x["suite"] for x in table(root, "decoding")} == {"decode"},
   "predictions among the evidence of claims are not decoding", table(root, "decoding"))
findings = os.path.join(folders["why"], "findings.csv")
if os.path.exists(findings):
    what = [x["what"] for x in table(root, "findings")]
    ok(what == [x["what"] for x in rows_of("why", "findings.csv")], "the findings are there", what)

# --- text that wants to be more than text
EVIL = ["<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "</title></table>&lt;&#0;", "{{ 7 * 7 }}",
        "\x01\x1b[2J\u202e"]
header = list(rows_of("decode")[0])
rows = rows_of("decode")
for x in rows:
    x.update(host=EVIL[0], cpu=EVIL[1], model=EVIL[2] + EVIL[0], commit=EVIL[1], run_id=EVIL[0], note=EVIL[4])
    x.update(variant=x["variant"] + EVIL[1] if x["variant"] else "", provenance=x["provenance"] or EVIL[0])
hostile = changed("decode")
write_csv(os.path.join(hostile, "results.csv"), rows)
write(os.path.join(hostile, "command.txt"), "".join(EVIL[:4]).encode())
names = ["variant", "threads", "rank", "finding", "harm", "size", "what", "evidence", "advice"]
finding = [EVIL[1], "1", "1", EVIL[0], "0", "0.5", *EVIL[:3]]
write_csv(os.path.join(hostile, "findings.csv"), [dict(zip(names, finding))])
write(os.path.join(hostile, "machine.json"), b'{"<script>": "</code>", "system": {"virtualized": ["<b>"]}, "cpus": 7}')
strange = "a'\"<b> javascript:x#?%\udcff"  # as Python names a byte that is no UTF-8
os.rename(hostile, strange)
root, text = page_of("hostile.html", strange)
check(root, text, "hostile")
ok(len(list(root.iter("script"))) == 1 and not list(root.iter("img")) and text.count("<script") == 1,
   "no element comes from a folder")
ok(table(root, "decoding")[0]["variant"].endswith(EVIL[1]) and EVIL[3] in "".join(root.itertext()),
   "its text is shown as it is")
ok(not re.search("[\x01\x1b\u202e]", text) and "\ufffd" in text, "control characters are replaced")

# --- emulated numbers are marked
emulated = changed("decode", lambda t: t.replace(",measured,", ",emulated,"))
root, _ = page_of("emulated.html", emulated, "--no-figures")
marks = [x for x in root.find(".//table[@id='decoding']").iter("span") if x.get("class") == "mark bad"]
ok(len(marks) == len(table(root, "decoding")), "emulated numbers are marked", len(marks))

# --- a set
os.makedirs("set/runs")
index = []
for n in range(3):
    place = f"runs/host{n}/run{n}"
    shutil.copytree(folders["decode"], os.path.join("set", place))
    mine = [{**x, "host": f"host{n}", "run_id": f"run{n}"} for x in rows_of("decode")]
    write_csv(os.path.join("set", place, "results.csv"), mine)
    index.append({"run_id": f"run{n}", "host": f"host{n}", "schema": "2", "folder": place})
write_csv("set/index.csv", index)
root, text = page_of("set.html", "set")
check(root, text, "set")
machines = table(root, "machines")
ok([x["host"] for x in machines] == ["host0", "host1", "host2"] and len({x["tokens/s"] for x in machines}) == 1 and
   machines[0]["roof share"], "a row per machine", machines)
select = root.find(".//select[@data-key='host']")
others_shown = [x.get("data-key") for x in root.iter("select")]
ok([x.text for x in select][1:] == ["host0", "host1", "host2"] and others_shown == ["host", "variant"],
   "filters for what differs", others_shown)
points = [x for x in root.iter(SVG + "g") if x.find(SVG + "circle") is not None]
ok(len(points) == 3, "a point per machine", len(points))
limited = ("import sys; sys.path.insert(0, sys.argv.pop(1)); import report, runs, pictures; runs.MOST_NUMBERS = 9; "
           "pictures.MOST_MACHINES = 2; sys.exit(report.main())")
r = run(sys.executable, "-c", limited, others[0], "set", "--out=large.html")
large = read("large.html").decode() if r.returncode == 0 else ""
ok("-numbers" not in large and 'id="figure-' not in large and "too many runs" in large and "decoding" in large,
   "a large set is shown without complete tables and figures", r)

if "matplotlib" in sys.modules:
    r = figures("set", "--machine=host1", "--only=roof_fraction", "--format=svg", "--out=drawn")
    ok(r.returncode == 0 and os.listdir("drawn") == ["roof_fraction.svg"], "figures.py takes a set, and a format", r)
    one_line(figures("set", "--format=gif"), "refused: a format that is not there", "figures", "'gif'", "pdf, svg, png")

# --- refused
beside = os.path.basename(shutil.copytree(folders["decode"], "beside"))
for name, folder, word in (("a set that points outside", "../" + beside, "not in the set"),
                           ("a set with an absolute path", os.path.abspath(beside), "not in the set"),
                           ("a set that lacks a run", "runs/gone", "runs/gone")):
    with open("set/index.csv", "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([["run_id", "folder"], ["x", folder]])
    one_line(report("set"), "refused: " + name, "report", word)
for name, (folder, words) in damaged_folders().items():
    one_line(report(folder, "--out=decode.html"), "refused: " + name, "report", *words)
ok(read("decode.html") == read("again.html"), "a page stays as it was if the next one fails")
one_line(report(folders["decode"], "--out=results.csv"), "refused: a page that is not called .html", "report", ".html")
one_line(report(folders["decode"], "--no-figures", "--out=nowhere/x.html"), "refused: a folder that is not there",
         "report", "nowhere/x.html", "cannot be written")
one_line(report(folders["decode"], python=(sys.executable, "-S", "-E")), "refused: a Python without Jinja2", "report",
         "jinja2", "install")
ok(not [f for f in os.listdir(".") if f.startswith(".memwall")] and not os.listdir("tmp"), "no temporary file is left")
done()
