import { type Digest, decodeHex, encodeHex, type PublicKey } from "#base";
import { readValidators, type Validator } from "#contracts";

export { readValidators, type Validator };

/** CometBFT's form of a validator, or of a change of one. */
interface ValidatorUpdate {
	readonly pubKey?: { readonly ed25519?: Uint8Array } | undefined;
	readonly power: bigint;
}

type Voice = Pick<Validator, "key" | "power">;

/** Those that CometBFT's genesis lists; a key of another kind is none of ours. */
export function voicesOf(updates: readonly ValidatorUpdate[]): Voice[] {
	return updates.map(({ pubKey, power }) => ({ key: encodeHex(pubKey?.ed25519 ?? new Uint8Array()) as Digest & PublicKey, power: Number(power) }));
}

export function sameVoices(a: readonly Voice[], b: readonly Voice[]): boolean {
	const spelt = (voices: readonly Voice[]) => voices.map(({ key, power }) => `${key} ${power}`).sort();
	return spelt(a).join() === spelt(b).join();
}

/** What CometBFT is to change, in key order: a power of 0 takes a validator away. */
export function toUpdates(before: readonly Voice[], after: readonly Voice[]): { pubKey: { ed25519: Uint8Array }; power: bigint }[] {
	const changed = new Map<PublicKey, number>();
	for (const { key } of before) changed.set(key, 0);
	for (const { key, power } of after) changed.set(key, power);
	for (const { key, power } of before) if (changed.get(key) === power) changed.delete(key);
	return [...changed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, power]) => ({ pubKey: { ed25519: decodeHex(key, 32) }, power: BigInt(power) }));
}
