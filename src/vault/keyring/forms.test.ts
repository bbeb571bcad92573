import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { dayMs, type Instant, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { compartmentNames } from "../compartments.ts";
import { isReceipt, ReceiptKey, receiptLifetimeMs, verifyReceipt } from "../receipt.ts";
import { createBench, newPseudonym, newSubject, quickScrypt, randomBytes, reopen } from "../vault.fixtures.ts";
import { createKeyRoot } from "./kms/createKeyRoot.ts";
import { startAwsKmsStandIn } from "./kms/testing/awsKmsStandIn.ts";
import { startVaultTransitStandIn } from "./kms/testing/vaultTransitStandIn.ts";
import { restoreKeyring } from "./openKeyring.ts";
import { derivePassphraseKey, isScryptForm, type KeyDerivation } from "./passphraseKey.ts";
import { isSealingKeyForm, type SealingKeyForm, sameForm } from "./sealingKey.ts";

const coded = (code: string, reason?: string) =>
	expect.objectContaining(reason === undefined ? { code } : { code, details: expect.objectContaining({ reason }) });

describe("forms of a sealing key", () => {
	const scrypt: KeyDerivation = { name: "scrypt", ...quickScrypt, salt: "ab".repeat(16) };
	const wrapped: SealingKeyForm = { name: "aws-kms", key: "k", wrapped: "w" };

	it.each<[string, object, object]>([
		["N of 2", { N: 2 }, { N: 1 }],
		["N of 2^20", { N: 2 ** 20 }, { N: 2 ** 21 }],
		["a power of two", { N: 4 }, { N: 6 }],
		["a whole N", { N: 4 }, { N: 4.5 }],
		["r of 1", { r: 1 }, { r: 0 }],
		["r of 16", { r: 16 }, { r: 17 }],
		["a whole r", { r: 2 }, { r: 2.5 }],
		["p of 1", { p: 1 }, { p: 2 }],
		["p of 1, not less", { p: 1 }, { p: 0 }],
		["a salt of 16 bytes", { salt: "00".repeat(16) }, { salt: "00".repeat(15) }],
		["a salt in hex", { salt: "ff".repeat(16) }, { salt: "zz".repeat(16) }],
		["this name", {}, { name: "argon2" }],
	])("[VA26] scrypt with %s", async (_, inside, outside) => {
		const [good, bad] = [inside, outside].map((fields) => ({ ...scrypt, ...fields }) as KeyDerivation) as [KeyDerivation, KeyDerivation];
		expect([isScryptForm(good), isScryptForm(bad)]).toEqual([true, false]);
		expect([isSealingKeyForm(good), isSealingKeyForm(bad)]).toEqual([true, false]);
		expect(() => derivePassphraseKey("x", bad)).toThrow(coded("VAULT_INTEGRITY"));
	});

	it.each<[string, object, object]>([
		["a key name of 2,048", { key: "k".repeat(2_048) }, { key: "k".repeat(2_049) }],
		["a wrapped key of 8,192", { wrapped: "w".repeat(8_192) }, { wrapped: "w".repeat(8_193) }],
		["a key name that is text", { key: "k" }, { key: 1 }],
		["a wrapped key that is text", { wrapped: "w" }, { wrapped: 1 }],
		["Transit's name", { name: "vault-transit" }, { name: "vault" }],
		["a key name", { key: "k" }, { key: undefined }],
		["a wrapped key", { wrapped: "w" }, { wrapped: undefined }],
	])("[VA67] a form of a KMS with %s", (_, inside, outside) => {
		expect([inside, outside].map((fields) => isSealingKeyForm({ ...wrapped, ...fields } as SealingKeyForm))).toEqual([true, false]);
	});

	it("[VA65] two forms are of one sealing key when every field agrees", () => {
		const scrypts = [{}, { N: 4 }, { r: 4 }, { p: 2 }, { salt: "cd".repeat(16) }].map((fields) => ({ ...scrypt, ...fields }) as SealingKeyForm);
		const kms = [{}, { name: "vault-transit" }, { key: "l" }, { wrapped: "x" }].map((fields) => ({ ...wrapped, ...fields }) as SealingKeyForm);
		const all = [...scrypts, ...kms];
		for (const [i, a] of all.entries()) for (const [k, b] of all.entries()) expect(sameForm(a, { ...b }), `${i} ${k}`).toBe(i === k);
		for (const nothing of [null, undefined, {}, "scrypt"]) expect(isSealingKeyForm(nothing as never)).toBe(false);
	});

	it("[VA26] the same passphrase gives the same key, whichever way its letters were typed, and another salt another", async () => {
		const hex = async (passphrase: string, fields: Partial<KeyDerivation> = {}) =>
			Buffer.from((await derivePassphraseKey(passphrase, { ...scrypt, ...fields })).bytes).toString("hex");
		expect(await hex("caf\u00e9")).toBe(await hex("cafe\u0301"));
		expect(await hex("caf\u00e9")).not.toBe(await hex("cafe"));
		expect(await hex("x")).not.toBe(await hex("x", { salt: "00".repeat(16) }));
		expect(await hex("x", { N: 2 ** 14, r: 16 })).toHaveLength(64);
	});
});

describe("the files of a keyring", () => {
	it("[VA23] a root file with any field missing, of another kind, or of another file's, opens nothing", async () => {
		const bench = await createBench();
		await bench.keyring.close();
		const { rootFile } = bench.parameters;
		const good = JSON.parse(readFileSync(rootFile, "utf8"));
		const altered: readonly object[] = [
			...Object.keys(good).map((field) => ({ ...good, [field]: undefined })),
			{ ...good, format: "aceso/root/2" },
			{ ...good, custodian: 7 },
			{ ...good, generation: 0.5 },
			{ ...good, generation: good.generation + 1 },
			{ ...good, generation: `${good.generation}` },
			{ ...good, sealed: good.sealed.slice(2) },
			{ ...good, sealed: `${good.sealed}00` },
			{ ...good, sealed: "zz".repeat(60) },
			{ ...good, derivation: { ...good.derivation, N: 3 } },
		];
		for (const other of altered) {
			writeFileSync(rootFile, JSON.stringify(other));
			await expect(reopen(bench.parameters), JSON.stringify(other).slice(0, 80)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		}
		for (const other of [
			{ ...good, custodian: "labor-sued" },
			// Always other bytes than were there.
			{ ...good, sealed: `${good.sealed.startsWith("00") ? "01" : "00"}${good.sealed.slice(2)}` },
		]) {
			writeFileSync(rootFile, JSON.stringify(other));
			await expect(reopen(bench.parameters)).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^VAULT_/) }));
		}
		writeFileSync(rootFile, JSON.stringify(good));
		expect(await (await reopen(bench.parameters)).verifyKeys()).toEqual({ live: 0, destroyed: 0 });
	});

	it("[VA30] an epoch file of another format, of keys that are none, or half moved, opens nothing", async () => {
		const bench = await createBench();
		await bench.keyring.backupKeys(`${bench.parameters.path}.backup`);
		await bench.keyring.close();
		const epochFile = `${bench.parameters.rootFile}.epochs`;
		const good = JSON.parse(readFileSync(epochFile, "utf8"));
		const [epoch] = good.epochs;
		const altered: readonly unknown[] = [
			...["", "null", "[]", "{"],
			...["format", "derivation", "epochs"].map((field) => ({ ...good, [field]: undefined })),
			{ ...good, format: "aceso/epochs/2" },
			{ ...good, derivation: { ...good.derivation, N: 3 } },
			{ ...good, epochs: [{ ...epoch, sealed: epoch.sealed.slice(2) }] },
			{ ...good, epochs: [epoch, { ...epoch, sealed: "zz".repeat(60) }] },
			{ ...good, next: { derivation: good.derivation, sealed: [] } },
			{ ...good, next: { derivation: good.derivation, sealed: ["zz".repeat(60)] } },
			{ ...good, next: { derivation: {}, sealed: [epoch.sealed] } },
		];
		for (const other of altered) {
			writeFileSync(epochFile, typeof other === "string" ? other : JSON.stringify(other));
			await expect(reopen(bench.parameters), JSON.stringify(other).slice(0, 120)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		}
		writeFileSync(epochFile, JSON.stringify(good));
		expect(await (await reopen(bench.parameters)).verifyKeys()).toEqual({ live: 0, destroyed: 0 });
	});

	it("[VA27] each subject has a key for each compartment and one for date shifts, by these names", async () => {
		const bench = await createBench();
		const subject = newSubject();
		await bench.keyring.createSubject(subject, newPseudonym());
		await bench.keyring.close();
		const database = new DatabaseSync(bench.parameters.path);
		const named = database.prepare("SELECT name FROM compartment_keys WHERE subject = ?").all(subject) as { name: string }[];
		database.close();
		expect(named.map(({ name }) => name).sort()).toEqual([...compartmentNames, "date-shift"].sort());
	});

	it("[VA65] a change of the sealing key makes no epoch file where no backup was made", async () => {
		const bench = await createBench();
		await bench.keyring.changeKeyRoot({ kind: "passphrase", passphrase: "another", scrypt: quickScrypt });
		expect(existsSync(`${bench.parameters.rootFile}.epochs`)).toBe(false);
	});
});

describe("what was asked before is done before", () => {
	it("[VA18] [VA27] a subject made in the same breath is destroyed, backed up and counted", async () => {
		const bench = await createBench();
		const [one, two] = [newSubject(), newSubject()];
		const made = bench.keyring.createSubject(one, newPseudonym());
		const report = bench.keyring.destroy(one, "all");
		expect(await report).toMatchObject({ subject: one, compartments: "all", unreadableSinceMs: bench.clock.now });
		await made;
		expect(await bench.keyring.status(one)).toBe("destroyed");
		const second = bench.keyring.createSubject(two, newPseudonym());
		expect(await bench.keyring.verifyKeys()).toEqual({ live: 1, destroyed: 1 });
		await second;
		const third = bench.keyring.createSubject(newSubject(), newPseudonym());
		expect(await bench.keyring.backupKeys(`${bench.parameters.path}.backup`)).toEqual({ epoch: 1, subjects: 3 });
		await third;
		const fourth = bench.keyring.createSubject(newSubject(), newPseudonym());
		await bench.keyring.close();
		await fourth;
		expect(await (await reopen(bench.parameters)).verifyKeys()).toEqual({ live: 3, destroyed: 1 });
	});

	it("[VA29] [VA31] of compartments destroyed one after the other the report names the latest instants, and for all the whole subject's", async () => {
		const retention = 5 * dayMs;
		const bench = await createBench({ auditRetentionMs: retention });
		const subject = newSubject();
		await bench.keyring.createSubject(subject, newPseudonym());
		const first = bench.clock.now;
		await bench.keyring.backupKeys(`${bench.parameters.path}.one`);
		const destroy = (what: "all" | readonly Compartment[]) => bench.keyring.destroy(subject, what);
		expect(await destroy(["notes"])).toEqual({
			...{ subject, compartments: ["notes"], unreadableSinceMs: first },
			...{ unreadableInBackupsFromMs: first + 30 * dayMs, auditKeyHeldUntilMs: 0 },
		});
		bench.clock.now += dayMs;
		await bench.keyring.backupKeys(`${bench.parameters.path}.two`);
		const later = { unreadableSinceMs: first + dayMs, unreadableInBackupsFromMs: first + 31 * dayMs, auditKeyHeldUntilMs: 0 };
		expect(await destroy(["notes", "vitals"])).toEqual({ subject, compartments: ["notes", "vitals"], ...later });
		expect(await destroy(["vitals", "notes"])).toEqual({ subject, compartments: ["vitals", "notes"], ...later });
		expect(await destroy(["notes"])).toMatchObject({ unreadableSinceMs: first, unreadableInBackupsFromMs: first + 30 * dayMs });
		bench.clock.now += dayMs;
		const whole = { unreadableSinceMs: first + 2 * dayMs, auditKeyHeldUntilMs: first + 2 * dayMs + retention };
		expect(await destroy("all")).toMatchObject({ subject, compartments: "all", ...whole });
		bench.clock.now += dayMs;
		expect(await destroy("all")).toMatchObject(whole);
		expect(await destroy(["genomics"])).toMatchObject({ compartments: ["genomics"], ...whole });
		await expect(bench.keyring.destroy(newSubject(), "all")).rejects.toThrow(coded("VAULT_SUBJECT_UNKNOWN"));
		await expect(bench.keyring.destroy("x" as SubjectId, ["notes"])).rejects.toThrow(expect.objectContaining({ code: expect.any(String) }));
	});
});

describe("[VA32] [VA33] a restore", () => {
	it("holds the audit key of who was erased since for the retention from then, and keeps the end of who was erased before", async () => {
		const retention = 5 * dayMs;
		const bench = await createBench({ auditRetentionMs: retention });
		const { keyring, clock, parameters } = bench;
		const began = clock.now;
		const [early, late] = [newSubject(), newSubject()];
		for (const subject of [early, late]) await keyring.createSubject(subject, newPseudonym());
		await keyring.destroy(early, "all");
		clock.now = began + dayMs;
		const backup = `${parameters.path}.backup`;
		await keyring.backupKeys(backup);
		clock.now = began + 2 * dayMs;
		const restored = await restoreKeyring({
			...parameters,
			...{ path: `${parameters.path}.restored`, rootFile: `${parameters.rootFile}.restored`, backup },
			...{ backupEpochFile: `${parameters.rootFile}.epochs`, backupPassphrase: parameters.passphrase },
			freshLedger: { verifiedAtMs: clock.now as Instant, destroyed: () => "all" },
		});
		onTestFinished(() => restored.close());
		expect([await restored.status(early), await restored.status(late)]).toEqual(["destroyed", "destroyed"]);
		const expiredAt = async (now: number) => {
			clock.now = now;
			return restored.expireAuditKeys();
		};
		const [first, second] = [began + retention, began + 2 * dayMs + retention];
		expect([await expiredAt(first - 1), await expiredAt(first)]).toEqual([0, 1]);
		expect([await expiredAt(second - 1), await expiredAt(second)]).toEqual([0, 1]);
		expect(await restored.verifyKeys()).toEqual({ live: 0, destroyed: 2 });
	});
});

describe("a KMS that answers something else", () => {
	it("[VA69] is refused, whatever JSON it is", async () => {
		const dependencies = { now: () => Date.now() as never, randomBytes };
		const context = { custodian: "klinik-nord" as never };
		for (const body of [null, 5, "x", [], [1], true, { KeyId: "", CiphertextBlob: "AAAA" }, { KeyId: "k".repeat(2_049), CiphertextBlob: "AAAA" }]) {
			const { config } = await startAwsKmsStandIn(() => ({ status: 200, body: body as never }));
			await expect(createKeyRoot(config, dependencies).createSealingKey(context), JSON.stringify(body)).rejects.toThrow(coded("VAULT_KMS_REFUSED"));
		}
		for (const body of [null, 5, [], { data: [] }, { data: { ciphertext: "" } }]) {
			const { config } = await startVaultTransitStandIn(() => ({ status: 200, body: body as never }));
			await expect(createKeyRoot(config, dependencies).createSealingKey(context), JSON.stringify(body)).rejects.toThrow(coded("VAULT_KMS_REFUSED"));
		}
	});
});

describe("a receipt", () => {
	const receipt = {
		log: "l",
		leafIndex: 0,
		entryHash: "ab".repeat(32),
		nonce: "cd".repeat(16),
		expiresAtMs: 0,
		mac: "ef".repeat(32),
	} as never as Parameters<typeof isReceipt>[0];

	it.each<[string, object, object]>([
		["a log's name of 256", { log: "l".repeat(256) }, { log: "l".repeat(257) }],
		["a log's name of whole characters", { log: "\u{1f600}" }, { log: "\ud83d" }],
		["a log's name that is text", { log: "" }, { log: 5 }],
		["the first leaf", { leafIndex: 0 }, { leafIndex: -1 }],
		["a whole leaf", { leafIndex: 1 }, { leafIndex: 1.5 }],
		["a leaf that is a number", { leafIndex: 2 ** 53 - 1 }, { leafIndex: 2 ** 53 }],
		["an entry hash of 32 bytes", {}, { entryHash: "ab".repeat(31) }],
		["a nonce of 16 bytes", {}, { nonce: "cd".repeat(15) }],
		["a MAC of 32 bytes", {}, { mac: "ef".repeat(33) }],
		["an expiry of 0", { expiresAtMs: 0 }, { expiresAtMs: -1 }],
		["a whole expiry", { expiresAtMs: 1 }, { expiresAtMs: 0.5 }],
	])("[VA6] has %s", (_, inside, outside) => {
		expect([inside, outside].map((fields) => isReceipt({ ...receipt, ...fields }))).toEqual([true, false]);
		const receiptKey = new ReceiptKey(randomBytes(32));
		expect(() => verifyReceipt({ receiptKey, receipt: { ...receipt, ...outside }, now: 0 as never })).toThrow(
			coded("VAULT_RECEIPT_REFUSED", "malformed"),
		);
		expect(() => verifyReceipt({ receiptKey, receipt: { ...receipt, ...inside }, now: 0 as never })).toThrow(
			coded("VAULT_RECEIPT_REFUSED", "mac-invalid"),
		);
	});

	it("[VA9] is of a key of 32 bytes that somebody made, and lives five seconds", () => {
		for (const size of [0, 31, 33]) expect(() => new ReceiptKey(randomBytes(size))).toThrow(coded("VAULT_ROW_INVALID"));
		for (const nothing of [null, undefined, "x"]) expect(isReceipt(nothing as never)).toBe(false);
		const stranger = Object.create(ReceiptKey.prototype) as ReceiptKey;
		expect(() => verifyReceipt({ receiptKey: stranger, receipt, now: 0 as never })).toThrow(coded("VAULT_RECEIPT_REFUSED", "mac-invalid"));
		expect(receiptLifetimeMs).toBe(5_000);
	});
});
