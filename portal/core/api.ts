import { PortalError } from "./errors.ts";

/** What the application needs of a node. */
export interface Api {
	get<Answer>(path: string): Promise<Answer>;
	/** A file of words or the like. */
	getText(path: string): Promise<string>;
	getBytes(path: string): Promise<Uint8Array>;
	/** The answer's text: whoever parses it decides how numbers are kept. */
	postForText(path: string, body: object): Promise<string>;
	post<Answer>(path: string, body: object): Promise<Answer>;
	/** The node's time, UTC ms, as far as its answers told it: requests signed by a wrong clock would be refused. */
	nowMs(): number;
	/** How far this device's clock is behind the node's, in ms; 0 below {@link skewFloorMs}. */
	skewMs(): number;
}

/** Less than this is the resolution of HTTP's Date and the way there and back. */
export const skewFloorMs = 4_000;

/** The one address where a cookie tells who is there; all else is signed. */
const withCookie = /^\/signin\/provider\/open$/;

export interface ApiParameters {
	readonly fetch?: typeof globalThis.fetch;
	readonly now?: () => number;
	/** Put before every path; "" for the address the application came from. */
	readonly origin?: string;
}

export function createApi({ fetch = globalThis.fetch.bind(globalThis), now = Date.now, origin = "" }: ApiParameters = {}): Api {
	let skew = 0;

	async function answerTo(path: string, init: RequestInit): Promise<Response> {
		const answer = await fetch(`${origin}${path}`, {
			...init,
			cache: "no-store",
			credentials: withCookie.test(path) ? "same-origin" : "omit",
			redirect: "error",
		}).catch(offline);
		learnTime(answer.headers.get("date"));
		if (!answer.ok) throw refusal(await answer.text().catch(offline));
		return answer;
	}

	const ask = async (path: string, init: RequestInit) => (await answerTo(path, init)).text().catch(offline);

	function learnTime(date: string | null): void {
		const told = date === null ? Number.NaN : Date.parse(date) + 500;
		if (Number.isNaN(told)) return;
		const found = told - now();
		skew = Math.abs(found) < skewFloorMs ? 0 : found;
	}

	const postForText = (path: string, body: object) =>
		ask(path, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify(body) });
	return {
		get: async (path) => parse(await ask(path, { headers: { accept: "application/json" } })),
		getText: (path) => ask(path, { headers: { accept: "text/plain" } }),
		getBytes: async (path) => new Uint8Array(await (await answerTo(path, { headers: {} })).arrayBuffer().catch(offline)),
		postForText,
		post: async (path, body) => parse(await postForText(path, body)),
		nowMs: () => now() + skew,
		skewMs: () => skew,
	};
}

function offline(): never {
	throw new PortalError("OFFLINE");
}

function parse<Answer>(text: string): Answer {
	try {
		return JSON.parse(text) as Answer;
	} catch {
		throw new PortalError("ANSWER_INVALID");
	}
}

/** A problem document (RFC 9457) of the node; whatever else answers is not the node. */
function refusal(text: string): PortalError {
	try {
		const { code, title } = JSON.parse(text) as { code?: unknown; title?: unknown };
		if (typeof code === "string") return new PortalError("REFUSED", code, String(title));
	} catch {
		// Told below.
	}
	return new PortalError("ANSWER_INVALID");
}
