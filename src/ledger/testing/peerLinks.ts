import { connect, createServer, type Server, type Socket } from "node:net";
import type { Partitions } from "./netNamespaces.ts";

/**
 * Stands between peers on one machine, a listener for each of the two directions of dialling, so that a test can cut who from whom. A cut is a silent one, as a network's is:
 * nothing arrives and nobody is told; new connections are taken and hear nothing.
 */
export class PeerLinks implements Partitions {
	readonly #links: readonly Link[];
	readonly #count: number;

	private constructor(count: number, links: readonly Link[]) {
		[this.#count, this.#links] = [count, links];
	}

	/** @param ports - Where each peer listens, on 127.0.0.1. */
	static async open(ports: readonly number[]): Promise<PeerLinks> {
		const pairs = ports.flatMap((_, from) => ports.map((port, to) => ({ from, to, port })));
		return new PeerLinks(ports.length, await Promise.all(pairs.map((pair) => Link.open(pair.port, pair.from, pair.to))));
	}

	/** Where `from` dials to reach `to`. */
	addressOf(from: number, to: number): string {
		return `127.0.0.1:${this.#links[from * this.#count + to]!.port}`;
	}

	split(...groups: readonly (readonly number[])[]): void {
		for (const link of this.#links) link.cut(groups.length > 0 && !groups.some((group) => group.includes(link.from) && group.includes(link.to)));
	}

	close(): void {
		for (const link of this.#links) link.close();
	}
}

class Link {
	readonly from: number;
	readonly to: number;
	readonly port: number;
	readonly #server: Server;
	readonly #pipes = new Set<readonly [Socket, Socket]>();
	readonly #held = new Set<Socket>();
	#isCut = false;

	private constructor(server: Server, to: { readonly port: number; readonly from: number; readonly to: number }) {
		[this.#server, this.from, this.to] = [server, to.from, to.to];
		this.port = (server.address() as { port: number }).port;
		server.on("connection", (socket) => this.#meet(socket, to.port));
	}

	static async open(port: number, from: number, to: number): Promise<Link> {
		const server = createServer({ pauseOnConnect: true });
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		return new Link(server, { port, from, to });
	}

	cut(isCut: boolean): void {
		this.#isCut = isCut;
		for (const [near, far] of this.#pipes) for (const [a, b] of [[near, far] as const, [far, near] as const]) join(a, b, isCut);
		if (isCut) return;
		for (const socket of this.#held) socket.destroy();
		this.#held.clear();
	}

	close(): void {
		this.#server.close();
		for (const socket of [...this.#held, ...[...this.#pipes].flat()]) socket.destroy();
	}

	#meet(near: Socket, port: number): void {
		near.on("error", () => undefined);
		if (this.#isCut) {
			this.#held.add(near);
			near.once("close", () => this.#held.delete(near));
			return;
		}
		const far = connect(port, "127.0.0.1");
		far.on("error", () => undefined);
		const pipe = [near, far] as const;
		this.#pipes.add(pipe);
		for (const [one, other] of [[near, far] as const, [far, near] as const]) {
			one.once("close", () => {
				other.destroy();
				this.#pipes.delete(pipe);
			});
			join(one, other, false);
		}
	}
}

function join(from: Socket, to: Socket, isCut: boolean): void {
	if (isCut) {
		from.unpipe(to);
		from.pause();
	} else from.pipe(to);
}

/** Hands each connection to a port of this machine on to a socket with a path. */
export async function relayToPath(port: number, path: string): Promise<{ close(): void }> {
	const sockets = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(path);
		for (const [one, other] of [[near, far] as const, [far, near] as const]) {
			sockets.add(one);
			one.on("error", () => undefined);
			one.once("close", () => {
				other.destroy();
				sockets.delete(one);
			});
			one.pipe(other);
		}
	});
	await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
	return {
		close() {
			server.close();
			for (const socket of sockets) socket.destroy();
		},
	};
}
