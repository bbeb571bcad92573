import { makeRoom } from "#base";

export interface RequestRateParameters {
	/** Requests that one address may make in a second, over time. */
	readonly perSecond: number;
	/** And at once, after a silence. */
	readonly burst: number;
	/** Addresses remembered; the one longest silent is forgotten first, which gives it its burst again. */
	readonly addressesMax?: number;
}

interface Bucket {
	tokens: number;
	atMs: number;
}

/** Requests by {@link addressHolder}, as a bucket each that fills over time. */
export class RequestRate {
	readonly #parameters: Required<RequestRateParameters>;
	/** Longest silent first. */
	readonly #buckets = new Map<string, Bucket>();

	constructor(parameters: RequestRateParameters) {
		this.#parameters = { addressesMax: 4_096, ...parameters };
	}

	/** @param nowMs - Monotonic. @returns Whether the request may be answered. */
	take(address: string, nowMs: number): boolean {
		const { perSecond, burst, addressesMax } = this.#parameters;
		const holder = addressHolder(address);
		const { tokens, atMs } = this.#buckets.get(holder) ?? { tokens: burst, atMs: nowMs };
		const left = Math.min(burst, tokens + (Math.max(0, nowMs - atMs) / 1000) * perSecond);
		this.#buckets.delete(holder);
		makeRoom(this.#buckets, addressesMax);
		this.#buckets.set(holder, { tokens: left >= 1 ? left - 1 : left, atMs: nowMs });
		return left >= 1;
	}
}

/** Who counts as one: an IPv4 address, the network (first 64 bits) of an IPv6 address. */
export function addressHolder(address: string): string {
	const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
	if (v4 !== undefined || !address.includes(":")) return v4 ?? address;
	const [head = "", tail = ""] = address.split("%", 1)[0]!.split("::");
	const [front, back] = [head, tail].map((part) => (part === "" ? [] : part.split(":"))) as [string[], string[]];
	const zeros = new Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0");
	return [...front, ...zeros, ...back].slice(0, 4).join(":");
}
