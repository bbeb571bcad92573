import { encodeBase64, encodeUtf8 } from "#base";
import { VaultError } from "../../errors.ts";
import type { SealingKeyForm, WrappedForm } from "../sealingKey.ts";
import { keyBytes } from "../wrapping.ts";
import type { KeyRootDependencies } from "./createKeyRoot.ts";
import type { KeyRoot, KeyRootContext, VaultTransitConfig } from "./keyRoot.ts";
import { bytesOfAnswer, type KmsResponse, kmsRefused, parseKmsAddress, requestKms } from "./requestKms.ts";

const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const ciphertext = /^vault:v[1-9][0-9]{0,8}:[A-Za-z0-9+/]+={0,2}$/;

/**
 * The sealing key under a key of HashiCorp Vault's Transit engine: `encrypt`, `decrypt`, `rewrap`, `rotate`. The key is a derived one; its context
 * names format and custodian, so that a ciphertext opens under no other custodian's name.
 *
 * Source: HashiCorp Vault API documentation, "Transit secrets engine" (paths, base64 of plaintext and context, ciphertext `vault:v<n>:…`) and
 * "HTTP API: status codes" (400 invalid, 403 denied, 412 and 429 and 5xx to be tried again, 503 sealed).
 */
export function vaultTransitRoot(config: VaultTransitConfig, { randomBytes, kmsTimeoutMs: timeoutMs }: KeyRootDependencies): KeyRoot {
	const { token, key, mount = "transit", namespace } = config;
	const address = parseKmsAddress(config.address);
	if (![key, ...mount.split("/")].every((part) => segment.test(part))) throw kmsRefused("name", 0);
	const headers = {
		...{ "content-type": "application/json", "x-vault-token": token, "x-vault-request": "true" },
		...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
	};
	const ask = async (path: string, content: object, idempotent = true): Promise<KmsResponse> => {
		const url = `${address.origin}/v1/${mount}/${path}`;
		const response = await requestKms({ url, headers: () => headers, body: JSON.stringify(content), idempotent, randomBytes, timeoutMs }, isPassing);
		if (response.status !== 200 && response.status !== 204) throw kmsRefused(reasons[response.status] ?? "refused", response.status);
		return response;
	};
	return {
		kind: "vault-transit",
		createSealingKey: async (context) => {
			const bytes = randomBytes(keyBytes);
			const answer = await ask(`encrypt/${key}`, { plaintext: encodeBase64(bytes), context: contextOf(context) });
			return { form: formOf(key, answer), bytes };
		},
		openSealingKey: async (form, context) => {
			const known = assertForm(form);
			const answer = await ask(`decrypt/${known.key}`, { ciphertext: known.wrapped, context: contextOf(context) });
			return { form, bytes: bytesOfAnswer(dataOf(answer)["plaintext"], keyBytes) };
		},
		rewrapSealingKey: async (form, context) => {
			const known = assertForm(form);
			return formOf(known.key, await ask(`rewrap/${known.key}`, { ciphertext: known.wrapped, context: contextOf(context) }));
		},
		// Each call makes a version, so it is asked once whatever the answer.
		rotateAbove: async () => {
			await ask(`keys/${key}/rotate`, {}, false);
		},
	};
}

const reasons: Readonly<Record<number, string>> = { 400: "invalid", 403: "denied", 404: "not-found" };

function isPassing({ status }: KmsResponse): boolean {
	return status === 412 || status === 429 || status >= 472;
}

function contextOf({ custodian }: KeyRootContext): string {
	return encodeBase64(encodeUtf8(`aceso/root/1|${custodian}`));
}

function formOf(key: string, response: KmsResponse): WrappedForm {
	const wrapped = dataOf(response)["ciphertext"];
	if (typeof wrapped !== "string" || wrapped.length > 8_192 || !ciphertext.test(wrapped)) throw kmsRefused("answer", response.status);
	return { name: "vault-transit", key, wrapped };
}

function assertForm(form: SealingKeyForm): WrappedForm {
	if (form.name !== "vault-transit" || !segment.test(form.key)) {
		throw new VaultError("VAULT_PASSPHRASE_WRONG", "expected a keyring under Vault Transit, found one under something else");
	}
	return form;
}

function dataOf({ status, body }: KmsResponse): Readonly<Record<string, unknown>> {
	const data = body?.["data"];
	if (typeof data !== "object" || data === null) throw kmsRefused("answer", status);
	return data as Record<string, unknown>;
}
