import { searchAuditEvents } from "./auditEvents.ts";
import { bundle } from "./bundleInteraction.ts";
import { endExport, exportFile, exportStatus, startExport } from "./exportInteractions.ts";
import type { FhirAnswer, FhirCall } from "./fhirCall.ts";
import { everything, validate } from "./operations.ts";
import { history, read, search, vread } from "./readInteractions.ts";
import {
	createSubscription,
	deleteSubscription,
	readOne,
	searchSubscriptions,
	updateSubscription,
} from "./subscriptions/subscriptionInteractions.ts";
import { summary } from "./summaryOperation.ts";
import { create, patch, remove, update } from "./writeInteractions.ts";

/** One interaction that is answered: its route and its line in the CapabilityStatement are made from here. */
export interface Interaction {
	/** As `CapabilityStatement.rest.resource.interaction.code` or `rest.interaction.code` has it; `operation` for one of `rest.resource.operation`. */
	readonly code: string;
	readonly level: "system" | "type" | "instance";
	readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
	/** The one type it is for; for those whose records are made or kept elsewhere than the rest. */
	readonly type?: string;
	/** Under `/fhir`, as the router reads it. */
	readonly path: string;
	readonly handle: (call: FhirCall) => Promise<FhirAnswer>;
}

export const interactions: readonly Interaction[] = [
	{ code: "search-type", level: "type", method: "GET", path: "/:type", handle: search },
	{ code: "search-type", level: "type", method: "POST", path: "/:type/_search", handle: search },
	{ code: "read", level: "instance", method: "GET", path: "/:type/:id", handle: read },
	{ code: "history-instance", level: "instance", method: "GET", path: "/:type/:id/_history", handle: history },
	{ code: "create", level: "type", method: "POST", path: "/:type", handle: create },
	{ code: "update", level: "instance", method: "PUT", path: "/:type/:id", handle: update },
	{ code: "update", level: "type", method: "PUT", path: "/:type", handle: update },
	{ code: "patch", level: "instance", method: "PATCH", path: "/:type/:id", handle: patch },
	{ code: "patch", level: "type", method: "PATCH", path: "/:type", handle: patch },
	{ code: "delete", level: "instance", method: "DELETE", path: "/:type/:id", handle: remove },
	{ code: "delete", level: "type", method: "DELETE", path: "/:type", handle: remove },
	{ code: "batch", level: "system", method: "POST", path: "/", handle: bundle },
	{ code: "$export", level: "system", method: "GET", path: "/$export", handle: startExport },
	{ code: "$export", level: "type", method: "GET", path: "/Patient/$export", handle: startExport },
	{ code: "$export", level: "system", method: "POST", path: "/$export", handle: startExport },
	{ code: "$export", level: "type", method: "POST", path: "/Patient/$export", handle: startExport },
	{ code: "$export", level: "system", method: "GET", path: "/$export-status/:id", handle: exportStatus },
	{ code: "$export", level: "system", method: "DELETE", path: "/$export-status/:id", handle: endExport },
	{ code: "$export", level: "system", method: "GET", path: "/$export-file/:id/:fileType", handle: exportFile },
	{ code: "create", level: "type", type: "Subscription", method: "POST", path: "/Subscription", handle: createSubscription },
	{ code: "search-type", level: "type", type: "Subscription", method: "GET", path: "/Subscription", handle: searchSubscriptions },
	{ code: "read", level: "instance", type: "Subscription", method: "GET", path: "/Subscription/:id", handle: readOne },
	{ code: "update", level: "instance", type: "Subscription", method: "PUT", path: "/Subscription/:id", handle: updateSubscription },
	{ code: "delete", level: "instance", type: "Subscription", method: "DELETE", path: "/Subscription/:id", handle: deleteSubscription },
	{ code: "search-type", level: "type", type: "AuditEvent", method: "GET", path: "/AuditEvent", handle: searchAuditEvents },
	{ code: "$everything", level: "instance", method: "GET", path: "/Patient/:id/$everything", handle: everything },
	{ code: "$summary", level: "instance", method: "GET", path: "/Patient/:id/$summary", handle: summary },
	{ code: "$summary", level: "type", method: "GET", path: "/Patient/$summary", handle: summary },
	{ code: "$validate", level: "type", method: "POST", path: "/:type/$validate", handle: validate },
	{ code: "vread", level: "instance", method: "GET", path: "/:type/:id/_history/:versionId", handle: vread },
];
