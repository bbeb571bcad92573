import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEffects } from "../../../src/genomics/guidance/effect.ts";
import { parseStatements } from "../../../src/genomics/guidance/statement.ts";
import { plain, textHash, textParts } from "./sourceText.ts";

/** What a person read each text of the source to say, by the text's hash; the texts themselves are not stored. */
const statementsByHash = readReviewed("reviewedStatements.tsv", parseStatements);
const effectsByHash = readReviewed("reviewedEffects.tsv", parseEffects);

/** Codes of a recommendation. A text that nobody has reviewed sends the reader to the guideline; nothing is guessed. */
export function statementsOf(html: string): string {
	return textParts(html)
		.map((part) => statementsByHash.get(textHash(part)) ?? "see-guideline")
		.filter(Boolean)
		.join("; ");
}

export function effectsOf(implication: string): string {
	return effectsByHash.get(textHash(plain(implication))) ?? "see-guideline";
}

export function isReviewed(html: string, implications: readonly string[]): boolean {
	return (
		textParts(html).every((part) => statementsByHash.has(textHash(part))) && implications.every((text) => effectsByHash.has(textHash(plain(text))))
	);
}

/** Every line is parsed, so that a code outside the vocabulary stops the run. */
function readReviewed(name: string, parse: (codes: string) => unknown): ReadonlyMap<string, string> {
	const lines = readFileSync(join(import.meta.dirname, name), "utf8")
		.split("\n")
		.filter(Boolean);
	const reviewed = new Map(lines.map((line) => line.split("\t") as [string, string]));
	for (const codes of reviewed.values()) parse(codes);
	return reviewed;
}
