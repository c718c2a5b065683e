"""Made-up programs for the tests of suite peers: Python scripts that print tokens per second in every known format."""
import os

# A script that starts with this can count its calls, so that it prints another number each round, and log them.
COUNT = """
import os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
def count(name):
    path = os.path.join(HERE, name)
    with open(path, "a") as f:
        f.write("x")
    return os.path.getsize(path)
def log(*words):
    with open(os.path.join(HERE, "order.txt"), "a") as f:
        print(*words, file=f)
"""
# llama2.c: the last of its closing lines counts.
LLAMA2C = COUNT + """
log("llama2c", sys.argv[1:])
print("Once upon a time, {\\"n_gen\\": 3")
print("achieved tok/s: 1.5", file=sys.stderr)
print("achieved tok/s: %f" % (100 + 10 * count("llama2c.n")), file=sys.stderr)
"""
# llama-bench: JSON with prompts, other tests, and lines that are none.
LLAMA_BENCH = COUNT + """
log("llama-bench", sys.argv[1:])
print("{ not json [ { \\"n_gen\\": ")
n = count("bench.n%s" % sys.argv[3])
print('''[
  {
    "build_commit": "abc{", "model_filename": "a \\\\"b\\\\" ]", "n_prompt": 64, "n_gen": 0, "test": null,
    "flags": [[], {"a": -1.5e3}], "avg_ns": 1, "avg_ts": %f, "samples_ts": [ 1, 2, 3, 4, 5 ]
  },
  {"n_prompt": 32, "n_gen": 32, "avg_ts": 7},
  {"n_prompt": 0, "n_gen": %s, "avg_ts": %f, "stddev_ts": 1.0, "samples_ts": [ 2, 2.5 ]},
  {"n_prompt": 0, "n_gen": 256, "avg_ts": 9}
]''' % (1000 + n, sys.argv[2], 200 * int(sys.argv[3]) + n))
print("achieved tok/s: 3")
"""
# memwall's own lines, with the latency of each token.
OWN = COUNT + """
log("own", sys.argv[1:])
print("memwall-tokens-per-s: 1")
rate = 50 + count("own.n")
print("talk\\nmemwall-tokens-per-s: %g tokens\\nmemwall-latency-us: 1000 1500.5 2000 800" % rate)
sys.stdout.buffer.write(b"\\0\\xff\\x1b[2J nothing of this reaches a terminal\\n")
"""
# Fails in the second round, with a number all the same.
HALF = COUNT + """
log("half", sys.argv[1:])
if count("half.n") == 2:
    print("achieved tok/s: 77\\n\\n", end="")
    print("first\\n\\x1b[31mno\\tmemory\\xff for it  \\n\\n", end="", file=sys.stderr)
    sys.exit(3)
print("achieved tok/s: 42")
"""
# Slow once, then fast: rounds that have nothing in common.
WIDE = COUNT + """
print("achieved tok/s: %d" % (1 if count("wide.n") == 1 else 90000))
"""
# The time to the first token after a prompt of 64 tokens.
FIRST = """
import sys
assert sys.argv[1:] == ["64", "12"]
print("memwall-first-token-ms: 163.25\\nmemwall-tokens-per-s: 60")
"""
# Noise, and lines that look like numbers but are none.
GARBAGE = """
import random, sys
noise = random.Random(1)
sys.stdout.buffer.write(bytes(noise.randrange(256) for _ in range(100000)))
sys.stdout.buffer.write(b'{"n_prompt": 0, "n_gen": 1, "avg_ts": -5}[{"n_prompt": 0, "n_gen": 1, "avg_ts": 1e400}]')
sys.stdout.buffer.write(b'{"a":[' * 1000)
print('''
achieved tok/s: nan
achieved tok/s: inf
achieved tok/s:
77
memwall-tokens-per-s: fast
{"n_prompt": 0, "n_gen": 1, "avg_ts": "12"}
{"n_prompt": 0, "n_gen": 8, "avg_ts": 12
''')
"""


def script(name, text):
    """Writes a script into the current folder and returns its absolute path."""
    path = os.path.abspath(name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path
