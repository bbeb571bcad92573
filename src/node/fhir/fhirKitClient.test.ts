import { Client } from "fhir-kit-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Serving, serve } from "../serve.ts";
import { authorise } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** A client as others use it, unmodified: its own hook for signing puts the signed request into the header. */
let small: SmallNetwork;
let serving: Serving;
let patient: SmallPatient;
let doctor: Staff;
let client: Client;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Kit", given: "Ane", birthDate: "1964-04-04", moreVitals: 5 });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["demographics", "conditions", "vitals", "laboratory"]));
	serving = await serve({ network: small.network, firstPort: 0, host: "127.0.0.1" });
	const requestSigner = (url: string, { method = "GET", body, headers }: RequestInit) => {
		const { pathname, search } = new URL(url);
		const ask = { method, patient: byLocal(patient.localId), ...(typeof body === "string" ? { body } : {}) };
		(headers as Headers).set("authorization", authorise(small, doctor.key, `${pathname}${search}`, ask));
	};
	client = new Client({ baseUrl: `${serving.addresses[0]?.url}/fhir`, requestSigner });
});
afterAll(() => serving?.close());

describe("fhir-kit-client", () => {
	it("[FR10] reads the capabilities, a record and its versions", async () => {
		expect(await client.capabilityStatement()).toMatchObject({ resourceType: "CapabilityStatement", fhirVersion: "4.0.1" });
		const read = await client.read({ resourceType: "Patient", id: patient.localId });
		expect(read).toMatchObject({ resourceType: "Patient", id: patient.localId });
		expect(await client.vread({ resourceType: "Patient", id: patient.localId, version: "1" })).toEqual(read);
	});

	it("[FR23] searches and follows the links from page to page", async () => {
		let bundle = (await client.search({ resourceType: "Observation", searchParams: { patient: patient.localId, _count: 3 } })) as unknown as {
			entry: { search: { mode: string } }[];
		};
		let found = 0;
		for (let pages = 0; bundle !== undefined && pages < 5; pages++) {
			found += bundle.entry.filter(({ search }) => search.mode === "match").length;
			bundle = (await client.nextPage({ bundle: bundle as never })) as unknown as typeof bundle;
		}
		expect(found).toBe(7);
	});

	it("[FR51] creates, replaces, patches and deletes", async () => {
		const body = {
			resourceType: "Condition",
			code: { coding: [{ system: "http://snomed.info/sct", code: "38341003" }] },
			subject: { reference: `Patient/${patient.localId}` },
		};
		const created = (await client.create({ resourceType: "Condition", body })) as unknown as { id: string };
		const { id } = created;
		const updated = await client.update({ resourceType: "Condition", id, body: { ...body, id, onsetDateTime: "2020" } });
		expect(updated).toMatchObject({ id, onsetDateTime: "2020", meta: { versionId: "2" } });
		const patched = await client.patch({ resourceType: "Condition", id, jsonPatch: [{ op: "replace", path: "/onsetDateTime", value: "2021" }] });
		expect(patched).toMatchObject({ onsetDateTime: "2021", meta: { versionId: "3" } });
		await client.delete({ resourceType: "Condition", id });
		await expect(client.read({ resourceType: "Condition", id })).rejects.toMatchObject({
			response: { status: 410, data: { resourceType: "OperationOutcome" } },
		});
	});
});
