import { LogError } from "./errors.ts";

/** @throws {@link LogError} `LOG_RANGE_INVALID` unless `size` is a safe integer ≥ 0. */
export function assertSize(size: number): void {
	if (!Number.isSafeInteger(size) || size < 0) throw new LogError("LOG_RANGE_INVALID", "expected a tree size: an integer from 0 to 2^53−1");
}

/** @throws {@link LogError} `LOG_RANGE_INVALID` unless 0 ≤ `index` < `size`. */
export function assertIndex(index: number, size: number): void {
	assertSize(size);
	if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
		throw new LogError("LOG_RANGE_INVALID", "expected a leaf index below the tree's size", { at: index, size });
	}
}

/** @throws {@link LogError} `LOG_RANGE_INVALID` unless 0 ≤ `from` ≤ `to`. */
export function assertGrowth(from: number, to: number): void {
	assertSize(from);
	assertSize(to);
	if (from > to) throw new LogError("LOG_RANGE_INVALID", "expected a tree that has not shrunk", { at: from, size: to });
}
