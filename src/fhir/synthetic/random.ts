import { encodeUtf8, sha256 } from "#base";

/**
 * A small deterministic source of variety for invented people: SHA-256 of seed, name and counter, read as 32-bit words. It is slow, equal on
 * every platform and never used for secrets.
 */
export interface SyntheticRandom {
	/** Uniform integer in `low..high`, both included; the bias of taking a remainder is below 2⁻²⁰ for spans under 4096. */
	integer(low: number, high: number): number;
	/** Uniform decimal in `low..high` rounded to `digits` places. */
	decimal(low: number, high: number, digits: number): number;
	/** True in `percent` of 100 draws. */
	chance(percent: number): boolean;
	pick<T>(items: readonly T[]): T;
	/** A version 4 UUID (RFC 9562 §5.4) in form, deterministic in content. */
	uuid(): string;
	/** A source of its own that does not disturb this one: adding a draw in one place changes nobody else's history. */
	fork(name: string): SyntheticRandom;
}

/** @param seed - Any text; equal seeds give equal draws. */
export function createSyntheticRandom(seed: string): SyntheticRandom {
	let counter = 0;
	const block = () => sha256(encodeUtf8(`aceso/synthetic/1|${seed}|${counter++}`));
	const word = () => new DataView(block().buffer.slice(0)).getUint32(0);
	const integer = (low: number, high: number) => low + (word() % (high - low + 1));
	return {
		integer,
		decimal: (low, high, digits) => {
			const scale = 10 ** digits;
			return integer(Math.round(low * scale), Math.round(high * scale)) / scale;
		},
		chance: (percent) => word() % 100 < percent,
		pick: (items) => items[integer(0, items.length - 1)] as (typeof items)[number],
		uuid: () => formatUuid(block()),
		fork: (name) => createSyntheticRandom(`${seed}/${name}`),
	};
}

function formatUuid(bytes: Uint8Array): string {
	const octets = bytes.slice(0, 16);
	octets[6] = ((octets[6] as number) & 0x0f) | 0x40;
	octets[8] = ((octets[8] as number) & 0x3f) | 0x80;
	const hex = Buffer.from(octets).toString("hex");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
