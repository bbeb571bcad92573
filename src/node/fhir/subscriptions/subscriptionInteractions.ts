import type { PatientReference, SubscriptionView, SubscriptionWish } from "#gate";
import { NodeError } from "../../errors.ts";
import { classesOf, type FhirAnswer, type FhirCall, patientOf } from "../fhirCall.ts";
import { typesOf } from "../readInteractions.ts";
import { assertMatch, readResource } from "../writeInteractions.ts";
import { allowing } from "./endpoints.ts";
import { readSubscription, showSubscription } from "./subscriptionResource.ts";

/** Where none is named, in ms from now; the gate shortens what is longer. */
const lifetimeMs = 90 * 24 * 60 * 60_000;

/** `POST /Subscription`: begins when the endpoint has answered a handshake. */
export async function createSubscription(call: FhirCall): Promise<FhirAnswer> {
	const { patient, wish } = read(call);
	return answer(call, 201, await call.access.subscribe(patient, wish));
}

/** `GET /Subscription/[id]`, one's own. */
export async function readOne(call: FhirCall): Promise<FhirAnswer> {
	return answer(call, 200, await call.access.showSubscription(call.id));
}

/** `GET /Subscription`: one's own, all of them. */
export async function searchSubscriptions(call: FhirCall): Promise<FhirAnswer> {
	if (call.pairs.some(([name]) => name !== "_format"))
		throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected no parameter: one's own are all listed");
	const found = await call.access.listSubscriptions();
	const entry = found.map((each) => ({
		fullUrl: `${call.baseUrl}/Subscription/${each.id}`,
		resource: showSubscription(each),
		search: { mode: "match" },
	}));
	return { status: 200, body: JSON.stringify({ resourceType: "Bundle", type: "searchset", total: entry.length, entry }) };
}

/** `PUT /Subscription/[id]`, with status `off` to stop it. */
export async function updateSubscription(call: FhirCall): Promise<FhirAnswer> {
	const { patient, wish } = read(call);
	if (call.headers["if-match"] !== undefined) assertMatch(call, await call.access.showSubscription(call.id));
	return answer(call, 200, await call.access.changeSubscription(call.id, patient, wish));
}

export async function deleteSubscription(call: FhirCall): Promise<FhirAnswer> {
	await call.access.endSubscription(call.id);
	return { status: 204 };
}

function read(call: FhirCall): { readonly patient: PatientReference; readonly wish: SubscriptionWish } {
	const { resource, source } = readResource({ content: call.content, type: "Subscription" });
	const { type, pairs, query, channel, isOn, endsAtMs = call.nowMs + lifetimeMs } = readSubscription(resource);
	if (allowing(call.endpoints(), channel.endpoint) === undefined) {
		throw new NodeError("NODE_ENDPOINT_NOT_ALLOWED", "expected an endpoint that the institution allows; it is on nobody else's list");
	}
	if (endsAtMs <= call.nowMs) throw new NodeError("NODE_FHIR_UNSUPPORTED", "expected an end that is still to come");
	const patient = patientOf(call, query.patients);
	return { patient, wish: { type, pairs, classes: classesOf(typesOf(query)), channel: JSON.stringify(channel), resource: source, endsAtMs, isOn } };
}

function answer({ baseUrl }: FhirCall, status: 200 | 201, view: SubscriptionView): FhirAnswer {
	const { id, version } = view;
	const headers: Record<string, string> = { etag: `W/"${version}"` };
	if (status === 201) headers["location"] = `${baseUrl}/Subscription/${id}`;
	return { status, body: JSON.stringify(showSubscription(view)), headers };
}
