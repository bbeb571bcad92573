import { canonicalBytes, isHex, parseCanonical } from "#base";
import { LedgerError } from "./errors.ts";
import type { BlockLeaf } from "./ledger.ts";

const fieldNames = ["height", "rulesVersion", "stateRoot", "time", "transactions"];

export function encodeBlockLeaf({ height, time, transactions, stateRoot, rulesVersion }: BlockLeaf): Uint8Array {
	return canonicalBytes({ height, time, transactions, stateRoot, rulesVersion });
}

/** Reads a leaf of the log as a block leaf. A transaction never is one: it has other fields. @throws {@link LedgerError} `LEDGER_PROOF_INVALID`. */
export function parseBlockLeaf(bytes: Uint8Array): BlockLeaf {
	const value = readCanonical(bytes);
	if (typeof value !== "object" || value === null || Object.keys(value).join() !== fieldNames.join()) throw invalid();
	const leaf = value as unknown as BlockLeaf;
	const counts = [leaf.height, leaf.time, leaf.transactions, leaf.rulesVersion];
	if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0) || !isHex(leaf.stateRoot, 32)) throw invalid();
	return leaf;
}

function readCanonical(bytes: Uint8Array): unknown {
	try {
		return parseCanonical(bytes);
	} catch {
		throw invalid();
	}
}

function invalid(): LedgerError {
	return new LedgerError("LEDGER_PROOF_INVALID", "expected a block leaf, found another leaf");
}
