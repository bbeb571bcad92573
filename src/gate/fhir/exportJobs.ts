import { encodeHex, type Instant, type PublicKey, type SubjectId } from "#base";
import type { DataClass } from "#contracts";
import { findCandidates } from "../candidates.ts";
import { GateError } from "../errors.ts";
import { logUnderNobody } from "../logUnderNobody.ts";
import { resolvePatient } from "../patients.ts";
import { decideFreshly, type GateContext } from "../release.ts";
import { decideEveryBytes, decideEveryMs } from "../watchStream.ts";
import { assertAboutMany, inOwnOrder } from "./aboutMany.ts";
import type { Admitted } from "./openFhir.ts";
import { judge, type RecordVersion, releaseRecords } from "./releaseRecords.ts";

/** How long the files of an export may be fetched. */
export const exportLifetimeMs = 60 * 60_000;
/** Exports kept at once, of one key and in all. */
const perKeyMax = 4;
const jobsMax = 256;
/** Patients whose records are opened ahead of the reader. */
const openedAhead = 8;

/** An export as whoever began it is told of it. It holds no record: who is in it, and what was asked. */
export interface ExportJob {
	readonly id: string;
	readonly startedAtMs: number;
	readonly expiresAtMs: number;
	/** What the caller has to remember of its own question. */
	readonly request: string;
}

interface HeldJob extends ExportJob {
	readonly requester: PublicKey;
	/** Purpose, level and what else the answer depends on, as they were asked: nobody fetches for another purpose. */
	readonly terms: string;
	readonly classes: readonly DataClass[];
	readonly subjects: Set<SubjectId>;
}

/** The exports of a node; in memory alone, so that none outlives the process. */
export class ExportJobs {
	/** In the order they were begun, which is the order in which they expire. */
	readonly #jobs = new Map<string, HeldJob>();

	add(job: HeldJob): void {
		this.#expire(job.startedAtMs);
		const own = [...this.#jobs.values()].filter(({ requester }) => requester === job.requester);
		if (own.length < perKeyMax && this.#jobs.size >= jobsMax) this.#makeRoom();
		if (own.length >= perKeyMax || this.#jobs.size >= jobsMax) {
			throw new GateError("GATE_EXPORTS_FULL", `expected at most ${perKeyMax} exports of one person at once; end one, or wait for the hour`);
		}
		this.#jobs.set(job.id, job);
	}

	find(id: string, now: Instant): HeldJob | undefined {
		this.#expire(now);
		return this.#jobs.get(id);
	}

	end(id: string): void {
		this.#jobs.delete(id);
	}

	/** An erased patient is in none of them, and none tells that there was one. */
	forget(subject: SubjectId): void {
		for (const { subjects } of this.#jobs.values()) subjects.delete(subject);
	}

	/** Anybody can make keys and begin exports in which nobody is: they keep nobody from one that has somebody. */
	#makeRoom(): void {
		const empty = [...this.#jobs.values()].find(({ subjects }) => subjects.size === 0);
		if (empty !== undefined) this.end(empty.id);
	}

	#expire(now: number): void {
		for (const { id, expiresAtMs } of this.#jobs.values()) {
			if (now < expiresAtMs) return;
			this.#jobs.delete(id);
		}
	}
}

/**
 * Notes who permits the question now. Nothing is opened: each patient is decided about and logged when their records leave.
 *
 * @throws GateError `GATE_REQUEST_INVALID` for what is about one patient alone, `GATE_EXPORTS_FULL`.
 */
export async function startExport(gate: GateContext, admitted: Admitted, classes: readonly DataClass[], request: string): Promise<ExportJob> {
	const { parts } = gate;
	const { asked, at } = admitted;
	await assertAboutMany(gate, admitted);
	const { purpose, level } = asked.body;
	const found = await findCandidates(gate, asked, questionOf(admitted, classes), at);
	const told =
		found.length > 0
			? ({ decision: "permit", reasons: ["PERMITTED_BY_CONSENT"] } as const)
			: ({ decision: "deny", reasons: ["CLASS_NOT_GRANTED"] } as const);
	await logUnderNobody(parts, asked, at, { action: "read", purpose, level, compartments: [], ...told });
	const job: HeldJob = {
		id: encodeHex(parts.randomBytes(16)),
		startedAtMs: at,
		expiresAtMs: at + exportLifetimeMs,
		request,
		requester: asked.key,
		terms: termsOf(admitted),
		classes,
		subjects: new Set((await inOwnOrder(gate, admitted, found)).map(({ patient }) => patient.subject)),
	};
	gate.exports.add(job);
	return job;
}

/** What each patient is asked of a question about many: what is about one patient alone is no part of it. */
export function questionOf({ asked }: Admitted, classes: readonly DataClass[]) {
	const { purpose, level, study, diseases } = asked.body;
	const more = Object.fromEntries(Object.entries({ study, diseases }).filter(([, value]) => value !== undefined));
	return { action: "read", purpose, level, classes, emergency: false, ...more } as const;
}

function termsOf({ asked }: Admitted): string {
	const { purpose, level, study, diseases, lawfulUse, relationship, emergencyReason } = asked.body;
	return JSON.stringify([asked.via, purpose, level, study, diseases, lawfulUse, relationship, emergencyReason]);
}

/** @throws GateError `GATE_NOT_AVAILABLE`, the same for another's, for one that is over, and for one of which nobody permits anything any more. */
function findJob(gate: GateContext, { asked, at }: Admitted, id: string): HeldJob {
	const job = gate.exports.find(id, at);
	if (job !== undefined && job.requester === asked.key && job.terms === termsOf({ asked, at })) return job;
	throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

/** What was asked, as long as anybody in it still permits it: a manifest dies with the last consent it rests on. */
export async function showExport(gate: GateContext, admitted: Admitted, id: string): Promise<ExportJob> {
	const { asked, at } = admitted;
	await logUnderNobody(gate.parts, asked, at, {
		...{ action: "read", purpose: asked.body.purpose, level: asked.body.level, compartments: [] },
		...{ decision: "permit", reasons: ["SYSTEM_TASK"] },
	});
	const job = findJob(gate, admitted, id);
	if (job.subjects.size === 0) return job;
	for (const subject of job.subjects) if (await permits(gate, admitted, subject, job.classes)) return job;
	gate.exports.end(id);
	throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

export function endExport(gate: GateContext, admitted: Admitted, id: string): void {
	gate.exports.end(findJob(gate, admitted, id).id);
}

async function permits(gate: GateContext, { asked }: Admitted, subject: SubjectId, classes: readonly DataClass[]): Promise<boolean> {
	const pseudonym = await gate.parts.keyring.pseudonymOf(subject);
	if (pseudonym === undefined) return false;
	const at = gate.parts.now();
	const patient = await resolvePatient(gate.parts, { by: "pseudonym", pseudonym });
	if (patient.absent) return false;
	const judged = judge({ asked, at }, { patient: { by: "pseudonym", pseudonym }, classes, record: undefined });
	return (await decideFreshly(gate, patient, judged, "read")).decision === "permit";
}

/**
 * Records of everybody in an export, patient by patient, in pieces of at most 1 MiB. Each patient is decided about and logged when their
 * turn comes, and again before each further piece and after each 2 s that a reader takes; who does not permit it any more is passed over.
 */
export async function* exportRecords(
	gate: GateContext,
	admitted: Admitted,
	id: string,
	classes: readonly DataClass[],
): AsyncGenerator<readonly RecordVersion[]> {
	const job = findJob(gate, admitted, id);
	const subjects = [...job.subjects];
	const ahead: Promise<Opened>[] = [];
	const openNext = () => {
		const subject = subjects.shift();
		if (subject === undefined) return;
		const opening = openPatient(gate, admitted, subject, classes);
		// Its failure is met in its turn.
		opening.catch(() => undefined);
		ahead.push(opening);
	};
	for (let opened = 0; opened < openedAhead; opened++) openNext();
	for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
		const { subject, records, atMs } = await next;
		openNext();
		yield* inPieces(gate, admitted, { subject, records, atMs }, classes);
	}
}

interface Opened {
	readonly subject: SubjectId;
	readonly records: readonly RecordVersion[];
	/** When it was decided. */
	readonly atMs: number;
}

async function openPatient(gate: GateContext, { asked }: Admitted, subject: SubjectId, classes: readonly DataClass[]): Promise<Opened> {
	const atMs = gate.parts.now();
	const pseudonym = await gate.parts.keyring.pseudonymOf(subject);
	if (pseudonym === undefined) return { subject, records: [], atMs };
	const question = { patient: { by: "pseudonym", pseudonym }, classes } as const;
	const { records } = await releaseRecords(gate, { asked, at: atMs }, question, { keep: false });
	return { subject, records, atMs };
}

async function* inPieces(gate: GateContext, admitted: Admitted, { subject, records, atMs }: Opened, classes: readonly DataClass[]) {
	let decided = { atMs, leftBytes: decideEveryBytes };
	let piece: RecordVersion[] = [];
	let pieceBytes = 0;
	for (const record of records) {
		const bytes = Buffer.byteLength(record.text);
		if (piece.length > 0 && pieceBytes + bytes > decided.leftBytes) {
			if (!(await isStillPermitted())) return;
			yield piece;
			[piece, pieceBytes, decided] = [[], 0, { atMs: 0, leftBytes: decideEveryBytes }];
		}
		piece.push(record);
		pieceBytes += bytes;
	}
	if (piece.length > 0 && (await isStillPermitted())) yield piece;

	async function isStillPermitted(): Promise<boolean> {
		// Opened ahead of a slow reader, or a further piece: what was decided then may not hold now.
		return gate.parts.now() - decided.atMs < decideEveryMs || permits(gate, admitted, subject, classes);
	}
}
