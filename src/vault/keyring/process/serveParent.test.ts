import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { dayMs, type Instant } from "#base";
import { VaultError } from "../../errors.ts";
import { ReceiptKey } from "../../receipt.ts";
import { custodian, logAccess, newPseudonym, newSubject, quickScrypt, randomBytes, temporaryFolder } from "../../vault.fixtures.ts";
import { openKeyring } from "../openKeyring.ts";
import { createPaperVerifier } from "../testing/paperLedger.ts";
import { connectedPair, socketPath } from "../testing/rawPeer.ts";
import { connectKeyring } from "./connectKeyring.ts";
import { type KeyringPlace, receiveReady, sendHandOver } from "./handOver.ts";
import { ConnectKey } from "./handshake.ts";
import { type KeyringProcessDependencies, serveParent, tellCode } from "./serveParent.ts";

const coded = (code: string) => expect.objectContaining({ code });
const passphrase = "correct horse battery staple";
const began = Date.UTC(2026, 4, 1);

interface Life {
	readonly parent: Duplex;
	/** The process's own end of the pipe. */
	readonly pipe: Duplex;
	readonly place: KeyringPlace;
	readonly receiptKey: ReceiptKey;
	/** What the process would have done to itself, in order. */
	readonly done: string[];
	/** Ends when the keyring has taken its parent's word, or has refused to. */
	readonly ready: Promise<void>;
	signal(): void;
	connect(): ReturnType<typeof connectKeyring>;
}

/** A keyring's process and its parent, both in this one. */
async function begin(place: Partial<KeyringPlace> = {}, dependencies: Partial<KeyringProcessDependencies> = {}, secret = passphrase): Promise<Life> {
	const folder = temporaryFolder();
	const [parent, child] = await connectedPair();
	const done: string[] = [];
	const signals: (() => void)[] = [];
	const whole: KeyringPlace = {
		...{ socket: socketPath(), custodian, path: join(folder, "keyring.db"), rootFile: join(folder, "root.json"), create: true },
		...{ ledger: "taken on trust", maxClients: 1, ...place },
	};
	const host = {
		onSignal: (end: () => void) => void signals.push(end),
		exit: (code: number) => void done.push(`exit ${code}`),
		print: (line: string) => void done.push(line),
	};
	void serveParent(child, { randomBytes, now: () => began as Instant, ...dependencies }, host);
	const [receipts, connects] = [randomBytes(32), randomBytes(32)];
	const [receiptKey, connectKey] = [new ReceiptKey(receipts), new ConnectKey(connects)];
	sendHandOver(parent, {
		place: whole,
		keyRoot: { kind: "passphrase", passphrase: secret, scrypt: quickScrypt },
		receiptKey: receipts,
		connectKey: connects,
	});
	const ready = receiveReady(parent);
	// Looked at later, when others have begun too.
	ready.catch(() => {});
	onTestFinished(async () => {
		parent.destroy();
		await expect.poll(() => signals.length === 0 || done.includes("exit 0")).toBe(true);
	});
	return {
		...{
			parent,
			pipe: child,
			place: whole,
			receiptKey,
			done,
			ready,
			signal: () => {
				for (const end of signals) end();
			},
		},
		connect: () => connectKeyring({ socket: whole.socket, connectKey, custodian, randomBytes }),
	};
}

const places = ({ path, rootFile }: KeyringPlace) => ({
	path,
	rootFile,
	custodian,
	passphrase,
	ledger: "taken on trust" as const,
	randomBytes,
	now: () => began as Instant,
});

describe("[VA63] the life of a keyring's process", () => {
	it("begins with what its parent hands over: a keyring made there, then served, and its receipts are the parent's", async () => {
		const { ready, connect, place, receiptKey, done } = await begin();
		await ready;
		const keyring = await connect();
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await keyring.createSubject(subject, pseudonym);
		const { wrapped } = await keyring.sealFor(subject, ["laboratory"]);
		expect(await keyring.unwrap(logAccess(receiptKey, began, { pseudonym }), [wrapped])).toHaveLength(1);
		await expect(connect()).rejects.toThrow(coded("VAULT_LOCKED"));
		// The files are its own as long as it lives.
		await expect(openKeyring({ ...places(place), receiptKey })).rejects.toThrow(coded("VAULT_LOCKED"));
		await keyring.close();
		expect(done).toEqual([]);
	});

	it.each<[string, (life: Life) => void]>([
		["with its parent, closed", ({ parent }) => void parent.end()],
		["with its parent, gone", ({ parent }) => void parent.destroy()],
		// A pipe that is half closed tells no more than this.
		["with its parent, who says no more", ({ pipe }) => void pipe.emit("end")],
		[
			"when it is told to, however often",
			(life) => {
				for (let times = 0; times < 3; times++) life.signal();
			},
		],
	])("ends %s: answers are given, files free, socket and its folder gone, and it says 0 once", async (_, end) => {
		const life = await begin();
		await life.ready;
		const keyring = await life.connect();
		const calls = Array.from({ length: 20 }, () => keyring.createSubject(newSubject(), newPseudonym()));
		await keyring.expireEpochs();
		end(life);
		await Promise.all(calls);
		await expect.poll(() => life.done).toEqual(["exit 0"]);
		expect(existsSync(dirname(life.place.socket))).toBe(false);
		const again = await openKeyring({ ...places(life.place), receiptKey: life.receiptKey });
		expect(await again.verifyKeys()).toEqual({ live: 20, destroyed: 0 });
		await again.close();
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect([life.done, life.parent.destroyed]).toEqual([["exit 0"], true]);
	});

	it("leaves in the socket's folder what is not its own", async () => {
		const life = await begin();
		await life.ready;
		const other = join(dirname(life.place.socket), "other");
		writeFileSync(other, "");
		life.signal();
		await expect.poll(() => life.done).toEqual(["exit 0"]);
		expect([existsSync(life.place.socket), existsSync(other)]).toEqual([false, true]);
	});

	it("opens what is there instead of making it anew, under what was handed over, and takes the place of a socket that was left behind", async () => {
		const first = await begin();
		await first.ready;
		const one = await first.connect();
		const subject = newSubject();
		await one.createSubject(subject, newPseudonym());
		first.signal();
		await expect.poll(() => first.done).toEqual(["exit 0"]);
		const socket = socketPath();
		writeFileSync(socket, "left behind");
		const epochFile = `${first.place.rootFile}.apart`;
		const second = await begin({
			...first.place,
			socket,
			create: true,
			epochFile,
			backupLifetimeMs: 3 * dayMs,
			auditRetentionMs: 5 * dayMs,
			maxCachedSubjects: 1,
			maxClients: 2,
		});
		await second.ready;
		const two = await second.connect();
		await (await second.connect()).close();
		expect(await two.status(subject)).toBe("live");
		await two.backupKeys(`${first.place.path}.backup`);
		expect([existsSync(epochFile), existsSync(`${first.place.rootFile}.epochs`)]).toEqual([true, false]);
		expect(await two.destroy(subject, "all")).toMatchObject({ unreadableInBackupsFromMs: began + 3 * dayMs, auditKeyHeldUntilMs: began + 5 * dayMs });
	});

	it("judges evidence under the pins handed over, and those alone", async () => {
		const pins: string[] = [];
		const loadVerifier = async (asked: string) => {
			pins.push(asked);
			return createPaperVerifier(asked);
		};
		const life = await begin({ ledger: { pins: "ours" } }, { loadVerifier });
		await life.ready;
		const keyring = await life.connect();
		expect([await keyring.honoursLog("any"), pins]).toEqual([false, ["ours"]]);
		await expect(keyring.createSubject(newSubject(), newPseudonym())).rejects.toThrow(coded("VAULT_EVIDENCE_REFUSED"));
		life.signal();
		await expect.poll(() => life.done).toEqual(["exit 0"]);
		const trusting = await begin({ ...life.place, socket: socketPath(), ledger: "taken on trust" }, { loadVerifier });
		await expect(trusting.ready).rejects.toThrow(coded("VAULT_LEDGER_DIFFERS"));
		expect([trusting.done, pins.length]).toEqual([["the keyring's process did not start: VAULT_LEDGER_DIFFERS\n"], 1]);
	});

	it("does not begin where it cannot: says why to its parent, a code to its operator, makes nothing and ends", async () => {
		const made = await begin();
		await made.ready;
		const refusals: readonly (readonly [string, Life])[] = [
			["VAULT_LOCKED", await begin({ ...made.place, socket: socketPath() })],
			["VAULT_NOT_FOUND", await begin({ create: false })],
			["VAULT_LEDGER_DIFFERS", await begin({ ledger: { pins: "ours" } })],
			["VAULT_LOCKED", await begin({ socket: join(tmpdir(), "x".repeat(120), "s") })],
		];
		for (const [code, { ready, done, parent }] of refusals) {
			await expect(ready, code).rejects.toThrow(coded(code));
			expect(done).toEqual([`the keyring's process did not start: ${code}\n`]);
			// It waits for nothing more.
			await expect.poll(() => parent.readableEnded || parent.destroyed).toBe(true);
		}
		expect([1, 2].map((at) => existsSync((refusals[at] as (typeof refusals)[number])[1].place.path))).toEqual([false, false]);
		made.signal();
		await expect.poll(() => made.done).toEqual(["exit 0"]);
		const wrong = await begin({ ...made.place, socket: socketPath() }, {}, "another passphrase");
		await expect(wrong.ready).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	});

	it("tells a verifier's failure as its own, and of a failure without a code only that there was one", async () => {
		const differs = new VaultError("VAULT_LEDGER_DIFFERS", "no");
		const failing = await begin({ ledger: { pins: "ours" } }, { loadVerifier: () => Promise.reject(differs) });
		await expect(failing.ready).rejects.toThrow(coded("VAULT_LEDGER_DIFFERS"));
		const odd = await begin({ ledger: { pins: "ours" } }, { loadVerifier: () => Promise.reject(new Error("a secret")) });
		await expect(odd.ready).rejects.toThrow(coded("VAULT_KEYRING_LOST"));
		expect(odd.done).toEqual(["the keyring's process did not start: unexpected\n"]);
	});

	it("ends without a word where its parent hands nothing over", async () => {
		const [parent, child] = await connectedPair();
		const done: string[] = [];
		const life = serveParent(
			child,
			{ randomBytes, now: () => began as Instant },
			{ onSignal: () => done.push("signal"), exit: () => done.push("exit"), print: () => done.push("print") },
		);
		parent.write(Buffer.of(0, 0, 1));
		parent.end();
		await life;
		child.emit("error", new Error("a pipe that broke later"));
		expect(done).toEqual([]);
	});
});

it("[VA66] the operator is told codes, and of anything else that there was something", () => {
	const told = (error: unknown) => {
		const lines: string[] = [];
		tellCode({ print: (line) => void lines.push(line) }, "stopped", error);
		return lines.join("");
	};
	const known = [new VaultError("VAULT_LOCKED", "no"), { code: "ENOSPC" }, { code: "A_1" }, { code: "A".repeat(40) }];
	expect(known.map(told)).toEqual(["VAULT_LOCKED", "ENOSPC", "A_1", "A".repeat(40)].map((code) => `the keyring's process stopped: ${code}\n`));
	for (const odd of [
		null,
		undefined,
		"text",
		{},
		{ code: 5 },
		{ code: "" },
		{ code: "a secret" },
		{ code: "CODE secret" },
		{ code: "secret CODE" },
		{ code: "A".repeat(41) },
	]) {
		expect(told(odd)).toBe("the keyring's process stopped: unexpected\n");
	}
});
