import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { custodian, logAccess, newPseudonym, newSubject, randomBytes } from "../../vault.fixtures.ts";
import type { KeyRootConfig } from "../kms/keyRoot.ts";
import { createProcessBench, processParameters } from "../testing/processBench.ts";
import { connectKeyring } from "./connectKeyring.ts";
import { openProcessKeyring } from "./openProcessKeyring.ts";
import { startKeyringProcess } from "./startKeyringProcess.ts";

const coded = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, details: { reason } });

it("[VA66] a keyring's process is started closed to inspectors and code made from strings, in a folder of its own, and its secrets are forgotten here", async () => {
	const { parameters, folder } = processParameters();
	const secrets: Uint8Array[] = [];
	const drawn = (size: number) => {
		const bytes = randomBytes(size);
		secrets.push(bytes);
		return bytes;
	};
	const socketParent = join(folder, "run", "keys");
	const started = await startKeyringProcess({ ...parameters, randomBytes: drawn, socketParent });
	onTestFinished(() => started.stop());
	const { socket, connectKey, pid } = started;
	expect([dirname(dirname(socket)), basename(socket), basename(dirname(socket)).startsWith("aceso-keys-")]).toEqual([socketParent, "s", true]);
	expect([socketParent, dirname(socketParent)].map((path) => lstatSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
	if (existsSync(`/proc/${pid}/cmdline`)) {
		const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
		const flags = ["--disable-sigusr1", "--disallow-code-generation-from-strings", "--disable-proto=throw", "--disable-warning=ExperimentalWarning"];
		expect(words).toEqual(expect.arrayContaining([process.execPath, ...flags, ...(parameters.main ?? [])]));
	}
	expect(secrets.map((bytes) => [bytes.length, bytes.every((byte) => byte === 0)])).toEqual([
		[32, true],
		[32, true],
	]);
	const keyring = await connectKeyring({ socket, connectKey, custodian, randomBytes });
	expect(await keyring.verifyKeys()).toEqual({ live: 0, destroyed: 0 });
	for (const name of readdirSync(folder).filter((each) => each !== "clock" && each !== "run"))
		expect(lstatSync(join(folder, name)).mode & 0o077, name).toBe(0);
	await keyring.close();
	await started.stop();
	expect([await started.ended, existsSync(dirname(socket)), existsSync(socketParent)]).toEqual([{ code: 0, signal: null }, false, true]);
	await started.stop();
});

it("[VA63] a program that ends before it is ready is no keyring, and leaves no folder", async () => {
	const { parameters, folder } = processParameters();
	const socketParent = join(folder, "run");
	for (const main of [[join(folder, "none.ts")], [join(folder, "clock"), "x"]] as const) {
		await expect(startKeyringProcess({ ...parameters, socketParent, main })).rejects.toThrow(coded("VAULT_KEYRING_LOST", "not-ready"));
		expect(readdirSync(socketParent)).toEqual([]);
	}
});

it("[VA63] after a crash one process is started for all who ask, what rests on the one of before is not sent on, and a closed keyring starts none", async () => {
	const { parameters, receiptKey, clock } = processParameters();
	let starts = 0;
	const keyRoot = (): KeyRootConfig => {
		starts++;
		return parameters.keyRoot();
	};
	const keyring = await openProcessKeyring({ ...parameters, keyRoot });
	onTestFinished(() => keyring.close());
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	const { wrapped } = await keyring.sealFor(subject, ["laboratory"]);
	const crash = async () => {
		const { pid } = keyring;
		process.kill(pid as number, "SIGKILL");
		await expect.poll(() => keyring.pid).toBeUndefined();
		return pid;
	};
	const before = await crash();
	expect(await Promise.all([keyring.status(subject), keyring.pseudonymOf(subject), keyring.honoursLog("any")])).toEqual(["live", pseudonym, true]);
	expect([starts, keyring.pid === before, keyring.pid === undefined]).toEqual([2, false, false]);
	const access = () => logAccess(receiptKey, clock.now, { pseudonym });
	await crash();
	const asked = [keyring.unwrap(access(), [wrapped]), keyring.dateShiftDays(access(), subject, "study"), keyring.unwrapAudit(access(), [])];
	for (const each of asked) await expect(each).rejects.toThrow(coded("VAULT_KEYRING_LOST", "receipt-void"));
	expect([starts, (await keyring.unwrap(access(), [wrapped])).length]).toEqual([3, 1]);
	await keyring.close();
	expect(keyring.pid).toBeUndefined();
	await expect(keyring.verifyKeys()).rejects.toThrow(coded("VAULT_CLOSED"));
	expect(starts).toBe(3);
});

it("[VA71] what was remembered of a keyring's process ends with it", async () => {
	const { keyring, pathOf } = await createProcessBench();
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	const token = await keyring.lookupToken("a", "b");
	expect([await keyring.status(subject), await keyring.status(subject)]).toEqual(["live", "live"]);
	process.kill(keyring.pid as number, "SIGKILL");
	await expect.poll(() => keyring.pid).toBeUndefined();
	expect([await keyring.status(subject), await keyring.lookupToken("a", "b")]).toEqual(["live", token]);
	expect(existsSync(pathOf("keyring.db"))).toBe(true);
});
