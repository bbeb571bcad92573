import type { FhirAnswer, FhirCall } from "./fhirCall.ts";
import { history, read, search, vread } from "./readInteractions.ts";

/** One interaction that is answered: its route and its line in the CapabilityStatement are made from here. */
export interface Interaction {
	/** As `CapabilityStatement.rest.resource.interaction.code` or `rest.interaction.code` has it; `operation` for one of `rest.resource.operation`. */
	readonly code: string;
	readonly level: "system" | "type" | "instance";
	readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** Under `/fhir`, as the router reads it. */
	readonly path: string;
	readonly handle: (call: FhirCall) => Promise<FhirAnswer>;
}

export const interactions: readonly Interaction[] = [
	{ code: "search-type", level: "type", method: "GET", path: "/:type", handle: search },
	{ code: "search-type", level: "type", method: "POST", path: "/:type/_search", handle: search },
	{ code: "read", level: "instance", method: "GET", path: "/:type/:id", handle: read },
	{ code: "history-instance", level: "instance", method: "GET", path: "/:type/:id/_history", handle: history },
	{ code: "vread", level: "instance", method: "GET", path: "/:type/:id/_history/:versionId", handle: vread },
];
