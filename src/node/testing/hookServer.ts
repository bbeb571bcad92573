import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createDeliver } from "../fhir/subscriptions/deliver.ts";
import { endpointsPath, loadEndpoints } from "../fhir/subscriptions/endpoints.ts";
import type { SmallNetwork } from "./smallNetwork.ts";

export interface Hooked {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** A system that is told of changes: an HTTP server of this process that remembers what it was sent. */
export interface HookServer {
	readonly url: string;
	readonly got: Hooked[];
	/** What it answers from now on. */
	answer: { status: number; headers?: Record<string, string>; after?: Promise<void> };
	close(): Promise<void>;
}

export async function openHookServer(): Promise<HookServer> {
	const got: Hooked[] = [];
	const server = createServer((request, reply) => {
		let body = "";
		request.setEncoding("utf8");
		request.on("data", (part) => {
			body += part;
		});
		request.on("end", async () => {
			got.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
			await hook.answer.after;
			reply.writeHead(hook.answer.status, hook.answer.headers).end("not read");
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const hook: HookServer = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/`,
		got,
		answer: { status: 200 },
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			}),
	};
	return hook;
}

/** Writes an institution's list of endpoints. */
export function allowEndpoints(small: SmallNetwork, endpoints: readonly { readonly url: string; readonly isInside: boolean }[]): void {
	writeFileSync(endpointsPath(memberFolder(small)), JSON.stringify({ format: "aceso/subscription-endpoints/1", endpoints }));
}

function memberFolder(small: SmallNetwork): string {
	return join(small.folder, "members", small.institution().id);
}

/** One look at the subscriptions, as a node that serves does each second, and all that it begins. */
export async function notify(small: SmallNetwork): Promise<void> {
	const { ended } = await beginToNotify(small);
	await ended;
}

/** One look alone. */
export function beginToNotify(small: SmallNetwork) {
	const endpoints = () => loadEndpoints(endpointsPath(memberFolder(small)));
	return small
		.institution()
		.gate.notifySubscribers(createDeliver({ endpoints, baseUrl: () => "https://north.example/fhir", now: small.network.now }));
}
