import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as medplum from "@medplum/core";
import { describe, expect, it } from "vitest";
import type { FhirResource } from "../resource.ts";
import type { LoadedProfile } from "./checkProfile.ts";
import { createProfileLibrary, type ProfileLibrary } from "./profileLibrary.ts";

/** An unpacked package of US Core (hl7.fhir.us.core), or the folder of its definitions. */
const folder = process.env["ACESO_US_CORE"] ?? join(import.meta.dirname, "../../../../shared/data/us-core/package");
const isThere = existsSync(folder);
const withoutUsCore = "needs a package of US Core in ../shared/data/us-core or $ACESO_US_CORE, which is not here";

const us = "http://hl7.org/fhir/us/core/StructureDefinition/";
const filesOf = (path: string) => (existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".json")) : []);
const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as FhirResource;

function open(): ProfileLibrary {
	return createProfileLibrary(
		filesOf(folder).map((name) => read(join(folder, name))),
		() => medplum,
	);
}

function faults(library: ProfileLibrary, name: string, resource: FhirResource): readonly string[] {
	const { issues } = library.check(library.find(`${us}${name}`) as LoadedProfile, resource);
	return issues.map(({ path, code }) => `${path} ${code}`);
}

const patient: FhirResource = {
	...{ resourceType: "Patient", id: "p", gender: "female", birthDate: "1970-01-01" },
	...{ identifier: [{ system: "urn:house", value: "17" }], name: [{ family: "Beispiel", given: ["Una"] }] },
};
const race = (...parts: object[]) => ({ extension: [{ url: `${us}us-core-race`, extension: parts }] });
const bloodPressure = (...codes: string[]): FhirResource => ({
	...{ resourceType: "Observation", id: "o", status: "final", subject: { reference: "Patient/p" }, effectiveDateTime: "2024-01-01" },
	category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }],
	code: { coding: [{ system: "http://loinc.org", code: "85354-9" }] },
	component: codes.map((code) => ({
		code: { coding: [{ system: "http://loinc.org", code }] },
		valueQuantity: { value: 120, unit: "mmHg", system: "http://unitsofmeasure.org", code: "mm[Hg]" },
	})),
});

describe.skipIf(!isThere)(`US Core (${withoutUsCore})`, () => {
	it("[FR106] its patient: cardinality, an invariant, extensions by their own profiles", () => {
		const library = open();
		expect(faults(library, "us-core-patient", patient)).toEqual([]);
		expect(faults(library, "us-core-patient", { ...patient, identifier: [] })).toEqual(["Patient.identifier required"]);
		expect(faults(library, "us-core-patient", { ...patient, name: [{ use: "official" }] })).toEqual(["Patient.name[0] invariant"]);
		expect(faults(library, "us-core-patient", { ...patient, ...race({ url: "text", valueString: "x" }) })).toEqual([]);
		expect(faults(library, "us-core-patient", { ...patient, ...race({ url: "text", valueCode: "x" }) })).toEqual([
			"Patient.extension[0].extension[0].valueCode structure",
		]);
	});

	it("[FR106] its blood pressure: slices of a category and of components, through two profiles", () => {
		const library = open();
		expect(faults(library, "us-core-blood-pressure", bloodPressure("8480-6", "8462-4"))).toEqual([]);
		expect(faults(library, "us-core-blood-pressure", bloodPressure("8480-6", "8480-6"))).toEqual([
			"Observation.component structure",
			"Observation.component required",
		]);
		const other = { ...bloodPressure("8480-6", "8462-4"), category: [{ text: "vital signs" }] };
		expect(faults(library, "us-core-blood-pressure", other)).toContain("Observation.category required");
	});

	it("[FR106] every profile of it is read and judges without a stumble", () => {
		const library = open();
		const urls = filesOf(folder).flatMap((name) => {
			const { resourceType, kind, derivation, url } = read(join(folder, name));
			return resourceType === "StructureDefinition" && kind === "resource" && derivation === "constraint" ? [url as string] : [];
		});
		expect(urls.length).toBeGreaterThan(10);
		for (const url of urls) {
			const profile = library.find(url) as LoadedProfile;
			expect(library.check(profile, { resourceType: profile.type, id: "x" }).unchecked.filter(({ reason }) => reason === "limit")).toEqual([]);
		}
	});
});
