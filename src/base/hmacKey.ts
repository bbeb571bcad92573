import { hash } from "node:crypto";
import { sha256 } from "./sha256.ts";

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, for many short messages: two one-shot hashes cost a third of setting up Node's streaming HMAC. The
 * key is in no property and survives neither JSON nor a structured clone.
 */
export class HmacKey {
	readonly #inner: Buffer;
	/** The outer block, with room for the inner digest behind it. */
	readonly #outer: Buffer;

	/** @param key - At most 64 bytes; the caller may overwrite them afterwards. */
	constructor(key: Uint8Array) {
		if (key.length > blockBytes) throw new RangeError(`expected a key of at most ${blockBytes} bytes, found ${key.length}`);
		this.#inner = Buffer.alloc(blockBytes, 0x36);
		this.#outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
		for (let i = 0; i < key.length; i++) {
			this.#inner[i] = (key[i] as number) ^ 0x36;
			this.#outer[i] = (key[i] as number) ^ 0x5c;
		}
	}

	/** 32 bytes in lower-case hex. */
	hex(message: Uint8Array): string {
		this.#digestInner(message);
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
		const block = Buffer.allocUnsafe(blockBytes + message.length);
		block.set(this.#inner);
		block.set(message, blockBytes);
		this.#outer.write(hash("sha256", block, "binary"), blockBytes, "latin1");
		// Node hands out pieces of one pool: the key's block would lie about in it.
		block.fill(0, 0, blockBytes);
	}
}
