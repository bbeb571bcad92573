import { describe, expect, it, onTestFinished } from "vitest";
import { encodeHex, type Instant } from "#base";
import { custodian, randomBytes } from "../../vault.fixtures.ts";
import { createKeyRoot } from "./createKeyRoot.ts";
import { bytesOfAnswer, parseKmsAddress, requestKms } from "./requestKms.ts";
import { keyArn, refuse, startAwsKmsStandIn } from "./testing/awsKmsStandIn.ts";
import { type StandInAnswer, startStandIn } from "./testing/standIn.ts";
import { startVaultTransitStandIn } from "./testing/vaultTransitStandIn.ts";

const now = () => Date.UTC(2026, 4, 1, 12, 30, 5) as Instant;
const context = { custodian };
const failed = (code: string, details: object) => expect.objectContaining({ code, details });

/** Something of the world in another's place until the end of the test. */
function replace<Key extends string>(object: { [name in Key]: unknown }, name: Key, other: unknown): void {
	const original = object[name];
	object[name] = other;
	onTestFinished(() => {
		object[name] = original;
	});
}

/** Pauses end at once, and are told: what is waited is known without waiting. */
function watchPauses(): number[] {
	const pauses: number[] = [];
	const wait = globalThis.setTimeout;
	replace(globalThis as { setTimeout: unknown }, "setTimeout", (work: () => void, ms: number, ...rest: never[]) => {
		// Undici's own clock ticks by 499 ms.
		const isPause = ms >= 100 && ms < 400;
		if (isPause) pauses.push(ms);
		return wait(work, isPause ? 0 : ms, ...rest);
	});
	return pauses;
}

describe("[VA69] an attempt at a KMS", () => {
	it("is made again after 100 and 200 ms and a share of as much again at random, and takes five seconds or what it was told", async () => {
		const pauses = watchPauses();
		const limits: number[] = [];
		const { timeout } = AbortSignal;
		replace(AbortSignal as { timeout: unknown }, "timeout", (ms: number) => {
			limits.push(ms);
			return timeout.call(AbortSignal, 60_000);
		});
		const { address } = await startStandIn(() => ({ status: 503 }));
		const request = { url: address, headers: () => ({}), body: "{}", idempotent: true };
		const draws: number[] = [];
		const random = (value: number) => (size: number) => {
			draws.push(size);
			return new Uint8Array(size).fill(value);
		};
		for (const value of [0, 128, 192]) {
			await expect(requestKms({ ...request, randomBytes: random(value) }, ({ status }) => status === 503)).rejects.toThrow(
				failed("VAULT_KMS_UNREACHABLE", { at: 503 }),
			);
		}
		expect(pauses).toEqual([100, 200, 150, 300, 175, 350]);
		expect(draws).toEqual([1, 1, 1, 1, 1, 1]);
		const hurried = { ...request, randomBytes, idempotent: false, timeoutMs: 7 };
		await expect(requestKms(hurried, () => true)).rejects.toThrow(failed("VAULT_KMS_UNREACHABLE", { at: 503 }));
		expect(limits).toEqual([...Array.from({ length: 9 }, () => 5_000), 7]);
		expect(pauses).toHaveLength(6);
	});

	it("that nobody answers says so, is a POST with the body and headers of that attempt, and reads 64 KiB and no more", async () => {
		watchPauses();
		const silent = await startStandIn(() => "hang up");
		let attempt = 0;
		const request = { headers: () => ({ "x-attempt": `${++attempt}` }), body: '{"a":"ä"}', idempotent: true, randomBytes };
		await expect(requestKms({ ...request, url: `${silent.address}/p` }, () => false)).rejects.toThrow(
			failed("VAULT_KMS_UNREACHABLE", { at: "no answer" }),
		);
		expect(silent.requests.map(({ method, path, body, headers }) => [method, path, body, headers["x-attempt"]])).toEqual(
			["1", "2", "3"].map((at) => ["POST", "/p", { a: "ä" }, at]),
		);
		const answers: string[] = [];
		const talking = await startStandIn(() => ({ status: 200, body: answers[0] as string }));
		const ask = (text: string) => {
			answers[0] = text;
			return requestKms({ ...request, url: talking.address, idempotent: false }, () => false);
		};
		const long = `{"a":"${"x".repeat(2 ** 16 - 8)}"}`;
		expect(await ask(long)).toEqual({ status: 200, body: { a: "x".repeat(2 ** 16 - 8) } });
		await expect(ask(`${long} `)).rejects.toThrow(failed("VAULT_KMS_UNREACHABLE", { at: "no answer" }));
		for (const text of ["", "[]", "null", "5", '"x"', "{"]) expect(await ask(text), text).toEqual({ status: 200, body: undefined });
		expect(await ask("{}")).toEqual({ status: 200, body: {} });
	});
});

describe("[VA69] the answers of AWS KMS", () => {
	const told = async (answer: StandInAnswer) => {
		const { config, requests } = await startAwsKmsStandIn(() => answer);
		const error = await createKeyRoot(config, { now, randomBytes })
			.createSealingKey(context)
			.catch((reason) => reason);
		return [error.code, error.details, requests.length];
	};

	it("are refusals by their own names where those are documented, at whatever prefix", async () => {
		const names = [
			"AccessDeniedException",
			"DisabledException",
			"ExpiredTokenException",
			"IncorrectKeyException",
			"InvalidCiphertextException",
			"InvalidKeyUsageException",
		];
		const more = ["InvalidSignatureException", "KMSInvalidStateException", "NotFoundException", "UnrecognizedClientException"];
		for (const name of [...names, ...more]) {
			expect(await told(refuse(name))).toEqual(["VAULT_KMS_REFUSED", { reason: name, at: 400 }, 1]);
			expect(await told(refuse(`com.amazonaws.kms#v1#${name}`, 403))).toEqual(["VAULT_KMS_REFUSED", { reason: name, at: 403 }, 1]);
		}
		for (const name of ["", "Other", "x#", "AccessDeniedException#x"])
			expect(await told(refuse(name))).toEqual(["VAULT_KMS_REFUSED", { reason: "refused", at: 400 }, 1]);
		for (const body of [{}, { __type: 5 }, "<html>"])
			expect(await told({ status: 404, body })).toEqual(["VAULT_KMS_REFUSED", { reason: "refused", at: 404 }, 1]);
		// Neither another success nor one without a body is one.
		expect(await told({ status: 201, body: { KeyId: keyArn, CiphertextBlob: "AAAA" } })).toEqual([
			"VAULT_KMS_REFUSED",
			{ reason: "refused", at: 201 },
			1,
		]);
		expect(await told({ status: 200, body: "" })).toEqual(["VAULT_KMS_REFUSED", { reason: "refused", at: 200 }, 1]);
	});

	it("pass where throttling or its own trouble is the reason, by name or by status, and are asked for three times", async () => {
		watchPauses();
		const names = [
			"ThrottlingException",
			"LimitExceededException",
			"DependencyTimeoutException",
			"KMSInternalException",
			"KeyUnavailableException",
			"InternalFailure",
			"ServiceUnavailable",
		];
		for (const name of names) expect(await told(refuse(name))).toEqual(["VAULT_KMS_UNREACHABLE", { at: 400 }, 3]);
		for (const status of [429, 500, 599]) expect(await told({ status, body: {} })).toEqual(["VAULT_KMS_UNREACHABLE", { at: status }, 3]);
		expect(await told({ status: 499, body: {} })).toEqual(["VAULT_KMS_REFUSED", { reason: "refused", at: 499 }, 1]);
	});

	it("are asked for by these requests and no others", async () => {
		const { config, requests } = await startAwsKmsStandIn();
		const root = createKeyRoot(config, { now, randomBytes });
		expect(root.kind).toBe("aws-kms");
		const made = await root.createSealingKey(context);
		const opened = await root.openSealingKey(made.form, context);
		const moved = await root.rewrapSealingKey(made.form, context);
		await root.rotateAbove();
		expect([encodeHex(opened.bytes), opened.form, moved]).toEqual([
			encodeHex(made.bytes),
			made.form,
			{ name: "aws-kms", key: keyArn, wrapped: expect.any(String) },
		]);
		const bound = { "aceso:format": "aceso/root/1", "aceso:custodian": custodian };
		const { wrapped } = made.form as { wrapped: string };
		expect(requests.map(({ method, path, headers, body }) => [method, path, headers["x-amz-target"], body])).toEqual([
			["POST", "/", "TrentService.Encrypt", { KeyId: keyArn, Plaintext: Buffer.from(made.bytes).toString("base64"), EncryptionContext: bound }],
			["POST", "/", "TrentService.Decrypt", { CiphertextBlob: wrapped, KeyId: keyArn, EncryptionContext: bound }],
			[
				"POST",
				"/",
				"TrentService.ReEncrypt",
				{
					CiphertextBlob: wrapped,
					SourceKeyId: keyArn,
					SourceEncryptionContext: bound,
					DestinationKeyId: keyArn,
					DestinationEncryptionContext: bound,
				},
			],
		]);
		expect(requests.map(({ headers }) => [headers["content-type"], headers["x-amz-date"], headers["x-amz-security-token"]])).toEqual(
			requests.map(() => ["application/x-amz-json-1.1", "20260501T123005Z", undefined]),
		);
		for (const ask of [root.openSealingKey, root.rewrapSealingKey]) {
			await expect(ask({ name: "vault-transit", key: "k", wrapped: "w" }, context)).rejects.toThrow(
				expect.objectContaining({ code: "VAULT_PASSPHRASE_WRONG" }),
			);
		}
		expect(requests).toHaveLength(3);
	});

	it("name a key in 2,048 characters, and hold a ciphertext in base64 and 8,192", async () => {
		const outcome = async (body: object) => {
			const { config } = await startAwsKmsStandIn(() => ({ status: 200, body }));
			return createKeyRoot(config, { now, randomBytes })
				.createSealingKey(context)
				.then(
					({ form }) => form,
					(error) => [error.code, error.details],
				);
		};
		const refusal = ["VAULT_KMS_REFUSED", { reason: "answer", at: 200 }];
		const [key, wrapped] = ["k".repeat(2_048), "A".repeat(8_192)];
		expect(await outcome({ KeyId: key, CiphertextBlob: wrapped })).toEqual({ name: "aws-kms", key, wrapped });
		for (const body of [
			{ KeyId: `${key}k`, CiphertextBlob: "AAAA" },
			{ KeyId: "", CiphertextBlob: "AAAA" },
			{ KeyId: "k", CiphertextBlob: "AAAA".repeat(2_049) },
		])
			expect(await outcome(body)).toEqual(refusal);
		for (const text of ["AAA", "AA==A", "!!!!", "AAAA\n", 5, null, ""]) expect(await outcome({ KeyId: "k", CiphertextBlob: text })).toEqual(refusal);
	});
});

describe("[VA68] [VA69] Vault's Transit", () => {
	it("is asked by these requests and no others, at its mount", async () => {
		const { config, requests } = await startVaultTransitStandIn();
		const root = createKeyRoot(config, { now, randomBytes });
		expect(root.kind).toBe("vault-transit");
		const made = await root.createSealingKey(context);
		await root.rotateAbove();
		const moved = await root.rewrapSealingKey(made.form, context);
		const opened = await root.openSealingKey(moved, context);
		expect([encodeHex(opened.bytes), opened.form]).toEqual([encodeHex(made.bytes), moved]);
		const [first, second] = [made.form, moved] as { wrapped: string }[];
		const bound = Buffer.from(`aceso/root/1|${custodian}`).toString("base64");
		expect(requests.map(({ method, path, body }) => [method, path, body])).toEqual([
			["POST", "/v1/transit/encrypt/aceso", { plaintext: Buffer.from(made.bytes).toString("base64"), context: bound }],
			["POST", "/v1/transit/keys/aceso/rotate", {}],
			["POST", "/v1/transit/rewrap/aceso", { ciphertext: first?.wrapped, context: bound }],
			["POST", "/v1/transit/decrypt/aceso", { ciphertext: second?.wrapped, context: bound }],
		]);
		expect(
			requests.map(({ headers }) => [headers["content-type"], headers["x-vault-token"], headers["x-vault-request"], headers["x-vault-namespace"]]),
		).toEqual(requests.map(() => ["application/json", config.token, "true", undefined]));
		const elsewhere = createKeyRoot({ ...config, mount: "engines/transit-2" }, { now, randomBytes });
		await expect(elsewhere.createSealingKey(context)).rejects.toThrow(failed("VAULT_KMS_REFUSED", { reason: "not-found", at: 404 }));
		expect(requests.at(-1)?.path).toBe("/v1/engines/transit-2/encrypt/aceso");
		for (const ask of [root.openSealingKey, root.rewrapSealingKey]) {
			for (const form of [
				{ name: "aws-kms", key: "aceso", wrapped: "vault:v1:AAAA" },
				{ name: "vault-transit", key: "../sys", wrapped: "vault:v1:AAAA" },
			] as const) {
				await expect(ask(form, context)).rejects.toThrow(expect.objectContaining({ code: "VAULT_PASSPHRASE_WRONG" }));
			}
		}
		expect(requests).toHaveLength(5);
	});

	it("refuses for a reason that its status tells, and says what its key may be called", async () => {
		const { config } = await startVaultTransitStandIn();
		for (const [status, reason] of [
			[400, "invalid"],
			[403, "denied"],
			[404, "not-found"],
			[405, "refused"],
			[201, "refused"],
		] as const) {
			const other = await startVaultTransitStandIn(() => ({ status, body: { data: { ciphertext: "vault:v1:AAAA" } } }));
			await expect(createKeyRoot(other.config, { now, randomBytes }).createSealingKey(context)).rejects.toThrow(
				failed("VAULT_KMS_REFUSED", { reason, at: status }),
			);
		}
		for (const key of ["", ".", "..", ".a", "a/b", "a b", "ä", "a?", "a".repeat(129)]) {
			expect(() => createKeyRoot({ ...config, key }, { now, randomBytes }), key).toThrow(failed("VAULT_KMS_REFUSED", { reason: "name", at: 0 }));
			const mount = `m/${key}`;
			// A mount may have a slash.
			if (key !== "a/b")
				expect(() => createKeyRoot({ ...config, mount }, { now, randomBytes }), mount).toThrow(
					failed("VAULT_KMS_REFUSED", { reason: "name", at: 0 }),
				);
		}
		for (const key of ["a", "a".repeat(128), "A-1_b.c", "-a", "_a", "0"])
			expect(createKeyRoot({ ...config, key }, { now, randomBytes }).kind).toBe("vault-transit");
	});

	it("answers a ciphertext of its own form and of 8,192 characters at most", async () => {
		const outcome = async (ciphertext: unknown) => {
			const { config } = await startVaultTransitStandIn(() => ({ status: 200, body: { data: { ciphertext } } }));
			return createKeyRoot(config, { now, randomBytes })
				.createSealingKey(context)
				.then(
					({ form }) => form,
					(error) => [error.code, error.details],
				);
		};
		const longest = `vault:v1:${"A".repeat(8_192 - 9)}`;
		for (const wrapped of ["vault:v1:AAAA", "vault:v999999999:AA==", "vault:v20:A+/=", longest])
			expect(await outcome(wrapped)).toEqual({ name: "vault-transit", key: "aceso", wrapped });
		const others = [
			"vault:v0:AAAA",
			"vault:v1:",
			"vault:v1:===",
			"vault:v1:AAAA===",
			"vault:v01:AAAA",
			"vault:v1234567890:AAAA",
			"xvault:v1:AAAA",
			"vault:v1:AAAA x",
			"vault:v:AAAA",
			`${longest}A`,
		];
		for (const other of others) expect(await outcome(other), other.slice(0, 40)).toEqual(["VAULT_KMS_REFUSED", { reason: "answer", at: 200 }]);
	});
});

it("[VA69] bytes of an answer are base64 in its one spelling, of the length that is expected", () => {
	expect([...bytesOfAnswer("AAEC")]).toEqual([0, 1, 2]);
	expect([...bytesOfAnswer("AAEC", 3)]).toEqual([0, 1, 2]);
	for (const length of [2, 4, 0]) expect(() => bytesOfAnswer("AAEC", length)).toThrow(failed("VAULT_KMS_REFUSED", { reason: "answer", at: 200 }));
	for (const value of ["", "AAE", "AAF=", "AA EC", undefined, 7, ["AAEC"]])
		expect(() => bytesOfAnswer(value)).toThrow(failed("VAULT_KMS_REFUSED", { reason: "answer", at: 200 }));
});

it("[VA68] the address of a KMS is https, or http on this machine, and nothing but an address", () => {
	for (const address of ["https://kms.example", "http://127.0.0.1:8200", "http://[::1]:8200", "http://localhost:8200", "https://localhost"])
		expect(parseKmsAddress(address).origin).toBe(address);
	const others = [
		"http://kms.example",
		"http://127.0.0.2",
		"ftp://localhost",
		"ftp://127.0.0.1",
		"ws://[::1]",
		"https://user@kms.example",
		"https://:secret@kms.example",
		"https://kms.example/?x",
		"https://kms.example/#x",
		"kms.example",
		"",
	];
	for (const address of others) expect(() => parseKmsAddress(address), address).toThrow(failed("VAULT_KMS_REFUSED", { reason: "address" }));
});
