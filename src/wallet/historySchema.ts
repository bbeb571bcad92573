import { z } from "zod";
import { type AccessEntry, accessActions, dataClasses, levels, purposes } from "#contracts";
import { cohortPlacesMax } from "#log";
import { WalletError } from "./errors.ts";
import type { HistoryExport } from "./historyExport.ts";

/** Longest path of an RFC 6962 tree of 2^53 leaves, with room for a consistency proof's extra nodes. */
const proofMax = 128;
const entriesMax = 1_000_000;
/** Both sides of every change. */
const anchorsMax = 2_000_000;
const logsMax = 1_024;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** PROTOCOL §2: −0 is no second spelling of 0. */
const count = z
	.int()
	.min(0)
	.refine((value) => !Object.is(value, -0));
const proof = z.array(hash).max(proofMax);
const text = (max: number) => z.string().max(max);

const entry: z.ZodType<AccessEntry> = z.strictObject({
	format: z.literal("aceso/entry/1"),
	log: text(80),
	time: count,
	member: text(40),
	requester: hash,
	requesterKind: z.enum(["person", "patient", "member", "system"]),
	via: text(40),
	action: z.enum(accessActions),
	purpose: z.enum(purposes),
	pseudonym: hash,
	compartments: z.array(z.enum([...dataClasses, "consents", "link"])).max(64),
	level: z.enum(levels),
	count,
	decision: z.enum(["permit", "deny"]),
	reasons: z.array(text(80)).max(256),
	consents: z.array(z.string().regex(/^[0-9a-f]{32}$/)).max(1_024),
	height: count,
	stalenessMs: count,
	model: text(200),
	emergencyReason: text(32_768),
	seq: count,
	previous: hash,
}) as z.ZodType<unknown> as z.ZodType<AccessEntry>;

const sparse = z.strictObject({
	siblings: z.array(z.union([hash, z.literal("")])).max(256),
	other: z.strictObject({ path: hash, valueHash: hash }).nullable(),
});
const head = z.strictObject({ head: z.strictObject({ seq: count, head: hash }).nullable(), sparse });
const note = text(65_536);
/** A note, or evidence by headers, which is longer the more validators there are. */
const commitment = text(1_048_576);
const stateProof = z.strictObject({
	checkpoint: commitment,
	blockLeaf: text(4_096),
	blockLeafIndex: count,
	blockInclusion: proof,
	contract: z.enum(["membership", "credentials", "consent", "access", "models"]),
	key: text(256),
	// A proof of absence has no value at all. Its hash is taken of it as it is, by the canonical form, which bounds its depth; a schema that
	// walked it first would drop members it does not know and overflow the stack on a deep one.
	value: z.unknown().optional(),
	sparse,
});
const anchor = z.strictObject({ index: count, size: count, root: hash, mapRoot: hash, time: count, inclusion: proof, map: head.nullable() });
const cohort = z.strictObject({ index: count, count: count.min(1).max(cohortPlacesMax), proof });
const shown = z.strictObject({
	checkpoint: note,
	map: head,
	entries: z.array(z.strictObject({ entry, salt: hash, leafIndex: count, inclusion: proof, cohort: cohort.optional() })).max(entriesMax),
	consistency: proof,
	anchors: z.array(anchor).max(anchorsMax),
});

const history = z.strictObject({
	format: z.literal("aceso/history/2"),
	chain: text(64),
	member: text(40),
	pseudonym: hash,
	blind: hash,
	count: stateProof,
	logs: z
		.array(z.strictObject({ log: text(80), record: stateProof, shown: shown.nullable() }))
		.min(1)
		.max(logsMax),
}) as z.ZodType<unknown> as z.ZodType<HistoryExport>;

/** @throws {@link WalletError} `WALLET_EXPORT_INVALID` naming the place, never what stands there. */
export function parseHistory(value: unknown): HistoryExport {
	const parsed = history.safeParse(value);
	if (parsed.success) return parsed.data;
	const place = parsed.error.issues[0]?.path.join(".") ?? "";
	throw new WalletError("WALLET_EXPORT_INVALID", `expected a history in the format aceso/history/2, found another shape at "${place.slice(0, 100)}"`);
}
