#!/usr/bin/env python3
"""Computes the published vectors again and compares: python3 check_vectors.py VECTORS_FOLDER. Exit 0 when all agree.

What history.json needs is checked by verify_history.py; here stands what that leaves out.
"""
import base64, hmac, json, pathlib, sys
sys.dont_write_bytecode = True
from ed25519 import is_signature
from verify_history import H, canonical, canonical_bytes, extends, in_tree, leaf_hash, open_note, parse_canonical, parse_checkpoint, place
from verify_history import cohort_leaf, fit, sparse_holds, unhex

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "vectors")
failures = 0

def load(name): return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))

def expect(name, holds):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name}")

def holds(check, *arguments):
    """Whether a check passes instead of raising ValueError."""
    try: check(*arguments)
    except ValueError: return False
    return True

def canonical_json():
    vectors = load("canonical-json")
    for one in vectors["accepted"]:
        expect(f"canonical: {one['name']}", canonical(one["value"]) == one["canonical"] and H(one["canonical"].encode()).hex() == one["sha256"])
    for one in vectors["refused"]: expect(f"not canonical: {one['name']}", not holds(lambda: parse_canonical(unhex(one["bytes"]).decode())))

def signatures():
    files = [name for name in ("signatures", "ed25519") if (FOLDER / f"{name}.json").exists()]
    for one in [case for name in files for case in load(name)["cases"]]:
        expect(f"signature: {one['name']}", is_signature(one["publicKey"], unhex(one["message"]), one["signature"]) == one["valid"])

def merkle():
    vectors = load("merkle")
    leaves, roots = [unhex(one["hash"]) for one in vectors["leaves"]], [unhex(root) for root in vectors["roots"]]
    expect("leaf hashes", all(leaf_hash(unhex(one["data"])).hex() == one["hash"] for one in vectors["leaves"]))
    proofs = [(leaves[one["index"]], one["index"], one["size"], [unhex(h) for h in one["proof"]], roots[one["size"]]) for one in vectors["inclusion"]]
    expect(f"{len(proofs)} inclusion proofs", all(holds(in_tree, *proof) for proof in proofs))
    expect("none for another leaf", not any(holds(in_tree, H(b"x"), *proof[1:]) for proof in proofs))
    expect("none one hash longer", not any(holds(in_tree, *proof[:3], proof[3] + [H(b"x")], proof[4]) for proof in proofs))
    grown = [(one["from"], one["to"], roots[one["from"]], roots[one["to"]], [unhex(h) for h in one["proof"]]) for one in vectors["consistency"]]
    expect(f"{len(grown)} consistency proofs", all(holds(extends, *proof) for proof in grown))
    expect("none from another root", not any(holds(extends, *proof[:2], H(b"x"), *proof[3:]) for proof in grown))
    expect("none one hash longer", not any(holds(extends, *proof[:4], proof[4] + [H(b"x")]) for proof in grown))

def checkpoints():
    vectors = load("checkpoints")
    keys = [(one["name"], one["key"], 1 if one["type"] == "ed25519" else 4) for one in vectors["keys"]]
    for one, (name, key, kind) in zip(vectors["keys"], keys): expect(f"key id of {name}", key_id(name, key, kind) == one["id"])
    for one in vectors["notes"]:
        def judge():
            text, found = open_note(one["note"], keys)
            parse_checkpoint(text)
            fit([keys[i][0] for i in found] == one["signers"])
        expect(f"note: {one['name']}", holds(judge) == (one["verdict"] == "accepted"))

def key_id(name, key, kind): return H(name.encode() + b"\n" + bytes([kind]) + unhex(key))[:4].hex()

def witness():
    vectors = load("witness")
    log = [(vectors["log"]["origin"], vectors["log"]["key"], 1)]
    both = log + [(vectors["witness"]["name"], vectors["witness"]["key"], 4)]
    tile, bundle = [unhex(one["body"]) for one in vectors["resources"]]
    entries = []
    while bundle: size = int.from_bytes(bundle[:2], "big"); entries.append(bundle[2:2 + size]); bundle = bundle[2 + size:]
    expect("entries hash to their tile", b"".join(leaf_hash(entry) for entry in entries) == tile)
    held = None
    for one in vectors["exchanges"]:
        head, note = one["request"].split("\n\n", 1)
        old, *proof = head.split("\n")
        if one["status"] == 409: expect(f"witness: {one['name']}", one["response"] == f"{held['size']}\n" and one["contentType"] == "text/x.tlog.size")
        if one["status"] != 200: continue
        tree = parse_checkpoint(open_note(note, log)[0])
        grown = lambda: held is None or extends(held["size"], tree["size"], held["root"], tree["root"], [base64.b64decode(h) for h in proof])
        cosigned = len(open_note(note + one["response"], both)[1]) == 2
        expect(f"witness: {one['name']}", old == f"old {held['size'] if held else 0}" and cosigned and holds(grown) and same_root(entries, tree))
        held = tree
    shown = parse_checkpoint(open_note(vectors["monitored"], both)[0])
    expect("witness shows what it cosigned", shown == held and H(vectors["log"]["origin"].encode()).hex() == vectors["log"]["originHash"])

def same_root(entries, tree):
    level = [leaf_hash(entry) for entry in entries[:tree["size"]]]
    def root(nodes):
        if len(nodes) == 1: return nodes[0]
        k = 1 << (len(nodes) - 1).bit_length() - 1
        return H(b"\1", root(nodes[:k]), root(nodes[k:]))
    return root(level) == tree["root"]

def transactions():
    vectors = load("transactions")
    for one in vectors["accepted"]:
        unsigned = {name: value for name, value in one["transaction"].items() if name != "signature"}
        message = b"aceso/tx/1\0" + H(canonical_bytes(unsigned))
        same = (H(canonical_bytes(unsigned)).hex(), message.hex(), canonical(one["transaction"])) == (one["id"], one["message"], one["leaf"])
        signed = is_signature(one["transaction"]["signer"], message, one["transaction"]["signature"])
        expect(f"transaction: {one['name']}", same and signed and leaf_hash(one["leaf"].encode()).hex() == one["leafHash"])
    enrolment = b"aceso/enrolment/1\0" + H(canonical_bytes(vectors["enrolment"]["fields"]))
    body = vectors["accepted"][0]["transaction"]["body"]
    custodian = load("envelopes")["envelope"]["signer"]
    signed = is_signature(custodian, enrolment, body["custodianSignature"])
    expect("enrolment countersigned", signed and enrolment.hex() == vectors["enrolment"]["message"])

def envelope():
    vectors = load("envelopes")
    one = vectors["envelope"]
    signed = {"chain": one["chain"], "member": one["member"], "signer": one["signer"], "ids": vectors["ids"]}
    message = b"aceso/envelope/1\0" + H(canonical_bytes(signed))
    expect("envelope", canonical(signed) == vectors["signed"] and message.hex() == vectors["message"])
    expect("envelope's signature", is_signature(one["signer"], message, one["signature"]))

def leaves():
    block, entry, terms = load("block-leaf"), load("access-entry"), load("terms")
    expect("block leaf", canonical(block["fields"]) == block["leaf"] and leaf_hash(block["leaf"].encode()).hex() == block["leafHash"])
    data = H(unhex(entry["salt"]), canonical_bytes(entry["entry"]))
    hashes = canonical(entry["entry"]), data.hex(), leaf_hash(data).hex()
    expect("access entry", hashes == (entry["canonical"], entry["leafData"], entry["leafHash"]))
    commitment = H(b"aceso/terms/1\0", unhex(terms["salt"]), canonical_bytes(terms["terms"])).hex()
    expect("terms", canonical(terms["terms"]) == terms["canonical"] and commitment == terms["commitment"])
    expect("terms on the ledger", terms["ledgerHalf"]["value"]["termsCommitment"] == commitment)

def cohort():
    vectors = load("access-cohort")
    root, hashes = unhex(vectors["leafHash"]), [unhex(one) for one in vectors["hashes"]]
    for one in vectors["entries"]:
        sub, place = leaf_hash(H(unhex(one["salt"]), canonical_bytes(one["entry"]))), one["cohort"]
        way, index, count = [unhex(node) for node in place["proof"]], place["index"], place["count"]
        expect(f"cohort: place {index}", sub.hex() == one["hash"] and sub == hashes[index] and cohort_leaf(sub, index, count, way) == root)
        others = [(sub, index ^ 1, count, way), (sub, index, count + 1, way), (hashes[index ^ 1], index, count, way), (sub, index, count, way[1:])]
        expect("cohort: no other", not any(holds(lambda: fit(cohort_leaf(*other) == root)) for other in others))
    expect("cohort: places in order", hashes == sorted(hashes) and len(hashes) == vectors["count"])

def head_map():
    vectors = load("head-map")
    for one in vectors["heads"]:
        blinded = H(b"aceso/blind/1\0", unhex(one["blind"]), unhex(one["pseudonym"]), vectors["log"].encode())
        path, value_hash = place("access-heads", blinded.hex()), H(canonical_bytes({"head": one["head"], "seq": one["seq"]}))
        same = (blinded.hex(), path.hex(), value_hash.hex()) == (one["blinded"], one["path"], one["valueHash"])
        shown = value_hash if one["present"] else None
        expect(f"head {one['seq']}", same and holds(sparse_holds, unhex(vectors["root"]), path, shown, one["sparse"]))

def sparse_tree():
    vectors = load("sparse-tree")
    proofs = [(unhex(step["root"]), place(one["namespace"], one["key"]), H(canonical_bytes(one["value"])) if "value" in one else None, one["proof"])
              for step in vectors["steps"] for one in step["proofs"]]
    expect(f"{len(proofs)} sparse proofs", all(holds(sparse_holds, *proof) for proof in proofs))
    exchanged = [(root, path, None if value else H(b"x"), proof) for root, path, value, proof in proofs]
    expect("none with presence and absence exchanged", not any(holds(sparse_holds, *proof) for proof in exchanged))

def state_holds(proof, height, origin, key):
    """A state proof for a reader of the present state (height None), or of the state after a height [4.6]."""
    text, found = open_note(proof["checkpoint"], [(origin, key, 1)])
    tree = parse_checkpoint(text)
    fit(0 in found and tree["origin"] == origin and (height is not None or proof["blockLeafIndex"] == tree["size"] - 1))
    in_tree(leaf_hash(proof["blockLeaf"].encode()), proof["blockLeafIndex"], tree["size"], [unhex(h) for h in proof["blockInclusion"]], tree["root"])
    block = parse_canonical(proof["blockLeaf"])
    fit(list(block) == ["height", "rulesVersion", "stateRoot", "time", "transactions"] and height in (None, block["height"]))
    shown = H(canonical_bytes(proof["value"])) if "value" in proof else None
    sparse_holds(unhex(block["stateRoot"]), place(proof["contract"], proof["key"]), shown, proof["sparse"])

def state_proofs():
    vectors = load("state-proofs")
    origin, key = vectors["ledger"]["origin"], vectors["ledger"]["key"]
    for one in vectors["cases"]:
        expect(f"state proof: {one['name']}", holds(state_holds, one["proof"], one["height"], origin, key) == (one["verdict"] == "accepted"))

def receipt():
    vectors = load("receipts")
    one = vectors["receipt"]
    index, expiry = one["leafIndex"].to_bytes(8, "big"), one["expiresAtMs"].to_bytes(8, "big")
    message = b"aceso/receipt/1\0" + unhex(one["entryHash"]) + index + unhex(one["nonce"]) + expiry + one["log"].encode()
    expect("receipt", message.hex() == vectors["message"] and hmac.new(unhex(vectors["key"]), message, "sha256").hexdigest() == one["mac"])

def x25519(secret, u):
    """RFC 7748 section 5: the Montgomery ladder, in the RFC's own names."""
    k = int.from_bytes(secret, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    p, x_1 = 2**255 - 19, int.from_bytes(u, "little") & (1 << 255) - 1
    x_2, z_2, x_3, z_3, swap = 1, 0, x_1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit: x_2, x_3, z_2, z_3 = x_3, x_2, z_3, z_2
        swap = bit
        a, b, c, d = x_2 + z_2, x_2 - z_2, x_3 + z_3, x_3 - z_3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        x_3, z_3, x_2, z_2 = (da + cb) ** 2 % p, x_1 * (da - cb) ** 2 % p, aa * bb % p, (aa - bb) * (aa + 121665 * (aa - bb)) % p
    if swap: x_2, z_2 = x_3, z_3
    return (x_2 * pow(z_2, p - 2, p) % p).to_bytes(32, "little")

def sessions():
    one = load("sessions")
    opening, answer, request = one["opening"], one["answer"], one["request"]
    halves, nine = (unhex(opening["body"]["exchange"]), unhex(answer["exchange"])), bytes([9]) + bytes(31)
    secrets = unhex(one["personSecret"]), unhex(one["nodeSecret"])
    expect("session halves", tuple(x25519(secret, nine) for secret in secrets) == halves)
    shared = x25519(secrets[0], halves[1])
    expect("session secret", shared == x25519(secrets[1], halves[0]) == unhex(one["shared"]))
    unsigned = {name: value for name, value in opening.items() if name != "signature"}
    expect("session opening", is_signature(opening["key"], b"aceso/request/1\0" + H(canonical_bytes(unsigned)), opening["signature"]))
    digest = H(canonical_bytes(opening))
    signed = {"request": digest.hex(), **{name: answer[name] for name in ("session", "exchange", "expiresAtMs")}}
    answered = is_signature(one["memberKey"], b"aceso/session-answer/1\0" + H(canonical_bytes(signed)), answer["signature"])
    expect("session answer", answered and digest.hex() == one["openingHash"])
    parts = digest, halves[1], unhex(answer["session"])
    info = b"aceso/session/1" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    key = hmac.new(hmac.new(bytes(32), shared, "sha256").digest(), info + b"\1", "sha256").digest()
    message = b"aceso/session-request/1\0" + canonical_bytes({name: value for name, value in request.items() if name != "mac"})
    expect("session key", key.hex() == one["key"])
    expect("session request", message.hex() == one["message"] and hmac.new(key, message, "sha256").hexdigest() == request["mac"])

for vectors in (canonical_json, signatures, merkle, checkpoints, witness, transactions, envelope, leaves, cohort, head_map, sparse_tree, state_proofs, receipt,
                sessions): vectors()
sys.exit(1 if failures else 0)
