import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeUtf8 } from "#base";
import { LedgerError } from "../../errors.ts";
import type { Witness } from "../witness.ts";
import { witnessPrefix } from "./httpWitnessLink.ts";
import { addressHolder, RequestRate, type RequestRateParameters } from "./requestRate.ts";
import { answerTile } from "./tileAnswer.ts";

export interface ServeWitnessParameters {
	readonly witness: Witness;
	/** Origin of the log. */
	readonly chain: string;
	readonly host: string;
	/** 0 lets the system choose. */
	readonly port: number;
	/** Of `add-checkpoint`, per address. */
	readonly submissions?: RequestRateParameters;
	/** Of everything that only reads, per address. */
	readonly reads?: RequestRateParameters;
	/** How long a client may take to send its headers, and with the body its request. */
	readonly headersTimeoutMs?: number;
	readonly requestTimeoutMs?: number;
}

export interface WitnessServing {
	readonly url: string;
	/** Takes no new request, answers those under way, closes. The witness stays open. */
	close(): Promise<void>;
}

/** Largest request that can be one: 63 lines of proof and a note. */
const requestBytesMax = 96 * 1024;
/** Requests whose answer waits for the witness, at once. */
const waitingMax = 32;
const connectionsMax = 256;
const connectionsPerAddressMax = 64;
const plain = "text/plain; charset=utf-8";

/**
 * Serves a witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness), and under `/<hash of the origin>/` what it holds of the log, as `checkpoint`
 * and tiles (tlog-tiles); `/status` says in JSON how it stands. Nobody is authenticated; what the sealer did not sign changes nothing.
 *
 * @throws {@link LedgerError} `LEDGER_LISTEN_FAILED`.
 */
export async function serveWitness(parameters: ServeWitnessParameters): Promise<WitnessServing> {
	const service = new WitnessService(parameters);
	const server = createServer(
		{
			maxHeaderSize: 8 * 1024,
			headersTimeout: parameters.headersTimeoutMs ?? 5_000,
			requestTimeout: parameters.requestTimeoutMs ?? 10_000,
			keepAliveTimeout: 30_000,
			connectionsCheckingInterval: 500,
		},
		(request, response) => void service.answer(request, response),
	);
	server.maxConnections = connectionsMax;
	limitPerAddress(server);
	// A client that stops reading is let go; one that waits for a long download asks again.
	server.setTimeout(60_000);
	await listen(server, parameters);
	const { address, port } = server.address() as AddressInfo;
	return {
		url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
		async close() {
			const closed = once(server, "close");
			server.close();
			server.closeIdleConnections();
			service.stop();
			await closed;
		},
	};
}

/** One address does not take the places of all others, however slowly it talks. */
function limitPerAddress(server: Server): void {
	const open = new Map<string, number>();
	server.on("connection", (socket) => {
		const holder = addressHolder(socket.remoteAddress ?? "");
		const count = (open.get(holder) ?? 0) + 1;
		if (count > connectionsPerAddressMax) return void socket.destroy();
		open.set(holder, count);
		socket.once("close", () => {
			const left = (open.get(holder) ?? 1) - 1;
			if (left > 0) open.set(holder, left);
			else open.delete(holder);
		});
	});
}

async function listen(server: Server, { host, port }: ServeWitnessParameters): Promise<void> {
	const listening = once(server, "listening");
	server.listen({ host, port });
	try {
		await listening;
	} catch (cause) {
		const { code = "" } = cause as NodeJS.ErrnoException;
		throw new LedgerError("LEDGER_LISTEN_FAILED", "expected an address and a port that can be listened on; choose others", { where: code }, cause);
	}
}

class WitnessService {
	readonly #parameters: ServeWitnessParameters;
	readonly #prefix: string;
	readonly #submissions: RequestRate;
	readonly #reads: RequestRate;
	#waiting = 0;
	#stopping = false;

	constructor(parameters: ServeWitnessParameters) {
		this.#parameters = parameters;
		this.#prefix = `${witnessPrefix("", parameters.chain)}/`;
		this.#submissions = new RequestRate(parameters.submissions ?? { perSecond: 20, burst: 60 });
		this.#reads = new RequestRate(parameters.reads ?? { perSecond: 100, burst: 400 });
	}

	stop(): void {
		this.#stopping = true;
	}

	/** Never throws: what goes wrong here is a 500 without a word, and the connection's end. */
	async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		try {
			await this.#route(request, response);
		} catch (error) {
			// The client went away, or the witness is being closed: nobody's fault, and nothing to say.
			if (request.destroyed && !request.complete) return;
			if (error instanceof LedgerError && error.code === "LEDGER_CLOSED") return this.#refuse(response, 503, "WITNESS_STOPPING");
			process.emitWarning(error instanceof Error ? error : "a witness's answer failed");
			if (response.headersSent) response.destroy();
			else this.#send(response, 500, {}, "INTERNAL\n");
		}
	}

	async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { method = "", url = "", socket } = request;
		const isSubmission = url === "/add-checkpoint";
		const rate = isSubmission ? this.#submissions : this.#reads;
		if (!rate.take(socket.remoteAddress ?? "", performance.now())) return this.#refuse(response, 429, "TOO_MANY_REQUESTS", { "retry-after": "1" });
		if (isSubmission) {
			if (method !== "POST") return this.#refuse(response, 405, "METHOD_NOT_ALLOWED", { allow: "POST" });
			return this.#addCheckpoint(request, response);
		}
		if (method !== "GET" && method !== "HEAD") return this.#refuse(response, 405, "METHOD_NOT_ALLOWED", { allow: "GET, HEAD" });
		if (url === "/status") return this.#status(response);
		if (!url.startsWith(this.#prefix)) return this.#refuse(response, 404, "NOT_FOUND");
		const { witness } = this.#parameters;
		const { "accept-encoding": acceptEncoding } = request.headers;
		const { status, headers, body } = answerTile({
			path: url.slice(this.#prefix.length),
			acceptEncoding: typeof acceptEncoding === "string" ? acceptEncoding : undefined,
			read: (path) => (path === "checkpoint" ? encode(witness.latest()) : witness.tile(path)),
		});
		this.#send(response, status, headers, body);
	}

	async #addCheckpoint(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await readBody(request);
		if (body === undefined) return this.#refuse(response, 413, "REQUEST_TOO_LARGE");
		if (this.#waiting >= waitingMax) return this.#refuse(response, 503, "WITNESS_BUSY", { "retry-after": "1" });
		this.#waiting++;
		try {
			const answer = await this.#parameters.witness.addCheckpoint(body);
			this.#send(response, answer.status, { "content-type": answer.contentType }, answer.body);
		} finally {
			this.#waiting--;
		}
	}

	/** For its operator and for whoever wants to know; evidence is made to be shown. */
	#status(response: ServerResponse): void {
		const { chain, witness } = this.#parameters;
		const status = { name: witness.name, key: witness.publicKey, chain, size: witness.size, evidence: witness.evidence() };
		this.#send(response, 200, { "content-type": "application/json", "cache-control": "no-cache" }, `${JSON.stringify(status)}\n`);
	}

	/** The rest of a refused request is not read. */
	#refuse(response: ServerResponse, status: number, code: string, headers: Readonly<Record<string, string>> = {}): void {
		this.#send(response, status, { ...headers, "content-type": plain, connection: "close" }, `${code}\n`);
	}

	#send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
		const bytes = typeof body === "string" ? encodeUtf8(body) : body;
		const closing = this.#stopping ? { connection: "close" } : {};
		response.writeHead(status, { "content-type": plain, ...headers, "content-length": String(bytes.length), ...closing }).end(bytes);
	}
}

function encode(note: string | undefined): Uint8Array | undefined {
	return note === undefined ? undefined : encodeUtf8(note);
}

/** Undefined when it is larger than a request can be. Rejects when the client goes away before its end. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	// The socket must outlive a request that is too large, for its answer.
	for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
		bytes += chunk.length;
		if (bytes > requestBytesMax) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
