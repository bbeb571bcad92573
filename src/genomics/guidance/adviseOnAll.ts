import { type Action, silences } from "./actions.ts";
import { type Advice, adviseOn } from "./adviseOn.ts";
import type { Effect } from "./effect.ts";
import { type CalledGene, findingOf, type GeneFinding } from "./finding.ts";
import type { GuidanceKnowledge, Population, Strength } from "./guidanceTable.ts";
import { isStale, type SaidAdvice, sayAdvice, strengthOf } from "./sayAdvice.ts";
import type { Statement } from "./statement.ts";

/** What one piece of advice comes to, the most pressing first. None of them says that a drug is safe. */
export const gists = ["change", "usual", "unknown", "silent"] as const;
export type Gist = (typeof gists)[number];

/** Actions that leave the drug and its dose as they are without this gene. */
const usual: ReadonlySet<Action> = new Set<Action>([
	...(["standard-dosing", "label-dosing", "per-label", "no-need-to-avoid", "no-action", "standard-algorithm"] as const),
]);
/** Actions that change nothing by themselves. */
const beside: ReadonlySet<Action> = new Set<Action>(["note", "see-guideline", "basis", "gene-missing", "gene-unassigned"]);

/** Actions that a guideline asks of everybody who takes the drug: beside an unconditional standard dose they change nothing. */
const general: ReadonlySet<Action> = new Set<Action>(["lowest-effective-shortest", "adjust-all-alike", "wait-steady-state"]);

/** What advice says by codes, for a reader of another language than that of the sentences. */
export interface AdviceCodes {
	readonly strength: Strength;
	readonly population: Population;
	readonly statements: readonly Statement[];
	readonly effects: readonly Effect[];
	/** Several results explain the sample equally well; this is the advice for one of them. */
	readonly ambiguous: boolean;
	/** Year of the newest publication; null where it is not stated. */
	readonly published: number | null;
}

/** Advice with its sentences: everything that a screen or a file shows of it. */
export interface GivenAdvice extends SaidAdvice {
	readonly status: Advice["status"];
	readonly gist: Gist;
	readonly source: Advice["guideline"]["source"];
	readonly genes: readonly string[];
	/** Key of the row by gene; null where the gene has no result. */
	readonly keys: readonly (string | null)[];
	/** Genes of the guideline without a result. */
	readonly missing: readonly string[];
	/** Accessions of guideline and row at ClinPGx. */
	readonly guidelineId: string;
	readonly recommendationId: string | undefined;
	readonly guidelineVersion: number;
	readonly codes: AdviceCodes;
	/** Day on which the guideline stood so. */
	readonly asOf: string;
	readonly stale: boolean;
}

export interface DrugAdvice {
	readonly drug: string;
	/** The most pressing of its advice. */
	readonly gist: Gist;
	readonly advice: readonly GivenAdvice[];
}

export interface AdviceReport {
	/** Version of the guidance that was asked. */
	readonly guidanceVersion: string;
	/** The day for which the age of guidelines was judged. */
	readonly today: string;
	readonly drugs: readonly DrugAdvice[];
}

export interface AdviseOnAllParameters {
	readonly genes: readonly CalledGene[];
	readonly guidance: GuidanceKnowledge;
	/** As `2026-11-29`. */
	readonly today: string;
	/** All drugs of the tables when absent. One that no guideline speaks of has no advice. */
	readonly drugs?: readonly string[] | undefined;
	readonly population?: Population | undefined;
}

/** What the guidelines say for a sample's results, drug by drug. */
export function adviseOnAll({ genes, guidance, today, drugs = [...guidance.drugs.keys()], population }: AdviseOnAllParameters): AdviceReport {
	const findings = findingsOf(genes);
	const advised = drugs.map((drug): DrugAdvice => {
		const advice = adviseOn({ drug, findings, guidance, population }).map((each) => giveAdvice(each, today));
		return { drug, gist: worst(advice.map(({ gist }) => gist)), advice };
	});
	return { guidanceVersion: guidance.version, today, drugs: advised };
}

/** The results in the words of guidelines; a gene without result has none. */
export function findingsOf(genes: readonly CalledGene[]): readonly GeneFinding[] {
	return genes.map(findingOf).filter((finding) => finding !== undefined);
}

/** @param today - As `2026-11-29`. */
export function giveAdvice(advice: Advice, today: string): GivenAdvice {
	const { guideline, recommendation, status } = advice;
	return {
		...sayAdvice(advice, today),
		...{ status, gist: gistOf(advice), source: guideline.source, genes: guideline.genes },
		keys: advice.results.map(({ key }) => key ?? null),
		missing: advice.results.filter(({ key }) => key === undefined).map(({ gene }) => gene),
		...{ guidelineId: guideline.id, recommendationId: recommendation?.id, guidelineVersion: guideline.version },
		...{ codes: codesOf(advice), asOf: guideline.asOf, stale: isStale(guideline.asOf, today) },
	};
}

function codesOf({ guideline, recommendation, status, ambiguous }: Advice): AdviceCodes {
	const years = guideline.publications.map(({ year }) => year);
	return {
		strength: strengthOf({ recommendation, status }),
		population: recommendation?.population ?? "unstated",
		statements: recommendation?.statements ?? [],
		effects: recommendation?.effects ?? [],
		...{ ambiguous, published: years.length === 0 ? null : Math.max(...years) },
	};
}

/** Whether advice asks for something else than the usual. Whatever is not known to be usual counts as a change. */
export function gistOf({ status, recommendation }: Pick<Advice, "status" | "recommendation">): Gist {
	if (status === "unknown") return "unknown";
	if (status !== "recommendation" || recommendation === undefined) return "silent";
	const asked = recommendation.statements.filter(({ action }) => !beside.has(action) && !silences.has(action));
	const isStandard = asked.some(({ action, conditions }) => action === "standard-dosing" && conditions.length === 0);
	return asked.every((statement) => usual.has(statement.action) || (isStandard && isGeneral(statement))) ? "usual" : "change";
}

function worst(found: readonly Gist[]): Gist {
	return gists.find((gist) => found.includes(gist)) ?? "silent";
}

/** A dose that follows the guideline of the disease is what everybody gets. */
function isGeneral({ action, details, figures }: Statement): boolean {
	return general.has(action) || (action === "adjust" && figures.length === 0 && details.by?.join() === "disease-guideline");
}
