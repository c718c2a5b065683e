"""Checkpoints for tests: a small made-up model in both of llama2.c's formats, a huge sparse file, a damaged copy."""
import array
import random
import struct

from outside import read, write

NAN = struct.pack("<f", float("nan"))
V0_ORDER = ["embedding", "att_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3", "final_norm"]
V1_ORDER = ["att_norm", "ffn_norm", "final_norm", "embedding", "wq", "wk", "wv", "wo", "w1", "w2", "w3"]


class Model:
    """Odd sizes and random weights. `shapes` and `weights` (arrays of floats) are by tensor, in the order of a .tvl
    file: layers.0.att_norm, ..., final_norm, classifier, embedding."""

    def __init__(self, vocab, noise, dim=36, hidden=50, layers=2, heads=6):
        self.dim, self.hidden, self.layers, self.heads, self.kv_heads = dim, hidden, layers, heads, 2
        self.vocab, self.seq = vocab, 32
        dim, hidden, kv = self.dim, self.hidden, self.dim // self.heads * self.kv_heads
        layer = {"att_norm": (1, dim), "wq": (dim, dim), "wk": (kv, dim), "wv": (kv, dim), "wo": (dim, dim),
                 "ffn_norm": (1, dim), "w1": (hidden, dim), "w3": (hidden, dim), "w2": (dim, hidden)}
        self.shapes = {f"layers.{l}.{k}": shape for l in range(self.layers) for k, shape in layer.items()}
        self.shapes |= {"final_norm": (1, dim), "classifier": (vocab, dim), "embedding": (vocab, dim)}
        self.weights = {k: array.array("f", (noise.uniform(-1, 1) for _ in range(rows * cols)))
                        for k, (rows, cols) in self.shapes.items()}
        self.angles = bytes(4 * self.seq * dim // self.heads)  # tables at the end of version 0

    def header(self):
        return [self.dim, self.hidden, self.layers, self.heads, self.kv_heads, self.vocab, self.seq]

    def bytes_of(self, kinds):
        """The tensors of these kinds, each of all layers."""
        return b"".join(bytes(self.weights[name]) for kind in kinds for name in self.weights
                        if name == kind or name.startswith("layers.") and name.endswith("." + kind))

    def v0(self, tied=False, **changed):
        """Version 0. A negative vocabulary marks a separate classifier. `changed` replaces numbers of the header."""
        numbers = dict(zip(("dim", "hidden", "layers", "heads", "kv_heads", "vocab", "seq"), self.header())) | changed
        numbers["vocab"] *= 1 if tied else -1
        start = struct.pack("<7i", *numbers.values()) + self.bytes_of(V0_ORDER) + self.angles
        return start + (b"" if tied else self.bytes_of(["classifier"]))

    def v1(self, seq=None):
        """Version 1, with a separate classifier and perhaps another number of positions."""
        numbers = [*self.header()[:6], seq or self.seq]
        head = struct.pack("<4s8iB", b"24ka", 1, *numbers, 0).ljust(256, b"\0")
        return head + self.bytes_of(V1_ORDER + ["classifier"])


def write_tokenizer(path, vocab):
    """A tokenizer.bin: three special tokens, the bytes, and words without a meaning."""
    tokens = [b"<unk>", b"\n<s>\n", b"\n</s>\n", *(b"<0x%02X>" % i for i in range(256))]
    tokens += [b" w%d" % i for i in range(len(tokens), vocab)]
    write(path, struct.pack("<I", max(map(len, tokens))) +
          b"".join(struct.pack("<fI", -i, len(t)) + t for i, t in enumerate(tokens)))


def checkpoint_bytes(dim, hidden, layers, heads, vocab, positions):
    """The size of a checkpoint of version 0 with a tied classifier and as many key and value heads as heads."""
    weights = vocab * dim + layers * (2 * dim + 4 * dim * dim + 3 * dim * hidden) + dim + positions * (dim // heads)
    return 28 + 4 * weights


def write_sparse(path, dim, hidden, layers, heads, vocab, positions):
    """A checkpoint of zeros that takes no room on most disks. Raises OSError where a file cannot be that large."""
    with open(path, "wb") as f:
        f.write(struct.pack("<7i", dim, hidden, layers, heads, heads, vocab, positions))
        f.truncate(checkpoint_bytes(dim, hidden, layers, heads, vocab, positions))


def write_vast(path):
    """A model larger than any memory, some five terabytes. Returns "" or the reason why this disk cannot hold it."""
    try:
        write_sparse(path, 5120, 13824, 4096, 40, 32000, 128)
    except OSError as e:
        return f"this file system holds no sparse file of that size: {e}"
    return ""


def write_not_finite(path, source):
    """A copy of a checkpoint with one weight that is NaN."""
    data = read(source)
    return write(path, data[:1000] + NAN + data[1004:])
