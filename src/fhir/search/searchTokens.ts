import { isPlainObject } from "../json/values.ts";
import type { FoundValue } from "./extractValues.ts";

/** A code with its system, as a token parameter compares it. */
export interface Token {
	/** Undefined where the type has none of its own: a code, a boolean. */
	readonly system: string | undefined;
	readonly hasSystem: boolean;
	readonly code: string | undefined;
}

const plain = (code: string): Token => ({ system: undefined, hasSystem: false, code });
const text = (value: unknown) => (typeof value === "string" ? value : undefined);

export function tokensOf({ value, type }: FoundValue): readonly Token[] {
	if (type === "exists") return [plain(String(value !== false))];
	if (typeof value === "string") return [plain(value)];
	if (typeof value === "boolean") return [plain(String(value))];
	if (!isPlainObject(value)) return [];
	switch (type) {
		case "CodeableConcept":
			return (Array.isArray(value.coding) ? value.coding : []).flatMap((coding) => tokensOf({ value: coding, type: "Coding" }));
		case "Identifier":
			return [{ system: text(value.system), hasSystem: true, code: text(value.value) }];
		case "ContactPoint": {
			const number = text(value.value);
			return number === undefined ? [] : [plain(number)];
		}
		default:
			return [{ system: text(value.system), hasSystem: true, code: text(value.code) }];
	}
}
