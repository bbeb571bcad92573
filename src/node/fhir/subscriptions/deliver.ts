import { lookup as systemLookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Deliver, Delivery, SubscriptionNotice } from "#gate";
import { type AllowedEndpoint, allowing, isPublicAddress } from "./endpoints.ts";
import { notificationBundle } from "./notificationBundle.ts";
import type { Channel } from "./subscriptionResource.ts";

export interface DeliverParameters {
	/** As the institution's file says at this moment: who is struck off is told nothing more. */
	readonly endpoints: () => readonly AllowedEndpoint[];
	/** Where this server's resources are named from. */
	readonly baseUrl: () => string;
	readonly now: () => number;
	/** The system's resolver when absent. */
	readonly lookup?: typeof systemLookup;
}

/** How long an endpoint may take, in ms. */
const timeoutMs = 10_000;

/**
 * Brings notices to their endpoints. Guarded against being used to reach what the node can reach and the asker cannot (SSRF): addresses begin
 * with an entry of the institution's list, names resolve to public addresses unless the entry is of the house, the connection goes to the
 * address that was judged, redirects are not followed, and of the answer only the status is looked at.
 */
export function createDeliver({ endpoints, baseUrl, now, lookup = systemLookup }: DeliverParameters): Deliver {
	const deliver = async (notice: SubscriptionNotice): Promise<Delivery> => {
		const channel = JSON.parse(notice.channel) as Channel;
		for (const { method, url, body } of requestsOf(notice, channel, baseUrl(), now())) {
			if (!(await notice.isPermitted())) return "not-permitted";
			const allowed = findAllowed(url);
			if (typeof allowed === "string") return allowed;
			const delivery = await send({ method, url, body, channel, allowed, lookup });
			if (delivery !== "delivered") return delivery;
		}
		return "delivered";
	};
	return Object.assign(deliver, { laneOf });

	/** A file that cannot be read now ends nothing, and lets nothing out. */
	function findAllowed(url: string): AllowedEndpoint | Delivery {
		try {
			return allowing(endpoints(), url) ?? "not-allowed";
		} catch {
			return "unreachable";
		}
	}
}

/** One endpoint is told by one request at a time, however many subscriptions lead there. */
function laneOf(channel: string): string {
	return (JSON.parse(channel) as Channel).endpoint;
}

interface Outgoing {
	readonly method: "POST" | "PUT";
	readonly url: string;
	/** `""` for none. */
	readonly body: string;
}

/** R4: without a payload a POST that says nothing; with one the record, put under its own name. The other forms are bundles. */
function requestsOf(notice: SubscriptionNotice, { endpoint, content }: Channel, baseUrl: string, nowMs: number): readonly Outgoing[] {
	if (content === "empty" || (content === "resource" && notice.kind === "handshake")) return [{ method: "POST", url: endpoint, body: "" }];
	if (content !== "resource") return [{ method: "POST", url: endpoint, body: notificationBundle(notice, { content, baseUrl, nowMs }) }];
	const { origin, pathname, search } = new URL(endpoint);
	return notice.records.map(({ resource, text }) => {
		const path = `${pathname.replace(/\/$/, "")}/${resource.resourceType}/${encodeURIComponent(resource.id)}`;
		return { method: "PUT", url: `${origin}${path}${search}`, body: text };
	});
}

interface Sending extends Outgoing {
	readonly channel: Channel;
	readonly allowed: AllowedEndpoint;
	readonly lookup: typeof systemLookup;
}

function send({ method, url, body, channel, allowed, lookup }: Sending): Promise<Delivery> {
	const target = new URL(url);
	const literal = target.hostname.replace(/^\[|\]$/g, "");
	// Node asks no resolver about a literal address.
	if (isIP(literal) !== 0 && !allowed.isInside && !isPublicAddress(literal)) return Promise.resolve("not-allowed");
	const request = target.protocol === "https:" ? requestHttps : requestHttp;
	return new Promise((resolve) => {
		const outgoing = request(
			target,
			{
				...{ method, agent: false, timeout: timeoutMs, lookup: guarded(lookup, allowed), signal: AbortSignal.timeout(timeoutMs) },
				headers: {
					...Object.fromEntries(channel.headers),
					...(body === "" ? {} : { "content-type": "application/fhir+json; charset=utf-8" }),
					"content-length": String(Buffer.byteLength(body)),
				},
			},
			(answer) => {
				const { statusCode = 0 } = answer;
				answer.destroy();
				resolve(statusCode >= 200 && statusCode < 300 ? "delivered" : "refused");
			},
		);
		outgoing.on("error", () => resolve("unreachable"));
		outgoing.on("timeout", () => outgoing.destroy());
		outgoing.end(body);
	});
}

/** Looks a name up and hands on only addresses that may be connected to: the one that is judged is the one that is used. */
function guarded(lookup: typeof systemLookup, { isInside }: AllowedEndpoint): LookupFunction {
	return (hostname, options, callback) => {
		lookup(hostname, { ...options, all: true }, (error, found) => {
			if (error !== null) return callback(error, "", 0);
			const usable = isInside ? found : found.filter(({ address }) => isPublicAddress(address));
			const [first] = usable;
			// One address of the house among public ones is how a name is bent back: then none of them is used.
			if (first === undefined || usable.length < found.length) return callback(new Error("no public address"), "", 0);
			if (options.all === true) return callback(null, usable);
			return callback(null, first.address, first.family);
		});
	};
}
