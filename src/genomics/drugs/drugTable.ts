import { parseTable } from "../parseTable.ts";

/** How drugs are told from codes and names. Source: knowledge/pgx/drugs/SOURCE.md. */
export interface DrugTable {
	readonly names: readonly string[];
	/** RxNorm code of an ingredient or of a product → the drugs it holds. */
	readonly byRxnorm: ReadonlyMap<string, readonly string[]>;
	readonly byAtc: ReadonlyMap<string, readonly string[]>;
	/** Drug → RxNorm code of the ingredient, where there is one. */
	readonly rxnormOf: ReadonlyMap<string, string>;
}

interface StoredDrugs {
	readonly drugs: readonly { readonly drug: string; readonly rxnorm: string | null; readonly atc: readonly string[] }[];
	readonly products: readonly { readonly rxnorm: string; readonly drugs: readonly string[] }[];
}

/** @throws GenomicsError `PGX_KNOWLEDGE_INVALID`. */
export function parseDrugTable(bytes: Uint8Array): DrugTable {
	const { drugs, products } = parseTable<StoredDrugs>(bytes, "aceso/pgx-drugs/1");
	const byAtc = new Map<string, string[]>();
	for (const { drug, atc } of drugs) for (const code of atc) byAtc.set(code, [...(byAtc.get(code) ?? []), drug]);
	const rxnormOf = new Map(drugs.flatMap(({ drug, rxnorm }): [string, string][] => (rxnorm === null ? [] : [[drug, rxnorm]])));
	return {
		names: drugs.map(({ drug }) => drug),
		byRxnorm: new Map([
			...[...rxnormOf].map(([drug, code]): [string, readonly string[]] => [code, [drug]]),
			...products.map((each): [string, readonly string[]] => [each.rxnorm, each.drugs]),
		]),
		byAtc,
		rxnormOf,
	};
}
