import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { encodeUtf8, type MemberId } from "#base";
import type { RandomBytes } from "../../aead.ts";
import { VaultError } from "../../errors.ts";

export const nonceBytes = 32;
export const proofBytes = 32;
/** First frame of a client: this, then its nonce. Another version is another text. */
export const greeting: Uint8Array = encodeUtf8("aceso/keyring/1");

const keys = new WeakMap<ConnectKey, KeyObject>();

/**
 * Lets a node's process connect to the keyring it started: made at start and handed over by the same file descriptor as the other secrets.
 * Node tells no uid of a peer; this tells more, since a process of the same user does not have it either. Shows its bytes to nobody.
 */
export class ConnectKey {
	constructor(bytes: Uint8Array) {
		if (bytes.length !== 32) throw new VaultError("VAULT_ROW_INVALID", `expected a connect key of 32 bytes, found ${bytes.length}`);
		keys.set(this, createSecretKey(bytes));
		Object.freeze(this);
	}
}

export interface Greeting {
	readonly clientNonce: Uint8Array;
	readonly serverNonce: Uint8Array;
	readonly custodian: MemberId;
}

/** HMAC over who speaks, both nonces and the custodian; the two sides' messages differ, so neither proof can be sent back as the other. */
export function proofOf(key: ConnectKey, side: "client" | "server", { clientNonce, serverNonce, custodian }: Greeting): Uint8Array {
	const mac = createHmac("sha256", keys.get(key) as KeyObject)
		.update(`aceso/keyring/1/${side}\0`)
		.update(clientNonce)
		.update(serverNonce)
		.update(encodeUtf8(custodian));
	return new Uint8Array(mac.digest());
}

export function isProof(key: ConnectKey, side: "client" | "server", greeted: Greeting, proof: Uint8Array): boolean {
	return proof.length === proofBytes && timingSafeEqual(proof, proofOf(key, side, greeted));
}

export function newNonce(randomBytes: RandomBytes): Uint8Array {
	return randomBytes(nonceBytes);
}
