/**
 * A gene's result in the words of guidelines. A gene that was not tested, or gave no call, has no finding: it is unknown, never normal.
 */
export interface GeneFinding {
	readonly gene: string;
	/** Equally good calls of the gene; each is looked up. */
	readonly calls: readonly GeneCall[];
}

/**
 * Keys under which guidelines may know one call, the most specific tier first: a diplotype before an activity score, that before a phenotype.
 * A guideline's row is taken from the first tier that it has a row for.
 */
export interface GeneCall {
	readonly tiers: readonly (readonly string[])[];
}

/** What of the room's `GeneResult` is read here. */
export interface CalledGene {
	readonly gene: string;
	readonly phenotypes: readonly {
		readonly alleles: readonly { readonly name: string; readonly activity: string | undefined }[];
		readonly phenotype: string | undefined;
		readonly activityScore: string | undefined;
		readonly lookup: string | undefined;
	}[];
}

/** HLA alleles that the guidelines ask for. */
const askedHla: Readonly<Record<string, readonly string[]>> = { "HLA-A": ["*31:01"], "HLA-B": ["*15:02", "*15:11", "*57:01", "*58:01"] };

/** undefined when the gene has no call, or none of its calls has a meaning that guidelines know. */
export function findingOf({ gene, phenotypes }: CalledGene): GeneFinding | undefined {
	if (Object.hasOwn(askedHla, gene)) return hlaFinding(gene, phenotypes);
	const calls = phenotypes.map((call) => ({ tiers: tiersOf(gene, call) })).filter(({ tiers }) => tiers.length > 0);
	return calls.length === 0 ? undefined : { gene, calls };
}

/** By the presence of alleles; where a laboratory gave presence and no alleles, by that, and what it did not speak of stays unknown. */
function hlaFinding(gene: string, phenotypes: CalledGene["phenotypes"]): GeneFinding | undefined {
	const typed = phenotypes.filter(({ alleles }) => alleles.length > 0);
	// A gene's result states the presence of each allele in turn, by the same call.
	const calls = new Map(typed.map((call) => [presenceOf(gene, call).join(), presenceOf(gene, call)]));
	if (calls.size > 0) return { gene, calls: [...calls.values()].map((keys) => ({ tiers: [keys] })) };
	const stated = phenotypes.flatMap(({ phenotype }) => (phenotype === undefined ? [] : [phenotype]));
	return stated.length === 0 ? undefined : { gene, calls: [{ tiers: [[...new Set(stated)]] }] };
}

function presenceOf(gene: string, { alleles }: CalledGene["phenotypes"][number]): readonly string[] {
	const names = alleles.map(({ name }) => name);
	return (askedHla[gene] ?? []).map((asked) => `${asked} ${carries(names, asked) ? "positive" : "negative"}`);
}

function tiersOf(gene: string, { alleles, phenotype, activityScore, lookup }: CalledGene["phenotypes"][number]): readonly (readonly string[])[] {
	const names = alleles.map(({ name }) => name);
	const tiers = [
		names.length === 2 ? [diplotypeKey(names)] : [],
		gene === "DPYD" ? dpydKeys(alleles, activityScore ?? lookup) : [],
		[activityScore, lookup].filter((key) => key !== undefined),
		[phenotype].filter((key) => key !== undefined),
	];
	return tiers.filter((tier) => tier.length > 0).map((tier) => [...new Set(tier)]);
}

/** Field by field: `*57:01:01` carries `*57:01`; `*57:010` does not. */
function carries(names: readonly string[], asked: string): boolean {
	return names.some((name) => name === asked || name.startsWith(`${asked}:`));
}

/** Alleles in the order of their numbers, as the tables have them. */
export function diplotypeKey(names: readonly string[]): string {
	return names.toSorted((one, other) => one.localeCompare(other, "en", { numeric: true })).join("/");
}

/**
 * DPWG parts a DPYD score of 1 into one normal and one lost copy, where the dose is halved, and two copies of decreased function, where the enzyme must be
 * measured ("phenotyping"). Source: the keys of the DPWG rows for DPYD; Lunenburg et al. 2020, PMID 31745289.
 */
function dpydKeys(alleles: readonly { readonly activity: string | undefined }[], score: string | undefined): readonly string[] {
	const decreased = alleles.length === 2 && alleles.every(({ activity }) => Number(activity) === 0.5);
	if (score !== "1.0" || alleles.length !== 2 || alleles.some(({ activity }) => activity === undefined)) return [];
	return [decreased ? "1.0 (Phenotyping)" : "1.0 (Intermediate Metabolizer)"];
}
