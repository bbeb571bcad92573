import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { custodian, randomBytes } from "../../vault.fixtures.ts";
import { FrameReader, FrameWriter } from "../process/frames.ts";
import { type ConnectKey, greeting, proofOf } from "../process/handshake.ts";
import { ByteReader } from "../process/wireBytes.ts";

/** A path for a socket in a folder that is ours alone and gone after the test. */
export function socketPath(): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-keys-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return join(folder, "s");
}

/** A peer that speaks bytes and takes frames. */
export function peerAt(socket: string) {
	const peer = createConnection(socket);
	const frames: Buffer[] = [];
	const reader = new FrameReader(2 ** 22);
	peer.on("data", (chunk: Buffer) => reader.push(chunk, (frame) => frames.push(Buffer.from(frame)))).on("error", () => {});
	const closed = new Promise<void>((resolve) => peer.once("close", () => resolve()));
	onTestFinished(() => void peer.destroy());
	const writer = new FrameWriter(peer);
	return {
		peer,
		closed,
		frames,
		send: (...parts: readonly Uint8Array[]) => writer.frame(2 ** 22, (to) => to.raw(...parts)),
		next: async (at: number): Promise<Buffer> => {
			while (frames.length <= at) await Promise.race([once(peer, "data"), closed.then(() => Promise.reject(new Error("closed")))]);
			return frames[at] as Buffer;
		},
	};
}

/** A peer that has shown the connect key; its first two frames are the keyring's greeting and its welcome. */
export async function provenPeerAt({ socket, connectKey }: { readonly socket: string; readonly connectKey: ConnectKey }) {
	const peer = peerAt(socket);
	const clientNonce = randomBytes(32);
	peer.send(greeting, clientNonce);
	const serverNonce = Uint8Array.from(new ByteReader(await peer.next(0)).bytes());
	peer.send(proofOf(connectKey, "client", { clientNonce, serverNonce, custodian }));
	await peer.next(1);
	return peer;
}

/** Two ends of one connection, as a process and its parent have them. */
export async function connectedPair(): Promise<readonly [Socket, Socket]> {
	const path = socketPath();
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(path, () => resolve()));
	const accepted = once(server, "connection") as Promise<[Socket]>;
	const one = createConnection(path);
	const [other] = await accepted;
	server.close();
	onTestFinished(() => {
		for (const socket of [one, other]) socket.destroy();
	});
	return [one, other];
}
