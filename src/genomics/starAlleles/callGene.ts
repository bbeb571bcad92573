import { matchCombinations } from "./combinations.ts";
import type { DiplotypeResult, GeneNote, GeneResult, NoCallReason } from "./geneResult.ts";
import { createGeneSample, type GeneSample } from "./geneSample.ts";
import type { Definition, GeneKnowledge } from "./knowledge.ts";
import { callLowestFunction, type LowestFunctionCall, lowestFunctionGenes } from "./lowestFunction.ts";
import { worstDiplotype, worstPair } from "./lowestPair.ts";
import { type Diplotype, matchDiplotypes, topDiplotypes } from "./matchDiplotypes.ts";
import { missingImpact, unseenAlleles } from "./missingImpact.ts";
import { type PhenotypeResult, phenotypeOf } from "./phenotype.ts";
import type { SiteReading } from "./readSites.ts";
import type { Site } from "./siteIndex.ts";
import { slco1b1Fallback } from "./slco1b1.ts";
import { maxTurnedBlocks } from "./strands.ts";

export interface CallOptions {
	/** What a site without a record means. */
	readonly absent: "missing" | "reference";
	/** All diplotypes that explain the sample, not only those that explain the most positions. */
	readonly allMatches: boolean;
	/** Where no pair of named alleles fits, combinations of them and single changes. For research: no guideline speaks of them. */
	readonly combinations: boolean;
}

/**
 * In these genes a change that no allele has is read as reference, and noted: their guidelines judge single variants, and the unknown one has no
 * function assigned. Source: PharmCAT, docs/methods/NamedAlleleMatcher-101, "undocumented variation".
 */
const undocumentedAsReference: readonly string[] = ["CACNA1S", "DPYD", "G6PD", "NUDT15", "RYR1", "TPMT"];

interface Called {
	readonly diplotypes: readonly Diplotype[];
	readonly haplotypes: readonly string[];
	readonly noCall: NoCallReason | undefined;
	readonly notes: readonly GeneNote[];
}

export interface CallGeneParameters {
	readonly knowledge: GeneKnowledge;
	/** Sites of the gene by index. */
	readonly sites: readonly Site[];
	readonly reading: SiteReading;
	readonly options: CallOptions;
}

/** Calls one gene from what the file says of its sites. */
export function callGene(parameters: CallGeneParameters): GeneResult {
	const { knowledge, options } = parameters;
	const { definition } = knowledge;
	if (definition === undefined) return emptyResult(knowledge, "outsideCallNeeded");
	const sample = readSample(parameters, definition, options.combinations && !lowestFunctionGenes.includes(knowledge.gene));
	const called = callSample(sample, parameters);
	return toResult(knowledge, sample, called, parameters);
}

function readSample({ knowledge, sites, reading, options }: CallGeneParameters, definition: Definition, exact: boolean): GeneSample {
	return createGeneSample(knowledge, definition, sites, reading, {
		assumeReference: options.absent === "reference",
		undocumentedAsReference: undocumentedAsReference.includes(knowledge.gene) && !exact,
	});
}

function callSample(sample: GeneSample, { options }: CallGeneParameters): Called {
	const { exemption } = sample.definition;
	const none = (noCall: NoCallReason): Called => ({ diplotypes: [], haplotypes: [], noCall, notes: [] });
	if (sample.sites.length === 0) return none("noData");
	if (sample.missing.some(({ position }) => exemption.required.includes(position.position))) return none("requiredPositionMissing");
	if (lowestFunctionGenes.includes(sample.gene)) {
		if (sample.usesPhaseSets && sample.blocks > maxTurnedBlocks) return none("tooManyUnphased");
		const call: LowestFunctionCall = callLowestFunction(sample);
		return { ...call, noCall: undefined, notes: call.notes as readonly GeneNote[] };
	}
	if (sample.halfCalled.length > 0 && !options.combinations) return none("halfCalled");
	const exact = sample.halfCalled.length > 0 ? [] : matchDiplotypes(sample);
	if (exact.length > 0) return pick(sample, exact, options);
	if (!options.combinations) return none("noMatch");
	if (sample.blocks > maxTurnedBlocks) return none("tooManyUnphased");
	return { diplotypes: matchCombinations(sample, { partials: true }), haplotypes: [], noCall: undefined, notes: [] };
}

/** NAT2: of certain sets of diplotypes that unphased data leave, frequency picks one (exemptions.json of the definitions). */
function pick(sample: GeneSample, exact: readonly Diplotype[], { allMatches }: CallOptions): Called {
	const { unphasedPriorities } = sample.definition.exemption;
	const called = (diplotypes: readonly Diplotype[], notes: readonly GeneNote[] = []): Called => ({
		diplotypes,
		haplotypes: [],
		noCall: undefined,
		notes,
	});
	if (sample.blocks > 1 && unphasedPriorities.length > 0) {
		const names = new Map(exact.map((each) => [each.alleles.join("/"), each]));
		const priority = exact.length > 1 ? unphasedPriorities.find(({ of }) => of.every((name) => names.has(name))) : undefined;
		const picked = priority === undefined ? undefined : names.get(priority.pick);
		return picked === undefined ? called(exact) : called([picked], ["unphasedPriority"]);
	}
	return called(allMatches ? exact : topDiplotypes(exact));
}

function toResult(knowledge: GeneKnowledge, sample: GeneSample, called: Called, { reading, sites }: CallGeneParameters): GeneResult {
	const reported = (name: string) => sample.definition.suballeles.get(name) ?? name;
	const diplotypes = called.diplotypes.map(({ alleles, score }): DiplotypeResult => {
		const names = alleles.map(reported);
		return { name: names.join("/"), alleles: names, score };
	});
	const fallback = knowledge.gene === "SLCO1B1" && diplotypes.length === 0 ? slco1b1Fallback(sample.definition, sites, reading) : undefined;
	const impact = missingImpact(sample, [...called.diplotypes.flatMap(({ components }) => components.flat()), ...called.haplotypes]);
	return {
		...{ gene: knowledge.gene, source: "vcf", diplotypes: unique(diplotypes), haplotypes: called.haplotypes },
		phenotypes: fallback === undefined ? phenotypesOf(knowledge, called, unique(diplotypes)) : [phenotypeOf(knowledge, fallback)],
		noCall: called.noCall,
		notes: [...called.notes, ...notesOf(sample), ...(fallback === undefined ? [] : (["slco1b1FromRs4149056"] as const))],
		...{ phaseKnown: sample.blocks <= 1, positions: sample.definition.positions.length, missing: impact.missing },
		...{ assumedReference: sample.assumed, halfCalled: sample.halfCalled, undocumented: sample.undocumented, filtered: sample.filtered },
		...{ indistinguishable: impact.indistinguishable, unseenAlleles: unseenAlleles(sample) },
		...{ definitionVersion: sample.definition.version, phenotypeVersion: knowledge.phenotypes?.version, tableHash: knowledge.tableHash },
	};
}

function phenotypesOf(knowledge: GeneKnowledge, called: Called, diplotypes: readonly DiplotypeResult[]): readonly PhenotypeResult[] {
	if (!lowestFunctionGenes.includes(knowledge.gene)) return diplotypes.map(({ alleles }) => phenotypeOf(knowledge, alleles));
	const deciding = called.diplotypes.length > 0 ? worstDiplotype(knowledge, called.diplotypes) : worstPair(knowledge, called.haplotypes);
	return deciding.length === 0 ? [] : [phenotypeOf(knowledge, deciding)];
}

function notesOf({ gene, missing, halfCalled, definition, undocumentedAsReference }: GeneSample): readonly GeneNote[] {
	const notes: GeneNote[] = [];
	if (undocumentedAsReference) notes.push("undocumentedReadAsReference");
	if (halfCalled.length > 0 && lowestFunctionGenes.includes(gene)) notes.push("halfCalledReadAsReference");
	if (missing.some(({ position }) => definition.exemption.amp1Positions.includes(position.position))) notes.push("amp1PositionMissing");
	return notes;
}

/** Two suballeles may become one name. */
function unique(diplotypes: readonly DiplotypeResult[]): readonly DiplotypeResult[] {
	return [...new Map(diplotypes.map((each) => [each.name, each])).values()];
}

export function emptyResult(knowledge: GeneKnowledge, noCall: NoCallReason | undefined): GeneResult {
	return {
		...{ gene: knowledge.gene, source: "none", diplotypes: [], haplotypes: [], phenotypes: [], noCall, notes: [], phaseKnown: false },
		...{ positions: knowledge.definition?.positions.length ?? 0, missing: [], assumedReference: [], halfCalled: [], undocumented: [], filtered: [] },
		...{
			indistinguishable: {},
			unseenAlleles: [],
			definitionVersion: knowledge.definition?.version,
			phenotypeVersion: knowledge.phenotypes?.version,
			tableHash: knowledge.tableHash,
		},
	};
}
