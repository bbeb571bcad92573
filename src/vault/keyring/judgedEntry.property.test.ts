import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalText } from "#base";
import { readJudged } from "./judgedEntry.ts";

const word = fc.oneof(
	fc.string({ maxLength: 12 }),
	fc.string({ unit: "grapheme", maxLength: 6 }),
	fc.constantFrom("", "permit", "deny", '","log":"', "log", ",", "]", '"', "\\", "\n", "\u0000", "é", "vitals+labs"),
);
const words = fc.array(word, { maxLength: 4 });
const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 10));
const entry = fc.record({
	action: word,
	compartments: words,
	consents: words,
	count: integer,
	decision: word,
	emergencyReason: word,
	format: word,
	height: integer,
	level: word,
	log: word,
	member: word,
	model: word,
	previous: word,
	pseudonym: word,
	purpose: word,
	reasons: words,
	requester: word,
	requesterKind: word,
	seq: integer,
	stalenessMs: integer,
	time: integer,
	via: word,
});
const plain = fc.stringMatching(/^[a-z0-9 :,[\]{}.+-]{0,10}$/);

/** A text of an entry with some place of it cut out, doubled or replaced. */
const edited = fc
	.tuple(
		fc.oneof(entry, entry.map(flattened)),
		fc.array(fc.tuple(fc.nat(), fc.nat(30), fc.oneof(word, plain, fc.constantFrom('"', "01", "-0", "1.0", " ", "}", '"log":"x",'))), {
			maxLength: 2,
		}),
	)
	.map(([value, edits]) =>
		edits.reduce(
			(text, [at, length, other]) => text.slice(0, at % (text.length + 1)) + other + text.slice((at % (text.length + 1)) + length),
			canonicalText(value),
		),
	);

/** The same with nothing that has to be escaped. */
function flattened(value: object): object {
	return JSON.parse(
		JSON.stringify(value)
			.replaceAll(/\\./g, "")
			.replaceAll(/[^\x20-\x7e]/g, ""),
	) as object;
}

const judged = ({ compartments, decision, log, member, pseudonym }: Record<string, unknown>) => ({ compartments, decision, log, member, pseudonym });

function outcome(read: () => unknown): unknown {
	try {
		return judged(read() as Record<string, unknown>);
	} catch (error) {
		return (error as Error).name;
	}
}

it("[VA126] what the keyring reads of an entry's text is what JSON.parse reads, canonical or not, whole or tampered with", () => {
	fc.assert(
		fc.property(fc.oneof(entry.map(canonicalText), entry.map(flattened).map(canonicalText), edited), (text) => {
			expect(outcome(() => readJudged(text))).toEqual(outcome(() => JSON.parse(text)));
		}),
		{ numRuns: 3_000 },
	);
});

it("[VA126] a member that stands twice, in another order or inside a text counts as JSON.parse has it", () => {
	const whole = canonicalText(fc.sample(entry.map(flattened), { numRuns: 1, seed: 7 })[0]);
	for (const text of [
		whole.replace('"decision":', '"decision":"permit","decision":'),
		whole.replace(/\}$/, ',"decision":"permit"}'),
		whole.replace(/"emergencyReason":"[^"]*"/, String.raw`"emergencyReason":"\",\"decision\":\"permit"`),
		whole.replace(/"emergencyReason":"[^"]*"/, '"emergencyReason":"x","decision":"permit"'),
		` ${whole}`,
		`${whole}{}`,
		whole.replace('"seq":', '"seq":0'),
	]) {
		expect(outcome(() => readJudged(text))).toEqual(outcome(() => JSON.parse(text)));
	}
});
