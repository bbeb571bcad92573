import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalText } from "#base";
import { dataClasses, levels, purposes } from "#contracts";
import { readPlainly } from "./plainRequest.ts";
import { readSessionRequest } from "./requests.ts";

const odd = fc.constantFrom<unknown>(
	...[
		undefined,
		null,
		0,
		-0,
		-1,
		1.5,
		2 ** 53,
		Number.NaN,
		"",
		"a\nb",
		'a"b',
		"a\\b",
		"\u202e",
		"é",
		"x".repeat(131),
		"AB".repeat(16),
		"read",
		"fhir",
		true,
	],
	...[{}, [], [[]], ["notes", "nothing"], Array.from({ length: 40 }, () => "notes"), { by: "local", localId: "a", more: 1 }, { by: "pseudonym" }],
);
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((some) => Buffer.from(some).toString("hex"));
const text = fc.oneof(fc.string({ minLength: 1, maxLength: 64 }), fc.constant("Observation/1"));
const plain = { noNullPrototype: true };
const body = fc.record(
	{
		kind: fc.constant("read"),
		patient: fc.record({ by: fc.constant("local"), localId: text }, plain),
		purpose: fc.constantFrom(...purposes),
		classes: fc.array(fc.constantFrom(...dataClasses), { minLength: 1, maxLength: dataClasses.length }),
		level: fc.constantFrom(...levels),
		record: text,
	},
	{ requiredKeys: ["kind", "patient", "purpose", "classes", "level"], ...plain },
);
const request = fc.record({ session: hex(16), counter: fc.integer({ min: 1 }), timeMs: fc.maxSafeNat(), body, mac: hex(32) }, plain);

/** A request with some member, of any depth, replaced, left out, or added. */
const changed = fc
	.tuple(
		request,
		fc.array(fc.tuple(fc.nat(), fc.constantFrom("replace", "drop", "add"), odd, fc.constantFrom("", "__proto__", "study", "x")), { maxLength: 2 }),
	)
	.map(([whole, changes]) => changes.reduce<unknown>((value, [place, how, other, name]) => changeAt(value, { place, how, other, name }), whole));

interface Change {
	readonly place: number;
	readonly how: string;
	readonly other: unknown;
	readonly name: string;
}

function changeAt(whole: unknown, { place, how, other, name }: Change): unknown {
	const copy = structuredClone(whole) as Record<string, unknown>;
	const holders = [copy, copy["body"], (copy["body"] as Record<string, unknown> | undefined)?.["patient"]];
	const holder = holders[place % 3];
	if (typeof holder !== "object" || holder === null) return copy;
	const names = Object.keys(holder);
	const chosen = names[Math.floor(place / 3) % Math.max(names.length, 1)] ?? "x";
	if (how === "drop") Reflect.deleteProperty(holder, chosen);
	else Object.defineProperty(holder, how === "add" ? name : chosen, { value: other, enumerable: true, configurable: true, writable: true });
	return copy;
}

function bySchema(input: unknown): unknown {
	try {
		return readSessionRequest(input, "read");
	} catch (error) {
		return (error as { readonly code: string }).code;
	}
}

it("[GA185] a request that is read without the schema is one that the schema takes, reads to the same, and its text is the canonical one", () => {
	let plainly = 0;
	fc.assert(
		fc.property(changed, (input) => {
			const read = readPlainly(input);
			if (read === undefined) return;
			plainly++;
			expect(read.request).toEqual(bySchema(input));
			const { mac: _, ...unsigned } = read.request;
			expect(read.unsigned).toBe(canonicalText(unsigned));
		}),
		{ numRuns: 2_000 },
	);
	expect(plainly).toBeGreaterThan(100);
});

it("[GA185] what it reads is a copy: an object that says something else at a second look gains nothing", () => {
	let looks = 0;
	const whole = { session: "ab".repeat(16), counter: 1, timeMs: 5, mac: "cd".repeat(32) };
	const asked = { kind: "read", patient: { by: "local", localId: "p" }, purpose: "TREAT", classes: ["notes"], level: "identified" };
	const shifty = {
		...whole,
		body: {
			...asked,
			get level() {
				return looks++ === 0 ? "identified" : "aggregate";
			},
		},
	};
	expect(readPlainly(shifty)?.request.body).toEqual(asked);
	expect(looks).toBe(1);
	const given = { ...whole, body: asked };
	const read = readPlainly(given);
	asked.classes.push("genomics");
	expect(read?.request.body.classes).toEqual(["notes"]);
});

it("[GA185] objects with another prototype, and lists that are none, are left to the schema", () => {
	const whole = { session: "ab".repeat(16), counter: 1, timeMs: 5, mac: "cd".repeat(32) };
	const asked = { kind: "read", patient: { by: "local", localId: "p" }, purpose: "TREAT", classes: ["notes"], level: "identified" };
	expect(readPlainly({ ...whole, body: asked })).toBeDefined();
	for (const body of [
		Object.create(asked) as object,
		{ ...asked, classes: { 0: "notes", length: 1 } },
		{ ...asked, patient: Object.create({ by: "local", localId: "p" }) as object },
	]) {
		expect(readPlainly({ ...whole, body })).toBeUndefined();
	}
	expect(readPlainly(Object.create({ ...whole, body: asked }))).toBeUndefined();
});
