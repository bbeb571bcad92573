import { LogError } from "../errors.ts";

/**
 * Places of the leaves in path order. The first 48 bits, as a number, settle nearly every comparison.
 *
 * @throws {@link LogError} `LOG_PATH_REPEATED` when two have one path.
 */
export function sortByPath(leaves: readonly { readonly path: Uint8Array }[]): Uint32Array {
	const heads = new Float64Array(leaves.length);
	const order = new Uint32Array(leaves.length);
	for (let i = 0; i < leaves.length; i++) {
		const { path } = leaves[i]!;
		heads[i] = (path[0]! * 2 ** 16 + path[1]! * 2 ** 8 + path[2]!) * 2 ** 24 + path[3]! * 2 ** 16 + path[4]! * 2 ** 8 + path[5]!;
		order[i] = i;
	}
	order.sort((a, b) => heads[a]! - heads[b]! || comparePaths(leaves[a]!.path, leaves[b]!.path));
	for (let i = 1; i < order.length; i++) {
		const [before, after] = [order[i - 1]!, order[i]!];
		if (heads[before] === heads[after] && comparePaths(leaves[before]!.path, leaves[after]!.path) === 0) {
			throw new LogError("LOG_PATH_REPEATED", "expected each path once in a batch", { at: i });
		}
	}
	return order;
}

/** Bytewise, as numbers: what the first 48 bits left undecided. */
function comparePaths(a: Uint8Array, b: Uint8Array): number {
	let at = 0;
	while (at < a.length && a[at] === b[at]) at++;
	return (a[at] ?? -1) - (b[at] ?? -1);
}
