import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { parseKeepingNumbers } from "#fhir";
import { CliError } from "./errors.ts";
import { errorOfProblem, type NodeClient, type Problem, readLines } from "./nodeClient.ts";

/** How long a node may take to say something, in ms; imports say where they stand at least this often. */
const silenceMs = 120_000;

/** True when somebody listens on the socket; a file that a dead process left is nobody. */
export function isListening(socket: string): Promise<boolean> {
	return new Promise((resolve) => {
		const probe = connect(socket);
		probe.once("connect", () => {
			probe.destroy();
			resolve(true);
		});
		probe.once("error", () => resolve(false));
	});
}

/** A node in another process, over its unix socket. */
export function createSocketClient(socket: string): NodeClient {
	const call = async (method: string, path: string, body?: object): Promise<IncomingMessage> => {
		const answer = await send(socket, method, path, body);
		if ((answer.statusCode ?? 500) < 400) return answer;
		throw errorOfProblem((await readJson(answer)) as Problem);
	};
	return {
		running: true,
		get: async <Answer>(path: string) => (await readJson(await call("GET", path))) as Answer,
		post: async <Answer>(path: string, body: object) => (await readJson(await call("POST", path, body))) as Answer,
		stream: async (path, body, onLine) => readLines(await call("POST", path, body), onLine),
		close: async () => {},
	};
}

function send(socketPath: string, method: string, path: string, body: object | undefined): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
		const sent = request({ socketPath, method, path, headers, timeout: silenceMs }, resolve);
		sent.once("timeout", () => sent.destroy(new Error("silent")));
		sent.once("error", (cause) => reject(new CliError("CLI_NODE_SILENT", "a node runs on this folder but does not answer", {}, cause)));
		sent.end(text);
	});
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
	const parts: Uint8Array[] = [];
	try {
		for await (const part of answer) parts.push(part as Uint8Array);
		return parseKeepingNumbers(Buffer.concat(parts).toString("utf8"));
	} catch (cause) {
		throw new CliError("CLI_NODE_SILENT", "the node ended its answer early", {}, cause);
	}
}
