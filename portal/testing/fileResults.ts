import { randomUUID } from "node:crypto";
import { encodeUtf8 } from "#base";
import { prepareBundle } from "#fhir";
import { loadDemoCast } from "#node";
import type { ServedPortal } from "./servePortal.ts";

/** The laboratory sends so many results of one of the demonstration's people, one for each day back from `lastDay` (`YYYY-MM-DD`). */
export async function fileResults(
	{ network }: ServedPortal,
	{ person, member, count, lastDay }: { readonly person: string; readonly member: string; readonly count: number; readonly lastDay: string },
): Promise<void> {
	const record = loadDemoCast(network)
		.person(person)
		.records.find(({ institution }) => institution === member);
	const resources = record?.bundle.entry.map(({ resource }) => resource as { readonly resourceType: string; readonly id: string }) ?? [];
	const patient = resources.find(({ resourceType }) => resourceType === "Patient");
	if (patient === undefined) throw new Error("expected the person to have a record there");
	const results = Array.from({ length: count }, (_, at) => sodium(`urn:uuid:${patient.id}`, Date.parse(lastDay) - at * 86_400_000, at));
	const entry = [patient, ...results].map((resource) => ({
		fullUrl: `urn:uuid:${resource.id}`,
		resource,
		request: { method: "POST", url: resource.resourceType },
	}));
	const bytes = encodeUtf8(JSON.stringify({ resourceType: "Bundle", type: "transaction", entry }));
	const prepared = await prepareBundle(async function* () {
		yield bytes;
	});
	await network.institution(member).gate.importRecords(prepared);
}

function sodium(reference: string, atMs: number, at: number) {
	return {
		resourceType: "Observation",
		id: randomUUID(),
		status: "final",
		category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
		code: { coding: [{ system: "http://loinc.org", code: "2951-2", display: "Sodium [Moles/volume] in Serum or Plasma" }], text: "Sodium" },
		subject: { reference },
		effectiveDateTime: new Date(atMs).toISOString(),
		valueQuantity: { value: 135 + (at % 10), unit: "mmol/L", system: "http://unitsofmeasure.org", code: "mmol/L" },
	};
}
