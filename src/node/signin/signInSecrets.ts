import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { encodeHex, sha256Utf8 } from "#base";
import { loadOrCreateSecret } from "../secretFile.ts";
import { readSecret } from "./signInDatabase.ts";

/** What sign-in keeps secret, beside the member's other secrets and in no backup of data. */
export interface SignInSecrets {
	/** 32 bytes, from which names, seals, cookies and pairwise subjects are derived. */
	readonly root: Uint8Array;
	/** Private keys that ID tokens are signed with, as JWK. */
	readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

/** Made at the first call: an RSA key of 3,072 bits, since RS256 is what every client of OpenID Connect understands. */
export function loadSignInSecrets(folder: string, randomBytes: (length: number) => Uint8Array): SignInSecrets {
	const jwk = JSON.parse(loadOrCreateSecret(join(folder, "signin-jwk.json"), createSigningJwk)) as Record<string, unknown>;
	return { root: loadSignInRoot(folder, randomBytes), jwks: { keys: [jwk] } };
}

export function loadSignInRoot(folder: string, randomBytes: (length: number) => Uint8Array): Uint8Array {
	return readSecret(loadOrCreateSecret(join(folder, "signin.key"), () => encodeHex(randomBytes(32))));
}

function createSigningJwk(): string {
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 3_072 });
	const jwk = privateKey.export({ format: "jwk" });
	return JSON.stringify({ ...jwk, alg: "RS256", use: "sig", kid: encodeHex(sha256Utf8(String(jwk.n))).slice(0, 16) });
}
