import { hash } from "node:crypto";
import { encodeUtf8 } from "./bytes.ts";
import { sha256, sha256Into } from "./sha256.ts";

const blockBytes = 64;
const digestBytes = 32;
/** Messages up to this many bytes are put behind the key's block in place. */
const shortMax = 1024;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, for many short messages: two one-shot hashes cost a third of setting up Node's streaming HMAC. The
 * key is in no property and survives neither JSON nor a structured clone.
 */
export class HmacKey {
	/** The inner block, with room for a short message behind it. */
	readonly #inner: Buffer;
	/** The outer block, with room for the inner digest behind it. */
	readonly #outer: Buffer;
	/** The part of `#inner` that the message before took: messages of one kind are often of one length. */
	#input: Uint8Array;

	/** @param key - At most 64 bytes; the caller may overwrite them afterwards. */
	constructor(key: Uint8Array) {
		if (key.length > blockBytes) throw new RangeError(`expected a key of at most ${blockBytes} bytes, found ${key.length}`);
		this.#inner = Buffer.alloc(blockBytes + shortMax);
		this.#inner.fill(0x36, 0, blockBytes);
		this.#outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
		for (let i = 0; i < key.length; i++) {
			this.#inner[i] = (key[i] as number) ^ 0x36;
			this.#outer[i] = (key[i] as number) ^ 0x5c;
		}
		this.#input = this.#inner.subarray(0, blockBytes);
	}

	/** 32 bytes in lower-case hex. */
	hex(message: Uint8Array): string {
		this.#digestInner(message);
		return hash("sha256", this.#outer, "hex");
	}

	/** {@link hex} of the text's UTF-8, which is written where it is hashed. */
	hexOfText(text: string): string {
		const size = Buffer.byteLength(text);
		if (size > shortMax) return this.hex(encodeUtf8(text));
		this.#inner.write(text, blockBytes);
		this.#digestShort(blockBytes + size);
		return hash("sha256", this.#outer, "hex");
	}

	digest(message: Uint8Array): Uint8Array {
		this.#digestInner(message);
		return sha256(this.#outer);
	}

	/** The key opens nothing afterwards. */
	forget(): void {
		this.#inner.fill(0);
		this.#outer.fill(0);
	}

	#digestInner(message: Uint8Array): void {
		if (message.length > shortMax) {
			this.#digestLong(message);
			return;
		}
		this.#inner.set(message, blockBytes);
		this.#digestShort(blockBytes + message.length);
	}

	/** @param length - Of the inner block and the message behind it. */
	#digestShort(length: number): void {
		if (this.#input.length !== length) this.#input = this.#inner.subarray(0, length);
		sha256Into(this.#outer, blockBytes, this.#input);
	}

	#digestLong(message: Uint8Array): void {
		const block = Buffer.alloc(blockBytes + message.length);
		block.set(this.#inner.subarray(0, blockBytes));
		block.set(message, blockBytes);
		sha256Into(this.#outer, blockBytes, block);
		block.fill(0, 0, blockBytes);
	}
}
