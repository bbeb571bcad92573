import type { Digest } from "#base";
import type { StateReader } from "../contract.ts";

/** The rules that the members voted for last. State key `rules`; absent while those of the genesis are all there is. */
export interface Upgrade {
	/** One more than the version that is in force below `height`. */
	readonly version: number;
	/** Of the bundle (contracts SPEC.md [RU1]). */
	readonly hash: Digest;
	/** The first block that runs under it. */
	readonly height: number;
}

export const upgradeKey = "rules";

export function readUpgrade(state: StateReader): Upgrade | undefined {
	return state.get("membership", upgradeKey) as Upgrade | undefined;
}
