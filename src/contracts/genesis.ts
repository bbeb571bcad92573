import { isMemberId, isPublicKey, type JsonValue, type MemberId, type PublicKey } from "#base";
import { type ContractName, ContractRefusal } from "./contract.ts";
import { defaultQuota, type Member, type MemberRole, memberKey, memberRoles, toState } from "./membership/member.ts";
import { genesisPower, type Validator, validatorsKey, validatorsMax } from "./membership/validators.ts";
import { type ImplicitPolicy, implicitPolicies } from "./vocabulary.ts";

/** What of a ledger's genesis the rules need. */
export interface GenesisMembers {
	readonly members: readonly {
		readonly id: MemberId;
		readonly name: string;
		readonly key: PublicKey;
		/** Of {@link memberRoles}. */
		readonly roles: readonly string[];
		/** Of {@link implicitPolicies}. */
		readonly implicitPolicy: string;
		/** Key that takes part in the agreement on blocks, where members order the ledger together from the beginning. */
		readonly validator?: PublicKey;
	}[];
}

export interface StateEntry {
	readonly contract: ContractName;
	readonly key: string;
	readonly value: JsonValue;
}

/**
 * State before the first block, in key order.
 *
 * @throws {@link ContractRefusal} `MEMBERSHIP_GENESIS_INVALID`: no member, an id or key twice, an unknown role or policy.
 */
export function genesisState(genesis: GenesisMembers): readonly StateEntry[] {
	const members = genesis.members.map(parseGenesisMember).sort((a, b) => (a.id < b.id ? -1 : 1));
	const ids = members.map((member) => member.id);
	if (members.length === 0 || new Set(ids).size < ids.length || new Set(members.map((member) => member.key)).size < ids.length) {
		throw invalid("expected at least one member, and each id and key once");
	}
	const entries: StateEntry[] = [{ contract: "membership", key: "index", value: ids }];
	for (const member of members) {
		entries.push({ contract: "membership", key: `k/${member.key}`, value: { member: member.id, current: true } });
		entries.push({ contract: "membership", key: memberKey(member.id), value: toState(member) });
	}
	const validators = genesisValidators(genesis);
	if (validators.length > 0) entries.push({ contract: "membership", key: validatorsKey, value: validators.map(toState) });
	return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function genesisValidators({ members }: GenesisMembers): readonly Validator[] {
	const named = members.flatMap(({ id, validator }) => (validator === undefined ? [] : [{ id, key: validator, power: genesisPower }]));
	const keys = new Set<PublicKey>([...members.map(({ key }) => key), ...named.map(({ key }) => key)]);
	const areOthers = keys.size === members.length + named.length && named.every(({ key }) => isPublicKey(key));
	if (!areOthers || named.length > validatorsMax)
		throw invalid(`expected at most ${validatorsMax} validators, each key once and nobody's for transactions`);
	return [...named].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function parseGenesisMember({ id, name, key, roles, implicitPolicy }: GenesisMembers["members"][number]): Member {
	if (!isMemberId(id) || name.length < 1 || name.length > 120 || !isPublicKey(key)) throw invalid("expected a member's id, name and key");
	if (roles.length === 0 || !roles.every(isMemberRole) || new Set(roles).size < roles.length) {
		throw invalid(`expected roles, each once, of ${memberRoles.join(", ")}`);
	}
	if (!isImplicitPolicy(implicitPolicy)) throw invalid(`expected an implicit policy of ${implicitPolicies.join(", ")}`);
	return { id, name, key, status: "active", roles: roles as readonly MemberRole[], implicitPolicy, quota: defaultQuota };
}

function isMemberRole(role: string): role is MemberRole {
	return (memberRoles as readonly string[]).includes(role);
}

function isImplicitPolicy(policy: string): policy is ImplicitPolicy {
	return (implicitPolicies as readonly string[]).includes(policy);
}

function invalid(message: string): ContractRefusal {
	return new ContractRefusal("membership", "MEMBERSHIP_GENESIS_INVALID", message);
}
