import { type AdviceReport, type DrugAdvice, type Gist, type GivenAdvice, staleAfterMonths } from "#genomics";

/** Headings of the four outcomes; all but the first are lists of names, unless drugs were asked for by name. */
const headings = {
	change: "Something else than usual",
	usual: "As usual, as far as these genes go",
	unknown: "Not known: a gene that the guideline needs has no result. Unknown, not normal",
	silent: "The guidelines say nothing for these results. That does not mean that the drug is safe or that the usual dose is right",
} as const satisfies Record<Gist, string>;

/** @param named - Drugs were asked for by name: each is told in full. */
export function describeAdvice({ guidanceVersion, today, drugs }: AdviceReport, named: boolean): readonly string[] {
	const all = drugs.flatMap(({ advice }) => advice);
	const days = [...new Set(all.map(({ asOf }) => asOf))].toSorted();
	return [
		"",
		`Advice by guidance ${guidanceVersion.slice(0, 16)} (CPIC, and DPWG by ClinPGx; guidelines as they stood on ${days.join(", ")})`,
		...staleLines(all, today),
		...(named ? drugs.flatMap(describeDrug) : describeAll(drugs)),
	];
}

function staleLines(all: readonly GivenAdvice[], today: string): readonly string[] {
	const guidelines = new Map(all.map((each) => [each.guidelineId, each.stale]));
	const stale = [...guidelines.values()].filter(Boolean).length;
	if (stale === 0) return [];
	return [
		`Warning: on ${today} ${stale} of ${guidelines.size} guidelines are shown as they stood more than ${staleAfterMonths} months ago. Look up what changed.`,
	];
}

function describeAll(drugs: readonly DrugAdvice[]): readonly string[] {
	const of = (gist: Gist) => drugs.filter((each) => each.gist === gist);
	const listed = (gist: Gist, name: (drug: DrugAdvice) => string) =>
		of(gist).length === 0 ? [] : ["", `${headings[gist]}:`, ...wrapNames(of(gist).map(name))];
	return [
		...(of("change").length === 0 ? [] : ["", headings.change, ...of("change").flatMap(describeDrug)]),
		...listed("usual", ({ drug }) => drug),
		...listed("unknown", ({ drug, advice }) => `${drug} (${missingGenes(advice).join(", ")})`),
		...listed("silent", ({ drug }) => drug),
		"",
		"--drug NAME tells everything that the guidelines say on one drug.",
	];
}

function missingGenes(advice: readonly GivenAdvice[]): readonly string[] {
	return [...new Set(advice.flatMap(({ missing }) => missing))];
}

function describeDrug({ drug, advice }: DrugAdvice): readonly string[] {
	if (advice.length === 0) return ["", drug, "  No guideline of these tables speaks of it, which says nothing about it."];
	return ["", drug, ...advice.flatMap(describeOne)];
}

function describeOne({ results, population, what, why, strength, warnings, guideline, link }: GivenAdvice): readonly string[] {
	return [
		`  ${results}${population === undefined ? "" : `; for ${population}`}`,
		...what.map((line) => `    ${line}`),
		`    ${strength}`,
		...(why.length === 0 ? [] : [`    Why: ${why.join(" ")}`]),
		`    By: ${guideline}`,
		`        ${link}`,
		...warnings.map((line) => `    Warning: ${line}`),
	];
}

const lineWidth = 140;

function wrapNames(names: readonly string[]): readonly string[] {
	const lines: string[] = [];
	let line = "";
	for (const name of names) {
		if (line !== "" && line.length + name.length + 4 > lineWidth) {
			lines.push(`  ${line},`);
			line = "";
		}
		line = line === "" ? name : `${line}, ${name}`;
	}
	return line === "" ? lines : [...lines, `  ${line}`];
}
