import { parseKeepingNumbers } from "#fhir";
import { createNodeApp, type Network } from "#node";
import { errorOfProblem, type NodeClient, type Problem, readLines } from "./nodeClient.ts";

/** The node in this process: the same routes, called without a socket. Closing it closes the network. */
export async function createOwnClient(network: Network): Promise<NodeClient> {
	const app = createNodeApp(network);
	await app.ready();
	const call = async (method: "GET" | "POST", url: string, body?: object) => {
		const answer = await app.inject({ method, url, payloadAsStream: true, ...(body === undefined ? {} : { payload: body }) });
		if (answer.statusCode < 400) return answer.stream();
		throw errorOfProblem((await readJson(answer.stream())) as Problem);
	};
	return {
		running: false,
		get: async <Answer>(path: string) => (await readJson(await call("GET", path))) as Answer,
		post: async <Answer>(path: string, body: object) => (await readJson(await call("POST", path, body))) as Answer,
		stream: async (path, body, onLine) => readLines(await call("POST", path, body), onLine),
		async close() {
			await app.close();
			await network.close();
		},
	};
}

async function readJson(stream: AsyncIterable<Uint8Array>): Promise<unknown> {
	const parts: Uint8Array[] = [];
	for await (const part of stream) parts.push(part);
	return parseKeepingNumbers(Buffer.concat(parts).toString("utf8"));
}
