import { resolve } from "node:path";
import { expect, it } from "vitest";
import { custodian, newPseudonym, newSubject } from "../../vault.fixtures.ts";
import type { LoggedAccess } from "../../vault.ts";
import type { Channel } from "./channel.ts";
import { type Operation, operations } from "./operations.ts";
import { RemoteKeyring } from "./remoteKeyring.ts";

const names = new Map<unknown, string>(Object.entries(operations).map(([name, operation]) => [operation, name]));

/** A keyring whose process answers each request with its number. */
function remoteOf(mayRemember?: () => boolean) {
	const asked: unknown[][] = [];
	let closings = 0;
	const answers: unknown[] = [];
	const channel: Channel = {
		call: async <Arguments extends readonly unknown[], Result>(operation: Operation<Arguments, Result>, args: Arguments) => {
			asked.push([names.get(operation), ...args]);
			return (answers.length > 0 ? answers.shift() : asked.length) as Result;
		},
		close: async () => void closings++,
	};
	const keyring = new RemoteKeyring(custodian, channel, mayRemember && { mayRemember });
	return { keyring, asked, answers, closings: () => closings };
}

const [subject, pseudonym] = [newSubject(), newPseudonym()];
const access = { entry: {}, salt: "s" } as never as LoggedAccess;

it("[VA57] each method is one request, with everything it was given, and its answer is the request's", async () => {
	const { keyring, asked, closings } = remoteOf();
	expect(keyring.custodian).toBe(custodian);
	const root = { kind: "passphrase", passphrase: "p" } as const;
	const results = [
		await keyring.createSubject(subject, pseudonym),
		await keyring.bind(subject, pseudonym, Uint8Array.of(1)),
		await keyring.bind(subject, pseudonym),
		await keyring.showLogs(Uint8Array.of(2)),
		await keyring.honoursLog("log"),
		await keyring.subjectOf(pseudonym),
		await keyring.pseudonymOf(subject),
		await keyring.status(subject),
		await keyring.destroyedOf(subject),
		await keyring.sealFor(subject, ["laboratory"]),
		await keyring.sealAudit(subject),
		await keyring.unwrap(access, []),
		await keyring.unwrapAudit(access, []),
		await keyring.lookupToken("purpose", "a", "b"),
		await keyring.dateShiftDays(access, subject, "study"),
		await keyring.destroy(subject, "all"),
		await keyring.backupKeys("a/path"),
		await keyring.expireEpochs(),
		await keyring.expireAuditKeys(),
		await keyring.verifyKeys(),
		await keyring.rotateRoot(),
		await keyring.changeKeyRoot(root),
		await keyring.rotateKeyRoot(root),
	];
	expect(asked).toEqual([
		["createSubject", subject, pseudonym],
		["bind", subject, pseudonym, Uint8Array.of(1)],
		["bind", subject, pseudonym, new Uint8Array(0)],
		["showLogs", Uint8Array.of(2)],
		["honoursLog", "log"],
		["subjectOf", pseudonym],
		["pseudonymOf", subject],
		["status", subject],
		["destroyedOf", subject],
		["sealFor", subject, ["laboratory"]],
		["sealAudit", subject],
		["unwrap", access, []],
		["unwrapAudit", access, []],
		["lookupToken", "purpose", ["a", "b"]],
		["dateShiftDays", access, subject, "study"],
		["destroy", subject, "all"],
		// A path means what it means here: the process may run elsewhere.
		["backupKeys", resolve("a/path")],
		["expireEpochs"],
		["expireAuditKeys"],
		["verifyKeys"],
		["rotateRoot"],
		["changeKeyRoot", root],
		["rotateKeyRoot", root],
	]);
	expect(results).toEqual(results.map((_, at) => at + 1));
	await keyring.close();
	expect(closings()).toBe(1);
});

it("[VA71] status, pseudonym, destroyed compartments and tokens are asked once while they may be remembered, each for itself; nothing else is", async () => {
	let mayRemember = true;
	const { keyring, asked, answers } = remoteOf(() => mayRemember);
	const questions: (() => Promise<unknown>)[] = [
		() => keyring.status(subject),
		() => keyring.pseudonymOf(subject),
		() => keyring.destroyedOf(subject),
		async () => keyring.lookupToken("a", "b"),
		async () => keyring.lookupToken("a b"),
		async () => keyring.lookupToken("b", "a"),
	];
	const ask = async () => {
		const told = [];
		for (const question of questions) told.push(await question());
		return told;
	};
	const first = await ask();
	expect([await ask(), asked.length, new Set(first).size]).toEqual([first, 6, 6]);
	for (const change of [
		() => keyring.bind(subject, pseudonym),
		() => keyring.destroy(subject, "all"),
		() => keyring.expireAuditKeys(),
		() => keyring.forget(),
	]) {
		await change();
		const before = asked.length;
		const anew = await ask();
		expect([await ask(), asked.length]).toEqual([anew, before + 6]);
	}
	mayRemember = false;
	const before = asked.length;
	await ask();
	expect(asked.length).toBe(before + 6);
	mayRemember = true;
	await keyring.close();
	await ask();
	expect(asked.length).toBe(before + 12);
	// Somebody unknown may be made at any moment, and nothing is said of nobody.
	keyring.forget();
	answers.push("unknown", "live", undefined, pseudonym);
	expect([await keyring.status(subject), await keyring.status(subject), await keyring.status(subject)]).toEqual(["unknown", "live", "live"]);
	expect([await keyring.pseudonymOf(subject), await keyring.pseudonymOf(subject), await keyring.pseudonymOf(subject)]).toEqual([
		undefined,
		pseudonym,
		pseudonym,
	]);
	const kept = asked.length;
	for (let times = 0; times < 2; times++) {
		await keyring.subjectOf(pseudonym);
		await keyring.honoursLog("log");
	}
	expect(asked.length).toBe(kept + 4);
});

it("[VA127] changes are told while answers may be remembered, a new subject among them, and not else", async () => {
	let mayRemember = true;
	const { keyring } = remoteOf(() => mayRemember);
	for (const change of [() => keyring.createSubject(subject, pseudonym), () => keyring.bind(subject, pseudonym), async () => keyring.forget()]) {
		const before = keyring.changes() as number;
		await change();
		expect(keyring.changes()).toBeGreaterThan(before);
	}
	mayRemember = false;
	expect(keyring.changes()).toBeUndefined();
});
