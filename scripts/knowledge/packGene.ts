import type { SourceDefinition, SourceExemption, SourcePhenotypes, SourceVariant } from "./readPharmcat.ts";

/**
 * A gene's definition in compact form. An allele keeps the sites it names, by index; the others are unspecified.
 *
 * @throws Error When a row does not have the shape that is known.
 */
export function packDefinition(definition: SourceDefinition, exemption: SourceExemption | undefined): Record<string, unknown> {
	if (definition.formatVersion !== "2") throw new Error(`${definition.gene}: expected format 2 of definitions`);
	const foreign = definition.variants.find(({ chromosome }) => chromosome !== definition.chromosome);
	if (foreign !== undefined) throw new Error(`${definition.gene} has a position on another chromosome`);
	if (definition.namedAlleles.filter(({ reference }) => reference).length !== 1) throw new Error(`${definition.gene}: expected one reference allele`);
	return {
		chromosome: definition.chromosome,
		refSeq: definition.refSeqChromosomeId,
		build: definition.genomeBuild,
		definitionVersion: definition.version,
		positions: definition.variants.map(packPosition),
		alleles: definition.namedAlleles.map((allele) => packAllele(allele, definition)),
		...(Object.keys(definition.suballelesMap ?? {}).length === 0 ? {} : { suballeles: definition.suballelesMap }),
		...(exemption === undefined ? {} : { exemption: packExemption(exemption) }),
	};
}

function packPosition({ position, rsid, ref, alts, chromosomeHgvsName }: SourceVariant): unknown {
	if (!/^[ACGT]+$/.test(ref) || !alts.every((alt) => /^[ACGT]+$/.test(alt)))
		throw new Error(`position ${position} has other letters than A, C, G, T`);
	return { position, rsid, ref, alts, hgvs: chromosomeHgvsName };
}

function packAllele(allele: SourceDefinition["namedAlleles"][number], { gene, variants }: SourceDefinition): unknown {
	if (allele.structuralVariant) throw new Error(`${gene} ${allele.name} is a structural variant`);
	if (allele.alleles.length !== variants.length) throw new Error(`${gene} ${allele.name}: expected ${variants.length} sites`);
	const sites = Object.fromEntries(allele.alleles.flatMap((base, index) => (base === null ? [] : [[index, base]])));
	return { name: allele.name, id: allele.id, ...(allele.reference ? { reference: true } : {}), sites };
}

function packExemption(exemption: SourceExemption): unknown {
	return {
		required: exemption.requiredPositions,
		ignored: exemption.ignoredPositions.map(packPosition),
		extra: exemption.extraPositions.map(packPosition),
		ignoredAlleles: exemption.ignoredAlleles,
		unphasedPriorities: exemption.unphasedDiplotypePriorities.map(({ list, pick }) => ({ of: list, pick })),
		amp1Alleles: exemption.amp1Alleles,
		amp1Positions: exemption.amp1Positions,
	};
}

/**
 * Function of each allele, and what two functions make together. The source spells out every pair of alleles; all of its rows follow from the
 * pair of functions, which is checked here row by row.
 */
export function packPhenotypes(source: SourcePhenotypes): Record<string, unknown> {
	const functions = source.namedAlleles ?? Object.entries(source.haplotypes).map(([name, functionValue]) => withoutActivity(name, functionValue));
	const keyOf = new Map(functions.map(({ name, lookupKey }) => [name, lookupKey]));
	const results = new Map<string, Readonly<Record<string, unknown>>>();
	for (const row of source.diplotypes) {
		const keys = Object.entries(row.diplotypekey)
			.flatMap(([name, count]) => Array<string>(count).fill(keyOf.get(name) ?? missing(source.gene, name)))
			.toSorted();
		const result = { keys, phenotype: row.phenotype ?? row.generesult, activityScore: row.activityScore ?? null, lookup: row.lookupkey };
		const known = results.get(keys.join("\n"));
		if (known !== undefined && JSON.stringify(known) !== JSON.stringify(result))
			throw new Error(`${source.gene}: ${row.diplotype} is not what its functions say`);
		if (row.generesult !== result.phenotype) throw new Error(`${source.gene}: ${row.diplotype} has two results`);
		results.set(keys.join("\n"), result);
	}
	return {
		phenotypeVersion: source.version,
		functions: functions.map(({ name, functionValue, activityValue, lookupKey }) => ({
			name,
			function: functionValue,
			activity: activityValue,
			key: lookupKey,
		})),
		phenotypes: [...results.values()],
	};
}

function withoutActivity(name: string, functionValue: string) {
	return { name, functionValue, activityValue: null, lookupKey: functionValue };
}

function missing(gene: string, name: string): never {
	throw new Error(`${gene}: ${name} has no function`);
}
