import type { ConsentId, Pseudonym } from "#base";
import { type Decider, type DecisionState, type OpenedTerms, prepareDecisions } from "#contracts";

/** Relationships kept ready to decide on. */
const decidersMax = 8_192;

interface Ready {
	readonly state: DecisionState;
	readonly decide: Decider;
}

/**
 * Keeps what a decision needs of one relationship's consents checked and compiled, as long as ledger and opened terms hold the very same
 * objects: values of the ledger's state are frozen and a changed one is another object, and so are terms. Who asks, when, and what
 * they hold is judged anew for every question.
 */
export class Deciders {
	readonly #ready = new Map<Pseudonym, Ready>();

	of(state: DecisionState, pseudonym: Pseudonym): Decider {
		const known = this.#ready.get(pseudonym);
		if (known !== undefined && isSame(known.state, state)) return known.decide;
		const decide = prepareDecisions(state);
		this.#ready.delete(pseudonym);
		this.#ready.set(pseudonym, { state, decide });
		if (this.#ready.size > decidersMax) this.#ready.delete(this.#ready.keys().next().value as Pseudonym);
		return decide;
	}

	forget(pseudonym: Pseudonym): void {
		this.#ready.delete(pseudonym);
	}
}

function isSame(known: DecisionState, state: DecisionState): boolean {
	return (
		known.chain === state.chain &&
		known.implicitPolicy === state.implicitPolicy &&
		known.enrolment === state.enrolment &&
		known.consents.length === state.consents.length &&
		known.consents.every((consent, i) => consent === state.consents[i]) &&
		areSameTerms(known.terms, state.terms)
	);
}

function areSameTerms(known: ReadonlyMap<ConsentId, OpenedTerms>, terms: ReadonlyMap<ConsentId, OpenedTerms>): boolean {
	if (known.size !== terms.size) return false;
	for (const [consentId, opened] of terms) if (known.get(consentId) !== opened) return false;
	return true;
}
