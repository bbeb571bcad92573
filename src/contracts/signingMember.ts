import { type Context, type ContractName, ContractRefusal, type StateReader } from "./contract.ts";
import { type Member, readMemberByKey } from "./membership/member.ts";

/** The readers of every contract inside an action: a contract's own namespace with this transaction's writes, the others as committed. */
export function stateOf(context: Context, own: ContractName): StateReader {
	return { get: (contract, key) => (contract === own ? context.get(key) : context.read(contract, key)) };
}

const prefixes: Readonly<Record<ContractName, string>> = {
	membership: "MEMBERSHIP",
	credentials: "CREDENTIALS",
	consent: "CONSENT",
	access: "ACCESS",
	models: "MODELS",
};

/**
 * The active member whose current key signed.
 *
 * @throws {@link ContractRefusal} `<CONTRACT>_NOT_A_MEMBER`, `<CONTRACT>_MEMBER_NOT_ACTIVE`.
 */
export function requireSigningMember(context: Context, own: ContractName): Member {
	const member = readMemberByKey(stateOf(context, own), context.signer);
	const prefix = prefixes[own];
	if (member === undefined) throw new ContractRefusal(own, `${prefix}_NOT_A_MEMBER`, "expected the current key of a member to sign");
	if (member.status !== "active") {
		throw new ContractRefusal(own, `${prefix}_MEMBER_NOT_ACTIVE`, "expected an active member, found one that is suspended or removed");
	}
	return member;
}
