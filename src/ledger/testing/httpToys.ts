import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { WitnessLink } from "../sealer/cosigners.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { createHttpTileSource } from "../witness/http/httpTileSource.ts";
import { createHttpWitnessLink } from "../witness/http/httpWitnessLink.ts";
import { type ServeWitnessParameters, serveWitness } from "../witness/http/serveWitness.ts";
import { answerTile } from "../witness/http/tileAnswer.ts";
import type { Witness, WitnessOptions } from "../witness/witness.ts";
import { chain, toyKey } from "./toyLedger.ts";
import { openToyWitness } from "./toyWitness.ts";

/** A server on 127.0.0.1 that is gone when the test ends; `asked` are the paths it was asked for. */
export async function listen(listener: RequestListener): Promise<{ readonly url: string; readonly asked: string[]; close(): Promise<void> }> {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		listener(request, response);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const close = async () => {
		server.closeAllConnections();
		if (server.listening) await new Promise((resolve) => server.close(resolve));
	};
	onTestFinished(close);
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

/** A sealer's log over HTTP, under `/log`. */
export async function serveToyLog(sealer: () => Sealer | undefined) {
	const served = await listen(({ url = "", headers }, response) => {
		const acceptEncoding = headers["accept-encoding"] as string | undefined;
		try {
			const answer = answerTile({ path: url.replace(/^\/log\//, ""), acceptEncoding, read: (path) => sealer()?.tile(path) });
			response.writeHead(answer.status, answer.headers).end(answer.body);
		} catch {
			// A sealer that is closed while a witness still asks: as a node that stops answers, and not with silence.
			response.writeHead(503).end();
		}
	});
	return { ...served, url: `${served.url}/log` };
}

export interface ServedToyWitness {
	readonly witness: Witness;
	readonly url: string;
	readonly link: WitnessLink;
	close(): Promise<void>;
}

/** A witness that reads a log over HTTP and is reached over HTTP. */
export async function serveToyWitness(
	name: string,
	logUrl: string,
	options: Partial<WitnessOptions> & Partial<ServeWitnessParameters> = {},
): Promise<ServedToyWitness> {
	const witness = await openToyWitness(name, createHttpTileSource({ url: logUrl }), options);
	const serving = await serveWitness({ host: "127.0.0.1", port: 0, chain, ...options, witness });
	let closing: Promise<void> | undefined;
	const close = () => {
		closing ??= serving.close();
		return closing;
	};
	onTestFinished(close);
	return { witness, url: serving.url, link: linkOver(name, serving.url), close };
}

export function linkOver(name: string, url: string, timeoutMs = 5_000): WitnessLink {
	return createHttpWitnessLink({ name, key: toyKey(name).publicKey, url, chain, timeoutMs });
}
