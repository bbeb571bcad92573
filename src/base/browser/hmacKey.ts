import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeUtf8 } from "../bytes.ts";
import { encodeHex } from "./encoding.ts";

const blockBytes = 64;

/** HMAC-SHA-256 (RFC 2104) under one key. The key is in no property and survives neither JSON nor a structured clone. */
export class HmacKey {
	readonly #key: Uint8Array;

	/** @param key - At most 64 bytes; the caller may overwrite them afterwards. */
	constructor(key: Uint8Array) {
		if (key.length > blockBytes) throw new RangeError(`expected a key of at most ${blockBytes} bytes, found ${key.length}`);
		this.#key = Uint8Array.from(key);
	}

	/** 32 bytes in lower-case hex. */
	hex(message: Uint8Array): string {
		return encodeHex(this.digest(message));
	}

	/** {@link hex} of the text's UTF-8. */
	hexOfText(text: string): string {
		return this.hex(encodeUtf8(text));
	}

	digest(message: Uint8Array): Uint8Array {
		return hmac(sha256, this.#key, message);
	}

	/** The key opens nothing afterwards. */
	forget(): void {
		this.#key.fill(0);
	}
}
