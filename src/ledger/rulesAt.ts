import { type Rules, rulesInForce, type StateReader } from "#contracts";
import { LedgerError } from "./errors.ts";
import type { LedgerDefinition } from "./sealer/options.ts";

/**
 * The bundle that a block at `height` runs under, by the state before it.
 *
 * @throws {@link LedgerError} `LEDGER_RULES_UNKNOWN` when this program does not hold it, or holds another under its version: what another
 * bundle would make of the block nobody voted for.
 */
export function rulesAt({ rules, genesis }: Pick<LedgerDefinition, "rules" | "genesis">, state: StateReader, height: number): Rules {
	const { version, hash } = rulesInForce(state, height, genesis.rulesVersion);
	const found = rules.at(version);
	if (found === undefined || (hash !== undefined && found.hash !== hash)) {
		throw new LedgerError(
			"LEDGER_RULES_UNKNOWN",
			`expected to hold the rules of version ${version} that the members voted for; update this program`,
			{
				at: height,
			},
		);
	}
	return found;
}
