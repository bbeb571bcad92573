import { type ConsentId, type Digest, makeRoom, type Pseudonym } from "#base";
import { commitLegalUse, commitTerms, type LedgerConsent, type OpenedLegalUse, type OpenedTerms } from "#contracts";
import type { StoredRecord } from "#vault";
import { draftFor } from "./draft.ts";
import type { PatientReference } from "./gate.ts";
import { openRows } from "./openRows.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

/** What lies in a patient's `consents` compartment. */
type Kept = OpenedTerms | OpenedLegalUse;

export function isLegalUse(opened: unknown): opened is OpenedLegalUse {
	return (opened as Kept | undefined)?.terms.format === "aceso/legal-use/1";
}

function commitmentOf(opened: Kept): Digest {
	return isLegalUse(opened) ? commitLegalUse(opened) : commitTerms(opened);
}

/** References remembered as looked at; beyond it the oldest is forgotten and costs one more entry. */
const lookedAtMax = 100_000;

/**
 * The terms of consents, opened once per patient and process. Opening them is itself an access by the system, logged and visible to the
 * patient (purpose SYSTEM); afterwards the rules, not the records, are held in memory until the patient changes them or is erased.
 *
 * Terms are known by what they hash to: terms that the ledger does not commit to stand beside the true ones and never in their place.
 */
export class OpenedTermsCache {
	readonly #parts: GateParts;
	readonly #byPseudonym = new Map<Pseudonym, Map<Digest, Kept>>();
	readonly #lookedAt = new Set<string>();

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	/**
	 * The first look at any reference in this process leaves one entry more, whether its terms have to be opened, there are none, or there
	 * is no such patient: otherwise the place of the next entry in the log would tell (invariant 8).
	 *
	 * @returns Nothing to wait for at a second look.
	 */
	lookAt(patient: ResolvedPatient, reference: PatientReference, isEmergency = false): Promise<void> | undefined {
		const name = nameOf(reference);
		if (this.#lookedAt.has(name)) return undefined;
		makeRoom(this.#lookedAt, lookedAtMax);
		this.#lookedAt.add(name);
		return this.#lookFirst(patient, isEmergency);
	}

	async #lookFirst(patient: ResolvedPatient, isEmergency: boolean): Promise<void> {
		if (patient.absent || this.#byPseudonym.has(patient.pseudonym)) await this.#read(patient, [], isEmergency);
		else await this.#open(patient, true, isEmergency);
	}

	/** Opened terms of the given ledger consents, as far as the custodian holds them. */
	async termsOf(patient: ResolvedPatient, consents: readonly LedgerConsent[], isEmergency = false): Promise<ReadonlyMap<ConsentId, OpenedTerms>> {
		// A withdrawn consent still refuses what it refused, so its terms are needed too.
		const active = consents.filter((consent) => consent.status !== "revoked");
		let known = this.#byPseudonym.get(patient.pseudonym);
		if (active.some((consent) => known?.has(consent.termsCommitment) !== true)) {
			known = await this.#open(patient, known === undefined, isEmergency);
		}
		const terms = new Map<ConsentId, OpenedTerms>();
		for (const consent of active) {
			const opened = known?.get(consent.termsCommitment);
			if (opened !== undefined && !isLegalUse(opened)) terms.set(consent.consentId, opened);
		}
		return terms;
	}

	/** The terms of a use required by law that the ledger's commitment names, if the custodian holds them. */
	async legalUse(patient: ResolvedPatient, commitment: Digest): Promise<OpenedLegalUse | undefined> {
		const known = this.#byPseudonym.get(patient.pseudonym);
		const held = known?.has(commitment) === true ? known : await this.#open(patient, known === undefined);
		const opened = held.get(commitment);
		return isLegalUse(opened) ? opened : undefined;
	}

	/** Grows with each set of terms that is known of a patient: who asks the same number twice missed none in between. */
	seen(pseudonym: Pseudonym): number {
		return this.#byPseudonym.get(pseudonym)?.size ?? -1;
	}

	remember(pseudonym: Pseudonym, opened: Kept): void {
		this.#byPseudonym.get(pseudonym)?.set(commitmentOf(opened), opened);
	}

	forget(pseudonym: Pseudonym): void {
		this.#byPseudonym.delete(pseudonym);
	}

	/** A consent whose terms never arrived would make every decision open the compartment again, so a second look needs new rows. */
	async #open(patient: ResolvedPatient, first: boolean, isEmergency = false): Promise<Map<Digest, Kept>> {
		const known = this.#byPseudonym.get(patient.pseudonym) ?? new Map<Digest, Kept>();
		const rows = patient.absent ? [] : await this.#parts.store.listRecords(patient.subject, ["consents"]);
		if (!first && rows.length <= known.size) return known;
		this.#byPseudonym.set(patient.pseudonym, known);
		for (const opened of await this.#read(patient, rows, isEmergency)) known.set(commitmentOf(opened), opened);
		return known;
	}

	async #read(patient: ResolvedPatient, rows: readonly StoredRecord[], isEmergency: boolean): Promise<readonly Kept[]> {
		const { log, now } = this.#parts;
		const logged = await log.append(
			draftFor(this.#parts, patient.pseudonym, now(), {
				action: "open-terms",
				purpose: "SYSTEM",
				compartments: ["consents"],
				count: rows.length,
				decision: "permit",
				reasons: ["SYSTEM_TASK"],
			}),
			{ subject: patient.subject, isEmergency },
		);
		const opened = await openRows(this.#parts, logged, rows);
		return opened.map(({ body }) => (JSON.parse(body.resourceText) as { readonly opened: Kept }).opened);
	}
}

/** Another for each reference: no kind of one has a colon in its name. */
function nameOf(reference: PatientReference): string {
	switch (reference.by) {
		case "local":
			return `local:${reference.localId}`;
		case "pseudonym":
			return `pseudonym:${reference.pseudonym}`;
		case "consent":
			return `consent:${reference.consentId}`;
		case "lawful-use":
			return `lawful-use:${reference.useId}`;
	}
}
