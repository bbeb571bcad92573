import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type Clock, sha256Hex } from "#base";
import { VaultError } from "../errors.ts";
import { emptyPayloadHash, encodeUriComponentStrictly, type SigV4Credentials, type SigV4Request, signV4 } from "../sigV4.ts";

export interface S3ClientParameters {
	/** `https://host[:port]`; plain `http` to this machine only. The bucket is addressed in the path, as every S3-compatible server can. */
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly credentials: SigV4Credentials;
	readonly now: Clock;
	/** Waits between attempts; tests do not. */
	readonly wait?: (delayMs: number) => Promise<void>;
}

export interface S3Request {
	readonly method: SigV4Request["method"];
	/** Absent for the bucket itself. */
	readonly key?: string;
	readonly query?: readonly (readonly [string, string])[];
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
	/** An answer with a longer body is cut off and refused. */
	readonly maxAnswerBytes: number;
}

export interface S3Answer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: Buffer;
	/** From 1: how often the request was sent before this answer. After more than one, an earlier attempt may have been carried out. */
	readonly attempts: number;
}

const maxAttempts = 4;
const firstDelayMs = 100;
const idleTimeoutMs = 60_000;

/**
 * Sends signed requests to one bucket. Every request made here may be repeated (S3 answers a repeated upload of a part, a repeated
 * deletion and a repeated read as it did the first), so a broken connection and an answer of 429 or 5xx are tried again.
 */
export class S3Client {
	readonly #parameters: S3ClientParameters;
	readonly #endpoint: URL;
	readonly #agent: HttpAgent | HttpsAgent;
	readonly #wait: (delayMs: number) => Promise<void>;

	/** @throws {@link VaultError} `VAULT_REQUEST_INVALID` on an endpoint that would be spoken to in the clear, or has a path. */
	constructor(parameters: S3ClientParameters) {
		this.#parameters = parameters;
		this.#endpoint = parseEndpoint(parameters.endpoint);
		this.#agent = this.#endpoint.protocol === "https:" ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
		this.#wait = parameters.wait ?? ((delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)));
	}

	/** @throws {@link VaultError} `VAULT_STORE_UNAVAILABLE` when no attempt was answered otherwise than by 429 or 5xx. */
	async send(request: S3Request): Promise<S3Answer> {
		let failure: unknown;
		for (let attempt = 0; attempt < maxAttempts; attempt++) {
			if (attempt > 0) await this.#wait(firstDelayMs * 4 ** (attempt - 1));
			try {
				const answer = await this.#sendOnce(request);
				if (answer.status !== 429 && answer.status < 500) return { ...answer, attempts: attempt + 1 };
				failure = undefined;
			} catch (error) {
				if (error instanceof VaultError) throw error;
				failure = error;
			}
		}
		throw new VaultError("VAULT_STORE_UNAVAILABLE", `expected the object store to answer within ${maxAttempts} attempts`, {}, failure);
	}

	close(): void {
		this.#agent.destroy();
	}

	#sendOnce(request: S3Request): Promise<Omit<S3Answer, "attempts">> {
		const { region, bucket, credentials, now } = this.#parameters;
		const { method, key, query = [], headers = {}, body } = request;
		const segments = [bucket, ...(key === undefined ? [] : key.split("/"))];
		const signed = signV4({
			...{ credentials, region, service: "s3", method, query, now: now() },
			path: `/${segments.map(encodeUriComponentStrictly).join("/")}`,
			headers: { ...headers, host: this.#endpoint.host },
			payloadHash: body === undefined ? emptyPayloadHash : sha256Hex(body),
		});
		const length = body === undefined && (method === "GET" || method === "HEAD") ? {} : { "content-length": String(body?.length ?? 0) };
		const send = this.#endpoint.protocol === "https:" ? httpsRequest : httpRequest;
		return new Promise((resolve, reject) => {
			const { hostname, port } = this.#endpoint;
			const options = { agent: this.#agent, hostname: hostname.replace(/^\[|\]$/g, ""), port, method, path: signed.target };
			const outgoing = send({ ...options, headers: { ...signed.headers, ...length }, timeout: idleTimeoutMs }, (answer) => {
				readAnswer(answer, request.maxAnswerBytes).then(resolve, reject);
			});
			outgoing.on("timeout", () => outgoing.destroy(new Error("the object store fell silent")));
			outgoing.on("error", reject);
			outgoing.end(body);
		});
	}
}

async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<Omit<S3Answer, "attempts">> {
	const pieces: Buffer[] = [];
	let length = 0;
	for await (const piece of answer as AsyncIterable<Buffer>) {
		length += piece.length;
		if (length > maxBytes) {
			answer.destroy();
			throw new VaultError("VAULT_STORE_UNAVAILABLE", "expected a shorter answer of the object store", { at: maxBytes });
		}
		pieces.push(piece);
	}
	return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces, length) };
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function parseEndpoint(text: string): URL {
	const endpoint = URL.canParse(text) ? new URL(text) : undefined;
	const isEncrypted = endpoint?.protocol === "https:" || (endpoint?.protocol === "http:" && loopback.has(endpoint.hostname));
	if (endpoint === undefined || !isEncrypted || endpoint.pathname !== "/" || endpoint.search !== "" || endpoint.username !== "") {
		throw new VaultError("VAULT_REQUEST_INVALID", "expected an endpoint as https://host[:port], without path or credentials");
	}
	return endpoint;
}
