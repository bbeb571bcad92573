import { randomFillSync } from "node:crypto";

/** A request to the system's generator costs about as much for 4 KiB as for 12 bytes. */
const pool = new Uint8Array(4_096);
const pooledMax = 64;
let used = pool.length;

/**
 * Random bytes from the system's generator. Short ones (nonces, keys, salts) are cut from bytes drawn ahead, each of which is handed out once
 * and overwritten where it lay.
 */
export function systemRandom(size: number): Uint8Array {
	if (size > pooledMax) return randomFillSync(new Uint8Array(size));
	if (used + size > pool.length) {
		randomFillSync(pool);
		used = 0;
	}
	const drawn = pool.slice(used, used + size);
	pool.fill(0, used, used + size);
	used += size;
	return drawn;
}
