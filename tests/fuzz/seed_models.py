"""Tiny model files for seeds (make_seeds.py)."""
import random
import struct

V1_MAGIC = 0x616B3432


def floats(n, seed=1, spread=1.0):
    draw = random.Random(seed)
    return struct.pack("<%df" % n, *(draw.uniform(-spread, spread) for _ in range(n)))


def shapes(dim, hidden, layers, heads, kv_heads, vocab, seq_len, shared):
    """(name, rows, cols) of every tensor in the order of the forward pass; rows 0 marks a vector."""
    kv = dim // heads * kv_heads
    table = []
    for layer in range(layers):
        for name, rows, cols in (("att_norm", 0, dim), ("wq", dim, dim), ("wk", kv, dim), ("wv", kv, dim),
                                 ("wo", dim, dim), ("ffn_norm", 0, dim), ("w1", hidden, dim), ("w3", hidden, dim),
                                 ("w2", dim, hidden)):
            table.append(("layers.%d.%s" % (layer, name), rows, cols))
    table += [("final_norm", 0, dim), ("classifier", vocab, dim)]
    return table if shared else table + [("embedding", vocab, dim)]


def weights(c):
    return sum(max(rows, 1) * cols for _, rows, cols in shapes(*c))


def checkpoint_v0(c, data=None):
    dim, hidden, layers, heads, kv_heads, vocab, seq_len, shared = c
    head = struct.pack("<7i", dim, hidden, layers, heads, kv_heads, vocab if shared else -vocab, seq_len)
    return head + (floats(weights(c) + seq_len * (dim // heads)) if data is None else data)


def checkpoint_v1(c, data=None):
    head = struct.pack("<Ii7iB", V1_MAGIC, 1, *c[:7], c[7])
    return head.ljust(256, b"\0") + (floats(weights(c)) if data is None else data)


def up(value, step):
    return -(-value // step) * step


def tvl(c, with_table=True, data=b"", all_finite=1, more=None):
    """A header without checksums, which the target fills in, zeros, a table, weights. `more`: what version 3 adds."""
    table = shapes(*c)
    start = at = up(4096 + 96 * len(table), 2 << 20)
    entries = b""
    for name, rows, cols in table:
        size = 4 * cols * (up(rows, 16) or 1)
        entries += struct.pack("<32s4I3Q24x", name.encode(), rows or 1, cols, 0, rows > 0, at, size, 0)
        at = up(at + size, 16384)
    head = b"MWTVL\r\n\x1a" + struct.pack("<4I8I2I3QQI3fI", 0x01020304, 3 if more else 1, 0, 16, *c, all_finite,
                                         len(table), at, 4096, start, 0, *(more or (0, 0, 0, 0, 0)))
    return head + (entries + data if with_table else b"")


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key, kind, value):
    """`kind` as GGUF numbers types; a list is an array of it."""
    codes = {0: "B", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 12: "d"}
    pack = (lambda v: text(v)) if kind == 8 else (lambda v: struct.pack("<" + codes[kind], v))
    if isinstance(value, list):
        return text(key) + struct.pack("<IIQ", 9, kind, len(value)) + b"".join(map(pack, value))
    return text(key) + struct.pack("<I", kind) + pack(value)


def gguf(c, family="llama", kind=0, more=(), extra=(), data=None, version=3, align=32):
    """A model with matrices of type `kind`, further pairs, and further tensors (name, columns, rows or 0)."""
    dim, hidden, layers, heads, kv_heads, vocab, seq_len, shared = c
    block, block_bytes = {0: (1, 4), 1: (1, 2), 2: (32, 18), 8: (32, 34), 30: (1, 2)}[kind]
    numbers = (("embedding_length", dim), ("feed_forward_length", hidden), ("block_count", layers),
               ("attention.head_count", heads), ("attention.head_count_kv", kv_heads), ("context_length", seq_len))
    pairs = [pair("general.architecture", 8, family), pair("general.alignment", 4, align),
             pair(family + ".attention.layer_norm_rms_epsilon", 6, 1e-5), *more]
    pairs += [pair(family + "." + key, 4, value) for key, value in numbers]
    names = {"att_norm": "attn_norm", "wq": "attn_q", "wk": "attn_k", "wv": "attn_v", "wo": "attn_output",
             "ffn_norm": "ffn_norm", "w1": "ffn_gate", "w3": "ffn_up", "w2": "ffn_down", "final_norm": "output_norm",
             "classifier": "token_embd" if shared else "output", "embedding": "token_embd"}
    tensors = []
    for name, rows, cols in shapes(*c):
        parts = name.split(".")
        prefix = "blk.%s." % parts[1] if len(parts) > 1 else ""
        tensors.append((prefix + names[parts[-1]] + ".weight", cols, rows))
    table, at = b"", 0
    for name, cols, rows in tensors + list(extra):
        sizes = (cols, rows) if rows else (cols,)
        table += text(name) + struct.pack("<I%dQIQ" % len(sizes), len(sizes), *sizes, kind if rows else 0, at)
        at = up(at + (rows * cols // block * block_bytes if rows else 4 * cols), align)
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors) + len(extra), len(pairs)) + b"".join(pairs) + table
    head += b"\0" * (up(len(head), align) - len(head))
    return head + (floats(at // 4 + 1)[:at] if data is None else data.ljust(at, b"\0"))
