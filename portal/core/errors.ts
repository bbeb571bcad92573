/** Why something did not come about, as the pages tell it. */
export type PortalErrorCode =
	/** The node could not be reached. */
	| "OFFLINE"
	/** The node answered what no node answers. */
	| "ANSWER_INVALID"
	/** The node shows another ledger than the one this browser keeps for the person. */
	| "LEDGER_DIFFERS"
	/** What the node shows of the ledger does not prove itself. */
	| "NOT_VERIFIED"
	/** Asked before anybody has signed in. */
	| "NOT_SIGNED_IN"
	/** The node or the ledger refused; `nodeCode` names why. */
	| "REFUSED";

export class PortalError extends Error {
	readonly code: PortalErrorCode;
	/** Of the node, the ledger's contracts or the wallet; "" where the browser itself found the fault. */
	readonly nodeCode: string;

	constructor(code: PortalErrorCode, nodeCode = "", message = code as string) {
		super(message);
		this.name = "PortalError";
		this.code = code;
		this.nodeCode = nodeCode;
	}
}

/** The node could not be reached: what was there may still hold. */
export function isOffline(error: unknown): boolean {
	return error instanceof PortalError && error.code === "OFFLINE";
}
