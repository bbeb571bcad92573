import type { PublicKey, Signature } from "./signatureForm.ts";

/** Who does the arithmetic: libsodium, by the package sodium-native, or Node's own OpenSSL where that cannot be loaded. */
export type SignatureLibrary = "libsodium" | "OpenSSL";

/**
 * The last step of the one rule (docs/spec/01-encodings.md, 1.4), for what passed the steps before it: A decodes to a point, and the encoding of
 * [S]B − [h]A equals R byte for byte. Whoever implements it need not refuse what those steps refuse. Never throws.
 */
export interface SignatureEquation {
	readonly library: SignatureLibrary;
	holds(publicKey: PublicKey, message: Uint8Array, signature: Signature): boolean;
}
