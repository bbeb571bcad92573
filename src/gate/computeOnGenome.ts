import type { ClassVerdict, DataClass, Decision } from "#contracts";
import { type LoggedAccess, type OpenedBlob, ScatteredReader } from "#vault";
import { type AttachedObject, findAttachedIndex, findAttachedObject } from "./attachment.ts";
import { admitRequest } from "./authenticate.ts";
import { GateError } from "./errors.ts";
import type { Release } from "./gate.ts";
import type { ObjectStream } from "./objectStreams.ts";
import { type OpenedRow, openRowsWithKeys } from "./openRows.ts";
import { admittedLevel, decideAndLog, type GateContext, incompletenessNotice, type LoggedDecision, unlessErased } from "./release.ts";
import { isErased, notAvailable, openObject } from "./releaseObject.ts";
import { type DecidedAccess, decideAgain, decideEveryBytes, decideEveryMs, ended } from "./watchStream.ts";

/** Bytes of an object, here and there. */
type Readable = Pick<ScatteredReader, "sizeBytes" | "read">;

/** A genome while it is computed on. Its bytes stay in this process. */
export interface OpenedGenome {
	readonly genome: Readable;
	readonly index: Readable;
}

/** What is computed on a genome; its result alone leaves. */
export type GenomeRun<Result> = (opened: OpenedGenome) => Promise<Result>;

/** How much of the sealed file was opened for it. */
export interface OpenedPart {
	readonly chunks: number;
	readonly ofChunks: number;
	readonly bytes: number;
	readonly ofBytes: number;
}

export interface GenomeComputation<Result> {
	readonly result: Result;
	/** `ResourceType/id` of the record whose genome it was. */
	readonly record: string;
	/** Genomes of the patient that could have been asked; this one is the newest, unless another was named. */
	readonly genomes: number;
	readonly opened: { readonly genome: OpenedPart; readonly index: OpenedPart };
	/** Sensitivity labels of the record: what is made of it carries them. */
	readonly labels: readonly string[];
	readonly notice: string;
	readonly access: Release["access"];
	readonly decidedAtHeight: number;
	readonly obligations: readonly string[];
}

interface Candidate {
	readonly row: OpenedRow;
	readonly genome: AttachedObject;
	readonly index: AttachedObject;
}

/**
 * The door through which something is computed on a sealed genome: the steps of a read, then only those chunks of the genome are opened that
 * the computation reads. Level `identified` is for who may read the genome anyway; level `compute` for the named model that the patient
 * let compute on it, and the genome itself never leaves.
 *
 * Refused, absent, erased, held back and a record without an indexed genome get one answer (invariant 8). It is decided anew every 1 MiB that
 * is opened, every 2 s, and before the result leaves where either has passed.
 *
 * @throws {@link GateError} as `release`; `GATE_NOT_AVAILABLE`, `GATE_RELEASE_ENDED`; whatever `run` throws, to those alone who may ask it.
 */
export async function computeOnGenome<Result>(gate: GateContext, input: unknown, run: GenomeRun<Result>): Promise<GenomeComputation<Result>> {
	const { request, at } = await admitRequest(gate, input, "pgx");
	const { level, model } = request.body;
	if ((level === "compute") !== (model !== undefined)) {
		throw new GateError("GATE_REQUEST_INVALID", "a model is named at level compute, and there alone", { at: "body.model" });
	}
	const asked = { request, at };
	const logged = await decideAndLog(gate, asked, level === "compute" ? "compute" : "read");
	const { patient, decision, access } = logged;
	const found = decision.decision === "permit" ? await unlessErased(() => findGenomes(gate, logged)) : undefined;
	const newest = found?.candidates[0];
	if (found === undefined || newest === undefined) throw notAvailable();
	const { row } = newest;
	const dataKey = found.dataKeys.get(row.row.dataKey) as Uint8Array;
	const watch = new WatchedGenome(gate, { asked, access, patient, row });
	try {
		const genome = watch.add(await openObject(gate, patient, row, newest.genome, dataKey));
		const index = watch.add(await openObject(gate, patient, row, newest.index, dataKey));
		// From here on an erasure closes both; one that came before it is seen here.
		if (await isErased(gate, patient, row.row.dataKey)) throw notAvailable();
		const result = await run({ genome: watch.readable(genome), index: watch.readable(index) });
		await watch.assertStillPermitted();
		const { resourceType, id } = row.body.resource;
		return {
			...{ result, record: `${resourceType}/${id}`, genomes: found.candidates.length, labels: row.body.labels, notice: incompletenessNotice },
			opened: { genome: partOf(genome), index: partOf(index) },
			access: { log: access.entry.log, leafIndex: access.leafIndex, entryHash: access.receipt.entryHash },
			decidedAtHeight: access.entry.height,
			obligations: decision.decision === "permit" ? decision.obligations : [],
		};
	} catch (error) {
		// A read that met the closed object.
		throw watch.isEnded ? ended() : error;
	} finally {
		await watch.close();
	}
}

/** Newest first. */
async function findGenomes({ parts }: GateContext, { access, decision, load }: LoggedDecision) {
	const { opened, dataKeys } = await openRowsWithKeys(parts, access, await load());
	const candidates = opened.flatMap((row): readonly Candidate[] => {
		const [genome, index] = [findAttachedObject(row.body.resource), findAttachedIndex(row.body.resource)];
		return genome === undefined || index === undefined || !isAdmitted(row, decision, access) ? [] : [{ row, genome, index }];
	});
	return { candidates: candidates.toSorted((a, b) => b.row.row.storedAtMs - a.row.row.storedAtMs), dataKeys };
}

/** A genome that is granted under other names than the patient's own says nothing here: the answer would join both. */
function isAdmitted(row: OpenedRow, decision: Decision, { entry }: LoggedAccess): boolean {
	const verdicts = new Map<DataClass, ClassVerdict>(decision.classes.map((verdict) => [verdict.class, verdict]));
	const level = admittedLevel(row, verdicts);
	return level === "identified" || (level === "compute" && entry.action === "compute");
}

/** Opened objects that are closed with an erasure or a stop, and the clock of what was decided. */
class WatchedGenome {
	readonly #gate: GateContext;
	readonly #decided: DecidedAccess;
	readonly #blobs: OpenedBlob[] = [];
	readonly #readers: ScatteredReader[] = [];
	readonly #stream: ObjectStream;
	#decidedAtMs: number;
	#decidedBytes = 0;
	#isEnded = false;

	constructor(gate: GateContext, decided: DecidedAccess) {
		this.#gate = gate;
		this.#decided = decided;
		this.#decidedAtMs = decided.asked.at;
		this.#stream = {
			subject: decided.patient.subject,
			compartments: decided.row.row.compartments.split("+") as DataClass[],
			end: () => {
				this.#isEnded = true;
				void this.close().catch(() => {});
			},
		};
		gate.objects.add(this.#stream);
	}

	/** True once an erasure or a stop has ended it. */
	get isEnded(): boolean {
		return this.#isEnded;
	}

	add(blob: OpenedBlob): ScatteredReader {
		const reader = new ScatteredReader(blob);
		this.#blobs.push(blob);
		this.#readers.push(reader);
		return reader;
	}

	readable(reader: ScatteredReader): Readable {
		const read = async (start: number, end: number) => {
			await this.#decideInTime();
			return reader.read(start, end);
		};
		return { sizeBytes: reader.sizeBytes, read };
	}

	/** @throws {@link GateError} `GATE_RELEASE_ENDED`, `GATE_LEDGER_STALE`. */
	async assertStillPermitted(): Promise<void> {
		await this.#decideInTime();
		if (this.#isEnded) throw ended();
	}

	/** May be called again: what was opened after an erasure is closed then. */
	async close(): Promise<void> {
		this.#gate.objects.remove(this.#stream);
		for (const blob of this.#blobs.splice(0)) await blob.close();
	}

	async #decideInTime(): Promise<void> {
		const bytes = this.#readers.reduce((sum, { openedBytes }) => sum + openedBytes, 0);
		const nowMs = this.#gate.parts.now();
		if (nowMs - this.#decidedAtMs < decideEveryMs && bytes - this.#decidedBytes < decideEveryBytes) return;
		const { row, access } = this.#decided;
		await decideAgain(this.#gate, this.#decided, (decision) => isAdmitted(row, decision, access));
		[this.#decidedAtMs, this.#decidedBytes] = [nowMs, bytes];
	}
}

function partOf({ openedChunks, chunks, openedBytes, sizeBytes }: ScatteredReader): OpenedPart {
	return { chunks: openedChunks, ofChunks: chunks, bytes: openedBytes, ofBytes: sizeBytes };
}
