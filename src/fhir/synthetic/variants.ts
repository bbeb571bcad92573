import { writeReport } from "./chapters.ts";
import type { Chart, Ref } from "./chart.ts";
import { concept, hl7, loinc, type Term } from "./terms.ts";

interface Variant {
	readonly gene: Term;
	readonly coding: string;
	readonly protein: string;
	/** `LA6684-0` somatic, `LA6683-2` germline (LOINC answer list LL378-1). */
	readonly origin: "somatic" | "germline";
	/** Frequency in a population, where the laboratory states it (gnomAD): 0..1. */
	readonly populationFrequency?: number;
}

const gene = (id: string, symbol: string): Term => ({ system: "http://www.genenames.org/geneId", code: id, display: symbol });
const hgvs = (code: string): Term => ({ system: "http://varnomen.hgvs.org", code, display: code });

/** Variants that recur in tumours, and two well-known inherited ones. Names by HGVS on MANE Select transcripts, genes by HGNC id. */
export const variants = {
	egfrL858R: { gene: gene("HGNC:3236", "EGFR"), coding: "NM_005228.5:c.2573T>G", protein: "NP_005219.2:p.(Leu858Arg)", origin: "somatic" },
	egfrT790M: { gene: gene("HGNC:3236", "EGFR"), coding: "NM_005228.5:c.2369C>T", protein: "NP_005219.2:p.(Thr790Met)", origin: "somatic" },
	krasG12D: { gene: gene("HGNC:6407", "KRAS"), coding: "NM_004985.5:c.35G>A", protein: "NP_004976.2:p.(Gly12Asp)", origin: "somatic" },
	tp53R175H: { gene: gene("HGNC:11998", "TP53"), coding: "NM_000546.6:c.524G>A", protein: "NP_000537.3:p.(Arg175His)", origin: "somatic" },
	pik3caH1047R: { gene: gene("HGNC:8975", "PIK3CA"), coding: "NM_006218.4:c.3140A>G", protein: "NP_006209.2:p.(His1047Arg)", origin: "somatic" },
	brafV600E: { gene: gene("HGNC:1097", "BRAF"), coding: "NM_004333.6:c.1799T>A", protein: "NP_004324.2:p.(Val600Glu)", origin: "somatic" },
	brca2S1982fs: {
		gene: gene("HGNC:1101", "BRCA2"),
		coding: "NM_000059.4:c.5946del",
		protein: "NP_000050.3:p.(Ser1982ArgfsTer22)",
		origin: "germline",
		populationFrequency: 0.0003,
	},
	mlh1K618del: {
		gene: gene("HGNC:7127", "MLH1"),
		coding: "NM_000249.4:c.1852_1854del",
		protein: "NP_000240.1:p.(Lys618del)",
		origin: "germline",
		populationFrequency: 0.0001,
	},
} as const satisfies Record<string, Variant>;
export type VariantName = keyof typeof variants;

const fraction = (value: number) => ({ valueQuantity: { value, unit: "1", system: "http://unitsofmeasure.org", code: "1" } });
const coded = (term: Term) => ({ valueCodeableConcept: concept(term) });

/**
 * One variant Observation per name and a genetics report over them. Profile: HL7 Genomics Reporting Implementation Guide 2.0, "Variant".
 *
 * @returns the report.
 */
export function writeVariants(chart: Chart, daysAgo: number, names: readonly VariantName[]): Ref {
	const result = names.map((name) => writeVariant(chart, daysAgo, variants[name]));
	return writeReport(chart, "GE", loinc("51969-4", "Genetic analysis report"), daysAgo, result);
}

function writeVariant(chart: Chart, daysAgo: number, variant: Variant): Ref {
	const isSomatic = variant.origin === "somatic";
	const sampleFrequency = isSomatic ? chart.random.decimal(0.08, 0.46, 2) : 0.5;
	const component = [
		{ code: concept(loinc("48018-6", "Gene studied [ID]")), ...coded(variant.gene) },
		{ code: concept(loinc("48004-6", "DNA change (c.HGVS)")), ...coded(hgvs(variant.coding)) },
		{ code: concept(loinc("48005-3", "Amino acid change (pHGVS)")), ...coded(hgvs(variant.protein)) },
		{
			code: concept(loinc("48002-0", "Genomic source class [Type]")),
			...coded(isSomatic ? loinc("LA6684-0", "Somatic") : loinc("LA6683-2", "Germline")),
		},
		{ code: concept(loinc("81258-6", "Sample variant allelic frequency [NFr]")), ...fraction(sampleFrequency) },
	];
	if (variant.populationFrequency !== undefined) {
		component.push({ code: concept(loinc("92821-8", "Population allele frequency [Ratio]")), ...fraction(variant.populationFrequency) });
	}
	return chart.add("Observation", {
		status: "final",
		category: [{ coding: [hl7("observation-category", "laboratory", "Laboratory")] }, { coding: [hl7("v2-0074", "GE", "Genetics")] }],
		code: concept(loinc("69548-6", "Genetic variant assessment")),
		subject: chart.patient,
		effectiveDateTime: chart.at(daysAgo),
		performer: [chart.organization],
		valueCodeableConcept: concept(loinc("LA9633-4", "Present")),
		component,
	});
}
