import type { Effect } from "./effect.ts";
import { type EffectDirection, type EffectQualifier, effectDirections, effectOutcomes, effectQualifiers, effectSubjects } from "./effects.ts";
import { sayFigure } from "./sayFigure.ts";
import { sentence } from "./sayStatement.ts";

/** A sentence for a clinician on what a gene's result does. */
export function sayEffect({ subject, direction, qualifiers, details, figures }: Effect): string {
	const outcomes = (details.for ?? []).map((word) => effectOutcomes[word as keyof typeof effectOutcomes]).join(", ");
	const gene = details.gene === undefined ? "" : `${details.gene.join(" and ")}: `;
	const of = [...(details.of ?? []).map((word) => word.replaceAll("_", " ")), ...(outcomes === "" ? [] : [outcomes])].join(", ");
	const noun = `${effectSubjects[subject]}${of === "" ? "" : ` (${of})`}`;
	const said = direction === undefined ? noun : `${noun}: ${sayDirection(direction, qualifiers)}`;
	return sentence(`${gene}${said}${figures.length === 0 ? "" : ` (${figures.map(sayFigure).join("; ")})`}`);
}

/** `possibly slightly increased`, `increased (few data)`. */
function sayDirection(direction: EffectDirection, qualifiers: readonly EffectQualifier[]): string {
	const order: readonly EffectQualifier[] = ["theoretical", "possible", "likely", "slight", "great"];
	const before = order.filter((word) => qualifiers.includes(word));
	const after = qualifiers.filter((word) => !order.includes(word));
	return [...before.map((word) => effectQualifiers[word]), effectDirections[direction], ...after.map((word) => effectQualifiers[word])].join(" ");
}
