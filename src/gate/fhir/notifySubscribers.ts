import type { PublicKey } from "#base";
import type { Decision } from "#contracts";
import { parseSearch, searchRecords } from "#fhir";
import { VaultError } from "#vault";
import { GateError } from "../errors.ts";
import type { HeldSubscription } from "../gateStore.ts";
import { mapInFlight } from "../mapInFlight.ts";
import { resolvePatient } from "../patients.ts";
import { relabellingError } from "../relabelling.ts";
import { decideFreshly, type GateContext, stale } from "../release.ts";
import type { Admitted } from "./openFhir.ts";
import { among, judge, type RecordVersion, releaseRecords } from "./releaseRecords.ts";
import type { Moment, SubscriptionTerms } from "./subscriptionBook.ts";

/** What an endpoint is told, by whoever delivers. */
export interface SubscriptionNotice {
	readonly id: string;
	readonly channel: string;
	readonly kind: "handshake" | "event";
	/** Notifications delivered before this one. */
	readonly events: number;
	/** New or changed records that meet the criteria, as they are released at this moment; none in a handshake. */
	readonly records: readonly RecordVersion[];
	/** Whether it is still permitted: asked before each request to the endpoint. */
	readonly isPermitted: () => Promise<boolean>;
}

/** How a delivery went. It tells outcomes and throws nothing of its own. */
export type Delivery = "delivered" | "unreachable" | "refused" | "not-allowed" | "not-permitted";
export interface Deliver {
	(notice: SubscriptionNotice): Promise<Delivery>;
	/** Who is told by a channel: notices to one of them go one after the other, and wait for nobody else. */
	readonly laneOf: (channel: string) => string;
}

/** What a look has begun. */
export interface Telling {
	/** When everybody whom it found to be told has been asked; rejects with the first fault, after the others. */
	readonly ended: Promise<void>;
}

/** First wait after a failure, doubled each time up to an hour. */
const firstWaitMs = 5_000;
const waitMaxMs = 60 * 60_000;
/** Failures in a row after which one is off: about half a day. */
const attemptsMax = 20;
/** How long one that is off or over can still be read by its owner. */
const keptOffMs = 30 * 24 * 60 * 60_000;

/** Receivers that are told at once. */
const lanesMax = 32;

/**
 * Looks at every subscription once: ends what is over or permitted no longer, shakes hands with new endpoints, and tells of what changed. What
 * was not delivered stands in the store as a mark that was not moved, so that a stop or a fault loses nothing; it is decided and read again when
 * it is tried again, and a notification never carries more than is released then.
 *
 * Each receiver has a lane of its own. One that is still being told, and what came too late for a free lane, is left to the next look.
 *
 * @param stopping - Begins no further notice once it is aborted.
 */
export async function notifySubscribers(gate: GateContext, deliver: Deliver, stopping?: AbortSignal): Promise<Telling> {
	const { ledger, store } = gate.parts;
	const { lanes } = gate.subscriptions;
	const now: Moment = { height: ledger.head().height, writes: store.writes() };
	const faults: unknown[] = [];
	const found = await byLane(gate, deliver, faults);
	const taken = lanes.take([...found.keys()], lanesMax);
	const telling = mapInFlight(taken, lanesMax, async (lane) => {
		const before = lanes.lookedAt(lane);
		const look = { isNewBlock: now.height !== before?.height, hasWrites: now.writes !== before?.writes };
		let isWhole = true;
		try {
			for (const held of found.get(lane) ?? []) isWhole = stopping?.aborted !== true && (await lookAt(gate, held, deliver, look)) && isWhole;
		} catch (error) {
			isWhole = false;
			faults.push(error);
		}
		// As of before the look: what came meanwhile is met by the next one, and so is all of it where the ledger could not be asked.
		lanes.free(lane, isWhole ? now : undefined);
	});
	return { ended: telling.then(() => throwFirst(faults)) };
}

/** Subscriptions by who is told. Those that are off or over tell nobody, and are seen to at once. */
async function byLane(gate: GateContext, deliver: Deliver, faults: unknown[]): Promise<ReadonlyMap<string, readonly HeldSubscription[]>> {
	const found = new Map<string, HeldSubscription[]>();
	for (const held of gate.parts.memory.subscriptions()) {
		try {
			const lane = endIfOver(gate, held) ? undefined : deliver.laneOf((await gate.subscriptions.open(held)).channel);
			if (lane !== undefined) found.set(lane, [...(found.get(lane) ?? []), held]);
		} catch (error) {
			// Erased meanwhile: the purge takes the subscription.
			if (!(error instanceof VaultError && error.code === "VAULT_ERASED")) faults.push(error);
		}
	}
	return found;
}

function throwFirst(faults: readonly unknown[]): void {
	if (faults.length > 0) throw faults[0];
}

interface Look {
	/** A block may have ended what a subscription rests on. */
	readonly isNewBlock: boolean;
	/** Where nobody wrote anything, nothing changed for anybody. */
	readonly hasWrites: boolean;
}

/** @returns false where it could not be decided now. */
async function lookAt(gate: GateContext, held: HeldSubscription, deliver: Deliver, look: Look): Promise<boolean> {
	try {
		await lookWhile(gate, held, deliver, look);
		return true;
	} catch (error) {
		// Erased meanwhile: the purge takes the subscription. A stale ledger or new tables: at the next look.
		if (error instanceof VaultError && error.code === "VAULT_ERASED") return true;
		if (error instanceof GateError && (error.code === "GATE_LEDGER_STALE" || error.code === "GATE_RELABELLING")) return false;
		throw error;
	}
}

/** @returns Whether it tells nobody any more. */
function endIfOver(gate: GateContext, held: HeldSubscription): boolean {
	const { memory, now } = gate.parts;
	const nowMs = now();
	if (nowMs >= held.endsAtMs + keptOffMs) gate.subscriptions.end(held);
	else if (held.status !== "off" && nowMs >= held.endsAtMs) memory.moveSubscription({ ...held, status: "off", reason: "expired" });
	return held.status === "off" || nowMs >= held.endsAtMs;
}

async function lookWhile(gate: GateContext, held: HeldSubscription, deliver: Deliver, { isNewBlock, hasWrites }: Look): Promise<void> {
	const { now, store } = gate.parts;
	// Others of its lane may have taken their time.
	if (endIfOver(gate, held)) return;
	// A consent that has ended by its time is seen at the next notification at the latest.
	if (isNewBlock && !(await isPermitted(gate, held))) return;
	if (now() < held.nextAtMs || (held.status === "active" && !hasWrites)) return;
	if (held.status === "requested") await shakeHands(gate, held, deliver);
	else if ((await store.changeMark(held.subject)) !== held.mark) await tell(gate, held, deliver);
}

/** As its owner, at this moment. */
async function admittedFor(gate: GateContext, held: HeldSubscription, { asked }: SubscriptionTerms): Promise<Admitted> {
	const at = gate.parts.now();
	return { asked: { ...asked, key: held.requester as PublicKey, timeMs: at, body: { ...asked.body, kind: "fhir" } }, at };
}

async function questionOf(gate: GateContext, held: HeldSubscription, terms: SubscriptionTerms) {
	const pseudonym = await gate.parts.keyring.pseudonymOf(held.subject);
	if (pseudonym === undefined) throw new VaultError("VAULT_ERASED", "the patient is gone");
	return { patient: { by: "pseudonym", pseudonym }, classes: terms.classes, type: terms.type } as const;
}

async function decide(gate: GateContext, held: HeldSubscription): Promise<Decision> {
	const terms = await gate.subscriptions.open(held);
	const question = await questionOf(gate, held, terms);
	const patient = await resolvePatient(gate.parts, question.patient);
	return decideFreshly(gate, patient, judge(await admittedFor(gate, held, terms), { ...question, record: undefined }), "read");
}

/**
 * Ends it where nothing of it is permitted any more.
 * @throws GateError `GATE_LEDGER_STALE`, `GATE_RELABELLING`: what cannot be known now ends nothing, and permits nothing.
 */
async function isPermitted(gate: GateContext, held: HeldSubscription): Promise<boolean> {
	const { decision, reasons } = await decide(gate, held);
	if (decision === "permit") return true;
	if (reasons.includes("LEDGER_STALE")) throw stale(gate.parts, gate.parts.now());
	if (reasons.includes("RELABELLING")) throw relabellingError();
	gate.parts.memory.moveSubscription({ ...held, status: "off", reason: "not-permitted" });
	return false;
}

function stillPermits(gate: GateContext, held: HeldSubscription) {
	return async () => (await decide(gate, held)).decision === "permit";
}

async function shakeHands(gate: GateContext, held: HeldSubscription, deliver: Deliver): Promise<void> {
	if (!(await isPermitted(gate, held))) return;
	const { channel } = await gate.subscriptions.open(held);
	const notice = { id: held.id, channel, kind: "handshake", events: held.events, records: [], isPermitted: stillPermits(gate, held) } as const;
	note(gate, held, await deliver(notice), held);
}

async function tell(gate: GateContext, held: HeldSubscription, deliver: Deliver): Promise<void> {
	const { parts } = gate;
	const terms = await gate.subscriptions.open(held);
	// With imports and writes: what one of them is about to make visible has its place before this mark or after it.
	const found = await gate.turns.take("import", async () => {
		const mark = await parts.store.changeMark(held.subject);
		const changed = await parts.store.changedSince(held.subject, held.mark);
		const release = await releaseRecords(gate, await admittedFor(gate, held, terms), await questionOf(gate, held, terms));
		return { mark, changed, release };
	});
	if (!found.release.classes.some(({ status }) => status === "released")) {
		await isPermitted(gate, held);
		return;
	}
	const query = { ...parseSearch(terms.type, terms.pairs), count: Number.MAX_SAFE_INTEGER };
	const matches = among(searchRecords(found.release.records, query, { nowMs: parts.now() }).matches, found.changed);
	const { mark } = found;
	if (matches.length === 0) return parts.memory.moveSubscription({ ...held, mark });
	const notice = { id: held.id, channel: terms.channel, kind: "event", events: held.events, records: matches } as const;
	const delivery = await deliver({ ...notice, isPermitted: stillPermits(gate, held) });
	note(gate, held, delivery, { mark, events: held.events + 1 });
}

function note(gate: GateContext, held: HeldSubscription, delivery: Delivery, done: Pick<HeldSubscription, "mark" | "events">): void {
	const { memory, now } = gate.parts;
	if (delivery === "delivered") {
		const { mark, events } = done;
		memory.moveSubscription({ ...held, status: "active", reason: "", attempts: 0, nextAtMs: 0, mark, events });
		return;
	}
	// The next look, whether or not anybody wrote, sees that too and ends it.
	const failing = held.status === "requested" ? "requested" : "error";
	if (delivery === "not-permitted") {
		memory.moveSubscription({ ...held, status: failing });
		return;
	}
	const attempts = held.attempts + 1;
	const isOver = attempts >= attemptsMax || delivery === "not-allowed";
	const nextAtMs = now() + Math.min(firstWaitMs * 2 ** held.attempts, waitMaxMs);
	// A handshake that failed is tried again: nothing is told before it was answered.
	const status = isOver ? "off" : failing;
	memory.moveSubscription({ ...held, status, reason: delivery, attempts, nextAtMs });
}
