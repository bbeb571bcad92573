#!/usr/bin/env python3
"""Verifies a patient's access history (format aceso/history/1) against pinned keys, offline, with Python's standard library alone.

    python3 verify_history.py EXPORT.json --pins PINS.json    prints each check; exit 0 accepted, 1 refused, 2 called wrongly
    python3 verify_history.py --batch < LINES                 a line {"text": export, "pins": {...}} in, a line with the report out

Written from docs/spec, where the numbers in brackets lead; shares no code with the rest of the project. Python 3.8 or newer.
"""
import base64, hashlib, json, re, sys, time
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
def unhex(v): return bytes.fromhex(v)
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
    for sibling in siblings:
        fit(last > 0)
        if position & 1 or position == last:
            hashes = [H(b"\1", sibling, one) for one in hashes]
            while position and not position & 1: position, last = position >> 1, last >> 1
        else: hashes = [hashes[0] if both else H(b"\1", hashes[0], sibling), H(b"\1", hashes[1], sibling)]
        position, last = position >> 1, last >> 1
    fit(last == 0)
    return hashes

def in_tree(leaf, index, size, proof, root): fit(0 <= index < size and climb(index, size - 1, leaf, proof, False)[1] == root)
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
    return {**checkpoint, "beat": found.get(1), "cosigners": sum(i > 1 for i in found)}
def prove_leaf(leaf, index, inclusion, tree): in_tree(leaf_hash(leaf.encode()), index, tree["size"], [unhex(h) for h in inclusion], tree["root"])
def block_and_value(proof, checkpoint):
    fit(proof["blockLeafIndex"] == checkpoint["size"] - 1)
    prove_leaf(proof["blockLeaf"], proof["blockLeafIndex"], proof["blockInclusion"], checkpoint)
    block = parse_canonical(proof["blockLeaf"])
    fit(fields(height=count, rulesVersion=count, stateRoot=digest, time=count, transactions=count)(block))
    value_hash = H(canonical_bytes(proof["value"])) if "value" in proof else None
    sparse_holds(unhex(block["stateRoot"]), place(proof["contract"], proof["key"]), value_hash, proof["sparse"])
    return block
def prove_state(proof, pins):
    checkpoint = guarded("WALLET_LEDGER_SIGNATURE_INVALID", ledger_checkpoint, proof["checkpoint"], pins)
    block = guarded("WALLET_LEDGER_PROOF_INVALID", block_and_value, proof, checkpoint)
    return {"value": proof.get("value"), "block": block, "checkpoint": checkpoint}
def read_transaction(proof, checkpoint):
    prove_leaf(proof["leaf"], proof["leafIndex"], proof["inclusion"], checkpoint)
    tx = parse_canonical(proof["leaf"])
    patterns = {"chain": "[a-z0-9][a-z0-9.-]{0,63}", "contract": "membership|credentials|consent|access|models",
                "action": "[a-z][A-Za-z0-9-]{0,39}", "salt": "[0-9a-f]{32}", "signature": "[0-9a-f]{128}"}
    fit(tx.keys() == {*patterns, "body", "signer", "until"} and all(re.fullmatch(patterns[name], tx[name]) for name in patterns))
    fit(isinstance(tx["body"], dict) and is_point(tx["signer"]) and is_int(tx["until"], 0))
    return tx

# The form of an export [6.2]
def count(v): return is_int(v, 0)
def digest(v): return is_hex(v, 32)
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
    via=text(40), action=one_of("read write lookup open-terms aggregate compute erase import sign-off"),
    purpose=one_of("TREAT ETREAT HPAYMT HOPERAT PUBHLTH HRESCH CLINTRCH PATRQT LOOKUP SYSTEM"), pseudonym=digest,
    compartments=several(one_of(COMPARTMENTS), 64), level=one_of("aggregate compute deidentified pseudonymised identified"), count=count,
    decision=one_of("permit deny"), reasons=several(text(80), 256), consents=several(lambda v: is_hex(v, 16), 1024), height=count, stalenessMs=count,
    model=text(200), emergencyReason=text(32768), seq=count, previous=digest)
STATE = fields("value", checkpoint=NOTE, blockLeaf=text(4096), blockLeafIndex=count, blockInclusion=PROOF,
               contract=one_of("membership credentials consent access models"), key=text(256), value=lambda v: True, sparse=SPARSE)
ANCHOR = fields(size=count, root=digest, mapRoot=digest, consistency=PROOF, map=HEAD,
                transaction=nullable(fields(checkpoint=NOTE, leaf=text(32768), leafIndex=count, inclusion=PROOF)))
HISTORY = fields(
    format=one_of("aceso/history/1"), chain=text(64), log=text(80), member=text(40), pseudonym=digest, checkpoint=NOTE, map=HEAD,
    entries=several(fields(entry=ENTRY, salt=digest, leafIndex=count, inclusion=PROOF), 1_000_000, 1), anchors=several(ANCHOR, 1024),
    record=STATE, anchor=STATE, signers=several(STATE, 1024))

# The eight checks [6.4]
def check_form(x, pins): need(HISTORY(x["history"]), "WALLET_EXPORT_INVALID")
def check_subject(x, pins):
    asked = {"member": x["history"]["member"], **pins}
    need(all(x["history"][name] == asked.get(name) for name in ("chain", "pseudonym", "member")), "WALLET_SUBJECT_DIFFERS")

def same_state(proof, x, pins):
    other = prove_state(proof, pins)
    at = other["checkpoint"]["size"], other["block"]["stateRoot"]
    need(at == (x["ledger"]["size"], x["block"]["stateRoot"]), "WALLET_LEDGER_PROOF_INVALID")
    return other["value"] if isinstance(other["value"], dict) else {}

def check_ledger(x, pins):
    h, seen = x["history"], pins.get("seen") or {}
    state = prove_state(h["record"], pins)
    x["ledger"], x["block"] = state["checkpoint"], state["block"]
    need((h["record"]["contract"], h["record"]["key"]) == ("access", f"l/{h['member']}/{h['log']}"), "WALLET_LOG_UNREGISTERED")
    need((h["anchor"]["contract"], h["anchor"]["key"]) == ("access", f"a/{h['member']}"), "WALLET_ANCHOR_INVALID")
    r = state["value"] if isinstance(state["value"], dict) else {}
    fits = member(r.get("member")) and is_point(r.get("writer")) and is_int(r.get("size")) and digest(r.get("root"))
    need(fits and (r["member"], r.get("log")) == (h["member"], h["log"]), "WALLET_LOG_UNREGISTERED")
    x["record"], x["holders"] = r, {}
    for proof in h["signers"]:
        value, key = same_state(proof, x, pins), proof["key"][2:]
        need(proof["contract"] == "membership" and proof["key"] == "k/" + key and member(value.get("member")), "WALLET_ANCHOR_INVALID")
        x["holders"][key] = value["member"]
    as_of = state["block"]["time"] if x["ledger"]["beat"] is None else x["ledger"]["beat"] * 1000
    need(x["ledger"]["size"] >= seen.get("ledgerSize", 0) and as_of >= pins.get("notBeforeMs", 0), "WALLET_LEDGER_STALE")
    x["asOfMs"], x["cosigners"], x["latest"] = as_of, x["ledger"]["cosigners"], same_state(h["anchor"], x, pins)

def check_checkpoint(x, pins):
    h, seen, code = x["history"], pins.get("seen"), "WALLET_WRITER_SIGNATURE_INVALID"
    text, _ = guarded(code, open_note, h["checkpoint"], [(h["log"], x["record"]["writer"], 1)])
    x["log"] = log = guarded(code, parse_checkpoint, text)
    line = re.fullmatch("aceso-heads ([0-9a-f]{64})", "".join(log["extensions"])) if len(log["extensions"]) == 1 else None
    need(line and log["origin"] == h["log"], code)
    log["mapRoot"] = line[1]
    need(log["size"] >= max(x["record"]["size"], seen["logSize"] if seen else 0), "WALLET_LOG_TRUNCATED")
    need(not seen or log["size"] != seen["logSize"] or log["root"].hex() == seen["logRoot"], "WALLET_LOG_REWRITTEN")

def names(body, log, said): return any((one["log"], one["size"], one["root"], body["mapRoot"]) == (log, *said) for one in body["logs"])
def check_anchors(x, pins):
    h, anchors, record, before, used = x["history"], x["history"]["anchors"], x["record"], 0, set()
    need(anchors and anchors[-1]["transaction"] is None if record["size"] > 0 else not anchors, "WALLET_ANCHOR_INVALID")
    for at, anchor in enumerate(anchors):
        need(anchor["size"] > before, "WALLET_ANCHOR_INVALID")
        before, proof = anchor["size"], [unhex(node) for node in anchor["consistency"]]
        guarded("WALLET_LOG_REWRITTEN", extends, before, x["log"]["size"], unhex(anchor["root"]), x["log"]["root"], proof)
        said = anchor["size"], anchor["root"], anchor["mapRoot"]
        if anchor["transaction"] is None:
            latest = x["latest"].get("mapRoot") if is_int(x["latest"].get("recordedAtMs")) else None
            need(at == len(anchors) - 1 and said == (record["size"], record["root"], latest), "WALLET_ANCHOR_INVALID")
            continue
        checkpoint = guarded("WALLET_LEDGER_SIGNATURE_INVALID", ledger_checkpoint, anchor["transaction"]["checkpoint"], {**pins, "witnesses": []})
        tx = guarded("WALLET_LEDGER_PROOF_INVALID", read_transaction, anchor["transaction"], checkpoint)
        used.add(tx["signer"])
        need((tx["contract"], tx["action"], x["holders"].get(tx["signer"])) == ("access", "anchor", h["member"]), "WALLET_ANCHOR_INVALID")
        need(guarded("WALLET_ANCHOR_INVALID", names, tx["body"], h["log"], said), "WALLET_ANCHOR_INVALID")
    need(len(used) == len(x["holders"]) == len(h["signers"]), "WALLET_ANCHOR_INVALID")

def check_entries(x, pins):
    h, previous, index, x["proved"] = x["history"], "0" * 64, -1, []
    for at, item in enumerate(h["entries"]):
        entry = item["entry"]
        need((entry["pseudonym"], entry["member"], entry["log"]) == (h["pseudonym"], h["member"], h["log"]), "WALLET_ENTRY_FOREIGN")
        need(entry["seq"] == at and item["leafIndex"] > index, "WALLET_ENTRY_GAP")
        hashed = leaf_hash(H(unhex(item["salt"]), guarded("WALLET_ENTRY_NOT_INCLUDED", canonical_bytes, entry)))
        need(entry["previous"] == previous, "WALLET_CHAIN_BROKEN")
        previous, index = hashed.hex(), item["leafIndex"]
        guarded("WALLET_ENTRY_NOT_INCLUDED", in_tree, hashed, index, x["log"]["size"], [unhex(node) for node in item["inclusion"]], x["log"]["root"])
        x["proved"].append((index, previous))

def check_completeness(x, pins):
    h = x["history"]
    blinded = H(b"aceso/blind/1\0", unhex(h["entries"][0]["salt"]), unhex(h["pseudonym"]), h["log"].encode())
    path = place("access-heads", blinded.hex())
    for size, root, proof in [(x["log"]["size"], x["log"]["mapRoot"], h["map"])] + [(a["size"], a["mapRoot"], a["map"]) for a in h["anchors"]]:
        shown = [hashed for index, hashed in x["proved"] if index < size]
        expected = {"seq": len(shown) - 1, "head": shown[-1]} if shown else None
        need(proof["head"] == expected, "WALLET_HISTORY_INCOMPLETE")
        guarded("WALLET_MAP_PROOF_INVALID", sparse_holds, unhex(root), path, H(canonical_bytes(expected)) if expected else None, proof["sparse"])

def check_acknowledged(x, pins): need(set(pins.get("expected", [])) <= {hashed for _, hashed in x["proved"]}, "WALLET_ACCESS_MISSING")

def warnings(x, pins):
    h, record = x["history"], x["record"]
    times, fresh = [item["entry"]["time"] for item in h["entries"]], sum(index >= record["size"] for index, _ in x["proved"])
    if fresh: yield f"{fresh} newest entries are not yet anchored on the ledger"
    if pins.get("now", time.time() * 1000) - x["asOfMs"] > 3_600_000: yield "the ledger's state is more than an hour old"
    if record.get("status") == "closed": yield "the log was closed; its successor holds what came later"
    if record.get("sizeLost", 0) > 0: yield f"the custodian declared {record['sizeLost']} entries lost"
    if times != sorted(times): yield "the custodian's clock went back between entries"

def verify(source, pins):
    """Judges the text of an export. Never raises for a bad one."""
    x, checks, code = {}, [], ""
    try: x["history"] = parse_json(source)
    except (ValueError, RecursionError): x["history"] = None
    for check in (check_form, check_subject, check_ledger, check_checkpoint, check_anchors, check_entries, check_completeness, check_acknowledged):
        try: check(x, pins)
        except Refused as refusal: code = str(refusal)
        checks.append({"name": check.__name__[6:], "ok": not code, "code": code})
        if code: break
    asked = pins.get("quorum", max(1, -(-len(pins.get("witnesses", [])) // 2)))
    found = x.get("cosigners", 0)
    verdict = "refused" if code else "verified" if found >= asked > 0 else "signed by one party"
    seen = None if code else {"ledgerSize": x["ledger"]["size"], "logSize": x["log"]["size"], "logRoot": x["log"]["root"].hex()}
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
