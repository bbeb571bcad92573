import type { Definition, GeneKnowledge, Position } from "./knowledge.ts";
import { isUndocumented, type MissingReason } from "./observation.ts";
import type { SiteReading } from "./readSites.ts";
import type { Site } from "./siteIndex.ts";

/** What a sample has at one position of a gene. */
export interface SampleSite {
	/** Index into the definition's positions. */
	readonly index: number;
	/** Allele of each chromosome copy in the order of the file; null for a dot of a half-called genotype. */
	readonly alleles: readonly (string | null)[];
	/** Sites of one block keep their order together; -1 where both copies are equal. */
	readonly block: number;
}

export interface MissingSite {
	readonly position: Position;
	readonly reason: MissingReason;
}

export interface GeneSample {
	readonly gene: string;
	readonly definition: Definition;
	/** In order of the definition's positions. */
	readonly sites: readonly SampleSite[];
	/** Chromosome copies: 2, or 1 for X and Y of a male, and MT. */
	readonly copies: 1 | 2;
	/** Number of blocks that can be turned against one another: at most one, and the phase is known or does not matter. */
	readonly blocks: number;
	/** True where the file names phase sets. */
	readonly usesPhaseSets: boolean;
	readonly missing: readonly MissingSite[];
	/** Sites that the file does not mention and that were taken for reference. */
	readonly assumed: readonly Position[];
	/** Sites with a change that the definition does not know. */
	readonly undocumented: readonly Position[];
	/** True where such changes were read as reference. */
	readonly undocumentedAsReference: boolean;
	/** Sites where one copy has a dot. */
	readonly halfCalled: readonly Position[];
	/** Sites called by a record whose FILTER is not PASS. */
	readonly filtered: readonly Position[];
}

export interface GeneSampleOptions {
	readonly assumeReference: boolean;
	readonly undocumentedAsReference: boolean;
}

const haploidChromosomes = ["chrX", "chrY", "chrM"];

/** Brings what a file says of a gene's sites into the order of its definition. */
export function createGeneSample(
	{ gene }: GeneKnowledge,
	definition: Definition,
	sites: readonly Site[],
	{ observed, unusable }: SiteReading,
	{ assumeReference, undocumentedAsReference }: GeneSampleOptions,
): GeneSample {
	const missing: MissingSite[] = [];
	const [assumed, undocumented, halfCalled, filtered]: Position[][] = [[], [], [], []] as Position[][] as [
		Position[],
		Position[],
		Position[],
		Position[],
	];
	const called: { index: number; alleles: readonly (string | null)[]; phaseSet: string | undefined }[] = [];
	for (const [index, position] of definition.positions.entries()) {
		const site = sites[index] as Site;
		const observation = observed.get(site);
		if (observation === undefined) {
			const reason = unusable.get(site) ?? "absent";
			if (reason === "absent" && assumeReference) assumed?.push(position);
			else missing.push({ position, reason });
			continue;
		}
		const { alleles, phased, phaseSet, filtered: isFiltered } = observation;
		if (alleles.length === 1 && !haploidChromosomes.includes(definition.chromosome)) {
			missing.push({ position, reason: "ploidy" });
			continue;
		}
		if (alleles.includes(null)) halfCalled?.push(position);
		if (alleles.some(isUndocumented)) undocumented?.push(position);
		if (isFiltered) filtered?.push(position);
		const read = undocumentedAsReference ? alleles.map((allele) => (isUndocumented(allele) ? position.ref : allele)) : alleles;
		called.push({ index, alleles: read, phaseSet: phased ? phaseSet : undefined });
	}
	const copies = called.length > 0 && called.every(({ alleles }) => alleles.length === 1) ? 1 : 2;
	const even = called.filter(({ index, alleles }) => {
		if (alleles.length === copies) return true;
		missing.push({ position: definition.positions[index] as Position, reason: "ploidy" });
		return false;
	});
	const assumedSites = (assumed ?? []).map((position) => ({
		...{ index: definition.positions.indexOf(position), phaseSet: undefined },
		alleles: Array<string>(copies).fill(position.ref),
	}));
	const { list, blocks } = assignBlocks([...even, ...assumedSites].toSorted((a, b) => a.index - b.index));
	return {
		...{ gene, definition, sites: list, copies, blocks, missing },
		usesPhaseSets: even.some(({ phaseSet }) => phaseSet !== undefined && phaseSet !== ""),
		...{ assumed: assumed ?? [], undocumented: undocumented ?? [], halfCalled: halfCalled ?? [], filtered: filtered ?? [] },
		undocumentedAsReference: undocumentedAsReference && (undocumented ?? []).length > 0,
	};
}

/** Each unphased heterozygous site may be turned alone; sites of one phase set turn together, and so does what is phased without a set. */
function assignBlocks(called: readonly { index: number; alleles: readonly (string | null)[]; phaseSet: string | undefined }[]): {
	list: readonly SampleSite[];
	blocks: number;
} {
	const bySet = new Map<string, number>();
	let blocks = 0;
	const list = called.map(({ index, alleles, phaseSet }) => {
		if (alleles.length === 1 || alleles[0] === alleles[1]) return { index, alleles, block: -1 };
		const known = phaseSet === undefined ? undefined : bySet.get(phaseSet);
		const block = known ?? blocks++;
		if (phaseSet !== undefined) bySet.set(phaseSet, block);
		return { index, alleles, block };
	});
	return { list, blocks };
}
