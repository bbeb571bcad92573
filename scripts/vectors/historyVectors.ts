import { decodeHex, encodeHex, type JsonObject, type JsonValue, type MemberId } from "#base";
import { witnessName } from "#ledger";
import { cosignNote, formatCheckpoint, openNote, parseCheckpoint, signNote } from "#log";
import { formatMapLine, type HistoryExport, type HistoryTrust, listEntries, type ShownLog } from "#wallet";
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

/**
 * One patient's history in a log of four anchors that was closed, and in its successor with one; another patient's entries between, and a
 * question over three patients; cosigned by two witnesses.
 */
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
		await network.anchor();
		await network.succeed();
		await network.append("patient", {});
		await network.ask("patient", "another patient", "a third patient");
		await network.append("another patient", {});
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
	return { ...history, count: proof(history.count), logs: history.logs.map((log) => ({ ...log, record: proof(log.record) })) };
}

const refused = (name: string, code: string, ...patch: readonly PatchStep[]): HistoryCase => ({ name, patch, pins: {}, verdict: "refused", code });
const replace = (path: string, value: JsonValue): PatchStep => ({ op: "replace", path, value });
const remove = (path: string): PatchStep => ({ op: "remove", path });

/** Where the part of the closed log stands, and that of its successor. */
const [first, second] = ["/logs/0/shown", "/logs/1/shown"];

function changes(history: HistoryExport, other: JsonValue): readonly HistoryCase[] {
	const shown = history.logs[0]!.shown!;
	const last = shown.entries.length - 1;
	const at = (path: string) => valueAt(asJson(history), path);
	const copy = (from: string, path: string): PatchStep => ({ op: "copy", from, path });
	const notes = ["/count/checkpoint", "/logs/0/record/checkpoint", "/logs/1/record/checkpoint"];
	const eachNote = (change: (note: string) => string) => notes.map((path) => replace(path, change(at(path) as string)));
	const lines = (note: string) => note.split("\n");
	const without = (count: number) =>
		eachNote(
			(note) =>
				`${lines(note)
					.slice(0, -1 - count)
					.join("\n")}\n`,
		);
	const forged = (name: string, code: string, change: Parameters<typeof resigned>[1]) =>
		refused(name, code, replace(`${first}/checkpoint`, resigned(shown, change)));
	return [
		{ name: "the history as it was exported", patch: [], pins: {}, verdict: "verified", code: "" },
		refused("the first entry is left out", "WALLET_ENTRY_GAP", remove(`${first}/entries/0`)),
		refused("an entry in the middle is left out", "WALLET_ENTRY_GAP", remove(`${first}/entries/1`)),
		refused("the last entry of the closed log is left out", "WALLET_HISTORY_INCOMPLETE", remove(`${first}/entries/${last}`)),
		refused("the last entry of all is left out", "WALLET_HISTORY_INCOMPLETE", remove(`${second}/entries/2`)),
		refused(
			"the last entry is left out and the head says so",
			"WALLET_MAP_PROOF_INVALID",
			remove(`${second}/entries/2`),
			copy(`${second}/anchors/0/map`, `${second}/map`),
		),
		refused("an entry is left out and the rest renumbered", "WALLET_CHAIN_BROKEN", remove(`${first}/entries/1`), ...renumber(last - 1)),
		refused("two entries change places", "WALLET_ENTRY_GAP", { op: "move", from: `${first}/entries/1`, path: `${first}/entries/2` }),
		refused("an entry stands twice", "WALLET_ENTRY_GAP", copy(`${first}/entries/1`, `${first}/entries/2`)),
		refused("no entry of the closed log is shown", "WALLET_HISTORY_INCOMPLETE", replace(`${first}/entries`, [])),
		refused("a purpose is whitewashed", "WALLET_ENTRY_NOT_INCLUDED", replace(`${first}/entries/3/entry/purpose`, "TREAT")),
		refused("a salt is exchanged", "WALLET_ENTRY_NOT_INCLUDED", copy(`${first}/entries/1/salt`, `${first}/entries/2/salt`)),
		refused("another patient's entry stands among them", "WALLET_ENTRY_FOREIGN", replace(`${first}/entries/1`, valueAt(other, `${first}/entries/1`))),
		refused("an entry of the other log stands among them", "WALLET_ENTRY_FOREIGN", copy(`${first}/entries/0`, `${second}/entries/0`)),
		refused("an entry claims another place in the log", "WALLET_ENTRY_NOT_INCLUDED", replace(`${first}/entries/1/leafIndex`, 2)),
		...cohortChanges(history, other),
		refused("another patient's history", "WALLET_SUBJECT_DIFFERS", replace("/pseudonym", valueAt(other, "/pseudonym"))),
		refused("another patient's history under this one's name", "WALLET_ENTRY_FOREIGN", replace("/logs", valueAt(other, "/logs"))),
		refused("another patient's secret", "WALLET_MAP_PROOF_INVALID", replace("/blind", valueAt(other, "/blind"))),
		refused("another custodian's name", "WALLET_SUBJECT_DIFFERS", replace("/member", "lab-b")),
		refused("another log's name", "WALLET_LOG_UNREGISTERED", replace("/logs/0/log", "clinic-a.3")),
		refused("the closed log is left out", "WALLET_LOG_WITHHELD", remove("/logs/0")),
		refused("the newest log is left out", "WALLET_LOG_WITHHELD", remove("/logs/1")),
		refused("the logs change places", "WALLET_LOG_WITHHELD", { op: "move", from: "/logs/0", path: "/logs/1" }),
		refused("a log stands twice", "WALLET_LOG_UNREGISTERED", copy("/logs/1", "/logs/2")),
		refused("the closed log is said to be lost", "WALLET_LOG_WITHHELD", replace(first, null)),
		refused("the open log is said to be lost", "WALLET_LOG_WITHHELD", replace(second, null)),
		refused("the number of logs is a log's record", "WALLET_LOG_UNREGISTERED", copy("/logs/0/record", "/count")),
		refused("fewer logs are said to be counted", "WALLET_LEDGER_PROOF_INVALID", replace("/count/value/logs", 1)),
		...shown.anchors.map(({ index }, i) =>
			refused(`anchor ${index} of the closed log is left out`, "WALLET_ANCHOR_MISSING", remove(`${first}/anchors/${i}`)),
		),
		refused("all anchors are left out", "WALLET_ANCHOR_MISSING", replace(`${first}/anchors`, [])),
		refused("two anchors change places", "WALLET_ANCHOR_INVALID", { op: "move", from: `${first}/anchors/0`, path: `${first}/anchors/1` }),
		refused("an anchor stands twice", "WALLET_ANCHOR_INVALID", copy(`${first}/anchors/1`, `${first}/anchors/2`)),
		refused("an anchor in another's place", "WALLET_ANCHOR_INVALID", remove(`${first}/anchors/1`), copy(`${first}/anchors/1`, `${first}/anchors/1`)),
		refused("an anchor of the other log", "WALLET_ANCHOR_INVALID", replace(`${first}/anchors/0`, at(`${second}/anchors/0`))),
		refused("an anchor of another time", "WALLET_ANCHOR_INVALID", replace(`${first}/anchors/0/time`, 1)),
		refused("an anchor that the ledger never recorded", "WALLET_ANCHOR_INVALID", {
			op: "add",
			path: `${first}/anchors/4`,
			value: { ...(at(`${first}/anchors/3`) as JsonObject), index: 4, size: 9 },
		}),
		refused("the root of an anchor is exchanged", "WALLET_ANCHOR_INVALID", replace(`${first}/anchors/0/root`, at(`${first}/anchors/1/root`))),
		refused("the map of an anchor is exchanged", "WALLET_HISTORY_INCOMPLETE", replace(`${first}/anchors/0/map`, at(`${first}/anchors/1/map`))),
		refused("an anchor's map says that the patient had no entry", "WALLET_HISTORY_INCOMPLETE", replace(`${first}/anchors/0/map/head`, null)),
		refused("an anchor's map is said to be lost", "WALLET_HISTORY_INCOMPLETE", replace(`${first}/anchors/0/map`, null)),
		refused("the record says another writer", "WALLET_LEDGER_PROOF_INVALID", replace("/logs/0/record/value/writer", fixedKey("a forger").publicKey)),
		refused("the record says that entries are lost", "WALLET_LEDGER_PROOF_INVALID", replace("/logs/0/record/value/sizeLost", 9)),
		refused("the record is said to be absent", "WALLET_LEDGER_PROOF_INVALID", remove("/logs/0/record/value")),
		refused(
			"a state proof of an older block",
			"WALLET_LEDGER_PROOF_INVALID",
			replace("/logs/0/record/blockLeafIndex", history.count.blockLeafIndex - 1),
		),
		refused("one state proof loses a hash", "WALLET_LEDGER_PROOF_INVALID", remove("/logs/0/record/sparse/siblings/0")),
		refused("the ledger's checkpoint names another size", "WALLET_LEDGER_SIGNATURE_INVALID", ...eachNote((note) => note.replace(/\n\d+\n/, "\n4\n"))),
		refused(
			"the ledger's own signature is taken away",
			"WALLET_LEDGER_SIGNATURE_INVALID",
			...eachNote((note) => note.replace(/\n\n[^\n]*\n/, "\n\n")),
		),
		forged("the log's checkpoint by a forger", "WALLET_WRITER_SIGNATURE_INVALID", { key: "a forger" }),
		forged("the log's checkpoint without its head map", "WALLET_WRITER_SIGNATURE_INVALID", { bare: true }),
		refused("the other log's checkpoint", "WALLET_WRITER_SIGNATURE_INVALID", replace(`${first}/checkpoint`, at(`${second}/checkpoint`))),
		forged("a rewritten log, signed by its writer", "WALLET_LOG_REWRITTEN", { root: "cd".repeat(32) }),
		forged("another head map, signed by the writer", "WALLET_MAP_PROOF_INVALID", { mapRoot: "ab".repeat(32) }),
		forged("a shorter log, signed by its writer", "WALLET_LOG_TRUNCATED", { anchor: 0 }),
		refused("a field more", "WALLET_EXPORT_INVALID", { op: "add", path: `${first}/entries/0/entry/note`, value: "" }),
		refused("a field less", "WALLET_EXPORT_INVALID", remove(`${first}/entries/0/entry/model`)),
		refused("another format", "WALLET_EXPORT_INVALID", replace("/format", "aceso/history/1")),
		refused("a number as text", "WALLET_EXPORT_INVALID", replace(`${first}/entries/0/leafIndex`, "0")),
		refused(
			"a hash in upper case",
			"WALLET_EXPORT_INVALID",
			replace(`${first}/entries/0/salt`, (at(`${first}/entries/0/salt`) as string).toUpperCase()),
		),
		{ name: "a cosignature is taken away: one of two is the quorum", patch: without(1), pins: {}, verdict: "verified", code: "" },
		{ name: "both cosignatures are taken away", patch: without(2), pins: {}, verdict: "signed by one party", code: "" },
	];
}

/** The second entry of the open log is one of a question over three patients. */
function cohortChanges(history: HistoryExport, other: JsonValue): readonly HistoryCase[] {
	const inCohort = `${second}/entries/1`;
	const place = `${inCohort}/cohort`;
	const { index, proof } = listEntries(history).find(({ cohort }) => cohort !== undefined)!.cohort!;
	const notIncluded = (name: string, ...patch: readonly PatchStep[]) => refused(name, "WALLET_ENTRY_NOT_INCLUDED", ...patch);
	return [
		refused("an entry of a cohort is left out", "WALLET_ENTRY_GAP", remove(inCohort)),
		refused("another patient's entry of the same cohort", "WALLET_ENTRY_FOREIGN", replace(inCohort, valueAt(other, `${second}/entries/0`))),
		notIncluded("another patient's place in the same cohort", replace(place, valueAt(other, `${second}/entries/0/cohort`))),
		notIncluded("an entry of a cohort is shown as a leaf of its own", remove(place)),
		notIncluded("an entry of its own is shown as one of a cohort", { op: "copy", from: place, path: `${second}/entries/0/cohort` }),
		notIncluded("an entry of its own is shown as a cohort of one", {
			op: "add",
			path: `${second}/entries/0/cohort`,
			value: { count: 1, index: 0, proof: [] },
		}),
		notIncluded("a purpose in a cohort is whitewashed", replace(`${inCohort}/entry/purpose`, "TREAT")),
		notIncluded("an entry of a cohort claims its neighbour's place", replace(`${place}/index`, index ^ 1)),
		notIncluded("an entry of a cohort claims a place beyond it", replace(`${place}/index`, 256)),
		notIncluded("a cohort claims to have a place less", replace(`${place}/count`, 255)),
		notIncluded("a cohort claims to have one place", replace(`${place}/count`, 1), replace(`${place}/index`, 0), replace(`${place}/proof`, [])),
		notIncluded("the way through a cohort loses a hash", remove(`${place}/proof/0`)),
		notIncluded("the way through a cohort has a hash more", { op: "add", path: `${place}/proof/8`, value: proof[0]! }),
		notIncluded("the way through a cohort turns", { op: "move", from: `${place}/proof/0`, path: `${place}/proof/1` }),
		refused("a cohort without a place", "WALLET_EXPORT_INVALID", replace(`${place}/count`, 0)),
		refused("a cohort of more places than there are", "WALLET_EXPORT_INVALID", replace(`${place}/count`, 65_537)),
		refused("a cohort that is null", "WALLET_EXPORT_INVALID", replace(place, null)),
	];
}

function renumber(count: number): readonly PatchStep[] {
	return Array.from({ length: count }, (_, i) => replace(`${first}/entries/${i + 1}/entry/seq`, i + 1));
}

const closedLog = "clinic-a.1";

/** A checkpoint of the closed log that says something else, signed by its writer unless another key is named. */
function resigned(shown: ShownLog, change: { key?: string; root?: string; mapRoot?: string; bare?: boolean; anchor?: number }): string {
	const { size, root, extensions } = readCheckpoint(shown, "writer");
	const older = change.anchor === undefined ? undefined : shown.anchors[change.anchor];
	const mapLine = change.mapRoot === undefined ? extensions : [formatMapLine(decodeHex(change.mapRoot))];
	const said = {
		origin: closedLog,
		size: older?.size ?? size,
		root: decodeHex(change.root ?? older?.root ?? encodeHex(root)),
		extensions: change.bare === true ? [] : (mapLine ?? []),
	};
	return signNote(formatCheckpoint(said), { name: closedLog, key: fixedKey(change.key ?? "writer") });
}

function readCheckpoint({ checkpoint }: ShownLog, writer: string) {
	const name = checkpoint.slice(0, checkpoint.indexOf("\n"));
	return parseCheckpoint(openNote(checkpoint, [{ name, key: fixedKey(writer).publicKey, type: "ed25519" }]).text);
}

function otherPins(history: HistoryExport): readonly HistoryCase[] {
	const pinned = (name: string, pins: JsonObject, verdict: Expected["verdict"], code = ""): HistoryCase => ({ name, patch: [], pins, verdict, code });
	const checkpoints = [readCheckpoint(history.logs[0]!.shown!, "writer"), readCheckpoint(history.logs[1]!.shown!, "second writer")];
	const headOf = (at: number) => history.logs[at]!.shown!.map.head!;
	const logs = checkpoints.map(({ origin, size, root }, at) => {
		const { seq, head } = headOf(at);
		return { log: origin, size, root: encodeHex(root), entries: seq + 1, head };
	});
	const seen = { ledgerSize: history.count.blockLeafIndex + 1, blind: history.blind, logs };
	const seenLog = (changed: JsonObject) => ({ seen: { ...seen, logs: [{ ...logs[0]!, ...changed }, logs[1]!] } });
	const known = listEntries(history)[2]!.entry.previous;
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
		pinned("this very state was seen before", { seen }, "verified"),
		pinned("a longer ledger was seen before", { seen: { ...seen, ledgerSize: seen.ledgerSize + 1 } }, "refused", "WALLET_LEDGER_STALE"),
		pinned("another secret was seen before", { seen: { ...seen, blind: "ab".repeat(32) } }, "refused", "WALLET_SUBJECT_DIFFERS"),
		pinned("a longer log was seen before", seenLog({ size: logs[0]!.size + 1 }), "refused", "WALLET_LOG_TRUNCATED"),
		pinned("another log was seen before", seenLog({ root: "ab".repeat(32) }), "refused", "WALLET_LOG_REWRITTEN"),
		pinned("fewer entries were seen before at the same places", seenLog({ entries: 3 }), "refused", "WALLET_ENTRY_HIDDEN_BEFORE"),
		pinned("another last entry was seen before", seenLog({ head: known }), "refused", "WALLET_ENTRY_HIDDEN_BEFORE"),
		pinned("only the closed log was seen before", { seen: { ...seen, logs: [logs[0]!] } }, "verified"),
		pinned("the ledger has not spoken since the asking", { notBeforeMs: 4_000_000_000_000 }, "refused", "WALLET_LEDGER_STALE"),
		pinned("an access that the patient was told of is there", { expected: [known] }, "verified"),
		pinned("an access that the patient was told of is missing", { expected: [known, "ab".repeat(32)] }, "refused", "WALLET_ACCESS_MISSING"),
	];
}
