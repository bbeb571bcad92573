import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Pseudonym } from "#base";
import type { OpenedTerms } from "#contracts";

/** The opened terms that the demonstration's wallets keep: the ledger holds only their commitments. One a line, newest last. */
const termsFile = (folder: string) => join(folder, "demo", "terms.ndjson");

export function keepTerms(folder: string, opened: OpenedTerms): void {
	appendFileSync(termsFile(folder), `${JSON.stringify(opened)}\n`, { mode: 0o600 });
}

/** Terms kept for a pseudonym, oldest first. */
export function readKeptTerms(folder: string, pseudonym: Pseudonym): readonly OpenedTerms[] {
	if (!existsSync(termsFile(folder))) return [];
	const lines = readFileSync(termsFile(folder), "utf8").split("\n");
	const kept = lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line) as OpenedTerms]));
	return kept.filter(({ terms }) => terms.pseudonym === pseudonym);
}
