import { join } from "node:path";
import { expect, it } from "vitest";
import { type Compartment, dataClasses } from "#contracts";
import { openSqliteStore, VaultError } from "#vault";
import { openAccessLog } from "./log/accessLog.ts";
import { createTestBench, testMember, testWriterKey } from "./log/testing.ts";
import type { GateParts } from "./parts.ts";
import { relabelPatient } from "./relabelPatient.ts";
import { ResourceSealer } from "./sealResource.ts";

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const pulse = {
	...{ resourceType: "Observation", id: "pulse", status: "final", code: coded("http://loinc.org", "8867-4"), valueInteger: 71 },
	category: [coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
};
const asthma = { resourceType: "Condition", id: "asthma", code: coded("http://snomed.info/sct", "195967001") };

/** A patient whose records were filed as `other`, in as many versions, by tables that knew neither of them; a class may be erased since. */
async function openWith({ erased, versions }: { readonly erased?: Compartment; readonly versions: number }) {
	const { keyring, parameters, path, folder, enrol } = await createTestBench();
	const anna = await enrol("anna");
	const store = openSqliteStore({ path: join(folder, "vault.db"), custodian: testMember });
	const sealFor: typeof keyring.sealFor = async (subject, compartments) => {
		if (compartments.some((each) => each === erased)) throw new VaultError("VAULT_ERASED", "the class was erased");
		return keyring.sealFor(subject, compartments);
	};
	const parts = {
		...parameters,
		...{ store, memberKey: testWriterKey, log: await openAccessLog({ path, ...parameters }) },
		ledger: { head: () => ({ height: 1 }), stalenessMs: () => 0 },
		keyring: {
			sealFor,
			pseudonymOf: keyring.pseudonymOf.bind(keyring),
			lookupToken: keyring.lookupToken.bind(keyring),
			unwrap: keyring.unwrap.bind(keyring),
		},
	} as unknown as GateParts;
	const sealer = new ResourceSealer(parts, anna.subject);
	const header = { labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "an older one" };
	for (let version = 1; version <= versions; version++) {
		const filed = [pulse, asthma].map((resource) =>
			sealer.seal(`${resource.resourceType}/${resource.id}`, ["other"], { ...header, resourceText: JSON.stringify(resource) }, version),
		);
		const rows = await Promise.all(filed);
		await store.putRecords(sealer.takeKeys(), rows);
	}
	const newest = async (name: string) => {
		const row = await store.getRecord(anna.subject, await keyring.lookupToken("record", anna.subject, name));
		return row && [row.version, row.compartments, row.deleted];
	};
	const shown = async () => (await store.listRecords(anna.subject, dataClasses)).map(({ compartments }) => compartments).sort();
	return { relabel: () => relabelPatient(parts, anna.subject), newest, shown };
}

it.each([1, 3])("[GA73] of %i versions the newest is filed anew as the next one, in its new class; no older one shows", async (versions) => {
	const { relabel, newest, shown } = await openWith({ versions });
	expect(await shown()).toEqual(["other", "other"]);
	expect(await relabel()).toBe(2);
	expect(await newest("Observation/pulse")).toEqual([versions + 1, "vitals", false]);
	expect(await newest("Condition/asthma")).toEqual([versions + 1, "conditions", false]);
	expect(await shown()).toEqual(["conditions", "vitals"]);
	// What is filed as it is described is not filed again.
	expect(await relabel()).toBe(0);
});

it.each([1, 3])("[GA73] what turns out to be of an erased class is deleted by its next version, whichever that is (%i)", async (versions) => {
	const { relabel, newest, shown } = await openWith({ erased: "vitals", versions });
	expect(await relabel()).toBe(2);
	expect(await newest("Observation/pulse")).toEqual([versions + 1, "other", true]);
	expect(await shown()).toEqual(["conditions"]);
	expect(await relabel()).toBe(0);
});
