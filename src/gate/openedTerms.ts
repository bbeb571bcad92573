import type { ConsentId, Pseudonym } from "#base";
import type { LedgerConsent, OpenedTerms } from "#contracts";
import { draftFor } from "./draft.ts";
import { openRows } from "./openRows.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

/**
 * The terms of consents, opened once per patient and process. Opening them is itself an access by the system, logged and visible to the
 * patient (purpose SYSTEM); afterwards the rules, not the records, are held in memory until the patient changes them or is erased.
 */
export class OpenedTermsCache {
	readonly #parts: GateParts;
	readonly #byPseudonym = new Map<Pseudonym, Map<string, OpenedTerms>>();

	constructor(parts: GateParts) {
		this.#parts = parts;
	}

	/** Opened terms of the given ledger consents, as far as the custodian holds them. */
	async termsOf(patient: ResolvedPatient, consents: readonly LedgerConsent[]): Promise<ReadonlyMap<ConsentId, OpenedTerms>> {
		// A withdrawn consent still refuses what it refused, so its terms are needed too.
		const active = consents.filter((consent) => consent.status !== "revoked");
		let known = this.#byPseudonym.get(patient.pseudonym);
		if (active.some((consent) => known?.get(termsKey(consent.consentId, consent.version)) === undefined)) {
			known = await this.#open(patient, known === undefined);
		}
		const terms = new Map<ConsentId, OpenedTerms>();
		for (const consent of active) {
			const opened = known?.get(termsKey(consent.consentId, consent.version));
			if (opened !== undefined) terms.set(consent.consentId, opened);
		}
		return terms;
	}

	remember(pseudonym: Pseudonym, opened: OpenedTerms): void {
		this.#byPseudonym.get(pseudonym)?.set(termsKey(opened.terms.consentId, opened.terms.version), opened);
	}

	forget(pseudonym: Pseudonym): void {
		this.#byPseudonym.delete(pseudonym);
	}

	/** A consent whose terms never arrived would make every decision open the compartment again, so a second look needs new rows. */
	async #open(patient: ResolvedPatient, first: boolean): Promise<Map<string, OpenedTerms>> {
		const { store, log, now } = this.#parts;
		const known = this.#byPseudonym.get(patient.pseudonym) ?? new Map<string, OpenedTerms>();
		const rows = patient.absent ? [] : await store.listRecords(patient.subject, ["consents"]);
		if (!first && rows.length <= known.size) return known;
		this.#byPseudonym.set(patient.pseudonym, known);
		if (rows.length === 0) return known;
		const logged = await log.append(
			draftFor(this.#parts, patient.pseudonym, now(), {
				action: "open-terms",
				purpose: "SYSTEM",
				compartments: ["consents"],
				count: rows.length,
				decision: "permit",
				reasons: ["SYSTEM_TASK"],
			}),
			{ subject: patient.subject },
		);
		for (const { body } of await openRows(this.#parts, logged, rows)) {
			const { opened } = JSON.parse(body.resourceText) as { opened: OpenedTerms };
			known.set(termsKey(opened.terms.consentId, opened.terms.version), opened);
		}
		return known;
	}
}

export function termsKey(consentId: ConsentId, version: number): string {
	return `${consentId}@${version}`;
}
