import { parseKeepingNumbers } from "#fhir";
import type { OpenedRow } from "../openRows.ts";

/** A stored record as FHIR's REST interface shows it: its numbers in their own spelling, its version and the time it was filed in `meta`. */
export function recordText({ row, body }: OpenedRow): string {
	const meta = { versionId: String(row.version), lastUpdated: new Date(row.storedAtMs).toISOString() };
	const { resourceType, id } = body.resource;
	const begin = `{"resourceType":${JSON.stringify(resourceType)},"id":${JSON.stringify(id)}`;
	// What is filed was written by JSON.stringify: without a meta of its own, and begun as it should be, it lacks the one member at its end.
	if (!Object.hasOwn(body.resource, "meta") && body.resourceText.startsWith(begin)) {
		// Joined and not added: it is kept, and would be put together anew from its pieces wherever it is shown.
		return [body.resourceText.slice(0, -1), ',"meta":', JSON.stringify(meta), "}"].join("");
	}
	const resource = parseKeepingNumbers(body.resourceText) as { readonly resourceType: string; readonly id: string; readonly meta?: object };
	return withMeta(resource, meta);
}

/** JSON of a resource with members put into its `meta`. */
export function withMeta(resource: { readonly resourceType: string; readonly id?: string; readonly meta?: object }, meta: object): string {
	const { resourceType, id, ...rest } = resource;
	return JSON.stringify({ resourceType, id, ...rest, meta: { ...resource.meta, ...meta } });
}
