import type { NodeReader } from "#log";
import { AccessLogError } from "./errors.ts";
import type { LogStore } from "./logStore.ts";

/** Reads tree nodes from the store: leaf hashes from the rows of entries and cohorts, the rest from those of the groups. */
export function readerOf(store: LogStore): NodeReader {
	return (level, index) => {
		const hash = level === 0 ? store.getLeafHash(index) : store.getNode(level, index);
		if (hash === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected a stored tree node, found none", { at: index });
		return hash;
	};
}
