import type { Detail, NameDetail } from "./details.ts";
import {
	type EffectDirection,
	type EffectQualifier,
	type EffectSubject,
	effectDirections,
	effectOutcomes,
	effectQualifiers,
	effectSubjects,
} from "./effects.ts";
import type { Figure } from "./figure.ts";
import { parseDetails, unknownCode } from "./statement.ts";

/** What a guideline says that a gene's result does. */
export interface Effect {
	readonly subject: EffectSubject;
	/** undefined where the subject says all. */
	readonly direction: EffectDirection | undefined;
	readonly qualifiers: readonly EffectQualifier[];
	/** `gene` whose result it is, `of` a substance, `for` an outcome. */
	readonly details: Readonly<Partial<Record<Detail | NameDetail, readonly string[]>>>;
	readonly figures: readonly Figure[];
}

/**
 * Reads the codes of an implication: effects apart by `; `, each `subject direction qualifier for:outcome of:substance`.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID` for a code that this version does not know.
 */
export function parseEffects(codes: string): readonly Effect[] {
	return codes.split("; ").map(parseEffect);
}

function parseEffect(text: string): Effect {
	const [subject, ...tokens] = text.split(" ");
	const words = tokens.filter((token) => /^[a-z-]+$/.test(token));
	const [direction, ...qualifiers] = words;
	if (subject === undefined || !Object.hasOwn(effectSubjects, subject)) throw unknownCode(text);
	if (direction !== undefined && !Object.hasOwn(effectDirections, direction)) throw unknownCode(text);
	if (qualifiers.some((word) => !Object.hasOwn(effectQualifiers, word))) throw unknownCode(text);
	return {
		...{ subject: subject as EffectSubject, direction: direction as EffectDirection | undefined, qualifiers: qualifiers as EffectQualifier[] },
		...parseDetails(
			tokens.filter((token) => !words.includes(token)),
			(name, listed) => name === "gene" || name === "of" || (name === "for" && listed.every((word) => Object.hasOwn(effectOutcomes, word))),
		),
	};
}
