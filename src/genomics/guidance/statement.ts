import { GenomicsError } from "../errors.ts";
import { type Action, actions } from "./actions.ts";
import { type Condition, conditions } from "./conditions.ts";
import { type Detail, details, type NameDetail, nameDetails } from "./details.ts";
import { type Figure, parseFigure } from "./figure.ts";

/** One thing that a guideline says for a result: when it holds, what to do, how sure, and with which figures. */
export interface Statement {
	/** All of them must hold. */
	readonly conditions: readonly Condition[];
	readonly action: Action;
	/** The guideline says "consider". */
	readonly consider: boolean;
	readonly details: Readonly<Partial<Record<Detail | NameDetail, readonly string[]>>>;
	readonly figures: readonly Figure[];
}

/**
 * Reads the codes of a guideline's text: statements apart by `; `, each `condition&condition: action? detail:word,word quantity*0.5`.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID` for a code that this version does not know.
 */
export function parseStatements(codes: string): readonly Statement[] {
	return codes === "" ? [] : codes.split("; ").map(parseStatement);
}

function parseStatement(text: string): Statement {
	const [, when, action, question, rest] = /^(?:([a-z0-9&-]+): )?([a-z-]+)(\??)((?: \S+)*)$/.exec(text) ?? [];
	if (action === undefined || !Object.hasOwn(actions, action)) throw unknownCode(text);
	const names = when === undefined ? [] : when.split("&");
	if (names.some((name) => !Object.hasOwn(conditions, name))) throw unknownCode(text);
	return {
		...{ conditions: names as Condition[], action: action as Action, consider: question === "?" },
		...parseDetails((rest ?? "").split(" ").filter(Boolean), parseWords),
	};
}

/** Parts details from figures; `readWords` judges the words of a detail. */
export function parseDetails(tokens: readonly string[], readWords: (name: string, words: readonly string[]) => boolean) {
	const found: Partial<Record<Detail | NameDetail, readonly string[]>> = {};
	const figures: Figure[] = [];
	for (const token of tokens) {
		const [, name, words] = /^([a-z]+):(\S+)$/.exec(token) ?? [];
		const figure = name === undefined ? parseFigure(token) : undefined;
		if (figure !== undefined) figures.push(figure);
		else if (name !== undefined && words !== undefined && readWords(name, words.split(","))) found[name as Detail] = words.split(",");
		else throw unknownCode(token);
	}
	return { details: found, figures };
}

function parseWords(name: string, words: readonly string[]): boolean {
	if ((nameDetails as readonly string[]).includes(name)) return true;
	return Object.hasOwn(details, name) && words.every((word) => Object.hasOwn(details[name as Detail], word));
}

export function unknownCode(text: string): GenomicsError {
	const expected = "a code of guidance that this version knows";
	return new GenomicsError("PGX_KNOWLEDGE_INVALID", `expected ${expected}, found one of ${text.length} characters`, { expected, found: "another" });
}
