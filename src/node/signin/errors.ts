import { CodedError, type ErrorKind } from "#base";

const kinds = {
	/** An application's registration has a fault, or asks for what nobody may have. */
	SIGNIN_APP_INVALID: "mistake",
	/** The address under which this node is reached is not https, and not on this machine. */
	SIGNIN_ADDRESS_INVALID: "mistake",
	/** The page was opened too long ago, in another browser, or was finished already. */
	SIGNIN_EXPIRED: "again",
	/** The request came from another site's page. */
	SIGNIN_FOREIGN_PAGE: "refused",
	/** What was sent does not have the expected form. */
	SIGNIN_BODY_INVALID: "mistake",
	/** The signed answer is for another question, or allows more than was asked. */
	SIGNIN_ANSWER_DIFFERS: "refused",
	/** Name, passphrase or passkey are not known together: the same answer for all. */
	SIGNIN_REFUSED: "refused",
	/** Too many tries; the details tell when the next one is heard. */
	SIGNIN_TOO_OFTEN: "again",
	/** There is no such invitation, it was used, or it is over: the same answer for all. */
	SIGNIN_INVITATION_INVALID: "refused",
	/** A bearer token that is unknown, over, or of somebody who no longer stands: the same answer for all. */
	SIGNIN_TOKEN_INVALID: "refused",
	/** What was named is not the person's own, or not there any more: the same answer for both. */
	SIGNIN_NOT_YOURS: "refused",
	/** The only locked copy of a key: removing it would leave its owner without one. */
	SIGNIN_LAST_COPY: "refused",
	/** `staff-provider.json` does not have the expected form. */
	SIGNIN_PROVIDER_INVALID: "mistake",
	/** Somebody did not sign in at the house's identity provider, not strongly enough, or is bound to no key here: the same answer for all. */
	SIGNIN_PROVIDER_REFUSED: "refused",
	/** The house's identity provider does not answer. */
	SIGNIN_PROVIDER_SILENT: "again",
	/** The token's scopes do not cover this. */
	SIGNIN_SCOPE_MISSING: "refused",
} as const satisfies Record<string, ErrorKind>;

export type SignInErrorCode = keyof typeof kinds;

export class SignInError extends CodedError<SignInErrorCode, { [fact: string]: string | number }> {
	constructor(code: SignInErrorCode, message: string, details: { [fact: string]: string | number } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}
