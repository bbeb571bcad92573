import type { PublicKey } from "#base";
import type { Genesis } from "../ledger.ts";

/** A member that cosigns, as readers pin it. */
export interface TrustedWitness {
	readonly name: string;
	readonly key: PublicKey;
}

/** Name under which a member's witness cosigns a chain. */
export function witnessName(chain: string, member: string): string {
	return `${chain}/witness/${member}`;
}

/** The witnesses that a genesis names. The member that operates the sealer has none. */
export function witnessesOf({ chain, sealer, members }: Genesis): TrustedWitness[] {
	return countableWitnesses(
		members.flatMap(({ id, witness }) => (witness === undefined ? [] : [{ name: witnessName(chain, id), key: witness }])),
		sealer,
	);
}

/** Those that count: each key once, whatever names it goes by, and never the operator's own. */
export function countableWitnesses(witnesses: readonly TrustedWitness[], sealerKey: PublicKey): TrustedWitness[] {
	const keys = new Set<PublicKey>([sealerKey]);
	return witnesses.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** Cosignatures that a reader asks for: ⌈n/2⌉ of the members other than the operator, and at least one (PROTOCOL §3). */
export function askedCosignatures(witnesses: number): number {
	return Math.max(1, Math.ceil(witnesses / 2));
}
