import type { JsonObject, MemberId, PublicKey } from "#base";
import type { StateReader } from "../contract.ts";
import type { ImplicitPolicy } from "../vocabulary.ts";

/** What an institution is on the network; each role opens the credential kinds of credentials/SPEC.md. */
export const memberRoles = ["hospital", "laboratory", "research-centre", "pharmacy", "ethics-board"] as const;
export type MemberRole = (typeof memberRoles)[number];

/** An institution on the ledger. State key `m/<id>`. */
export interface Member {
	readonly id: MemberId;
	readonly name: string;
	readonly key: PublicKey;
	readonly status: "active" | "suspended" | "removed";
	readonly roles: readonly MemberRole[];
	/** What applies at this custodian where no consent does. */
	readonly implicitPolicy: ImplicitPolicy;
	/** Transactions that may enter through this member per minute and contract. */
	readonly quota: number;
}

/** Quota of a member whose genesis or admission names no other. */
export const defaultQuota = 1_000_000;

export function memberKey(id: MemberId): string {
	return `m/${id}`;
}

/** A member in any status. */
export function readMember(state: StateReader, id: MemberId): Member | undefined {
	return state.get("membership", memberKey(id)) as Member | undefined;
}

/** Every member in any status, by id in code-unit order. */
export function readMembers(state: StateReader): readonly Member[] {
	const ids = (state.get("membership", "index") ?? []) as readonly MemberId[];
	return ids.map((id) => readMember(state, id) as Member);
}

/** The member whose current key this is, whatever its status. */
export function readMemberByKey(state: StateReader, key: PublicKey): Member | undefined {
	const holder = state.get("membership", `k/${key}`) as { member: MemberId; current: boolean } | undefined;
	return holder?.current === true ? readMember(state, holder.member) : undefined;
}

/** The member whose key this is or ever was. */
export function readKeyHolder(state: StateReader, key: string): MemberId | undefined {
	return (state.get("membership", `k/${key}`) as { member: MemberId } | undefined)?.member;
}

/** A typed state object as the JSON it is. */
export function toState(value: object): JsonObject {
	return value as JsonObject;
}
