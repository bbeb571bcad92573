import { existsSync } from "node:fs";
import { CodedError, encodeHex, equalBytes, type PublicKey } from "#base";
import { anchorLeafHash } from "#contracts";
import { Frontier, openNote, parseCheckpoint } from "#log";
import { parseMapLine } from "#wallet";
import { AccessLogError } from "./errors.ts";
import { HeadMap } from "./headMap.ts";
import { type AnchorRow, type LogStore, openLogStore } from "./logStore.ts";

/** What is wrong, without keys: which rule of the file, and the leaf index or size where it shows (or how many rows break it). */
export interface AccessLogFinding {
	readonly rule:
		| "file"
		| "identity"
		| "leaf-indexes"
		| "chain-gap"
		| "chain-order"
		| "chain-head"
		| "data-key"
		| "node"
		| "anchor-root"
		| "anchor-map"
		| "anchor-node"
		| "stored-map"
		| "checkpoint";
	readonly at: number;
}

export interface AccessLogAudit {
	readonly log: string;
	readonly entries: number;
	readonly root: string;
	readonly anchors: number;
	readonly findings: readonly AccessLogFinding[];
}

/**
 * Reads the whole file and recomputes all that needs no key: tree nodes, every anchored root and head map, chains without gap, the last
 * signed checkpoint. Whether a ciphertext opens to its leaf is what a patient's own verification shows.
 *
 * Memory: the head map's pages, about 200 bytes a patient. Takes the writer's lock.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_UNKNOWN` when there is no file, `ACCESS_LOG_LOCKED`.
 */
export function fsckAccessLog(path: string): AccessLogAudit {
	if (!existsSync(path)) throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected an access log's file at this path");
	const store = openLogStore(path);
	try {
		return auditAccessLog(store);
	} finally {
		store.close();
	}
}

/** {@link fsckAccessLog} over an open store. */
export function auditAccessLog(store: LogStore): AccessLogAudit {
	const findings: AccessLogFinding[] = [];
	for (const { rule, rows } of store.countContradictions()) if (rows > 0) findings.push({ rule, at: rows });
	const identity = readIdentity(store);
	if (identity === undefined) findings.push({ rule: "identity", at: 0 });
	const roots = new Map(listSizes(store).map((size) => [size, ""]));
	const frontier = auditTree(store, roots, findings);
	const anchors = store.listAnchors();
	auditAnchors(store, anchors, roots, findings);
	auditAnchorTree(store, anchors, findings);
	if (identity !== undefined) auditCheckpoint(store, identity, roots, findings);
	return { log: identity?.log ?? "", entries: frontier.size, root: encodeHex(frontier.root()), anchors: anchors.length, findings };
}

interface Identity {
	readonly log: string;
	readonly writer: PublicKey;
}

function readIdentity(store: LogStore): Identity | undefined {
	const text = store.getMeta("identity");
	return text === undefined ? undefined : (JSON.parse(text) as Identity);
}

/** Sizes whose root some signature or the ledger speaks of. */
function listSizes(store: LogStore): readonly number[] {
	const note = store.getMeta("checkpoint");
	const signed = note === undefined ? [] : [Number(note.split("\n")[1])];
	return [...store.listAnchors().map((anchor) => anchor.size), ...signed];
}

/** Rebuilds the tree leaf by leaf; fills in `roots` at the sizes asked for. */
function auditTree(store: LogStore, roots: Map<number, string>, findings: AccessLogFinding[]): Frontier {
	const frontier = Frontier.load(0, () => new Uint8Array(32));
	if (roots.has(0)) roots.set(0, encodeHex(frontier.root()));
	for (const { leafIndex, entryHash } of store.listLeaves()) {
		for (const node of frontier.append(entryHash).slice(1)) {
			const stored = store.getNode(node.level, node.index);
			if (stored === undefined || !equalBytes(stored, node.hash)) findings.push({ rule: "node", at: leafIndex });
		}
		if (roots.has(frontier.size)) roots.set(frontier.size, encodeHex(frontier.root()));
	}
	return frontier;
}

function auditAnchors(store: LogStore, anchors: readonly AnchorRow[], roots: ReadonlyMap<number, string>, findings: AccessLogFinding[]): void {
	const rebuilt = new HeadMap(store, "empty");
	for (const { size, root, mapRoot } of anchors) {
		if (roots.get(size) !== root) findings.push({ rule: "anchor-root", at: size });
		if (encodeHex(rebuilt.moveTo(size).root) !== mapRoot) findings.push({ rule: "anchor-map", at: size });
	}
	const stored = new HeadMap(store, "stored");
	if (store.mapSize() !== (anchors.at(-1)?.size ?? 0) || !equalBytes(stored.root, rebuilt.root)) {
		findings.push({ rule: "stored-map", at: store.mapSize() });
	}
}

/** The tree of anchors, and that they are numbered from 0 by rising size. */
function auditAnchorTree(store: LogStore, anchors: readonly AnchorRow[], findings: AccessLogFinding[]): void {
	const tree = Frontier.load(0, () => new Uint8Array(32));
	for (const { index, size, root, mapRoot, time } of anchors) {
		const leaf = { size, root, mapRoot, time } as Parameters<typeof anchorLeafHash>[0];
		const sound = tree
			.append(anchorLeafHash(leaf))
			.every(({ level, index: at, hash }) => equalBytes(store.getAnchorNode(level, at) ?? new Uint8Array(0), hash));
		if (!sound || index !== tree.size - 1) findings.push({ rule: "anchor-node", at: size });
	}
}

function auditCheckpoint(store: LogStore, { log, writer }: Identity, roots: ReadonlyMap<number, string>, findings: AccessLogFinding[]): void {
	const note = store.getMeta("checkpoint");
	if (note === undefined) return;
	try {
		const { text } = openNote(note, [{ name: log, key: writer, type: "ed25519" }]);
		const { origin, size, root, extensions } = parseCheckpoint(text);
		const map = encodeHex(new HeadMap(store, "stored").moveTo(size).root);
		if (origin === log && roots.get(size) === encodeHex(root) && parseMapLine(extensions) === map) return;
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
	}
	findings.push({ rule: "checkpoint", at: store.size() });
}
