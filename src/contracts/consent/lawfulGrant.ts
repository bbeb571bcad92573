import { classMask, levelRank } from "./compileTerms.ts";
import type { Grant } from "./grants.ts";
import { commitLegalUse, type LegalUseTerms, type OpenedLegalUse } from "./legalUse.ts";
import type { Prepared } from "./prepare.ts";
import type { DecisionRequest, LawfulUse } from "./terms.ts";

/** A grant by law ends with the use's own period. */
export interface LawfulGrant extends Grant {
	readonly untilMs: number;
}

/**
 * What a recorded legal use releases to the recipient it names: its classes, labels and level, in its period, to read. No consent is asked,
 * and no refusal holds against it; the patient is shown it. Undefined where the request names none, or names one that does not fit.
 */
export function lawfulGrant({ enrolment, chain }: Prepared, request: DecisionRequest, now: number): LawfulGrant | undefined {
	const { lawfulUse } = request;
	if (lawfulUse === undefined || enrolment === undefined || request.action !== "read" || request.model !== undefined) return undefined;
	const terms = verifiedTerms(lawfulUse);
	if (terms === undefined || terms.chain !== chain || terms.custodian !== enrolment.custodian) return undefined;
	if (terms.pseudonym !== request.pseudonym || terms.purpose !== request.purpose || now < terms.startMs || now >= terms.endMs) return undefined;
	if (terms.recipient.member !== request.requester.member || (terms.recipient.key ?? request.requester.key) !== request.requester.key)
		return undefined;
	const level = levelRank(request.level) < levelRank(terms.level) ? request.level : terms.level;
	const filter = { basis: "law", level, labels: terms.labels, except: [] };
	return { classes: classMask(terms.classes), filter, exceptions: [], untilMs: terms.endMs };
}

/** The terms, when they are the ones that the ledger's record commits to. */
function verifiedTerms({ useId, recorded, opened }: LawfulUse): LegalUseTerms | undefined {
	const { terms } = opened;
	const agree =
		terms.useId === useId && terms.pseudonym === recorded.pseudonym && terms.custodian === recorded.custodian && terms.basis === recorded.basis;
	return agree && commitmentOf(opened) === recorded.useCommitment ? terms : undefined;
}

function commitmentOf(opened: OpenedLegalUse): string {
	try {
		return commitLegalUse(opened);
	} catch {
		// Whatever is wrong with them, they are not the terms that were committed to.
		return "";
	}
}
