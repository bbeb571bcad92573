import type { ConsentId, Digest, Pseudonym } from "#base";
import { commitTerms, type LedgerConsent, type OpenedTerms } from "#contracts";
import type { StoredRecord } from "#vault";
import { Deciders } from "./deciders.ts";
import { draftFor } from "./draft.ts";
import type { PatientReference } from "./gate.ts";
import { openRows } from "./openRows.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

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
	readonly #byPseudonym = new Map<Pseudonym, Map<Digest, OpenedTerms>>();
	readonly #lookedAt = new Set<string>();
	/** Decisions made ready over the terms held here. */
	readonly deciders = new Deciders();

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	/**
	 * The first look at any reference in this process leaves one entry more, whether its terms have to be opened, there are none, or there
	 * is no such patient: otherwise the place of the next entry in the log would tell (invariant 8).
	 */
	async lookAt(patient: ResolvedPatient, reference: PatientReference, isEmergency = false): Promise<void> {
		const id = JSON.stringify(reference);
		if (this.#lookedAt.has(id)) return;
		this.#lookedAt.add(id);
		for (const oldest of this.#lookedAt) {
			if (this.#lookedAt.size <= lookedAtMax) break;
			this.#lookedAt.delete(oldest);
		}
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
			if (opened !== undefined) terms.set(consent.consentId, opened);
		}
		return terms;
	}

	remember(pseudonym: Pseudonym, opened: OpenedTerms): void {
		this.#byPseudonym.get(pseudonym)?.set(commitTerms(opened), opened);
	}

	forget(pseudonym: Pseudonym): void {
		this.#byPseudonym.delete(pseudonym);
		this.deciders.forget(pseudonym);
	}

	/** A consent whose terms never arrived would make every decision open the compartment again, so a second look needs new rows. */
	async #open(patient: ResolvedPatient, first: boolean, isEmergency = false): Promise<Map<Digest, OpenedTerms>> {
		const known = this.#byPseudonym.get(patient.pseudonym) ?? new Map<Digest, OpenedTerms>();
		const rows = patient.absent ? [] : await this.#parts.store.listRecords(patient.subject, ["consents"]);
		if (!first && rows.length <= known.size) return known;
		this.#byPseudonym.set(patient.pseudonym, known);
		for (const opened of await this.#read(patient, rows, isEmergency)) known.set(commitTerms(opened), opened);
		return known;
	}

	async #read(patient: ResolvedPatient, rows: readonly StoredRecord[], isEmergency: boolean): Promise<readonly OpenedTerms[]> {
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
		return opened.map(({ body }) => (JSON.parse(body.resourceText) as { readonly opened: OpenedTerms }).opened);
	}
}
