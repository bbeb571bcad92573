"""Ed25519 verification by the strict rule of docs/spec (1.4): RFC 8032 §5.1 in extended coordinates, in pure Python.

Not constant in time, which verification of public signatures does not need.
"""
import hashlib, re
from functools import lru_cache

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
SMALL = {head + middle + tail for head, middle, tails in (
    ("01", "00" * 30, ("00", "80")), ("ec", "ff" * 30, ("7f", "ff")), ("00", "00" * 30, ("00", "80")),
    ("26", "e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc", ("05", "85")),
    ("c7", "176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03", ("7a", "fa"))) for tail in tails}

def is_hex(v, size): return isinstance(v, str) and len(v) == 2 * size and re.fullmatch("[0-9a-f]*", v) is not None

def is_point(text):
    """A canonical encoding outside the table of small order; whether it is on the curve shows later."""
    return is_hex(text, 32) and text not in SMALL and int.from_bytes(bytes.fromhex(text), "little") % 2**255 < P

def decompress(text):
    bits = int.from_bytes(bytes.fromhex(text), "little")
    y, sign = bits % 2**255, bits >> 255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if (v * x * x - u) % P: x = x * ROOT % P
    if (v * x * x - u) % P: return None
    if x & 1 != sign: x = P - x
    return x, y, 1, x * y % P

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

BASE = decompress("58" + "66" * 31)

@lru_cache(maxsize=65536)
def is_signature(key, message, signature):
    """S < L; key and R canonical and not of small order; then R = [S]B - [h]A by its bytes, without cofactor."""
    if not (is_hex(signature, 64) and is_point(key) and is_point(signature[:64])): return False
    s, a = int.from_bytes(bytes.fromhex(signature[64:]), "little"), decompress(key)
    if s >= L or a is None: return False
    h = int.from_bytes(hashlib.sha512(bytes.fromhex(signature[:64]) + bytes.fromhex(key) + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    table, r = (None, BASE, minus_a, add(BASE, minus_a)), (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        r = add(r, r)
        which = (s >> bit & 1) + 2 * (h >> bit & 1)
        if which: r = add(r, table[which])
    inverse = pow(r[2], -1, P)
    x, y = r[0] * inverse % P, r[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little").hex() == signature[:64]
