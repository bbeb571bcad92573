import { assertValidResource, type FhirResource, parseSearch, type SearchQuery } from "#fhir";
import type { SubscriptionView } from "#gate";
import { NodeError } from "../../errors.ts";
import { assertServed } from "../fhirCall.ts";

/** Whom a subscription tells, and what. */
export interface Channel {
	readonly endpoint: string;
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** `resource`: each record put under its own name, as R4 has it; the last two as bundles. */
	readonly content: "empty" | "resource" | "id-only" | "full-resource";
}

export interface ReadSubscription {
	readonly type: string;
	readonly pairs: readonly (readonly [name: string, value: string])[];
	readonly query: SearchQuery;
	readonly channel: Channel;
	readonly isOn: boolean;
	/** UTC ms; undefined where it names no end. */
	readonly endsAtMs: number | undefined;
}

const contentExtension = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content";

const unsupported = (expected: string) => new NodeError("NODE_FHIR_UNSUPPORTED", expected);

interface Written extends FhirResource {
	readonly status: string;
	readonly criteria: string;
	readonly end?: string;
	readonly channel: {
		readonly type: string;
		readonly endpoint?: string;
		readonly payload?: string;
		readonly _payload?: { readonly extension?: readonly { readonly url: string; readonly valueCode?: string }[] };
		readonly header?: readonly string[];
	};
}

/**
 * Reads a Subscription as it was written.
 * @throws FhirError `FHIR_INVALID`, `FHIR_SEARCH_INVALID`; NodeError `NODE_FHIR_UNSUPPORTED`, `NODE_FHIR_TYPE_UNKNOWN`.
 */
export function readSubscription(resource: FhirResource): ReadSubscription {
	assertValidResource(resource);
	const { status, criteria, end, channel } = resource as Written;
	if (channel.type !== "rest-hook" || channel.endpoint === undefined) throw unsupported("expected a channel of type rest-hook with an endpoint");
	if (status !== "requested" && status !== "off") throw unsupported("expected status requested, or off to stop it; the node says the rest");
	const { type, pairs, query } = readCriteria(criteria);
	return {
		...{ type, pairs, query },
		channel: { endpoint: channel.endpoint, headers: (channel.header ?? []).map(readHeader), content: contentOf(channel) },
		isOn: status === "requested",
		endsAtMs: end === undefined ? undefined : Date.parse(end),
	};
}

/** A search within one patient, by what a record is and by nothing that shapes an answer. */
function readCriteria(criteria: string): Pick<ReadSubscription, "type" | "pairs" | "query"> {
	const [, type, search = ""] = /^([A-Z][A-Za-z]{1,63})(?:\?(.*))?$/s.exec(criteria) ?? [];
	if (type === undefined) throw unsupported("expected criteria as Type?parameter=value");
	assertServed(type);
	const pairs = [...new URLSearchParams(search)];
	if (pairs.some(([name]) => name.startsWith("_") && name !== "_id" && name !== "_lastUpdated")) {
		throw unsupported("expected criteria that say which records, without _include, _sort or the like");
	}
	return { type, pairs, query: parseSearch(type, pairs) };
}

function contentOf({ payload, _payload }: Written["channel"]): Channel["content"] {
	if (payload === undefined) return "empty";
	if (!/^application\/(?:fhir\+)?json$/.test(payload)) throw unsupported("expected payload application/fhir+json, or none");
	const wanted = _payload?.extension?.find(({ url }) => url === contentExtension)?.valueCode ?? "resource";
	if (wanted === "empty" || wanted === "id-only" || wanted === "full-resource" || wanted === "resource") return wanted;
	throw unsupported("expected payload content empty, id-only or full-resource");
}

/** What says who sends it, and nothing that says where it goes or how long it is: a header is no second request. */
function readHeader(text: string): readonly [string, string] {
	const [, name, value] = /^(Authorization|X-[A-Za-z0-9-]{1,60}): ?([\x20-\x7e]{1,2000})$/i.exec(text) ?? [];
	if (name === undefined || value === undefined) throw unsupported("expected headers as `Authorization: …` or `X-…: …`, in ASCII");
	return [name.toLowerCase(), value];
}

const reasons: Readonly<Record<SubscriptionView["reason"], string>> = {
	"": "",
	asked: "",
	"not-permitted": "no longer available to you",
	expired: "its end has come",
	unreachable: "the endpoint did not answer",
	refused: "the endpoint answered with another status than 2xx",
	"not-allowed": "the institution does not allow this endpoint",
};

/** A Subscription as it stands: what was written, with the node's own status, end and error. */
export function showSubscription({ id, version, status, reason, endsAtMs, resource }: SubscriptionView): object {
	const { status: _status, error: _error, end: _end, meta, id: _id, resourceType: _type, ...rest } = JSON.parse(resource) as FhirResource;
	const error = reasons[reason];
	return {
		...{ resourceType: "Subscription", id, meta: { ...(meta as object | undefined), versionId: String(version) }, status },
		...{ end: new Date(endsAtMs).toISOString(), ...rest },
		...(error === "" ? {} : { error }),
	};
}
