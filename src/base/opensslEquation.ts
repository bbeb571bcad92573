import { createPublicKey, verify as cryptoVerify, type KeyObject } from "node:crypto";
import type { SignatureEquation } from "./signatureEquation.ts";
import type { PublicKey, Signature } from "./signatureForm.ts";

/** Twelve bytes of SPKI are sixteen digits of base64, so that those of a key can follow. */
const publicPrefixBase64 = Buffer.from("302a300506032b6570032100", "hex").toString("base64");

export const opensslEquation: SignatureEquation = {
	library: "OpenSSL",
	holds(publicKey, message, signature) {
		const key = importKey(publicKey);
		return key !== undefined && cryptoVerify(null, message, key, Buffer.from(signature, "hex"));
	},
};

/** The same in Node's thread pool. Never rejects. */
export function holdsInThreadPool(publicKey: PublicKey, message: Uint8Array, signature: Signature): Promise<boolean> {
	const key = importKey(publicKey);
	if (key === undefined) return Promise.resolve(false);
	return new Promise((resolve) => {
		cryptoVerify(null, message, key, Buffer.from(signature, "hex"), (error, valid) => resolve(error === null && valid));
	});
}

function importKey(publicKey: PublicKey): KeyObject | undefined {
	const base64 = Buffer.from(publicKey, "hex").toString("base64");
	try {
		// As PEM text a key costs 13 µs, as the same bytes 46, as a JWK 30: for any key in an object Node throws and catches four exceptions.
		return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${publicPrefixBase64}${base64}\n-----END PUBLIC KEY-----\n`);
	} catch {
		return undefined;
	}
}
