import { encodeHex } from "#base";
import { VaultError } from "#vault";
import { GateError } from "../errors.ts";
import type { PatientReference } from "../gate.ts";
import type { HeldSubscription } from "../gateStore.ts";
import { logUnderNobody } from "../logUnderNobody.ts";
import { decideAndLog, type GateContext } from "../release.ts";
import type { Admitted } from "./openFhir.ts";
import { judge } from "./releaseRecords.ts";
import type { SubscriptionTerms } from "./subscriptionBook.ts";

/** What somebody wants to be told of, and how. */
export interface SubscriptionWish extends Omit<SubscriptionTerms, "asked"> {
	/** UTC ms; at most {@link subscriptionLifetimeMs} from now. */
	readonly endsAtMs: number;
	/** False for one that its owner has stopped. */
	readonly isOn: boolean;
}

/** A subscription as its owner is told of it. */
export interface SubscriptionView extends Pick<HeldSubscription, "id" | "version" | "status" | "reason" | "endsAtMs" | "events"> {
	/** As it was written. */
	readonly resource: string;
}

/** Longest life of a subscription; it is renewed by writing it again. */
export const subscriptionLifetimeMs = 90 * 24 * 60 * 60_000;
/** Kept at once, of one key and in all. */
const perKeyMax = 32;
const subscriptionsMax = 4_096;

const notAvailable = () => new GateError("GATE_NOT_AVAILABLE", "not available to you");

/**
 * Begins a subscription to what is released of a patient. Decided and logged like a read that opens nothing: who may not read anything of it,
 * and who asks about nobody, get one answer. It is decided again before each notification.
 *
 * @throws GateError `GATE_NOT_AVAILABLE`, `GATE_SUBSCRIPTIONS_FULL`, `GATE_REQUEST_INVALID`, `GATE_LEDGER_STALE`, `GATE_RELABELLING`.
 */
export async function subscribe(
	gate: GateContext,
	admitted: Admitted,
	reference: PatientReference,
	wish: SubscriptionWish,
): Promise<SubscriptionView> {
	const subject = await permittedSubject(gate, admitted, reference, wish);
	const own = gate.parts.memory.subscriptions().filter(({ requester }) => requester === admitted.asked.key);
	if (own.length >= perKeyMax || gate.parts.memory.subscriptions().length >= subscriptionsMax) {
		throw new GateError("GATE_SUBSCRIPTIONS_FULL", `expected at most ${perKeyMax} subscriptions of one person; end one`);
	}
	const mark = await gate.parts.store.changeMark(subject);
	const id = encodeHex(gate.parts.randomBytes(16));
	return file(gate, admitted, wish, { id, version: 1, subject, mark, events: 0 });
}

/** One's own; another's is none. */
export async function showSubscription(gate: GateContext, admitted: Admitted, id: string): Promise<SubscriptionView> {
	await noteLook(gate, admitted);
	return view(gate, findOwn(gate, admitted, id));
}

export async function listSubscriptions(gate: GateContext, admitted: Admitted): Promise<readonly SubscriptionView[]> {
	await noteLook(gate, admitted);
	const own = gate.parts.memory.subscriptions().filter(({ requester }) => requester === admitted.asked.key);
	return Promise.all(own.map((each) => view(gate, each)));
}

/** Writes one's own anew: decided again, and what it tells begins with the endpoint's answer to a new handshake. */
export async function changeSubscription(
	gate: GateContext,
	admitted: Admitted,
	id: string,
	reference: PatientReference,
	wish: SubscriptionWish,
): Promise<SubscriptionView> {
	const held = findOwn(gate, admitted, id);
	const subject = await permittedSubject(gate, admitted, reference, wish);
	if (subject !== held.subject) throw notAvailable();
	return file(gate, admitted, wish, { ...held, version: held.version + 1 });
}

export async function endSubscription(gate: GateContext, admitted: Admitted, id: string): Promise<void> {
	await noteLook(gate, admitted);
	gate.subscriptions.end(findOwn(gate, admitted, id));
}

/** @throws GateError `GATE_NOT_AVAILABLE`, the same for another's and for one that is not there. */
function findOwn(gate: GateContext, { asked }: Admitted, id: string): HeldSubscription {
	const held = gate.subscriptions.find(id);
	if (held?.requester !== asked.key) throw notAvailable();
	return held;
}

async function noteLook({ parts }: GateContext, { asked, at }: Admitted): Promise<void> {
	const { purpose, level } = asked.body;
	await logUnderNobody(parts, asked, at, { action: "read", purpose, level, compartments: [], decision: "permit", reasons: ["SYSTEM_TASK"] });
}

async function permittedSubject(gate: GateContext, admitted: Admitted, patient: PatientReference, { classes }: SubscriptionWish) {
	const { emergencyReason, lawfulUse } = admitted.asked.body;
	if (emergencyReason !== undefined || lawfulUse !== undefined) {
		throw new GateError("GATE_REQUEST_INVALID", "a subscription rests on consents, not on an emergency or a single use required by law", {
			at: "body",
		});
	}
	const judged = judge(admitted, { patient, classes, record: undefined });
	const logged = await decideAndLog(gate, judged, "read", async () => ({ count: 0, load: async () => [] }));
	if (logged.decision.decision !== "permit") throw notAvailable();
	return logged.patient.subject;
}

async function file(
	gate: GateContext,
	{ asked, at }: Admitted,
	{ endsAtMs, isOn, ...wish }: SubscriptionWish,
	{ id, version, subject, mark, events }: Pick<HeldSubscription, "id" | "version" | "subject" | "mark" | "events">,
): Promise<SubscriptionView> {
	const { kind: _kind, patient: _patient, ...body } = asked.body;
	const terms: SubscriptionTerms = { ...wish, asked: { audience: asked.audience, via: asked.via, body } };
	const state = isOn ? ({ status: "requested", reason: "" } as const) : ({ status: "off", reason: "asked" } as const);
	try {
		// Beside an erasure nothing is filed: what it purged would come back.
		return await gate.turns.take("erase-or-file", async () => {
			const sealed = await gate.subscriptions.seal(id, version, subject, terms);
			const held: HeldSubscription = {
				...{ id, version, subject, requester: asked.key, mark, events, sealed, ...state },
				...{ endsAtMs: Math.min(endsAtMs, at + subscriptionLifetimeMs), nextAtMs: 0, attempts: 0 },
			};
			gate.parts.memory.putSubscription(held);
			gate.subscriptions.remember(held, terms);
			return view(gate, held);
		});
	} catch (error) {
		if (error instanceof VaultError && error.code === "VAULT_ERASED") throw notAvailable();
		throw error;
	}
}

async function view(gate: GateContext, held: HeldSubscription): Promise<SubscriptionView> {
	const { id, version, status, reason, endsAtMs, events } = held;
	const { resource } = await gate.subscriptions.open(held);
	return { id, version, status, reason, endsAtMs, events, resource };
}
