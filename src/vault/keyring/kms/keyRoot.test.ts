import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeHex, type MemberId, systemClock } from "#base";
import { createReceiptKey } from "../../receipt.ts";
import { custodian, logAccess, newPseudonym, newSubject, randomBytes, temporaryFolder } from "../../vault.fixtures.ts";
import type { LocalKeyring } from "../localKeyring.ts";
import { createKeyringUnder, type KeyringFiles, openKeyringUnder, restoreKeyringUnder } from "../openKeyring.ts";
import { openProcessKeyring, type ProcessKeyringParameters } from "../process/openProcessKeyring.ts";
import { createKeyRoot } from "./createKeyRoot.ts";
import type { KeyRootConfig } from "./keyRoot.ts";
import { parseKmsAddress } from "./requestKms.ts";
import { keyArn, refuse, startAwsKmsStandIn } from "./testing/awsKmsStandIn.ts";
import type { StandInAnswer, StandInRequest } from "./testing/standIn.ts";
import { startVaultTransitStandIn } from "./testing/vaultTransitStandIn.ts";

const coded = (code: string, reason?: string) =>
	expect.objectContaining(reason === undefined ? { code } : { code, details: expect.objectContaining({ reason }) });
const dependencies = { now: systemClock, randomBytes };
const context = { custodian };

type Interfere = (request: StandInRequest) => StandInAnswer | "hang" | "hang up" | undefined;
type StandIn = { readonly config: KeyRootConfig; readonly requests: readonly StandInRequest[] };

const drivers: readonly (readonly [string, (interfere?: Interfere) => Promise<StandIn>])[] = [
	["AWS KMS", startAwsKmsStandIn],
	["Vault Transit", startVaultTransitStandIn],
	["a passphrase", async () => ({ config: { kind: "passphrase", passphrase: "correct horse", scrypt: { N: 16, r: 8, p: 1 } }, requests: [] })],
];

function filesIn(folder: string): KeyringFiles {
	return {
		path: join(folder, "keyring.db"),
		rootFile: join(folder, "root.json"),
		custodian,
		receiptKey: createReceiptKey(randomBytes),
		ledger: "taken on trust",
		...dependencies,
	};
}

async function opened(keyring: Promise<LocalKeyring>): Promise<LocalKeyring> {
	onTestFinished(() => keyring.then((each) => each.close()));
	return keyring;
}

for (const [name, start] of drivers) {
	describe(name, () => {
		it("[VA67] wraps a sealing key and opens it again, for its custodian alone", async () => {
			const { config } = await start();
			const root = createKeyRoot(config, dependencies);
			const made = await root.createSealingKey(context);
			expect(made.bytes).toHaveLength(32);
			expect(JSON.stringify(made.form)).not.toContain(Buffer.from(made.bytes).toString("base64"));
			const again = await createKeyRoot(config, dependencies).openSealingKey(made.form, context);
			expect(encodeHex(again.bytes)).toBe(encodeHex(made.bytes));
			expect(encodeHex((await root.createSealingKey(context)).bytes)).not.toBe(encodeHex(made.bytes));
			if (config.kind === "passphrase") return;
			await expect(root.openSealingKey(made.form, { custodian: "labor-sued" as MemberId })).rejects.toThrow(coded("VAULT_KMS_REFUSED"));
		});

		it("[VA67] a form rewrapped holds the same key", async () => {
			const { config } = await start();
			const root = createKeyRoot(config, dependencies);
			const made = await root.createSealingKey(context);
			await root.rotateAbove();
			const moved = await root.rewrapSealingKey(made.form, context);
			for (const form of [made.form, moved]) expect(encodeHex((await root.openSealingKey(form, context)).bytes)).toBe(encodeHex(made.bytes));
			if (moved.name === "vault-transit") expect(moved.wrapped).toMatch(/^vault:v2:/);
		});

		it("[VA67] a keyring under it is made, opened, rotated and moved to another root", async () => {
			const { config } = await start();
			const files = filesIn(temporaryFolder());
			const [subject, pseudonym] = [newSubject(), newPseudonym()];
			const keyring = await opened(createKeyringUnder(createKeyRoot(config, dependencies), files));
			await keyring.createSubject(subject, pseudonym);
			const { dataKey, wrapped } = await keyring.sealFor(subject, ["laboratory"]);
			await keyring.backupKeys(`${files.path}.backup`);
			expect(await keyring.rotateRoot()).toBe(2);
			expect(await keyring.rotateKeyRoot(config)).toBe(3);
			await keyring.destroy(await createdIn(keyring), "all");
			await keyring.close();
			const again = await opened(openKeyringUnder(createKeyRoot(config, dependencies), files));
			const access = () => logAccess(files.receiptKey, Date.now(), { pseudonym });
			expect((await again.unwrap(access(), [wrapped])).map(encodeHex)).toEqual([encodeHex(dataKey)]);
			const other: KeyRootConfig = { kind: "passphrase", passphrase: "another", scrypt: { N: 16, r: 8, p: 1 } };
			expect(await again.changeKeyRoot(other)).toBe(5);
			expect((await again.backupKeys(`${files.path}.backup2`)).subjects).toBe(2);
			await again.close();
			await expect(openKeyringUnder(createKeyRoot(config, dependencies), files)).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
			const moved = await opened(openKeyringUnder(createKeyRoot(other, dependencies), files));
			expect(await moved.verifyKeys()).toEqual({ live: 1, destroyed: 1 });
		});

		it("[VA67] a key backup whose epoch keys are under it restores under another root, and not without it", async () => {
			const { config } = await start();
			const folder = temporaryFolder();
			const files = filesIn(folder);
			const root = createKeyRoot(config, dependencies);
			const keyring = await opened(createKeyringUnder(root, files));
			await keyring.createSubject(newSubject(), newPseudonym());
			const backup = `${files.path}.backup`;
			await keyring.backupKeys(backup);
			const other = createKeyRoot({ kind: "passphrase", passphrase: "another", scrypt: { N: 16, r: 8, p: 1 } }, dependencies);
			const restored = (name: string) => ({
				...{ ...files, path: join(folder, `${name}.db`), rootFile: join(folder, `${name}.json`), backup },
				...{ backupEpochFile: `${files.rootFile}.epochs`, freshLedger: { verifiedAtMs: systemClock(), destroyed: () => [] } },
			});
			const without = restoreKeyringUnder({ keyRoot: other, backupRoot: other }, restored("without"));
			await expect(without).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
			const again = await opened(restoreKeyringUnder({ keyRoot: other, backupRoot: root }, restored("again")));
			expect(await again.verifyKeys()).toEqual({ live: 1, destroyed: 0 });
		});

		it("[VA67] a form of another kind is not sent anywhere", async () => {
			const { config, requests } = await start();
			const root = createKeyRoot(config, dependencies);
			const foreign = config.kind === "aws-kms" ? "vault-transit" : "aws-kms";
			const form = { name: foreign, key: "k", wrapped: "AAAA" } as const;
			await expect(root.openSealingKey(form, context)).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
			expect(requests).toHaveLength(0);
		});
	});
}

async function createdIn(keyring: LocalKeyring) {
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	return subject;
}

describe("requests to a KMS", () => {
	it("[VA68] AWS KMS is asked with a signature, the key's ARN and the custodian in the encryption context", async () => {
		const { config, requests } = await startAwsKmsStandIn();
		const root = createKeyRoot({ ...config, keyId: keyArn }, dependencies);
		const { form } = await root.createSealingKey(context);
		await root.openSealingKey(form, context);
		const [encrypt, decrypt] = requests as [StandInRequest, StandInRequest];
		expect(encrypt.headers["content-type"]).toBe("application/x-amz-json-1.1");
		expect(encrypt.headers["x-amz-target"]).toBe("TrentService.Encrypt");
		expect(encrypt.body["EncryptionContext"]).toEqual({ "aceso:format": "aceso/root/1", "aceso:custodian": custodian });
		expect(decrypt.headers["x-amz-target"]).toBe("TrentService.Decrypt");
		expect(decrypt.body["KeyId"]).toBe(keyArn);
		const thief = createKeyRoot({ ...config, secretAccessKey: "a guess" }, dependencies);
		await expect(thief.openSealingKey(form, context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "InvalidSignatureException"));
		for (const keyId of ["alias/aceso", keyArn.replace("key/", "alias/")]) {
			expect(() => createKeyRoot({ ...config, keyId }, dependencies)).toThrow(coded("VAULT_KMS_REFUSED", "alias"));
		}
	});

	it("[VA68] temporary credentials send their token, and it is signed", async () => {
		const { config, requests } = await startAwsKmsStandIn(() => refuse("ExpiredTokenException"));
		const root = createKeyRoot({ ...config, sessionToken: "a-session-token" }, dependencies);
		await expect(root.createSealingKey(context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "ExpiredTokenException"));
		expect(requests[0]?.headers["x-amz-security-token"]).toBe("a-session-token");
		expect(requests[0]?.headers.authorization).toContain("x-amz-security-token");
	});

	it("[VA68] Transit is asked with its token, the derivation context and base64", async () => {
		const { config, requests } = await startVaultTransitStandIn();
		const root = createKeyRoot({ ...config, namespace: "hospitals" }, dependencies);
		const { form } = await root.createSealingKey(context);
		const [encrypt] = requests as [StandInRequest];
		expect(encrypt.path).toBe("/v1/transit/encrypt/aceso");
		expect(encrypt.headers["x-vault-namespace"]).toBe("hospitals");
		expect(Buffer.from(String(encrypt.body["context"]), "base64").toString()).toBe(`aceso/root/1|${custodian}`);
		const stranger = createKeyRoot({ ...config, token: "hvs.another" }, dependencies);
		await expect(stranger.openSealingKey(form, context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "denied"));
		for (const changes of [{ key: "../sys" }, { mount: "transit/../../sys" }, { key: "" }]) {
			expect(() => createKeyRoot({ ...config, ...changes }, dependencies)).toThrow(coded("VAULT_KMS_REFUSED", "name"));
		}
	});

	const passing: readonly (readonly [string, StandInAnswer | "hang" | "hang up"])[] = [
		["throttled", refuse("ThrottlingException")],
		["broken", { status: 500, body: "<html>" }],
		["not available", { status: 503 }],
		["cut off", "hang up"],
		["late", "hang"],
	];
	for (const [name, failure] of passing) {
		it(`[VA69] a request that is ${name} is made again, three times in all`, async () => {
			let failures = 2;
			const { config, requests } = await startAwsKmsStandIn(() => (failures-- > 0 ? failure : undefined));
			const root = createKeyRoot(config, { ...dependencies, kmsTimeoutMs: failure === "hang" ? 300 : undefined });
			expect((await root.createSealingKey(context)).bytes).toHaveLength(32);
			expect(requests).toHaveLength(3);
			failures = 3;
			await expect(root.createSealingKey(context)).rejects.toThrow(expect.objectContaining({ code: "VAULT_KMS_UNREACHABLE", kind: "again" }));
			expect(requests).toHaveLength(6);
		});
	}

	it("[VA69] a rotation of Transit's key is asked once: twice would make two versions", async () => {
		const { config, requests, versions } = await startVaultTransitStandIn(({ path }) => (path.endsWith("/rotate") ? { status: 503 } : undefined));
		const root = createKeyRoot(config, dependencies);
		await expect(root.rotateAbove()).rejects.toThrow(coded("VAULT_KMS_UNREACHABLE"));
		expect(requests).toHaveLength(1);
		expect(versions).toHaveLength(1);
	});

	it("[VA69] a refusal is final, and tells its name and nothing of the answer, the token or the secret", async () => {
		const attempts: (() => Promise<unknown>)[] = [];
		const aws = await startAwsKmsStandIn(() => refuse("AccessDeniedException"));
		const odd = await startAwsKmsStandIn(() => refuse("SomethingNew\nwith a line"));
		const vault = await startVaultTransitStandIn(() => ({ status: 400, body: { errors: ["a text that nobody should repeat"] } }));
		for (const { config } of [aws, odd, vault]) attempts.push(() => createKeyRoot(config, dependencies).createSealingKey(context));
		const reasons: unknown[] = [];
		for (const attempt of attempts) {
			const error = (await attempt().catch((reason: Error) => reason)) as Error & { readonly details: { readonly reason: string } };
			expect(error).toMatchObject({ code: "VAULT_KMS_REFUSED", kind: "refused" });
			reasons.push(error.details.reason);
			const shown = `${error.message} ${JSON.stringify(error.details)} ${error.stack} ${String(error.cause)}`;
			for (const hidden of ["nobody should repeat", "hvs.", "a secret of the test", "SomethingNew"]) expect(shown).not.toContain(hidden);
		}
		expect(reasons).toEqual(["AccessDeniedException", "refused", "invalid"]);
		expect([aws.requests.length, odd.requests.length, vault.requests.length]).toEqual([1, 1, 1]);
	});

	it("[VA69] no redirect is followed with a token or signature, and no endless answer is read", async () => {
		const elsewhere = await startVaultTransitStandIn();
		const redirecting = await startVaultTransitStandIn(() => ({
			status: 307,
			headers: { location: `${elsewhere.config.address}/v1/transit/encrypt/aceso` },
		}));
		const flooding = await startVaultTransitStandIn(() => ({ status: 200, body: { data: { ciphertext: "x".repeat(2 ** 17) } } }));
		for (const { config } of [redirecting, flooding]) {
			await expect(createKeyRoot(config, dependencies).createSealingKey(context)).rejects.toThrow(coded("VAULT_KMS_UNREACHABLE"));
		}
		expect(elsewhere.requests).toHaveLength(0);
	});

	it("[VA69] answers of another form are refused", async () => {
		const answers = [{}, { data: null }, { data: { ciphertext: "vault:v0:AAAA" } }, { data: { ciphertext: 7 } }, { data: { ciphertext: "hello" } }];
		for (const body of answers) {
			const { config } = await startVaultTransitStandIn(() => ({ status: 200, body }));
			await expect(createKeyRoot(config, dependencies).createSealingKey(context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "answer"));
		}
		for (const body of [{}, { KeyId: keyArn }, { KeyId: keyArn, CiphertextBlob: "" }, { KeyId: 1, CiphertextBlob: "AAAA" }]) {
			const { config } = await startAwsKmsStandIn(() => ({ status: 200, body }));
			await expect(createKeyRoot(config, dependencies).createSealingKey(context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "answer"));
		}
		const short = await startVaultTransitStandIn(({ path }) =>
			path.includes("decrypt") ? { status: 200, body: { data: { plaintext: "AAAA" } } } : undefined,
		);
		const root = createKeyRoot(short.config, dependencies);
		const { form } = await root.createSealingKey(context);
		await expect(root.openSealingKey(form, context)).rejects.toThrow(coded("VAULT_KMS_REFUSED", "answer"));
	});

	it("[VA68] nothing but https is spoken beyond loopback", () => {
		for (const address of ["http://kms.example", "ftp://127.0.0.1", "https://user:secret@kms.example", "https://kms.example/?x", "not an address"]) {
			expect(() => parseKmsAddress(address)).toThrow(coded("VAULT_KMS_REFUSED", "address"));
		}
		for (const address of ["https://kms.example", "http://127.0.0.1:8200", "http://[::1]:8200"])
			expect(parseKmsAddress(address).origin).toBe(address);
	});

	it("[VA68] a keyring's own process reaches its KMS with what was handed over, and writes none of it down", async () => {
		const { config, requests } = await startVaultTransitStandIn();
		const folder = temporaryFolder();
		const { now: _, ...files } = filesIn(folder);
		const parameters: ProcessKeyringParameters = { ...files, ledger: "taken on trust", create: true, keyRoot: () => config, restartPauseMs: 0 };
		const keyring = await openProcessKeyring(parameters);
		onTestFinished(() => keyring.close());
		await keyring.createSubject(newSubject(), newPseudonym());
		expect(await keyring.rotateKeyRoot(config)).toBe(2);
		await keyring.close();
		const again = await openProcessKeyring(parameters);
		onTestFinished(() => again.close());
		expect(await again.verifyKeys()).toEqual({ live: 1, destroyed: 0 });
		expect(requests.map(({ path }) => path.split("/")[3])).toEqual(["encrypt", "keys", "rewrap", "decrypt"]);
		const root = readFileSync(join(folder, "root.json"), "utf8");
		expect(root).toContain("vault:v2:");
		expect(root).not.toContain(config.token);
		await again.close();
	});
});
