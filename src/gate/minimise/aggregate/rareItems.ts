import { assertInteger } from "./discreteLaplace.ts";

/**
 * Which items have to be left out so that whoever knows any one or two items of a person finds `k` people who carry them, or nobody.
 *
 * Source: k^m-anonymity for m = 2, Terrovitis, Mamoulis & Kalnis, PVLDB 1 (2008) 115–125; by leaving out instead of generalising. It leaves out
 * more than need be, never less. Cost: O(people · items²).
 *
 * @param people - What each person would be seen to carry; a person counts once.
 */
export function rareItems(people: readonly ReadonlySet<string>[], k = 11): ReadonlySet<string> {
	assertInteger(k, 2, 1_000_000, "k");
	const support = new Map<string, number>();
	for (const items of people) for (const item of items) support.set(item, (support.get(item) ?? 0) + 1);
	const rare = new Set([...support].flatMap(([item, count]) => (count < k ? [item] : [])));
	let pairs = rarePairs(people, rare, k);
	while (pairs.length > 0) {
		const inPairs = new Map<string, number>();
		for (const item of pairs.flat()) inPairs.set(item, (inPairs.get(item) ?? 0) + 1);
		// The item in most of the rare pairs goes first; of two alike the one fewer people carry, then by its name.
		const worst = [...inPairs].sort(
			([a, timesA], [b, timesB]) => timesB - timesA || (support.get(a) as number) - (support.get(b) as number) || (a < b ? -1 : 1),
		)[0]?.[0] as string;
		rare.add(worst);
		pairs = pairs.filter((pair) => !pair.includes(worst));
	}
	return rare;
}

/** Pairs of items, neither of them left out, that some carry and fewer than `k`. */
function rarePairs(people: readonly ReadonlySet<string>[], rare: ReadonlySet<string>, k: number): readonly (readonly [string, string])[] {
	const counts = new Map<string, Map<string, number>>();
	for (const items of people) {
		const kept = [...items].filter((item) => !rare.has(item)).sort();
		for (const [i, first] of kept.entries()) {
			const withFirst = counts.get(first) ?? new Map<string, number>();
			for (const second of kept.slice(i + 1)) withFirst.set(second, (withFirst.get(second) ?? 0) + 1);
			counts.set(first, withFirst);
		}
	}
	return [...counts].flatMap(([first, others]) => [...others].flatMap(([second, count]) => (count < k ? [[first, second] as const] : [])));
}
