import { type Clock, makeRoom, minuteMs, type SubjectId } from "#base";
import type { Keyring, SealingHandle, WrappedDataKey } from "#vault";

/** A data key under one patient's audit key. */
export interface AuditHandle {
	readonly wrapped: WrappedDataKey;
	/** 32 bytes; they go with each entry to where it is sealed. */
	readonly key: Uint8Array;
	/** Whether the wrapped key stands in the log's file already, or is on its way there. */
	stored: boolean;
}

/** A data key seals at most so many entries, and for so long: whoever reads this process's memory opens no more of a patient's past. */
export const handleUsesMax = 256;
const handleAgeMs = 10 * minuteMs;
/** Patients whose handle is kept ready: those of one question over as many as it may look at, and some besides. */
const handlesMax = 12_288;

interface Slot {
	readonly madeAtMs: number;
	readonly pending: Promise<AuditHandle>;
	/** The same, once it is there. */
	ready: AuditHandle | undefined;
	asked: number;
}

/** Keeps one encrypt-only handle per patient ready, within bounds of number and age. */
export class AuditKeys {
	readonly #keyring: Pick<Keyring, "sealAudit">;
	readonly #now: Clock;
	readonly #slots = new Map<SubjectId, Slot>();

	constructor(keyring: Pick<Keyring, "sealAudit">, now: Clock) {
		this.#keyring = keyring;
		this.#now = now;
	}

	/** Whatever `sealAudit` throws comes through, and the next call asks again. */
	async get(subject: SubjectId): Promise<AuditHandle> {
		const slot = this.#current(subject) ?? this.#create(subject);
		slot.asked++;
		return slot.pending;
	}

	/** {@link get} where nothing has to be waited for; undefined where something has, and nothing is asked then. */
	ready(subject: SubjectId): AuditHandle | undefined {
		const slot = this.#current(subject);
		if (slot?.ready !== undefined) slot.asked++;
		return slot?.ready;
	}

	/** Drops every handle, at closing. */
	clear(): void {
		this.#slots.clear();
	}

	#current(subject: SubjectId): Slot | undefined {
		const slot = this.#slots.get(subject);
		const fresh = slot !== undefined && slot.asked < handleUsesMax && this.#now() < slot.madeAtMs + handleAgeMs;
		return fresh ? slot : undefined;
	}

	#create(subject: SubjectId): Slot {
		const pending = this.#keyring.sealAudit(subject).then(handleOf);
		const slot: Slot = { madeAtMs: this.#now(), pending, ready: undefined, asked: 0 };
		this.#slots.delete(subject);
		makeRoom(this.#slots, handlesMax);
		this.#slots.set(subject, slot);
		pending.then(
			(handle) => {
				slot.ready = handle;
			},
			() => this.#slots.get(subject) === slot && this.#slots.delete(subject),
		);
		return slot;
	}
}

function handleOf({ dataKey, wrapped }: SealingHandle): AuditHandle {
	return { wrapped, key: dataKey, stored: false };
}
