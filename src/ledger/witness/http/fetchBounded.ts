import { concatBytes } from "#base";

export interface BoundedRequest {
	readonly url: string;
	/** Sent as a POST when present. */
	readonly body?: Uint8Array;
	/** For the whole exchange, the last byte of the body included. */
	readonly timeoutMs: number;
	/** Of the body, after decompression. */
	readonly bytesMax: number;
	/** Content types that are read; the bodies of others are not. */
	readonly contentTypes: readonly string[];
}

export interface BoundedResponse {
	readonly status: number;
	/** As its header says, for a status to be tried again later. */
	readonly retryAfterSeconds: number | undefined;
	/** Undefined when it is larger than permitted, or of another type. */
	readonly body: Uint8Array | undefined;
}

/**
 * Asks a server that nobody vouches for: no redirect is followed, nothing is read beyond a size or after a time.
 *
 * @throws Error of the platform when it cannot be reached, or does not end in time.
 */
export async function fetchBounded({ url, body, timeoutMs, bytesMax, contentTypes }: BoundedRequest): Promise<BoundedResponse> {
	const response = await fetch(url, {
		...(body === undefined ? {} : { method: "POST", body: new Uint8Array(body) }),
		headers: { "accept-encoding": "gzip, identity", ...(body === undefined ? {} : { "content-type": "text/plain; charset=utf-8" }) },
		redirect: "manual",
		signal: AbortSignal.timeout(timeoutMs),
	});
	const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
	const isRead = contentTypes.includes(type.trim().toLowerCase());
	const retryAfter = /^\d{1,6}$/.exec(response.headers.get("retry-after") ?? "")?.[0];
	return {
		status: response.status,
		retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
		body: isRead ? await readAtMost(response, bytesMax) : await discard(response),
	};
}

/** Undefined when there is more: the rest is not received. */
async function readAtMost({ body }: Response, bytesMax: number): Promise<Uint8Array | undefined> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	if (body === null) return new Uint8Array(0);
	for await (const chunk of body) {
		bytes += chunk.length;
		// Leaving the loop cancels the stream, and with it the connection.
		if (bytes > bytesMax) return undefined;
		chunks.push(chunk);
	}
	return concatBytes(...chunks);
}

async function discard({ body }: Response): Promise<undefined> {
	await body?.cancel();
	return undefined;
}
