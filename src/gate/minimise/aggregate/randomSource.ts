import { MinimiseError } from "../errors.ts";

/** The system's CSPRNG, passed in: `length` fresh bytes at each call. */
export type RandomBytes = (length: number) => Uint8Array;

/**
 * Uniform integer in `0..bound−1`, exact: draws of the smallest sufficient number of bytes, those beyond the largest multiple of `bound` thrown away.
 *
 * @param bound - 1..2^47.
 */
export function uniformBelow(bound: number, randomBytes: RandomBytes): number {
	if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 47) {
		throw new MinimiseError("AGGREGATE_PARAMETER_INVALID", "expected a bound between 1 and 2^47", "bound");
	}
	let length = 1;
	while (256 ** length < bound) length++;
	const limit = 256 ** length - (256 ** length % bound);
	for (;;) {
		const draw = readInteger(randomBytes(length), length);
		if (draw < limit) return draw % bound;
	}
}

function readInteger(bytes: Uint8Array, length: number): number {
	if (bytes.length < length)
		throw new MinimiseError("AGGREGATE_RANDOM_SHORT", `expected ${length} random bytes, found ${bytes.length}`, "randomBytes");
	let value = 0;
	for (let i = 0; i < length; i++) value = value * 256 + (bytes[i] as number);
	return value;
}
