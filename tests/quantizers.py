"""Quantizers and readers of stored values that share no code with the program: all floats are rounded to f32 where the
program does."""
import math
import struct

F32 = struct.Struct("<f")


def f32(x):
    return F32.unpack(F32.pack(x))[0]


def half(x):
    return struct.pack("<e", x)


def bf16(x):
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    low, high = bits & 0xffff, bits >> 16
    return struct.pack("<H", high + (low > 0x8000 or low == 0x8000 and high % 2))


def q8_0(x):
    scale = f32(max(map(abs, x)) / 127)
    inverse = f32(1 / scale) if scale else 0
    scaled = [f32(v * inverse) for v in x]
    return half(scale) + bytes(int(math.copysign(math.floor(abs(v) + 0.5), v)) & 0xff for v in scaled)


def q4_0(x):
    scale = f32(max(x, key=abs) / -8)  # max() takes the first of equals
    inverse = f32(1 / scale) if scale else 0
    codes = [min(15, int(f32(f32(v * inverse) + 8.5))) for v in x]
    return half(scale) + bytes(codes[j] | codes[j + 16] << 4 for j in range(16))


# --- K formats, in the order of ggml's reference quantizers: several scales of a group are tried, each with codes, and
# with the scale and offset that suit these codes best by weighted linear regression
def clamp(x, least, most):
    return max(least, min(most, x))


def total(products):
    """A sum from first to last in f32."""
    s = products[0]
    for p in products[1:]:
        s = f32(s + p)
    return s


def fit(x, most, first, steps):
    """Scale, offset (at most 0) and codes of 32 values."""
    typical = f32(math.sqrt(f32(total([f32(v * v) for v in x]) / 32)))
    weight = [f32(typical + abs(v)) for v in x]
    sum_w, sum_x = total(weight), total([f32(w * v) for w, v in zip(weight, x)])
    low, high = min(0.0, *x), max(x)
    if low == high:
        return 0.0, low, [0] * 32

    def codes(inverse):
        return [clamp(round(f32(inverse * f32(v - low))), 0, most) for v in x]

    def error(scale, offset, l):
        off = [f32(f32(f32(scale * c) + offset) - v) for c, v in zip(l, x)]
        return total([f32(w * f32(o * o)) for w, o in zip(weight, off)])

    inverse = f32(most / f32(high - low))
    best = f32(1 / inverse), low, codes(inverse)
    least_error = error(*best)
    for step in range(steps + 1):
        l = codes(f32(f32(f32(first + f32(f32(0.1) * step)) + most) / f32(high - low)))
        wl = [f32(w * c) for w, c in zip(weight, l)]
        sum_l, sum_l2 = total(wl), total([f32(a * c) for a, c in zip(wl, l)])
        sum_xl = total([f32(a * v) for a, v in zip(wl, x)])
        determinant = f32(f32(sum_w * sum_l2) - f32(sum_l * sum_l))
        if determinant <= 0:
            continue
        scale = f32(f32(f32(sum_w * sum_xl) - f32(sum_x * sum_l)) / determinant)
        offset = f32(f32(f32(sum_l2 * sum_x) - f32(sum_l * sum_xl)) / determinant)
        if offset > 0:
            scale, offset = f32(sum_xl / sum_l2), 0.0
        if error(scale, offset, l) < least_error:
            least_error, low, best = error(scale, offset, l), offset, (scale, offset, l)
    return best


def with_minima(x, most, first, steps):
    """d and dmin as stored, six-bit scales and minima, codes."""
    fits = [fit(x[i:i + 32], most, first, steps) for i in range(0, 256, 32)]
    scales, minima = [f[0] for f in fits], [-f[1] for f in fits]
    stored, six, halves = [], [], b""
    for v in (scales, minima):
        top = max(0.0, *v)
        inverse = f32(63 / top) if top else 0
        six.append([min(63, round(f32(inverse * s)) & 255) for s in v])
        halves += half(f32(top / 63))
    d, dmin = struct.unpack("<2e", halves)
    for g in range(8):
        scale, offset = f32(d * six[0][g]), f32(dmin * six[1][g])
        stored += [clamp(round(f32(f32(v + offset) / scale)), 0, most) for v in x[32 * g:32 * g + 32]] \
            if scale else fits[g][2]
    s, m = six
    low = [s[g] | s[g + 4] >> 4 << 6 for g in range(4)] + [m[g] | m[g + 4] >> 4 << 6 for g in range(4)]
    return halves + bytes(low + [s[g] & 15 | (m[g] & 15) << 4 for g in range(4, 8)]), stored


def nibbles(l, step):
    """Pairs of codes `step` apart in a byte."""
    return bytes(l[i + j] & 15 | (l[i + j + step] & 15) << 4 for i in range(0, 256, 2 * step) for j in range(step))


def q4_K(x):
    head, l = with_minima(x, 15, -1, 20)
    return head + nibbles(l, 32)


def q5_K(x):
    head, l = with_minima(x, 31, -0.5, 15)
    return head + bytes(sum((l[32 * g + j] >> 4) << g for g in range(8)) for j in range(32)) + nibbles(l, 32)


def fit_signed(x):
    """Scale and codes of 16 values, which weigh as much as their squares."""
    top, scale, best, codes = max(x, key=abs), 0.0, 0.0, [0] * 16
    if abs(top) < 1e-15:
        return 0.0, codes
    for step in [0, *range(-9, 0), *range(1, 10)]:
        inverse = f32(-f32(32 + f32(f32(0.1) * step)) / top)
        l = [clamp(round(f32(inverse * v)), -32, 31) for v in x]
        weight = [f32(v * v) for v in x]
        xl = total([f32(f32(w * v) * c) for w, v, c in zip(weight, x, l)])
        l2 = total([f32(f32(w * c) * c) for w, c in zip(weight, l)])
        if step == 0 or f32(xl * xl) > f32(best * l2):
            scale = f32(xl / l2)
            best, codes = f32(scale * xl), [c + 32 for c in l]
    return scale, codes


def q6_K(x):
    fits = [fit_signed(x[i:i + 16]) for i in range(0, 256, 16)]
    top = max((f[0] for f in fits), key=abs)
    if abs(top) < 1e-15:
        return bytes(210)
    inverse = f32(-128 / top)
    stored = half(f32(1 / inverse))
    scales = [min(127, round(f32(inverse * f[0]))) for f in fits]
    d, l = struct.unpack("<e", stored)[0], []
    for g, s in enumerate(scales):
        step = f32(d * s)
        l += [clamp(round(f32(v / step)), -32, 31) + 32 for v in x[16 * g:16 * g + 16]] if step else fits[g][1]
    high = [sum((l[128 * h + 32 * k + j] >> 4) << 2 * k for k in range(4)) for h in range(2) for j in range(32)]
    return nibbles(l, 64) + bytes(high) + struct.pack("<16b", *scales) + stored


STORE = {"f32": (1, lambda x: struct.pack("<f", x[0])), "bf16": (1, lambda x: bf16(x[0])),
         "f16": (1, lambda x: half(x[0])), "q8_0": (32, q8_0), "q4_0": (32, q4_0)}
STORE_K = {"q4_K": (256, q4_K), "q5_K": (256, q5_K), "q6_K": (256, q6_K)}
IDS = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8, "q4_K": 12, "q5_K": 13, "q6_K": 14, "bf16": 30}
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 7, "q4_K": 14, "q5_K": 16, "q6_K": 18, "bf16": 32}


def values_k(dtype, block):
    if dtype == "q6_K":
        low, high, scales, (d,) = block[:128], block[128:192], struct.unpack("<16b", block[192:208]), \
            struct.unpack("<e", block[208:])
        codes = [(low[i // 128 * 64 + i % 64] >> i % 128 // 64 * 4 & 15) +
                 (high[i // 128 * 32 + i % 32] >> i % 128 // 32 * 2 & 3) * 16 for i in range(256)]
        return [f32(f32(d * scales[i // 16]) * (codes[i] - 32)) for i in range(256)]
    (d, dmin), z = struct.unpack("<2e", block[:4]), block[4:16]
    scales = [z[g] & 63 for g in range(4)] + [z[g + 4] & 15 | z[g - 4] >> 6 << 4 for g in range(4, 8)]
    minima = [z[g + 4] & 63 for g in range(4)] + [z[g + 4] >> 4 | z[g] >> 6 << 4 for g in range(4, 8)]
    low, high = block[-128:], block[16:48] if dtype == "q5_K" else bytes(32)
    codes = [(low[i // 64 * 32 + i % 32] >> i // 32 % 2 * 4 & 15) + (high[i % 32] >> i // 32 & 1) * 16
             for i in range(256)]
    return [f32(f32(f32(d * scales[i // 32]) * codes[i]) - f32(dmin * minima[i // 32])) for i in range(256)]


def values(dtype, block):
    """The floats that a stored block is."""
    if dtype == "f32":
        return list(struct.unpack("<f", block))
    if dtype == "f16":
        return list(struct.unpack("<e", block))
    if dtype == "bf16":
        return list(struct.unpack("<f", b"\0\0" + block))
    if dtype in STORE_K:
        return values_k(dtype, block)
    (scale,), codes = struct.unpack("<e", block[:2]), block[2:]
    if dtype == "q8_0":
        return [f32(c * scale) for c in struct.unpack("<32b", codes)]
    return [f32((c - 8) * scale) for c in [b & 15 for b in codes] + [b >> 4 for b in codes]]
