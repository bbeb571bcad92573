import { concatBytes, decodeHex, encodeBase64, encodeHex, type PublicKey, type SigningKey, sha256 } from "#base";

/** How CometBFT names a key's holder: the first 20 bytes of H(key). Validators in upper case, nodes in lower. */
function addressOf(key: PublicKey): Uint8Array {
	return sha256(decodeHex(key, 32)).subarray(0, 20);
}

export function validatorAddress(key: PublicKey): string {
	return encodeHex(addressOf(key)).toUpperCase();
}

/** Name of a CometBFT node among its peers, by its node key. */
export function nodeId(key: PublicKey): string {
	return encodeHex(addressOf(key));
}

export function publicKeyJson(key: PublicKey): { type: string; value: string } {
	return { type: "tendermint/PubKeyEd25519", value: encodeBase64(decodeHex(key, 32)) };
}

/** CometBFT keeps an Ed25519 key as seed and public key, one after the other. @param seed - 32 bytes. */
export function privateKeyJson(seed: Uint8Array, { publicKey }: SigningKey): { type: string; value: string } {
	return { type: "tendermint/PrivKeyEd25519", value: encodeBase64(concatBytes(seed, decodeHex(publicKey, 32))) };
}
