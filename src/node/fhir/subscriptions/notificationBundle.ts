import type { SubscriptionNotice } from "#gate";

interface BundleParameters {
	readonly content: "id-only" | "full-resource";
	readonly baseUrl: string;
	readonly nowMs: number;
}

/** A notification as a Bundle: what happened, and the records by name or whole. Source: Subscriptions R5 Backport 1.1, R4 notifications. */
export function notificationBundle({ id, kind, events, records }: SubscriptionNotice, { content, baseUrl, nowMs }: BundleParameters): string {
	const timestamp = new Date(nowMs).toISOString();
	const names = records.map(({ resource }) => `${resource.resourceType}/${resource.id}`);
	const event = {
		name: "notification-event",
		part: [
			{ name: "event-number", valueString: String(events + 1) },
			{ name: "timestamp", valueInstant: timestamp },
			...names.map((name) => ({ name: "focus", valueReference: { reference: `${baseUrl}/${name}` } })),
		],
	};
	const status = {
		resourceType: "Parameters",
		parameter: [
			{ name: "subscription", valueReference: { reference: `${baseUrl}/Subscription/${id}` } },
			{ name: "status", valueCode: kind === "handshake" ? "requested" : "active" },
			{ name: "type", valueCode: kind === "handshake" ? "handshake" : "event-notification" },
			{ name: "events-since-subscription-start", valueString: String(events + (kind === "event" ? 1 : 0)) },
			...(kind === "event" ? [event] : []),
		],
	};
	const url = `Subscription/${id}/$status`;
	const entries = [
		`{"fullUrl":"urn:uuid:${crypto.randomUUID()}","resource":${JSON.stringify(status)},"request":{"method":"GET","url":"${url}"},"response":{"status":"200"}}`,
		...records.map((record, at) => entryOf(`${names[at]}`, content === "full-resource" ? record.text : "", record.version, baseUrl)),
	];
	return `{"resourceType":"Bundle","type":"history","timestamp":"${timestamp}","entry":[${entries.join(",")}]}`;
}

function entryOf(name: string, text: string, version: number, baseUrl: string): string {
	const told = { request: { method: version === 1 ? "POST" : "PUT", url: version === 1 ? name.split("/")[0] : name } };
	const response = { status: version === 1 ? "201" : "200" };
	const fullUrl = JSON.stringify(`${baseUrl}/${name}`);
	const resource = text === "" ? "" : `"resource":${text},`;
	return `{"fullUrl":${fullUrl},${resource}"request":${JSON.stringify(told.request)},"response":${JSON.stringify(response)}}`;
}
