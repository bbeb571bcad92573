import type { Adjustment, AdviceCodes, AdviceStatus, Effect, EffectDirection, EffectQualifier, Figure, Gist, Statement } from "#genomics";
import type { GuidanceTexts } from "../texts/guidance/de.ts";
import { type Formats, fill } from "../texts/texts.ts";
import type { CardLine } from "./cardText.ts";

/** What one guideline says on a drug, by codes: as the node hands it over beside the card. */
export interface OrderCodes {
	readonly drug: string;
	readonly gist: Gist;
	readonly advice: readonly (AdviceCodes & {
		readonly status: AdviceStatus;
		readonly source: string;
		readonly genes: readonly string[];
		/** By gene; null where it has no result. */
		readonly keys: readonly (string | null)[];
		readonly missing: readonly string[];
		readonly guidelineId: string;
		readonly guidelineVersion: number;
		readonly asOf: string;
		readonly stale: boolean;
	})[];
	readonly adjustments: readonly Adjustment[];
	readonly caveats: readonly {
		readonly gene: string;
		readonly coverage: { readonly positions: number; readonly missing: number; readonly assumedReference: number } | null;
		readonly earlier: readonly string[];
	}[];
	readonly unreadable: readonly string[];
	readonly classesNotAvailable: readonly string[];
	readonly classesInPart: readonly string[];
	readonly dependsOnMedicines: boolean;
}

export interface GuidanceTeller {
	readonly words: GuidanceTexts;
	readonly formats: Pick<Formats, "day" | "number">;
	/** A drug by its name in the tables. */
	drugOf(name: string): string;
	classOf(dataClass: string): string;
}

/** A card in the reader's language. */
export interface ToldCard {
	readonly summary: string;
	readonly lines: readonly CardLine[];
	readonly source: string;
}

/** A code that these words do not know. Half a translation of advice on a drug would be worse than none. */
class Unknown extends Error {}

function wordOf(words: Readonly<Record<string, string>>, code: string): string {
	if (!Object.hasOwn(words, code)) throw new Unknown();
	return words[code] as string;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const sentence = (text: string) => `${capital(text)}.`;

/** The whole card from its codes; undefined where any code is not known here: then it is shown as the node wrote it. */
export function tellOrder(codes: OrderCodes, teller: GuidanceTeller): ToldCard | undefined {
	try {
		return told(codes, teller);
	} catch (error) {
		if (error instanceof Unknown) return undefined;
		throw error;
	}
}

function told(codes: OrderCodes, teller: GuidanceTeller): ToldCard {
	const { words, formats, drugOf } = teller;
	const { drug, gist, advice, adjustments, caveats, unreadable } = codes;
	const [first] = advice;
	if (first === undefined) throw new Unknown();
	const line = (text: string, isItem = true, isStrong = false): CardLine => ({ isItem, parts: [{ text, isStrong }] });
	const bodies = advice.map((each) => tellAdvice(each, teller));
	const what = gist === "change" ? (bodies[0]?.what[0] ?? words.gists.change) : wordOf(words.gists, gist);
	const warnings = new Set(advice.flatMap((each) => warningsOn(each, teller)));
	const said = { drug: drugOf(drug), source: first.source, day: formats.day(first.asOf) };
	const published = first.published === null ? words.unpublished : fill(words.published, { year: String(first.published) });
	return {
		summary: capital(fill(words.summary, { ...said, what })),
		source: fill(words.source, said),
		lines: [
			...bodies.flatMap(({ results, population, what: lines, strength, why }): CardLine[] => [
				{ isItem: false, parts: [{ text: results, isStrong: true }, ...(population === "" ? [] : [{ text: ` ${population}`, isStrong: false }])] },
				...[...lines, strength].map((text) => line(text)),
				...(why.length === 0 ? [] : [line(fill(words.why, { reasons: why.join(" ") }))]),
			]),
			...adjustments.map((each) => line(tellAdjustment(each, teller))),
			...caveats.flatMap((each) => tellCaveat(each, teller)).map((text) => line(text, true, true)),
			...unreadable.map((gene) => line(fill(words.unreadable, { gene }))),
			...notSeen(codes, teller).map((text) => line(text, true, true)),
			...[...warnings].map((text) => line(fill(words.warning, { text }))),
			line(
				fill(words.guideline, { ...said, genes: first.genes.join(", "), published, id: first.guidelineId, version: String(first.guidelineVersion) }),
				false,
			),
			line(words.incomplete, false),
		],
	};
}

type Advice = OrderCodes["advice"][number];

function tellAdvice({ genes, keys, population, strength, status, statements, effects }: Advice, teller: GuidanceTeller) {
	const { words } = teller;
	return {
		results: genes.map((gene, at) => `${gene}: ${keys[at] ?? words.noResult}`).join("; "),
		population: population === "unstated" ? "" : fill(words.forWhom, { population: wordOf(words.populations, population) }),
		what: [...statements.map((each) => tellStatement(each, teller)), ...(status === "recommendation" ? [] : [wordOf(words.statuses, status)])],
		strength: wordOf(words.strengths, strength),
		why: effects.map((each) => tellEffect(each, teller)),
	};
}

/** Actions about something: the outcome stands with them and is no reason; as in the tables' own sentences. */
const concerning: ReadonlySet<string> = new Set(["alert-to", "advise-patient", "inform-patient", "note-risk", "weigh-risk"]);

function tellStatement(statement: Statement, teller: GuidanceTeller): string {
	const { words } = teller;
	const { action, consider, conditions, details, figures } = statement;
	const when = conditions.map((condition) => wordOf(words.conditions, condition)).join(", ");
	const what = consider ? fill(words.consider, { what: wordOf(words.actions, action) }) : wordOf(words.actions, action);
	const [watches, concerns, isInstead] = [action === "monitor", concerning.has(action), action.startsWith("avoid")];
	const list = (names: readonly (keyof typeof details)[]) =>
		names.flatMap((name) => (details[name] ?? []).map((word) => detailOf(name, word, teller))).join(details.about === undefined ? ", " : "; ");
	const aside = (prefix: string, names: readonly (keyof typeof details)[]) => (list(names) === "" ? [] : [`${prefix} ${list(names)}`]);
	const named = list(["drug", "class", "gene", "test", "about", ...(watches ? (["by"] as const) : []), ...(concerns ? (["for"] as const) : [])]);
	const asides = [
		...figures.map((figure) => tellFigure(figure, teller)),
		...(watches ? [] : aside(words.guidedBy, ["by"])),
		...aside(isInstead ? words.forExampleInstead : words.forExample, ["use"]),
		...aside(words.independent, ["not"]),
		...(concerns ? [] : aside(words.reason, ["for"])),
		...aside(words.except, ["unless"]),
	];
	const clause = `${what}${named === "" ? "" : `: ${named}`}${asides.length === 0 ? "" : ` (${asides.join("; ")})`}`;
	return sentence(when === "" ? clause : `${when}: ${clause}`);
}

function detailOf(name: string, word: string, { words, drugOf }: GuidanceTeller): string {
	const known: Readonly<Record<string, string>> | undefined = Object.hasOwn(words.details, name)
		? words.details[name as keyof typeof words.details]
		: undefined;
	return known === undefined ? substanceOf(word, { words, drugOf }) : wordOf(known, word);
}

/** A drug, metabolite or gene; a name that nobody translated stays as the tables have it. */
function substanceOf(word: string, { words, drugOf }: Pick<GuidanceTeller, "words" | "drugOf">): string {
	const name = word.replaceAll("_", " ");
	return Object.hasOwn(words.substances, name) ? (words.substances[name] as string) : drugOf(name);
}

const before: readonly EffectQualifier[] = ["theoretical", "possible", "likely", "slight", "great"];

function tellEffect({ subject, direction, qualifiers, details, figures }: Effect, teller: GuidanceTeller): string {
	const { words } = teller;
	const outcomes = (details.for ?? []).map((word) => wordOf(words.outcomes, word)).join(", ");
	const of = [...(details.of ?? []).map((word) => substanceOf(word, teller)), ...(outcomes === "" ? [] : [outcomes])].join(", ");
	const noun = `${wordOf(words.subjects, subject)}${of === "" ? "" : ` (${of})`}`;
	const way = direction === undefined ? "" : `: ${tellDirection(direction, qualifiers, words)}`;
	const gene = details.gene === undefined ? "" : `${details.gene.join(", ")}: `;
	return sentence(`${gene}${noun}${way}${figures.length === 0 ? "" : ` (${figures.map((each) => tellFigure(each, teller)).join("; ")})`}`);
}

function tellDirection(direction: EffectDirection, qualifiers: readonly EffectQualifier[], words: GuidanceTexts): string {
	const ordered = [...before.filter((word) => qualifiers.includes(word)), undefined, ...qualifiers.filter((word) => !before.includes(word))];
	return ordered.map((word) => (word === undefined ? wordOf(words.directions, direction) : wordOf(words.qualifiers, word))).join(" ");
}

const comparisons: Readonly<Record<Figure["comparison"], string>> = { "=": "", "<=": "höchstens ", ">=": "mindestens ", "<": "unter ", ">": "über " };

function tellFigure({ quantity, factor, comparison, values }: Figure, teller: GuidanceTeller): string {
	const { words } = teller;
	const noun = wordOf(words.quantities, quantity);
	const amount = `${comparisons[comparison]}${values.map((value) => (factor ? shareOf(value, teller) : amountOf(value, teller))).join(words.or)}`;
	return factor ? fill(words.ofUsual, { noun, amount }) : `${noun} ${amount}`;
}

type Value = Figure["values"][number];

/** Up to the usual a percentage; beyond, a multiple. */
function shareOf({ minimum, maximum }: Value, { words, formats }: GuidanceTeller): string {
	const range = (scale: number) => [...new Set([minimum, maximum])].map((value) => formats.number(Number((value * scale).toFixed(1)))).join("–");
	return maximum <= 1 ? `${range(100)} %` : fill(words.times, { count: range(1) });
}

function amountOf({ minimum, maximum, more, unit }: Value, { words, formats }: GuidanceTeller): string {
	if (unit === "/day" || unit === "/week") {
		const count = minimum === 1 ? words.once : `${formats.number(minimum)}-mal`;
		return fill(unit === "/day" ? words.perDay : words.perWeek, { count });
	}
	const number = (value: number) => formats.number(value);
	const range = minimum === maximum ? number(minimum) : `${number(minimum)}–${number(maximum)}`;
	return [[range, ...more.map(number)].join("; "), unitOf(unit)].filter(Boolean).join(" ");
}

const units: Readonly<Record<string, string>> = {
	day: "Tag",
	days: "Tage",
	week: "Woche",
	weeks: "Wochen",
	hour: "Stunde",
	hours: "Stunden",
	months: "Monate",
};
function unitOf(unit: string): string {
	const parts = unit.replace("m2", "m²").replace(/^ug/, "µg").split("/");
	return parts.map((part) => (Object.hasOwn(units, part) ? units[part] : part)).join("/");
}

function tellAdjustment({ gene, by, kind, strength, before: alone, after, outcome }: Adjustment, { words, drugOf }: GuidanceTeller): string {
	const cause = `${wordOf(words.adjustmentStrengths, strength)} ${wordOf(words.adjustmentKinds, kind)}`;
	const who = `${by.map(drugOf).join(", ")} (${cause} von ${gene})`;
	const results = alone.length === 0 ? words.aloneNone : fill(words.alone, { results: alone.join(words.or) });
	return fill(wordOf(words.adjustments, outcome), { gene, who, alone: results, after: after.join(words.or) });
}

function tellCaveat({ gene, coverage, earlier }: OrderCodes["caveats"][number], { words, formats }: GuidanceTeller): readonly string[] {
	const count = (text: string, of: number) => (of === 0 ? [] : [fill(text, { count: formats.number(of) })]);
	const parts = coverage === null ? [] : [...count(words.missing, coverage.missing), ...count(words.assumed, coverage.assumedReference)];
	return [
		...(parts.length === 0 ? [] : [fill(words.coverage, { gene, positions: formats.number(coverage?.positions ?? 0), parts: parts.join(", ") })]),
		...(earlier.length === 0 ? [] : [fill(words.earlier, { gene, results: earlier.join("; ") })]),
	];
}

function notSeen({ classesNotAvailable, classesInPart, dependsOnMedicines }: OrderCodes, { words, classOf }: GuidanceTeller): readonly string[] {
	return [
		...classesNotAvailable.map((name) => fill(words.notSeen, { class: classOf(name) })),
		...classesInPart.map((name) => fill(words.seenInPart, { class: classOf(name) })),
		...(dependsOnMedicines && !classesNotAvailable.includes("medications") ? [words.labelled] : []),
	];
}

function warningsOn({ asOf, stale, ambiguous, missing, status }: Advice, { words, formats }: GuidanceTeller): readonly string[] {
	return [
		...(stale ? [fill(words.staleSince, { day: formats.day(asOf) })] : []),
		...(ambiguous ? [words.ambiguous] : []),
		...(missing.length > 0 && status !== "unknown" ? [fill(words.missingGenes, { genes: missing.join(", ") })] : []),
	];
}
