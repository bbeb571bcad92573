import { describe, expect, it } from "vitest";
import { dataClasses, legalBases, levels, purposes, sensitivityLabels } from "#contracts";
import { isOfSession, oversights, parseRequest, parseSessionRequest, type RequestKind } from "./requests.ts";

/** Each member of each request at the last value that is taken and the first that is not, and a member more or less at each place. */
const hex = (bytes: number) => "0a".repeat(bytes);
const notHex = (bytes: number): readonly unknown[] => [
	...[hex(bytes - 1), `${hex(bytes)}0`, `0${hex(bytes)}`, hex(bytes).toUpperCase(), `g${hex(bytes).slice(1)}`, "", 7, null],
];
const local = { by: "local", localId: "p" };
const signed = { audience: "north", via: "north", key: hex(32), timeMs: 0, nonce: hex(16), signature: hex(64) };
const inSession = { session: hex(16), counter: 1, timeMs: 0, mac: hex(32) };

/** What breaks a line, a terminal or the direction of writing, and half a character. */
const unprintable = ["\n", "\u0000", "\u001b", "\u0085", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800"];

interface Edge {
	readonly inside: readonly unknown[];
	readonly outside: readonly unknown[];
	readonly isOptional?: boolean;
}
const text = (max: number): Edge => ({
	inside: ["x", "x".repeat(max), "Ünï cödé \u2027\u202f\u2065"],
	outside: ["", "x".repeat(max + 1), 7, null, ["x"], ...unprintable.map((each) => `a${each}b`)],
});
const hexed = (bytes: number): Edge => ({ inside: [hex(bytes)], outside: notHex(bytes) });
const integer = (least: number, most?: number): Edge => ({
	inside: [least, ...(most === undefined ? [Number.MAX_SAFE_INTEGER] : [most])],
	outside: [least - 1, least + 0.5, "1", null, ...(most === undefined ? [2 ** 53] : [most + 1])],
});
const oneOf = (...names: readonly string[]): Edge => ({ inside: names, outside: ["", "nobody's", `${names[0]}x`, 7, null] });
const optional = (edge: Edge): Edge => ({ ...edge, isOptional: true });
const member: Edge = {
	inside: ["no", `a${"b".repeat(39)}`, "a-1"],
	outside: ["n", `a${"b".repeat(40)}`, "North", "1a", "-a", "a_b", "a b", " north", "north\n", 7],
};
const purpose = oneOf(...purposes);
const patient: Edge = {
	inside: [
		{ by: "local", localId: "x" },
		{ by: "local", localId: "x".repeat(64) },
		{ by: "consent", consentId: hex(16) },
		{ by: "pseudonym", pseudonym: hex(32) },
		{ by: "lawful-use", useId: hex(16) },
	],
	outside: [
		...[null, "p", {}, { by: "name", localId: "p" }, { localId: "p" }, { ...local, more: 1 }, { by: "local", localId: "" }],
		...[
			{ by: "local", localId: "x".repeat(65) },
			{ by: "consent", consentId: hex(32) },
			{ by: "pseudonym", pseudonym: hex(16) },
		],
		...[
			{ by: "lawful-use", useId: "x" },
			{ by: "consent", pseudonym: hex(32) },
		],
		...[
			{ by: "consent", consentId: hex(16), more: 1 },
			{ by: "pseudonym", pseudonym: hex(32), more: 1 },
			{ by: "lawful-use", useId: hex(16), more: 1 },
		],
	],
};
const classes: Edge = { inside: [["notes"], dataClasses], outside: [[], [...dataClasses, "notes"], ["nothing"], "notes", [["notes"]], null] };
const diseases = optional({ inside: [[], ["x".repeat(32)], Array(16).fill("d")], outside: [Array(17).fill("d"), ["x".repeat(33)], [""], [7], "d"] });
const emergencyReason = optional({
	inside: ["unconscious", "0123456789", `${"x".repeat(500)}`, "  0123456789  "],
	outside: ["", "012345678", "         0         ", "x".repeat(501), ...unprintable.map((each) => `unconscious${each}in the street`)],
});
const opening = { pseudonym: hex(32), salt: hex(32), patientSignature: hex(64) };
const relationship = optional({
	inside: [{ credentialId: hex(16), opening }],
	outside: [
		...[{}, { credentialId: hex(16) }, { credentialId: hex(32), opening }, { credentialId: hex(16), opening, more: 1 }],
		...[
			{ ...opening, pseudonym: hex(16) },
			{ ...opening, salt: hex(16) },
			{ ...opening, patientSignature: hex(32) },
			{ ...opening, more: 1 },
		].map((each) => ({ credentialId: hex(16), opening: each })),
	],
});
const askedOfRecord = {
	...{ patient, purpose, classes, level: oneOf(...levels), study: optional(text(64)), diseases, model: optional(text(64)) },
	...{ given: optional(hexed(32)), lawfulUse: optional(hexed(16)), record: optional(text(130)), emergencyReason, relationship },
};
const mandatePatient: Edge = {
	inside: [local, { by: "local", localId: "x".repeat(64) }, { by: "pseudonym", pseudonym: hex(32) }],
	outside: [
		...[{ by: "consent", consentId: hex(16) }, { by: "lawful-use", useId: hex(16) }, { ...local, more: 1 }, null, {}, { by: "local", localId: "" }],
		...[
			{ by: "local", localId: "x".repeat(65) },
			{ by: "pseudonym", pseudonym: hex(16) },
			{ by: "pseudonym", pseudonym: hex(32), more: 1 },
		],
	],
};
const narrow = oneOf("identified", "pseudonymised");
const coded: Edge = {
	inside: [
		{ system: "x".repeat(200), code: "x".repeat(64) },
		{ system: "s", code: "c" },
	],
	outside: [
		...[
			{ system: "x".repeat(201), code: "c" },
			{ system: "s", code: "x".repeat(65) },
			{ system: "", code: "c" },
			{ system: "s", code: "" },
		],
		...[{ system: "s" }, { code: "c" }, { system: "s", code: "c", display: "d" }, "c", null],
	],
};
const use = {
	...{ basis: legalBases[0], citation: "§ 6", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["notes"], labels: [] },
	...{ level: "identified", startMs: 0, endMs: 0 },
};
/** A use with one of its members at each of some edges. */
const useWith = (name: string, { inside, outside }: Edge): Edge => ({
	inside: inside.map((value) => ({ ...use, [name]: value })),
	outside: outside.map((value) => ({ ...use, [name]: value })),
});
const uses = [
	...[useWith("basis", oneOf(...legalBases)), useWith("citation", text(500)), useWith("purpose", purpose), useWith("classes", classes)],
	useWith("recipient", {
		inside: [{ member: "south" }, { member: "south", key: hex(32) }],
		outside: [{}, { member: "S" }, { member: "south", key: hex(16) }, { member: "south", more: 1 }, "south"],
	}),
	useWith("labels", {
		inside: [[], sensitivityLabels],
		outside: [[...sensitivityLabels, sensitivityLabels[0]], ["none"], "mental-health"],
	}),
	...[useWith("level", narrow), useWith("startMs", integer(0)), useWith("endMs", integer(0)), useWith("more", { inside: [], outside: [1] })],
];
const act = (name: string) => ({ kind: "account", act: name });
const lawfulUse: Edge = { inside: uses.flatMap(({ inside }) => inside), outside: uses.flatMap(({ outside }) => outside) };

/** Of each kind of request its members; `kind` goes without saying. */
const requests: Readonly<Record<Exclude<RequestKind, "close-session">, Readonly<Record<string, Edge>>>> = {
	read: askedOfRecord,
	object: {
		...askedOfRecord,
		record: text(130),
		range: optional({
			inside: ["bytes=0-99", "bytes=100-", "bytes=-100", `bytes=${"9".repeat(15)}-${"9".repeat(15)}`, `bytes=-${"9".repeat(15)}`],
			outside: [
				...["", "bytes=", "bytes=-", "bytes=a-b", "0-99", "bytes=0-99,200-300", "bytes =0-99", "xbytes=0-99", "bytes=0-99 ", "bytes=1"],
				...[`bytes=${"9".repeat(16)}-`, `bytes=0-${"9".repeat(16)}`, `bytes=-${"9".repeat(16)}`, 7],
			],
		}),
	},
	pgx: {
		...askedOfRecord,
		classes: { inside: [["genomics"]], outside: [[], ["genomics", "genomics"], ["notes"], "genomics"] },
		level: oneOf("compute", "identified"),
	},
	fhir: {
		...{ method: oneOf("GET", "POST", "PUT", "PATCH", "DELETE"), url: text(4_096), content: hexed(32), purpose, level: narrow },
		...{ patient: optional(patient), study: optional(text(64)), diseases, lawfulUse: optional(hexed(16)), emergencyReason, relationship },
	},
	cohort: { purpose, study: text(64), diseases, classes, level: oneOf("deidentified") },
	count: { purpose, study: optional(text(64)), diseases, class: oneOf(...dataClasses), code: coded, epsilonMilli: integer(1, 100) },
	history: { patient },
	erase: { patient, compartments: { inside: ["all", ["notes"], [...dataClasses]], outside: ["none", [], ["nothing"], "notes", null] } },
	lookup: {
		...{ family: text(100), given: text(100) },
		birthDate: {
			inside: ["1970-01-31", "0000-00-00"],
			outside: ["1970-1-31", "70-01-31", "1970-01-3", "1970-01-311", "x1970-01-31", "11970-01-31", "1970-01", 1970, "1970-0a-31"],
		},
	},
	"sign-off": {
		...{ patient, insightHash: hexed(32), decision: oneOf("accept", "override") },
		reason: { inside: ["", "x".repeat(1_000)], outside: ["x".repeat(1_001), 7, null, ...unprintable.map((each) => `a${each}b`)] },
	},
	review: { review: integer(1), outcome: oneOf("justified", "unjustified"), note: text(1_000) },
	"watch-accesses": { watch: optional(hexed(16)), after: integer(0), waitMs: integer(0, 20_000) },
	oversee: { what: oneOf(...oversights) },
	"open-review": { review: integer(1) },
	"account-disclosures": { patient, fromMs: integer(0), toMs: integer(0) },
	"deposit-terms": {
		opened: {
			inside: [
				{ terms: {}, salt: hex(32) },
				{ terms: { any: ["thing"] }, salt: hex(32) },
			],
			outside: [
				{ terms: {} },
				{ salt: hex(32) },
				{ terms: {}, salt: hex(16) },
				{ terms: [], salt: hex(32) },
				{ terms: {}, salt: hex(32), more: 1 },
				null,
			],
		},
	},
	"open-session": { exchange: hexed(32) },
	"record-lawful-use": { patient, use: lawfulUse },
	"safety-check": { patient, model: text(64), order: coded, relationship },
	"export-consent": { patient, consentId: hexed(16) },
	"list-terms": { patient },
	"list-holds": { patient },
	"lawful-uses": { patient },
	mandate: {
		...{ client: text(128), patient: optional(mandatePatient), purpose, level: narrow, relationship, untilMs: integer(0), challenge: hexed(32) },
		scopes: { inside: [["s"], Array(64).fill("x".repeat(256))], outside: [[], Array(65).fill("s"), ["x".repeat(257)], [""], "s"] },
	},
	launch: { client: text(128), patient: mandatePatient },
	"keep-key": { digest: hexed(32) },
	account: { act: oneOf("show", "take-back-all", "reviewed", "sign-out-everywhere") },
	"invite-patient": { localId: text(64), document: text(100) },
};
const kinds = Object.entries(requests) as [RequestKind, Readonly<Record<string, Edge>>][];
const ofSessions = ["read", "lookup", "fhir", "launch"] as const;

const bodyOf = (kind: string, members: Readonly<Record<string, Edge>>) => ({
	kind,
	...Object.fromEntries(Object.entries(members).map(([name, { inside }]) => [name, inside[0]])),
});
const parse = (kind: RequestKind, body: unknown, more: object = {}) => parseRequest({ ...signed, body, ...more }, kind).request;
/** Where the fault is said to be, or what else was thrown, or that there was none. */
function faultOf(work: () => unknown): string {
	try {
		work();
		return "taken";
	} catch (error) {
		const { code, details } = error as { readonly code?: string; readonly details?: { readonly at: string } };
		return code === "GATE_REQUEST_INVALID" ? String(details?.at) : String(error);
	}
}

describe("requests", () => {
	it.each(kinds)("[GA36] a %s request is read as it was signed, at every edge of each of its members", (kind, members) => {
		const whole = bodyOf(kind, members);
		for (const [name, { inside }] of Object.entries(members))
			for (const value of inside) expect(parse(kind, { ...whole, [name]: value }).body, name).toEqual({ ...whole, [name]: value });
	});

	it.each(kinds)("[GA36] beyond the edge a %s request is refused by code and place", (kind, members) => {
		const whole = bodyOf(kind, members);
		for (const [name, { outside }] of Object.entries(members))
			for (const value of outside)
				expect(
					faultOf(() => parse(kind, { ...whole, [name]: value })),
					`${name} ${JSON.stringify(value)?.slice(0, 80)}`,
				).toMatch(new RegExp(`^body\\.${name}\\b|^body$`));
		for (const [name, { isOptional = false }] of Object.entries(members)) {
			const { [name]: _, ...without } = whole as Record<string, unknown>;
			expect(
				faultOf(() => parse(kind, without)),
				`without ${name}`,
			).toMatch(isOptional ? /^taken$/ : new RegExp(`^body\\.${name}\\b`));
		}
		expect(faultOf(() => parse(kind, { ...whole, more: 1 }))).toBe("body");
	});

	it("[GA36] what is done with one's own keys names what it is done to where there is one such thing, and there alone", () => {
		for (const done of ["remove-copy", "take-back", "end-sitting", "end-other-sittings"]) {
			expect(parse("account", { ...act(done), of: hex(32) }).body).toEqual({ ...act(done), of: hex(32) });
			expect(faultOf(() => parse("account", act(done)))).toBe("body");
			expect(faultOf(() => parse("account", { ...act(done), of: hex(16) }))).toBe("body.of");
		}
		for (const done of ["show", "take-back-all", "reviewed", "sign-out-everywhere"])
			expect(faultOf(() => parse("account", { ...act(done), of: hex(32) }))).toBe("body");
	});

	it("[GA36] the envelope: members, key, time, nonce and signature, each at its edge", () => {
		const body = { kind: "history", patient: local };
		const envelope: Readonly<Record<string, Edge>> = {
			...{ audience: member, via: member, key: hexed(32), timeMs: integer(0), nonce: hexed(16), signature: hexed(64) },
		};
		for (const [name, { inside, outside }] of Object.entries(envelope)) {
			for (const value of inside) expect(parse("history", body, { [name]: value })).toEqual({ ...signed, body, [name]: value });
			for (const value of outside)
				expect(
					faultOf(() => parse("history", body, { [name]: value })),
					`${name} ${value}`,
				).toBe(name);
		}
		expect(faultOf(() => parse("history", body, { more: 1 }))).toBe("request");
		for (const input of [null, undefined, "text", 7, [], true])
			expect(
				faultOf(() => parseRequest(input, "history")),
				String(input),
			).toBe("request");
		expect(faultOf(() => parse("history", { kind: "nothing", patient: local }))).toBe("body.kind");
		expect(faultOf(() => parse("history", { kind: "list-holds", patient: local }))).toBe("body.kind");
		expect(() => parse("history", { kind: "list-holds", patient: local })).toThrow("expected a history request, found a list-holds request");
	});

	it("[GA36] another member's signature around it, with nothing beside it", () => {
		const request = { ...signed, body: { kind: "history", patient: local } };
		const forward = { member: "south", signature: hex(64) };
		expect(parseRequest({ request, forward }, "history")).toEqual({ request, forward });
		expect(parseRequest(request, "history")).toEqual({ request, forward: undefined });
		for (const [wrapped, at] of [
			[{ request, forward: { ...forward, member: "S" } }, "forward.member"],
			[{ request, forward: { ...forward, signature: hex(32) } }, "forward.signature"],
			[{ request, forward: { ...forward, more: 1 } }, "forward"],
			[{ request, forward, more: 1 }, "request"],
			[{ request: { ...request, more: 1 }, forward }, "request"],
			[{ forward }, "request"],
			[{ request, forward: null }, "forward"],
		] as const)
			expect(
				faultOf(() => parseRequest(wrapped, "history")),
				JSON.stringify(wrapped).slice(0, 60),
			).toBe(at);
	});

	it("[GA87] in a session some kinds are asked and no others; its envelope has edges of its own", () => {
		const read = { kind: "read", patient: { by: "pseudonym", pseudonym: hex(32) }, purpose: "TREAT", classes: ["notes"], level: "identified" };
		const envelope: Readonly<Record<string, Edge>> = { session: hexed(16), counter: integer(1), timeMs: integer(0), mac: hexed(32) };
		for (const [name, { inside, outside }] of Object.entries(envelope)) {
			for (const value of inside)
				expect(parseSessionRequest({ ...inSession, body: read, [name]: value }, "read").request).toEqual({ ...inSession, body: read, [name]: value });
			for (const value of outside)
				expect(
					faultOf(() => parseSessionRequest({ ...inSession, body: read, [name]: value }, "read")),
					name,
				).toBe(name);
		}
		expect(faultOf(() => parseSessionRequest({ ...inSession, body: read, more: 1 }, "read"))).toBe("request");
		for (const [kind, members] of kinds) {
			const body = bodyOf(kind, members);
			const expected = (ofSessions as readonly string[]).includes(kind) ? "taken" : "body.kind";
			expect(
				faultOf(() => parseSessionRequest({ ...inSession, body }, kind)),
				kind,
			).toBe(expected);
		}
		expect(parseSessionRequest({ ...inSession, body: { kind: "close-session" } }, "close-session").request.body).toEqual({ kind: "close-session" });
		expect(faultOf(() => parseSessionRequest({ ...inSession, body: { kind: "close-session", more: 1 } }, "close-session"))).toBe("body");
		// Read without the schema, it has to be of the kind that was expected all the same.
		const plain = { ...read, patient: local };
		expect(faultOf(() => parseSessionRequest({ ...inSession, body: plain }, "lookup"))).toBe("body.kind");
		expect(faultOf(() => parse("close-session", { kind: "close-session" }))).toBe("body.kind");
	});

	it("[GA80] a request is of a session by naming one", () => {
		expect([{ session: 1 }, { session: undefined }, {}, null, "session", undefined].map(isOfSession)).toEqual([
			true,
			true,
			false,
			false,
			false,
			false,
		]);
	});

	it("[GA36] the refusal tells kind, place and what is wrong there, and of a deep place its first 80 characters", () => {
		expect(() => parse("history", { kind: "history", patient: { by: "local", localId: "" } })).toThrow(
			"expected a signed history request: fault at body.patient.localId (too_small)",
		);
		const deep = { ...use, recipient: { member: "S" } };
		expect(faultOf(() => parse("record-lawful-use", { kind: "record-lawful-use", patient: local, use: deep }))).toBe("body.use.recipient.member");
	});
});
