import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { NodeError } from "./errors.ts";
import { importFile } from "./importFile.ts";
import type { Network } from "./network.ts";
import { problemOf } from "./problem.ts";

/**
 * What the owner of the data folder may ask a running node over its socket: the desk's and the operator's acts. None of them reads a record.
 */
export function adminRoutes(network: Network) {
	return async (app: FastifyInstance): Promise<void> => {
		app.get("/members", async () => [...network.institutions.values()].map(({ id, name }) => ({ id, name })));
		app.get<{ Params: { member: string } }>("/members/:member/reviews", async ({ params }) =>
			network.institution(params.member).gate.memory.reviews(),
		);
		app.post<{ Params: { member: string }; Body: { urgent?: boolean } }>("/members/:member/anchors", async ({ params, body }) => ({
			written: await network.institution(params.member).gate.anchor(body?.urgent === true),
		}));
		app.post<{ Body: { member?: unknown; path?: unknown } }>("/imports", async ({ body }, reply) => {
			const { member, path } = body ?? {};
			if (typeof member !== "string" || typeof path !== "string") throw new NodeError("NODE_BODY_INVALID", 'expected {"member", "path"}');
			network.institution(member);
			return reply.type("application/x-ndjson").send(Readable.from(importLines(network, member, path)));
		});
	};
}

/** One line of JSON for each step, the last one the report or the problem. */
async function* importLines(network: Network, member: string, path: string): AsyncGenerator<string> {
	const lines: string[] = [];
	let wake = () => {};
	let finished = false;
	const say = (line: object) => {
		lines.push(`${JSON.stringify(line)}\n`);
		wake();
	};
	const work = importFile(network, member, path, (progress) => say({ progress }))
		.then((report) => say({ report }))
		.catch((error: unknown) => say({ problem: problemOf(error) }))
		.finally(() => {
			finished = true;
			wake();
		});
	while (!finished || lines.length > 0) {
		const line = lines.shift();
		if (line !== undefined) yield line;
		else
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
	}
	await work;
}
