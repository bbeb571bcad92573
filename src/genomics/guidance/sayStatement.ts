import { type Action, actions } from "./actions.ts";
import { conditions } from "./conditions.ts";
import { type Detail, details, type NameDetail } from "./details.ts";
import { sayFigure } from "./sayFigure.ts";
import type { Statement } from "./statement.ts";

/** Actions about something: the outcome stands with them and is no reason. */
const concerning: ReadonlySet<Action> = new Set<Action>(["alert-to", "advise-patient", "inform-patient", "note-risk", "weigh-risk"]);

/** A sentence for a clinician, from the structure alone. */
export function sayStatement(statement: Statement): string {
	const when = statement.conditions.map((condition) => conditions[condition]).join(", ");
	const [instruction, gerund] = actions[statement.action] as readonly [string, string?];
	const what = statement.consider ? `consider ${gerund ?? instruction}` : instruction;
	const watches = statement.action === "monitor";
	const instead = statement.action.startsWith("avoid") ? "instead, " : "";
	const concerns = concerning.has(statement.action);
	const named = saidList(statement, [
		"drug",
		"class",
		"gene",
		"test",
		"about",
		...(watches ? ["by" as const] : []),
		...(concerns ? ["for" as const] : []),
	]);
	const aside = [
		...statement.figures.map(sayFigure),
		...(watches ? [] : prefixed("guided by", saidList(statement, ["by"]))),
		...prefixed(`${instead}for example`, saidList(statement, ["use"])),
		...prefixed(`${instead}one that does not mainly depend on`, saidList(statement, ["not"])),
		...(concerns ? [] : prefixed("reason:", saidList(statement, ["for"]))),
		...prefixed("except in", saidList(statement, ["unless"])),
	];
	const clause = `${what}${named === "" ? "" : `: ${named}`}${aside.length === 0 ? "" : ` (${aside.join("; ")})`}`;
	return sentence(when === "" ? clause : `${when}: ${clause}`);
}

function saidList({ details: said }: Statement, names: readonly (Detail | NameDetail)[]): string {
	return names.flatMap((name) => (said[name] ?? []).map((word) => sayWord(name, word))).join(said.about === undefined ? ", " : "; ");
}

function sayWord(name: Detail | NameDetail, word: string): string {
	const words: Readonly<Record<string, string>> | undefined = Object.hasOwn(details, name) ? details[name as Detail] : undefined;
	return words?.[word] ?? word.replaceAll("_", " ");
}

function prefixed(prefix: string, said: string): readonly string[] {
	return said === "" ? [] : [`${prefix} ${said}`];
}

export function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
