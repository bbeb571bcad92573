import { type Compartment, dataClasses } from "#contracts";
import { VaultError } from "./errors.ts";

/** Every compartment a subject has: the data classes, the opened terms, the link from person to pseudonym. */
export const compartmentNames: readonly Compartment[] = [...dataClasses, "consents", "link"];
const known: ReadonlySet<string> = new Set(compartmentNames);

export function isCompartment(text: string): text is Compartment {
	return known.has(text);
}

/**
 * Compartments sorted by UTF-16 unit and joined by `+`: the one spelling of a set.
 *
 * @throws {@link VaultError} `VAULT_COMPARTMENTS_INVALID` on an empty list, a repetition or an unknown name.
 */
export function joinCompartments(compartments: readonly Compartment[]): string {
	if (compartments.length === 0) throw new VaultError("VAULT_COMPARTMENTS_INVALID", "expected at least one compartment, found none");
	const sorted = compartments.length === 1 ? compartments : [...compartments].sort();
	for (let i = 0; i < sorted.length; i++) {
		if (!known.has(sorted[i] as string) || sorted[i] === sorted[i - 1]) {
			throw new VaultError("VAULT_COMPARTMENTS_INVALID", "expected known compartments, each once", { at: i });
		}
	}
	return sorted.join("+");
}

/** Reads the joined spelling back; `""` is the empty set of an audit key. Another spelling of a set throws. */
export function splitCompartments(joined: string): readonly Compartment[] {
	if (joined === "") return [];
	const parts = joined.split("+") as Compartment[];
	if (joinCompartments(parts) !== joined) throw new VaultError("VAULT_COMPARTMENTS_INVALID", "expected sorted compartments joined by '+'");
	return parts;
}
