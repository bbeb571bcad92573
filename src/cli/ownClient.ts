import type { Readable } from "node:stream";
import { createNodeApp, type Network } from "#node";
import { type Download, errorOfProblem, type NodeClient, type Problem, readJson, readLines } from "./nodeClient.ts";

interface Sent {
	readonly body?: object;
	readonly headers?: Readonly<Record<string, string>>;
}

/** The node in this process: the same routes, called without a socket. Closing it closes the network. */
export async function createOwnClient(network: Network): Promise<NodeClient> {
	const app = createNodeApp(network);
	await app.ready();
	const ask = async (method: "GET" | "POST", url: string, { body, headers = {} }: Sent = {}) => {
		const answer = await app.inject({ method, url, headers, payloadAsStream: true, ...(body === undefined ? {} : { payload: body }) });
		if (answer.statusCode < 400) return answer;
		throw errorOfProblem((await readJson(answer.stream())) as Problem);
	};
	const call = async (method: "GET" | "POST", url: string, body?: object) => (await ask(method, url, body === undefined ? {} : { body })).stream();
	return {
		running: false,
		get: async <Answer>(path: string) => (await readJson(await call("GET", path))) as Answer,
		post: async <Answer>(path: string, body: object) => (await readJson(await call("POST", path, body))) as Answer,
		stream: async (path, body, onLine) => readLines(await call("POST", path, body), onLine),
		async upload<Answer>(path: string, bytes: Readable) {
			const answer = await ask("POST", path, { body: bytes, headers: { "content-type": "application/octet-stream" } });
			return (await readJson(answer.stream())) as Answer;
		},
		async download(path, headers) {
			const answer = await ask("GET", path, { headers });
			return { status: answer.statusCode, headers: answer.headers as Download["headers"], body: answer.stream() };
		},
		async close() {
			await app.close();
			await network.close();
		},
	};
}
