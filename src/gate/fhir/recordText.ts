import { parseKeepingNumbers } from "#fhir";
import type { OpenedRow } from "../openRows.ts";

/** A stored record as FHIR's REST interface shows it: its numbers in their own spelling, its version and the time it was filed in `meta`. */
export function recordText({ row, body }: OpenedRow): string {
	const resource = parseKeepingNumbers(body.resourceText) as { readonly resourceType: string; readonly id: string; readonly meta?: object };
	return withMeta(resource, { versionId: String(row.version), lastUpdated: new Date(row.storedAtMs).toISOString() });
}

/** JSON of a resource with members put into its `meta`. */
export function withMeta(resource: { readonly resourceType: string; readonly id?: string; readonly meta?: object }, meta: object): string {
	const { resourceType, id, ...rest } = resource;
	return JSON.stringify({ resourceType, id, ...rest, meta: { ...resource.meta, ...meta } });
}
