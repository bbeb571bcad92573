import { expect, it } from "vitest";
import { createInstitutionApp } from "./app.ts";
import { openSmallNetwork } from "./testing/smallNetwork.ts";

/** What every answer says to a browser, whichever room gives it and whether or not it is one of success. */
it("[SI123] every answer keeps browsers from guessing its type, and to https where the node is reached by it", async () => {
	const small = await openSmallNetwork();
	const [secure, plain] = [{ publicUrl: "https://north.example" }, {}].map((options) =>
		createInstitutionApp(small.network, small.institution(), options),
	);
	const paths = [
		"/",
		"/health",
		"/api/genesis",
		"/api/not-there",
		"/fhir/metadata",
		"/fhir/Patient",
		"/log/checkpoint",
		"/cds-services",
		"/signin/provider",
	];
	const oauth = ["/oauth/jwks", "/oauth/not-there", "/.well-known/smart-configuration"];
	for (const url of [...paths, ...oauth]) {
		const { headers } = await (secure as NonNullable<typeof secure>).inject({ url });
		expect([url, headers["x-content-type-options"], headers["strict-transport-security"]]).toEqual([url, "nosniff", "max-age=31536000"]);
	}
	for (const url of paths) {
		const { headers } = await (plain as NonNullable<typeof plain>).inject({ url });
		expect([url, headers["x-content-type-options"], headers["strict-transport-security"]]).toEqual([url, "nosniff", undefined]);
	}
	await Promise.all([secure?.close(), plain?.close()]);
	await small.close();
});
