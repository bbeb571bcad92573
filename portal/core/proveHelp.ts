import { type CivilDay, minuteMs, type Pseudonym, type PublicKey } from "#base";
import { type Enrolment, endOfDayMs } from "#contracts";
import type { ReaderTrust } from "#ledger";
import type { Api } from "./api.ts";
import { PortalError } from "./errors.ts";
import { fetchState } from "./proofs.ts";

/** Most replacements of a key that are followed: a node that shows a chain without end must not keep the page waiting. */
const replacementsMax = 20;

interface HelpClaim {
	readonly api: Api;
	/** The ledger that the helper's own browser keeps. */
	readonly trust: ReaderTrust;
	/** The person's code, as the helper was given it. */
	readonly person: Pseudonym;
	/** The helper's key, made for that code alone. */
	readonly key: PublicKey;
	readonly custodian: string;
	readonly nowMs: number;
}

export interface ProvedHelp {
	/** Under which the person's record is kept now: another than the code where the person's key was replaced since. */
	readonly pseudonym: Pseudonym;
	/** Last day of the appointment. */
	readonly until: CivilDay;
}

/**
 * Whether a key acts for somebody at this institution: by the enrolment, as the ledger proves it. The gate asks its own ledger again at every request; this
 * keeps a page from saying that somebody acts who does not, and the gate from refusals on somebody's list.
 *
 * @throws PortalError `REFUSED` with `NOT_THEIR_HELPER`: never named, ended, over, another institution's, erased, or no such person, which look alike.
 */
export async function proveHelp({ api, trust, person, key, custodian, nowMs }: HelpClaim): Promise<ProvedHelp> {
	let pseudonym = person;
	for (let steps = 0; steps <= replacementsMax; steps++) {
		const { value } = await fetchState(api, trust, `e/${pseudonym}`);
		const enrolment = value as unknown as Enrolment | undefined;
		if (enrolment === undefined || enrolment.custodian !== custodian) break;
		if (enrolment.status === "rotated") {
			pseudonym = enrolment.successor as Pseudonym;
			continue;
		}
		const named = enrolment.delegates.find((each) => each.key === key);
		if (enrolment.status !== "active" || named === undefined || nowMs >= endOfDayMs(named.until) + minuteMs) break;
		return { pseudonym, until: named.until };
	}
	throw new PortalError("REFUSED", "NOT_THEIR_HELPER");
}
