#!/usr/bin/env python3
"""Verifies a patient's access history (format aceso/history/2) against pinned keys, offline, with Python's standard library alone.

    python3 verify_history.py EXPORT.json --pins PINS.json    prints each check; exit 0 accepted, 1 refused, 2 called wrongly
    python3 verify_history.py --batch < LINES                 a line {"text": export, "pins": {...}} in, a line with the report out

Written from docs/spec, where the numbers in brackets lead; shares no code with the rest of the project. Python 3.8 or newer.
"""
import base64, bisect, hashlib, itertools, json, re, sys, time
sys.dont_write_bytecode = True
from ed25519 import is_hex, is_point, is_signature

class Refused(Exception): """The first argument is the code of docs/spec/06-history-export.md."""
def need(condition, code):
    if not condition: raise Refused(code)
def fit(condition):
    if not condition: raise ValueError("a form, proof or signature that does not hold")

# Bytes, canonical JSON [1.2, 1.3]
SAFE = 2**53 - 1
def H(*parts): return hashlib.sha256(b"".join(parts)).digest()
def is_int(v, least=-SAFE): return type(v) is int and least <= v <= SAFE
unhex = bytes.fromhex
def hashes(proof): return [unhex(node) for node in proof]
def utf16_length(text): return len(text.encode("utf-16-le", "surrogatepass")) // 2
def number(text):
    """1.0 is the integer 1; minus zero and fractions stay floats, which nothing here takes."""
    if re.fullmatch("-?[0-9]+", text) and text != "-0": return int(text)
    return int(value) if (value := float(text)).is_integer() and str(value) != "-0.0" else value
def parse_json(text): return json.loads(text, parse_int=number, parse_float=number, parse_constant=lambda _: fit(False))
def canonical(value, depth=0):
    """Text of RFC 8785, restricted. Raises ValueError outside it."""
    if value is None or isinstance(value, bool) or is_int(value): return json.dumps(value)
    if isinstance(value, str): return json.dumps(value, ensure_ascii=False).encode().decode()  # a lone surrogate raises a ValueError
    fit(isinstance(value, (list, dict)) and depth < 16 and "__proto__" not in value)
    if isinstance(value, list): return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(key) + ":" + canonical(value[key], depth + 1) for key in keys) + "}"
def canonical_bytes(value):
    fit(len(data := canonical(value).encode()) <= 32768)
    return data
def parse_canonical(text):
    fit(canonical_bytes(value := parse_json(text)) == text.encode())
    return value

# RFC 6962 trees [2.1-2.3]
def leaf_hash(data): return H(b"\0", data)
def climb(position, last, start, siblings, both):
    """Folds siblings into hashes by RFC 9162 §2.1.3.2 and §2.1.4.2; the first of `both` takes those on the left alone."""
    hashes = [start, start]
    fit(0 <= position <= last)
    for sibling in siblings:
        fit(last > 0)
        if position & 1 or position == last:
            hashes = [H(b"\1", sibling, one) for one in hashes]
            while position and not position & 1: position, last = position >> 1, last >> 1
        else: hashes = [hashes[0] if both else H(b"\1", hashes[0], sibling), H(b"\1", hashes[1], sibling)]
        position, last = position >> 1, last >> 1
    fit(last == 0)
    return hashes
def in_tree(leaf, index, size, proof, root): fit(climb(index, size - 1, leaf, proof, False)[1] == root)
def cohort_leaf(sub, i, n, proof): return leaf_hash(H(b"aceso/cohort/1\0", n.to_bytes(8, "big"), climb(i, n - 1, sub, proof, False)[1]))
def extends(old, new, old_root, new_root, proof):
    fit(old <= new)
    if old in (0, new): return fit(not proof and old_root == (H(b"") if old == 0 else new_root))
    path, position, last = ([old_root] if old & (old - 1) == 0 else []) + proof, old - 1, new - 1
    while position & 1: position, last = position >> 1, last >> 1
    fit(path and climb(position, last, path[0], path[1:], True) == [old_root, new_root])

# Sparse tree [3]
def place(namespace, key): return H(namespace.encode() + b"\0" + key.encode())
def bit(path, depth): return path[depth >> 3] >> (7 - (depth & 7)) & 1
def sparse_holds(root, path, value_hash, proof):
    """value_hash None: nothing is there. Raises ValueError for any proof but the one that the tree gives."""
    siblings, other = proof["siblings"], proof["other"]
    fit((value_hash is None or other is None) and "0" * 64 not in siblings and siblings[:1] != [""])
    hashed = bytes(32) if value_hash is None else H(b"\x10", path, value_hash)
    if other is not None:
        here = unhex(other["path"])
        fit(here != path and all(bit(here, i) == bit(path, i) for i in range(len(siblings))))
        hashed = H(b"\x10", here, unhex(other["valueHash"]))
    for i, text in enumerate(siblings):
        sibling = unhex(text) if text else bytes(32)
        hashed = H(b"\x11", sibling, hashed) if bit(path, len(siblings) - 1 - i) else H(b"\x11", hashed, sibling)
    fit(hashed == root)

# Signed notes and checkpoints [2.4, 2.5]
def unbase64(text):
    fit(base64.b64encode(data := base64.b64decode(text, validate=True)).decode() == text)
    return data
def open_note(note, keys):
    """keys: (name, key, kind), kind 1 author or 4 cosigner. Returns the text and {position in keys: seconds or None}."""
    note.encode()
    fit(utf16_length(note) <= 65536 and not re.search("[\0-\x09\x0b-\x1f]", note) and "\n\n" in note and note[-1] == "\n")
    cut = note.rindex("\n\n")
    text, rows, found = note[:cut + 1], note[cut + 2:-1].split("\n"), {}
    known = {(name, H(f"{name}\n".encode(), bytes([kind]), unhex(key))[:4]): i for i, (name, key, kind) in enumerate(keys)}
    parts = [re.fullmatch("— ([^\\s\\u0085\\ufeff+]+) ([A-Za-z0-9+/=]+)", row) for row in rows]
    fit(len(rows) <= 64 and None not in parts)
    fit(all(len(unbase64(part[2])) >= 5 for part in parts))
    for part in parts:
        i = known.get((part[1], (data := unbase64(part[2]))[:4]))
        if i is None or i in found: continue
        found[i] = int.from_bytes(data[4:12], "big") if keys[i][2] == 4 else None
        message, signature = (text, data[4:]) if found[i] is None else (f"cosignature/v1\ntime {found[i]}\n{text}", data[12:])
        fit(is_int(found[i] or 0) and is_signature(keys[i][1], message.encode(), signature.hex()))
    fit(found)
    return text, found
def parse_checkpoint(text):
    origin, size, root, *extensions = text[:-1].split("\n")
    fit(origin and "" not in extensions and re.fullmatch("0|[1-9][0-9]{0,15}", size) and int(size) <= SAFE and len(unbase64(root)) == 32)
    return {"origin": origin, "size": int(size), "root": unbase64(root), "extensions": extensions}

# Proofs by the ledger [2.7, 4.6]
def guarded(code, work, *arguments):
    try: return work(*arguments)
    except (ValueError, KeyError, TypeError, RecursionError): raise Refused(code) from None
def ledger_checkpoint(note, pins):
    chain, key, others = pins["chain"], pins["ledgerKey"], {}
    for one in pins.get("witnesses", []): others.setdefault(one["key"], (one["name"], one["key"], 4))  # each key once, and never the sealer's
    text, found = open_note(note, [(chain, key, 1), (chain, key, 4)] + [one for one in others.values() if one[1] != key])
    checkpoint = parse_checkpoint(text)
    fit(0 in found and checkpoint["origin"] == chain)
    return {**checkpoint, "spokenMs": found[1] * 1000 if 1 in found else None, "cosigners": sum(i > 1 for i in found)}
def is_newer(tree, seen): return tree["size"] >= seen.get("ledgerSize", 0)
def block_and_value(proof, tree):
    fit(proof["blockLeafIndex"] == tree["size"] - 1)
    in_tree(leaf_hash(proof["blockLeaf"].encode()), proof["blockLeafIndex"], tree["size"], hashes(proof["blockInclusion"]), tree["root"])
    block = parse_canonical(proof["blockLeaf"])
    fit(fields(height=count, rulesVersion=count, stateRoot=digest, time=count, transactions=count)(block))
    value_hash = H(canonical_bytes(proof["value"])) if "value" in proof else None
    sparse_holds(unhex(block["stateRoot"]), place(proof["contract"], proof["key"]), value_hash, proof["sparse"])
    return block
def prove(proof, key, x, pins):
    """The value at `key` of the one state that all proofs rest on; {} where it is no object."""
    tree = guarded("WALLET_LEDGER_SIGNATURE_INVALID", ledger_checkpoint, proof["checkpoint"], pins)
    block = guarded("WALLET_LEDGER_PROOF_INVALID", block_and_value, proof, tree)
    x.setdefault("state", (tree, block))
    need((tree["size"], block["stateRoot"]) == (x["state"][0]["size"], x["state"][1]["stateRoot"]), "WALLET_LEDGER_PROOF_INVALID")
    need((proof["contract"], proof["key"]) == ("access", key), "WALLET_LOG_UNREGISTERED")
    return proof["value"] if isinstance(proof.get("value"), dict) else {}

# The form of an export [6.2]
count, digest = (lambda v: is_int(v, 0)), (lambda v: is_hex(v, 32))
def member(v): return isinstance(v, str) and re.fullmatch("[a-z][a-z0-9-]{1,39}", v) is not None
def text(most): return lambda v: isinstance(v, str) and utf16_length(v) <= most
def one_of(names): return lambda v: isinstance(v, str) and v in names.split()
def several(item, most, least=0): return lambda v: isinstance(v, list) and least <= len(v) <= most and all(map(item, v))
def nullable(item): return lambda v: v is None or item(v)
def fields(optional="", **shape):
    return lambda v: isinstance(v, dict) and (shape.keys() ^ v.keys()) <= {optional} and all(shape[name](v[name]) for name in v)

COMPARTMENTS = ("demographics conditions medications allergies laboratory vitals encounters notes procedures immunisations imaging genomics"
                " wearables social claims plans family other consents link")
PROOF, NOTE = several(digest, 128), text(65536)
SPARSE = fields(siblings=several(lambda v: v == "" or digest(v), 256), other=nullable(fields(path=digest, valueHash=digest)))
HEAD = fields(head=nullable(fields(seq=count, head=digest)), sparse=SPARSE)
ENTRY = fields(
    format=one_of("aceso/entry/1"), log=text(80), time=count, member=text(40), requester=digest, requesterKind=one_of("person patient member system"),
    via=text(40), action=one_of("read write lookup open-terms aggregate compute erase import sign-off relabel"),
    purpose=one_of("TREAT ETREAT HPAYMT HOPERAT PUBHLTH PATSFTY HRESCH CLINTRCH PATRQT LOOKUP SYSTEM"), pseudonym=digest,
    compartments=several(one_of(COMPARTMENTS), 64), level=one_of("aggregate compute deidentified pseudonymised identified"), count=count,
    decision=one_of("permit deny"), reasons=several(text(80), 256), consents=several(lambda v: is_hex(v, 16), 1024), height=count, stalenessMs=count,
    model=text(200), emergencyReason=text(32768), seq=count, previous=digest)
STATE = fields("value", checkpoint=text(1048576), blockLeaf=text(4096), blockLeafIndex=count, blockInclusion=PROOF,
               contract=one_of("membership credentials consent access models"), key=text(256), value=lambda v: True, sparse=SPARSE)
ANCHOR = fields(index=count, size=count, root=digest, mapRoot=digest, time=count, inclusion=PROOF, map=nullable(HEAD))
COHORT = fields(index=count, count=lambda v: is_int(v, 1) and v <= 65536, proof=PROOF)
SHOWN = fields(checkpoint=NOTE, map=HEAD, consistency=PROOF, anchors=several(ANCHOR, 2_000_000),
               entries=several(fields("cohort", entry=ENTRY, salt=digest, leafIndex=count, inclusion=PROOF, cohort=COHORT), 1_000_000))
HISTORY = fields(format=one_of("aceso/history/2"), chain=text(64), member=text(40), pseudonym=digest, blind=digest, count=STATE,
                 logs=several(fields(log=text(80), record=STATE, shown=nullable(SHOWN)), 1024, 1))

# The eight checks [6.4]
def check_form(x, pins): need(HISTORY(x["history"]), "WALLET_EXPORT_INVALID")
def check_subject(x, pins):
    h = x["history"]
    asked = {"member": h["member"], "blind": (pins.get("seen") or h)["blind"], **pins}
    need(all(h[name] == asked.get(name) for name in ("chain", "pseudonym", "member", "blind")), "WALLET_SUBJECT_DIFFERS")
def check_ledger(x, pins):
    h, seen = x["history"], pins.get("seen") or {}
    counted = prove(h["count"], f"m/{h['member']}", x, pins).get("logs")
    need(count(counted), "WALLET_LOG_UNREGISTERED")
    tree, block = x["state"]
    as_of = block["time"] if tree["spokenMs"] is None else tree["spokenMs"]
    need(is_newer(tree, seen) and as_of >= pins.get("notBeforeMs", 0), "WALLET_LEDGER_STALE")
    x["records"] = [read_record(prove(one["record"], f"l/{h['member']}/{one['log']}", x, pins), h["member"], one["log"]) for one in h["logs"]]
    for at, r in enumerate(x["records"]): need(r["index"] == at, "WALLET_LOG_WITHHELD" if r["index"] > at else "WALLET_LOG_UNREGISTERED")
    need(len(h["logs"]) >= counted, "WALLET_LOG_WITHHELD")
    for one, r in zip(h["logs"], x["records"]):
        need(one["shown"] or r.get("status") == "closed" and r["sizeLost"] >= r["size"], "WALLET_LOG_WITHHELD")
    x["asOfMs"], x["cosigners"] = as_of, tree["cosigners"]
def read_record(r, owner, log):
    shape = {**dict.fromkeys(("index", "size", "sizeLost", "anchors"), count), **dict.fromkeys(("root", "mapRoot", "anchorsRoot"), digest)}
    fits = all(shape[name](r.get(name)) for name in shape) and is_point(r.get("writer")) and member(owner)
    need(fits and (r.get("member"), r.get("log")) == (owner, log), "WALLET_LOG_UNREGISTERED")
    return r
def check_checkpoint(x, pins):
    h, code, x["views"] = x["history"], "WALLET_WRITER_SIGNATURE_INVALID", []
    before = {one["log"]: one for one in (pins.get("seen") or {"logs": []})["logs"]}
    for r, shown in [(r, one["shown"]) for r, one in zip(x["records"], h["logs"]) if one["shown"]]:
        text, _ = guarded(code, open_note, shown["checkpoint"], [(r["log"], r["writer"], 1)])
        tree, seen = guarded(code, parse_checkpoint, text), before.get(r["log"])
        line = re.fullmatch("aceso-heads ([0-9a-f]{64})", "\n".join(tree["extensions"]))
        need(line and tree["origin"] == r["log"], code)
        lost = r["sizeLost"] if r.get("status") == "closed" else 0
        need(tree["size"] + lost >= max(r["size"], seen["size"] if seen else 0), "WALLET_LOG_TRUNCATED")
        need(not seen or tree["size"] != seen["size"] or tree["root"].hex() == seen["root"], "WALLET_LOG_REWRITTEN")
        newest = next((one for one in [r] + shown["anchors"][::-1] if one["size"] <= tree["size"]), {"size": 0, "root": H(b"").hex()})
        guarded("WALLET_LOG_REWRITTEN", extends, newest["size"], tree["size"], unhex(newest["root"]), tree["root"], hashes(shown["consistency"]))
        path = place("access-heads", H(b"aceso/blind/1\0", unhex(h["blind"]), unhex(h["pseudonym"]), r["log"].encode()).hex())
        x["views"].append({"record": r, "shown": shown, "seen": seen, "tree": tree, "mapRoot": line[1], "path": path, "places": [], "hashes": []})
def below(view, size): return bisect.bisect_left(view["places"], size)
def check_entries(x, pins):
    for view in x["views"]:
        owner, previous, index = (x["history"]["pseudonym"], x["history"]["member"], view["record"]["log"]), "0" * 64, -1
        for at, item in enumerate(view["shown"]["entries"]):
            entry = item["entry"]
            need((entry["pseudonym"], entry["member"], entry["log"]) == owner, "WALLET_ENTRY_FOREIGN")
            need(entry["seq"] == at and item["leafIndex"] > index, "WALLET_ENTRY_GAP")
            hashed = leaf_hash(H(unhex(item["salt"]), guarded("WALLET_ENTRY_NOT_INCLUDED", canonical_bytes, entry)))
            need(entry["previous"] == previous, "WALLET_CHAIN_BROKEN")
            previous, index, under = hashed.hex(), item["leafIndex"], item.get("cohort")
            if under: hashed = guarded("WALLET_ENTRY_NOT_INCLUDED", cohort_leaf, hashed, under["index"], under["count"], hashes(under["proof"]))
            guarded("WALLET_ENTRY_NOT_INCLUDED", in_tree, hashed, index, view["tree"]["size"], hashes(item["inclusion"]), view["tree"]["root"])
            view["places"].append(index)
            view["hashes"].append(previous)
        if view["seen"] and view["tree"]["size"] >= view["seen"]["size"]:
            then = below(view, view["seen"]["size"])
            same = (then, view["hashes"][then - 1] if then else "") == (view["seen"]["entries"], view["seen"]["head"])
            need(same, "WALLET_ENTRY_HIDDEN_BEFORE")
def check_anchors(x, pins):
    for view in x["views"]:
        anchors, r, before = view["shown"]["anchors"], view["record"], (-1, 0)
        for one in anchors:
            need(one["index"] > before[0] and one["size"] > before[1], "WALLET_ANCHOR_INVALID")
            leaf, before = canonical_bytes({name: one[name] for name in ("mapRoot", "root", "size", "time")}), (one["index"], one["size"])
            guarded("WALLET_ANCHOR_INVALID", in_tree, leaf_hash(leaf), one["index"], r["anchors"], hashes(one["inclusion"]), unhex(r["anchorsRoot"]))
        need(before[0] == r["anchors"] - 1, "WALLET_ANCHOR_MISSING")
        covers = [-1 if one["size"] > view["tree"]["size"] else below(view, one["size"]) for one in anchors]
        first = next((at for at, covered in enumerate(covers) if covered), None)
        need(first != 0 or anchors[0]["index"] == 0, "WALLET_ANCHOR_MISSING")
        for at in range(1, len(anchors)):
            need(covers[at] == covers[at - 1] or anchors[at]["index"] == anchors[at - 1]["index"] + 1, "WALLET_ANCHOR_MISSING")
        if first is None or covers[first] == -1: continue
        start, seed = anchors[first]["index"], b"aceso/draw/1\0" + unhex(x["state"][1]["stateRoot"]) + view["path"]
        drawn = {start + int.from_bytes(H(seed, bytes([i]))[:6], "big") % (r["anchors"] - start) for i in range(16)}
        need(drawn <= {one["index"] for one in anchors}, "WALLET_ANCHOR_MISSING")
def check_completeness(x, pins):
    for view in x["views"]:
        own = {"size": view["tree"]["size"], "mapRoot": view["mapRoot"], "map": view["shown"]["map"]}
        for one in [own] + view["shown"]["anchors"]:
            proof, covered, gone = one["map"], below(view, one["size"]), one["size"] > own["size"]
            need(not (gone and proof), "WALLET_MAP_PROOF_INVALID")
            if gone: continue
            expected = {"seq": covered - 1, "head": view["hashes"][covered - 1]} if covered else None
            need(proof and proof["head"] == expected, "WALLET_HISTORY_INCOMPLETE")
            value_hash = H(canonical_bytes(expected)) if expected else None
            guarded("WALLET_MAP_PROOF_INVALID", sparse_holds, unhex(one["mapRoot"]), view["path"], value_hash, proof["sparse"])
    need(any(view["hashes"] for view in x["views"]), "WALLET_HISTORY_INCOMPLETE")
def check_acknowledged(x, pins): need(set(pins.get("expected", [])) <= set(sum((view["hashes"] for view in x["views"]), [])), "WALLET_ACCESS_MISSING")
def warnings(x, pins):
    if fresh := sum(place >= one["record"]["size"] for one in x["views"] for place in one["places"]): yield f"{fresh} newest entries are not anchored"
    if pins.get("now", time.time() * 1000) - x["asOfMs"] > 3_600_000: yield "the ledger's state is more than an hour old"
    for r in x["records"]:
        if r.get("status") == "closed": yield f"the log {r['log']} was closed; its successor holds what came later"
        if r["sizeLost"] > 0: yield f"the custodian declared {r['sizeLost']} entries of the log {r['log']} lost"
    times = [[item["entry"]["time"] for item in view["shown"]["entries"]] for view in x["views"]]
    if any(before > after + 5_000 for one in times for before, after in zip(itertools.accumulate(one, max), one)): yield "the custodian's clock went back between entries"
def seen_of(record, tree, hashes, **_):
    return {"log": record["log"], "size": tree["size"], "root": tree["root"].hex(), "entries": len(hashes), "head": (hashes or [""])[-1]}

def verify(source, pins):
    """Judges the text of an export. Never raises for a bad one."""
    x, checks, code = {}, [], ""
    try: x["history"] = parse_json(source)
    except (ValueError, RecursionError): x["history"] = None
    for check in (check_form, check_subject, check_ledger, check_checkpoint, check_entries, check_anchors, check_completeness, check_acknowledged):
        try: check(x, pins)
        except Refused as refusal: code = str(refusal)
        checks.append({"name": check.__name__[6:], "ok": not code, "code": code})
        if code: break
    found, asked = x.get("cosigners", 0), pins.get("quorum", max(1, -(-len(pins.get("witnesses", [])) // 2)))
    verdict = "refused" if code else "verified" if found >= asked > 0 else "signed by one party"
    seen = None if code else {"ledgerSize": x["state"][0]["size"], "blind": x["history"]["blind"], "logs": [seen_of(**view) for view in x["views"]]}
    return {"ok": not code, "verdict": verdict, "checks": checks, "asOfMs": x.get("asOfMs"), "cosignatures": {"found": found, "asked": asked},
            "seen": seen, "warnings": [] if code else list(warnings(x, pins))}

def main(arguments):
    if arguments == ["--batch"]:
        for job in map(json.loads, sys.stdin): print(json.dumps(verify(job["text"], job["pins"])), flush=True)
        return 0
    if len(arguments) != 3 or arguments[1] != "--pins": return print(__doc__, file=sys.stderr) or 2
    with open(arguments[0], encoding="utf-8") as export, open(arguments[2], encoding="utf-8") as pins: report = verify(export.read(), json.load(pins))
    for check in report["checks"]: print(f"{'ok  ' if check['ok'] else 'FAIL'} {check['name']:13}{check['code']}".rstrip())
    for warning in report["warnings"]: print(f"note: {warning}")
    print(f"{report['verdict']}: {report['cosignatures']['found']} cosignatures of {report['cosignatures']['asked']} asked for")
    return 0 if report["ok"] else 1

if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
