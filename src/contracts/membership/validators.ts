import type { MemberId, PublicKey } from "#base";
import type { StateReader } from "../contract.ts";
import { signedMessage } from "../message.ts";

/** A member's vote in the agreement on blocks, where members order the ledger together. State key `validators`: all of them, by member id. */
export interface Validator {
	readonly id: MemberId;
	/** Signs blocks and nothing else. */
	readonly key: PublicKey;
	/** Its weight among the others'. */
	readonly power: number;
}

export const validatorsKey = "validators";
export const validatorsMax = 100;
export const validatorPowerMax = 1_000_000;
/** Of a member whose genesis names a key. */
export const genesisPower = 10;

/** Empty on a ledger that one party seals. */
export function readValidators(state: StateReader): readonly Validator[] {
	return (state.get("membership", validatorsKey) ?? []) as unknown as readonly Validator[];
}

/** What a validator's key signs before it is voted for: that its holder takes this place on this chain. */
export function validatorKeyMessage(fields: { readonly chain: string; readonly id: MemberId; readonly key: PublicKey }): Uint8Array {
	return signedMessage("aceso/validator-key/1", { chain: fields.chain, id: fields.id, key: fields.key });
}
