import type { Rulebook, Rules, StateReader } from "./contract.ts";
import { readUpgrade, type Upgrade } from "./membership/upgrade.ts";
import { newestRules } from "./rules.ts";

/** Every version of the rules that this program can run. A version that was ever in force on a chain stays here, or that chain cannot be replayed. */
export const rules: Rulebook = createRulebook([newestRules]);

/** @throws RangeError on no bundle, or a version twice: a mistake of whoever lists them. */
export function createRulebook(bundles: readonly Rules[]): Rulebook {
	const byVersion = new Map(bundles.map((bundle) => [bundle.version, bundle]));
	if (bundles.length === 0 || byVersion.size < bundles.length) throw new RangeError("expected at least one bundle, and each version once");
	const version = bundles.reduce((newest, bundle) => Math.max(newest, bundle.version), 0);
	return { version, at: (asked) => byVersion.get(asked) };
}

/**
 * Which rules a block runs under: those the genesis names, or those the members voted for once their height has come (SPEC.md [RU11]).
 *
 * @param state - As the block before left it. The block itself cannot change the answer, since an upgrade names a later height.
 */
export function rulesInForce(state: StateReader, height: number, genesisVersion: number): Pick<Upgrade, "version"> & Partial<Upgrade> {
	const upgrade = readUpgrade(state);
	if (upgrade === undefined) return { version: genesisVersion };
	return height >= upgrade.height ? upgrade : { version: upgrade.version - 1 };
}
