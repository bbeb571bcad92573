import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { BaseError } from "#base";
import { VaultError } from "../../errors.ts";
import { createBench, custodian, newPseudonym, newSubject, randomBytes, reopen, temporaryFolder } from "../../vault.fixtures.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { describeKeyring, type KeyringOptions } from "../testing/describeKeyring.ts";
import { createPaperVerifier } from "../testing/paperLedger.ts";
import { connectedPair, peerAt, socketPath } from "../testing/rawPeer.ts";
import { openChannel, type SocketChannel } from "./channel.ts";
import { connectKeyring } from "./connectKeyring.ts";
import { FrameReader, FrameWriter, maxInFlight } from "./frames.ts";
import { type HandOver, receiveHandOver, receiveReady, sendHandOver, sendReady } from "./handOver.ts";
import { ConnectKey, greeting, isProof, proofOf } from "./handshake.ts";
import { operations } from "./operations.ts";
import { RemoteKeyring } from "./remoteKeyring.ts";
import { type KeyringServer, serveKeyring } from "./serveKeyring.ts";
import { ByteReader, ByteWriter } from "./wireBytes.ts";
import { readError, writeError } from "./wireErrors.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });

async function serve(keyring: LocalKeyring, maxClients = 1, handshakeMs?: number) {
	const [socket, connectKey] = [socketPath(), new ConnectKey(randomBytes(32))];
	const server: KeyringServer = await serveKeyring({
		...{ served: { keyring }, custodian, socket, connectKey, maxClients, randomBytes },
		...(handshakeMs !== undefined && { handshakeMs }),
	});
	onTestFinished(() => server.stop());
	return { server, socket, connectKey, open: () => openChannel({ socket, connectKey, custodian, randomBytes }) };
}

/** All of {@link describeKeyring}, with server and client in this one process: what either does to the bytes is seen here. */
describeKeyring("a keyring behind a socket of this process", async ({ pins, ...limits }: KeyringOptions = {}) => {
	const bench = await createBench({ ...limits, ...(pins === undefined ? {} : { ledger: createPaperVerifier(pins) }) });
	const folder = temporaryFolder();
	const connect = async (local: LocalKeyring) => {
		const { server, socket, connectKey } = await serve(local);
		const remote = await connectKeyring({ socket, connectKey, custodian, randomBytes });
		return { local, server, remote };
	};
	const first = await connect(bench.keyring);
	return {
		...bench,
		keyring: first.remote,
		reopen: async () => {
			await first.remote.close();
			await first.server.stop();
			await first.local.close();
			return (await connect(await reopen(bench.parameters))).remote;
		},
		pathOf: (name) => join(folder, name),
	};
});

describe("the keyring's side of a connection", () => {
	it("[VA59] tells nobody anything before the connect key was shown, and the two sides' proofs differ", async () => {
		const { keyring } = await createBench();
		const { socket, connectKey } = await serve(keyring);
		const clientNonce = randomBytes(32);
		const { send, next } = peerAt(socket);
		send(greeting, clientNonce);
		const hello = new ByteReader(await next(0));
		const serverNonce = Uint8Array.from(hello.bytes());
		const greeted = { clientNonce, serverNonce, custodian };
		const proof = Uint8Array.from(hello.bytes());
		expect([serverNonce.length, hello.text()]).toEqual([32, custodian]);
		hello.end();
		expect(isProof(connectKey, "server", greeted, proof)).toBe(true);
		expect(isProof(connectKey, "client", greeted, proof)).toBe(false);
		for (const other of [{ clientNonce: serverNonce }, { serverNonce: clientNonce }, { custodian: "labor-sued" as typeof custodian }]) {
			expect(isProof(connectKey, "server", { ...greeted, ...other }, proof)).toBe(false);
		}
		expect(isProof(new ConnectKey(randomBytes(32)), "server", greeted, proof)).toBe(false);
		expect(isProof(connectKey, "server", greeted, proof.subarray(1))).toBe(false);
		send(proofOf(connectKey, "client", greeted));
		expect([...(await next(1))]).toEqual([0]);
	});

	it.each<[string, (greeted: { nonce: Uint8Array; key: ConnectKey }) => readonly Uint8Array[]]>([
		["another greeting", ({ nonce }) => [Buffer.from("aceso/keyring/2"), nonce]],
		["a short nonce", ({ nonce }) => [greeting, nonce.subarray(1)]],
		["a long nonce", ({ nonce }) => [greeting, nonce, nonce.subarray(31)]],
		["a request", () => [Buffer.from([0, 0, 0, 1, 15])]],
	])("[VA59] %s instead of a greeting ends the connection without a word", async (_, partsOf) => {
		const { keyring } = await createBench();
		const { socket, connectKey } = await serve(keyring);
		const { send, closed, frames } = peerAt(socket);
		send(...partsOf({ nonce: randomBytes(32), key: connectKey }));
		await closed;
		expect(frames).toEqual([]);
	});

	it("[VA59] a wrong proof ends the connection, the server's own proof too, and a request in a proof's place", async () => {
		const { keyring } = await createBench();
		const { socket, connectKey } = await serve(keyring);
		const attempts: ((own: Uint8Array, right: Uint8Array) => Uint8Array)[] = [
			() => randomBytes(32),
			(own) => own,
			(_, right) => right.subarray(0, 31),
			(_, right) => Buffer.concat([right, Buffer.of(0)]),
			() => Buffer.from([0, 0, 0, 1, 15]),
		];
		for (const attempt of attempts) {
			const clientNonce = randomBytes(32);
			const { send, next, closed, frames } = peerAt(socket);
			send(greeting, clientNonce);
			const hello = new ByteReader(await next(0));
			const serverNonce = Uint8Array.from(hello.bytes());
			send(attempt(Uint8Array.from(hello.bytes()), proofOf(connectKey, "client", { clientNonce, serverNonce, custodian })));
			await closed;
			expect(frames).toHaveLength(1);
		}
	});

	it("[VA60] so many are served as there are places, each place is free again with its connection, and who has no key takes none", async () => {
		const { keyring } = await createBench();
		const { open, socket } = await serve(keyring, 2);
		const strangers = [peerAt(socket), peerAt(socket)];
		const clients = [await open(), await open()] as [SocketChannel, SocketChannel];
		await expect(open()).rejects.toThrow(coded("VAULT_LOCKED"));
		expect(await clients[0].call(operations.expireEpochs, [])).toBe(0);
		await clients[0].close();
		const again = await retried(open);
		expect(await again.call(operations.expireEpochs, [])).toBe(0);
		for (const { peer } of strangers) peer.destroy();
	});

	it("[VA61] who says nothing is cut off, and who was proven is not", async () => {
		const { keyring } = await createBench();
		const { open, socket } = await serve(keyring, 1, 50);
		const client = await open();
		const silent = peerAt(socket);
		await silent.closed;
		expect(client.isOpen).toBe(true);
		expect(await client.call(operations.expireEpochs, [])).toBe(0);
	});

	it("[VA61] an unknown operation, more than one request says, and a list too long end the connection", async () => {
		const { keyring } = await createBench();
		for (const body of [Buffer.of(0, 0, 0, 1, 99), Buffer.of(0, 0, 0, 1, 15, 0), Buffer.of(0, 0, 0), Buffer.of(0, 0, 0, 1)]) {
			const { socket, connectKey } = await serve(keyring);
			const { send, next, closed, frames } = peerAt(socket);
			const clientNonce = randomBytes(32);
			send(greeting, clientNonce);
			const serverNonce = Uint8Array.from(new ByteReader(await next(0)).bytes());
			send(proofOf(connectKey, "client", { clientNonce, serverNonce, custodian }));
			await next(1);
			send(body);
			await closed;
			expect(frames).toHaveLength(2);
		}
	});

	it("[VA63] it answers what it was asked before it ends, and nothing after", async () => {
		const { keyring } = await createBench();
		const { open, server } = await serve(keyring);
		const client = await open();
		const asked = Array.from({ length: 20 }, () => client.call(operations.createSubject, [newSubject(), newPseudonym()]));
		await client.call(operations.expireEpochs, []);
		await Promise.all([server.stop(), ...asked]);
		await expect(client.call(operations.expireEpochs, [])).rejects.toThrow(coded("VAULT_KEYRING_LOST"));
		expect(await keyring.verifyKeys()).toEqual({ live: 20, destroyed: 0 });
	});

	async function retried(open: () => Promise<SocketChannel>): Promise<SocketChannel> {
		for (;;) {
			try {
				return await open();
			} catch (error) {
				if ((error as VaultError).code !== "VAULT_LOCKED") throw error;
			}
		}
	}
});

describe("the node's side of a connection", () => {
	/** A keyring that proves itself and answers nothing. */
	async function mute() {
		const [socket, connectKey] = [socketPath(), new ConnectKey(randomBytes(32))];
		const requests: Buffer[] = [];
		const answers: ((frame: Buffer) => void)[] = [];
		const server = createServer((peer) => {
			const reader = new FrameReader(2 ** 22);
			const writer = new FrameWriter(peer);
			let [seen, nonces] = [0, new Uint8Array()];
			answers.push((frame) => writer.frame(2 ** 22, (to) => to.raw(frame)));
			peer.on("error", () => {});
			peer.on("data", (chunk: Buffer) =>
				reader.push(chunk, (frame) => {
					if (++seen === 1) {
						nonces = Uint8Array.from(frame.subarray(greeting.length));
						const greeted = { clientNonce: nonces, serverNonce: randomBytes(32), custodian };
						writer.frame(256, (to) => {
							to.bytes(greeted.serverNonce);
							to.bytes(proofOf(connectKey, "server", greeted));
							to.text(custodian);
						});
					} else if (seen === 2) writer.frame(256, (to) => to.byte(0));
					else requests.push(Buffer.from(frame));
				}),
			);
			onTestFinished(() => void peer.destroy());
		});
		await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
		onTestFinished(() => void server.close());
		const channel = await openChannel({ socket, connectKey, custodian, randomBytes });
		return { channel, requests, answer: (frame: Buffer) => answers[0]!(frame) };
	}

	it("[VA62] asks no more than may be in flight, and sends the rest in order as answers come", async () => {
		const { channel, requests, answer } = await mute();
		const asked = Array.from({ length: maxInFlight + 3 }, (_, at) =>
			channel.call(operations.createSubject, [`subject-${at}` as never, "p" as never]),
		);
		for (const one of asked) one.catch(() => {});
		await expect.poll(() => requests.length).toBe(maxInFlight);
		const result = Buffer.alloc(5);
		result.writeUInt32BE(0);
		answer(result);
		await asked[0];
		await expect.poll(() => requests.length).toBe(maxInFlight + 1);
		expect(requests.map((frame) => new ByteReader(frame.subarray(5)).text())).toEqual(
			Array.from({ length: maxInFlight + 1 }, (_, at) => `subject-${at}`),
		);
		expect(requests.map((frame) => frame.readUInt32BE())).toEqual(requests.map((_, at) => at));
	});

	it("[VA62] more than 100,000 calls do not wait: one more is told to come again", async () => {
		const { channel } = await mute();
		const call = () => channel.call(operations.expireEpochs, []);
		const asked = Array.from({ length: maxInFlight + 100_000 }, call);
		for (const one of asked) one.catch(() => {});
		await expect(call()).rejects.toThrow(coded("VAULT_BUSY"));
	});

	it("[VA59] one that ends before it has proven itself is no keyring, and nobody waits for it", async () => {
		for (const hello of [undefined, Buffer.of(0, 0, 0, 1, 7), Buffer.of(0, 0, 0, 0)]) {
			const socket = socketPath();
			const server = createServer((peer) => {
				peer.on("error", () => {});
				if (hello === undefined) peer.destroy();
				else peer.end(hello);
			});
			await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
			onTestFinished(() => void server.close());
			const connecting = openChannel({ socket, connectKey: new ConnectKey(randomBytes(32)), custodian, randomBytes });
			await expect(connecting).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^VAULT_(KEYRING_LOST|ROW_INVALID)$/) }));
		}
	});

	it("[VA71] what is remembered ends with the connection", async () => {
		const { keyring } = await createBench();
		const { open } = await serve(keyring);
		const remote = new RemoteKeyring(custodian, await open(), { mayRemember: () => true });
		const subject = newSubject();
		await remote.createSubject(subject, newPseudonym());
		expect([await remote.status(subject), await remote.status(subject)]).toEqual(["live", "live"]);
		await remote.close();
		await expect(remote.status(subject)).rejects.toThrow(coded("VAULT_CLOSED"));
	});

	it("[VA63] an answer to nothing that was asked ends everything that waits, for good", async () => {
		const { channel, answer, requests } = await mute();
		const asked = channel.call(operations.expireEpochs, []);
		await expect.poll(() => requests.length).toBe(1);
		answer(Buffer.of(0, 0, 0, 9, 0));
		await expect(asked).rejects.toThrow(coded("VAULT_KEYRING_LOST", "unexpected"));
		await expect(channel.call(operations.expireEpochs, [])).rejects.toThrow(coded("VAULT_KEYRING_LOST", "unexpected"));
		expect(channel.isOpen).toBe(false);
	});

	it("[VA63] a closed one is closed, and close waits for the answers that are owed", async () => {
		const { channel, answer, requests } = await mute();
		const asked = channel.call(operations.createSubject, ["s" as never, "p" as never]);
		await expect.poll(() => requests.length).toBe(1);
		const closing = channel.close();
		answer(Buffer.of(0, 0, 0, 0, 0));
		await Promise.all([asked, closing]);
		await expect(channel.call(operations.expireEpochs, [])).rejects.toThrow(coded("VAULT_CLOSED"));
	});

	it("[VA66] of an error only what is coded crosses, and its room with it", () => {
		const crossed = (error: unknown) => {
			const to = new ByteWriter(8);
			writeError(to, error);
			const from = new ByteReader(Buffer.from(to.written()));
			const read = readError(from);
			from.end();
			return read;
		};
		const refused = new VaultError("VAULT_RECEIPT_REFUSED", "no", { reason: "expired" });
		expect(crossed(refused)).toEqual(refused);
		for (const details of [{}, { at: 3 }, { at: "here" }, { reason: "epoch-expired", at: 0 }]) {
			const other = new VaultError("VAULT_INTEGRITY", "no", details as never);
			expect([crossed(other), crossed(other).details]).toEqual([other, details]);
		}
		const base = crossed(new BaseError("ENCODING_INVALID", "no", {}));
		expect(base).toBeInstanceOf(BaseError);
		expect(base.code).toBe("ENCODING_INVALID");
		expect(crossed(new Error("a secret"))).toMatchObject({ code: "VAULT_KEYRING_LOST", details: { reason: "unexpected" } });
		expect(crossed(new Error("a secret")).message).not.toContain("secret");
		const to = new ByteWriter(8);
		to.byte(1);
		for (const text of ["NO_CODE_OF_OURS", "a secret", "{}"]) to.text(text);
		expect(readError(new ByteReader(Buffer.from(to.written())))).toMatchObject({ code: "VAULT_KEYRING_LOST", details: { reason: "unexpected" } });
	});

	it("[VA71] without a process of its own nothing is remembered: another client may have changed it", async () => {
		const { keyring } = await createBench();
		const { open } = await serve(keyring);
		const remote = new RemoteKeyring(custodian, await open());
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await remote.createSubject(subject, pseudonym);
		expect(await remote.status(subject)).toBe("live");
		await keyring.destroy(subject, "all");
		expect(await remote.status(subject)).toBe("destroyed");
		expect(await remote.destroy(subject, "all")).toMatchObject({ subject, compartments: "all" });
	});
});

describe("what goes over the file descriptor", () => {
	const place = { socket: "/s", custodian, path: "p", rootFile: "r", create: true, ledger: { pins: "paper" }, maxClients: 2, auditRetentionMs: 5 };
	const handOver = (): HandOver => ({
		...{ place, keyRoot: { kind: "passphrase", passphrase: "x".repeat(5_000) } },
		...{ receiptKey: randomBytes(32), connectKey: randomBytes(32) },
	});

	it("[VA66] arrives as it was sent, whole; nothing comes of an end, of half of it, or of other bytes", async () => {
		const [parent, child] = await connectedPair();
		const sent = handOver();
		sendHandOver(parent, sent);
		expect(await receiveHandOver(child)).toEqual(sent);
		const [gone, left] = await connectedPair();
		const waiting = receiveHandOver(left);
		gone.write(Buffer.of(0, 0, 1));
		gone.end();
		left.resume();
		expect(await waiting).toBeUndefined();
		const [wrong, other] = await connectedPair();
		wrong.write(Buffer.of(0, 0, 0, 2, 1, 1));
		await expect(receiveHandOver(other)).rejects.toThrow(coded("VAULT_ROW_INVALID"));
	});

	it("[VA63] ready is ready, an error is that error, and an end before is a loss", async () => {
		const said = async (say: (pipe: Socket) => void) => {
			const [child, parent] = await connectedPair();
			const waiting = receiveReady(parent);
			say(child);
			parent.resume();
			return waiting;
		};
		await expect(said((pipe) => sendReady(pipe))).resolves.toBeUndefined();
		const wrong = new VaultError("VAULT_PASSPHRASE_WRONG", "no");
		await expect(said((pipe) => sendReady(pipe, wrong))).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
		await expect(said((pipe) => void pipe.end())).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
	});
});

describe("bytes that may hold keys", () => {
	it("[VA66] are gone from a buffer that grew, and from one that was cut short", () => {
		const writer = new ByteWriter(8);
		writer.raw(Buffer.from("key"));
		const before = writer.written();
		writer.raw(Buffer.from("more than eight"));
		expect([...before]).toEqual([0, 0, 0]);
		const now = writer.written();
		expect(now.toString()).toBe("keymore than eight");
		writer.truncate(3);
		expect([now.subarray(0, 3).toString(), now.subarray(3).every((byte) => byte === 0)]).toEqual(["key", true]);
		expect(writer.size).toBe(3);
	});

	it("[VA61] a payload has nothing after its last part, and nothing beyond its end", () => {
		const reader = new ByteReader(Buffer.of(1, 2));
		expect(reader.byte()).toBe(1);
		expect(() => reader.end()).toThrow(coded("VAULT_ROW_INVALID"));
		expect(reader.byte()).toBe(2);
		reader.end();
		expect(() => reader.byte()).toThrow(coded("VAULT_ROW_INVALID"));
		const lists = (count: number) => new ByteReader(Buffer.from([0, 0, 0, count, 7, 8, 9]));
		expect(
			lists(3).list(3, function (this: void) {
				return 1;
			}),
		).toEqual([1, 1, 1]);
		expect(() => lists(4).list(3, () => 1)).toThrow(coded("VAULT_ROW_INVALID"));
	});

	it("[VA59] a connect key has 32 bytes", () => {
		for (const size of [0, 31, 33]) expect(() => new ConnectKey(randomBytes(size))).toThrow(coded("VAULT_ROW_INVALID"));
	});

	it("[VA58] a key is overwritten where it was once it is written, and its handle comes whole", () => {
		const to = new ByteWriter(8);
		const dataKey = randomBytes(32);
		const copy = Uint8Array.from(dataKey);
		const keyring = { sealAudit: async () => ({ dataKey, wrapped: { id: "i", subject: "s", compartments: ["a", "b"], wrapped: Buffer.from("w") } }) };
		const from = new ByteWriter(8);
		operations.sealAudit.write(from, ["s" as never]);
		return operations.sealAudit.serve(new ByteReader(Buffer.from(from.written())), { keyring: keyring as never }).then((write) => {
			write(to);
			expect(dataKey.every((byte) => byte === 0)).toBe(true);
			const read = operations.sealAudit.readResult(new ByteReader(Buffer.from(to.written())));
			expect(read).toEqual({
				dataKey: copy,
				wrapped: { id: "i", subject: "s", compartments: ["a", "b"], wrapped: new Uint8Array(Buffer.from("w")) },
			});
		});
	});
});
