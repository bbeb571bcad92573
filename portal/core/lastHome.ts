import type { HistorySummary } from "./deskTypes.ts";

/**
 * What a window remembers of its first page for while the node cannot be reached: that the list of accesses was checked, when, and how many
 * there were. Nobody's name, nothing of a record, and gone with the window or the sign-out.
 */
export interface LastHome {
	readonly house: string;
	readonly verdict: HistorySummary["verdict"];
	/** When this browser checked, UTC ms. */
	readonly checkedAtMs: number;
	readonly looks: number;
	/** Rules that held then. */
	readonly rules: number;
}

const storageKey = "aceso/last-home/1";

export function saveLastHome(storage: Pick<Storage, "setItem">, home: LastHome): void {
	storage.setItem(storageKey, JSON.stringify(home));
}

export function readLastHome(storage: Pick<Storage, "getItem">): LastHome | undefined {
	try {
		return (JSON.parse(storage.getItem(storageKey) ?? "null") as LastHome | null) ?? undefined;
	} catch {
		return undefined;
	}
}

export function forgetLastHome(storage: Pick<Storage, "removeItem">): void {
	storage.removeItem(storageKey);
}
