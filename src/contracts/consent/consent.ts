import type { Contract } from "../contract.ts";
import { destroyed, legalUse } from "./custodianActs.ts";
import { delegate, enrol, undelegate } from "./enrolling.ts";
import { change, grant, grantCustodial, revoke, revokeOnRequest } from "./granting.ts";
import { announceRotation, cancelRotation, completeRotation, rotate } from "./rotating.ts";

/** Who a patient is to a custodian, and the halves of consents that stand on the ledger. Rules: SPEC.md. */
export const consent: Contract = {
	name: "consent",
	actions: {
		enrol,
		delegate,
		undelegate,
		grant,
		grantCustodial,
		change,
		revoke,
		revokeOnRequest,
		rotate,
		announceRotation,
		completeRotation,
		cancelRotation,
		destroyed,
		legalUse,
	},
};
