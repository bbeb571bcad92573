import { fhirError } from "../errors.ts";
import { checkJson } from "./checkJson.ts";
import { findInvalidUtf8 } from "./utf8.ts";

/** Deepest nesting of one resource that is read; R4's own do not come near it. */
const depthMax = 64;

/**
 * Reads one JSON value strictly: UTF-8 without a byte-order mark, nesting bounded, each key once, no `__proto__`, no lone surrogates.
 *
 * @returns The value with plain numbers, and the text for whoever keeps their spelling.
 * @throws FhirError `FHIR_NOT_UTF8`, `FHIR_TOO_DEEP`, `FHIR_NOT_JSON`, `FHIR_TRUNCATED`, `FHIR_KEY_REFUSED`; never with a word of the content.
 */
export function readJson(bytes: Uint8Array): { readonly value: unknown; readonly text: string } {
	const invalid = findInvalidUtf8(bytes);
	if (invalid >= 0) throw fhirError("FHIR_NOT_UTF8", { byteOffset: invalid, expected: "UTF-8", found: "another byte" });
	const text = Buffer.from(bytes).toString("utf8");
	if (text.startsWith("\ufeff")) throw fhirError("FHIR_NOT_UTF8", { byteOffset: 0, expected: "JSON", found: "a byte-order mark" });
	assertShallow(text);
	checkJson(text, { path: "", byteOffset: 0 });
	return { value: JSON.parse(text), text };
}

function assertShallow(text: string): void {
	let depth = 0;
	let inString = false;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (inString) {
			if (code === 0x5c) at++;
			else if (code === 0x22) inString = false;
		} else if (code === 0x22) inString = true;
		else if (code === 0x7b || code === 0x5b) {
			depth++;
			if (depth > depthMax) throw fhirError("FHIR_TOO_DEEP", { byteOffset: at, expected: `nesting of at most ${depthMax}`, found: "more" });
		} else if (code === 0x7d || code === 0x5d) depth--;
	}
}
