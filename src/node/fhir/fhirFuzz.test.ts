import { connect } from "node:net";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { authorise } from "../testing/fhirClient.ts";
import { clinicalWords } from "../testing/smallBundle.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** 50,000 requests in the slow tests. */
const runs = process.env["ACESO_SLOW"] === "1" ? 50_000 : 400;

let small: SmallNetwork;
let app: FastifyInstance;
let granting: SmallPatient;
let silent: SmallPatient;
let doctor: Staff;
let types: readonly { readonly type: string; readonly searchParam: readonly { readonly name: string }[] }[];

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
	granting = await small.admit({ family: "Open", given: "Ib", birthDate: "1950-05-05" });
	silent = await small.admit({ family: "Silent-Marker", given: "Per", birthDate: "1951-01-01" });
	await small.grant(granting, toPractitioners("north", ["vitals"]));
	types = (await app.inject({ method: "GET", url: "/fhir/metadata" })).json().rest[0].resource;
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const anyText = fc.oneof(
	fc.string(),
	fc.string({ unit: "binary" }),
	fc.constantFrom("", "../..", "%", "%00", "a|b|c", "$", ",", "gt", "1e999", "2024-13", "__proto__", "urn:uuid:x", "Patient/x"),
);
/** What most parameters take. */
const plainText = fc.constantFrom("x", "2024", "ge2020-01-01", "http://loinc.org|718-7", "5.4", "true", "Patient/x");
/** What somebody sends who knows FHIR; `SUBJECT` becomes the patient who granted. */
const resource = fc.record({
	resourceType: fc.constantFrom("Condition", "Observation", "Encounter"),
	status: fc.constantFrom("final", "finished", "x"),
	code: fc.record({ text: fc.string() }),
	subject: fc.constantFrom({ reference: "SUBJECT" }, { reference: "Patient/x" }, 1),
});
const bundle = fc.record({
	resourceType: fc.constantFrom("Observation", "Bundle", "Parameters"),
	type: fc.constantFrom("batch", "transaction"),
	entry: fc.jsonValue(),
});
const often = <Value>(value: Value, weight = 8) => ({ weight, arbitrary: fc.constant(value) });
const place = fc.record({
	method: fc.oneof(often("GET", 4), fc.constantFrom("POST", "PUT", "PATCH", "DELETE")),
	/** Of a type by its place, or one that writes and reads meet. */
	type: fc.oneof(fc.nat(), fc.constantFrom("Condition", "Observation", "Encounter")),
	id: fc.oneof(often(""), fc.constantFrom("x", "_search", "$everything", "$validate", "$export", "a".repeat(70)), anyText.map(encodeURIComponent)),
	rest: fc.oneof(often(""), fc.constantFrom("/_history", "/_history/1", "/_history/x", "/$everything", "/extra/more")),
	query: fc.array(
		fc.tuple(
			fc.nat(),
			fc.oneof(often(""), fc.constantFrom(":not", ":missing", ":exact", ":in", ".name", ":Patient.family")),
			fc.oneof({ weight: 3, arbitrary: plainText }, anyText),
		),
		{ maxLength: 3 },
	),
	shape: fc.oneof(often(""), fc.constantFrom("_count", "_sort", "_include", "_revinclude", "_elements", "_summary", "_page", "_has:x:y:z")),
	content: fc.oneof(
		{ weight: 4, arbitrary: resource.map((value) => JSON.stringify(value)) },
		fc.json(),
		anyText,
		bundle.map((value) => JSON.stringify(value)),
	),
	media: fc.constantFrom("application/fhir+json", "application/json-patch+json", "application/x-www-form-urlencoded"),
	about: fc.boolean(),
});
type Place = typeof place extends fc.Arbitrary<infer Value> ? Value : never;

async function send({ method, type, id, rest, query, shape, content, media, about }: Place) {
	const found = typeof type === "number" ? types[type % types.length] : types.find((each) => each.type === type);
	const { type: name, searchParam } = found as (typeof types)[number];
	const pairs = query.map(
		([at, modifier, value]) => `${searchParam[at % searchParam.length]?.name ?? "code"}${modifier}=${encodeURIComponent(value.toWellFormed())}`,
	);
	if (shape !== "") pairs.push(`${shape}=${encodeURIComponent((query[0]?.[2] ?? "1").toWellFormed())}`);
	const url = `/fhir/${name}${id === "" ? "" : `/${id}`}${rest}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
	const body = method === "GET" || method === "DELETE" ? "" : content.toWellFormed().replace("SUBJECT", `Patient/${granting.localId}`);
	const patient = about ? byLocal(granting.localId) : byLocal(silent.localId);
	const authorization = url.length > 4000 ? "Aceso x" : authorise(small, doctor.key, url, { method, body, patient });
	return app.inject({
		method: method as "GET",
		url,
		headers: { authorization, ...(body === "" ? {} : { "content-type": media }) },
		...(body === "" ? {} : { payload: body }),
	});
}

const secrets = () => ["Silent-Marker", silent.mrn, "1951-01-01", ...clinicalWords];

describe("whatever is asked", () => {
	it(`[FR70] ${runs} generated requests: never a 500, never a word of a record that was not granted, always FHIR's JSON`, async () => {
		const statuses = new Set<number>();
		await fc.assert(
			fc.asyncProperty(place, async (asked) => {
				const answer = await send(asked);
				statuses.add(answer.statusCode);
				expect(answer.statusCode, answer.body).toBeLessThan(500);
				for (const secret of secrets()) expect(answer.body).not.toContain(secret);
				if (answer.body === "") return;
				expect(answer.headers["content-type"]).toContain("application/fhir+json");
				expect(typeof answer.json().resourceType).toBe("string");
			}),
			{ numRuns: runs },
		);
		// It reaches further than the door.
		for (const status of [200, 400, 404]) expect(statuses).toContain(status);
	}, 3_600_000);

	it.each([
		["nesting", `${"[".repeat(100_000)}`],
		["objects in objects", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
		["one key twice", '{"resourceType":"Observation","resourceType":"Patient"}'],
		["a prototype", '{"resourceType":"Observation","__proto__":{"status":"final"}}'],
		["half a surrogate", '{"resourceType":"Observation","id":"\\ud800"}'],
		["a huge number", '{"resourceType":"Observation","valueInteger":1e400}'],
		["many members", `{"resourceType":"Observation",${Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`).join(",")}}`],
	])("[FR70] a bomb of %s is refused by code", async (_name, body) => {
		const url = "/fhir/Observation";
		const answer = await app.inject({
			method: "POST",
			url,
			headers: {
				authorization: authorise(small, doctor.key, url, { method: "POST", body, patient: byLocal(granting.localId) }),
				"content-type": "application/fhir+json",
			},
			payload: body,
		});
		expect([400, 422]).toContain(answer.statusCode);
		expect(answer.json().resourceType).toBe("OperationOutcome");
	});

	it("[FR70] a content larger than the limit is refused as too large, and a stranger's before it is read", async () => {
		const answer = await app.inject({
			method: "POST",
			url: "/fhir/Observation",
			headers: { "content-type": "application/fhir+json" },
			payload: Buffer.alloc(10 * 1024 * 1024, 0x20),
		});
		expect([answer.statusCode, answer.json().resourceType]).toEqual([413, "OperationOutcome"]);
	});

	it("[FR71] malformed HTTP and connections that say nothing keep nobody else waiting", async () => {
		const server = createInstitutionApp(small.network, small.institution());
		const { port } = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
		const count = process.env["ACESO_SLOW"] === "1" ? 1_000 : 100;
		const slow = Array.from({ length: count }, () => connect(Number(port), "127.0.0.1").on("error", () => undefined));
		for (const socket of slow) socket.write("GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-Slow: ");
		for (const text of [
			"GET\r\n\r\n",
			"\0\0\0\0",
			"GET /fhir/metadata HTTP/9.9\r\n\r\n",
			"POST /fhir HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
			"GET /fhir HTTP/1.1\r\nHost: a\r\nHost: b\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
		]) {
			const answer = await new Promise<string>((resolve) => {
				let got = "";
				const socket = connect(Number(port), "127.0.0.1", () => socket.end(text));
				socket.on("data", (chunk) => (got += chunk));
				socket.on("close", () => resolve(got));
				socket.on("error", () => resolve(got));
			});
			expect(answer, text).not.toMatch(/^HTTP\/1\.1 5/);
		}
		const answer = await fetch(`http://127.0.0.1:${port}/fhir/metadata`);
		expect(answer.status).toBe(200);
		for (const socket of slow) socket.destroy();
		await server.close();
	});
});
