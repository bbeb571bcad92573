import { type Awaitable, makeRoom, type Pseudonym } from "#base";
import { type Decider, type DecisionState, prepareDecisions, readConsents, readEnrolment, readMember } from "#contracts";
import { HeldCredentials } from "./heldCredentials.ts";
import type { OpenedTermsCache } from "./openedTerms.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

/** Patients whose consents are kept ready; beyond it whoever was asked about longest ago is made ready again. */
const readyMax = 10_000;

interface Ready {
	/** Height of the ledger at which `state` was last found to be so, and how many terms the custodian had been told of. */
	readonly height: number;
	readonly termsSeen: number;
	readonly state: DecisionState;
	readonly decide: Decider;
}

/**
 * Consents made ready for many decisions, a patient at a time. What is ready belongs to one state of the ledger and of the terms: at another
 * height both are read again, and only when nothing of this patient is different does the ready answer stand. So a revocation counts at the
 * first request after its block ([GA39]).
 */
export class Deciders {
	/** What requesters hold. */
	readonly credentials: HeldCredentials;
	readonly #parts: GateParts;
	readonly #terms: OpenedTermsCache;
	readonly #ready = new Map<Pseudonym, Ready>();

	constructor(parts: GateParts, terms: OpenedTermsCache) {
		this.credentials = new HeldCredentials(parts);
		this.#parts = parts;
		this.#terms = terms;
	}

	/** At once where nothing has changed since it was made ready. */
	deciderFor(patient: ResolvedPatient): Awaitable<Decider> {
		return this.#current(patient)?.decide ?? this.#makeReady(patient);
	}

	#current({ pseudonym }: ResolvedPatient): Ready | undefined {
		const known = this.#ready.get(pseudonym);
		if (known === undefined || known.height !== this.#parts.ledger.head().height) return undefined;
		return known.termsSeen === this.#terms.seen(pseudonym) ? known : undefined;
	}

	async #makeReady(patient: ResolvedPatient): Promise<Decider> {
		for (;;) {
			const current = this.#current(patient);
			if (current !== undefined) return current.decide;
			const { height } = this.#parts.ledger.head();
			const state = await this.#gather(patient);
			// Opening terms takes a while, in which a block may have come: a revocation in it counts.
			if (this.#parts.ledger.head().height !== height) continue;
			const known = this.#ready.get(patient.pseudonym);
			const decide = known !== undefined && isSame(known.state, state) ? known.decide : prepareDecisions(state);
			this.#keep(patient.pseudonym, { height, termsSeen: this.#terms.seen(patient.pseudonym), state, decide });
			return decide;
		}
	}

	forget(pseudonym: Pseudonym): void {
		this.#ready.delete(pseudonym);
	}

	async #gather(patient: ResolvedPatient): Promise<DecisionState> {
		const { ledger, member } = this.#parts;
		const consents = readConsents(ledger, patient.pseudonym);
		return {
			chain: ledger.chain,
			enrolment: readEnrolment(ledger, patient.pseudonym),
			consents,
			implicitPolicy: patient.absent ? "deny" : (readMember(ledger, member)?.implicitPolicy ?? "deny"),
			terms: await this.#terms.termsOf(patient, consents),
		};
	}

	#keep(pseudonym: Pseudonym, ready: Ready): void {
		this.#ready.delete(pseudonym);
		makeRoom(this.#ready, readyMax);
		this.#ready.set(pseudonym, ready);
	}
}

function isSame(a: DecisionState, b: DecisionState): boolean {
	const told = ({ chain, enrolment, consents, implicitPolicy }: DecisionState) => JSON.stringify([chain, enrolment, consents, implicitPolicy]);
	if (a.terms.size !== b.terms.size || told(a) !== told(b)) return false;
	for (const [id, opened] of a.terms) if (b.terms.get(id) !== opened) return false;
	return true;
}
