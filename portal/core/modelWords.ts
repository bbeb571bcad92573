import type { Accepted, ModelChoice, PreventTerm, Problem, UncertaintyCode, Warning } from "#insight";
import type { ModelTexts } from "../texts/model/en.ts";
import { type Formats, fill, type Language } from "../texts/texts.ts";
import type { RiskView } from "./deskTypes.ts";
import type { Told } from "./nodeSentences.ts";
import { factorOf } from "./riskFactors.ts";
import { unitText } from "./units.ts";

/** In whose words a model's codes are told. */
export interface ModelTeller {
	readonly words: ModelTexts;
	readonly formats: Pick<Formats, "number" | "fixed">;
	readonly language: Language;
	/** A class of data by its name. */
	classOf(dataClass: string): string;
}

/** A code that is not known here stays in the words of the node, which are English, and is marked so: nothing that a model says is left out. */
function tell(text: string | undefined, message: string, { language }: ModelTeller): Told {
	return text === undefined ? { text: message, lang: "en" } : { text: capital(text), lang: language };
}

function wordOf(words: Readonly<Record<string, string>>, code: string): string | undefined {
	return Object.hasOwn(words, code) ? words[code] : undefined;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export type ToldProblem = Pick<Problem, "code" | "class" | "accepted"> & { readonly input: string; readonly message?: string };
export type ToldWarning = Pick<Warning, "code" | "input" | "because" | "ingredient" | "olderThanDays"> & { readonly message?: string };

export function tellProblem({ code, input, class: dataClass, accepted, message }: ToldProblem, teller: ModelTeller): Told {
	const { words, classOf } = teller;
	const text = wordOf(words.problems, code);
	const said =
		text === undefined
			? undefined
			: fill(text, {
					input: inputName(input, teller),
					class: dataClass === undefined ? "" : fill(words.ofClass, { class: classOf(dataClass) }),
					expected: accepted === undefined ? "" : fill(words.expected, { accepted: acceptedText(accepted, teller) }),
				});
	return tell(said, message ?? `${code}: ${input}`, teller);
}

export function tellWarning({ code, input, because, ingredient, olderThanDays, message }: ToldWarning, teller: ModelTeller): Told {
	const { words, formats } = teller;
	if (because !== undefined && input !== undefined) return tellProblem({ ...because, input, message: message ?? code }, teller);
	if (code === "MEDICINE_NOT_RENEWED" && (ingredient === undefined || olderThanDays === undefined)) return tell(words.someMedicine, code, teller);
	const text = wordOf(words.warnings, code);
	return tell(text && fill(text, { ingredient: ingredient ?? "", days: formats.number(olderThanDays ?? 0) }), message ?? code, teller);
}

function acceptedText(accepted: Accepted, { words, formats, language }: ModelTeller): string {
	if ("youngerThanDays" in accepted) return fill(words.younger, { days: formats.number(accepted.youngerThanDays) });
	const { from, to, excludesTo, unit } = accepted;
	const said = { from: formats.number(from), to: formats.number(to), unit: unitText(unit, language) };
	return fill(excludesTo === true ? words.rangeUnder : words.range, said);
}

export function inputName(input: string, { words }: ModelTeller): string {
	return wordOf(words.inputs, input) ?? input;
}

/** A term of the equation; one that is not known here by its label. */
export function tellTerm({ term, label }: { readonly term: string; readonly label: string }, { words, language }: ModelTeller): Told {
	const text = wordOf(words.terms, term as PreventTerm);
	return text === undefined ? { text: label, lang: "en" } : { text, lang: language };
}

/** Why this model was used; "" where it is not told. */
export function tellChoice(model: RiskView["model"], teller: ModelTeller): string {
	const { words } = teller;
	const why = model === null ? undefined : wordOf(words.choices, (model.choice as ModelChoice | undefined)?.code ?? "");
	if (model === null || why === undefined) return "";
	const inputs = model.choice.inputs.map((input) => inputName(input, teller));
	return fill(words.title, { name: model.name, why: fill(why, { inputs: inputs.join(", "), count: teller.formats.number(inputs.length) }) });
}

export function tellUncertainty({ codes, statement }: RiskView["uncertainty"], { words, language }: ModelTeller): Told {
	const said = codes.map((code) => wordOf(words.uncertainty, code as UncertaintyCode));
	return said.length === 0 || said.includes(undefined) ? { text: statement, lang: "en" } : { text: said.join(" "), lang: language };
}

/** Shares of less than this are not worth a line, as in the model's own sentences. */
const shownFrom = 0.0005;

/** A line for each factor, interactions each by themselves, the largest first: what the record's own sentences say. */
export function tellShares(drivers: RiskView["drivers"], teller: ModelTeller): readonly string[] {
	const { words, formats } = teller;
	const signed = (value: number) => `${value < 0 ? "−" : "+"}${formats.fixed(Math.abs(value), 3)}`;
	const shown = drivers.filter(({ logOdds }) => Math.abs(logOdds) >= shownFrom);
	const alone = shown.filter(({ term }) => !term.includes("*"));
	const groups = [
		...Map.groupBy(alone, ({ term }) => factorOf(term) ?? term).values(),
		...shown.filter((each) => !alone.includes(each)).map((each) => [each]),
	];
	const sum = (group: RiskView["drivers"]) => group.reduce((total, { logOdds }) => total + logOdds, 0);
	return groups
		.toSorted((a, b) => Math.abs(sum(b)) - Math.abs(sum(a)))
		.map((group) => {
			const parts = group.map((each) => `${tellTerm(each, teller).text}${group.length === 1 ? "" : ` ${signed(each.logOdds)}`}`).join("; ");
			return fill(words.share, { size: signed(sum(group)), factor: formats.fixed(Math.exp(sum(group)), 2), parts });
		});
}
