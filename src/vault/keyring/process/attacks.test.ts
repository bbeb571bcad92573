import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Pseudonym } from "#base";
import type { ReceiptRefusal } from "../../errors.ts";
import { createReceiptKey } from "../../receipt.ts";
import { custodian, logAccess, newPseudonym, newSubject, randomBytes, temporaryFolder } from "../../vault.fixtures.ts";
import type { LoggedAccess } from "../../vault.ts";
import { openKeyring } from "../openKeyring.ts";
import { createProcessBench, passphrase, processParameters } from "../testing/processBench.ts";
import { connectKeyring } from "./connectKeyring.ts";
import { ConnectKey, greeting, proofOf } from "./handshake.ts";
import { openProcessKeyring } from "./openProcessKeyring.ts";
import { type KeyringProcess, startKeyringProcess } from "./startKeyringProcess.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });
const refused = (reason: ReceiptRefusal) => expect.objectContaining({ code: "VAULT_RECEIPT_REFUSED", kind: "refused", details: { reason } });

/** A keyring's process and nobody connected to it. */
async function started(maxClients = 1) {
	const { parameters, folder, clock, receiptKey } = processParameters();
	const keyring = await startKeyringProcess({ ...parameters, maxClients });
	onTestFinished(() => keyring.stop());
	const connect = () => connectKeyring({ socket: keyring.socket, connectKey: keyring.connectKey, custodian, randomBytes });
	return { keyring, parameters, folder, clock, receiptKey, connect };
}

/** A peer that speaks bytes, and what became of it. */
function peerOf({ socket }: Pick<KeyringProcess, "socket">) {
	const peer = createConnection(socket);
	const received: Buffer[] = [];
	peer.on("data", (chunk: Buffer) => received.push(chunk)).on("error", () => {});
	const closed = new Promise<void>((resolve) => peer.once("close", () => resolve()));
	onTestFinished(() => void peer.destroy());
	return { peer, closed, bytes: () => Buffer.concat(received) };
}

function frame(...parts: readonly Uint8Array[]): Buffer {
	const body = Buffer.concat(parts);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length);
	return Buffer.concat([length, body]);
}

/** A peer that has shown the connect key. */
async function provenPeer(process: KeyringProcess) {
	const it = peerOf(process);
	const clientNonce = randomBytes(32);
	it.peer.write(frame(greeting, clientNonce));
	while (it.bytes().length < 4 + 4 + 32 + 4 + 32) await once(it.peer, "data");
	const serverNonce = Uint8Array.from(it.bytes().subarray(8, 40));
	it.peer.write(frame(proofOf(process.connectKey, "client", { clientNonce, serverNonce, custodian })));
	const before = it.bytes().length;
	while (it.bytes().length === before) await once(it.peer, "data");
	return it;
}

it("[VA57] a gate patched to skip, falsify, replay or delay the append gets nothing through the socket", async () => {
	const bench = await createProcessBench();
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	const { wrapped } = await bench.keyring.sealFor(subject, ["laboratory"]);
	const good = (): LoggedAccess => bench.access({ pseudonym });
	const skipped = { ...good(), receipt: { ...good().receipt, mac: "00".repeat(32) } };
	const forged = logAccess(createReceiptKey(randomBytes), bench.clock.now, { pseudonym });
	const falsified = { ...good(), entry: { ...good().entry, purpose: "PATRQT" as const } };
	const denied = bench.access({ pseudonym, decision: "deny" });
	const replayed = good();
	await bench.keyring.unwrap(replayed, [wrapped]);
	const delayed = good();
	bench.clock.now += 5_000;
	const attempts: readonly (readonly [string, ReceiptRefusal, LoggedAccess])[] = [
		["no append", "mac-invalid", skipped],
		["a receipt of its own making", "mac-invalid", forged],
		["another entry than the one logged", "entry-differs", { ...falsified, receipt: good().receipt }],
		["a logged refusal", "decision-not-permit", { ...denied, ...logAccess(bench.receiptKey, bench.clock.now, { pseudonym, decision: "deny" }) }],
		["a receipt used before", "nonce-burned", replayed],
		["a receipt kept for later", "expired", delayed],
		["a receipt of another shape", "malformed", { ...good(), receipt: { ...good().receipt, nonce: "ABCD" } }],
		["no receipt", "malformed", { ...good(), receipt: undefined as never }],
	];
	for (const [name, reason, access] of attempts) await expect(bench.keyring.unwrap(access, [wrapped]), name).rejects.toThrow(refused(reason));
	expect(await bench.keyring.unwrap(good(), [wrapped])).toHaveLength(1);
});

it("[VA59] a process of the same user without the connect key learns and asks nothing", async () => {
	const { keyring, connect } = await started();
	const client = await connect();
	onTestFinished(() => client.close());
	const stranger = { socket: keyring.socket, connectKey: new ConnectKey(randomBytes(32)), custodian, randomBytes };
	await expect(connectKeyring(stranger)).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
	// It may see the keyring's proof, and cannot send it back as its own.
	const mirror = peerOf(keyring);
	const nonce = randomBytes(32);
	mirror.peer.write(frame(greeting, nonce));
	while (mirror.bytes().length < 76) await once(mirror.peer, "data");
	mirror.peer.write(frame(mirror.bytes().subarray(44, 76)));
	await mirror.closed;
	expect(await client.status(newSubject())).toBe("unknown");
});

it("[VA59] a socket planted in the keyring's place is not told a single request", async () => {
	const folder = temporaryFolder();
	const path = join(folder, "s");
	const heard: Buffer[] = [];
	const planted = createServer((socket) => {
		socket.on("data", (chunk: Buffer) => heard.push(chunk)).on("error", () => {});
		// The shape of a proof, without the key.
		socket.write(frame(Buffer.from([0, 0, 0, 32]), randomBytes(32), Buffer.from([0, 0, 0, 32]), randomBytes(32), Buffer.from([0, 0, 0, 0])));
	});
	planted.listen(path);
	await once(planted, "listening");
	onTestFinished(() => void planted.close());
	await expect(connectKeyring({ socket: path, connectKey: new ConnectKey(randomBytes(32)), custodian, randomBytes })).rejects.toThrow(
		coded("VAULT_KEYRING_LOST", "not-ready"),
	);
	expect(Buffer.concat(heard).length).toBeLessThanOrEqual(4 + greeting.length + 32);
});

it("[VA59] the folder is 0700 and the socket 0600; a folder open to others is refused on both sides", async () => {
	const { keyring, connect } = await started();
	expect(lstatSync(dirname(keyring.socket)).mode & 0o777).toBe(0o700);
	expect(lstatSync(keyring.socket).mode & 0o777).toBe(0o600);
	chmodSync(dirname(keyring.socket), 0o755);
	await expect(connect()).rejects.toThrow(coded("VAULT_LOCKED"));
	chmodSync(dirname(keyring.socket), 0o700);
	await (await connect()).close();
});

it("[VA59] the kernel keeps another user out", async (test) => {
	if (process.getuid?.() !== 0) return test.skip("only root can become another user");
	const { keyring } = await started();
	const script = `require("node:net").createConnection(${JSON.stringify(keyring.socket)}).on("connect", () => console.log("in")).on("error", (e) => console.log(e.code))`;
	const other = spawn(process.execPath, ["-e", script], { uid: 65_534, gid: 65_534, env: {}, stdio: ["ignore", "pipe", "ignore"] });
	const failed = once(other, "error").then(() => undefined);
	const said = once(other.stdout, "data").then(([chunk]) => String(chunk).trim());
	const outcome = await Promise.race([said, failed]);
	if (outcome === undefined) return test.skip("the other user may not run Node here");
	expect(outcome).toBe("EACCES");
});

it("[VA60] one process of the node has one place, and gets it back when its connection ends", async () => {
	const { connect } = await started();
	const first = await connect();
	await expect(connect()).rejects.toThrow(coded("VAULT_LOCKED"));
	await first.close();
	let second: Awaited<ReturnType<typeof connect>> | undefined;
	// The keyring learns of the end a moment later.
	while (second === undefined) second = await connect().catch((): undefined => undefined);
	expect(await second.status(newSubject())).toBe("unknown");
	await second.close();
});

it("[VA61] garbage, empty, oversized and unknown frames end the connection and nothing else", async () => {
	const { keyring, connect } = await started(2);
	const client = await connect();
	onTestFinished(() => client.close());
	const strangers = [
		Buffer.from("GET / HTTP/1.1\r\nhost: keyring\r\n\r\n"),
		Buffer.alloc(4),
		Buffer.alloc(512, 0xff),
		frame(Buffer.alloc(257)),
		frame(greeting, Buffer.alloc(31)),
		frame(Buffer.from("aceso/keyring/2"), Buffer.alloc(32)),
		Buffer.concat([frame(greeting, Buffer.alloc(32)), frame(Buffer.alloc(32))]),
	];
	for (const bytes of strangers) {
		const { peer, closed } = peerOf(keyring);
		peer.write(bytes);
		await closed;
	}
	const text = (value: string): Buffer => frame(Buffer.from(value));
	const members = [
		frame(Buffer.from([0, 0, 0, 1, 99])),
		frame(Buffer.from([0, 0, 0, 1])),
		// A status request whose text is longer than its frame, one with a byte too many, an unwrap of four billion keys.
		frame(Buffer.from([0, 0, 0, 1, 5, 0, 0, 0, 9, 65])),
		frame(Buffer.from([0, 0, 0, 1, 5, 0, 0, 0, 1, 65, 66])),
		frame(
			Buffer.from([0, 0, 0, 1, 8, 0, 0]),
			text("{}"),
			text(""),
			Buffer.alloc(8),
			text(""),
			Buffer.alloc(8),
			text(""),
			text(""),
			Buffer.alloc(8, 0),
			text(""),
			Buffer.alloc(4, 0xff),
		),
		frame(Buffer.from([0, 0, 0, 1, 8, 0, 0]), text("not json")),
		// An unwrap by an entry of a cohort whose way to the leaf has four billion steps.
		frame(Buffer.from([0, 0, 0, 1, 8, 1]), Buffer.alloc(16), Buffer.alloc(4, 0xff)),
		frame(Buffer.from([0, 0, 0, 1, 10]), text('{"purpose":"x"}')),
		frame(Buffer.from([0, 0, 0, 1, 6]), text("a"), Buffer.from([0, 0, 1, 0])),
		Buffer.from([0x7f, 0xff, 0xff, 0xff]),
	];
	for (const bytes of members) {
		const { peer, closed, bytes: answered } = await provenPeer(keyring);
		const before = answered().length;
		peer.write(bytes);
		await closed;
		expect(answered().length).toBe(before);
	}
	expect(await client.status(newSubject())).toBe("unknown");
});

it("[VA61] half a frame waits and disturbs nobody; a stranger who says nothing is cut off", async () => {
	const { keyring, connect } = await started(2);
	const client = await connect();
	onTestFinished(() => client.close());
	const half = await provenPeer(keyring);
	half.peer.write(Buffer.from([0, 0x20, 0, 0, 1, 2, 3]));
	const silent = peerOf(keyring);
	for (let count = 0; count < 50; count++) expect(await client.status(newSubject())).toBe("unknown");
	await silent.closed;
	expect(half.peer.destroyed).toBe(false);
	half.peer.destroy();
	expect(await client.status(newSubject())).toBe("unknown");
});

it("[VA62] a client that floods and never reads is made to wait, while another is answered", async () => {
	const { keyring, connect } = await started(2);
	const client = await connect();
	onTestFinished(() => client.close());
	const flood = await provenPeer(keyring);
	flood.peer.pause();
	const request = frame(Buffer.from([0, 0, 0, 1, 10, 0, 0, 0, 5]), Buffer.from('["a"]'));
	const batch = Buffer.concat(Array.from({ length: 10_000 }, () => request));
	// More than the kernel's buffers hold: nobody takes the answers, so nobody reads the requests.
	for (let turn = 0; turn < 100; turn++) flood.peer.write(batch);
	for (let count = 0; count < 200; count++) expect(await client.status(newSubject())).toBe("unknown");
	expect(flood.peer.writableLength).toBeGreaterThan(0);
	const resident = Number(/VmRSS:\s+(\d+)/.exec(readStatus(keyring.pid))?.[1] ?? 0) / 1_024;
	expect(resident).toBeLessThan(600);
	// Nor does it hold up the end.
	await client.close();
	await keyring.stop();
	expect(await keyring.ended).toEqual({ code: 0, signal: null });
});

it("[VA62] calls beyond the limits wait or are refused by code, and a frame too large is not sent", async () => {
	const bench = await createProcessBench();
	const statuses = Array.from({ length: 20_000 }, () => bench.keyring.status(newSubject()));
	expect(new Set(await Promise.all(statuses))).toEqual(new Set(["unknown"]));
	const pseudonym = newPseudonym();
	const key = { id: "0".repeat(32), subject: newSubject(), compartments: [], wrapped: new Uint8Array(60) };
	await expect(
		bench.keyring.unwrap(
			bench.access({ pseudonym }),
			Array.from({ length: 10_001 }, () => key),
		),
	).rejects.toThrow(coded("VAULT_ROW_INVALID"));
	await expect(bench.keyring.lookupToken("name", "x".repeat(5 * 2 ** 20))).rejects.toThrow(coded("VAULT_ROW_INVALID"));
	expect(await bench.keyring.pseudonymOf(newSubject())).toBeUndefined();
});

it("[VA63] a keyring killed while it unwraps loses the calls, comes back at the next one and voids the receipts of before", async () => {
	const bench = await createProcessBench();
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	const { wrapped } = await bench.keyring.sealFor(subject, ["laboratory"]);
	const spent = bench.access({ pseudonym });
	await bench.keyring.unwrap(spent, [wrapped]);
	const unspent = bench.access({ pseudonym });
	const calls = Array.from({ length: 500 }, () => bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped]));
	const outcomes = Promise.allSettled(calls);
	kill(bench);
	for (const outcome of await outcomes) {
		if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "VAULT_KEYRING_LOST", kind: "again" });
	}
	// The new process remembers no nonce; the new key makes up for it.
	await again(() => bench.keyring.status(subject));
	for (const access of [spent, unspent]) await expect(bench.keyring.unwrap(access, [wrapped])).rejects.toThrow(refused("mac-invalid"));
	expect(await bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped])).toHaveLength(1);
});

it("[VA63] a keyring killed while it destroys has destroyed or not, and says the same when asked again", async () => {
	const bench = await createProcessBench();
	const patients: { subject: ReturnType<typeof newSubject>; pseudonym: Pseudonym; wrapped: Parameters<typeof bench.keyring.unwrap>[1][number] }[] =
		[];
	for (let count = 0; count < 24; count++) {
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await bench.keyring.createSubject(subject, pseudonym);
		patients.push({ subject, pseudonym, wrapped: (await bench.keyring.sealFor(subject, ["laboratory"])).wrapped });
	}
	for (let round = 0; round < 3; round++) {
		const group = patients.slice(round * 8, round * 8 + 8);
		const outcomes = Promise.allSettled(group.map(({ subject }) => bench.keyring.destroy(subject, "all")));
		setTimeout(() => kill(bench), round * 11);
		for (const [index, outcome] of (await outcomes).entries()) {
			const { subject, pseudonym, wrapped } = group[index] as (typeof group)[number];
			if (outcome.status === "rejected") {
				expect(outcome.reason).toMatchObject({ code: "VAULT_KEYRING_LOST" });
				const status = await again(() => bench.keyring.status(subject));
				expect(["live", "destroyed"]).toContain(status);
				if (status === "live") expect(await bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped])).toHaveLength(1);
			}
			const report = await again(() => bench.keyring.destroy(subject, "all"));
			if (outcome.status === "fulfilled") expect(report).toEqual(outcome.value);
			await expect(again(() => bench.keyring.unwrap(bench.access({ pseudonym }), [wrapped]))).rejects.toThrow(coded("VAULT_ERASED"));
		}
	}
	expect(await again(() => bench.keyring.verifyKeys())).toEqual({ live: 0, destroyed: 24 });
});

it("[VA63] a crash loop does not become a start loop", async () => {
	const { parameters } = processParameters();
	const keyring = await openProcessKeyring({ ...parameters, restartPauseMs: 3_600_000 });
	onTestFinished(() => keyring.close());
	kill({ keyring });
	for (let call = 0; call < 3; call++) await expect(keyring.status(newSubject())).rejects.toThrow(coded("VAULT_KEYRING_LOST", "process-ended"));
});

it("[VA63] SIGTERM lets it answer what it was asked; its files are free then and its socket gone", async () => {
	const { keyring, connect, parameters } = await started();
	const client = await connect();
	const calls = Promise.allSettled(Array.from({ length: 200 }, () => client.createSubject(newSubject(), newPseudonym())));
	// Asked before the signal, so answered before the end.
	await client.status(newSubject());
	process.kill(keyring.pid, "SIGTERM");
	expect(await keyring.ended).toEqual({ code: 0, signal: null });
	const made = (await calls).filter(({ status }) => status === "fulfilled").length;
	expect(made).toBe(200);
	expect(existsSync(keyring.socket)).toBe(false);
	const local = await openKeyring({ ...parameters, ledger: "taken on trust", passphrase, now: () => Date.UTC(2026, 4, 1) as never });
	expect(await local.verifyKeys()).toEqual({ live: made, destroyed: 0 });
	await local.close();
});

it("[VA63] it ends with its parent, however that ends", async () => {
	const { parameters, folder } = processParameters();
	const script = join(folder, "parent.ts");
	const { path, rootFile, main } = parameters;
	writeFileSync(
		script,
		`import { randomBytes } from "node:crypto";
		import { openProcessKeyring } from ${JSON.stringify(new URL("./openProcessKeyring.ts", import.meta.url).href)};
		import { createReceiptKey } from ${JSON.stringify(new URL("../../receipt.ts", import.meta.url).href)};
		const random = (size) => new Uint8Array(randomBytes(size));
		await openProcessKeyring({ path: ${JSON.stringify(path)}, rootFile: ${JSON.stringify(rootFile)}, main: ${JSON.stringify(main)}, custodian: ${JSON.stringify(custodian)},
			create: true, ledger: "taken on trust", receiptKey: createReceiptKey(random), randomBytes: random,
			keyRoot: () => ({ kind: "passphrase", passphrase: ${JSON.stringify(passphrase)}, scrypt: { N: 16, r: 8, p: 1 } }) });
		console.log("ready");`,
	);
	const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
	await once(parent.stdout, "data");
	const open = () => openKeyring({ ...parameters, ledger: "taken on trust", passphrase, now: () => 0 as never });
	await expect(open()).rejects.toThrow(coded("VAULT_LOCKED"));
	parent.kill("SIGKILL");
	let local: Awaited<ReturnType<typeof open>> | undefined;
	// The lock on its file is free once it is gone; the test's time limit is the only one.
	while (local === undefined) {
		local = await open().catch((): undefined => undefined);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	await local.close();
});

it("[VA66] no secret stands in the arguments, environment, files or errors of the keyring's process", async () => {
	const made: string[] = [];
	const { parameters, folder } = processParameters();
	const recording = (size: number): Uint8Array => {
		const bytes = randomBytes(size);
		if (size === 32) made.push(Buffer.from(bytes).toString("hex"));
		return bytes;
	};
	const keyring = await openProcessKeyring({ ...parameters, randomBytes: recording });
	onTestFinished(() => keyring.close());
	const { pid } = keyring;
	const secrets = [passphrase, ...made, ...made.map((hex) => Buffer.from(hex, "hex").toString("latin1"))];
	expect(made.length).toBeGreaterThanOrEqual(3);
	for (const name of ["cmdline", "environ"]) {
		const shown = existsSync(`/proc/${pid}/${name}`) ? readFileSync(`/proc/${pid}/${name}`, "latin1") : "";
		for (const secret of secrets) expect(shown.includes(secret), name).toBe(false);
	}
	if (existsSync(`/proc/${pid}/environ`)) expect(readFileSync(`/proc/${pid}/environ`, "latin1").replaceAll("\0", "")).toBe("");
	for (const name of ["keyring.db", "keyring.db-wal", "root.json"]) {
		const file = join(folder, name);
		expect(lstatSync(file).mode & 0o077, name).toBe(0);
		for (const secret of secrets) expect(readFileSync(file).includes(Buffer.from(secret, "latin1")), name).toBe(false);
	}
	await keyring.close();
	const wrong = "a passphrase that is wrong";
	const failure = openProcessKeyring({ ...parameters, keyRoot: () => ({ kind: "passphrase", passphrase: wrong }) });
	const error = await failure.catch((reason: Error) => reason);
	expect(error).toMatchObject({ code: "VAULT_PASSPHRASE_WRONG" });
	expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(wrong);
});

it("[VA63] a key root that cannot be named leaves no process behind, and the next start is free", async () => {
	const { parameters } = processParameters();
	const failing = { ...parameters, keyRoot: () => JSON.parse("no configuration") as never };
	await expect(startKeyringProcess(failing)).rejects.toThrow(SyntaxError);
	const keyring = await startKeyringProcess(parameters);
	await keyring.stop();
});

it("[VA59] a path too long for a socket is refused before anything starts to listen", async () => {
	const { parameters, folder } = processParameters();
	const socketParent = join(folder, "x".repeat(120));
	mkdirSync(socketParent, { mode: 0o700 });
	await expect(startKeyringProcess({ ...parameters, socketParent })).rejects.toThrow(coded("VAULT_LOCKED"));
});

/** Calls until the keyring is back: what a caller does with an error of kind `again`. */
async function again<Result>(call: () => Promise<Result>): Promise<Result> {
	for (;;) {
		try {
			return await call();
		} catch (error) {
			if ((error as { kind?: string }).kind !== "again") throw error;
		}
	}
}

function kill({ keyring }: { readonly keyring: { readonly pid: number | undefined } }): void {
	// Between two processes there is none to kill.
	if (keyring.pid !== undefined) process.kill(keyring.pid, "SIGKILL");
}

function readStatus(pid: number): string {
	return existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
}
