import type { MemberId, Pseudonym } from "#base";
import { signedMessage } from "../message.ts";
import type { Delegate } from "./terms.ts";

/** What the custodian signs after proof of identity: this pseudonym and these first delegates are its patient's (PROTOCOL §4). */
export function enrolmentMessage(fields: {
	readonly chain: string;
	readonly pseudonym: Pseudonym;
	readonly custodian: MemberId;
	readonly delegates: readonly Delegate[];
}): Uint8Array {
	const { chain, pseudonym, custodian } = fields;
	const delegates = fields.delegates.map(({ key, kind, until }) => ({ key, kind, until }));
	return signedMessage("aceso/enrolment/1", { chain, pseudonym, custodian, delegates });
}

/** What the custodian signs to attest that the law appointed a guardian. */
export function guardianMessage(fields: { readonly chain: string; readonly pseudonym: Pseudonym; readonly guardian: Delegate }): Uint8Array {
	const { key, kind, until } = fields.guardian;
	return signedMessage("aceso/guardian/1", { chain: fields.chain, pseudonym: fields.pseudonym, guardian: { key, kind, until } });
}

/** What the new key signs: it takes the place of the old pseudonym. */
export function rotationMessage(fields: { readonly chain: string; readonly pseudonym: Pseudonym; readonly successor: Pseudonym }): Uint8Array {
	const { chain, pseudonym, successor } = fields;
	return signedMessage("aceso/rotation/1", { chain, pseudonym, successor });
}
