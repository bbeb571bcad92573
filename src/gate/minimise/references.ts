/** Where a reference inside one record points. */
export interface ReferenceTarget {
	/** Unknown for `urn:uuid:`. */
	readonly type: string | undefined;
	readonly id: string;
}

/**
 * Reads `Type/id` (a version is dropped) and `urn:uuid:`. A contained resource (`#…`) and an absolute address give nothing: the one is removed, the
 * other names a server.
 */
export function parseReference(reference: unknown): ReferenceTarget | undefined {
	if (typeof reference !== "string") return undefined;
	const local = /^([A-Z][A-Za-z]{2,40})\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(reference);
	if (local !== null) return { type: local[1], id: local[2] as string };
	const urn = /^urn:uuid:([0-9a-fA-F-]{36})$/.exec(reference);
	return urn === null ? undefined : { type: undefined, id: urn[1] as string };
}
