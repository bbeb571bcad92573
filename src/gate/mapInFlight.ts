/** Patients of one question whose records are opened side by side: few enough plaintexts are in memory. */
export const openedAtOnce = 256;

/**
 * Runs the work for every item, at most `limit` of them at a time, and gives the results in the order of the items. After a failure nothing
 * more is begun; what is under way ends first, then the failure is thrown.
 */
export async function mapInFlight<Item, Result>(
	items: readonly Item[],
	limit: number,
	work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
	const results: Result[] = [];
	let next = 0;
	const takeTurns = async (): Promise<void> => {
		try {
			for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as Item);
		} catch (error) {
			next = items.length;
			throw error;
		}
	};
	const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, takeTurns));
	for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
	return results;
}
