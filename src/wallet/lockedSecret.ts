import { scryptAsync } from "@noble/hashes/scrypt.js";
import { concatBytes, decodeHex, decodeUtf8, deriveKey, encodeHex, encodeUtf8, isHex } from "#base";
import { WalletError } from "./errors.ts";

/** scrypt as PROTOCOL §7 fixes it; 128 · N · r bytes of memory: 128 MiB. */
const cost = { N: 2 ** 17, r: 8, p: 1, dkLen: 32, maxmem: 160 * 1024 * 1024 } as const;

/** What a locked copy holds: a wallet's seed, or the ledger key of somebody who works at an institution. */
export type LockedKind = "wallet-seed" | "ledger-key";

/**
 * 32 secret bytes under what only their owner has: a passkey's PRF output, or a passphrase. It may be stored anywhere: a node keeps it for its
 * owner and cannot open it. One that is locked by a `provider` is another matter: the node itself holds what opens it, and gives it to who has
 * signed in at the house's identity provider.
 */
export interface LockedSecret {
	readonly format: "aceso/locked/1";
	readonly kind: LockedKind;
	readonly by: "prf" | "passphrase" | "provider";
	/** 16 random bytes, hex; for a passkey also what its PRF is asked. */
	readonly salt: string;
	/** nonce(12) ‖ ciphertext(32) ‖ tag(16), AES-256-GCM, hex. */
	readonly sealed: string;
}

/** What a passphrase gives: a key that stays with its owner, and a proof for the node that tells nothing of the key. */
export interface PassphraseKeys {
	readonly key: Uint8Array;
	/** Shown to the node when signing in, 32 bytes in hex; the node keeps a hash of it. */
	readonly proof: string;
}

/** The key that a passkey's PRF output (32 bytes) gives. */
export function keyOfPrf(output: Uint8Array, salt: string): Uint8Array {
	if (output.length !== 32) throw new WalletError("WALLET_WRAP_INVALID", `expected 32 bytes from the passkey, found ${output.length}`);
	return deriveKey(output, "aceso/locked-prf/1", decodeHex(salt, 16));
}

/**
 * The keys of a passphrase: scrypt over its NFKD form, so that a composed and a decomposed keyboard type the same one. Takes a second or more.
 *
 * @param salt - 16 bytes in hex, of this copy alone.
 */
export async function keysOfPassphrase(passphrase: string, salt: string): Promise<PassphraseKeys> {
	const stretched = await scryptAsync(encodeUtf8(passphrase.normalize("NFKD")), decodeHex(salt, 16), cost);
	return { key: deriveKey(stretched, "aceso/locked-passphrase/1"), proof: encodeHex(deriveKey(stretched, "aceso/sign-in-proof/1")) };
}

interface LockParameters {
	readonly kind: LockedKind;
	readonly by: LockedSecret["by"];
	readonly key: Uint8Array;
	readonly salt: string;
	readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/** @param secret - 32 bytes. */
export async function lockSecret(secret: Uint8Array, { kind, by, key, salt, randomBytes }: LockParameters): Promise<LockedSecret> {
	if (secret.length !== 32) throw new WalletError("WALLET_WRAP_INVALID", `expected a secret of 32 bytes, found ${secret.length}`);
	const nonce = randomBytes(12);
	const parameters = { name: "AES-GCM", iv: plain(nonce), additionalData: plain(contextOf({ kind, by, salt })) };
	const sealed = await crypto.subtle.encrypt(parameters, await importKey(key, "encrypt"), plain(secret));
	return { format: "aceso/locked/1", kind, by, salt, sealed: encodeHex(concatBytes(nonce, new Uint8Array(sealed))) };
}

/**
 * @param expected - What the copy has to hold: one kind never passes for another.
 * @throws {@link WalletError} `WALLET_WRAP_INVALID` for another format or kind, `WALLET_PASSPHRASE_WRONG` when the key does not open it.
 */
export async function unlockSecret(locked: LockedSecret, key: Uint8Array, expected: LockedKind): Promise<Uint8Array> {
	const { format, kind, by, salt, sealed } = locked;
	if (format !== "aceso/locked/1" || kind !== expected || !["prf", "passphrase", "provider"].includes(by) || !isHex(salt, 16) || !isHex(sealed, 60)) {
		throw new WalletError("WALLET_WRAP_INVALID", "expected a locked copy in the format aceso/locked/1, of the kind that is needed");
	}
	const bytes = decodeHex(sealed);
	const parameters = { name: "AES-GCM", iv: plain(bytes.subarray(0, 12)), additionalData: plain(contextOf({ kind, by, salt })) };
	try {
		return new Uint8Array(await crypto.subtle.decrypt(parameters, await importKey(key, "decrypt"), plain(bytes.subarray(12))));
	} catch (cause) {
		throw new WalletError("WALLET_PASSPHRASE_WRONG", "expected the passkey or passphrase that this copy was locked with", {}, cause);
	}
}

/** A few words that only the owner of a secret can read again: what the wallet knows of the patient at this custodian. */
export async function sealNote(secret: Uint8Array, text: string, randomBytes: (lengthBytes: number) => Uint8Array): Promise<string> {
	const nonce = randomBytes(12);
	const sealed = await crypto.subtle.encrypt(
		{ name: "AES-GCM", iv: plain(nonce) },
		await importKey(noteKey(secret), "encrypt"),
		plain(encodeUtf8(text)),
	);
	return encodeHex(concatBytes(nonce, new Uint8Array(sealed)));
}

/** @throws {@link WalletError} `WALLET_WRAP_INVALID` for what this secret did not seal. */
export async function openNote(secret: Uint8Array, sealed: string): Promise<string> {
	try {
		const bytes = decodeHex(sealed);
		const parameters = { name: "AES-GCM", iv: plain(bytes.subarray(0, 12)) };
		return decodeUtf8(
			new Uint8Array(await crypto.subtle.decrypt(parameters, await importKey(noteKey(secret), "decrypt"), plain(bytes.subarray(12)))),
		);
	} catch (cause) {
		throw new WalletError("WALLET_WRAP_INVALID", "expected a note that this wallet sealed", {}, cause);
	}
}

const noteKey = (secret: Uint8Array) => deriveKey(secret, "aceso/locked-note/1");

/** What the seal also covers: a copy that says something else of itself does not open. */
function contextOf({ kind, by, salt }: Pick<LockedSecret, "kind" | "by" | "salt">): Uint8Array {
	return encodeUtf8(`aceso/locked/1\0${kind}\0${by}\0${salt}`);
}

function importKey(key: Uint8Array, usage: "encrypt" | "decrypt") {
	return crypto.subtle.importKey("raw", plain(key), "AES-GCM", false, [usage]);
}

/** A copy in memory of its own, which is what the Web Cryptography API takes. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return new Uint8Array(bytes);
}
