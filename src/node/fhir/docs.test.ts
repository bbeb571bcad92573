import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { openSmallNetwork } from "../testing/smallNetwork.ts";

it("[FR11] the examples of docs/fhir.md that need no key answer what it says", async () => {
	const text = readFileSync(join(import.meta.dirname, "../../../docs/fhir.md"), "utf8");
	const paths = [...text.matchAll(/^ {4}curl -s http:\/\/127\.0\.0\.1:8181(\/\S+)$/gm)].map(([, path]) => path as string);
	expect(paths).toHaveLength(2);
	const small = await openSmallNetwork();
	const app = createInstitutionApp(small.network, small.institution());
	const [metadata, search] = await Promise.all(paths.map((url) => app.inject({ method: "GET", url })));
	expect(metadata?.json()).toMatchObject({ resourceType: "CapabilityStatement" });
	expect([search?.statusCode, search?.json().issue[0].details.coding[0].code]).toEqual([401, "NODE_FHIR_UNSIGNED"]);
	await app.close();
	await small.close();
});
