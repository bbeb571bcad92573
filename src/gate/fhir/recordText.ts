import { parseKeepingNumbers } from "#fhir";
import type { OpenedRow } from "../openRows.ts";

/** By opened row, so that they go when it goes. */
const texts = new WeakMap<OpenedRow, string>();

/** A stored record as FHIR's REST interface shows it: its numbers in their own spelling, its version and the time it was filed in `meta`. */
export function recordText(opened: OpenedRow): string {
	const known = texts.get(opened);
	if (known !== undefined) return known;
	const { row, body } = opened;
	const resource = parseKeepingNumbers(body.resourceText) as { readonly resourceType: string; readonly id: string; readonly meta?: object };
	const text = withMeta(resource, { versionId: String(row.version), lastUpdated: new Date(row.storedAtMs).toISOString() });
	texts.set(opened, text);
	return text;
}

/** JSON of a resource with members put into its `meta`. */
export function withMeta(resource: { readonly resourceType: string; readonly id?: string; readonly meta?: object }, meta: object): string {
	const { resourceType, id, ...rest } = resource;
	return JSON.stringify({ resourceType, id, ...rest, meta: { ...resource.meta, ...meta } });
}
