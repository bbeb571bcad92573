import type { SodiumAead } from "./chacha20Poly1305.ts";
import { decodeHex } from "./encoding.ts";
import { knownAnswers } from "./knownAnswers.ts";
import { opensslEquation } from "./opensslEquation.ts";
import type { SignatureEquation } from "./signatureEquation.ts";

/** What is used of sodium-native. It checks no lengths: 64 bytes of signature and 32 of key are the caller's promise. */
export interface Sodium {
	crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Undefined where it is not installed, has no binary for the platform, or finds a C library that is too old. */
export async function loadSodium(): Promise<(Sodium & SodiumAead) | undefined> {
	return import("sodium-native").then(
		({ default: sodium }) => sodium,
		() => undefined,
	);
}

/**
 * libsodium, if it could be loaded and answers {@link knownAnswers} as the one rule does, else Node's OpenSSL, which takes twice the time. A release of
 * libsodium may decide by the cofactored equation (its development branch does), and a member that took it would accept what others refuse.
 */
export function chooseEquation(loaded: Sodium | undefined): SignatureEquation {
	if (loaded === undefined) return opensslEquation;
	const sodium = createSodiumEquation(loaded);
	try {
		const answersAll = knownAnswers.every((known) => sodium.holds(known.publicKey, decodeHex(known.message), known.signature) === known.valid);
		return answersAll ? sodium : opensslEquation;
	} catch {
		return opensslEquation;
	}
}

/** The types promise 32 bytes of key and 64 of signature in hex, so none is read past its end. */
function createSodiumEquation(sodium: Sodium): SignatureEquation {
	return {
		library: "libsodium",
		holds: (publicKey, message, signature) =>
			sodium.crypto_sign_verify_detached(Buffer.from(signature, "hex"), message, Buffer.from(publicKey, "hex")),
	};
}
