import fc from "fast-check";
import { expect, it } from "vitest";
import { BaseError, canonicalText } from "#base";
import type { AccessEntry } from "#contracts";
import { entryText } from "./entryText.ts";
import { draftOf } from "./testing.ts";

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom('"', "\\", "\u2028", "\ud800", "é😀"));
const texts = fc.array(text, { maxLength: 4 });
const number = fc.oneof(fc.maxSafeNat(), fc.constantFrom(-0, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY));
const complete = { ...draftOf("ab".repeat(32) as AccessEntry["pseudonym"]), format: "aceso/entry/1", log: "log.1", seq: 3, previous: "0".repeat(64) };

/** An entry with some members replaced by whatever a caller might hand in. */
const entries = fc
	.record(
		{
			...{ action: text, compartments: texts, consents: texts, count: number, decision: text, emergencyReason: text, height: number, level: text },
			...{ log: text, member: text, model: text, previous: text, pseudonym: text, purpose: text, reasons: texts, requester: text },
			...{ requesterKind: text, seq: number, stalenessMs: number, time: number, via: text },
		},
		{ requiredKeys: [] },
	)
	.map((changed) => ({ ...complete, ...changed }) as unknown as AccessEntry);

function outcome(write: (entry: AccessEntry) => string, entry: AccessEntry): string {
	try {
		return write(entry);
	} catch (error) {
		return error instanceof BaseError ? error.code : "another error";
	}
}

it("[LO27] an entry is written and refused as canonical JSON has it", () => {
	fc.assert(
		fc.property(entries, (entry) => {
			expect(outcome(entryText, entry)).toBe(outcome(canonicalText, entry));
		}),
		{ numRuns: 2_000 },
	);
});

it("[LO27] an entry too large, with a member missing, or with one that is no JSON is refused", () => {
	const refused = expect.objectContaining({ code: "JSON_NOT_PERMITTED" });
	const whole = complete as unknown as AccessEntry;
	expect(entryText(whole)).toBe(canonicalText(whole));
	for (const model of ["x".repeat(32_768), "é".repeat(16_384)]) expect(() => entryText({ ...whole, model })).toThrow(refused);
	for (const name of Object.keys(whole)) {
		for (const value of [undefined, 1n, () => 0])
			expect(() => entryText({ ...whole, [name]: value } as unknown as AccessEntry), name).toThrow(refused);
	}
});
