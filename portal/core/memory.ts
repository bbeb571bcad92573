import type { Memory } from "./deskTypes.ts";
import type { PinnedLedger } from "./place.ts";

const storageKey = "aceso/memory/1";
/** Own accesses that the next history has to hold; older ones were in an earlier one. */
const expectedMax = 200;

/** What this browser remembers, by pseudonym: which ledger, what it last saw of a history. No key, no record. */
export function readMemories(storage: Pick<Storage, "getItem">): Readonly<Record<string, Memory>> {
	try {
		return JSON.parse(storage.getItem(storageKey) ?? "{}") as Record<string, Memory>;
	} catch {
		return {};
	}
}

/** Ledgers that this browser keeps for somebody, each once. */
export function keptLedgers(storage: Pick<Storage, "getItem">): readonly PinnedLedger[] {
	const ledgers = Object.values(readMemories(storage)).map(ledgerOf);
	return [...new Map(ledgers.map((each) => [JSON.stringify(each), each])).values()];
}

export function ledgerOf({ genesis, consortium, seen }: Memory): PinnedLedger {
	return { genesis, ...(consortium === undefined ? {} : { consortium }), ...(seen?.header === undefined ? {} : { header: seen.header }) };
}

export function updateMemory(
	storage: Pick<Storage, "getItem" | "setItem">,
	pseudonym: string,
	change: Partial<Memory> & Pick<Memory, "genesis">,
): void {
	const memories = readMemories(storage);
	storage.setItem(storageKey, JSON.stringify({ ...memories, [pseudonym]: { ...memories[pseudonym], ...change } }));
}

/** Adds the hash of an access this browser was told of. */
export function expectAccess(memory: Memory | undefined, entryHash: string): readonly string[] {
	return [...(memory?.expected ?? []), entryHash].slice(-expectedMax);
}
