import { describe, expect, it } from "vitest";
import { FhirError } from "../errors.ts";
import { readJson } from "./readJson.ts";

const codeOf = (bytes: Uint8Array) => {
	try {
		readJson(bytes);
		return "read";
	} catch (error) {
		return error instanceof FhirError ? error.code : String(error);
	}
};
const text = (value: string) => new TextEncoder().encode(value);

describe("one JSON value", () => {
	it.each([
		["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "FHIR_NOT_UTF8"],
		["a byte-order mark", text("\ufeff{}"), "FHIR_NOT_UTF8"],
		["half a surrogate", text('"\\ud800"'), "FHIR_NOT_UTF8"],
		["nesting that has no end", text("[".repeat(1_000_000)), "FHIR_TOO_DEEP"],
		["a key given twice", text('{"a":1,"a":2}'), "FHIR_KEY_REFUSED"],
		["a prototype", text('{"__proto__":1}'), "FHIR_KEY_REFUSED"],
		["two values", text("{} {}"), "FHIR_NOT_JSON"],
		["brackets in a string", text(`"${"[".repeat(1000)}"`), "read"],
		["64 levels", text(`${"[".repeat(64)}${"]".repeat(64)}`), "read"],
	])("[FR70] %s", (_name, bytes, code) => {
		expect(codeOf(bytes)).toBe(code);
	});

	it("[FR70] no fault quotes what was sent", () => {
		for (const value of ['{"secret-key":1,"secret-key":2}', '{"a": secret-value}', '"secret']) {
			expect(() => readJson(text(value))).toThrow(FhirError);
			try {
				readJson(text(value));
			} catch (error) {
				expect((error as Error).message).not.toContain("secret");
			}
		}
	});
});
