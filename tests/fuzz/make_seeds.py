#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: tiny files, valid or nearly so.

    make_seeds.py [FOLDER]       default: seeds/ next to this script

Each seed is a file, followed by the bytes that steer the target (see its first comment). The result is always the same.
"""
import os
import struct
import sys

from seed_models import checkpoint_v0, checkpoint_v1, floats, gguf, pair, tvl

def tokenizer(pieces, longest=None):
    file = struct.pack("<i", longest or max(len(text) for text, _ in pieces))
    for text, score in pieces:
        file += struct.pack("<fi", score, len(text)) + text
    return file


def tokenizer_steer(text, vocabulary=0x8000, ends=3):
    """A vocabulary of 0x8000 stands for that of the file."""
    return text + struct.pack("<BHBB", len(text), vocabulary, ends, 0)


def vocabulary(*pairs):
    """A GGUF file without tensors, whose pairs (key, kind, value) are below tokenizer.ggml."""
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pair("tokenizer.ggml." + p[0], *p[1:])
                                                                      for p in pairs)


def vocabulary_llama(*more):
    pieces = [b"<unk>", b"<s>", b"</s>", b"<t>"] + [b"<0x%02X>" % i for i in (10, 32, 97, 98, 226)]
    pieces += [b"\xe2\x96\x81", b"a", b"b", b"ab", b"\xe2\x96\x81a", b"\xc3\xa9"]
    return vocabulary(("model", 8, "llama"), ("tokens", 8, pieces), ("token_type", 5, [2, 3, 3, 4] + [6] * 5 + [1] * 6),
                      ("scores", 6, [-float(i) for i in range(len(pieces))]), *more)


def vocabulary_gpt2(pre, *more):
    pieces = [b"a", b"b", b"1", b"\xc4\xa0", b"\xc4\x8a", b"'", b"s", b"\xc3\xaf", b"\xc2\xbf", b"\xc2\xbd", b"ab",
              b"\xc4\xa0a", b"aba", b"<t>", b"\xe6\x97\xa5"]
    merges = [b"a b", b"\xc4\xa0 a", b"ab a", b"a b"]
    return vocabulary(("model", 8, "gpt2"), ("pre", 8, pre), ("tokens", 8, pieces),
                      ("token_type", 5, [1] * 13 + [4, 1]), ("merges", 8, merges), ("bos_token_id", 4, 0),
                      ("eos_token_id", 4, 1), *more)


RESULTS = ("run_id,utc,host,cpu,arch,os,page_bytes,line_bytes,model,dtype,variant,kernel,layout,load,isa,threads,suite,"
           "phase,metric,unit,value,ci_low,ci_high,n,provenance,note,schema,commit,rep,param")


def results(rows):
    """(metric, variant, threads, rep, value) of each row."""
    text = RESULTS + "\n"
    for metric, variant, threads, rep, value in rows:
        text += ("r,now,h,\"A, CPU\",aarch64,Linux,4096,64,m,f32,%s,k,tvl,heap,neon,%s,decode,steady,%s,u,%s,,,9,"
                 "measured,,1,c,%s,\n" % (variant, threads, metric, value, rep))
    return text.encode()


# dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len, shared classifier
PLAIN = (4, 6, 1, 2, 2, 5, 4, 1)
GROUPED = (8, 5, 1, 4, 2, 3, 2, 0)
RAGGED = (6, 17, 2, 1, 1, 18, 1, 1)
WIDE = (32, 40, 1, 4, 2, 24, 32, 0)
BLOCKS = (32, 64, 1, 4, 2, 5, 4, 1)
NOT_FINITE = b"\0\0\xc0\x7f" * 40

RUN = results([(metric, "tvl", threads, rep, value + rep)
               for metric, value in (("tokens_per_s", 80), ("roof_fraction", 0.5), ("slow_tokens", 0), ("roof_gbs", 30))
               for threads in (1, 16) for rep in (1, 2)] + [("machine_roof_gbs", "machine", 1, "", 9)])
RUN_2 = RUN.replace(b",,1,c,", b",,2,c,")  # of the schema of today

BYTES = [(b"<unk>", 0.0), (b"<s>", 0.0), (b"</s>", 0.0)] + [(b"<0x%02X>" % i, 0.0) for i in range(256)]
WORDS = [(b" ", -1.0), (b"a", -2.0), (b"b", -3.0), (b"ab", -4.0), (b" a", -4.0), (b"aab", -5.0), (b"\xc3\xa9", -6.0),
         (b"aa", -4.0), (b"ab", -1.0)]

SEEDS = {
    "checkpoint_v0": {
        "plain": checkpoint_v0(PLAIN) + bytes([0, 0, 0]),
        "grouped": checkpoint_v0(GROUPED) + bytes([0, 5, 0]),
        "ragged": checkpoint_v0(RAGGED) + bytes([0, 74, 0]),
        "wide-zeros": checkpoint_v0(WIDE, b"") + bytes([0, 11, 0]),
        "not-finite": checkpoint_v0(PLAIN, NOT_FINITE) + bytes([0, 2, 0]),
        "cut": checkpoint_v0(PLAIN)[:-5] + bytes([3, 3, 0]),
        "longer": checkpoint_v0(GROUPED, b"") + bytes([34 * 4 + 2, 0, 0]),
        "header": checkpoint_v0(PLAIN)[:20] + bytes([3, 0, 0]),
    },
    "checkpoint_v1": {
        "plain": checkpoint_v1(PLAIN) + bytes([0, 0, 0]),
        "grouped": checkpoint_v1(GROUPED) + bytes([0, 5, 0]),
        "ragged": checkpoint_v1(RAGGED, floats(200)) + bytes([0, 74, 0]),
        "wide-zeros": checkpoint_v1(WIDE, b"") + bytes([0, 11, 0]),
        "not-finite": checkpoint_v1(PLAIN, NOT_FINITE) + bytes([0, 2, 0]),
        "cut": checkpoint_v1(PLAIN)[:-5] + bytes([3, 3, 0]),
        "header": checkpoint_v1(PLAIN)[:100] + bytes([3, 0, 0]),
    },
    "tvl": {
        "plain": tvl(PLAIN, data=floats(32)) + bytes([0, 1, 0, 0]),
        "grouped": tvl(GROUPED, data=floats(32)) + bytes([0, 1, 5, 0]),
        "ragged": tvl(RAGGED) + bytes([0, 3, 74, 0]),
        "config-only": tvl(PLAIN, False) + bytes([0, 0, 0, 0]),
        "config-wide": tvl(WIDE, False) + bytes([0, 0, 11, 0]),
        "config-more": tvl(PLAIN, False, more=(6, 1e-6, 500000, 2, 15)) + bytes([0, 0, 0, 0]),
        "own-bytes": tvl(PLAIN) + bytes([127, 19, 2, 0]),
        "own-checksums": tvl(PLAIN) + bytes([0, 13, 2, 0]),
        "dirty": tvl(PLAIN, False) + bytes([9, 32, 2, 0]),
        "not-finite": tvl(PLAIN, data=NOT_FINITE) + bytes([0, 1, 2, 0]),
        "not-looked-at": tvl(PLAIN, all_finite=0) + bytes([0, 1, 2, 0]),
        "header": tvl(PLAIN)[:60] + bytes([0, 1, 0, 0]),
    },
    "gguf": {
        "plain": gguf(PLAIN) + bytes([0, 0]),
        "grouped-f16": gguf(GROUPED, kind=1, data=b"\x11\x2e" * 400) + bytes([5, 0]),
        "q8_0": gguf(BLOCKS, kind=8, data=b"\x11\x2e" * 4000) + bytes([3, 0]),
        "q4_0-zeros": gguf(BLOCKS, kind=2, data=b"") + bytes([11, 0]),
        "bf16-version-2": gguf(PLAIN, kind=30, data=b"\x80\x3f" * 200, version=2) + bytes([2, 0]),
        "qwen2": gguf(PLAIN, "qwen2", extra=[("blk.0.attn_%s.bias" % n, 4, 0) for n in "qkv"]) + bytes([1, 0]),
        "qwen3": gguf(PLAIN, "qwen3", extra=[("blk.0.attn_%s_norm.weight" % n, 2, 0) for n in "qk"]) + bytes([1, 0]),
        "scaled": gguf(PLAIN, more=[pair("llama.rope.scaling.type", 8, "linear"), pair("llama.rope.freq_base", 6, 5e5),
                                    pair("llama.rope.scaling.factor", 12, 8.0)],
                       extra=[("rope_freqs.weight", 1, 0)]) + bytes([1, 0]),
        "vocabulary": gguf(PLAIN, more=[pair("tokenizer.ggml.tokens", 8, ["<unk>", "", "a", "\xe9", "b"]),
                                        pair("tokenizer.ggml.scores", 6, [0.0, -1.5]),
                                        pair("x.bools", 7, [True, False]),
                                        pair("tokenizer.ggml.token_type", 5, [2, -3]), pair("x.none", 8, [])],
                           align=64) + bytes([1, 0]),
        "not-finite": gguf(PLAIN, data=NOT_FINITE) + bytes([2, 0]),
        "cut": gguf(PLAIN)[:-40] + bytes([2, 0]),
        "head": gguf(PLAIN)[:300] + bytes([2, 0]),
    },
    "csv": {
        "plain": b"token_id,latency_us\n1,200\n2,300\n" + bytes([0, 0]),
        "quoted": b'latency_us,x,token_id\r\n"a ""b"", c",,"1\r\n2"\r\n,"",3' + bytes([0, 0]),
        "open-quote": b'token_id,latency_us\n1,"2\n3,4\n' + bytes([0, 0]),
        "ragged": b"token_id,latency_us\n1,2\n3\n" + bytes([0, 0]),
        "nul": b"token_id,latency_us\n1,2\0\n" + bytes([0, 0]),
        "results": RUN + bytes([2, 0]),
        "compare-table": RUN + bytes([4, 0]),
        "compare-markdown": RUN + bytes([4 | 3 << 4, 0]),
        "compare-csv": RUN + bytes([4 | 1 << 4, 0]),
        "compare-json": RUN + bytes([4 | 2 << 4, 0]),
        "compare-many-table": RUN_2 + bytes([4 | 128, 0]),
        "compare-many-csv": RUN_2 + bytes([4 | 1 << 4 | 128, 0]),
        "compare-many-json": RUN_2 + bytes([4 | 2 << 4 | 128, 0]),
        "compare-many-fails": RUN_2 + bytes([4 | 3 << 4 | 128, 9]),
        "compare-mixed": RUN.replace(b"Linux", b"Plan 9", 1) + bytes([4, 0]),
        "compare-no-number": RUN.replace(b",80", b",8o") + bytes([4, 0]),
        "compare-header": results([]) + bytes([4, 0]),
    },
    "peer": {
        "own": b"talk\nmemwall-tokens-per-s: 61.5\nmemwall-latency-us: 16000 16100.5 1e4\n" + bytes([255, 90, 0]),
        "own-no-time": b"memwall-tokens-per-s: 61.5 x\nmemwall-latency-us: 16000 -3 nan" + bytes([0, 0, 0]),
        "no-memory": b"memwall-tokens-per-s: 61.5\nmemwall-latency-us: 16000 16100.5\n" + bytes([255, 90, 1]),
        "llama2c": b"Once upon a time\nachieved tok/s: 57.6\n" + bytes([128, 20, 0]),
        "no-number": b"achieved tok/s:\n7\nachieved tok/s: inf\n" + bytes([255, 5, 0]),
        "json": b'[ {"a": "\\"}{", "n_prompt": 64, "n_gen": 0, "avg_ts": 9e2, "samples_ts": [1, 2]},\n'
                b'  {"x": [[], {"y": null}], "n_prompt": 0, "n_gen": 8, "avg_ts": 61.5, "samples_ts": []} ]' +
                bytes([255, 9, 0]),
        "json-open": b'{"n_prompt": 0, "n_gen": 8, "avg_ts": 61.5, "t": "' + bytes([255, 9, 0]),
        "json-deep": b'{"a":' + b'[{"a":' * 12 + bytes([200, 9, 0]),
        "json-bytes": b'{"f": "caf\xe9 \\u0000", "n_prompt": 0, "n_gen": 8, "avg_ts": 61.5, '
                      b'"size": 99999999999999999999}' + bytes([255, 9, 0]),
        "option": b"llama.cpp:{model} {gguf} -n {tokens} -t {threads} {other} {" + bytes([255, 30, 0]),
        "option-name": b"a b:x" + bytes([255, 30, 0]),
    },
    "tokenizer": {
        "bytes-only": tokenizer(BYTES) + tokenizer_steer(b"a b\n"),
        "words": tokenizer(BYTES[:3] + WORDS) + tokenizer_steer(b" a aab \xc3\xa9baab"),
        "all": tokenizer(BYTES + WORDS, 300) + tokenizer_steer(b"caf\xc3\xa9 \xf0\x9f\x8d\xb0 aabab"),
        "smallest": tokenizer(BYTES[:3]) + tokenizer_steer(b""),
        "other-vocabulary": tokenizer(BYTES[:3] + WORDS) + tokenizer_steer(b"ab", 11, 0),
        "border-vocabulary": tokenizer(BYTES[:3] + WORDS) + tokenizer_steer(b"ab", 0x4007, 0),
        "cut": tokenizer(BYTES[:3] + WORDS)[:-3] + tokenizer_steer(b"ab", 12),
        "negative-length": tokenizer(BYTES[:3])[:-12] + b"\xff" * 12 + tokenizer_steer(b"x", 3),
    },
    "tokenizer_gguf": {
        "llama": vocabulary_llama() + tokenizer_steer(b"ab <t>a \xc3\xa9b\n", 0),
        "llama-plain": vocabulary_llama(("add_space_prefix", 7, 0), ("add_bos_token", 7, 0)) +
                       tokenizer_steer(b"a  ab\xe2\x96", 0),
        "llama-of-a-model": vocabulary_llama() + tokenizer_steer(b"ab", 15),
        "llama-bpe": vocabulary_gpt2("llama-bpe") + tokenizer_steer(b"aba 1ab's<t> a\n\n", 0),
        "qwen2": vocabulary_gpt2("qwen2", ("add_bos_token", 7, 1)) + tokenizer_steer(b"aba 111'S  \xff ab", 0),
        "smollm": vocabulary_gpt2("smollm") + tokenizer_steer(b"  11ab \xed\xa0\x80 \xc0\xa0", 0),
        "gpt-2": vocabulary_gpt2("gpt-2", ("eot_token_id", 4, 2)) + tokenizer_steer(b"  a b1's", 0, 0),
        "unknown-pre": vocabulary_gpt2("tekken") + tokenizer_steer(b"a", 0),
        "cut": vocabulary_llama()[:-9] + tokenizer_steer(b"a", 0),
    },
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "seeds")
    for target, seeds in SEEDS.items():
        os.makedirs(os.path.join(top, target), exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(top, target, name), "wb") as file:
                file.write(content)


if __name__ == "__main__":
    main()
