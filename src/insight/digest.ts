import { type Digest, encodeUtf8, sha256Hex } from "#base";
import { InsightError } from "./errors.ts";

/** FHIR resources nest far less; beyond this a value is not one of ours. */
const maxDepth = 64;

/**
 * SHA-256 of a JSON value in the form of RFC 8785, fractions included (clinical values have them; the ledger's stricter form has not).
 *
 * @throws {@link InsightError} `INSIGHT_RESOURCE_UNREADABLE` on what JSON cannot hold or nesting beyond 64.
 */
export function digestJson(value: unknown): Digest {
	return sha256Hex(encodeUtf8(write(value, 0))) as Digest;
}

function write(value: unknown, depth: number): string {
	if (depth > maxDepth) throw new InsightError("INSIGHT_RESOURCE_UNREADABLE", `expected nesting of at most ${maxDepth}, found more`);
	if (value === null || typeof value === "boolean") return String(value);
	// A lone surrogate, which RFC 8785 forbids and a record may still hold, is written as its escape: one spelling, no second.
	if (typeof value === "string") return JSON.stringify(value);
	// ECMAScript's shortest round-trip form is the one RFC 8785 §3.2.2.3 prescribes.
	if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
	if (typeof value === "object") return writeObject(value as { readonly [key: string]: unknown }, depth);
	throw new InsightError("INSIGHT_RESOURCE_UNREADABLE", `expected a JSON value, found ${typeof value}`);
}

function writeObject(value: { readonly [key: string]: unknown }, depth: number): string {
	const members = Object.keys(value)
		.filter((key) => value[key] !== undefined)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${write(value[key], depth + 1)}`);
	return `{${members.join(",")}}`;
}
