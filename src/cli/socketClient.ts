import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { pipeline, type Readable } from "node:stream";
import { CliError } from "./errors.ts";
import { type Download, errorOfProblem, type NodeClient, type Problem, readJson, readLines } from "./nodeClient.ts";

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
		return refusing(await send(socket, method, path, body));
	};
	return {
		running: true,
		get: async <Answer>(path: string) => (await readAnswer(await call("GET", path))) as Answer,
		post: async <Answer>(path: string, body: object) => (await readAnswer(await call("POST", path, body))) as Answer,
		stream: async (path, body, onLine) => readLines(await call("POST", path, body), onLine),
		async upload<Answer>(path: string, bytes: Readable) {
			try {
				const answer = await refusing(await sendBytes(socket, path, bytes));
				return (await readAnswer(answer)) as Answer;
			} finally {
				// A node that refuses does not take the rest.
				bytes.destroy();
			}
		},
		async download(path, headers) {
			const answer = await refusing(await send(socket, "GET", path, undefined, headers));
			return { status: answer.statusCode ?? 0, headers: answer.headers as Download["headers"], body: answer };
		},
		close: async () => {},
	};
}

/** The answer, or the node's refusal as an error. */
async function refusing(answer: IncomingMessage): Promise<IncomingMessage> {
	if ((answer.statusCode ?? 500) < 400) return answer;
	throw errorOfProblem((await readAnswer(answer)) as Problem);
}

function send(
	socketPath: string,
	method: string,
	path: string,
	body: object | undefined,
	more: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const headers = { ...more, ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
		const sent = request({ socketPath, method, path, headers, timeout: silenceMs }, resolve);
		sent.once("timeout", () => sent.destroy(new Error("silent")));
		sent.once("error", (cause) => reject(new CliError("CLI_NODE_SILENT", "a node runs on this folder but does not answer", {}, cause)));
		sent.end(text);
	});
}

/** Ends when the node answers, which it may before everything is sent. */
function sendBytes(socketPath: string, path: string, bytes: Readable): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const headers = { "content-type": "application/octet-stream" };
		let answered = false;
		const sent = request({ socketPath, method: "POST", path, headers, timeout: silenceMs }, (answer) => {
			answered = true;
			resolve(answer);
		});
		sent.once("timeout", () => sent.destroy(new Error("silent")));
		// A source that fails is its own error; a node that has answered and hangs up is none.
		pipeline(bytes, sent, (cause) => {
			if (cause === undefined || cause === null || answered) return;
			reject(bytes.errored ?? new CliError("CLI_NODE_SILENT", "a node runs on this folder but does not answer", {}, cause));
		});
	});
}

async function readAnswer(answer: IncomingMessage): Promise<unknown> {
	try {
		return await readJson(answer);
	} catch (cause) {
		throw new CliError("CLI_NODE_SILENT", "the node ended its answer early", {}, cause);
	}
}
