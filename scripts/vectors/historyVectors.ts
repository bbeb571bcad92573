import { canonicalBytes, decodeHex, decodeUtf8, encodeHex, type JsonObject, type JsonValue, type MemberId } from "#base";
import { signTransaction, witnessName } from "#ledger";
import { cosignNote, formatCheckpoint, leafHash, openNote, parseCheckpoint, signNote } from "#log";
import { formatMapLine, type HistoryExport, type HistoryTrust } from "#wallet";
import { fixedChain, fixedKey, fixedMember } from "./fixed.ts";
import { fixedPseudonym, openHistoryNetwork } from "./historyNetwork.ts";
import { type PatchStep, valueAt } from "./jsonPatch.ts";

/** What the verifier must find. `code` is "" where nothing is refused. */
export interface Expected {
	readonly verdict: "verified" | "signed by one party" | "refused";
	readonly code: string;
}

export interface HistoryCase extends Expected {
	readonly name: string;
	readonly patch: readonly PatchStep[];
	/** Fields of the pins that this case has instead. */
	readonly pins: JsonObject;
}

export interface HistoryVectors {
	readonly history: JsonValue;
	readonly pins: Omit<HistoryTrust, "now">;
	readonly cases: readonly HistoryCase[];
}

/** Members whose witnesses cosign the ledger's checkpoints. */
const witnessMembers = ["lab-b", "institute-c"];

export function fixedWitness(member: string) {
	return { name: witnessName(fixedChain, member), key: fixedKey(`witness ${member}`).publicKey };
}

/** One patient's history over three anchors, another patient's entries between; cosigned by two witnesses. */
export async function historyVectors(): Promise<HistoryVectors> {
	const network = await openHistoryNetwork();
	try {
		await network.append("patient", {}, { count: 0, decision: "deny", level: "identified", reasons: ["GRANTEE_DIFFERS"] });
		await network.append("another patient", {}, {});
		await network.anchor();
		await network.append("patient", { purpose: "ETREAT", reasons: ["PERMITTED_BY_EMERGENCY"], emergencyReason: "invented: “Übung” \u{1f691}" });
		await network.append("another patient", {});
		await network.anchor();
		await network.append("patient", {
			purpose: "HRESCH",
			level: "compute",
			action: "compute",
			model: "prevent-2023",
			compartments: ["laboratory", "vitals"],
		});
		await network.anchor();
		await network.append("another patient", {});
		const history = cosigned(await network.history("patient"), network.clock.nowMs);
		const other = cosigned(await network.history("another patient"), network.clock.nowMs);
		const pins: Omit<HistoryTrust, "now"> = {
			chain: fixedChain,
			ledgerKey: fixedKey("sealer").publicKey,
			witnesses: witnessMembers.map(fixedWitness),
			pseudonym: fixedPseudonym("patient"),
			member: fixedMember as MemberId,
		};
		return { history: asJson(history), pins, cases: [...changes(history, asJson(other)), ...otherPins(history)] };
	} finally {
		await network.close();
	}
}

function asJson(value: object): JsonValue {
	return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** The ledger's checkpoints as witnesses would have cosigned them. */
function cosigned(history: HistoryExport, nowMs: number): HistoryExport {
	const cosign = (note: string) =>
		witnessMembers.reduce(
			(all, member) => cosignNote(all, { name: witnessName(fixedChain, member), key: fixedKey(`witness ${member}`), timeSeconds: nowMs / 1000 }),
			note,
		);
	const proof = <Proof extends { readonly checkpoint: string }>(one: Proof): Proof => ({ ...one, checkpoint: cosign(one.checkpoint) });
	return { ...history, record: proof(history.record), anchor: proof(history.anchor), signers: history.signers.map(proof) };
}

const refused = (name: string, code: string, ...patch: readonly PatchStep[]): HistoryCase => ({ name, patch, pins: {}, verdict: "refused", code });
const replace = (path: string, value: JsonValue): PatchStep => ({ op: "replace", path, value });
const remove = (path: string): PatchStep => ({ op: "remove", path });

function changes(history: HistoryExport, other: JsonValue): readonly HistoryCase[] {
	const last = history.entries.length - 1;
	const at = (path: string) => valueAt(asJson(history), path);
	const notes = ["/record/checkpoint", "/anchor/checkpoint", "/signers/0/checkpoint"];
	const eachNote = (change: (note: string) => string) => notes.map((path) => replace(path, change(at(path) as string)));
	const lines = (note: string) => note.split("\n");
	const without = (count: number) =>
		eachNote(
			(note) =>
				`${lines(note)
					.slice(0, -1 - count)
					.join("\n")}\n`,
		);
	return [
		{ name: "the history as it was exported", patch: [], pins: {}, verdict: "verified", code: "" },
		refused("the first entry is left out", "WALLET_ENTRY_GAP", remove("/entries/0")),
		refused("an entry in the middle is left out", "WALLET_ENTRY_GAP", remove("/entries/1")),
		refused("the last entry is left out", "WALLET_HISTORY_INCOMPLETE", remove(`/entries/${last}`)),
		refused("the last entry is left out and the head says so", "WALLET_MAP_PROOF_INVALID", remove(`/entries/${last}`), {
			op: "copy",
			from: "/anchors/2/map",
			path: "/map",
		}),
		refused("an entry is left out and the rest renumbered", "WALLET_CHAIN_BROKEN", remove("/entries/1"), ...renumber(last - 1)),
		refused("two entries change places", "WALLET_ENTRY_GAP", { op: "move", from: "/entries/1", path: "/entries/2" }),
		refused("an entry stands twice", "WALLET_ENTRY_GAP", { op: "copy", from: "/entries/1", path: "/entries/2" }),
		refused("no entry is shown", "WALLET_EXPORT_INVALID", replace("/entries", [])),
		refused("a purpose is whitewashed", "WALLET_ENTRY_NOT_INCLUDED", replace("/entries/3/entry/purpose", "TREAT")),
		refused("a salt is exchanged", "WALLET_ENTRY_NOT_INCLUDED", { op: "copy", from: "/entries/1/salt", path: "/entries/2/salt" }),
		refused("an entry of another patient stands among them", "WALLET_ENTRY_FOREIGN", replace("/entries/1", valueAt(other, "/entries/1"))),
		refused("an entry claims another place in the log", "WALLET_ENTRY_NOT_INCLUDED", replace("/entries/1/leafIndex", 2)),
		refused(
			"another patient's history",
			"WALLET_SUBJECT_DIFFERS",
			replace("/pseudonym", valueAt(other, "/pseudonym")),
			replace("/entries", valueAt(other, "/entries")),
		),
		refused(
			"another patient's history under this one's name",
			"WALLET_ENTRY_FOREIGN",
			replace("/entries", valueAt(other, "/entries")),
			replace("/map", valueAt(other, "/map")),
		),
		refused("another custodian's name", "WALLET_SUBJECT_DIFFERS", replace("/member", "lab-b")),
		refused("another log's name", "WALLET_LOG_UNREGISTERED", replace("/log", "clinic-a.2")),
		refused("the newest anchor is left out", "WALLET_ANCHOR_INVALID", remove(`/anchors/${history.anchors.length - 1}`)),
		refused("all anchors are left out", "WALLET_ANCHOR_INVALID", replace("/anchors", [])),
		refused("two anchors change places", "WALLET_ANCHOR_INVALID", { op: "move", from: "/anchors/0", path: "/anchors/1" }),
		refused("an anchor by another transaction", "WALLET_ANCHOR_INVALID", {
			op: "copy",
			from: "/anchors/1/transaction",
			path: "/anchors/0/transaction",
		}),
		refused("an anchor without its transaction", "WALLET_ANCHOR_INVALID", replace("/anchors/0/transaction", null)),
		refused("the root of an anchor is exchanged", "WALLET_LOG_REWRITTEN", { op: "copy", from: "/anchors/1/root", path: "/anchors/0/root" }),
		refused("the map of an anchor is exchanged", "WALLET_HISTORY_INCOMPLETE", { op: "copy", from: "/anchors/1/map", path: "/anchors/0/map" }),
		refused("an anchor's map says that the patient had no entry", "WALLET_HISTORY_INCOMPLETE", replace("/anchors/0/map/head", null)),
		refused("an anchor that only the sealer could put into its log", "WALLET_ANCHOR_INVALID", replace("/anchors/0/transaction", misformed())),
		refused("the signer of the anchors is not shown", "WALLET_ANCHOR_INVALID", remove("/signers/0")),
		refused("a signer is shown twice", "WALLET_ANCHOR_INVALID", { op: "copy", from: "/signers/0", path: "/signers/1" }),
		refused("the signer is said to be another member", "WALLET_LEDGER_PROOF_INVALID", replace("/signers/0/value/member", "lab-b")),
		refused("the record says another writer", "WALLET_LEDGER_PROOF_INVALID", replace("/record/value/writer", fixedKey("a forger").publicKey)),
		refused("the record is said to be absent", "WALLET_LEDGER_PROOF_INVALID", remove("/record/value")),
		refused("the latest anchor is said to be absent", "WALLET_LEDGER_PROOF_INVALID", remove("/anchor/value")),
		refused("the latest anchor of another key", "WALLET_ANCHOR_INVALID", replace("/anchor/key", "a/lab-b")),
		refused("a state proof of an older block", "WALLET_LEDGER_PROOF_INVALID", replace("/record/blockLeafIndex", history.record.blockLeafIndex - 1)),
		refused("one state proof loses a hash", "WALLET_LEDGER_PROOF_INVALID", remove("/record/sparse/siblings/0")),
		refused("the ledger's checkpoint names another size", "WALLET_LEDGER_SIGNATURE_INVALID", ...eachNote((note) => note.replace(/\n\d+\n/, "\n4\n"))),
		refused(
			"the ledger's own signature is taken away",
			"WALLET_LEDGER_SIGNATURE_INVALID",
			...eachNote((note) => note.replace(/\n\n[^\n]*\n/, "\n\n")),
		),
		refused("the log's checkpoint by a forger", "WALLET_WRITER_SIGNATURE_INVALID", replace("/checkpoint", resigned(history, { key: "a forger" }))),
		refused(
			"the log's checkpoint without its head map",
			"WALLET_WRITER_SIGNATURE_INVALID",
			replace("/checkpoint", resigned(history, { bare: true })),
		),
		refused("a rewritten log, signed by its writer", "WALLET_LOG_REWRITTEN", replace("/checkpoint", resigned(history, { root: "cd".repeat(32) }))),
		refused(
			"another head map, signed by the writer",
			"WALLET_MAP_PROOF_INVALID",
			replace("/checkpoint", resigned(history, { mapRoot: "ab".repeat(32) })),
		),
		refused("a shorter log, signed by its writer", "WALLET_LOG_TRUNCATED", replace("/checkpoint", resigned(history, { anchor: 0 }))),
		refused("a field more", "WALLET_EXPORT_INVALID", { op: "add", path: "/entries/0/entry/note", value: "" }),
		refused("a field less", "WALLET_EXPORT_INVALID", remove("/entries/0/entry/model")),
		refused("another format", "WALLET_EXPORT_INVALID", replace("/format", "aceso/history/2")),
		refused("a number as text", "WALLET_EXPORT_INVALID", replace("/entries/0/leafIndex", "0")),
		refused("a hash in upper case", "WALLET_EXPORT_INVALID", replace("/entries/0/salt", (at("/entries/0/salt") as string).toUpperCase())),
		{ name: "a cosignature is taken away: one of two is the quorum", patch: without(1), pins: {}, verdict: "verified", code: "" },
		{ name: "both cosignatures are taken away", patch: without(2), pins: {}, verdict: "signed by one party", code: "" },
	];
}

/** A transaction of a form that no contract accepts, in a log of one leaf that the sealer signed. */
function misformed(): JsonValue {
	const body = { logs: [null], mapRoot: "ab".repeat(32) };
	const draft = { chain: fixedChain, contract: "access", action: "anchor", body, until: 0, salt: "00".repeat(16) } as const;
	const leaf = canonicalBytes(signTransaction(draft, fixedKey(fixedMember)));
	const checkpoint = signNote(formatCheckpoint({ origin: fixedChain, size: 1, root: leafHash(leaf) }), { name: fixedChain, key: fixedKey("sealer") });
	return { checkpoint, leaf: decodeUtf8(leaf), leafIndex: 0, inclusion: [] };
}

function renumber(count: number): readonly PatchStep[] {
	return Array.from({ length: count }, (_, i) => replace(`/entries/${i + 1}/entry/seq`, i + 1));
}

/** A checkpoint that says something else, signed by the writer unless another key is named. */
function resigned(history: HistoryExport, change: { key?: string; root?: string; mapRoot?: string; bare?: boolean; anchor?: number }): string {
	const { text } = openNote(history.checkpoint, [{ name: history.log, key: fixedKey("writer").publicKey, type: "ed25519" }]);
	const { size, root, extensions } = parseCheckpoint(text);
	const older = change.anchor === undefined ? undefined : history.anchors[change.anchor];
	const mapLine = change.mapRoot === undefined ? extensions : [formatMapLine(decodeHex(change.mapRoot))];
	const said = {
		origin: history.log,
		size: older?.size ?? size,
		root: decodeHex(change.root ?? older?.root ?? encodeHex(root)),
		extensions: change.bare === true ? [] : (mapLine ?? []),
	};
	return signNote(formatCheckpoint(said), { name: history.log, key: fixedKey(change.key ?? "writer") });
}

function otherPins(history: HistoryExport): readonly HistoryCase[] {
	const pinned = (name: string, pins: JsonObject, verdict: Expected["verdict"], code = ""): HistoryCase => ({ name, patch: [], pins, verdict, code });
	const seen = { ledgerSize: history.record.blockLeafIndex + 1, logSize: history.entries.at(-1)!.leafIndex + 1 };
	const { root } = parseCheckpoint(openNote(history.checkpoint, [{ name: history.log, key: fixedKey("writer").publicKey, type: "ed25519" }]).text);
	const logRoot = encodeHex(root);
	const known = history.entries[2]!.entry.previous;
	return [
		pinned("another ledger key is pinned", { ledgerKey: fixedKey("another sealer").publicKey }, "refused", "WALLET_LEDGER_SIGNATURE_INVALID"),
		pinned("another chain is pinned", { chain: "vectors-2" }, "refused", "WALLET_SUBJECT_DIFFERS"),
		pinned("both cosignatures are asked for", { quorum: 2 }, "verified"),
		pinned("more cosignatures are asked for than there are", { quorum: 3 }, "signed by one party"),
		pinned("no witness is known", { witnesses: [] }, "signed by one party"),
		pinned("no cosignature is asked for", { witnesses: [], quorum: 0 }, "signed by one party"),
		pinned(
			"one witness's key is another",
			{ witnesses: [{ name: witnessName(fixedChain, "lab-b"), key: fixedKey("a forger").publicKey }] },
			"signed by one party",
		),
		pinned("this very state was seen before", { seen: { ...seen, logRoot } }, "verified"),
		pinned("a longer ledger was seen before", { seen: { ...seen, ledgerSize: seen.ledgerSize + 1, logRoot } }, "refused", "WALLET_LEDGER_STALE"),
		pinned("a longer log was seen before", { seen: { ...seen, logSize: seen.logSize + 1, logRoot } }, "refused", "WALLET_LOG_TRUNCATED"),
		pinned("another log was seen before", { seen: { ...seen, logRoot: "ab".repeat(32) } }, "refused", "WALLET_LOG_REWRITTEN"),
		pinned("the ledger has not spoken since the asking", { notBeforeMs: 4_000_000_000_000 }, "refused", "WALLET_LEDGER_STALE"),
		pinned("an access that the patient was told of is there", { expected: [known] }, "verified"),
		pinned("an access that the patient was told of is missing", { expected: [known, "ab".repeat(32)] }, "refused", "WALLET_ACCESS_MISSING"),
	];
}
