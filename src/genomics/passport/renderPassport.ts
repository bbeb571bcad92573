import type { AdviceReport } from "../guidance/adviseOnAll.ts";
import type { PgxReport } from "../starAlleles/callPgx.ts";
import type { GeneResult } from "../starAlleles/geneResult.ts";
import { drugsOf, isAllOrdinary, type OtherList, otherDrugs, otherLists } from "./advisedDrugs.ts";
import { escapeHtml } from "./escapeHtml.ts";
import { passportStyle } from "./passportStyle.ts";
import { plainNoCall, plainPhenotype } from "./plainWords.ts";

export interface RenderPassportParameters {
	readonly report: PgxReport;
	/** By genes alone: what somebody takes at the moment belongs into no paper that is carried for years. */
	readonly advice: AdviceReport;
	/** Whose it is, as they or the file say; left blank where nobody does. */
	readonly name: string | undefined;
	/** As `2026-11-29`. */
	readonly today: string;
}

/** Diplotypes or phenotypes that are named before the rest is counted. */
const namedMost = 3;

/**
 * A page to carry, to print or to save as PDF: each gene's result in plain words, the drugs to tell a doctor about, and what is not known. HTML that asks for
 * nothing from anywhere and runs nothing.
 */
export function renderPassport(parameters: RenderPassportParameters): string {
	const { report, advice, name, today } = parameters;
	const called = report.genes.filter(({ phenotypes, diplotypes, haplotypes }) => phenotypes.length + diplotypes.length + haplotypes.length > 0);
	const unknown = report.genes.filter((gene) => !called.includes(gene));
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>Medicines and my genes</title>
<style>${passportStyle}</style>
</head>
<body>
<main>
<header>
<h1>Medicines and my genes</h1>
<dl class="who"><div><dt>Name</dt><dd>${name === undefined ? "&nbsp;" : escapeHtml(name)}</dd></div><div><dt>Made on</dt><dd>${escapeHtml(today)}</dd></div></dl>
</header>
<p class="lead">Show this to your doctor or pharmacist before you get a new medicine. <strong>Do not stop or change a medicine by yourself.</strong></p>
<h2>My genes, and the medicines to speak about</h2>
${called.length === 0 ? "<p>No gene has a result.</p>" : geneTable(called, advice)}
${unknownGenes(unknown)}
${drugLists(called, advice)}
${footer(parameters)}
</main>
</body>
</html>
`;
}

function geneTable(called: readonly GeneResult[], advice: AdviceReport): string {
	const rank = (gene: GeneResult) => drugsOf(gene, advice).length + (meaningOf(gene) === undefined ? 0.5 : 0);
	const rows = [...called].toSorted((one, other) => rank(other) - rank(one)).map((gene) => geneRow(gene, advice));
	return `<table>
<thead><tr><th scope="col">Gene</th><th scope="col">Result</th><th scope="col">What it means</th><th scope="col">Tell the doctor before taking</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

function geneRow(result: GeneResult, advice: AdviceReport): string {
	const drugs = drugsOf(result, advice);
	const meaning = meaningOf(result);
	return `<tr${drugs.length > 0 ? ' class="speak"' : ""}>
<th scope="row">${escapeHtml(result.gene)}</th>
<td data-label="Result">${escapeHtml(nameOf(result)).replaceAll("/", "/<wbr>")}${positionsOf(result)}</td>
<td data-label="What it means">${escapeHtml(meaning ?? "What this means is not known: unknown, not normal")}</td>
<td data-label="Tell the doctor before taking">${drugs.length > 0 ? escapeHtml(drugs.join(", ")) : `<span class="none">${meaning === undefined ? "not known" : "none that the guidelines name"}</span>`}</td>
</tr>`;
}

/** In plain words, with what it leaves open; undefined where a meaning is not known. */
function meaningOf(result: GeneResult): string | undefined {
	const { gene, phenotypes, missing, assumedReference } = result;
	const found = phenotypes.map(({ phenotype }) => plainPhenotype(gene, phenotype));
	if (found.length === 0 || found.includes(undefined)) return undefined;
	const isHla = gene.startsWith("HLA");
	const carried = found.filter((words) => words?.startsWith("You carry") === true);
	const said = [...new Set(isHla ? (carried.length > 0 ? carried : ["None of the forms that guidelines ask for was found"]) : found)];
	const several = !isHla && said.length > 1 ? "One of several: " : "";
	const open = isAllOrdinary(result) && missing.length + assumedReference.length > 0 ? ", as far as it was looked at" : "";
	return `${several}${said.slice(0, namedMost).join("; or ")}${open}`;
}

/** A name longer than this that stands on both copies is written once. */
const longName = 16;

function nameOf({ diplotypes, haplotypes }: GeneResult): string {
	const names =
		haplotypes.length > 0
			? haplotypes
			: diplotypes.map(({ name, alleles: [one, other] }) =>
					one === other && name.length > 2 * longName && one !== undefined ? `${one} (both copies)` : name,
				);
	if (names.length === 0) return "given by a laboratory";
	const rest = names.length - namedMost;
	return `${names.slice(0, namedMost).join(haplotypes.length > 0 ? ", " : " or ")}${rest > 0 ? ` or one of ${rest} more` : ""}`;
}

function positionsOf({ source, positions, missing, assumedReference }: GeneResult): string {
	if (source === "outside") return "<small>tested elsewhere</small>";
	const parts = [
		...(missing.length > 0 ? [`${missing.length} of ${positions} positions missing`] : []),
		...(assumedReference.length > 0 ? [`${assumedReference.length} of ${positions} assumed to be as usual`] : []),
	];
	return parts.length === 0 ? "" : `<small>${parts.join("; ")}</small>`;
}

function unknownGenes(unknown: readonly GeneResult[]): string {
	if (unknown.length === 0) return "";
	const byReason = Map.groupBy(unknown, ({ noCall }) => plainNoCall[noCall ?? "noMatch"]);
	const said = [...byReason].map(([reason, genes]) => `${genes.map(({ gene }) => gene).join(", ")} (${reason})`);
	return `<p class="unknown"><strong>Not known, which is not the same as normal:</strong> ${escapeHtml(said.join("; "))}.</p>`;
}

const listHeadings = {
	more: "Speak about these too, since the guideline says more than “as usual”",
	usual: "As usual, as far as these genes go",
	unknown: "Not known, because a gene has no result",
	silent: "Guidelines say nothing for these results, which is not the same as safe",
} as const satisfies Record<OtherList, string>;

function drugLists(called: readonly GeneResult[], advice: AdviceReport): string {
	const others = otherDrugs(called, advice);
	const lists = otherLists.map((list) =>
		others[list].length === 0 ? "" : `<p><strong>${listHeadings[list]}:</strong> ${escapeHtml(others[list].join(", "))}.</p>`,
	);
	return `<section class="lists">\n<h2>Other medicines that guidelines speak of</h2>\n${lists.filter(Boolean).join("\n")}\n</section>`;
}

function footer({ report, advice, today }: RenderPassportParameters): string {
	const guidelines = advice.drugs.flatMap(({ advice: given }) => given);
	const days = [...new Set(guidelines.map(({ asOf }) => asOf))].toSorted();
	const stale = guidelines.some((each) => each.stale)
		? ` <strong>On ${escapeHtml(today)} that was more than 18 months ago: ask whether they changed.</strong>`
		: "";
	const absent =
		report.absent === "reference"
			? "The file listed changes only: positions that it does not mention were assumed to be as in most people, and are counted above."
			: "Positions that the file does not mention count as missing.";
	return `<footer>
<p>By guidelines of CPIC (cpicpgx.org) and DPWG, annotated by ClinPGx, as they stood on ${escapeHtml(days.join(", "))}.${stale} ${absent} Other changes in these genes, other genes and other reasons for a dose are not seen. This page is no prescription.</p>
<p class="versions">Tables of alleles ${escapeHtml(report.knowledgeVersion)} (${escapeHtml(report.knowledgeReleased.slice(0, 10))}); of guidance ${escapeHtml(advice.guidanceVersion)}. Made by Aceso.</p>
</footer>`;
}
