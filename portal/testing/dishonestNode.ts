import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What comes back instead of the node's own answer. */
export interface AlteredAnswer {
	readonly status?: number;
	readonly body?: string | Uint8Array;
	/** Beside or in place of the node's headers. */
	readonly headers?: Readonly<Record<string, string>>;
}

export interface HonestAnswer {
	readonly path: string;
	readonly body: Buffer;
	readonly headers: Readonly<Record<string, string>>;
	/** As the browser asked. */
	readonly asked: IncomingMessage["headers"];
}

type Alter = (answer: HonestAnswer) => AlteredAnswer | undefined;

/** A node whose operator alters what it serves, whenever it likes: a real node behind an address of its own. */
export interface DishonestNode {
	readonly url: string;
	/** From now on; undefined for an honest node again. */
	alter(alteration: Alter | undefined): void;
	/** True: nobody answers any more, as on a machine that is off. */
	silence(isSilent: boolean): void;
	close(): Promise<void>;
}

export async function startDishonestNode(target: string): Promise<DishonestNode> {
	let altering: Alter | undefined;
	let silent = false;
	const server = createServer((asked, answer) => {
		if (silent) return void asked.socket.destroy();
		void forward(target, asked).then(
			(honest) => send(answer, honest, altering?.(honest)),
			() => asked.socket.destroy(),
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://localhost:${(server.address() as AddressInfo).port}`,
		alter: (alteration) => {
			altering = alteration;
		},
		silence: (isSilent) => {
			silent = isSilent;
			if (isSilent) server.closeAllConnections();
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

interface Forwarded extends HonestAnswer {
	readonly status: number;
}

/** Asks the node itself, uncompressed, so that an alteration finds text. */
function forward(target: string, asked: IncomingMessage): Promise<Forwarded> {
	return new Promise((resolve, reject) => {
		const url = new URL(asked.url ?? "/", target);
		const headers = { ...asked.headers, "accept-encoding": "identity", host: url.host };
		const onward = request(url, { method: asked.method ?? "GET", headers }, (answer) => {
			const parts: Buffer[] = [];
			answer.on("data", (part: Buffer) => parts.push(part));
			answer.on("error", reject);
			answer.on("end", () => {
				const kept = Object.entries(answer.headers).filter(([name]) => !/^(?:connection|keep-alive|transfer-encoding|content-length)$/.test(name));
				const body = Buffer.concat(parts);
				resolve({
					path: url.pathname,
					body,
					headers: Object.fromEntries(kept) as Record<string, string>,
					status: answer.statusCode ?? 500,
					asked: asked.headers,
				});
			});
		});
		onward.on("error", reject);
		asked.pipe(onward);
	});
}

function send(answer: ServerResponse, honest: Forwarded, altered: AlteredAnswer = {}): void {
	const { status = honest.status, body = honest.body, headers = {} } = altered;
	answer.writeHead(status, { ...honest.headers, ...headers }).end(body);
}
