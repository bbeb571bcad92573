import type { PublicKey } from "#base";
import { type Genesis, type TrustedWitness, witnessesOf, witnessName } from "#ledger";
import { CliError } from "../errors.ts";
import { readJsonFile } from "../files.ts";

/**
 * Reads a genesis from a file: a folder's `network.json`, or the genesis alone. It is what the witness trusts, so it is never fetched by itself.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`.
 */
export function readGenesisFile(path: string): Genesis {
	const value = readJsonFile(path) as { readonly genesis?: unknown } | null;
	const genesis = (value?.genesis ?? value) as Partial<Genesis> | null;
	if (
		genesis?.format !== "aceso/genesis/1" ||
		typeof genesis.chain !== "string" ||
		typeof genesis.sealer !== "string" ||
		!Array.isArray(genesis.members)
	) {
		throw new CliError("CLI_INPUT_INVALID", "expected a genesis of format aceso/genesis/1");
	}
	return genesis as Genesis;
}

/** The witness that the genesis names with this key. @throws CliError `CLI_INPUT_INVALID`. */
export function findWitness(genesis: Genesis, key: PublicKey): TrustedWitness {
	const member = genesis.members.find(({ witness }) => witness === key);
	const found = witnessesOf(genesis).find((witness) => member !== undefined && witness.name === witnessName(genesis.chain, member.id));
	if (found !== undefined) return found;
	throw new CliError("CLI_INPUT_INVALID", "expected a witness key that the genesis names for a member other than the operator", { key });
}
