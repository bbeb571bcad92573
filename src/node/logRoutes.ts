import type { FastifyInstance } from "fastify";
import { answerTile, RequestRate } from "#ledger";
import type { Network } from "./network.ts";

/** What one address may fetch: a witness that catches up takes a bundle and a tile for each 256 leaves; each costs some milliseconds here. */
const perAddress = { perSecond: 100, burst: 400 } as const;

/**
 * The ledger's log for whoever verifies it, as C2SP tlog-tiles: `checkpoint`, `tile/…`, `tile/entries/…` under the prefix it is registered at. Open to
 * all: everything on the ledger is made to be seen.
 */
export function logRoutes({ ledger }: Network) {
	return async (app: FastifyInstance): Promise<void> => {
		const rate = new RequestRate(perAddress);
		app.get<{ Params: { "*": string } }>("/*", async ({ params, headers, ip }, reply) => {
			if (!rate.take(ip, performance.now()))
				return reply.status(429).header("retry-after", "1").type("text/plain; charset=utf-8").send("TOO_MANY_REQUESTS\n");
			const answer = answerTile({ path: params["*"], acceptEncoding: headers["accept-encoding"], read: (path) => ledger.tile(path) });
			return reply.status(answer.status).headers(answer.headers).send(answer.body);
		});
	};
}
