"""A parser of GGUF files that shares no code with the writer."""
import struct

from outside import read


class Gguf:
    FORMATS = {4: "I", 5: "i", 6: "f", 7: "?"}

    def __init__(self, path):
        self.data, self.at = read(path), 0
        magic, version, n_tensors, n_pairs = self.take("<4sIQQ")
        assert (magic, version) == (b"GGUF", 3), (magic, version)
        self.meta, self.types = {}, {}
        for _ in range(n_pairs):
            key = self.text()
            assert key not in self.meta, key
            (kind,) = self.take("<I")
            self.meta[key], self.types[key] = self.value(kind), kind
        self.tensors = {}
        for _ in range(n_tensors):
            name = self.text()
            (dims,) = self.take("<I")
            shape = self.take(f"<{dims}Q")
            self.tensors[name] = (shape, *self.take("<IQ"))
        align = self.meta["general.alignment"]
        padding = -self.at % align
        assert self.data[self.at:self.at + padding] == bytes(padding)
        self.start = self.at + padding

    def take(self, form):
        got = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return got

    def text(self):
        (n,) = self.take("<Q")
        self.at += n
        return self.data[self.at - n:self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, n = self.take("<IQ")
            return [self.value(inner) for _ in range(n)]
        return self.take("<" + self.FORMATS[kind])[0]
