import { diplotypeKey } from "../../../src/genomics/guidance/finding.ts";
import type { DrugTable, GuidanceSource, Population, StoredGuideline, StoredRow, Strength } from "../../../src/genomics/guidance/guidanceTable.ts";
import { isNonsense, type SourceGuideline, type SourceRecommendation } from "./readGuidance.ts";
import { effectsOf, statementsOf } from "./reviewedTexts.ts";

const populationCodes: Readonly<Record<string, Population>> = {
	general: "general",
	pediatrics: "pediatric",
	adults: "adult",
	"child >40kg_adult": "adult-or-child-over-40kg",
	"CVI ACS PCI": "acs-pci",
	NVI: "neurovascular",
	"CVI non-ACS non-PCI": "other-cardiovascular",
	"CBZ naive": "naive",
	"PHT naive": "naive",
	"OXC naive": "naive",
	"CBZ use >3mos": "used-over-3-months",
	"PHT use >3mos": "used-over-3-months",
	"OXC use >3 mos": "used-over-3-months",
	"CBZ-no alternatives": "no-alternative",
};

const strengthCodes: Readonly<Record<string, Strength>> = {
	Strong: "strong",
	Moderate: "moderate",
	Optional: "optional",
	"No recommendation": "noRecommendation",
	"N/A": "notGraded",
};

/** One table a drug, its guidelines in the order of the source's files. */
export function packGuidance(source: readonly SourceGuideline[]): readonly DrugTable[] {
	const chemicals = new Map(source.flatMap(({ guideline }) => guideline.relatedChemicals.map(({ id, name }) => [name, id] as const)));
	return [...chemicals]
		.toSorted(([one], [other]) => (one < other ? -1 : 1))
		.map(([drug, chemical]) => ({
			...{ format: "aceso/pgx-guidance/1" as const, drug, chemical },
			guidelines: source
				.filter(({ guideline }) => guideline.relatedChemicals.some(({ name }) => name === drug))
				.map((each) => packGuideline(each, drug)),
		}));
}

function packGuideline({ guideline, recommendations, citations, version }: SourceGuideline, drug: string): StoredGuideline {
	const genes = guideline.relatedGenes.map(({ symbol }) => symbol);
	const statements = new Indexed();
	const effects = new Indexed();
	const rows = recommendations
		.filter((row) => !isNonsense(row) && row.relatedChemicals.some(({ name }) => name === drug))
		.map(
			(row): StoredRow => [
				row.id,
				genes.map((gene) => keyOf(row.lookupKey[gene])),
				populationOf(row.population),
				strengthOf(row.classification),
				marksOf(row),
				statements.indexOf(statementsOf(row.text.html)),
				row.implications.map((implication) => effects.indexOf(effectsOf(implication))),
			],
		);
	return {
		...{ id: guideline.id, source: guideline.source as GuidanceSource, version: guideline.version, asOf: version.slice(0, 10), url: guideline.url },
		...{ genes, drugs: guideline.relatedChemicals.map(({ name }) => name) },
		publications: citations.map(({ pmid, year }) => ({ pmid, year })),
		...{ statements: statements.items, effects: effects.items, rows },
	};
}

/** Distinct texts in the order they were met. */
class Indexed {
	readonly items: string[] = [];
	indexOf(text: string): number {
		const index = this.items.indexOf(text);
		return index === -1 ? this.items.push(text) - 1 : index;
	}
}

/** `{ "*1": 1, "*3": 1 }` → `*1/*3`. */
export function keyOf(key: SourceRecommendation["lookupKey"][string] | undefined): string {
	if (key === undefined) throw new Error("a row has no key for a gene of its guideline");
	if (typeof key === "string") return key;
	return diplotypeKey(Object.entries(key).flatMap(([allele, count]) => Array.from({ length: count }, () => allele)));
}

function populationOf(population: string | null): Population {
	const code = population === null ? "unstated" : populationCodes[population];
	if (code === undefined) throw new Error(`unknown population: ${population}`);
	return code;
}

function strengthOf(classification: SourceRecommendation["classification"]): Strength {
	const code = classification === null ? "unstated" : strengthCodes[classification.term];
	if (code === undefined) throw new Error(`unknown classification: ${classification?.term}`);
	return code;
}

function marksOf({ dosingInformation, alternateDrugAvailable, otherPrescribingGuidance }: SourceRecommendation): string {
	return `${dosingInformation ? "d" : "-"}${alternateDrugAvailable ? "a" : "-"}${otherPrescribingGuidance ? "o" : "-"}`;
}
