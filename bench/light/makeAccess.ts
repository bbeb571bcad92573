import {
	canonicalBytes,
	concatBytes,
	createSigningKey,
	type Digest,
	encodeHex,
	encodeUtf8,
	type Instant,
	type JsonValue,
	type MemberId,
	type Pseudonym,
	parsePublicKey,
	sha256,
} from "#base";
import type { AccessEntry, RegisteredLog } from "#contracts";
import {
	encodeBlockLeaf,
	formatHeaderEvidence,
	type Header,
	headerHash,
	type LightBlock,
	precommitBytes,
	type StateProof,
	validatorsHash,
} from "#ledger";
import { MemoryPages, MerkleTree, SparseTree, sparsePath } from "#log";
import { accessLeafHash, accessLogKey } from "#wallet";
import type { AccessProof } from "./accessProof.ts";

/** Entries of the access log, leaves of the ledger's log, keys of its state: as many siblings lie on each way as 17 halvings leave. */
const size = 131_072;
const [chain, member, log] = ["bench-1", "clinic-a" as MemberId, "clinic-a.1"];
const atMs = 1_772_438_400_000;
const fill = (tree: MerkleTree, leaves: number) => {
	for (let i = tree.size; i < leaves; i++) tree.append(encodeUtf8(String(i)));
};
const hexOf = (hash: Uint8Array) => encodeHex(hash) as Digest;
const keyOf = (name: string) => createSigningKey(sha256(encodeUtf8(`bench ${name}`)));

/** An access in the middle of a large log, under a state of many keys, decided on by four validators that were pinned. */
export function makeAccess(): AccessProof {
	const salt = hexOf(sha256(encodeUtf8("salt")));
	const entry = makeEntry();
	const access = new MerkleTree();
	fill(access, size / 2);
	const leafIndex = access.appendHash(accessLeafHash(entry, salt));
	fill(access, size);
	const value = makeRecord(hexOf(access.root()));
	const path = sparsePath("access", accessLogKey(member, log));
	const state = new SparseTree(new MemoryPages());
	state.update([
		{ path, valueHash: sha256(canonicalBytes(value)) },
		...Array.from({ length: size }, (_, i) => ({ path: sha256(encodeUtf8(`key ${i}`)), valueHash: sha256(encodeUtf8(`value ${i}`)) })),
	]);
	const stateRoot = hexOf(state.root);
	const blockLeaf = encodeBlockLeaf({ height: 9, time: atMs, transactions: 1, stateRoot, rulesVersion: 1 });
	const ledger = new MerkleTree();
	fill(ledger, size - 1);
	const blockLeafIndex = ledger.append(blockLeaf);
	const block = decide(hexOf(sha256(concatBytes(Uint8Array.of(2), ledger.root(), state.root))));
	const record: StateProof = {
		checkpoint: formatHeaderEvidence({ logSize: size, logRoot: hexOf(ledger.root()), stateRoot, path: [block] }),
		blockLeaf: new TextDecoder().decode(blockLeaf),
		blockLeafIndex,
		blockInclusion: ledger.inclusionProof(blockLeafIndex).map(hexOf),
		contract: "access",
		key: accessLogKey(member, log),
		value,
		sparse: state.prove(path),
	};
	const pin = { validatorsHash: block.header.validatorsHash, pinnedAtMs: atMs };
	return {
		record,
		entry,
		salt,
		leafIndex,
		inclusion: access.inclusionProof(leafIndex).map(hexOf),
		trust: { origin: chain, pins: [pin], now: atMs as Instant },
	};
}

function makeEntry(): AccessEntry {
	return {
		...{
			format: "aceso/entry/1",
			log,
			time: atMs,
			member,
			requester: keyOf("doctor").publicKey,
			requesterKind: "person",
			via: member,
			action: "read",
		},
		...{ purpose: "TREAT", pseudonym: keyOf("patient").publicKey as Pseudonym, compartments: ["conditions"], level: "identified", count: 1 },
		...{ decision: "permit", reasons: [], consents: ["11".repeat(16)], height: 9, stalenessMs: 0, model: "", emergencyReason: "", seq: 0 },
		previous: "00".repeat(32),
	} as unknown as AccessEntry;
}

function makeRecord(root: Digest): JsonValue {
	const record: RegisteredLog = {
		...{
			member,
			log,
			writer: parsePublicKey(keyOf("writer").publicKey),
			status: "open",
			index: 0,
			size,
			root,
			mapRoot: root,
			anchoredAtMs: atMs,
			anchors: 1,
		},
		...{ anchorsRoot: root, registeredAtMs: atMs, successor: "", sizeLost: 0 },
	};
	return record as unknown as JsonValue;
}

function decide(appHash: string): LightBlock {
	const keys = [0, 1, 2, 3].map((at) => keyOf(`validator ${at}`));
	const validators = keys.map(({ publicKey }) => ({ key: publicKey as string, power: "10" }));
	const [hash, parts, timeNs] = [validatorsHash(validators), { total: 1, hash: "22".repeat(32) }, `${atMs}000001`];
	const header: Header = {
		...{ version: { block: 11, app: 1 }, chainId: chain, height: 10, timeNs, lastBlock: { hash: "33".repeat(32), parts }, lastCommitHash: hash },
		...{ dataHash: hash, validatorsHash: hash, nextValidatorsHash: hash, consensusHash: hash, appHash, lastResultsHash: hash, evidenceHash: hash },
		proposer: "44".repeat(20),
	};
	const message = precommitBytes({ chainId: chain, height: 10, round: 0, block: { hash: headerHash(header), parts }, timeNs });
	return {
		header,
		commit: { round: 0, parts, votes: keys.map((key) => ({ for: "block", timeNs, signature: key.sign(message) as string })) },
		validators,
	};
}
