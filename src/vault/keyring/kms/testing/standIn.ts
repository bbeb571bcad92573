import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface StandInRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	readonly body: Readonly<Record<string, unknown>>;
}

export interface StandInAnswer {
	readonly status: number;
	readonly body?: object | string | undefined;
	readonly headers?: Readonly<Record<string, string>>;
}

/** Says in every answer that it is none of what it stands in for. */
const standInHeader = "x-aceso-stand-in";

/**
 * An HTTP server on loopback that answers as a documented API does, for tests alone: not AWS KMS, not Vault. Returns its address and the
 * requests it got.
 */
export async function startStandIn(answer: (request: StandInRequest) => StandInAnswer | "hang" | "hang up") {
	const requests: StandInRequest[] = [];
	const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
		const text = Buffer.concat(await incoming.toArray()).toString("utf8");
		const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
		const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, text, body };
		requests.push(request);
		const given = answer(request);
		if (given === "hang") return;
		if (given === "hang up") {
			outgoing.destroy();
			return;
		}
		outgoing.writeHead(given.status, { [standInHeader]: "a stand-in for tests", "content-type": "application/json", ...given.headers });
		outgoing.end(typeof given.body === "string" ? given.body : given.body === undefined ? "" : JSON.stringify(given.body));
	};
	const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
