import type { Gist } from "#genomics";
import { notSeenSaid, type PgxAnswer, type PgxInsight } from "#insight";
import type { Hook } from "./cdsRequest.ts";

/** A Coding of CDS Hooks. */
interface Coding {
	readonly system: string;
	readonly code: string;
	readonly display: string;
}

/** Source: CDS Hooks 2.0, "Card Attributes". */
export interface Card {
	/** Only where a decision on it can be recorded. */
	readonly uuid?: string;
	readonly summary: string;
	readonly detail: string;
	readonly indicator: "info" | "warning" | "critical";
	readonly source: { readonly label: string; readonly url?: string; readonly topic: Coding };
	readonly overrideReasons?: readonly Coding[];
	readonly links?: readonly { readonly label: string; readonly url: string; readonly type: "absolute" }[];
	readonly extension: Readonly<Record<string, unknown>>;
}

const reasonSystem = "urn:aceso:codes:override-reason";
/** Reasons that a client may offer; each says enough to stand alone in a sign-off. */
export const overrideReasons: readonly Coding[] = [
	{ system: reasonSystem, code: "tolerated-before", display: "The patient took this drug at this dose before and tolerated it" },
	{ system: reasonSystem, code: "benefit-outweighs", display: "The benefit outweighs the risk for this patient" },
	{ system: reasonSystem, code: "no-alternative", display: "There is no suitable alternative for this patient" },
	{ system: reasonSystem, code: "dose-adjusted", display: "The dose or the monitoring was already adjusted" },
	{ system: reasonSystem, code: "result-doubted", display: "The genetic result is in doubt and will be confirmed" },
	{ system: reasonSystem, code: "short-term", display: "A single dose or a very short course is planned" },
];

const topic: Coding = { system: "urn:aceso:codes:cds-topic", code: "pharmacogenomics", display: "Pharmacogenomics" };
/** CDS Hooks: fewer than 140 characters. */
const summaryMost = 139;

export interface CardParameters {
	readonly hook: Hook;
	readonly answer: PgxAnswer;
	/** A new id for a card that can be decided on. */
	readonly newUuid: () => string;
}

export interface MadeCard {
	readonly card: Card;
	/** By which it can be decided on; undefined where nothing was filed. */
	readonly insightHash: string | undefined;
	/** What it says; undefined of one that says nothing of a drug. */
	readonly insight: PgxInsight | undefined;
}

/** What an answer says, one card for each drug; of a whole patient one more, and cards for changes alone. */
export function makeCards({ hook, answer, newUuid }: CardParameters): readonly MadeCard[] {
	const shown = hook === "patient-view" ? answer.insights.filter(({ insight }) => insight.gist === "change") : answer.insights;
	const cards = shown.map(({ insight, insightHash, isFiled }) => ({
		card: isFiled ? { uuid: newUuid(), ...cardOf(insight, insightHash) } : withoutDecision(cardOf(insight, insightHash)),
		insightHash: isFiled ? insightHash : undefined,
		insight,
	}));
	return hook === "patient-view" ? [...cards, ...overview(answer)] : cards;
}

/** Nothing was filed, so that there is nothing to decide on. */
function withoutDecision({ overrideReasons: _, ...card }: Omit<Card, "uuid">): Card {
	return card;
}

const urgentActions = /^(?:Avoid this drug|Do not use this drug|This drug is (?:contraindicated|not recommended))[ .(]/;

function indicatorOf({ gist, advice }: PgxInsight): Card["indicator"] {
	if (gist !== "change") return "info";
	const isUrgent = advice.some(
		({ what, strength, population }) =>
			strength === "Strong recommendation." && what.some((line) => urgentActions.test(line)) && population !== undefined,
	);
	return isUrgent ? "critical" : "warning";
}

const summaries: Readonly<Record<Gist, string>> = {
	change: "something else than usual is advised",
	usual: "as usual, as far as these genes go",
	unknown: "not known, a gene has no result that could be seen",
	silent: "the guideline says nothing for these results",
};

function cardOf(insight: PgxInsight, insightHash: string): Omit<Card, "uuid"> {
	const { drug, gist, advice } = insight;
	const [first] = advice;
	const source = first?.source ?? "CPIC";
	return {
		summary: shorten(`${capital(drug)} and genes (${source}): ${gist === "change" ? (first?.what[0] ?? summaries.change) : summaries[gist]}`),
		detail: detailOf(insight),
		indicator: indicatorOf(insight),
		source: {
			label: first === undefined ? source : `${source} guideline, as it stood on ${first.asOf}`,
			...(first === undefined ? {} : { url: first.link }),
			topic,
		},
		overrideReasons,
		...(first === undefined ? {} : { links: [{ label: `${source} guideline for ${drug}`, url: first.link, type: "absolute" as const }] }),
		extension: {
			"org.aceso.insight": {
				...{
					insightHash,
					model: insight.modelId,
					modelVersion: insight.modelVersion,
					allelesVersion: insight.allelesVersion,
					guidanceVersion: insight.guidanceVersion,
				},
				...{
					guideline: first?.guidelineId,
					recommendations: advice.flatMap(({ recommendationId }) => recommendationId ?? []),
					asOf: first?.asOf,
					stale: first?.stale,
				},
				...{ classesNotSeen: insight.classesNotAvailable, classesSeenInPart: insight.classesInPart, gist },
			},
		},
	};
}

function detailOf(insight: PgxInsight): string {
	const { advice, adjustmentsSaid, caveats, unreadable, notice } = insight;
	const warnings = [...new Set(advice.flatMap((each) => each.warnings))];
	const [first] = advice;
	return [
		...advice.flatMap(({ results, population, what, strength, why }) => [
			`**${plain(results)}**${population === undefined ? "" : ` (for ${plain(population)})`}`,
			...[...what, strength].map((line) => `- ${plain(line)}`),
			...(why.length === 0 ? [] : [`- Why: ${plain(why.join(" "))}`]),
			"",
		]),
		...adjustmentsSaid.map((line) => `- ${plain(line)}`),
		...caveats.map((line) => `- **${plain(line)}**`),
		...unreadable.map((gene) => `- ${plain(gene)}: there is a result on file that cannot be read.`),
		...notSeenSaid(insight).map((line) => `- **${plain(line)}**`),
		...warnings.map((line) => `- Warning: ${plain(line)}`),
		"",
		...(first === undefined ? [] : [`${plain(first.guideline)}.`]),
		plain(notice),
	]
		.join("\n")
		.replaceAll(/\n{3,}/g, "\n\n")
		.trim();
}

/** For a chart that is opened: what is on file, and what could not be seen. Always there, so that silence says nothing. */
function overview({ facts, insights, notice }: PgxAnswer): readonly MadeCard[] {
	const genes = facts.genes.map(({ gene, phenotypes }) => `${gene}: ${phenotypes.map(({ phenotype }) => phenotype ?? "no phenotype").join(" or ")}`);
	const notSeen = notSeenSaid({ classesNotAvailable: facts.notSeen, classesInPart: facts.seenInPart, dependsOnMedicines: true });
	const onFile =
		genes.length === 0 ? "no result on file that could be seen: unknown, not normal" : `${genes.length} gene${genes.length === 1 ? "" : "s"} on file`;
	const changes = new Set(insights.filter(({ insight }) => insight.gist === "change").map(({ insight }) => insight.drug));
	const lines = [
		...genes.map((line) => `- ${plain(line)}`),
		...[...facts.caveats.values()].flat().map((line) => `- ${plain(line)}`),
		...facts.unreadable.map((gene) => `- ${plain(gene)}: there is a result on file that cannot be read.`),
		...(facts.medicines.length === 0 ? [] : [`- Medicines that were looked at: ${plain(facts.medicines.join(", "))}`]),
		...notSeen.map((line) => `- **${plain(line)}**`),
		"",
		plain(notice),
	];
	const medicines = changes.size === 0 ? "" : `; other advice than usual on ${[...changes].join(", ")}`;
	const card: Card = {
		summary: shorten(`Pharmacogenomics: ${facts.notSeen.includes("genomics") ? "genes not seen" : onFile}${medicines}`),
		detail: lines.join("\n").trim(),
		indicator: "info",
		source: { label: "Aceso pharmacogenomics", topic },
		extension: { "org.aceso.insight": { classesNotSeen: facts.notSeen, classesSeenInPart: facts.seenInPart } },
	};
	return [{ card, insightHash: undefined, insight: undefined }];
}

function capital(word: string): string {
	return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function shorten(text: string): string {
	return text.length <= summaryMost ? text : `${text.slice(0, summaryMost - 1).trimEnd()}…`;
}

/** Text from records and tables stands in a card as text: no markup of Markdown or HTML, no second line. */
export function plain(text: string): string {
	return text
		.replaceAll(/\s+/g, " ")
		.replaceAll(/[\\`*_[\]<>#|~!&]/g, (mark) => (mark === "<" ? "&lt;" : mark === ">" ? "&gt;" : mark === "&" ? "&amp;" : `\\${mark}`));
}
