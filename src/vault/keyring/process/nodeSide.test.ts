import { EventEmitter } from "node:events";
import { createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { custodian, randomBytes } from "../../vault.fixtures.ts";
import { connectedPair, socketPath } from "../testing/rawPeer.ts";
import { type ConnectParameters, openChannel, SocketChannel } from "./channel.ts";
import { FrameReader, FrameWriter, maxInFlight } from "./frames.ts";
import { receiveHandOver, receiveReady, sendHandOver, sendReady } from "./handOver.ts";
import { ConnectKey, greeting, nonceBytes, proofOf } from "./handshake.ts";
import { operations } from "./operations.ts";
import { ByteReader, ByteWriter } from "./wireBytes.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });

/** A connection made of events: what is written to it is kept, and what the test says arrives. */
class PaperSocket extends EventEmitter {
	readonly written: Buffer[] = [];
	writableNeedDrain = false;
	destroyed = false;
	write(bytes: Uint8Array, done?: () => void): boolean {
		this.written.push(Buffer.from(bytes));
		done?.();
		return true;
	}
	destroy(): void {
		this.destroyed = true;
	}
}

function begin() {
	const socket = new PaperSocket();
	const channel = new SocketChannel(socket as never as Socket);
	const requests = () => {
		const frames: Buffer[] = [];
		const reader = new FrameReader(2 ** 22);
		for (const chunk of socket.written) reader.push(Buffer.from(chunk), (frame) => frames.push(Buffer.from(frame)));
		return frames;
	};
	const call = () => channel.call(operations.expireEpochs, []);
	return { socket, channel, requests, call };
}

/** Answers of a count, in one chunk. */
function answers(...ids: readonly number[]): Buffer {
	const to = new ByteWriter(64);
	for (const id of ids) {
		to.uint32(13);
		to.uint32(id);
		to.byte(0);
		to.number(id);
	}
	return Buffer.from(to.written());
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("[VA62] calls that wait for a place", () => {
	it("go out in their order as places come free, and no more is sent than waits", async () => {
		const { socket, requests, call } = begin();
		const asked = Array.from({ length: maxInFlight + 3 }, call);
		await turn();
		expect(requests().length).toBe(maxInFlight);
		socket.emit("data", answers(0, 1, 2, 3, 4, 5));
		await turn();
		expect(requests().map((frame) => frame.readUInt32BE())).toEqual(Array.from({ length: maxInFlight + 3 }, (_, id) => id));
		const late = call();
		await turn();
		expect(requests().length).toBe(maxInFlight + 4);
		socket.emit("data", answers(...Array.from({ length: maxInFlight - 2 }, (_, at) => at + 6)));
		expect(await Promise.all([...asked, late])).toEqual(Array.from({ length: maxInFlight + 4 }, (_, id) => id));
	});

	it("wait while the other side does not read, and go on when it does", async () => {
		const { socket, requests, call } = begin();
		socket.writableNeedDrain = true;
		const asked = [call(), call()];
		await turn();
		expect(requests()).toEqual([]);
		socket.emit("drain");
		await turn();
		expect(requests()).toEqual([]);
		socket.writableNeedDrain = false;
		// What came first goes first, also before what is asked now.
		const third = call();
		await turn();
		expect(requests()).toEqual([]);
		socket.emit("drain");
		await turn();
		expect(requests().map((frame) => frame.readUInt32BE())).toEqual([0, 1, 2]);
		socket.emit("data", answers(0, 1, 2));
		expect(await Promise.all([...asked, third])).toEqual([0, 1, 2]);
	});
});

describe("[VA63] a connection that ends", () => {
	it.each<[string, (socket: PaperSocket) => void, string]>([
		["by an error", (socket) => socket.emit("error", new Error("EPIPE")), "process-ended"],
		["by its close", (socket) => socket.emit("close"), "process-ended"],
		["by bytes that are no frame", (socket) => socket.emit("data", Buffer.alloc(4)), "unexpected"],
		["by an answer to nothing", (socket) => socket.emit("data", answers(5_000)), "unexpected"],
		["by an answer that is too short", (socket) => socket.emit("data", Buffer.of(0, 0, 0, 5, 0, 0, 0, 0, 0)), "unexpected"],
	])("%s ends all calls, those that wait too, for the reason that came first, and is closed by us", async (_, end, reason) => {
		const { socket, channel, call } = begin();
		const asked = Array.from({ length: maxInFlight + 2 }, call);
		const outcomes = Promise.allSettled(asked);
		await turn();
		end(socket);
		expect([channel.isOpen, socket.destroyed]).toEqual([false, true]);
		socket.emit("close");
		for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "VAULT_KEYRING_LOST", details: { reason } } });
		await expect(call()).rejects.toThrow(coded("VAULT_KEYRING_LOST", reason));
		await channel.close();
		await expect(call()).rejects.toThrow(coded("VAULT_KEYRING_LOST", reason));
	});

	it("by our own close stays closed, whatever its socket says afterwards", async () => {
		const { socket, channel, call } = begin();
		await channel.close();
		expect([channel.isOpen, socket.destroyed]).toEqual([false, true]);
		for (const event of ["close", "error", "drain"]) socket.emit(event, new Error("late"));
		await expect(call()).rejects.toThrow(coded("VAULT_CLOSED"));
	});
});

describe("[VA66] bytes that may hold keys", () => {
	it("are gone from a chunk once it is read, and stay as long as a frame in it is not whole", async () => {
		const { socket, call } = begin();
		const asked = [call(), call()];
		const whole = answers(0);
		socket.emit("data", whole);
		expect(whole.every((byte) => byte === 0)).toBe(true);
		const both = answers(1);
		const half = Buffer.from(both.subarray(0, 9));
		socket.emit("data", half);
		expect(half.equals(both.subarray(0, 9))).toBe(true);
		socket.emit("data", Buffer.from(both.subarray(9)));
		expect(await Promise.all(asked)).toEqual([0, 1]);
	});

	it("are gone from what was sent once the kernel has it, and nothing is sent to a connection that is gone", async () => {
		const written: { readonly bytes: Uint8Array; readonly done: () => void }[] = [];
		const socket = { destroyed: false, writableNeedDrain: false, write: (bytes: Uint8Array, done: () => void) => written.push({ bytes, done }) };
		const writer = new FrameWriter(socket as never as Socket);
		const send = (byte: number, size = 3) => {
			writer.frame(2 ** 20, (to) => to.raw(new Uint8Array(size).fill(byte)));
			writer.flush();
			return written.at(-1) as (typeof written)[number];
		};
		const one = send(1);
		// The first is not taken yet, so the second goes elsewhere.
		const two = send(2);
		expect([[...one.bytes], [...two.bytes]]).toEqual([1, 2].map((byte) => [0, 0, 0, 3, byte, byte, byte]));
		one.done();
		expect([[...one.bytes], two.bytes[4]]).toEqual([[0, 0, 0, 0, 0, 0, 0], 2]);
		two.done();
		const long = send(3, 2 ** 18);
		long.done();
		expect(long.bytes.every((byte) => byte === 0)).toBe(true);
		expect([...send(4).bytes]).toEqual([0, 0, 0, 3, 4, 4, 4]);
		const before = written.length;
		writer.flush();
		socket.destroyed = true;
		send(5);
		await turn();
		expect(written.length).toBe(before);
		expect(writer.isStalled).toBe(false);
		socket.writableNeedDrain = true;
		expect(writer.isStalled).toBe(true);
	});

	it("are gone from what was handed over once it is written, and from each chunk of it once it is read", async () => {
		const [written, done] = [[] as Uint8Array[], [] as (() => void)[]];
		const pipe = { write: (bytes: Uint8Array, then: () => void) => [written.push(bytes), done.push(then)] };
		const place = { socket: "/s", custodian, path: "p", rootFile: "r", create: true, ledger: "taken on trust", maxClients: 1 } as const;
		sendHandOver(pipe as never, {
			place,
			keyRoot: { kind: "passphrase", passphrase: "p" },
			receiptKey: randomBytes(32),
			connectKey: randomBytes(32),
		});
		const sent = Buffer.from(written[0] as Uint8Array);
		expect(written).toHaveLength(1);
		for (const then of done) then();
		expect(written[0]?.every((byte) => byte === 0)).toBe(true);
		const stream = new PassThrough();
		const received = receiveHandOver(stream);
		const parts = [Buffer.from(sent.subarray(0, 50)), Buffer.from(sent.subarray(50))];
		// A pipe may cut it anywhere: nothing of it is lost by that, and nothing of it stays.
		for (const part of parts) stream.emit("data", part);
		expect(await received).toMatchObject({ place, keyRoot: { kind: "passphrase", passphrase: "p" } });
		for (const part of parts) expect(part.every((byte) => byte === 0)).toBe(true);
	});
});

describe("[VA63] a pipe that ends before anything was said", () => {
	it.each(["end", "close", "error"])("by %s is nothing handed over, and a keyring that is lost", async (event) => {
		const pipes = [new PassThrough(), new PassThrough()] as const;
		const waiting = [receiveHandOver(pipes[0]), receiveReady(pipes[1])] as const;
		for (const pipe of pipes) pipe.emit(event, new Error("EPIPE"));
		expect(await waiting[0]).toBeUndefined();
		await expect(waiting[1]).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
	});

	it("is more than 64 KiB, or no answer that there is", async () => {
		const [one, other] = await connectedPair();
		const header = Buffer.alloc(4);
		header.writeUInt32BE(64 * 2 ** 10 + 1);
		one.write(header);
		await expect(receiveReady(other)).rejects.toThrow(coded("VAULT_ROW_INVALID"));
		const stream = new PassThrough();
		const ready = receiveReady(stream);
		header.writeUInt32BE(64 * 2 ** 10);
		stream.write(header);
		stream.write(Buffer.concat([Buffer.of(1), Buffer.alloc(64 * 2 ** 10 - 1)]));
		await ready;
		const plain = new PassThrough();
		const told = receiveReady(plain);
		sendReady(plain, new Error("a secret"));
		await expect(told).rejects.toThrow(coded("VAULT_KEYRING_LOST", "unexpected"));
	});
});

describe("[VA59] whoever answers in the keyring's place", () => {
	type Hello = (greeted: { readonly clientNonce: Uint8Array; readonly connectKey: ConnectKey }) => {
		readonly nonce: Uint8Array;
		readonly proof: Uint8Array;
		readonly name: string;
	};
	const honest: Hello = ({ clientNonce, connectKey }) => {
		const nonce = randomBytes(nonceBytes);
		return { nonce, proof: proofOf(connectKey, "server", { clientNonce, serverNonce: nonce, custodian }), name: custodian };
	};

	/** Says the hello, and then what it is asked to after the client's proof. */
	async function planted(hello: Hello, answer: readonly number[] | undefined, raw?: Buffer) {
		const [socket, connectKey] = [socketPath(), new ConnectKey(randomBytes(32))];
		const heard: Buffer[] = [];
		const server = createServer((peer) => {
			const [reader, writer] = [new FrameReader(2 ** 10), new FrameWriter(peer)];
			onTestFinished(() => void peer.destroy());
			peer.on("error", () => {});
			peer.on("data", (chunk: Buffer) =>
				reader.push(chunk, (frame) => {
					heard.push(Buffer.from(frame));
					if (heard.length === 2 && answer !== undefined) writer.frame(256, (to) => to.raw(Uint8Array.from(answer)));
					if (heard.length !== 1) return;
					if (raw !== undefined) return void peer.write(raw);
					const { nonce, proof, name } = hello({ clientNonce: Uint8Array.from(frame.subarray(greeting.length)), connectKey });
					writer.frame(256, (to) => {
						to.bytes(nonce);
						to.bytes(proof);
						to.text(name);
					});
				}),
			);
		});
		await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
		onTestFinished(() => void server.close());
		const open = (changes: Partial<ConnectParameters> = {}) => openChannel({ socket, connectKey, custodian, randomBytes, ...changes });
		return { open, heard };
	}

	it("is believed where it has the key, and the connection is then the channel's alone", async () => {
		const { open, heard } = await planted(honest, [0]);
		const channel = await open();
		expect([channel.isOpen, heard.length, heard[0]?.length]).toEqual([true, 2, greeting.length + nonceBytes]);
		await channel.close();
	});

	it.each<[string, Hello]>([
		[
			"a shorter nonce, proven",
			({ clientNonce, connectKey }) => ({
				nonce: new Uint8Array(31),
				proof: proofOf(connectKey, "server", { clientNonce, serverNonce: new Uint8Array(31), custodian }),
				name: custodian,
			}),
		],
		[
			"a proof of the other side",
			(greeted) => ({
				...honest(greeted),
				proof: proofOf(greeted.connectKey, "client", { ...greeted, serverNonce: new Uint8Array(32), custodian }),
				nonce: new Uint8Array(32),
			}),
		],
		["another custodian's name", (greeted) => ({ ...honest(greeted), name: "labor-sued" })],
		["no proof", (greeted) => ({ ...honest(greeted), proof: new Uint8Array(0) })],
	])("hears no more after %s", async (_, hello) => {
		const { open, heard } = await planted(hello, [0]);
		await expect(open()).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
		expect(heard).toHaveLength(1);
	});

	it.each<[string, Buffer]>([
		["a frame that is none", Buffer.alloc(4)],
		["a frame longer than a handshake's", Buffer.of(0, 0, 1, 1)],
	])("is given up at once after %s, though it stays", async (_, raw) => {
		const { open } = await planted(honest, [0], raw);
		await expect(open({ timeoutMs: 600_000 })).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
	});

	it("is given up when the time for it is over, and its refusal of a place is told as that", async () => {
		const silent = await planted(honest, undefined);
		await expect(silent.open({ timeoutMs: 50 })).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
		for (const byte of [1, 2]) {
			const full = await planted(honest, [byte]);
			await expect(full.open()).rejects.toThrow(coded("VAULT_LOCKED"));
		}
	});

	it("is nobody where no socket is", async () => {
		await expect(openChannel({ socket: socketPath(), connectKey: new ConnectKey(randomBytes(32)), custodian, randomBytes })).rejects.toThrow(
			coded("VAULT_KEYRING_LOST", "not-ready"),
		);
	});
});

it("[VA58] an answer's bytes are read to their place, and a number is told as it is", () => {
	const to = new ByteWriter(1);
	for (const value of [Number.NaN, -0, 1.5, 2 ** 60]) to.number(value);
	to.text("ä\u{1f600}");
	to.bytes(Uint8Array.of(1, 2));
	to.byte(255);
	const from = new ByteReader(Buffer.from(to.written()));
	expect([from.number(), from.number(), from.number(), from.number(), from.text(), [...from.bytes()], from.byte()]).toEqual([
		Number.NaN,
		-0,
		1.5,
		2 ** 60,
		"ä\u{1f600}",
		[1, 2],
		255,
	]);
	from.end();
	expect(() => from.end()).not.toThrow();
});
