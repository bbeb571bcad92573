import type { NonceBook } from "./nonceMemory.ts";

const nonceBytes = 16;

/**
 * Nonces that are counted up, for whoever makes receipts and judges them in the same place: none at or below the last is taken again. Nothing has to be
 * remembered for that but the last one, where a memory of random ones grows with every access.
 */
export class RisingNonces implements NonceBook {
	readonly #next = Buffer.alloc(nonceBytes);
	#count = 0;
	#last = "";

	/** The next nonce, 16 bytes, big-endian; a view that the next call writes over. */
	next(): Uint8Array {
		this.#next.writeUIntBE(++this.#count, nonceBytes - 6, 6);
		return this.#next;
	}

	/** @param nonce - 32 lower-case hex digits, whose order as text is that of the numbers. */
	burn(nonce: string): boolean {
		if (nonce <= this.#last) return false;
		this.#last = nonce;
		return true;
	}
}
