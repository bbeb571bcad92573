import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "../../app.ts";
import { askFhir, type FhirAsk } from "../../testing/fhirClient.ts";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../../testing/smallNetwork.ts";
import { loadProfiles } from "./loadProfiles.ts";

const url = "https://north.example/profile/lab";
const laboratory = (element: readonly object[], more: object = {}) =>
	JSON.stringify({
		...{ resourceType: "StructureDefinition", url, version: "1.0.0", kind: "resource", type: "Observation", derivation: "constraint" },
		...{ baseDefinition: "http://hl7.org/fhir/StructureDefinition/Observation", differential: { element } },
		...more,
	});

const bound = laboratory(
	[
		{ path: "Observation.method", binding: { strength: "required", valueSet: "urn:north:methods" } },
		{ path: "Observation.bodySite", binding: { strength: "required", valueSet: "urn:north:not-here" } },
		{ path: "Observation", constraint: [{ key: "north-1", severity: "warning", expression: "performer.exists()" }] },
	],
	{ url: `${url}-bound` },
);
const methods = JSON.stringify({
	...{ resourceType: "ValueSet", url: "urn:north:methods", compose: { include: [{ system: "http://loinc.org", concept: [{ code: "2345-7" }] }] } },
});
const method = (code: string) => ({ method: { coding: [{ system: "http://loinc.org", code }] } });

let small: SmallNetwork;
let app: FastifyInstance;
let patient: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	const folder = join(small.folder, "members", "north");
	mkdirSync(join(folder, "profiles", "north.lab", "package"), { recursive: true });
	writeFileSync(join(folder, "profiles", "lab.json"), laboratory([{ path: "Observation.effective[x]", min: 1 }]));
	const inPackage = join(folder, "profiles", "north.lab", "package");
	writeFileSync(join(inPackage, "package.json"), JSON.stringify({ name: "north.lab" }));
	writeFileSync(
		join(inPackage, "StructureDefinition-strict.json"),
		laboratory([{ path: "Observation.method", min: 1 }], { url: `${url}-strict`, baseDefinition: url }),
	);
	writeFileSync(join(inPackage, "StructureDefinition-bound.json"), bound);
	writeFileSync(join(inPackage, "ValueSet-methods.json"), methods);
	writeFileSync(join(folder, "profiles.json"), JSON.stringify({ format: "aceso/profiles/1", enforced: [url, `${url}-bound`] }));
	app = createInstitutionApp(small.network, small.institution());
	patient = await small.admit({ family: "Profil", given: "Una", birthDate: "1980-08-08" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["laboratory"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (at: string, more: FhirAsk) => askFhir(app, small, doctor.key, at, { method: "POST", patient: byLocal(patient.localId), ...more });
const observation = (more: object = {}) => ({
	...{ resourceType: "Observation", status: "final", subject: { reference: `Patient/${patient.localId}` } },
	category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
	code: { coding: [{ system: "http://loinc.org", code: "2345-7" }] },
	...more,
});
const faults = (outcome: { issue: { severity: string; expression?: string[] }[] }) =>
	outcome.issue.filter(({ severity }) => severity === "error").map(({ expression }) => expression?.[0]);

describe("loaded profiles", () => {
	it("[FR81] $validate judges by the profile that is named, with those it is built on", async () => {
		const validate = (profile: string, body: object = observation()) =>
			ask(`/fhir/Observation/$validate?profile=${encodeURIComponent(profile)}`, { body });
		expect(faults((await validate(url)).json)).toEqual(["Observation.effective[x]"]);
		expect(faults((await validate(`${url}|1.0.0`)).json)).toEqual(["Observation.effective[x]"]);
		expect(faults((await validate(`${url}-strict`)).json)).toEqual(["Observation.effective[x]", "Observation.method"]);
		expect(faults((await validate(url, observation({ effectiveDateTime: "2024" }))).json)).toEqual([]);
		const unknown = await validate("https://elsewhere.example/profile");
		expect([unknown.json.issue[0].severity, unknown.json.issue[0].code]).toEqual(["error", "not-found"]);
		const parameter = [
			{ name: "resource", resource: observation() },
			{ name: "profile", valueUri: url },
		];
		const sent = await ask("/fhir/Observation/$validate", { body: { resourceType: "Parameters", parameter } });
		expect(faults(sent.json)).toEqual(["Observation.effective[x]"]);
	});

	it("[FR81] an enforced profile that a resource claims is met when it is created, replaced and patched, or nothing is written", async () => {
		const meta = { profile: [url] };
		const refused = await ask("/fhir/Observation", { body: observation({ meta }) });
		expect([refused.status, refused.json.issue[0].details.coding[0].code, refused.json.issue[0].expression]).toEqual([
			422,
			"FHIR_INVALID",
			["Observation.effective[x]"],
		]);
		const { status, json } = await ask("/fhir/Observation", { body: observation({ meta, effectiveDateTime: "2024-01-01" }) });
		expect([status, json.meta.profile]).toEqual([201, [url]]);
		const at = `/fhir/Observation/${json.id}`;
		expect((await ask(at, { method: "PUT", body: observation({ meta, id: json.id }) })).status).toBe(422);
		const patch = [{ op: "remove", path: "/effectiveDateTime" }];
		expect((await ask(at, { method: "PATCH", body: patch, contentType: "application/json-patch+json" })).status).toBe(422);
		expect((await ask(at, { method: "GET" })).json.meta.versionId).toBe("1");
		// Neither a profile that is not enforced nor one that is not claimed holds a write back.
		for (const claims of [undefined, { profile: [`${url}-strict`] }, { profile: ["https://elsewhere.example/profile"] }])
			expect((await ask("/fhir/Observation", { body: observation(claims && { meta: claims }) })).status).toBe(201);
	});

	it("[FR102] a required binding is judged by the value set that lies beside the profile; one that is not there is told as not checked", async () => {
		const bodySite = { coding: [{ system: "urn:north", code: "arm" }] };
		const asked = (more: object) => ask(`/fhir/Observation/$validate?profile=${encodeURIComponent(`${url}-bound`)}`, { body: observation(more) });
		const { issue } = (await asked({ ...method("2339-0"), bodySite })).json;
		expect(issue.map(({ severity, expression }: { severity: string; expression: string[] }) => `${severity} ${expression[0]}`)).toEqual([
			"error Observation.method",
			"warning Observation",
			"information Observation.bodySite",
		]);
		expect([issue[2].details.coding[0].code, issue[2].details.text]).toEqual(["value-set", expect.stringContaining("urn:north:not-here")]);
		const meta = { profile: [`${url}-bound`] };
		expect((await ask("/fhir/Observation", { body: observation({ meta, ...method("2339-0") }) })).status).toBe(422);
		expect((await ask("/fhir/Observation", { body: observation({ meta, ...method("2345-7") }) })).status).toBe(201);
	});

	it("[FR105] what is too large to be judged by an enforced profile it claims is not written", async () => {
		const referenceRange = Array.from({ length: 3_000 }, (_, value) => ({ low: { value } }));
		const meta = { profile: [`${url}-bound`] };
		const refused = await ask("/fhir/Observation", { body: observation({ meta, referenceRange }) });
		expect([refused.status, refused.json.issue[0].details.coding[0].code]).toEqual([422, "FHIR_INVALID"]);
		expect((await ask("/fhir/Observation", { body: observation({ referenceRange }) })).status).toBe(201);
	});

	it("[FR81] the CapabilityStatement lists what is loaded", async () => {
		const { resource } = (await app.inject({ method: "GET", url: "/fhir/metadata" })).json().rest[0];
		const of = (type: string) => resource.find((each: { type: string }) => each.type === type).supportedProfile;
		expect([of("Observation"), of("Condition")]).toEqual([[url, `${url}-bound`, `${url}-strict`], undefined]);
	});

	it("[FR81] a folder that cannot be read, or that lacks what is enforced, is refused at the start", async () => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-profiles-"));
		expect(loadProfiles(folder).ofType("Observation")).toEqual([]);
		writeFileSync(join(folder, "profiles.json"), JSON.stringify({ format: "aceso/profiles/1", enforced: [url] }));
		expect(await codeOf(async () => loadProfiles(folder))).toBe("NODE_PROFILES_INVALID");
		mkdirSync(join(folder, "profiles"));
		writeFileSync(join(folder, "profiles", "lab.json"), laboratory([]));
		expect(loadProfiles(folder).ofType("Observation")).toEqual([url]);
		writeFileSync(join(folder, "profiles", "broken.json"), "{");
		expect(await codeOf(async () => loadProfiles(folder))).toBe("NODE_PROFILES_INVALID");
	});
});
