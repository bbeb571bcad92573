import type { MemberId } from "#base";
import { compileTerms } from "./compileTerms.ts";
import type { LedgerConsent, OpenedTerms, ReasonCode } from "./terms.ts";

/**
 * Whether opened terms are the ones a ledger consent commits to: commitment, pseudonym, consent, version, chain, custodian and the paper
 * flag all agree. The hash is computed once per `opened` object and kept with a copy of what it covers.
 */
export function checkTerms(consent: LedgerConsent, opened: OpenedTerms | undefined, chain: string, custodian: MemberId): "ok" | ReasonCode {
	if (opened === undefined) return "TERMS_MISSING";
	const compiled = compileTerms(opened);
	if (compiled === "unusable" || compiled.commitment !== consent.termsCommitment) return "TERMS_ALTERED";
	const { terms } = compiled;
	const fits =
		terms.consentId === consent.consentId &&
		terms.version === consent.version &&
		terms.pseudonym === consent.pseudonym &&
		terms.custodian === custodian &&
		terms.custodial === consent.custodial &&
		terms.chain === chain;
	return fits ? "ok" : "TERMS_ALTERED";
}
