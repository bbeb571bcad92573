import { GenomicsError } from "./errors.ts";

/**
 * Reads a table of knowledge by the format it says.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID`.
 */
export function parseTable<Table>(bytes: Uint8Array, format: string): Table {
	let table: unknown;
	try {
		table = JSON.parse(new TextDecoder().decode(bytes));
	} catch (cause) {
		throw invalidTable("JSON", "something else", cause);
	}
	if (typeof table !== "object" || table === null || (table as { format?: unknown }).format !== format)
		throw invalidTable(`a table of format ${format}`, "another");
	return table as Table;
}

export function invalidTable(expected: string, found: string, cause?: unknown): GenomicsError {
	return new GenomicsError("PGX_KNOWLEDGE_INVALID", `expected ${expected}, found ${found}`, { expected, found }, cause);
}
