import type { FastifyInstance } from "fastify";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { CredentialIndex } from "./credentialIndex.ts";
import { describeHealth } from "./houseHealth.ts";
import { describeMembers } from "./members.ts";
import { describeProcessing } from "./processing.ts";

/**
 * What a compliance officer of the house may look at. Each is a signed request that the gate judges by the credential on the ledger, and writes down;
 * whoever is no officer gets the gate's one refusal, before anything is looked up.
 */
export function complianceRoutes(network: Network, institution: Institution) {
	const { gate } = institution;
	const credentials = new CredentialIndex(network.ledger);
	return async (app: FastifyInstance): Promise<void> => {
		const stopping = new AbortController();
		// An officer who waits for accesses would keep the stop waiting.
		app.addHook("preClose", async () => stopping.abort());
		app.post("/accesses", async ({ body }) => gate.watchAccesses(body, stopping.signal));
		app.post("/refusals", async ({ body }) => ({ refusals: await gate.oversee(body, "refusals") }));
		app.post("/reviews", async ({ body }) => ({ reviews: await gate.oversee(body, "reviews") }));
		app.post("/reviews/open", async ({ body }) => gate.openReview(body));
		app.post("/disclosures", async ({ body }) => gate.accountDisclosures(body));
		app.post("/health", async ({ body }) => {
			await gate.oversee(body, "health");
			return describeHealth(network, institution);
		});
		app.post("/members", async ({ body }) => {
			await gate.oversee(body, "members");
			return describeMembers(network, institution, await credentials.idsOf(institution.memberKey.publicKey));
		});
		app.post("/processing", async ({ body }) => describeProcessing(network, institution, await gate.oversee(body, "processing")));
	};
}
