import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { custodian, randomBytes, temporaryFolder } from "../../vault.fixtures.ts";
import { peerAt, provenPeerAt, socketPath } from "../testing/rawPeer.ts";
import { openChannel } from "./channel.ts";
import { maxInFlight } from "./frames.ts";
import { ConnectKey } from "./handshake.ts";
import { operations, type Served } from "./operations.ts";
import { assertPrivateFolder } from "./privateFolder.ts";
import { serveKeyring } from "./serveKeyring.ts";
import { ByteReader, ByteWriter } from "./wireBytes.ts";

const coded = (code: string) => expect.objectContaining({ code });

/** A keyring that answers look-ups when the test says so, and everything else at once. */
function slowKeyring() {
	const waiting: ((token: string) => void)[] = [];
	const asked: string[] = [];
	const keyring = {
		lookupToken: (purpose: string) => {
			asked.push(purpose);
			return new Promise<string>((resolve) => waiting.push(resolve));
		},
		expireEpochs: async () => 7,
	};
	return {
		served: { keyring: keyring as never } as Served,
		asked,
		answer: (count: number, token = "t") => {
			for (const say of waiting.splice(0, count)) say(token);
		},
	};
}

async function serve(served: Served, limits: { readonly maxClients?: number; readonly handshakeMs?: number } = {}) {
	const [socket, connectKey] = [socketPath(), new ConnectKey(randomBytes(32))];
	const { maxClients = 2, handshakeMs = 600_000 } = limits;
	const server = await serveKeyring({ served, custodian, socket, connectKey, maxClients, handshakeMs, randomBytes });
	onTestFinished(() => server.stop());
	return { server, socket, connectKey };
}

function lookUp(id: number): Buffer {
	const to = new ByteWriter(64);
	to.uint32(id);
	to.byte(operations.lookupToken.code);
	operations.lookupToken.write(to, [`${id}`, []]);
	return Buffer.from(to.written());
}

/** Long enough for whatever was sent to be read: another connection was answered again and again meanwhile. */
async function afterTurns(place: { readonly socket: string; readonly connectKey: ConnectKey }) {
	const other = await openChannel({ ...place, custodian, randomBytes });
	for (let turn = 0; turn < 20; turn++) expect(await other.call(operations.expireEpochs, [])).toBe(7);
	await other.close();
}

const idOf = (frame: Buffer) => frame.readUInt32BE();

describe("[VA62] the keyring reads a connection on", () => {
	it("only while fewer than 1,024 of its requests are unanswered, and goes on at each answer", async () => {
		const { served, asked, answer } = slowKeyring();
		const place = await serve(served);
		const { send, frames, peer } = await provenPeerAt(place);
		for (let id = 0; id < maxInFlight; id++) send(lookUp(id));
		await expect.poll(() => asked.length).toBe(maxInFlight);
		send(lookUp(maxInFlight));
		await afterTurns(place);
		expect([asked.length, frames.length]).toEqual([maxInFlight, 2]);
		answer(1);
		await expect.poll(() => asked.length).toBe(maxInFlight + 1);
		send(lookUp(maxInFlight + 1));
		await afterTurns(place);
		expect(asked.length).toBe(maxInFlight + 1);
		answer(maxInFlight);
		await expect.poll(() => asked.length).toBe(maxInFlight + 2);
		answer(1);
		await expect.poll(() => frames.length).toBe(maxInFlight + 4);
		expect(frames.slice(2).map(idOf)).toEqual(Array.from({ length: maxInFlight + 2 }, (_, id) => id));
		expect(peer.destroyed).toBe(false);
	});

	it("only while its answers are taken, and goes on when they are", async () => {
		const { served, asked, answer } = slowKeyring();
		const place = await serve(served);
		const { send, frames, peer } = await provenPeerAt(place);
		peer.pause();
		const token = "x".repeat(2 ** 20);
		let id = 0;
		// More than a kernel keeps for a connection: sooner or later a request is left unread.
		for (; id < 64 && asked.length === id; id++) {
			send(lookUp(id));
			await afterTurns(place);
			answer(1, token);
		}
		expect(id).toBeLessThan(64);
		expect(asked.length).toBe(id - 1);
		peer.resume();
		await expect.poll(() => asked.length).toBe(id);
		answer(1, token);
		await expect.poll(() => frames.length).toBe(id + 2);
		expect(new Set(frames.slice(2).map((frame) => frame.length))).toEqual(new Set([4 + 1 + 4 + 2 ** 20]));
	});
});

describe("[VA63] a keyring's side that is told to end", () => {
	it("answers what it has, takes nothing more, and is gone when the last answer is", async () => {
		const { served, asked, answer } = slowKeyring();
		const place = await serve(served);
		const { send, frames, closed } = await provenPeerAt(place);
		send(lookUp(0));
		send(lookUp(1));
		await expect.poll(() => asked.length).toBe(2);
		const stopped = place.server.stop();
		send(lookUp(2));
		answer(1);
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		answer(1);
		await Promise.all([stopped, closed]);
		expect([asked, frames.slice(2).map(idOf)]).toEqual([
			["0", "1"],
			[0, 1],
		]);
		await expect(openChannel({ ...place, custodian, randomBytes })).rejects.toThrow(coded("VAULT_KEYRING_LOST"));
	});

	it("does not wait for a peer that takes no answer, nor for one that says nothing, nor where nobody is", async () => {
		const { served, asked, answer } = slowKeyring();
		const place = await serve(served);
		const { send, peer } = await provenPeerAt(place);
		peerAt(place.socket);
		peer.pause();
		for (let id = 0; id < 8; id++) send(lookUp(id));
		await expect.poll(() => asked.length).toBe(8);
		answer(8, "x".repeat(2 ** 20));
		await place.server.stop();
		const empty = await serve(slowKeyring().served);
		await empty.server.stop();
	});
});

describe("[VA60] [VA61] places at a keyring", () => {
	it("so many strangers may try their key at once, beside the clients; one more is sent away, and comes in when another goes", async () => {
		const place = await serve(slowKeyring().served, { maxClients: 1 });
		const strangers = Array.from({ length: 9 }, () => peerAt(place.socket));
		await Promise.all(strangers.map(({ peer }) => new Promise((resolve) => peer.once("connect", resolve))));
		await peerAt(place.socket).closed;
		await expect(openChannel({ ...place, custodian, randomBytes })).rejects.toThrow(coded("VAULT_KEYRING_LOST"));
		expect(strangers.map(({ peer }) => peer.destroyed)).toEqual(strangers.map(() => false));
		strangers[0]?.peer.destroy();
		await expect.poll(() => openChannel({ ...place, custodian, randomBytes }).then((channel) => channel.close())).toBeUndefined();
	});

	it("who has no place left is told so by one byte and sent away, and who has one is told by another", async () => {
		const place = await serve(slowKeyring().served, { maxClients: 1 });
		const first = await provenPeerAt(place);
		const second = await provenPeerAt(place);
		await second.closed;
		expect([first.frames[1], second.frames[1]].map((frame) => [...(frame as Buffer)])).toEqual([[0], [1]]);
		expect(first.peer.destroyed).toBe(false);
	});

	it("a frame of 4 MiB and one byte ends a proven connection; before the proof 257 bytes do", async () => {
		const place = await serve(slowKeyring().served);
		const proven = await provenPeerAt(place);
		const header = Buffer.alloc(4);
		header.writeUInt32BE(4 * 2 ** 20 + 1);
		proven.peer.write(header);
		await proven.closed;
		const stranger = peerAt(place.socket);
		stranger.peer.write(Buffer.of(0, 0, 1, 1));
		await stranger.closed;
		const waiting = peerAt(place.socket);
		waiting.peer.write(Buffer.of(0, 0, 1, 0));
		await afterTurns(place);
		expect(waiting.peer.destroyed).toBe(false);
	});

	it("an answer that cannot be written is an error of that request alone, told without its text", async () => {
		const keyring = { pseudonymOf: async () => Symbol("a secret"), expireEpochs: async () => 7 };
		const place = await serve({ keyring: keyring as never });
		const channel = await openChannel({ ...place, custodian, randomBytes });
		onTestFinished(() => channel.close());
		await expect(channel.call(operations.pseudonymOf, ["s" as never])).rejects.toThrow(
			expect.objectContaining({ code: "VAULT_KEYRING_LOST", details: { reason: "unexpected" } }),
		);
		expect(await channel.call(operations.expireEpochs, [])).toBe(7);
	});
});

describe("[VA59] the socket's place", () => {
	it("is a folder of this user's alone, and the socket is for this user", async () => {
		const { socket } = await serve(slowKeyring().served);
		expect(lstatSync(socket).mode & 0o777).toBe(0o600);
		await expect(serve(slowKeyring().served)).resolves.toBeDefined();
		const folder = temporaryFolder();
		for (const mode of [0o750, 0o705, 0o710, 0o701, 0o720, 0o702]) {
			chmodSync(folder, mode);
			expect(() => assertPrivateFolder(join(folder, "s")), mode.toString(8)).toThrow(coded("VAULT_LOCKED"));
		}
		for (const mode of [0o700, 0o500]) {
			chmodSync(folder, mode);
			assertPrivateFolder(join(folder, "s"));
		}
		chmodSync(folder, 0o700);
		// Whoever may change the link may change where the socket is.
		symlinkSync(folder, `${folder}.link`);
		onTestFinished(() => rmSync(`${folder}.link`));
		expect(() => assertPrivateFolder(join(`${folder}.link`, "s"))).toThrow(coded("VAULT_LOCKED"));
	});

	it("is refused to a folder of another user", () => {
		const folder = temporaryFolder();
		const original = process.getuid;
		onTestFinished(() => void Object.assign(process, { getuid: original }));
		assertPrivateFolder(join(folder, "s"));
		Object.assign(process, { getuid: () => lstatSync(folder).uid + 1 });
		expect(() => assertPrivateFolder(join(folder, "s"))).toThrow(coded("VAULT_LOCKED"));
	});

	it("has a path of 103 bytes at most, counted as bytes", () => {
		const folder = temporaryFolder();
		const room = 103 - Buffer.byteLength(folder) - 1;
		assertPrivateFolder(join(folder, "s".repeat(room)));
		expect(() => assertPrivateFolder(join(folder, "s".repeat(room + 1)))).toThrow(coded("VAULT_LOCKED"));
		expect(() => assertPrivateFolder(join(folder, `${"s".repeat(room - 1)}ä`))).toThrow(coded("VAULT_LOCKED"));
	});

	it("is not taken where something else stands", async () => {
		const { socket, connectKey } = await serve(slowKeyring().served);
		const again = { served: slowKeyring().served, custodian, connectKey, maxClients: 1, randomBytes };
		await expect(serveKeyring({ ...again, socket })).rejects.toThrow(coded("VAULT_LOCKED"));
		mkdirSync(join(dirname(socket), "t"));
		await expect(serveKeyring({ ...again, socket: join(dirname(socket), "t") })).rejects.toThrow(coded("VAULT_LOCKED"));
	});
});

describe("[VA58] a request and its answer", () => {
	it("have the codes that they have: none is used for something else", () => {
		const codes = Object.entries(operations).map(([name, { code, carriesReceipt }]) => [name, code, carriesReceipt]);
		expect(codes).toEqual([
			...[
				["createSubject", 1, false],
				["bind", 2, false],
				["subjectOf", 3, false],
				["pseudonymOf", 4, false],
				["status", 5, false],
				["destroyedOf", 33, false],
			],
			...[
				["sealFor", 6, false],
				["sealAudit", 7, false],
				["unwrap", 8, true],
				["unwrapAudit", 9, true],
				["lookupToken", 10, false],
			],
			...[
				["dateShiftDays", 11, true],
				["destroy", 12, false],
				["showLogs", 31, false],
				["honoursLog", 32, false],
				["backupKeys", 14, false],
			],
			...[
				["expireEpochs", 15, false],
				["expireAuditKeys", 16, false],
				["verifyKeys", 17, false],
				["rotateRoot", 18, false],
			],
			...[
				["changeKeyRoot", 19, false],
				["rotateKeyRoot", 20, false],
			],
		]);
	});

	it("of a token are a list of texts and nothing else", async () => {
		const served = { keyring: { lookupToken: async (...parts: string[]) => parts.join("|") } as never };
		const answer = async (text: string) => {
			const to = new ByteWriter(64);
			to.text(text);
			const write = await operations.lookupToken.serve(new ByteReader(Buffer.from(to.written())), served);
			const written = new ByteWriter(64);
			write(written);
			return operations.lookupToken.readResult(new ByteReader(Buffer.from(written.written())));
		};
		expect([await answer('["a"]'), await answer('["a","b","c"]')]).toEqual(["a", "a|b|c"]);
		for (const text of ["[]", '{"length":1,"0":"a"}', '"a"', "null", "[1]", '["a",null]'])
			await expect(
				answer(text).catch((error) => Promise.reject(error)),
				text,
			).rejects.toThrow(coded("VAULT_ROW_INVALID"));
	});
});
