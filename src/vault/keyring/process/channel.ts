import { createConnection, type Socket } from "node:net";
import type { MemberId } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";
import { FrameReader, FrameWriter, maxFrameBytes, maxHandshakeFrameBytes, maxInFlight } from "./frames.ts";
import { type ConnectKey, greeting, isProof, newNonce, nonceBytes, proofOf } from "./handshake.ts";
import type { Operation } from "./operations.ts";
import { assertPrivateFolder } from "./privateFolder.ts";
import { answered } from "./serveKeyring.ts";
import { ByteReader, type ByteWriter, notAFrame } from "./wireBytes.ts";
import { isCoded, type LossReason, lost, readError } from "./wireErrors.ts";

/** Requests that may wait for a place among {@link maxInFlight}. */
const maxWaiting = 100_000;

export interface ConnectParameters {
	readonly socket: string;
	readonly connectKey: ConnectKey;
	readonly custodian: MemberId;
	readonly randomBytes: RandomBytes;
	/** For connection and handshake together, in ms; 10 s when absent. */
	readonly timeoutMs?: number | undefined;
}

/** Carries calls to a keyring's process and their answers back. */
export interface Channel {
	call<Arguments extends readonly unknown[], Result>(operation: Operation<Arguments, Result>, args: Arguments): Promise<Result>;
	close(): Promise<void>;
}

interface Pending {
	readonly readResult: (from: ByteReader) => unknown;
	readonly resolve: (result: never) => void;
	readonly reject: (error: unknown) => void;
}

interface Waiting extends Pending {
	readonly write: (to: ByteWriter) => void;
}

/**
 * Connects and shows the connect key, after the other side has shown it.
 *
 * @throws {@link VaultError} `VAULT_KEYRING_LOST` when nobody answers or proves to be the keyring, `VAULT_LOCKED` when all clients' places are taken.
 */
export async function openChannel(parameters: ConnectParameters): Promise<SocketChannel> {
	assertPrivateFolder(parameters.socket);
	const socket = createConnection(parameters.socket);
	const timer = setTimeout(() => socket.destroy(), parameters.timeoutMs ?? 10_000);
	try {
		await shakeHands(socket, parameters);
	} catch (error) {
		socket.destroy();
		throw isCoded(error) ? error : lost("not-ready");
	} finally {
		clearTimeout(timer);
	}
	return new SocketChannel(socket);
}

async function shakeHands(socket: Socket, { connectKey, custodian, randomBytes }: ConnectParameters): Promise<void> {
	const frames = readFrames(socket);
	const writer = new FrameWriter(socket);
	const clientNonce = newNonce(randomBytes);
	writer.frame(maxHandshakeFrameBytes, (to) => to.raw(greeting, clientNonce));
	const hello = new ByteReader(await frames.next());
	const greeted = { clientNonce, serverNonce: Uint8Array.from(hello.bytes()), custodian };
	const proven = greeted.serverNonce.length === nonceBytes && isProof(connectKey, "server", greeted, hello.bytes());
	if (!proven || hello.text() !== custodian) throw lost("not-ready");
	writer.frame(maxHandshakeFrameBytes, (to) => to.raw(proofOf(connectKey, "client", greeted)));
	const room = new ByteReader(await frames.next()).byte() === answered;
	if (!room) throw new VaultError("VAULT_LOCKED", "expected a place for one more process of the node at this keyring");
	frames.stop();
}

/** The handshake's few frames, one at a time. */
function readFrames(socket: Socket) {
	const reader = new FrameReader(maxHandshakeFrameBytes);
	const ready: Buffer[] = [];
	let wake: (() => void) | undefined;
	const take = (chunk: Buffer): void => {
		try {
			reader.push(chunk, (frame) => ready.push(Buffer.from(frame)));
		} catch {
			socket.destroy();
		}
		wake?.();
	};
	const ended = (): void => wake?.();
	socket.on("data", take).on("error", ended).on("close", ended);
	return {
		next: async (): Promise<Buffer> => {
			while (ready.length === 0) {
				if (socket.destroyed) throw lost("not-ready");
				await new Promise<void>((resolve) => (wake = resolve));
			}
			return ready.shift() as Buffer;
		},
		stop: () => {
			socket.off("data", take).off("error", ended).off("close", ended);
		},
	};
}

/** One proven connection. Once it is lost it stays lost: every call that has no answer, and every later one, ends in `VAULT_KEYRING_LOST`. */
export class SocketChannel implements Channel {
	readonly #socket: Socket;
	readonly #reader = new FrameReader(maxFrameBytes);
	readonly #writer: FrameWriter;
	readonly #pending = new Map<number, Pending>();
	#waiting: Waiting[] = [];
	#nextId = 0;
	#loss: LossReason | "closed" | undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
		this.#writer = new FrameWriter(socket);
		socket.on("data", (chunk) => this.#take(chunk));
		socket.on("drain", () => this.#sendWaiting());
		socket.on("error", () => this.#lose("process-ended"));
		socket.on("close", () => this.#lose("process-ended"));
	}

	get isOpen(): boolean {
		return this.#loss === undefined;
	}

	call<Arguments extends readonly unknown[], Result>(operation: Operation<Arguments, Result>, args: Arguments): Promise<Result> {
		return new Promise<Result>((resolve, reject) => {
			const write = (to: ByteWriter): void => {
				to.byte(operation.code);
				operation.write(to, args);
			};
			if (this.#loss !== undefined) reject(this.#lossError());
			else if (this.#isFull()) this.#wait({ write, readResult: operation.readResult, resolve, reject });
			else this.#send({ write, readResult: operation.readResult, resolve, reject });
		});
	}

	/** Waits for the answers that are owed. */
	async close(): Promise<void> {
		while (this.#pending.size > 0) await new Promise((resolve) => setImmediate(resolve));
		this.#lose("closed");
	}

	#isFull(): boolean {
		return this.#pending.size >= maxInFlight || this.#waiting.length > 0 || this.#writer.isStalled;
	}

	#wait(call: Waiting): void {
		if (this.#waiting.length >= maxWaiting)
			call.reject(new VaultError("VAULT_BUSY", "expected the keyring to keep up, found too many calls waiting"));
		else this.#waiting.push(call);
	}

	#send({ write, readResult, resolve, reject }: Waiting): void {
		const id = this.#nextId;
		this.#nextId = (id + 1) >>> 0;
		try {
			this.#writer.frame(maxFrameBytes, (to) => {
				to.uint32(id);
				write(to);
			});
			this.#pending.set(id, { readResult, resolve, reject });
		} catch (error) {
			reject(isCoded(error) ? error : new VaultError("VAULT_ROW_INVALID", "expected arguments of the keyring's types", {}, error));
		}
	}

	#sendWaiting(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		let sent = 0;
		while (sent < waiting.length && !this.#isFull()) this.#send(waiting[sent++] as Waiting);
		this.#waiting = waiting.slice(sent);
	}

	#take(chunk: Buffer): void {
		try {
			this.#reader.push(chunk, (frame) => this.#settle(new ByteReader(frame)));
		} catch {
			this.#lose("unexpected");
		}
		// It held keys, and everything that outlives this call was copied, but for a frame's beginning.
		if (this.#reader.isEmpty) chunk.fill(0);
		if (this.#waiting.length > 0) this.#sendWaiting();
	}

	#settle(from: ByteReader): void {
		const id = from.uint32();
		const pending = this.#pending.get(id);
		if (pending === undefined) throw notAFrame();
		// Read before it is taken off: what cannot be read ends this call too, with all others.
		const isResult = from.byte() === answered;
		const told = isResult ? pending.readResult(from) : readError(from);
		this.#pending.delete(id);
		if (isResult) pending.resolve(told as never);
		else pending.reject(told);
	}

	#lose(reason: LossReason | "closed"): void {
		if (this.#loss !== undefined) return;
		this.#loss = reason;
		this.#socket.destroy();
		for (const { reject } of [...this.#pending.values(), ...this.#waiting]) reject(this.#lossError());
		this.#pending.clear();
		this.#waiting = [];
	}

	#lossError(): VaultError {
		if (this.#loss === "closed") return new VaultError("VAULT_CLOSED", "expected an open keyring, found one that was closed");
		return lost(this.#loss as LossReason);
	}
}
