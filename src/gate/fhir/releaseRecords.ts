import type { Awaitable } from "#base";
import type { ClassVerdict, DataClass, Decision, Level } from "#contracts";
import type { IdentifiedResource, SearchRecord } from "#fhir";
import type { FiledBy, LoggedAccess, RecordHeader, StoredRecord } from "#vault";
import type { ReadBody, Release } from "../gate.ts";
import { minimiseFor } from "../minimiseFor.ts";
import { type OpenedRow, openRows } from "../openRows.ts";
import type { GateParts } from "../parts.ts";
import type { ResolvedPatient } from "../patients.ts";
import { refusedWith } from "../refusedWith.ts";
import {
	type AskedOfRecord,
	admittedLevel,
	audienceOf,
	decideAndLog,
	type FindRows,
	type FoundRows,
	findRows,
	type GateContext,
	isCovered,
	type JudgedRequest,
	type LoggedDecision,
	leavesAlone,
	summariseRelease,
	unlessErased,
} from "../release.ts";
import type { Admitted, FhirQuestion } from "./openFhir.ts";
import { recordText, withMeta } from "./recordText.ts";
import { releasedLists } from "./releasedLists.ts";

/** A version of a record as it may leave. */
export interface RecordVersion {
	/** As it may be seen, with plain numbers: what a search looks at. A tombstone has type and id alone. */
	readonly resource: IdentifiedResource;
	/** What searches have found in it; empty at first. */
	readonly values: SearchRecord["values"];
	/** JSON of it as it leaves: numbers in their own spelling, version and time in `meta`. */
	readonly text: string;
	readonly version: number;
	/** When it was filed, UTC ms; not told at level `pseudonymised`, where a date may lead to a person. */
	readonly lastUpdatedMs: number | undefined;
	readonly level: Level;
	readonly deleted: boolean;
	/** Who filed it; not told below `identified`, and not of a tombstone. */
	readonly filed?: FiledBy | undefined;
}

export interface RecordRelease extends Omit<Release, "resources"> {
	readonly records: readonly RecordVersion[];
}

/**
 * What may be seen of one patient, of some classes or of one record: the latest versions. Absent, refused and erased are alike: no records,
 * every class *not available to you*, one entry.
 *
 * @param keep - False for who passes by once (an export): what is opened is not kept for others.
 * @throws GateError `GATE_LEDGER_STALE`, `GATE_RELABELLING`, after the refusal is on the log.
 */
export async function releaseRecords(
	gate: GateContext,
	admitted: Admitted,
	question: FhirQuestion,
	{ keep = true }: { readonly keep?: boolean } = {},
): Promise<RecordRelease> {
	const { body } = admitted.asked;
	// At this level ids are the audience's own: a record is found by them only among all that is released.
	const record = body.level === "pseudonymised" ? undefined : question.record;
	const judged = judge(admitted, { ...question, record });
	if (record === undefined) return released(gate, judged, (rows) => rows, keep ? findInClasses(gate) : findRows);
	return released(gate, judged, (rows) => rows.slice(0, 1), findNewest(gate));
}

/** Every version of one record down to the first that may not be seen, the newest first. */
export async function releaseVersions(
	gate: GateContext,
	admitted: Admitted,
	question: FhirQuestion & { readonly record: string },
): Promise<RecordRelease> {
	// Its versions have no names of their own there, and their times are not told.
	const judged = judge(admitted, { ...question, record: question.record });
	return released(gate, judged, (rows) => rows, findVersions(versionsMax));
}

/**
 * Header of one record that who asks may see in full; undefined where they may not, or where there is none.
 *
 * For the gate alone, which files what refers to it: labels are told to nobody.
 */
export async function openSeen(
	gate: GateContext,
	admitted: Admitted,
	question: FhirQuestion & { readonly record: string },
): Promise<RecordHeader | undefined> {
	const judged = judge(admitted, question);
	const logged = await decideAndLog(gate, judged, "read", findVersions(1));
	const { decision, access, patient } = logged;
	if (decision.decision !== "permit") return undefined;
	const [opened] = (await unlessErased(async () => openRows(gate.parts, access, await logged.load()))) ?? [];
	if (opened === undefined || opened.row.deleted) return undefined;
	const { verdicts } = viewing(gate, judged, patient, access, decision);
	return admittedLevel(opened, verdicts) === "identified" ? opened.body : undefined;
}

/** Versions looked at of one record. */
const versionsMax = 1_000;

export function judge(
	{ asked, at }: Admitted,
	{ patient, classes, record }: Omit<FhirQuestion, "record"> & { readonly record: string | undefined },
): JudgedRequest {
	const { purpose, level, study, diseases, lawfulUse, relationship, emergencyReason } = asked.body;
	// Only what was given has a member: undefined is another value than none.
	const body: { -readonly [Fact in keyof AskedOfRecord]: AskedOfRecord[Fact] } = { patient, purpose, classes, level };
	if (study !== undefined) body.study = study;
	if (diseases !== undefined) body.diseases = diseases;
	if (lawfulUse !== undefined) body.lawfulUse = lawfulUse;
	if (relationship !== undefined) body.relationship = relationship;
	if (emergencyReason !== undefined) body.emergencyReason = emergencyReason;
	if (record !== undefined) body.record = record;
	return { request: { ...asked, body }, at };
}

type Opener = (access: LoggedAccess) => Promise<readonly OpenedRow[]>;

/** What a finder found, with the way to open it; `load` alone gives rows that are still sealed. */
type Found = FoundRows & {
	readonly open?: Opener;
	/** Looks for it in the store after all: a record that is kept open and held back takes no fewer steps than one that is not there. */
	readonly lookAgain?: () => Promise<unknown>;
};

async function released(
	gate: GateContext,
	judged: JudgedRequest,
	choose: (versions: readonly RecordVersion[]) => readonly RecordVersion[],
	find: (...parameters: Parameters<FindRows>) => Awaitable<Found>,
): Promise<RecordRelease> {
	let found: Found | undefined;
	const logged = await decideAndLog(gate, judged, "read", async (...parameters) => {
		const one = await find(...parameters);
		found = one;
		return one;
	});
	const { decision, access } = logged;
	const { classes } = judged.request.body;
	const open = async () => found?.open?.(access) ?? openRows(gate.parts, access, await logged.load());
	const opened = decision.decision === "permit" ? await unlessErased(open) : [];
	if (opened === undefined) return { ...summariseRelease(classes, refusedWith(decision, "ERASED"), access), records: [] };
	const isOfOne = judged.request.body.record !== undefined;
	const records = await (isOfOne ? versionsOf(gate, judged, logged, opened) : latestOf(gate, judged, logged, opened));
	if (records.length === 0) await found?.lookAgain?.();
	return { ...summariseRelease(classes, decision, access), records: choose(records) };
}

function findInClasses(gate: GateContext) {
	return async (...[parts, patient, granted]: Parameters<FindRows>): Promise<Found> => {
		if (granted.length === 0) return { count: 0, load: async () => [] };
		const found = await gate.records.find(parts, patient.subject, granted);
		return { count: found.rows.length, load: async () => found.rows, open: (access) => found.open(access) };
	};
}

/** The newest version of one record, and the one before, which a tombstone is seen by; from memory where nothing has changed since. */
function findNewest(gate: GateContext): (...parameters: Parameters<FindRows>) => Promise<Found> {
	return async (parts, patient, granted, record) => {
		const read = () => readVersions(parts, patient, granted, record as string, 2);
		const place = { subject: patient.subject, granted, record: record as string };
		const { found, known } = await gate.versions.find(parts, place, read);
		const { rows } = found;
		return { count: rows.length, load: async () => rows, open: (access) => found.open(access), ...(known ? { lookAgain: read } : {}) };
	};
}

function findVersions(maximum: number): FindRows {
	return async (parts, patient, granted, record) => {
		const rows = await readVersions(parts, patient, granted, record as string, maximum);
		return { count: rows.length, load: async () => rows };
	};
}

/** The newest versions of one record, tombstones too, down to the first that lies in a class that is not granted. */
async function readVersions(parts: GateParts, { subject }: ResolvedPatient, granted: readonly DataClass[], record: string, maximum: number) {
	const token = await parts.keyring.lookupToken("record", subject, record);
	const rows: StoredRecord[] = [];
	let row = await parts.store.getRecord(subject, token);
	while (row !== undefined && isCovered(row, granted)) {
		rows.push(row);
		row = row.version > 1 && rows.length < maximum ? await parts.store.getRecord(subject, token, row.version - 1) : undefined;
	}
	return rows;
}

interface Viewing {
	readonly verdicts: ReadonlyMap<DataClass, ClassVerdict>;
	readonly action: LoggedAccess["entry"]["action"];
	readonly minimise: ReturnType<typeof minimiseFor>;
}

function viewing(gate: GateContext, { request }: JudgedRequest, patient: ResolvedPatient, access: LoggedAccess, decision: Decision): Viewing {
	const audience = audienceOf(gate.parts, request, request.body as ReadBody, access.entry.time);
	return {
		verdicts: new Map(decision.classes.map((verdict) => [verdict.class, verdict])),
		action: access.entry.action,
		minimise: minimiseFor(gate.parts, patient, access, audience),
	};
}

async function latestOf(
	gate: GateContext,
	judged: JudgedRequest,
	{ patient, access, decision }: LoggedDecision,
	opened: readonly OpenedRow[],
): Promise<readonly RecordVersion[]> {
	const view = viewing(gate, judged, patient, access, decision);
	const known = releasedLists.find(opened, view);
	if (known !== undefined) return known;
	const records: RecordVersion[] = [];
	for (const row of opened) {
		const level = admittedLevel(row, view.verdicts);
		if (level === undefined || !leavesAlone(level, view.action)) continue;
		const version = level === "pseudonymised" ? await pseudonymised(row, view) : identified(row);
		if (version === undefined) continue;
		tokens.set(version, row.row.token);
		records.push(version);
	}
	// Names and dates at the other level are one audience's own.
	if (records.every(({ level }) => level === "identified")) releasedLists.keep(opened, view, records);
	return records;
}

/**
 * Versions from the newest down to the first that is held back. An older version under a held one would tell what a later label hides, so it
 * stays behind it. A tombstone is seen by who sees what it ended.
 */
async function versionsOf(
	gate: GateContext,
	judged: JudgedRequest,
	{ patient, access, decision }: LoggedDecision,
	opened: readonly OpenedRow[],
): Promise<readonly RecordVersion[]> {
	const { verdicts, action } = viewing(gate, judged, patient, access, decision);
	const versions: RecordVersion[] = [];
	const waiting: OpenedRow[] = [];
	for (const row of opened) {
		if (row.row.deleted) {
			waiting.push(row);
			continue;
		}
		// Below `identified` a record goes by another name than the one it was asked for by: to answer would join the two.
		const level = admittedLevel(row, verdicts);
		if (level !== "identified" || !leavesAlone(level, action)) break;
		versions.push(...waiting.splice(0).map((gone) => tombstone(gone, row)), identified(row));
	}
	return versions;
}

/** Under which token a version lies: the gate's own way to know it again, told to nobody. */
const tokens = new WeakMap<RecordVersion, string>();

/** Those of the records whose tokens are among these. */
export function among(records: readonly RecordVersion[], wanted: ReadonlySet<string>): readonly RecordVersion[] {
	return records.filter((record) => wanted.has(tokens.get(record) ?? ""));
}

/** By opened row, so that they go when it goes: who asks again finds what was read of it before. */
const versions = new WeakMap<OpenedRow, RecordVersion>();

function identified(opened: OpenedRow): RecordVersion {
	let version = versions.get(opened);
	if (version === undefined) {
		version = new IdentifiedRecord(opened);
		versions.set(opened, version);
	}
	return version;
}

/** As it was filed; its text is written at the first look. */
class IdentifiedRecord implements RecordVersion {
	readonly resource: IdentifiedResource;
	readonly values: SearchRecord["values"] = new Map();
	readonly version: number;
	readonly lastUpdatedMs: number;
	readonly level = "identified";
	readonly deleted = false;
	readonly filed: FiledBy | undefined;
	readonly #opened: OpenedRow;
	#text: string | undefined;

	constructor(opened: OpenedRow) {
		this.#opened = opened;
		this.resource = opened.body.resource;
		this.version = opened.row.version;
		this.lastUpdatedMs = opened.row.storedAtMs;
		this.filed = opened.body.filed;
	}

	get text(): string {
		this.#text ??= recordText(this.#opened);
		return this.#text;
	}
}

function tombstone({ row }: OpenedRow, { body }: OpenedRow): RecordVersion {
	const { resourceType, id } = body.resource;
	const told = { version: row.version, lastUpdatedMs: row.storedAtMs, level: "identified", deleted: true } as const;
	return { resource: { resourceType, id }, values: new Map(), text: "", ...told };
}

async function pseudonymised(opened: OpenedRow, { minimise }: Viewing): Promise<RecordVersion | undefined> {
	const resource = await minimise(opened, "pseudonymised");
	if (resource === undefined) return undefined;
	const text = withMeta(resource as IdentifiedResource, { versionId: String(opened.row.version) });
	return {
		resource: JSON.parse(text) as IdentifiedResource,
		values: new Map(),
		text,
		version: opened.row.version,
		lastUpdatedMs: undefined,
		level: "pseudonymised",
		deleted: false,
	};
}
