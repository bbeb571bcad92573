import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJson } from "../json/checkJson.ts";
import { findInvalidUtf8 } from "../json/utf8.ts";
import { bundleText, collect } from "../testing/bundles.ts";
import { readBundle } from "./readBundle.ts";

const key = fc
	.string({ minLength: 1, maxLength: 6, unit: "binary" })
	.filter((text) => text !== "__proto__" && text !== "resourceType" && text.isWellFormed());
const leaf = fc.oneof(
	fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed()),
	fc.double({ noNaN: true, noDefaultInfinity: true }),
	fc.boolean(),
	fc.constant(null),
	fc.constantFrom('"', "\\", "}]", '{"resource":', "\\u0022"),
);
const tree = fc.letrec((tie) => ({
	value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 3 }), fc.dictionary(key, tie("value"), { maxKeys: 3 })),
})).value;
const resource = fc.dictionary(key, tree, { maxKeys: 4 }).map((members) => ({ resourceType: "Basic", ...members }));

async function* cut(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
	const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
	let from = 0;
	for (const at of [...places, bytes.length]) {
		yield bytes.slice(from, at);
		from = at;
	}
}

describe("readBundle, properties", () => {
	it("gives the same entries wherever the bytes are cut, pretty-printed or not", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(resource, { maxLength: 4 }),
				fc.array(fc.nat(), { maxLength: 12 }),
				fc.boolean(),
				async (resources, cuts, isPretty) => {
					const compact = bundleText(resources.map((found, i) => ({ fullUrl: `urn:x:${i}`, resource: found })));
					const bytes = new TextEncoder().encode(isPretty ? JSON.stringify(JSON.parse(compact), null, "\t") : compact);
					const entries = await collect(readBundle(cut(bytes, cuts)));
					expect(entries.map((found) => JSON.stringify(found.resource))).toEqual(
						resources.map((found) => JSON.stringify(JSON.parse(JSON.stringify(found)))),
					);
					for (const found of entries) {
						expect(JSON.stringify(JSON.parse(found.resourceText))).toBe(JSON.stringify(found.resource));
						expect(bytes[found.byteOffset]).toBe(0x7b);
					}
				},
			),
			{ numRuns: 150 },
		);
	});

	it("refuses with one of its codes whatever byte is changed, or reads a bundle", async () => {
		const bytes = new TextEncoder().encode(bundleText([{ resource: { resourceType: "Basic", id: "x", code: { text: 'ä "quoted" \\ text' } } }]));
		await fc.assert(
			fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, byte) => {
				const changed = bytes.slice();
				changed[at] = byte;
				const result = await collect(readBundle([changed])).catch((cause: { code?: string }) => cause.code);
				if (typeof result === "string") expect(result).toMatch(/^FHIR_/);
				else expect(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(changed))).not.toThrow();
			}),
			{ numRuns: 500 },
		);
	});

	it("checkJson refuses what JSON.parse refuses, and accepts no more", () => {
		fc.assert(
			fc.property(tree, fc.nat(), fc.constantFrom("", "x", '"', ",", "]", "0", "\\", "\u0001"), (value, place, insert) => {
				const text = JSON.stringify(value);
				const at = place % (text.length + 1);
				const broken = text.slice(0, at) + insert + text.slice(at);
				let parses = true;
				try {
					JSON.parse(broken);
				} catch {
					parses = false;
				}
				let code = "";
				try {
					checkJson(broken, { path: "x", byteOffset: 0 });
				} catch (cause) {
					code = (cause as { code: string }).code;
				}
				// A key can become another's twin, or an escape half a surrogate: valid JSON that is refused all the same.
				if (parses) expect(["", "FHIR_KEY_REFUSED", "FHIR_NOT_UTF8"]).toContain(code);
				else expect(code).toMatch(/^FHIR_(NOT_JSON|KEY_REFUSED|NOT_UTF8)$/);
			}),
			{ numRuns: 500 },
		);
	});

	it("findInvalidUtf8 finds the first bad byte", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
				const head = new TextEncoder().encode(before);
				const bytes = Uint8Array.from([...head, 0xff, ...new TextEncoder().encode(after)]);
				expect(findInvalidUtf8(bytes)).toBe(head.length);
				expect(findInvalidUtf8(head)).toBe(-1);
			}),
		);
	});
});
