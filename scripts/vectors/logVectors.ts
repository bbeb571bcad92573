import { canonicalBytes, decodeBase64, decodeHex, encodeBase64, encodeHex, sha256 } from "#base";
import {
	cosignNote,
	emptyPlace,
	formatCheckpoint,
	LogError,
	leafHash,
	MemoryPages,
	MerkleTree,
	type NoteVerifier,
	noteKeyId,
	openNote,
	parseCheckpoint,
	SparseTree,
	signNote,
	sparseLeafHash,
	sparseNodeHash,
	sparsePath,
} from "#log";
import { fixedBytes, fixedKey, fixedStartMs } from "./fixed.ts";

/** The eight leaves that tests of Certificate Transparency logs have used since RFC 6962. */
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

export function merkleVectors() {
	const tree = new MerkleTree();
	for (const leaf of leaves) tree.append(decodeHex(leaf));
	const sizes = Array.from({ length: leaves.length }, (_, i) => i + 1);
	return {
		about:
			"RFC 6962 tree with SHA-256. Proofs list hashes from the leaf (or the old tree's right edge) up to the root. `roots[n]` is the root of the first n leaves.",
		leaves: leaves.map((data) => ({ data, hash: encodeHex(leafHash(decodeHex(data))) })),
		roots: [0, ...sizes].map((size) => encodeHex(tree.root(size))),
		inclusion: sizes.flatMap((size) =>
			Array.from({ length: size }, (_, index) => ({ index, size, proof: tree.inclusionProof(index, size).map(encodeHex) })),
		),
		consistency: [0, ...sizes].flatMap((from) =>
			sizes.filter((to) => to >= from).map((to) => ({ from, to, proof: tree.consistencyProof(from, to).map(encodeHex) })),
		),
	};
}

export function checkpointVectors() {
	const [author, witness] = [fixedKey("log"), fixedKey("witness")];
	const verifiers: readonly NoteVerifier[] = [
		{ name: "vectors-1", key: author.publicKey, type: "ed25519" },
		{ name: "lab-b", key: witness.publicKey, type: "cosignature/v1" },
	];
	const extensions = [`aceso-heads ${encodeHex(fixedBytes("map root", 32))}`];
	const text = formatCheckpoint({ origin: "vectors-1", size: 20_852_163, root: fixedBytes("root", 32), extensions });
	const signed = signNote(text, { name: "vectors-1", key: author });
	const cosigned = cosignNote(signed, { name: "lab-b", key: witness, timeSeconds: fixedStartMs / 1000 });
	const judge = (name: string, note: string) => ({ name, note, ...judgeNote(note, verifiers) });
	return {
		about:
			"C2SP signed notes and checkpoints. `keys` are those a reader knows; `verdict` is `accepted` or the code of the refusal; `signers` are the known keys that signed, in order.",
		keys: verifiers.map((verifier) => ({ ...verifier, id: noteKeyId(verifier) })),
		text,
		notes: [
			judge("signed by the log", signed),
			judge("and cosigned by a witness", cosigned),
			judge("a signature of an unknown key is ignored", cosignNote(signed, { name: "stranger", key: fixedKey("stranger"), timeSeconds: 1 })),
			judge("the witness alone", cosigned.replace(/\n\n[^\n]*\n/, "\n\n")),
			judge("another size", cosigned.replace("20852163", "20852164")),
			judge("a size with a leading zero", signNote(text.replace("2085", "02085"), { name: "vectors-1", key: author })),
			judge("a cosignature with another time", withOtherTime(cosigned)),
			judge("no signature", `${text}\n`),
			judge("no empty line", signed.replace("\n\n", "\n")),
			judge("only unknown keys", signNote(text, { name: "stranger", key: fixedKey("stranger") })),
			judge("base64 without padding", signed.replace(/=+\n$/, "\n")),
			judge("a carriage return", signed.replace("\n", "\r\n")),
		],
	};
}

/** Every step from a leaf of a tree of two leaves up to its root: the second step of sparse-tree.json. */
export function stateWalkVectors() {
	const value = { status: "active", version: 1 };
	const valueHash = sha256(canonicalBytes(value));
	const [own, other] = ["c/00", "c/01"].map((key) => ({
		key,
		path: sparsePath("consent", key),
		leaf: sparseLeafHash(sparsePath("consent", key), valueHash),
	}));
	const tree = new SparseTree(new MemoryPages());
	const root = encodeHex(tree.update([own!, other!].map(({ path }) => ({ path, valueHash }))));
	const { siblings } = tree.prove(own!.path);
	let hash = own!.leaf;
	const steps = siblings.map((text, i) => {
		const depth = siblings.length - 1 - i;
		const sibling = text === "" ? emptyPlace : decodeHex(text);
		const bit = (own!.path[depth >> 3]! >> (7 - (depth & 7))) & 1;
		hash = bit === 0 ? sparseNodeHash(hash, sibling) : sparseNodeHash(sibling, hash);
		return { depth, bit, sibling: encodeHex(sibling), hash: encodeHex(hash) };
	});
	return {
		about: "Two keys of one value in an otherwise empty tree, and the walk from the first one's leaf to the root (docs/spec/03-state-tree.md).",
		namespace: "consent",
		value,
		valueHash: encodeHex(valueHash),
		leaves: [own!, other!].map(({ key, path, leaf }) => ({ key, path: encodeHex(path), leafHash: encodeHex(leaf) })),
		siblings,
		steps,
		root,
	};
}

/** The last line's time is read as one second more than what was signed. */
function withOtherTime(note: string): string {
	const at = note.lastIndexOf(" ") + 1;
	const bytes = decodeBase64(note.slice(at, -1));
	bytes[11] = bytes[11]! + 1;
	return `${note.slice(0, at)}${encodeBase64(bytes)}\n`;
}

function judgeNote(note: string, verifiers: readonly NoteVerifier[]) {
	try {
		const opened = openNote(note, verifiers);
		parseCheckpoint(opened.text);
		return { verdict: "accepted", signers: opened.signatures.map(({ verifier }) => verifier.name) };
	} catch (error) {
		if (error instanceof LogError) return { verdict: error.code, signers: [] };
		throw error;
	}
}
