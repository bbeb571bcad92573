import { type Awaitable, andThen, type Instant, type SubjectId } from "#base";
import {
	type AccessEntryDraft,
	admits,
	type ClassVerdict,
	type DataClass,
	type Decision,
	keepFilters,
	type Level,
	levels,
	type RecordFilter,
	readCredentials,
} from "#contracts";
import { type LoggedAccess, type OpeningOrder, type StoredRecord, VaultError } from "#vault";
import { anchorEmergency } from "./anchor.ts";
import { type AdmittedRequest, type Asked, admitInSession, admitRequest, admitSigned, type ReplayWindow } from "./authenticate.ts";
import { type AccessQuestion, decideAccess, decisionTime } from "./decideAccess.ts";
import type { Deciders } from "./deciders.ts";
import { stalenessAt } from "./draft.ts";
import { GateError } from "./errors.ts";
import type { ExportJobs } from "./fhir/exportJobs.ts";
import type { RecordCache } from "./fhir/recordCache.ts";
import type { SubscriptionBook } from "./fhir/subscriptionBook.ts";
import type { VersionCache } from "./fhir/versionCache.ts";
import type { ReadBody, Release, ReleasedResource } from "./gate.ts";
import { asBasis } from "./lawfulUses.ts";
import type { OpenedAccess } from "./log/accessLog.ts";
import { withReserve } from "./log/withReserve.ts";
import type { VerifiedMandates } from "./mandates.ts";
import { minimiseFor } from "./minimiseFor.ts";
import type { ObjectStreams } from "./objectStreams.ts";
import type { OpenedTermsCache } from "./openedTerms.ts";
import { type OpenedRow, openedWith, openRows, spelledResource } from "./openRows.ts";
import type { AccessFeed } from "./oversight/accessFeed.ts";
import type { Watches } from "./oversight/watches.ts";
import { freshnessMs, type GateParts } from "./parts.ts";
import { erasedOf, type ResolvedPatient } from "./patients.ts";
import { refusedWith } from "./refusedWith.ts";
import { type Relabelling, relabellingError } from "./relabelling.ts";
import { isOfSession } from "./requests.ts";
import type { ResolvedPatients } from "./resolvedPatients.ts";
import type { Sessions } from "./sessions.ts";
import { sideBySide } from "./sideBySide.ts";
import type { Turns } from "./turns.ts";

/** On every clinical answer, whether or not anything was withheld (PROTOCOL §6). */
export const incompletenessNotice = "This record may be incomplete by the patient's choice.";

export interface GateContext {
	readonly parts: GateParts;
	readonly terms: OpenedTermsCache;
	readonly deciders: Deciders;
	readonly patients: ResolvedPatients;
	readonly window: ReplayWindow;
	readonly sessions: Sessions;
	readonly mandates: VerifiedMandates;
	readonly turns: Turns;
	readonly relabelling: Relabelling;
	readonly objects: ObjectStreams;
	readonly records: RecordCache;
	readonly versions: VersionCache;
	readonly exports: ExportJobs;
	/** What goes through the access log, for officers. */
	readonly feed: AccessFeed;
	readonly watches: Watches;
	readonly subscriptions: SubscriptionBook;
}

/**
 * The one door: authenticate → decide → log → open → filter and minimise → release.
 *
 * A refused, an absent and an erased patient get the same answer: every class *not available to you* (invariant 8). Levels that need
 * many patients (`aggregate`, `deidentified`) or a model (`compute`) have doors of their own and release nothing here.
 *
 * @throws {@link GateError} for a request that is malformed, forged, late or replayed, and `GATE_LEDGER_STALE`.
 */
export function release(gate: GateContext, input: unknown): Promise<Release> {
	if (!isOfSession(input)) return admitSigned(gate, input, "read").then((admitted) => releaseRecord(gate, admitted));
	// In one function less than with `await`: there is nothing to wait for.
	try {
		return releaseRecord(gate, admitInSession(gate, input, "read"));
	} catch (error) {
		return Promise.reject(error);
	}
}

function releaseRecord(gate: GateContext, admitted: AdmittedRequest<"read">): Promise<Release> {
	const { level } = admitted.request.body;
	if (level === "aggregate" || level === "deidentified" || level === "compute") {
		throw new GateError("GATE_REQUEST_INVALID", `level ${level} is answered by a count, a cohort or a model, not by a read`, { at: "body.level" });
	}
	return openFor(gate, admitted, "read");
}

/**
 * The same pipeline for a named model: the records go to the model inside this process and only its result leaves. Callers must not
 * hand the release on.
 */
export async function releaseToModel(gate: GateContext, input: unknown): Promise<Release> {
	const admitted = await admitRequest(gate, input, "read");
	const { body } = admitted.request;
	if (body.purpose === "PATSFTY") {
		throw new GateError("GATE_REQUEST_INVALID", "a safety check has a door of its own, which tells a warning and no fact", { at: "body.purpose" });
	}
	if (body.model === undefined || (body.level !== "compute" && body.level !== "identified")) {
		throw new GateError("GATE_REQUEST_INVALID", "a model is named in the request and reads at level compute or identified", { at: "body.model" });
	}
	return openFor(gate, admitted, "compute");
}

/** The records of a safety check, which go to the model that the body names and nowhere else. */
export function releaseForSafety(gate: GateContext, admitted: AdmittedRequest<"read">): Promise<Release> {
	return openFor(gate, admitted, "compute");
}

async function openFor(gate: GateContext, { request, at }: AdmittedRequest<"read">, action: "read" | "compute"): Promise<Release> {
	const { body } = request;
	const { patient, decision, access, load, only } = await decideAndLog(gate, { request, at }, action, findRows, "with the entry");
	const opened =
		decision.decision === "permit"
			? (openedWith(access, only) ?? (await unlessErased(() => andThen(load(), (rows) => openCounted(gate, patient, access, rows)))))
			: [];
	if (opened === undefined) return answer(body.classes, refusedWith(decision, "ERASED"), [], access);
	const minimised = filterAndMinimise(gate, request, body, patient, access, decision, opened);
	return answer(body.classes, decision, minimised instanceof Promise ? await minimised : minimised, access);
}

/**
 * Opens rows. Where there are fewer than were counted, an erasure may have taken the others meanwhile, and a class of theirs must not be released as
 * empty (invariant 6): a class that was erased has no key to seal under any more.
 *
 * @throws VaultError `VAULT_ERASED`.
 */
function openCounted({ parts }: GateContext, { subject }: ResolvedPatient, access: LoggedAccess, rows: readonly StoredRecord[]) {
	const { count, compartments } = access.entry;
	if (rows.length >= count) return openRows(parts, access, rows);
	return parts.keyring.sealFor(subject, compartments).then(() => openRows(parts, access, rows));
}

/** What is asked of a patient's record, by a read of rows or of a large object. */
export type AskedOfRecord = Omit<ReadBody, "kind">;

export interface JudgedRequest {
	readonly request: Asked<AskedOfRecord>;
	/** The instant at which it was judged. */
	readonly at: Instant;
}

/** A request that is decided and durably on the access log. */
export interface LoggedDecision {
	readonly patient: ResolvedPatient;
	readonly decision: Decision;
	readonly access: OpenedAccess;
	/** Rows that the decision may open; none for a refusal. */
	load(): Awaitable<readonly StoredRecord[]>;
	/** {@link FoundRows.only}. */
	readonly only: StoredRecord | undefined;
}

/**
 * Decides a request and writes it down, refused or not; an emergency is told to the patient, reviewed and anchored.
 *
 * @throws {@link GateError} `GATE_LEDGER_STALE`, `GATE_RELABELLING`, after the refusal is on the log.
 */
export async function decideAndLog(
	gate: GateContext,
	{ request, at }: JudgedRequest,
	action: "read" | "compute",
	find: FindRows = findRows,
	opens: "with the entry" | "afterwards" = "afterwards",
): Promise<LoggedDecision> {
	const { parts } = gate;
	const { body } = request;
	const resolved = gate.patients.resolve(body.patient);
	const patient = resolved instanceof Promise ? await resolved : resolved;
	const emergency = body.emergencyReason !== undefined;
	// Who is no practitioner uses up nothing of what is kept for emergencies by calling a request one.
	const mayBeEmergency = emergency && readCredentials(parts.ledger, request.key, decisionTime(parts, at)).some(({ kind }) => kind === "practitioner");
	const looking = gate.terms.lookAt(patient, body.patient, mayBeEmergency);
	await (looking ?? sideBySide);
	const deciding = decideFreshly(gate, patient, { request, at }, action);
	const decision = deciding instanceof Promise ? await deciding : deciding;
	await sideBySide;
	// After the decision: who may not read anyway gets no entry more, whether there is such a patient or not.
	if (emergency && decision.decision === "permit") await gate.relabelling.hurry(patient);
	const granted = grantedClasses(decision);
	const finding = find(parts, patient, granted, body.record);
	const wanted = await finding;
	// A class erased since the patient was looked up would have been counted as empty: its keys go before its rows. Nothing is written down yet.
	const looked = erasedOf(parts, patient.subject);
	const erased = looked instanceof Promise ? await looked : looked;
	if (erased.size !== patient.erased.size) return decideAndLog(gate, { request, at }, action, find, opens);
	const isEmergency = emergency && decision.decision === "permit";
	const review = isEmergency ? withReserve(parts.reserve, () => parts.memory.openReview(patient.pseudonym, request.key, at)) : undefined;
	const ordering = opens === "with the entry" && action === "read" ? orderFor(parts, decision, wanted.only) : undefined;
	const order = ordering instanceof Promise ? await ordering : ordering;
	const access = await parts.log.append(draftEntry(gate, request, body, patient, decision, { action, at, count: wanted.count, granted }), {
		subject: patient.subject,
		isEmergency,
		order,
	});
	if (decision.reasons.includes("LEDGER_STALE")) throw stale(parts, at);
	if (decision.reasons.includes("RELABELLING")) throw relabellingError();
	if (review !== undefined) {
		const { entryHash } = access.receipt;
		withReserve(parts.reserve, () => parts.memory.confirmReview(review, entryHash));
		withReserve(parts.reserve, () => parts.memory.notify(patient.pseudonym, "emergency-access", at, entryHash));
		await anchorEmergency(parts);
	}
	if (decision.reasons.includes("PERMITTED_BY_LAW")) parts.memory.notify(patient.pseudonym, "lawful-use", at, access.receipt.entryHash);
	return { patient, decision, access, load: wanted.load, only: wanted.only };
}

/** Larger rows are opened afterwards, on the thread of whoever asked: everybody's entries wait behind what the log's thread does. */
const orderedBytesMax = 65_536;

/**
 * An order to open the one row with its entry. None where what is opened may have to be minimised, for which the receipt is needed once more; and
 * none for a row that is gone, of which the opening afterwards tells.
 */
function orderFor({ openings, store, log }: GateParts, decision: Decision, row: StoredRecord | undefined): Awaitable<OpeningOrder | undefined> {
	if (openings === undefined || row === undefined || row.ciphertext.length > orderedBytesMax) return undefined;
	if (decision.decision !== "permit" || !isPlain(decision)) return undefined;
	return unlessErased(() =>
		andThen(store.getDataKeys([row.dataKey]), ([key]) => (key === undefined ? undefined : openings.orderOpening(log.log, key, row))),
	);
}

/** Whether all that it releases leaves as it is. */
function isPlain({ classes }: Decision): boolean {
	return classes.every((verdict) => !verdict.released || verdict.filters.every(({ level }) => level === "identified"));
}

/** What the consents say at this instant, of what this door can serve; nothing where the ledger was not verified lately. */
export function decideFreshly(
	gate: GateContext,
	patient: ResolvedPatient,
	{ request, at }: JudgedRequest,
	action: "read" | "compute",
): Awaitable<Decision> {
	const { body } = request;
	const emergency = body.emergencyReason !== undefined;
	const { purpose, classes, level, study, diseases, model, lawfulUse, relationship } = body;
	// In one shape for all requests, whatever they name.
	const question = { action: "read", purpose, classes, level, study, diseases, model, emergency, lawfulUse, relationship } as AccessQuestion;
	return andThen(decideAccess(gate, patient, request, question, at), (asked) => {
		if (gate.parts.ledger.stalenessMs(at) > freshnessMs && !emergency) return refusedWith(asked, "LEDGER_STALE");
		if (gate.relabelling.isPending && !emergency) return refusedWith(asked, "RELABELLING");
		return narrowTo(action, asked);
	});
}

export function stale(parts: GateParts, at: Instant): GateError {
	return new GateError("GATE_LEDGER_STALE", "the ledger was last verified more than 30 seconds ago; try again, or use emergency access", {
		stalenessMs: parts.ledger.stalenessMs(at),
	});
}

export function grantedClasses(decision: Decision): readonly DataClass[] {
	const granted: DataClass[] = [];
	for (const verdict of decision.classes) if (verdict.released) granted.push(verdict.class);
	return granted;
}

/** An erasure may overtake a read that was permitted: the reader then gets the answer that everybody gets of an erased patient. */
export function unlessErased<Result>(open: () => Awaitable<Result>): Awaitable<Result | undefined> {
	try {
		const opening = open();
		return opening instanceof Promise ? opening.catch(nothingIfErased) : opening;
	} catch (error) {
		return nothingIfErased(error);
	}
}

function nothingIfErased(error: unknown): undefined {
	if (error instanceof VaultError && error.code === "VAULT_ERASED") return undefined;
	throw error;
}

/**
 * Drops the grants that this door cannot serve. A class granted to cohorts or models alone is then not available to a reader, and neither
 * opened nor shown as released and empty (invariant 6).
 */
function narrowTo(action: "read" | "compute", decision: Decision): Decision {
	if (decision.decision === "deny") return decision;
	return keepFilters(decision, ({ level }) => leavesAlone(level, action)) ?? refusedWith(decision, "LEVEL_TOO_HIGH");
}

/** How the rows of a decision are found and counted before anything is opened. */
export type FindRows = (
	parts: GateParts,
	patient: ResolvedPatient,
	granted: readonly DataClass[],
	record: string | undefined,
) => Awaitable<FoundRows>;

export interface FoundRows {
	readonly count: number;
	/** The row, where it is one and at hand. */
	readonly only?: StoredRecord | undefined;
	load(): Awaitable<readonly StoredRecord[]>;
}

/** One record is found by its keyed token; otherwise all rows whose compartments are all granted. Counting opens nothing. */
export function findRows({ store, keyring }: GateParts, { subject }: ResolvedPatient, granted: readonly DataClass[], record: string | undefined) {
	if (record === undefined) return countRows(store, subject, granted);
	return andThen(keyring.lookupToken("record", subject, record), (token) =>
		andThen(store.getRecord(subject, token), (row): FoundRows => {
			const visible = row !== undefined && !row.deleted && isCovered(row, granted) ? [row] : [];
			return { count: visible.length, only: visible[0], load: () => visible };
		}),
	);
}

async function countRows(store: GateParts["store"], subject: SubjectId, granted: readonly DataClass[]): Promise<FoundRows> {
	const count = granted.length === 0 ? 0 : await store.countRecords(subject, granted);
	return { count, load: () => store.listRecords(subject, granted) };
}

export function isCovered(row: StoredRecord, granted: readonly DataClass[]): boolean {
	return compartmentsOf(row).every((compartment) => granted.includes(compartment));
}

/** A sorted copy. They are few: each is put in its place, since `sort` takes memory and time for every call. */
function inOrder(names: readonly DataClass[]): readonly DataClass[] {
	const sorted = [...names];
	for (let i = 1; i < sorted.length; i++) {
		const name = sorted[i] as DataClass;
		let at = i;
		for (; at > 0 && (sorted[at - 1] as string) > name; at--) sorted[at] = sorted[at - 1] as DataClass;
		sorted[at] = name;
	}
	return sorted;
}

/** Nearly every record is of one class. */
function compartmentsOf({ compartments }: StoredRecord): readonly DataClass[] {
	return (compartments.includes("+") ? compartments.split("+") : [compartments]) as readonly DataClass[];
}

export function draftEntry(
	gate: GateContext,
	request: Asked<AskedOfRecord>,
	body: AskedOfRecord,
	patient: ResolvedPatient,
	decision: Decision,
	facts: { action: "read" | "compute"; at: Instant; count: number; granted: readonly DataClass[] },
): AccessEntryDraft {
	const { parts } = gate;
	const byLaw = decision.reasons.includes("PERMITTED_BY_LAW");
	const byPatient = decision.reasons.includes("PERMITTED_TO_PATIENT");
	// As `draftFor` has it, but each member by name: reads are many, and what spreads drafts of all kinds takes ten times as long.
	return {
		time: facts.at,
		member: parts.member,
		requester: request.key,
		requesterKind: byPatient ? "patient" : "person",
		via: request.via,
		action: facts.action,
		purpose: body.purpose,
		pseudonym: patient.pseudonym,
		// A refusal names what was asked for; a permit names what it opens, and the keyring holds it to that.
		compartments: inOrder(decision.decision === "permit" ? facts.granted : body.classes),
		level: body.level,
		count: facts.count,
		decision: decision.decision,
		reasons: decision.reasons,
		consents: byLaw && body.lawfulUse !== undefined ? [...decision.consents, asBasis(body.lawfulUse)] : decision.consents,
		height: parts.ledger.head().height,
		stalenessMs: stalenessAt(parts, facts.at),
		model: body.model ?? "",
		emergencyReason: body.emergencyReason ?? "",
	};
}

interface AdmittedRow {
	readonly row: OpenedRow;
	readonly level: Level;
}

/** At once where nothing is to be pseudonymised. */
function filterAndMinimise(
	gate: GateContext,
	request: Asked<ReadBody>,
	body: ReadBody,
	patient: ResolvedPatient,
	access: LoggedAccess,
	decision: Decision,
	opened: readonly OpenedRow[],
): Awaitable<readonly ReleasedResource[]> {
	const { action } = access.entry;
	const verdicts = { get: (name: DataClass) => verdictOn(decision.classes, name) };
	const admitted: AdmittedRow[] = [];
	for (const row of opened) {
		const level = admittedLevel(row, verdicts);
		if (level !== undefined && leavesAlone(level, action)) admitted.push({ row, level });
	}
	if (admitted.every(({ level }) => level !== "pseudonymised")) return admitted.map((one) => releasedAs(one, action, whole(one, action)));
	const minimise = minimiseFor(gate.parts, patient, access, audienceOf(gate.parts, request, body, access.entry.time));
	return minimiseAll(admitted, action, minimise);
}

async function minimiseAll(
	admitted: readonly AdmittedRow[],
	action: LoggedAccess["entry"]["action"],
	minimise: ReturnType<typeof minimiseFor>,
): Promise<readonly ReleasedResource[]> {
	const released: ReleasedResource[] = [];
	for (const one of admitted) {
		const resource = one.level === "pseudonymised" ? await minimise(one.row, one.level) : whole(one, action);
		if (resource !== undefined) released.push(releasedAs(one, action, resource));
	}
	return released;
}

function whole({ row }: AdmittedRow, action: LoggedAccess["entry"]["action"]): ReleasedResource["resource"] {
	return action === "compute" ? row.body.resource : spelledResource(row);
}

function releasedAs({ row, level }: AdmittedRow, action: LoggedAccess["entry"]["action"], resource: ReleasedResource["resource"]): ReleasedResource {
	const dataClass = compartmentsOf(row.row)[0] as DataClass;
	// A model's result carries the labels of what it read; a reader is not told them.
	if (action === "compute") return { class: dataClass, level, resource, labels: row.body.labels };
	const { filed } = row.body;
	// By the record's own word: a row that was only labelled anew has a later time of its own.
	if (level === "identified" && filed !== undefined) return { class: dataClass, level, resource, filedAtMs: filed.atMs };
	return { class: dataClass, level, resource };
}

/**
 * Whether one patient's record may be handed on at a level. What was granted for a model goes to a model alone, also when the request
 * names one but asks to read; what was granted to a cohort or a count never leaves for one patient.
 */
export function leavesAlone(level: Level, action: LoggedAccess["entry"]["action"]): boolean {
	if (level === "compute") return action === "compute";
	return level === "identified" || level === "pseudonymised";
}

/** Whom pairwise ids and shifted dates are made for: a study only for those whose credential names it, so that nobody can borrow its view. */
export function audienceOf(parts: GateParts, { key }: Asked<AskedOfRecord>, { study }: AskedOfRecord, at: number): string {
	const ofStudy = study !== undefined && readCredentials(parts.ledger, key, decisionTime(parts, at as Instant)).some((held) => held.study === study);
	return ofStudy ? `study/${study}` : `key/${key}`;
}

/** True for a grant of a whole class: nothing in it depends on the record, labels apart. */
function isWhole({ anyLabel, conditions, records, authors, encounters, dataFromMs, dataToMs, except }: RecordFilter): boolean {
	const isOfSome = anyLabel !== undefined || conditions !== undefined || records !== undefined || authors !== undefined || encounters !== undefined;
	return !isOfSome && dataFromMs === undefined && dataToMs === undefined && except.length === 0;
}

/** A record needs *all* classes its codes touch: the least level at which each of them admits it, or nothing. */
export function admittedLevel(opened: OpenedRow, verdicts: Pick<ReadonlyMap<DataClass, ClassVerdict>, "get">): Level | undefined {
	let least: Level | undefined;
	const { labels, conditions, authors, encounter, dataTimeMs, resource } = opened.body;
	const facts = { labels, conditions, authors, encounter, dataTimeMs, ref: `${resource.resourceType}/${resource.id}` };
	for (const compartment of compartmentsOf(opened.row)) {
		const verdict = verdicts.get(compartment);
		if (verdict === undefined || !verdict.released) return undefined;
		const admitted = admits(verdict.filters, facts as Parameters<typeof admits>[1]);
		if (admitted === undefined) return undefined;
		if (least === undefined || levels.indexOf(admitted.level) < levels.indexOf(least)) least = admitted.level;
	}
	return least;
}

function answer(classes: readonly DataClass[], decision: Decision, resources: readonly ReleasedResource[], access: LoggedAccess): Release {
	return { ...summariseRelease(classes, decision, access), resources };
}

/** Of a few verdicts, nearly always in the order in which they are asked for; of one class named twice the last, as a map has it. */
function verdictOn(verdicts: readonly ClassVerdict[], name: DataClass): ClassVerdict | undefined {
	for (let at = verdicts.length - 1; at >= 0; at--) if (verdicts[at]?.class === name) return verdicts[at];
	return undefined;
}

/** All of a release but its resources. */
export function summariseRelease(classes: readonly DataClass[], decision: Decision, access: LoggedAccess): Omit<Release, "resources"> {
	return {
		classes: classes.map((dataClass) => {
			const verdict = verdictOn(decision.classes, dataClass);
			if (verdict === undefined || !verdict.released) return { class: dataClass, status: "not-available", levels: [] };
			const levels = verdict.filters.length === 1 ? [verdict.filters[0]!.level] : [...new Set(verdict.filters.map(({ level }) => level))];
			return { class: dataClass, status: "released", levels, restricted: !verdict.filters.some(isWhole) };
		}),
		notice: incompletenessNotice,
		access: { log: access.entry.log, leafIndex: access.leafIndex, entryHash: access.receipt.entryHash },
		decidedAtHeight: access.entry.height,
		expiresAtMs: decision.decision === "permit" ? decision.expiresAtMs : null,
		obligations: decision.decision === "permit" ? decision.obligations : [],
	};
}
