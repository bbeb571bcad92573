#!/usr/bin/env python3
"""Verifies headers that a consortium's validators decided on (format aceso/header/1), and histories that rest on one, offline, with Python's
standard library and the modules beside this file alone.

    python3 check_header.py EVIDENCE.json --pins PINS.json     tells height and hash; exit 0 accepted, 1 refused, 2 called wrongly
    python3 check_header.py --history EXPORT.json --pins PINS.json    as verify_history.py, for pins of a consortium too
    python3 check_header.py --batch < LINES      a line {"evidence": text, "pins": {...}} or {"text": export, "pins": {...}} in, one with the answer out

Written from docs/spec, where the numbers in brackets lead; shares no code with the rest of the project. Python 3.8 or newer.
"""
import hashlib, json, re, sys, time
sys.dont_write_bytecode = True
import verify_history as v
from ed25519 import BASE, L, P, add, decompress
from verify_history import H, Refused, fit, is_int, need, unhex

YEAR_MS, MINUTE_MS, POWER_MAX, TEXT_MAX, PATH_MAX, SET_MAX = 31_536_000_000, 60_000, 2**60 - 1, 1_048_576, 64, 10_000

# The form [12.2]
def matching(pattern): return lambda one: isinstance(one, str) and re.fullmatch(pattern, one) is not None
def up_to(most, least=0): return lambda one: is_int(one, least) and one <= most
HASH, COUNT = v.digest, v.count
NONE_OR_HASH, DECIMAL = matching("(?:[0-9a-f]{64})?"), matching("0|[1-9][0-9]{0,18}")
PARTS = v.fields(total=up_to(2**32 - 1), hash=HASH)
HEADER = v.fields(
    version=v.fields(block=COUNT, app=COUNT), chainId=matching("[\\x20-\\x7e]{1,50}"), height=up_to(v.SAFE, 1), timeNs=DECIMAL,
    lastBlock=v.nullable(v.fields(hash=HASH, parts=PARTS)), validatorsHash=HASH, nextValidatorsHash=HASH,
    appHash=matching("(?:[0-9a-f]{2}){0,64}"), proposer=matching("[0-9a-f]{40}"),
    **dict.fromkeys(("lastCommitHash", "dataHash", "consensusHash", "lastResultsHash", "evidenceHash"), NONE_OR_HASH))
VOTE = v.fields(**{"for": v.one_of("block nil"), "timeNs": DECIMAL, "signature": matching("[0-9a-f]{128}")})
COMMIT = v.fields(round=up_to(2**31 - 1), parts=PARTS, votes=v.several(v.nullable(VOTE), SET_MAX))
VALIDATORS = v.several(v.fields(key=HASH, power=DECIMAL), SET_MAX)
BLOCK = v.fields(header=HEADER, commit=COMMIT, validators=VALIDATORS)
EVIDENCE = v.fields(format=v.one_of("aceso/header/1"), log=v.fields(root=HASH, size=COUNT), stateRoot=HASH, path=v.several(lambda one: True, PATH_MAX))

# Protocol Buffers, as far as CometBFT hashes and signs them [12.3]
def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
def prefixed(data): return varint(len(data)) + data
def number(field, n): return varint(field * 8) + varint(n) if n else b""
def fixed(field, n): return varint(field * 8 + 1) + n.to_bytes(8, "little") if n else b""
def message(field, data): return varint(field * 8 + 2) + prefixed(data)
def some(field, data): return message(field, data) if data else b""
def instant(ns): return number(1, int(ns) // 10**9) + number(2, int(ns) % 10**9)
def parts_of(parts): return number(1, parts["total"]) + some(2, unhex(parts["hash"]))
def block_id(block): return (some(1, unhex(block["hash"])) if block else b"") + message(2, parts_of(block["parts"]) if block else b"")

def tree_root(leaves):
    if len(leaves) < 2: return v.leaf_hash(leaves[0]) if leaves else H()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return H(b"\1", tree_root(leaves[:split]), tree_root(leaves[split:]))
def header_hash(h):
    hashes = "lastCommitHash dataHash validatorsHash nextValidatorsHash consensusHash appHash lastResultsHash evidenceHash proposer".split()
    return tree_root([number(1, h["version"]["block"]) + number(2, h["version"]["app"]), some(1, h["chainId"].encode()), number(1, h["height"]),
                      instant(h["timeNs"]), block_id(h["lastBlock"])] + [some(1, unhex(h[name])) for name in hashes])
def validators_hash(validators): return tree_root([message(1, some(1, unhex(one["key"]))) + number(2, int(one["power"])) for one in validators])
def precommit(chain, height, round_, block, ns):
    vote = number(1, 2) + fixed(2, height) + fixed(3, round_) + (message(4, block_id(block)) if block else b"")
    return prefixed(vote + message(5, instant(ns)) + some(6, chain.encode()))

# ZIP-215 [12.4]
def times(scalar, point):
    total = (0, 1, 1, 0)
    for bit in range(scalar.bit_length() - 1, -1, -1):
        total = add(total, total)
        if scalar >> bit & 1: total = add(total, point)
    return total
def is_vote(key, text, signature):
    """S < L; any spelling of points of the curve; 8·S·B = 8·R + 8·h·A."""
    s, a, r = int.from_bytes(unhex(signature[64:]), "little"), decompress(key), decompress(signature[:64])
    if s >= L or a is None or r is None: return False
    h = int.from_bytes(hashlib.sha512(unhex(signature[:64]) + unhex(key) + text).digest(), "little") % L
    minus = [(P - one[0], one[1], 1, P - one[3]) for one in (a, r)]
    rest = times(8, add(add(times(s, BASE), times(h, minus[0])), minus[1]))
    return rest[0] % P == 0 and (rest[1] - rest[2]) % P == 0

# Commits and paths [12.4, 12.5]
def decided(block, chain):
    """The block with hash, signers and power; what more than two thirds of the power of the validators it names voted for."""
    h, commit, validators = block["header"], block["commit"], block["validators"]
    need(h["chainId"] == chain, "LEDGER_HEADER_INVALID")
    powers = [int(one["power"]) for one in validators]
    need(len({one["key"] for one in validators}) == len(validators) > 0 and 0 not in powers and sum(powers) <= POWER_MAX, "LEDGER_VALIDATORS_INVALID")
    need(validators_hash(validators).hex() == h["validatorsHash"], "LEDGER_VALIDATORS_INVALID")
    need(len(commit["votes"]) == len(validators), "LEDGER_COMMIT_INVALID")
    hashed = header_hash(h).hex()
    target = {"hash": hashed, "parts": commit["parts"]}
    for vote, one in zip(commit["votes"], validators):
        if vote is None: continue
        text = precommit(chain, h["height"], commit["round"], target if vote["for"] == "block" else None, vote["timeNs"])
        need(is_vote(one["key"], text, vote["signature"]), "LEDGER_COMMIT_INVALID")
    signed = {one["key"]: power for vote, one, power in zip(commit["votes"], validators, powers) if vote and vote["for"] == "block"}
    need(3 * sum(signed.values()) > 2 * sum(powers), "LEDGER_COMMIT_POWER_SHORT")
    return {**block, "hash": hashed, "signers": signed, "powers": powers}
def time_ms(block): return int(block["header"]["timeNs"]) // 10**6
def not_future(block, trust): need(time_ms(block) < trust["now"] + trust.get("clockDriftMs", MINUTE_MS), "LEDGER_HEADER_FROM_FUTURE")
def fresh(at_ms, trust): need(at_ms + trust.get("trustingPeriodMs", YEAR_MS) > trust["now"], "LEDGER_HEADER_EXPIRED")
def pinned(block, trust):
    not_future(block, trust)
    block = decided(block, trust["chain"])
    fits = [pin for pin in trust["pins"] if is_pinned(block, pin)]
    fresh(max(time_ms(block) if "hash" in pin else pin["pinnedAtMs"] for pin in fits), trust)
    return block
def is_pinned(block, pin):
    if "hash" in pin: return pin["height"] == block["header"]["height"] and pin["hash"] == header_hash(block["header"]).hex()
    return pin["validatorsHash"] == block["header"]["validatorsHash"]
def after(trusted, block, trust):
    before, now = trusted["header"], block["header"]
    fresh(time_ms(trusted), trust)
    need(now["height"] > before["height"] and int(now["timeNs"]) > int(before["timeNs"]), "LEDGER_HEADER_INVALID")
    not_future(block, trust)
    adjacent = now["height"] == before["height"] + 1
    need(not adjacent or now["validatorsHash"] == before["nextValidatorsHash"], "LEDGER_HEADER_UNTRUSTED")
    block = decided(block, trust["chain"])
    vouching = sum(power for one, power in zip(trusted["validators"], trusted["powers"]) if one["key"] in block["signers"])
    need(adjacent or 3 * vouching > sum(trusted["powers"]), "LEDGER_HEADER_UNTRUSTED")
    return block

def judge(text, trust):
    """The decided blocks of the path, and the evidence as it was read. Raises Refused with a code of [12.6]."""
    try: fit(isinstance(text, str) and v.utf16_length(text) <= TEXT_MAX and EVIDENCE(evidence := v.parse_json(text)))
    except (ValueError, RecursionError): raise Refused("LEDGER_CHECKPOINT_INVALID") from None
    need(all(map(BLOCK, evidence["path"])) and evidence["path"], "LEDGER_HEADER_INVALID")
    starts = [at for at, block in enumerate(evidence["path"]) if any(is_pinned(block, pin) for pin in trust["pins"])]
    need(starts, "LEDGER_HEADER_UNTRUSTED")
    trail = [pinned(evidence["path"][starts[-1]], trust)]
    for block in evidence["path"][starts[-1] + 1:]: trail.append(after(trail[-1], block, trust))
    roots = H(b"\2", unhex(evidence["log"]["root"]), unhex(evidence["stateRoot"])).hex()
    need(roots == trail[-1]["header"]["appHash"], "LEDGER_CHECKPOINT_INVALID")
    return trail, evidence
def trust_of(pins):
    """What pins say, with the header seen last as one more pin."""
    limits = dict(pins["consortium"])
    seen = (pins.get("seen") or {}).get("header")
    known = [seen, {"validatorsHash": seen["validatorsHash"], "pinnedAtMs": seen["timeMs"]}] if seen else []
    return {"now": pins.get("now", time.time() * 1000), "chain": pins["chain"], "pins": [limits.pop("pin")] + known, **limits}

# Histories that rest on a header [6.4, 12.7]
REFUSALS = {"LEDGER_HEADER_EXPIRED": "WALLET_PIN_EXPIRED", "LEDGER_HEADER_FROM_FUTURE": "WALLET_LEDGER_AHEAD"}
sealer_checkpoint, sealer_value, sealer_newer, judge_history = v.ledger_checkpoint, v.block_and_value, v.is_newer, v.verify
def checkpoint(note, pins):
    need(("consortium" in pins) != ("ledgerKey" in pins), "WALLET_LEDGER_SIGNATURE_INVALID")
    if "consortium" not in pins: return sealer_checkpoint(note, pins)
    try: trail, evidence = judge(note, trust_of(pins))
    except Refused as refusal: raise Refused(REFUSALS.get(str(refusal), "WALLET_LEDGER_SIGNATURE_INVALID")) from None
    last = trail[-1]
    seen = {"height": last["header"]["height"], "hash": last["hash"], "validatorsHash": last["header"]["validatorsHash"], "timeMs": time_ms(last)}
    return {"size": evidence["log"]["size"], "root": unhex(evidence["log"]["root"]), "spokenMs": time_ms(last), "cosigners": len(last["signers"]),
            "stateRoot": evidence["stateRoot"], "trail": [{"height": one["header"]["height"], "hash": one["hash"]} for one in trail], "fewest": fewest(last), "seen": seen}
def fewest(block):
    total, powers = 0, sorted(block["powers"], reverse=True)
    for count, power in enumerate(powers, 1):
        total += power
        if 3 * total > 2 * sum(powers): return count
def block_and_value(proof, tree):
    block = sealer_value(proof, tree)
    fit(block["stateRoot"] == tree.get("stateRoot", block["stateRoot"]))
    return block
def is_newer(tree, seen):
    if "trail" not in tree: return sealer_newer(tree, seen)
    header = seen.get("header") or {"height": 0}
    need(all(one["height"] != header["height"] or one["hash"] == header["hash"] for one in tree["trail"]), "WALLET_LEDGER_FORKED")
    return tree["trail"][-1]["height"] >= header["height"]
def verify(source, pins):
    """Judges the text of an export, whether a sealer or a consortium is pinned. Never raises for a bad one."""
    report = judge_history(source, pins)
    if "consortium" not in pins or report["asOfMs"] is None: return report
    tree = checkpoint(v.parse_json(source)["count"]["checkpoint"], pins)
    report["cosignatures"]["asked"] = tree["fewest"]
    if report["ok"]:
        seen = report["seen"]
        report["verdict"], report["seen"] = "verified", {"ledgerSize": 0, "header": tree["seen"], "blind": seen["blind"], "logs": seen["logs"]}
    return report
v.ledger_checkpoint, v.block_and_value, v.is_newer, v.verify = checkpoint, block_and_value, is_newer, verify

def answer(job):
    if "text" in job: return verify(job["text"], job["pins"])
    try: trail, _ = judge(job["evidence"], trust_of(job["pins"]))
    except Refused as refusal: return {"code": str(refusal)}
    return {"code": "", "height": trail[-1]["header"]["height"], "hash": trail[-1]["hash"]}

def main(arguments):
    if arguments == ["--batch"]:
        for line in sys.stdin: print(json.dumps(answer(json.loads(line))), flush=True)
        return 0
    of_history = arguments[:1] == ["--history"]
    words = arguments[1:] if of_history else arguments
    if len(words) != 3 or words[1] != "--pins": return print(__doc__, file=sys.stderr) or 2
    if of_history: return v.main(words)
    with open(words[0], encoding="utf-8") as evidence, open(words[2], encoding="utf-8") as pins:
        said = answer({"evidence": evidence.read(), "pins": json.load(pins)})
    print(f"refused: {said['code']}" if said["code"] else f"accepted: height {said['height']}, block {said['hash']}")
    return 1 if said["code"] else 0

if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
