import { isUtf8 } from "node:buffer";

/** Index of the first byte that is not part of well-formed UTF-8, or −1. */
export function findInvalidUtf8(bytes: Uint8Array): number {
	if (isUtf8(bytes)) return -1;
	// Halving over prefixes: a prefix that ends inside a character is invalid too, so up to three bytes before the split are tried.
	let valid = 0;
	let invalid = bytes.length;
	while (invalid - valid > 4) {
		const middle = (valid + invalid) >> 1;
		const end = [middle, middle - 1, middle - 2, middle - 3].find((candidate) => candidate > valid && isUtf8(bytes.subarray(valid, candidate)));
		if (end === undefined) invalid = middle;
		else valid = end;
	}
	while (valid < bytes.length) {
		const length = [1, 2, 3, 4].find((candidate) => valid + candidate <= bytes.length && isUtf8(bytes.subarray(valid, valid + candidate)));
		if (length === undefined) return valid;
		valid += length;
	}
	return -1;
}
