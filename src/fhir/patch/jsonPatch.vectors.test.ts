import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FhirError } from "../errors.ts";
import { parseKeepingNumbers } from "../json/numberSpelling.ts";
import { applyJsonPatch } from "./jsonPatch.ts";

/** RFC 6902, appendix A: document, patch, result; undefined where the patch must fail. */
const examples: readonly [name: string, document: unknown, patch: unknown, result: unknown][] = [
	["A.1", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
	["A.2", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
	["A.3", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
	["A.4", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
	["A.5", { baz: "qux", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo", foo: "bar" }],
	[
		"A.6",
		{ foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
		[{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
		{ foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
	],
	["A.7", { foo: ["all", "grass", "cows", "eat"] }, [{ op: "move", from: "/foo/1", path: "/foo/3" }], { foo: ["all", "cows", "eat", "grass"] }],
	[
		"A.8",
		{ baz: "qux", foo: ["a", 2, "c"] },
		[
			{ op: "test", path: "/baz", value: "qux" },
			{ op: "test", path: "/foo/1", value: 2 },
		],
		{ baz: "qux", foo: ["a", 2, "c"] },
	],
	["A.9", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }], undefined],
	["A.10", { foo: "bar" }, [{ op: "add", path: "/child", value: { grandchild: {} } }], { foo: "bar", child: { grandchild: {} } }],
	["A.11", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux", xyz: 123 }], { foo: "bar", baz: "qux" }],
	["A.12", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }], undefined],
	["A.14", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
	["A.15", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }], undefined],
	["A.16", { foo: ["bar"] }, [{ op: "add", path: "/foo/-", value: ["abc", "def"] }], { foo: ["bar", ["abc", "def"]] }],
];

describe("JSON Patch", () => {
	it.each(examples)("[FR56] RFC 6902 %s", (_name, document, patch, result) => {
		const before = JSON.stringify(document);
		if (result === undefined) expect(() => applyJsonPatch(document, patch)).toThrow(FhirError);
		else expect(applyJsonPatch(document, patch)).toEqual(result);
		expect(JSON.stringify(document)).toBe(before);
	});

	it("[FR56] a number keeps its spelling unless it is changed, is compared by its value, and has no members", () => {
		const document = parseKeepingNumbers('{"a":1.50,"b":2.0}');
		const patch = parseKeepingNumbers(
			'[{"op":"test","path":"/a","value":1.5},{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/b","value":3.10}]',
		);
		expect(JSON.stringify(applyJsonPatch(document, patch))).toBe('{"a":1.50,"b":3.10,"c":1.50}');
		expect(() => applyJsonPatch(document, [{ op: "replace", path: "/a/rawJSON", value: "9" }])).toThrow(FhirError);
	});

	it("[FR56] any patch is applied or refused with a code, touches no prototype, and leaves the document as it was", () => {
		const pointer = fc.oneof(
			fc.string(),
			fc.constantFrom("", "/", "/a", "/a/0", "/a/-", "/b/c", "/__proto__/x", "/constructor/prototype/x", "/~2", "/a/01"),
		);
		const operation = fc.record({
			op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "no"),
			path: pointer,
			from: pointer,
			value: fc.jsonValue(),
		});
		fc.assert(
			fc.property(fc.array(operation, { maxLength: 5 }), (patch) => {
				const document = { a: [1, 2], b: { c: "d" } };
				try {
					applyJsonPatch(document, patch);
				} catch (error) {
					expect((error as FhirError).code).toBe("FHIR_PATCH_INVALID");
				}
				expect(document).toEqual({ a: [1, 2], b: { c: "d" } });
				expect(({} as { x?: unknown }).x).toBeUndefined();
			}),
			{ numRuns: 1000 },
		);
	});
});
