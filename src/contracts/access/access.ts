import { z } from "zod";
import { canonicalBytes, type Digest, decodeHex, encodeHex, type MemberId, type PublicKey } from "#base";
import { emptyRoot, Frontier, LogError, leafHash, verifyConsistency } from "#log";
import { type Context, type Contract, ContractRefusal, defineAction, type StateReader } from "../contract.ts";
import { codeField, countField, digestField, instantField, publicKeyField, requireKey } from "../fields.ts";
import { toState } from "../membership/member.ts";
import { requireSigningMember } from "../signingMember.ts";

/** One access log of a member. State key `l/<member>/<log>`. */
export interface RegisteredLog {
	readonly member: MemberId;
	readonly log: string;
	/** Key of the process that writes it; its checkpoints carry this key's signature. */
	readonly writer: PublicKey;
	readonly status: "open" | "closed";
	/** Place among the member's logs in the order of registration, from 0: whoever shows all of them leaves none out. */
	readonly index: number;
	/** As last anchored. */
	readonly size: number;
	readonly root: Digest;
	/** Root over the sparse map: blinded pseudonym → (seq, head). */
	readonly mapRoot: Digest;
	/** Block time of the last anchor, 0 before the first. */
	readonly anchoredAtMs: number;
	/** How many anchors moved this log, and the RFC 6962 root over their {@link AnchorLeaf}s: no old one can be left out or exchanged. */
	readonly anchors: number;
	readonly anchorsRoot: Digest;
	readonly registeredAtMs: number;
	/** Log that goes on where this one was closed, or "". */
	readonly successor: string;
	/** Entries known to be lost when it was closed. */
	readonly sizeLost: number;
}

/** What one anchor said of one log: a leaf of that log's tree of anchors. */
export interface AnchorLeaf {
	readonly size: number;
	readonly root: Digest;
	readonly mapRoot: Digest;
	/** Block time. */
	readonly time: number;
}

/** How many logs a member ever registered. State key `m/<member>`; `n/<member>/<index>` → `{log}` names each. */
export interface LogCount {
	readonly logs: number;
}

/** The latest anchor of a member. State key `a/<member>`. */
export interface Anchor {
	/** Root over all rows of the vault. */
	readonly vaultRoot: Digest;
	/** What the member says the time was. */
	readonly time: number;
	/** Block time. */
	readonly recordedAtMs: number;
	readonly height: number;
	readonly urgent: boolean;
}

export interface RegisterLogBody {
	readonly log: string;
	readonly writer: PublicKey;
}
export interface AnchoredLog {
	readonly log: string;
	readonly size: number;
	readonly root: Digest;
	/** Root of the log's head map at this size. */
	readonly mapRoot: Digest;
	/** RFC 6962 consistency proof from the size anchored before to this one; 32 bytes each, hex. */
	readonly proof: readonly Digest[];
}
export interface AnchorBody {
	readonly logs: readonly AnchoredLog[];
	readonly vaultRoot: Digest;
	readonly time: number;
	/** After break-glass: not held back by the minute. */
	readonly urgent: boolean;
}
export interface CloseLogBody {
	readonly log: string;
	/** An open log of the same member, or "". */
	readonly successor: string;
	/** Entries lost, 0 for an orderly end. */
	readonly sizeLost: number;
}

/** Least block time between two anchors of a member that are not urgent. */
export const anchorIntervalMs = 60_000;
/** How far the member's own time may run ahead of block time. */
export const anchorSkewMs = 15 * 60_000;
export const logsPerAnchorMax = 32;

const emptyHex = encodeHex(emptyRoot) as Digest;
/** Root of a sparse tree without leaves. */
const emptyMap = "0".repeat(64) as Digest;

const refuse = (code: string, message: string): never => {
	throw new ContractRefusal("access", code, message);
};

const registerLogSchema: z.ZodType<RegisterLogBody> = z.strictObject({ log: codeField, writer: publicKeyField });
const anchorSchema: z.ZodType<AnchorBody> = z.strictObject({
	logs: z
		.array(z.strictObject({ log: codeField, size: countField, root: digestField, mapRoot: digestField, proof: z.array(digestField).max(128) }))
		.min(1)
		.max(logsPerAnchorMax),
	vaultRoot: digestField,
	time: instantField,
	urgent: z.boolean(),
});
const closeLogSchema: z.ZodType<CloseLogBody> = z.strictObject({ log: codeField, successor: codeField.or(z.literal("")), sizeLost: countField });

const registerLog = defineAction<RegisterLogBody>(registerLogSchema, (context, { log, writer }) => {
	const member = requireSigningMember(context, "access").id;
	requireKey("access", "ACCESS_KEY_INVALID", writer);
	if (context.get(logKey(member, log)) !== undefined) refuse("ACCESS_LOG_EXISTS", "expected a log id this member never used");
	const { logs } = (context.get(`m/${member}`) as unknown as LogCount | undefined) ?? { logs: 0 };
	const nothing = { size: 0, root: emptyHex, mapRoot: emptyMap, anchoredAtMs: 0, anchors: 0, anchorsRoot: emptyHex };
	putLog(context, { member, log, writer, status: "open", index: logs, ...nothing, registeredAtMs: context.time, successor: "", sizeLost: 0 });
	context.put(`m/${member}`, { logs: logs + 1 });
	context.put(`n/${member}/${logs}`, { log });
	context.emit({ type: "access.registered", data: { member, log } });
});

const anchor = defineAction<AnchorBody>(anchorSchema, (context, body) => {
	const member = requireSigningMember(context, "access").id;
	assertTime(context, member, body);
	const grown = body.logs.filter((next) => extend(context, member, next)).length;
	if (grown === 0) refuse("ACCESS_NOT_GROWN", "expected at least one log that grew since it was anchored");
	if (new Set(body.logs.map(({ log }) => log)).size < body.logs.length) refuse("ACCESS_LOG_TWICE", "expected each log once");
	const { vaultRoot, time, urgent } = body;
	context.put(`a/${member}`, { vaultRoot, time, recordedAtMs: context.time, height: context.height, urgent });
	context.emit({ type: "access.anchored", data: { member, urgent, logs: body.logs.map(({ log, size }) => ({ log, size })) } });
});

/** After data loss, or when a process ends for good. What was anchored stays: a closed log never grows again. */
const closeLog = defineAction<CloseLogBody>(closeLogSchema, (context, { log, successor, sizeLost }) => {
	const member = requireSigningMember(context, "access").id;
	const closing = requireOpen(context, member, log);
	if (successor === log) refuse("ACCESS_SUCCESSOR_INVALID", "expected another log as successor");
	if (successor !== "") requireOpen(context, member, successor);
	putLog(context, { ...closing, status: "closed", successor, sizeLost });
	context.emit({ type: "access.closed", data: { member, log, successor, sizeLost } });
});

function assertTime(context: Context, member: MemberId, { time, urgent }: AnchorBody): void {
	const before = context.get(`a/${member}`) as unknown as Anchor | undefined;
	if (time > context.time + anchorSkewMs || time < (before?.time ?? 0)) {
		refuse("ACCESS_TIME_INVALID", "expected a time no earlier than the anchor before and at most 15 minutes ahead of block time");
	}
	if (before !== undefined && !urgent && context.time - before.recordedAtMs < anchorIntervalMs) {
		refuse("ACCESS_TOO_SOON", "expected a minute since the anchor before, or an urgent one");
	}
}

/** Takes the log to its new size if that is an append-only extension; true when it grew. */
function extend(context: Context, member: MemberId, { log, size, root, mapRoot, proof }: AnchoredLog): boolean {
	const before = requireOpen(context, member, log);
	if (size === before.size && (root !== before.root || mapRoot !== before.mapRoot)) {
		refuse("ACCESS_NOT_AN_EXTENSION", "expected the same root and map at the same size");
	}
	try {
		const bytes = (hex: string) => decodeHex(hex, 32);
		verifyConsistency({ from: before.size, to: size, fromRoot: bytes(before.root), toRoot: bytes(root), proof: proof.map(bytes) });
	} catch (error) {
		if (error instanceof LogError) return refuse("ACCESS_NOT_AN_EXTENSION", "expected a log that only grew since it was anchored");
		throw error;
	}
	if (size === before.size) return false;
	const link = linkAnchor(context, before, { size, root, mapRoot, time: context.time });
	putLog(context, { ...before, size, root, mapRoot, anchoredAtMs: context.time, ...link });
	return true;
}

/** Appends to the tree over all anchors of a log, of which the state keeps the right edge (`t/<member>/<log>`: hashes by level, "" for none). */
function linkAnchor(context: Context, { member, log, anchors }: RegisteredLog, leaf: AnchorLeaf): Pick<RegisteredLog, "anchors" | "anchorsRoot"> {
	const key = `t/${member}/${log}`;
	const edge = (context.get(key) as unknown as readonly string[] | undefined) ?? [];
	const tree = Frontier.load(anchors, (level) => decodeHex(edge[level] as string, 32));
	tree.append(anchorLeafHash(leaf));
	context.put(
		key,
		tree.edge().map((hash) => (hash === undefined ? "" : encodeHex(hash))),
	);
	return { anchors: tree.size, anchorsRoot: encodeHex(tree.root()) as Digest };
}

/** RFC 6962 leaf hash of an anchor: H(0x00 ‖ canonical {mapRoot, root, size, time}). */
export function anchorLeafHash({ size, root, mapRoot, time }: AnchorLeaf): Uint8Array {
	return leafHash(canonicalBytes({ size, root, mapRoot, time }));
}

function requireOpen(context: Context, member: MemberId, log: string): RegisteredLog {
	const found = context.get(logKey(member, log)) as unknown as RegisteredLog | undefined;
	if (found === undefined) return refuse("ACCESS_LOG_UNKNOWN", "expected a log this member registered");
	if (found.status !== "open") return refuse("ACCESS_LOG_CLOSED", "expected a log that is open");
	return found;
}

function putLog(context: Context, log: RegisteredLog): void {
	context.put(logKey(log.member, log.log), toState(log));
}

function logKey(member: MemberId, log: string): string {
	return `l/${member}/${log}`;
}

export function readLog(state: StateReader, member: MemberId, log: string): RegisteredLog | undefined {
	return state.get("access", logKey(member, log)) as RegisteredLog | undefined;
}

export function readAnchor(state: StateReader, member: MemberId): Anchor | undefined {
	return state.get("access", `a/${member}`) as Anchor | undefined;
}

/** All logs a member ever registered, in that order, the closed ones too: none can be left out. */
export function readLogs(state: StateReader, member: MemberId): readonly RegisteredLog[] {
	return Array.from({ length: readLogCount(state, member) }, (_, index) => {
		const { log } = state.get("access", `n/${member}/${index}`) as { readonly log: string };
		return readLog(state, member, log) as RegisteredLog;
	});
}

/** How many logs a member ever registered. */
export function readLogCount(state: StateReader, member: MemberId): number {
	return (state.get("access", `m/${member}`) as LogCount | undefined)?.logs ?? 0;
}

/** The logs of members and their anchors: nothing anchored is ever taken back. Rules: SPEC.md. */
export const access: Contract = { name: "access", actions: { registerLog, anchor, closeLog } };
