"""A Llama-2 forward pass in PyTorch: float32, with a KV cache, greedy from BOS. The peer of suite `torch`.

usage: python3 torch_decode.py CHECKPOINT POSITIONS THREADS

CHECKPOINT is a llama2.c file, version 0. Prints "ready VERSION with BLAS", or "unavailable REASON". Then it reads lines
with a number N from stdin. It decodes N more tokens and answers with one line per token: the token and its latency in
microseconds (forward pass and choice). At "0" it starts again at BOS and answers "again".
"""
import re
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as e:
    print("unavailable", e, flush=True)
    sys.exit(0)

BOS = 1


def blas():
    """The BLAS that multiplies matrices: the loaded library, or else the one that PyTorch was built with."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as f:
            paths = {l.split()[-1] for l in f if re.search(r"/[^/]*(blas|mkl)[^/]*\.so", l)}
    except OSError:
        paths = set()
    built = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    return min(("/".join(p.split("/")[-2:]) for p in paths), default=built.group(1) if built else "an unknown BLAS")


class Model:
    def __init__(self, path, positions):
        head = np.fromfile(path, dtype="<i4", count=7)
        self.dim, self.hidden, self.layers, self.heads, self.kv_heads, vocab, seq_len = map(int, head)
        self.vocab, self.size = abs(vocab), self.dim // self.heads
        self.kv_dim = self.size * self.kv_heads
        # Copied, so that PyTorch gets aligned tensors: the weights start at byte 28 of the file.
        flat = np.fromfile(path, dtype="<f4", offset=28)
        at = 0

        def take(*shape):
            nonlocal at
            n = int(np.prod(shape))
            at += n
            return torch.from_numpy(flat[at - n : at].reshape(shape).copy())

        l, d, h = self.layers, self.dim, self.hidden
        self.embedding = take(self.vocab, d)
        self.att_norm = take(l, d)
        self.wq, self.wk, self.wv = take(l, d, d), take(l, self.kv_dim, d), take(l, self.kv_dim, d)
        self.wo = take(l, d, d)
        self.ffn_norm = take(l, d)
        self.w1, self.w2, self.w3 = take(l, h, d), take(l, d, h), take(l, h, d)
        self.norm = take(d)
        at += seq_len * self.size  # two unused tables
        self.classifier = take(self.vocab, d) if vocab < 0 else self.embedding
        self.keys = torch.zeros(l, self.kv_heads, positions, self.size)
        self.values = torch.zeros(l, self.kv_heads, positions, self.size)
        angles = torch.arange(positions)[:, None] / 10000.0 ** (torch.arange(0, self.size, 2) / self.size)
        self.cos, self.sin = angles.cos(), angles.sin()

    def rotated(self, x, pos):
        pairs = x.view(-1, self.size // 2, 2)
        a, b = pairs[..., 0], pairs[..., 1]
        c, s = self.cos[pos], self.sin[pos]
        return torch.stack((a * c - b * s, a * s + b * c), dim=-1).view(-1, self.size)

    @staticmethod
    def normed(x, weight):
        return x * torch.rsqrt(x.pow(2).mean() + 1e-5) * weight

    def forward(self, token, pos):
        x = self.embedding[token]
        group = self.heads // self.kv_heads
        for l in range(self.layers):
            y = self.normed(x, self.att_norm[l])
            q = self.rotated(torch.mv(self.wq[l], y), pos)
            self.keys[l, :, pos] = self.rotated(torch.mv(self.wk[l], y), pos)
            self.values[l, :, pos] = torch.mv(self.wv[l], y).view(-1, self.size)
            keys, values = self.keys[l, :, : pos + 1], self.values[l, :, : pos + 1]
            scores = torch.matmul(q.view(self.kv_heads, group, self.size), keys.transpose(1, 2)) / self.size**0.5
            y = torch.matmul(F.softmax(scores, dim=-1), values).view(self.dim)
            x = x + torch.mv(self.wo[l], y)
            y = self.normed(x, self.ffn_norm[l])
            x = x + torch.mv(self.w2[l], F.silu(torch.mv(self.w1[l], y)) * torch.mv(self.w3[l], y))
        return torch.mv(self.classifier, self.normed(x, self.norm))


def main():
    path, positions, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    with torch.no_grad():
        model = Model(path, positions)
        torch.mv(model.wq[0], model.norm)  # loads the BLAS
        print("ready", torch.__version__, "with", blas(), flush=True)
        token, pos = BOS, 0
        for line in sys.stdin:
            n = int(line)
            if n == 0:
                token, pos = BOS, 0
                print("again", flush=True)
            for _ in range(n):
                start = time.perf_counter_ns()
                token = int(torch.argmax(model.forward(token, pos)))
                took = time.perf_counter_ns() - start
                pos += 1
                print(token, f"{took / 1e3:.3f}", flush=True)


main()
