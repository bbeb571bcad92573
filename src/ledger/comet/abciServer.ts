import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { Request, Response } from "cosmjs-types/tendermint/abci/types";
import { CodedError } from "#base";
import { LedgerError } from "../errors.ts";
import { encodeFrame, FrameReader } from "./abciFrames.ts";

/** One of a response's fields; the others are absent. */
export type AbciResponse = Partial<Response>;

/** Answers requests of CometBFT; those of one connection one after the other. */
export interface AbciHandler {
	handle(request: Request): AbciResponse | Promise<AbciResponse>;
}

export interface AbciServer {
	/** As CometBFT's `proxy_app` names it. */
	readonly address: string;
	close(): Promise<void>;
}

/** So long one connection may keep the others waiting. */
const turnMs = 5;

/**
 * Serves ABCI 2.0 over a unix socket: CometBFT opens four connections (consensus, mempool, query, snapshot) and pipelines requests; answers go out in the
 * order in which requests came. An exception ends CometBFT, which is meant: a replica that cannot run a block must not go on.
 */
export async function serveAbci(path: string, handler: AbciHandler): Promise<AbciServer> {
	rmSync(path, { force: true });
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		socket.on("error", () => socket.destroy());
		serveConnection(socket, handler);
	});
	server.listen(path);
	try {
		await once(server, "listening");
	} catch (cause) {
		throw new LedgerError("LEDGER_LISTEN_FAILED", "expected a path at which the application can listen for CometBFT", {}, cause);
	}
	return {
		address: `unix://${path}`,
		async close() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function serveConnection(socket: Socket, handler: AbciHandler): void {
	const reader = new FrameReader();
	const waiting: Uint8Array[] = [];
	let running = false;
	const run = async () => {
		let turnEndsAt = performance.now() + turnMs;
		for (let message = waiting.shift(); message !== undefined && !socket.destroyed; message = waiting.shift()) {
			const answer = await answerTo(message, handler);
			if (!socket.write(encodeFrame(Response.encode(Response.fromPartial(answer)).finish()))) await drained(socket);
			if (performance.now() < turnEndsAt) continue;
			await new Promise(setImmediate);
			turnEndsAt = performance.now() + turnMs;
		}
		running = false;
	};
	socket.on("data", (chunk) => {
		try {
			waiting.push(...reader.push(chunk));
		} catch {
			socket.destroy();
			return;
		}
		if (running || waiting.length === 0) return;
		running = true;
		void run();
	});
}

async function drained(socket: Socket): Promise<void> {
	if (socket.destroyed) return;
	await new Promise<void>((resolve) => {
		const done = () => {
			socket.off("drain", done);
			socket.off("close", done);
			resolve();
		};
		socket.on("drain", done);
		socket.on("close", done);
	});
}

async function answerTo(message: Uint8Array, handler: AbciHandler): Promise<AbciResponse> {
	try {
		return await handler.handle(Request.decode(message));
	} catch (error) {
		return { exception: { error: error instanceof CodedError ? `${error.code}: ${error.message}` : "an unexpected failure" } };
	}
}
