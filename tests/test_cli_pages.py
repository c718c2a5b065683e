#!/usr/bin/env python3
"""Manual pages and shell completion, which the programs make from the table that --help prints.

usage: test_cli_pages.py MEMWALL BENCH GENERATE TVLPACK COMPLETIONS_FOLDER    prints TAP
"""
import os
import re
import shlex
import shutil
import subprocess
import sys

from outside import widest, workplace, write
from tap import done, ok, skip

memwall, bench, generate, tvlpack, scripts = map(os.path.abspath, sys.argv[1:6])
work = workplace("pages")
os.environ["PATH"] = os.path.dirname(memwall) + ":" + os.environ["PATH"]
os.mkdir("cache")
os.makedirs("models/inner")
for name in ("cache/own.bin", "cache/other.gguf", "cache/synthetic-x-1.bin", "models/a b.gguf", "models/.hidden"):
    write(name, b"x")


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=60, **more)


def complete(*words):
    """What the last word can become."""
    r = run(memwall, "--complete", *words)
    return [line.split("\t")[0] for line in r.stdout.splitlines()] if r.returncode == 0 else r


# --- every option is in the help, in the manual page and in the completion
for command, program in (("", memwall), ("bench", bench), ("generate", generate), ("pack", tvlpack)):
    page, shown = run(program, "--man", "2026-01-02"), run(program, "--help").stdout
    ok(widest(shown) <= 80, f"{command}: --help has 80 columns", [x for x in shown.splitlines() if len(x) > 80])
    text = shown.split("\nexamples:")[0]
    options = re.findall(r"^  --([a-z_-]+)(?:=(\S+))? +\S", text, re.M)
    entries = re.findall(r"^  ([a-z]+)  +\S", text, re.M)
    source = page.stdout.replace("\\-", "-")
    lacking = [o for o, value in options
               if (f"\\fB--{o}\\fR=\\fI{value}\\fR\n" if value else f"\\fB--{o}\\fR\n") not in source]
    lacking += [e for e in entries if f"\n.B {e}\n" not in source]
    ok(page.returncode == 0 and len(options) + len(entries) > 8 and not lacking,
       f"{command}: all of --help is in the page", (options, lacking))
    offers = complete(*filter(None, [command]), "--")
    ok(offers == [f"--{o}{'=' if value else ''}" for o, value in options], f"{command}: options are completed",
       (offers, options))
    write("page.1", page.stdout.encode())
    name = "-".join(filter(None, ["memwall", command]))
    if shutil.which("mandoc"):
        r = run("mandoc", "-Tlint", "page.1")
        ok(r.returncode == 0 and not r.stdout, f"{name}(1): mandoc has nothing to say", r)
    elif shutil.which("groff"):
        r = run("groff", "-man", "-ww", "-z", "-Tascii", "page.1")
        ok(r.returncode == 0 and not r.stderr, f"{name}(1): groff has nothing to say", r)
    else:
        skip(f"{name}(1) is well formed", "neither mandoc nor groff here")
    tool = ["mandoc", "-Tascii"] if shutil.which("mandoc") else ["groff", "-man", "-Tascii"]
    if shutil.which(tool[0]):
        shown = re.sub(r".\x08|\x1b\[[0-9;]*m", "", run(*tool, "page.1").stdout)
        ok(widest(shown) <= 80 and re.search(name + " +- ", shown) and "2026-01-02" in shown and
           "EXIT STATUS" in shown and "\\" not in shown, f"{name}(1): 80 columns", shown[:600])

# --- values
listed = run(bench, "--list").stdout
variants = [line.strip() for line in listed.split("written kernel/layout/load")[1].splitlines()[1:]]
kernels = set(re.findall(r"^  gemv +\w+ +(\w+)", listed, re.M))
suites = re.findall(r"^  ([a-z]+)  +\S", run(bench, "--help").stdout.split("suites:")[1].split("examples:")[0], re.M)


def values(option, *command):
    return [v[len(option):] for v in complete(*(command or ("bench",)), option)]


ok(values("--suite=") == suites and len(suites) > 10, "suites", suites)
ok(values("--variant=") == ["paper", "native", "native-tvl", "all", *variants] and len(variants) > 20, "variants",
   variants)
ok(values("--variant=", "generate") == variants, "variants of generate")
ok(values("--kernel=./"), "files of kernels")
ok(set(values("--kernel=")) == {"auto", "all"} | kernels and len(values("--kernel=")) == len(kernels) + 2, "kernels",
   values("--kernel="))
ok(values("--dtype=") == "f32 bf16 f16 q8_0 q4_0 q4_K q5_K q6_K".split() == values("--dtype=", "pack"), "dtypes")
ok(values("--format=") == ["table", "csv", "json", "md"], "formats")
ok(values("--layout=") == ["mmap", "rowmajor", "tvl", "colmajor", "aos"], "layouts", values("--layout="))
ok(complete("bench", "--load=heap") == ["--load=heap", "--load=heap-huge"], "loads")
ok(complete("bench", "--dtype=f32,q5") == ["--dtype=f32,q5_K"], "an item of a list")
ok(complete("bench", "--suite", "so") == ["soak"] and complete("bench", "--dtype", "f32,q5") == ["f32,q5_K"],
   "a value that is a word of its own")
ok(complete("bench", "--quiet=") == complete("bench", "--nosuch=") == complete("bench", "--seed=") == [],
   "nothing where nothing fits")
models = values("--model=")
ok({"own", "other.gguf", "synthetic:llama-7B", "models/", "cache/"} <= set(models) and len(set(models)) == len(models)
   and not any("@" in m or "synthetic-x" in m for m in models), "models: synthetic, cached, files", models)
recipes = complete("bench", "--model=synthetic:llama-7B@q4")
ok(recipes == [f"--model=synthetic:llama-7B@{r}" for r in ("q4_0", "q4_k_m")], "recipes", recipes)
ok(sorted(complete("pack", "models/")) == ["models/a b.gguf", "models/inner/"], "files; hidden ones only after a dot",
   complete("pack", "models/"))
ok(complete("pack", "models/.h") == ["models/.hidden"], "hidden files")
ok(set(complete("compare", "")) == {"cache/", "models/", "tmp/"}, "compare takes folders", complete("compare", ""))
ok(set(complete("merge", "")) == {"cache/", "models/", "tmp/"}, "merge takes folders", complete("merge", ""))
commands = complete("")
ok({"bench", "compare", "plot", "help"} <= set(commands) and complete("ben") == ["bench"], "commands", commands)
ok(complete("help", "") == [c for c in commands if c != "help"], "commands after help")
for command, options in (("plot", {"--out=", "--only="}), ("figures", {"--out=", "--before="}),
                         ("fetch", {"--list", "--help"})):
    offers = complete(command, "--")
    ok(options <= set(offers), f"{command}: the options in the help of a script", offers)
r = run(memwall, "--complete", "nosuch", "")
ok(r.returncode == 2 and r.stdout == "" and len(r.stderr.splitlines()) == 1, "no such command: one line", r)

# --- the shells
CASES = [("memwall be", ["bench"]), ("memwall bench --sui", ["--suite="]),
         ("memwall bench --suite=so", ["--suite=soak"]),
         ("memwall bench --dtype f32,q5", ["f32,q5_K"]), ("memwall bench --dtype=f32,q5", ["--dtype=f32,q5_K"]),
         ("memwall bench --model=synthetic:llama-7B@q5", ["--model=synthetic:llama-7B@q5_k_m"]),
         ("memwall generate --quiet --tokenizer=cache/ow", ["--tokenizer=cache/own.bin"]),
         ("memwall bench --quiet --seed=", []), ("memwall pack models/a", ["models/a b.gguf"])]


def bash(line):
    """Calls the completion function as bash does: its second argument is what follows the last = or :, or starts at the
    last @, and will be replaced. The rest of the word is put in front again."""
    typed = line.rsplit(" ", 1)[1]
    kept = re.match(r".*[=:]|", typed).group()
    kept += re.match(r".*(?=@)|", typed[len(kept):]).group()
    script = (f"source {shlex.quote(scripts)}/memwall.bash\n"
              f"COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n"
              f"_memwall memwall {shlex.quote(typed[len(kept):])}\n"
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return [kept + w.replace("\\ ", " ") for w in run("bash", "--norc", "-c", script).stdout.splitlines() if w]


def zsh(line):
    """Calls the completion function with compadd replaced."""
    words = " ".join(map(shlex.quote, line.split(" ")))
    script = (f"compadd() {{ local a=${{@[-1]}}; print -rl -- ${{(P)a}} }}\n"
              f"f() {{ local -a words=({words}); local CURRENT=$#words PREFIX=$words[-1]; "
              f"source {shlex.quote(scripts)}/_memwall }}\nf")
    return [w for w in run("zsh", "-f", "-c", script).stdout.splitlines() if w]


def fish(line):
    script = f"source {shlex.quote(scripts)}/memwall.fish; complete -C {shlex.quote(line)}"
    shown = run("fish", "--no-config", "-c", script, env={**os.environ, "HOME": work}).stdout.splitlines()
    return [w.split("\t")[0].replace("\\ ", " ") for w in shown]


for shell in (bash, zsh, fish):
    name = shell.__name__
    if not shutil.which(name):
        skip(f"completion of {name}", f"no {name} here")
        continue
    for line, want in CASES:
        found = shell(line)
        ok(found == want, f"{name}: {line}", found)
    found = shell("memwall bench --variant=")
    ok([f for f in found if f[10:] in ("paper", "tvl")] == ["--variant=paper", "--variant=tvl"] and
       len(found) == len(variants) + 4, f"{name}: all variants", found)
done()
