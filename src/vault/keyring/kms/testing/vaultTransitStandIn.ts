import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { randomBytes } from "../../../vault.fixtures.ts";
import type { VaultTransitConfig } from "../keyRoot.ts";
import { type StandInAnswer, type StandInRequest, startStandIn } from "./standIn.ts";

/**
 * Answers the Transit engine's `encrypt`, `decrypt`, `rewrap` and `keys/…/rotate` for one derived key as Vault's API documentation says:
 * versions, base64 context, `errors` with status 400, 403 and 404.
 */
export async function startVaultTransitStandIn(
	interfere: (request: StandInRequest) => StandInAnswer | "hang" | "hang up" | undefined = () => undefined,
) {
	const versions = [randomBytes(32)];
	const config: Omit<VaultTransitConfig, "address"> = { kind: "vault-transit", token: "hvs.a-token-of-the-test", key: "aceso" };
	const standIn = await startStandIn((request) => interfere(request) ?? answer(request, versions, config.token));
	return { ...standIn, versions, config: { ...config, address: standIn.address } };
}

function answer({ method, path, headers, body }: StandInRequest, versions: Uint8Array[], token: string): StandInAnswer {
	if (headers["x-vault-token"] !== token) return { status: 403, body: { errors: ["permission denied"] } };
	if (method !== "POST") return { status: 405, body: { errors: [] } };
	if (path === "/v1/transit/keys/aceso/rotate") {
		versions.push(randomBytes(32));
		return { status: 204 };
	}
	const operation = /^\/v1\/transit\/(encrypt|decrypt|rewrap)\/aceso$/.exec(path)?.[1];
	if (operation === undefined) return { status: 404, body: { errors: [] } };
	const context = typeof body["context"] === "string" ? body["context"] : "";
	if (context === "")
		return refuse(
			"missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key",
		);
	if (operation === "encrypt")
		return { status: 200, body: { data: { ciphertext: seal(versions, body["plaintext"], context), key_version: versions.length } } };
	const plaintext = open(versions, body["ciphertext"], context);
	if (plaintext === undefined) return refuse("cipher: message authentication failed");
	if (operation === "decrypt") return { status: 200, body: { data: { plaintext } } };
	return { status: 200, body: { data: { ciphertext: seal(versions, plaintext, context), key_version: versions.length } } };
}

function refuse(error: string): StandInAnswer {
	return { status: 400, body: { errors: [error] } };
}

function derived(version: Uint8Array | undefined, context: string): Uint8Array {
	return new Uint8Array(hkdfSync("sha256", version ?? new Uint8Array(0), "", Buffer.from(context, "base64"), 32));
}

function seal(versions: readonly Uint8Array[], plaintext: unknown, context: string): string {
	const nonce = randomBytes(12);
	const cipher = createCipheriv("aes-256-gcm", derived(versions.at(-1), context), nonce);
	const bytes = Buffer.concat([nonce, cipher.update(String(plaintext), "base64"), cipher.final(), cipher.getAuthTag()]);
	return `vault:v${versions.length}:${bytes.toString("base64")}`;
}

function open(versions: readonly Uint8Array[], ciphertext: unknown, context: string): string | undefined {
	const [, version, text] = /^vault:v(\d+):(.+)$/.exec(String(ciphertext)) ?? [];
	const bytes = Buffer.from(text ?? "", "base64");
	try {
		const decipher = createDecipheriv("aes-256-gcm", derived(versions[Number(version) - 1], context), bytes.subarray(0, 12));
		decipher.setAuthTag(bytes.subarray(-16));
		return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("base64");
	} catch {
		return undefined;
	}
}
