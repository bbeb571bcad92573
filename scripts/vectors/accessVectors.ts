import {
	canonicalText,
	concatBytes,
	type Digest,
	decodeHex,
	encodeHex,
	encodeUint64,
	encodeUtf8,
	hmacSha256,
	type Instant,
	type MemberId,
	type Pseudonym,
} from "#base";
import type { AccessEntry } from "#contracts";
import { cohortLeafHash, MemoryPages, MerkleTree, SparseTree } from "#log";
import { createReceiptKey, entryLeafData, hashEntry, mintReceipt, verifyReceipt } from "#vault";
import { accessLeafHash, blindPseudonym, headPath, headValueHash } from "#wallet";
import { fixedBytes, fixedKey, fixedMember, fixedStartMs } from "./fixed.ts";

const log = "clinic-a.1";
const pseudonym = fixedKey("patient").publicKey as Pseudonym;
const salt = encodeHex(fixedBytes("entry salt", 32));

const entry: AccessEntry = {
	format: "aceso/entry/1",
	log,
	time: fixedStartMs,
	member: fixedMember as MemberId,
	requester: fixedKey("clinician").publicKey,
	requesterKind: "person",
	via: fixedMember as MemberId,
	action: "read",
	purpose: "TREAT",
	pseudonym,
	compartments: ["laboratory", "vitals"],
	level: "identified",
	count: 12,
	decision: "permit",
	reasons: ["PERMITTED_BY_CONSENT"],
	consents: [],
	height: 7,
	stalenessMs: 40,
	model: "",
	emergencyReason: "",
	seq: 0,
	previous: "0".repeat(64) as Digest,
};

export function accessEntryVectors() {
	return {
		about:
			"An entry of an access log: leafData = H(salt || canonical entry), leafHash = H(00 || leafData). The next entry of the same patient names leafHash as `previous`.",
		entry,
		salt,
		canonical: canonicalText(entry),
		leafData: encodeHex(entryLeafData(entry, salt)),
		leafHash: encodeHex(accessLeafHash(entry, salt)),
	};
}

export function accessCohortVectors() {
	const count = 8;
	const entries = ["patient", "another patient", "a third patient"].map((name) => {
		const asked = { action: "aggregate", purpose: "HRESCH", level: "aggregate", compartments: ["conditions"], count: 2 } as const;
		const own: AccessEntry = { ...entry, ...asked, pseudonym: fixedKey(name).publicKey as Pseudonym };
		const ownSalt = encodeHex(fixedBytes(`${name}'s salt in a cohort`, 32));
		return { entry: own, salt: ownSalt, hash: encodeHex(accessLeafHash(own, ownSalt)) };
	});
	const free = Array.from({ length: count - entries.length }, (_, i) => encodeHex(fixedBytes(`free place ${i}`, 32)));
	const hashes = [...entries.map(({ hash }) => hash), ...free].sort();
	const tree = new MerkleTree();
	for (const hash of hashes) tree.appendHash(decodeHex(hash));
	return {
		about:
			'A question over three patients as one leaf of an access log: hash = H(00 || H(salt || canonical entry)) of each; hashes of all places in order, free ones random; root of the tree over them; leafData = H("aceso/cohort/1" || 00 || count (8 bytes) || root), leafHash = H(00 || leafData). The next entry of each patient names hash as `previous`; a receipt names leafHash.',
		entries: entries.map(({ hash, ...rest }) => {
			const index = hashes.indexOf(hash);
			return { ...rest, hash, cohort: { index, count, proof: tree.inclusionProof(index).map(encodeHex) } };
		}),
		count,
		hashes,
		root: encodeHex(tree.root()),
		leafHash: encodeHex(cohortLeafHash(count, tree.root())),
	};
}

export function headMapVectors() {
	const patients = ["patient", "another patient", "a third patient"].map((name, i) => {
		const own = fixedKey(name).publicKey as Pseudonym;
		const blind = encodeHex(fixedBytes(`${name}'s blind`, 32));
		const head = encodeHex(fixedBytes(`${name}'s head`, 32));
		const blinded = blindPseudonym(log, own, blind);
		return { pseudonym: own, blind, blinded, path: headPath(blinded), seq: i, head, valueHash: headValueHash(i, decodeHex(head)) };
	});
	const tree = new SparseTree(new MemoryPages());
	const root = encodeHex(tree.update(patients.slice(0, 2)));
	return {
		about:
			'Head map of an access log: blinded = H("aceso/blind/1" || 00 || blind || pseudonym || log), path = H("access-heads" || 00 || hex of blinded), valueHash = H(canonical {head, seq}). The first two patients are in the map, the third is proved absent.',
		log,
		root,
		heads: patients.map(({ blinded, path, valueHash, ...rest }, i) => ({
			...rest,
			blinded: encodeHex(blinded),
			path: encodeHex(path),
			valueHash: encodeHex(valueHash),
			present: i < 2,
			sparse: tree.prove(path),
		})),
	};
}

export function receiptVectors() {
	const key = fixedBytes("receipt key", 32);
	const receiptKey = createReceiptKey(() => key.slice());
	const entryHash = hashEntry(entry, salt);
	const now = fixedStartMs as Instant;
	const receipt = mintReceipt({ receiptKey, entryHash, log, leafIndex: 41, now, randomBytes: (size) => fixedBytes("nonce", size) });
	verifyReceipt({ receiptKey, receipt, now });
	const message = concatBytes(
		encodeUtf8("aceso/receipt/1\0"),
		decodeHex(receipt.entryHash),
		encodeUint64(receipt.leafIndex),
		decodeHex(receipt.nonce),
		encodeUint64(receipt.expiresAtMs),
		encodeUtf8(receipt.log),
	);
	if (encodeHex(hmacSha256(key, message)) !== receipt.mac) throw new Error("expected the message that the receipt's MAC is over");
	return {
		about:
			'A receipt: mac = HMAC-SHA-256(key, message), message = "aceso/receipt/1" || 00 || entryHash || leafIndex (8 bytes) || nonce || expiresAtMs (8 bytes) || log.',
		key: encodeHex(key),
		mintedAtMs: now,
		receipt,
		message: encodeHex(message),
	};
}
