import { invalidTable, parseTable } from "../parseTable.ts";
import type { Position } from "./knowledge.ts";

/** Where known positions of GRCh38 lie in GRCh37. */
export interface Grch37Places {
	/** SHA-256 of the table. */
	readonly version: string;
	/** The position as GRCh37 has it; undefined where nothing proves where it lies. */
	place(bareChromosome: string, position: Position): Position | undefined;
}

type Row = readonly [chromosome: string, position: number, ref: string, position37: number, ref37: string];

/**
 * Reads knowledge/pgx/grch37/positions.json.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID`.
 */
export function parseGrch37(bytes: Uint8Array, sha256Hex: (bytes: Uint8Array) => string): Grch37Places {
	const { rows } = parseTable<{ readonly rows: readonly Row[] }>(bytes, "aceso/pgx-grch37/1");
	const places = new Map(rows.map((row) => [`${row[0]}:${row[1]}`, row]));
	const isForm = ([chromosome, position, ref, position37, ref37]: Row) =>
		/^[0-9XYM]+$/.test(chromosome) && [position, position37].every(Number.isSafeInteger) && [ref, ref37].every((bases) => /^[ACGT]+$/.test(bases));
	if (places.size !== rows.length || !rows.every(isForm)) throw invalidTable("each position once, with bases", "something else");
	return {
		version: sha256Hex(bytes),
		place(chromosome, position) {
			const row = places.get(`${chromosome}:${position.position}`);
			if (row === undefined || row[2] !== position.ref) return undefined;
			const [, , ref, position37, ref37] = row;
			// Where the builds differ in a base, each one's REF is an ALT of the other.
			const alts = ref === ref37 ? position.alts : [ref, ...position.alts.filter((alt) => alt !== ref37)];
			return { ...position, position: position37, ref: ref37, alts };
		},
	};
}
