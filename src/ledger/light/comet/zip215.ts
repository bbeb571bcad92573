import { ed25519 } from "@noble/curves/ed25519.js";

/**
 * Whether a signature is valid by ZIP-215, the rule of CometBFT's validators: `S < L`, any encoding of a point of the curve for A and R, small order
 * included, and the cofactored equation. Wider than the one rule for transactions (PROTOCOL §2), and the same on Node, whose own verification says
 * otherwise at these edges. Never throws.
 */
export function isValidByZip215(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
	try {
		return ed25519.verify(signature, message, publicKey, { zip215: true });
	} catch {
		return false;
	}
}
