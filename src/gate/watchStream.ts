import type { DataClass, Decision, ReasonCode } from "#contracts";
import type { LoggedAccess, OpenedBlob } from "#vault";
import { admittedObject } from "./admittedObject.ts";
import { GateError } from "./errors.ts";
import type { ObjectStream } from "./objectStreams.ts";
import type { OpenedRow } from "./openRows.ts";
import { type ResolvedPatient, resolvePatient } from "./patients.ts";
import { decideFreshly, draftEntry, type GateContext, type JudgedRequest, stale } from "./release.ts";

/** Bytes that one decision lets out, and for how long (PROTOCOL §5). */
export const decideEveryBytes: number = 2 ** 20;
export const decideEveryMs = 2_000;

/** What was decided, and of what: enough to decide it again. */
export interface DecidedAccess {
	readonly asked: JudgedRequest;
	readonly access: LoggedAccess;
	readonly patient: ResolvedPatient;
	readonly row: OpenedRow;
}

export interface WatchParameters extends DecidedAccess {
	readonly blob: OpenedBlob;
	readonly start: number;
	readonly end: number;
}

export interface WatchedStream {
	stream(): AsyncGenerator<Uint8Array>;
	close(): Promise<void>;
}

/**
 * A stream that is decided anew every 1 MiB and every 2 s, and that an erasure ends at once. Nothing runs while nobody reads: a stream that was
 * held open is decided before its next byte.
 */
export function watchStream(gate: GateContext, parameters: WatchParameters): WatchedStream {
	const { asked, row, blob, patient, start, end } = parameters;
	let isClosed = false;
	const close = async () => {
		if (isClosed) return;
		isClosed = true;
		gate.objects.remove(open);
		await blob.close();
	};
	const open: ObjectStream = {
		subject: patient.subject,
		compartments: row.row.compartments.split("+") as DataClass[],
		// Also of a reader who takes nothing: the object's bytes are let go of, or an erased file would live on in them.
		end: () => void close().catch(() => {}),
	};
	gate.objects.add(open);
	async function* stream(): AsyncGenerator<Uint8Array> {
		let decided: { readonly atMs: number; readonly leftBytes: number } = { atMs: asked.at, leftBytes: decideEveryBytes };
		try {
			for await (const piece of blob.stream(start, end)) {
				if (piece.length > decided.leftBytes || gate.parts.now() - decided.atMs >= decideEveryMs) {
					await decideAgain(gate, parameters, (decision) => admittedObject(row, decision, asked.request.body.level) !== undefined);
					decided = { atMs: gate.parts.now(), leftBytes: decideEveryBytes };
				}
				// Looked at last: an erasure may have come while it was decided.
				if (isClosed) throw ended();
				decided = { ...decided, leftBytes: decided.leftBytes - piece.length };
				yield piece;
			}
		} catch (error) {
			// A read that met the closed object.
			throw isClosed ? ended() : error;
		} finally {
			await close();
		}
	}
	return { stream, close };
}

/**
 * Looks whether what was permitted still is.
 *
 * @param isAdmitted - Whether the decision still lets out what the record points to.
 * @throws {@link GateError} `GATE_RELEASE_ENDED`, `GATE_LEDGER_STALE`, each after it is on the patient's log.
 */
export async function decideAgain(
	gate: GateContext,
	{ asked, patient, access }: DecidedAccess,
	isAdmitted: (decision: Decision) => boolean,
): Promise<void> {
	const { request } = asked;
	const at = gate.parts.now();
	const now = await resolvePatient(gate.parts, request.body.patient);
	const isSame = !now.absent && now.subject === patient.subject;
	const action = access.entry.action as "read" | "compute";
	const decision = isSame ? await decideFreshly(gate, now, { request, at }, action) : undefined;
	if (decision?.decision === "permit" && isAdmitted(decision)) return;
	const reasons = decision === undefined ? (["ERASED"] as const) : decision.decision === "deny" ? decision.reasons : (["CLASS_NOT_GRANTED"] as const);
	await logEnd(gate, { asked: { request, at }, patient, access, reasons });
	throw reasons.includes("LEDGER_STALE") ? stale(gate.parts, at) : ended();
}

interface EndFacts {
	readonly asked: JudgedRequest;
	readonly patient: ResolvedPatient;
	readonly access: LoggedAccess;
	readonly reasons: readonly ReasonCode[];
}

/** The patient sees that the stream was cut off, and why. */
async function logEnd(gate: GateContext, { asked: { request, at }, patient, access, reasons }: EndFacts): Promise<void> {
	const refused = { decision: "deny", classes: [], consents: [], expiresAtMs: null, obligations: [], reasons } as const;
	const facts = { action: access.entry.action as "read" | "compute", at, count: 0, granted: [] };
	await gate.parts.log.append(draftEntry(gate, request, request.body, patient, refused, facts), { subject: patient.subject });
}

export function ended(): GateError {
	return new GateError("GATE_RELEASE_ENDED", "the stream was ended: what permitted it does no longer, or the node stops");
}
