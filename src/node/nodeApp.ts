import type { FastifyInstance } from "fastify";
import { adminRoutes } from "./adminRoutes.ts";
import { createApp } from "./app.ts";
import { institutionRoutes } from "./institutionRoutes.ts";
import type { Network } from "./network.ts";

/**
 * The whole node for its owner: every institution's API under `/members/<id>/api`, the desk's and the operator's acts under `/admin`. Served
 * on the unix socket, or called by a command line that opened the folder itself.
 */
export function createNodeApp(network: Network): FastifyInstance {
	// Large objects come in here, for as long as they take.
	const app = createApp({ requestTimeoutMs: 0 });
	for (const institution of network.institutions.values()) {
		app.register(institutionRoutes(network, institution), { prefix: `/members/${institution.id}/api` });
	}
	app.register(adminRoutes(network), { prefix: "/admin" });
	return app;
}
