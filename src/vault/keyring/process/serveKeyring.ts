import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { MemberId } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { FrameReader, FrameWriter, maxFrameBytes, maxHandshakeFrameBytes, maxInFlight } from "./frames.ts";
import { type ConnectKey, type Greeting, greeting, isProof, newNonce, nonceBytes, proofBytes, proofOf } from "./handshake.ts";
import { type Served, servedOperations } from "./operations.ts";
import { assertPrivateFolder } from "./privateFolder.ts";
import { ByteReader, type ByteWriter, notAFrame } from "./wireBytes.ts";
import { writeError } from "./wireErrors.ts";

/** First byte of an answer's payload after its id. */
export const answered = 0;
export const refused = 1;

export interface ServeKeyringParameters {
	readonly served: Served;
	readonly custodian: MemberId;
	/** Path of the socket, in a folder that is ours alone (mode 0700). */
	readonly socket: string;
	readonly connectKey: ConnectKey;
	/** Processes of the node that may be connected at once: one client each. */
	readonly maxClients: number;
	/** A peer that has not shown the connect key by then is cut off, in ms. */
	readonly handshakeMs?: number | undefined;
	readonly randomBytes: RandomBytes;
}

/** A keyring behind a unix socket. SPEC VA57–VA63. */
export interface KeyringServer {
	/** Takes no more requests, answers those it has, then closes; the keyring itself stays open. */
	stop(): Promise<void>;
}

const unprovenPeers = 8;
const lastAnswersMs = 2_000;

/** @throws {@link VaultError} `VAULT_LOCKED` when the folder is not ours alone, or a socket of that name cannot be made there. */
export async function serveKeyring(parameters: ServeKeyringParameters): Promise<KeyringServer> {
	assertPrivateFolder(parameters.socket);
	const peers = new Set<Peer>();
	const server = createServer((socket) => {
		const peer = new Peer(socket, parameters, () => [...peers].filter((other) => other.isProven).length < parameters.maxClients);
		peers.add(peer);
		socket.once("close", () => peers.delete(peer));
	});
	server.maxConnections = parameters.maxClients + unprovenPeers;
	await listen(server, parameters.socket);
	chmodSync(parameters.socket, 0o600);
	return {
		stop: async () => {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			await Promise.all([...peers].map((peer) => peer.finish()));
			await closed;
		},
	};
}

function listen(server: Server, path: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", (cause) => reject(new VaultError("VAULT_LOCKED", "expected a place where a socket can be made", {}, cause)));
		server.listen(path, () => resolve());
	});
}

/** One connection: first its proof, then its requests. Whatever is not of the protocol ends it, without a word. */
class Peer {
	readonly #socket: Socket;
	readonly #parameters: ServeKeyringParameters;
	readonly #hasRoom: () => boolean;
	readonly #reader = new FrameReader(maxHandshakeFrameBytes);
	readonly #writer: FrameWriter;
	readonly #timer: NodeJS.Timeout;
	#greeted: Greeting | undefined;
	#proven = false;
	#inFlight = 0;
	#idle: (() => void) | undefined;

	constructor(socket: Socket, parameters: ServeKeyringParameters, hasRoom: () => boolean) {
		this.#socket = socket;
		this.#parameters = parameters;
		this.#hasRoom = hasRoom;
		this.#writer = new FrameWriter(socket);
		this.#timer = setTimeout(() => socket.destroy(), parameters.handshakeMs ?? 2_000);
		socket.on("data", (chunk) => this.#take(chunk));
		socket.on("drain", () => this.#pace());
		// Nothing to tell: a peer that broke off gets no answer.
		socket.on("error", () => socket.destroy());
		socket.once("close", () => clearTimeout(this.#timer));
	}

	get isProven(): boolean {
		return this.#proven;
	}

	/** Answers what was asked already and ends. */
	async finish(): Promise<void> {
		this.#socket.pause();
		if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
		this.#writer.flush();
		await new Promise<void>((resolve) => {
			// A peer that does not take its answers does not hold the end up.
			const timer = setTimeout(() => this.#socket.destroy(), lastAnswersMs);
			this.#socket.once("close", () => {
				clearTimeout(timer);
				resolve();
			});
			this.#socket.end(() => this.#socket.destroy());
			if (this.#socket.closed) resolve();
		});
	}

	#take(chunk: Buffer): void {
		try {
			this.#reader.push(chunk, (frame) => this.#takeFrame(frame));
		} catch {
			this.#socket.destroy();
		}
	}

	#takeFrame(frame: Buffer): void {
		if (this.#socket.destroyed) return;
		if (this.#proven) this.#serve(frame);
		else if (this.#greeted === undefined) this.#greet(frame);
		else this.#prove(frame, this.#greeted);
	}

	/** We prove ourselves first: a socket planted in our place learns nothing of the node's requests. */
	#greet(frame: Buffer): void {
		if (frame.length !== greeting.length + nonceBytes || !frame.subarray(0, greeting.length).equals(greeting)) throw notAFrame();
		const { custodian, connectKey, randomBytes } = this.#parameters;
		const greeted = { clientNonce: Uint8Array.from(frame.subarray(greeting.length)), serverNonce: newNonce(randomBytes), custodian };
		this.#greeted = greeted;
		this.#writer.frame(maxHandshakeFrameBytes, (to) => {
			to.bytes(greeted.serverNonce);
			to.bytes(proofOf(connectKey, "server", greeted));
			to.text(custodian);
		});
	}

	#prove(frame: Buffer, greeted: Greeting): void {
		if (frame.length !== proofBytes || !isProof(this.#parameters.connectKey, "client", greeted, frame)) throw notAFrame();
		clearTimeout(this.#timer);
		const room = this.#hasRoom();
		this.#writer.frame(maxHandshakeFrameBytes, (to) => to.byte(room ? answered : refused));
		this.#writer.flush();
		if (!room) this.#socket.end();
		this.#proven = room;
		this.#reader.maxBytes = maxFrameBytes;
	}

	#serve(frame: Buffer): void {
		const from = new ByteReader(frame);
		const id = from.uint32();
		const operation = servedOperations.get(from.byte());
		if (operation === undefined) throw notAFrame();
		const run = operation.serve(from, this.#parameters.served);
		this.#inFlight++;
		this.#pace();
		// What cannot be written is answered as an error too: one request never ends the keyring.
		run
			.then((writeResult) => this.#answer(id, answered, writeResult))
			.catch((error: unknown) => this.#answer(id, refused, (to) => writeError(to, error)));
	}

	#answer(id: number, outcome: number, fill: (to: ByteWriter) => void): void {
		this.#writer.frame(maxFrameBytes, (to) => {
			to.uint32(id);
			to.byte(outcome);
			fill(to);
		});
		this.#inFlight--;
		this.#pace();
		if (this.#inFlight === 0) this.#idle?.();
	}

	/** Reads on only while answers are taken and not too many are owed. */
	#pace(): void {
		if (this.#idle !== undefined) return;
		const full = this.#inFlight >= maxInFlight || this.#writer.isStalled;
		if (full) this.#socket.pause();
		else if (this.#socket.isPaused()) this.#socket.resume();
	}
}
