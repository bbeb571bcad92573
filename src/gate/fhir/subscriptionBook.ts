import { decodeBase64, encodeBase64, type MemberId, type SubjectId } from "#base";
import type { DataClass } from "#contracts";
import { openRecord, type StoredRecord, sealRecord, type WrappedDataKey } from "#vault";
import type { Asked } from "../authenticate.ts";
import { draftFor } from "../draft.ts";
import type { HeldSubscription } from "../gateStore.ts";
import type { GateParts } from "../parts.ts";
import type { Admitted } from "./openFhir.ts";
import { TellingLanes } from "./tellingLanes.ts";

/** What a subscription asks and whom it tells. Sealed under the patient's keys, so that an erasure takes it out of every backup. */
export interface SubscriptionTerms {
	/** As whom, and for what, each notification is decided. */
	readonly asked: Pick<Asked<object>, "audience" | "via"> & { readonly body: Omit<Admitted["asked"]["body"], "kind" | "patient"> };
	/** Type and parameters of the search that a change has to meet. */
	readonly type: string;
	readonly pairs: readonly (readonly [name: string, value: string])[];
	/** Classes that the search may need. */
	readonly classes: readonly DataClass[];
	/** Whom it tells, and how: for who delivers. */
	readonly channel: string;
	/** The Subscription as it was written, for its owner to read. */
	readonly resource: string;
}

/** The ledger's height, and how many writes the store had seen. */
export interface Moment {
	readonly height: number;
	readonly writes: number;
}

/** The subscriptions of a node, and their terms, opened once in a process: each opening is an access by the system, which the patient sees. */
export class SubscriptionBook {
	readonly #parts: GateParts;
	/** By id and version. */
	readonly #terms = new Map<string, SubscriptionTerms>();
	readonly lanes = new TellingLanes();

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	find(id: string): HeldSubscription | undefined {
		return this.#parts.memory.subscriptions().find((each) => each.id === id);
	}

	/** Text of the terms, sealed under a fresh key of the patient's `consents` compartment, where terms lie. */
	async seal(id: string, version: number, subject: SubjectId, terms: SubscriptionTerms): Promise<string> {
		const { keyring, member, now, randomBytes } = this.#parts;
		const handle = await keyring.sealFor(subject, ["consents"]);
		const token = await keyring.lookupToken("record", subject, `subscription/${id}`);
		const header = { labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "subscription/1" };
		const body = { ...header, resourceText: JSON.stringify({ resourceType: "Subscription", id, terms }) };
		const row = sealRecord({ custodian: member, handle, token, version, storedAtMs: now(), deleted: false, body, randomBytes });
		return writeSealed(row, handle.wrapped);
	}

	/** @throws VaultError `VAULT_ERASED` when the patient is erased. */
	async open({ id, version, subject, sealed }: HeldSubscription): Promise<SubscriptionTerms> {
		const key = `${id}/${version}`;
		const known = this.#terms.get(key);
		if (known !== undefined) return known;
		const { keyring, log, member, now } = this.#parts;
		const pseudonym = await keyring.pseudonymOf(subject);
		const { row, wrapped } = readSealed(sealed);
		const told = {
			action: "open-terms",
			purpose: "SYSTEM",
			compartments: ["consents"],
			count: 1,
			decision: "permit",
			reasons: ["SYSTEM_TASK"],
		} as const;
		const access = await log.append(draftFor(this.#parts, pseudonym as NonNullable<typeof pseudonym>, now(), told), { subject });
		const [dataKey] = await keyring.unwrap(access, [wrapped]);
		const { resourceText } = openRecord({ custodian: member as MemberId, row, dataKey: dataKey as Uint8Array });
		const { terms } = JSON.parse(resourceText) as { readonly terms: SubscriptionTerms };
		// Ended or erased meanwhile: nobody would forget it any more.
		if (this.find(id)?.version === version) this.#terms.set(key, terms);
		return terms;
	}

	remember({ id, version }: Pick<HeldSubscription, "id" | "version">, terms: SubscriptionTerms): void {
		this.#terms.set(`${id}/${version}`, terms);
	}

	end({ id, version }: HeldSubscription): void {
		this.#parts.memory.endSubscription(id);
		this.#terms.delete(`${id}/${version}`);
	}

	forget(subject: SubjectId): void {
		for (const each of this.#parts.memory.subscriptions()) if (each.subject === subject) this.#terms.delete(`${each.id}/${each.version}`);
		this.#parts.memory.forgetSubscriptions(subject);
	}
}

type Stored = Omit<StoredRecord, "ciphertext" | "rowHash"> & { readonly ciphertext: string; readonly rowHash: string };

function writeSealed({ ciphertext, rowHash, ...row }: StoredRecord, { wrapped, ...key }: WrappedDataKey): string {
	const stored: Stored = { ...row, ciphertext: encodeBase64(ciphertext), rowHash: encodeBase64(rowHash) };
	return JSON.stringify({ row: stored, key: { ...key, wrapped: encodeBase64(wrapped) } });
}

function readSealed(text: string): { readonly row: StoredRecord; readonly wrapped: WrappedDataKey } {
	const { row, key } = JSON.parse(text) as { row: Stored; key: Omit<WrappedDataKey, "wrapped"> & { wrapped: string } };
	const bytes = { ciphertext: decodeBase64(row.ciphertext), rowHash: decodeBase64(row.rowHash) };
	return { row: { ...row, ...bytes }, wrapped: { ...key, wrapped: decodeBase64(key.wrapped) } };
}
