import type { ConsentId } from "#base";
import { endOfDayMs } from "../day.ts";
import type { ImplicitPolicy } from "../vocabulary.ts";
import { checkTerms } from "./checkTerms.ts";
import { type CompiledTerms, compileTerms, type Rule } from "./compileTerms.ts";
import { bitsOfGrantees, readBit, writeBit } from "./matching.ts";
import { noConsent } from "./readers.ts";
import { reasonBit } from "./reasons.ts";
import type { DecisionState, Enrolment, LedgerConsent, OpenedTerms } from "./terms.ts";

/** A consent that was neither revoked nor is in doubt; a withdrawn one among them, since its refusals stay. */
export interface UsableConsent {
	readonly consentId: ConsentId;
	readonly rule: Rule;
}

/** A relationship made ready for many decisions: everything that depends neither on the request nor on the moment. */
export interface Prepared {
	readonly chain: string;
	readonly enrolment: Enrolment | undefined;
	readonly implicitPolicy: ImplicitPolicy;
	/** Bits of {@link reasonBit} that hold at any moment: a chain that is not whole, a consent revoked. */
	readonly reasons: number;
	/** In the order of ids. */
	readonly consents: readonly UsableConsent[];
	/** Four for each consent, side by side so that most rules need not be looked at: the rule's purposes, classes, actions, and people. */
	readonly masks: Int32Array;
	/** UTC ms, three for each consent: the rule's start and end, and when the last day on the ledger is over. */
	readonly times: Float64Array;
	/** {@link grantsNothing}, {@link permits}, or {@link exceptsOnly}, for each consent. */
	readonly granting: Uint8Array;
	/** Positions in `consents` whose rule refuses. */
	readonly refusing: readonly number[];
	/** Positions of the others. */
	readonly permitting: readonly number[];
	/** Consents whose terms are missing or altered, until their last day is over. */
	readonly doubtful: readonly { readonly endMs: number; readonly reason: number }[];
	/** Every instant at which something starts or ends, ascending. */
	readonly changesMs: Float64Array;
	/** When the first of the consents' last days on the ledger is over; infinity without a consent. */
	readonly firstEndMs: number;
}

/** A withdrawn consent, or a refusal without exceptions. */
export const grantsNothing = 0;
/** A grant: why it does not concern a request is worth telling. */
export const permits = 1;
/** A refusal that may grant what it excepts. */
const exceptsOnly = 2;

/** Numbers of a consent in `masks`. */
export const masksEach = 4;
/** Set beside {@link readBit} and {@link writeBit} for a custodian's paper consent. */
export const paperBit = 4;

/** Checks every consent's terms against the ledger once. */
export function prepare({ chain, enrolment, consents, terms, implicitPolicy }: DecisionState): Prepared {
	let reasons = isWholeChain(enrolment?.latest ?? noConsent, enrolment?.consents ?? 0, consents) ? 0 : reasonBit.TERMS_MISSING;
	const usable: UsableConsent[] = [];
	const masks = new Int32Array(consents.length * masksEach);
	const times = new Float64Array(consents.length * 3);
	const granting = new Uint8Array(consents.length);
	const [refusing, permitting]: [number[], number[]] = [[], []];
	const doubtful: { endMs: number; reason: number }[] = [];
	const changesMs: number[] = [];
	// In the order of ids, so that answers do not depend on the order in which consents are handed in.
	for (const consent of enrolment === undefined ? [] : consents.toSorted((a, b) => (a.consentId < b.consentId ? -1 : 1))) {
		const { consentId, status, custodial, validUntil } = consent;
		if (status === "revoked") {
			reasons |= reasonBit.REVOKED;
			continue;
		}
		const endMs = endOfDayMs(validUntil);
		const opened = terms.get(consentId);
		const checked = checkTerms(consent, opened, chain, (enrolment as Enrolment).custodian);
		if (checked !== "ok") {
			doubtful.push({ endMs, reason: checked === "TERMS_MISSING" ? reasonBit.TERMS_MISSING : reasonBit.TERMS_ALTERED });
			continue;
		}
		const { rule, boundariesMs } = compileTerms(opened as OpenedTerms) as CompiledTerms;
		const at = usable.push({ consentId, rule }) - 1;
		masks[at * masksEach] = rule.purposes;
		masks[at * masksEach + 1] = rule.classes;
		masks[at * masksEach + 2] = (rule.read ? readBit : 0) | (rule.write ? writeBit : 0) | (custodial ? paperBit : 0);
		masks[at * masksEach + 3] = bitsOfGrantees(rule.grantees);
		times[at * 3] = rule.startMs;
		times[at * 3 + 1] = rule.endMs;
		times[at * 3 + 2] = endMs;
		if (status === "active") granting[at] = rule.permit ? permits : rule.exceptions.length > 0 ? exceptsOnly : grantsNothing;
		(rule.permit ? permitting : refusing).push(at);
		changesMs.push(endMs);
		for (const boundary of boundariesMs) if (boundary < endMs) changesMs.push(boundary);
	}
	return {
		...{ chain, enrolment, implicitPolicy, reasons, consents: usable, doubtful, masks, times, granting, refusing, permitting },
		changesMs: Float64Array.from(new Set(changesMs)).sort(),
		firstEndMs: usable.reduce((first, _, at) => Math.min(first, times[at * 3 + 2] as number), Number.POSITIVE_INFINITY),
	};
}

/** True when the consents are exactly those of the chain that ends in `latest`: one left out might be a refusal. Any order will do. */
function isWholeChain(latest: ConsentId, count: number, consents: readonly LedgerConsent[]): boolean {
	if (consents.length !== count) return false;
	let next = latest;
	let inOrder = 0;
	while (consents[inOrder]?.consentId === next) next = (consents[inOrder++] as LedgerConsent).previous;
	if (inOrder === count) return next === noConsent;
	const byId = new Map(consents.map((consent) => [consent.consentId, consent]));
	next = latest;
	for (let i = 0; i < count; i++) {
		const consent = byId.get(next);
		if (consent === undefined) return false;
		next = consent.previous;
	}
	return next === noConsent && byId.size === count;
}
