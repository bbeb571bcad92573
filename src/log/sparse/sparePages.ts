/** Enough that one of them is nearly always as long as what is asked for. */
const sparesMax = 16;

/** Memory of pages that nobody reads any more, for new ones: thousands a second of one to two kilobytes each would make V8 collect everything in turn. */
export class SparePages {
	readonly #rooms: Uint8Array[] = [];
	#next = 0;

	/** @param bytes - From now on nobody else's. */
	give(bytes: Uint8Array): void {
		this.#rooms[this.#next] = bytes;
		this.#next = (this.#next + 1) % sparesMax;
	}

	/** Memory with anything in it. */
	take(length: number): Uint8Array {
		const at = this.#rooms.findIndex((room) => room.length >= length);
		if (at < 0) return new Uint8Array(length);
		const room = this.#rooms[at]!;
		// An empty one in its place: a list with a gap would have to be looked at for it.
		this.#rooms[at] = nothing;
		return room.subarray(0, length);
	}
}

const nothing = new Uint8Array(0);
