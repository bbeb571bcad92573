import type { JsonValue } from "#base";
import type { ContractName, StateReader } from "#contracts";
import { evidenceRefusal } from "./errors.ts";
import type { ProvenValue } from "./ledgerVerifier.ts";

/** Reads what evidence proves, with the contracts' own readers; a look at what it leaves out is refused, since that is not the same as absent. */
export class ProvenState implements StateReader {
	readonly #values: ReadonlyMap<string, ProvenValue>;

	constructor(values: readonly ProvenValue[]) {
		this.#values = new Map(values.map((each) => [nameOf(each.contract, each.key), each]));
	}

	/** @throws VaultError `VAULT_EVIDENCE_REFUSED`. */
	get(contract: ContractName, key: string): JsonValue | undefined {
		const found = this.#values.get(nameOf(contract, key));
		if (found === undefined) throw evidenceRefusal("incomplete");
		return found.value as JsonValue | undefined;
	}
}

function nameOf(contract: string, key: string): string {
	return JSON.stringify([contract, key]);
}
