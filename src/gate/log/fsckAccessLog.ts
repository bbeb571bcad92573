import { existsSync } from "node:fs";
import { CodedError, encodeHex, equalBytes, type PublicKey } from "#base";
import { anchorLeafHash } from "#contracts";
import { Frontier, openNote, parseCheckpoint } from "#log";
import { parseMapLine } from "#wallet";
import { AccessLogError } from "./errors.ts";
import { HeadMap } from "./headMap.ts";
import { type AccessLogFinding, judgeCohort, judgeRoot, judgeStoredMap } from "./judgeRows.ts";
import { type AnchorRow, type LogStore, openLogStore } from "./logStore.ts";

/** Told now and then how many entries have been read, of those there are. */
export type AuditProgress = (done: number, total: number) => void;

/** Entries between two words on progress. */
const entriesPerProgress = 4_096;

export interface AccessLogAudit {
	readonly log: string;
	/** Leaves of the log: entries of their own, and cohorts. */
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
export function fsckAccessLog(path: string, onProgress?: AuditProgress): AccessLogAudit {
	if (!existsSync(path)) throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected an access log's file at this path");
	let store: LogStore | undefined;
	try {
		store = openLogStore(path);
		return auditAccessLog(store, onProgress);
	} catch (error) {
		if (!isDamage(error)) throw error;
		return unreadable([]);
	} finally {
		store?.close();
	}
}

/** {@link fsckAccessLog} over an open store. */
export function auditAccessLog(store: LogStore, onProgress?: AuditProgress): AccessLogAudit {
	const findings: AccessLogFinding[] = [];
	try {
		return auditRows(store, findings, onProgress);
	} catch (error) {
		// A damaged database page ends the audit where it is read.
		if (!isDamage(error)) throw error;
		return unreadable(findings);
	}
}

function isDamage(error: unknown): boolean {
	return (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

function unreadable(found: readonly AccessLogFinding[]): AccessLogAudit {
	return { log: "", entries: 0, root: "", anchors: 0, findings: [...found, { rule: "file", at: 0 }] };
}

function auditRows(store: LogStore, findings: AccessLogFinding[], onProgress?: AuditProgress): AccessLogAudit {
	for (const { rule, rows } of store.countContradictions()) if (rows > 0) findings.push({ rule, at: rows });
	const identity = readIdentity(store);
	if (identity === undefined) findings.push({ rule: "identity", at: 0 });
	const roots = new Map(listSizes(store).map((size) => [size, ""]));
	const frontier = auditTree(store, roots, findings, onProgress);
	for (const cohort of store.listCohorts()) findings.push(...judgeCohort(store, cohort));
	const anchors = store.listAnchors();
	auditAnchors(store, anchors, { entries: frontier.size, roots }, findings);
	auditAnchorTree(store, anchors, findings);
	if (identity !== undefined) auditCheckpoint(store, identity, roots, findings);
	return { log: identity?.log ?? "", entries: frontier.size, root: encodeHex(frontier.root()), anchors: anchors.length, findings };
}

interface Identity {
	readonly log: string;
	readonly writer: PublicKey;
}

function readIdentity(store: LogStore): Identity | undefined {
	try {
		return JSON.parse(store.getMeta("identity") ?? "") as Identity;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

/** Sizes whose root some signature or the ledger speaks of. */
function listSizes(store: LogStore): readonly number[] {
	const note = store.getMeta("checkpoint");
	const signed = note === undefined ? [] : [Number(note.split("\n")[1])];
	return [...store.listAnchors().map((anchor) => anchor.size), ...signed];
}

/** Rebuilds the tree leaf by leaf; fills in `roots` at the sizes asked for. */
function auditTree(store: LogStore, roots: Map<number, string>, findings: AccessLogFinding[], onProgress?: AuditProgress): Frontier {
	const total = store.size();
	const frontier = Frontier.load(0, () => new Uint8Array(32));
	if (roots.has(0)) roots.set(0, encodeHex(frontier.root()));
	for (const { leafIndex, leafHash } of store.listLeaves()) {
		for (const node of frontier.append(leafHash).slice(1)) {
			const stored = store.getNode(node.level, node.index);
			if (stored === undefined || !equalBytes(stored, node.hash)) findings.push({ rule: "node", at: leafIndex });
		}
		if (roots.has(frontier.size)) roots.set(frontier.size, encodeHex(frontier.root()));
		if (frontier.size % entriesPerProgress === 0 || frontier.size === total) onProgress?.(frontier.size, total);
	}
	return frontier;
}

interface RebuiltTree {
	readonly entries: number;
	readonly roots: ReadonlyMap<number, string>;
}

function auditAnchors(store: LogStore, anchors: readonly AnchorRow[], { entries, roots }: RebuiltTree, findings: AccessLogFinding[]): void {
	const rebuilt = new HeadMap(store, "empty");
	let mapRoot: string | undefined = encodeHex(rebuilt.root);
	for (const anchor of anchors) {
		findings.push(...judgeRoot(anchor, entries, (size) => roots.get(size)));
		mapRoot = rootAt(rebuilt, anchor.size);
		if (mapRoot !== anchor.mapRoot) findings.push({ rule: "anchor-map", at: anchor.size });
	}
	findings.push(...judgeStoredMap(store, anchors.at(-1)?.size ?? 0, mapRoot));
}

/** Undefined where a chain that has entries has no head. */
function rootAt(map: HeadMap, size: number): string | undefined {
	try {
		return encodeHex(map.moveTo(size).root);
	} catch (error) {
		if (error instanceof CodedError) return undefined;
		throw error;
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
