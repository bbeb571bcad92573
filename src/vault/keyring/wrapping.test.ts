import { expect, it } from "vitest";
import { concatBytes, deriveKey, encodeHex, type MemberId } from "#base";
import { custodian, newSubject, randomBytes } from "../vault.fixtures.ts";
import { compartmentSetKey, createWrapper, type KeyPlace } from "./wrapping.ts";

it("[VA2] [VA14] a wrapped key opens in its own place alone, though the same key wraps them all", () => {
	const [a, b] = [newSubject(), newSubject()];
	const places: readonly KeyPlace[] = [
		...[a, b].flatMap((subject): KeyPlace[] => [
			{ kind: "patient", subject },
			{ kind: "audit", subject },
			...["laboratory", "vitals"].flatMap((name): KeyPlace[] => [
				{ kind: "compartment", subject, name },
				{ kind: "data", subject, name, id: "1" },
				{ kind: "data", subject, name, id: "2" },
			]),
		]),
		{ kind: "node", name: "lookup" },
		{ kind: "node", name: "another" },
	];
	const above = randomBytes(32);
	const wrappers = [custodian, "labor-sued" as MemberId].map((member) => createWrapper(member, randomBytes));
	const wrapped = wrappers
		.flatMap((wrapper) => places.map((place) => ({ wrapper, place, key: randomBytes(32) })))
		.map((one) => ({ ...one, bytes: one.wrapper.wrap(above, one.key, one.place) }));
	for (const one of wrapped) {
		expect(one.bytes).toHaveLength(60);
		for (const other of wrapped) {
			const open = () => encodeHex(other.wrapper.unwrap(above, one.bytes, other.place));
			if (one === other) expect(open()).toBe(encodeHex(one.key));
			else expect(open, `${JSON.stringify(one.place)} ${JSON.stringify(other.place)}`).toThrow(expect.objectContaining({ code: "VAULT_INTEGRITY" }));
		}
	}
	const [first] = wrapped as [(typeof wrapped)[number]];
	for (const bytes of [first.bytes.subarray(1), concatBytes(first.bytes, Uint8Array.of(0)), new Uint8Array(0)]) {
		expect(() => first.wrapper.unwrap(above, bytes, first.place)).toThrow(expect.objectContaining({ code: "VAULT_INTEGRITY" }));
	}
	expect(() => first.wrapper.unwrap(randomBytes(32), first.bytes, first.place)).toThrow(expect.objectContaining({ code: "VAULT_INTEGRITY" }));
});

it("[VA21] the key of a set of one is that key, a copy; of several it is HKDF over all of them in their order, bound to the set's name", () => {
	const [one, two] = [randomBytes(32), randomBytes(32)];
	const single = compartmentSetKey("laboratory", [one]);
	expect(encodeHex(single)).toBe(encodeHex(one));
	single.fill(0);
	expect(one.every((byte) => byte === 0)).toBe(false);
	const expected = (name: string, ...keys: readonly Uint8Array[]) =>
		encodeHex(deriveKey(concatBytes(...keys), "aceso/compartment-set/1", Buffer.from(name, "latin1")));
	const set = (name: string, ...keys: readonly Uint8Array[]) => encodeHex(compartmentSetKey(name, keys));
	expect(set("laboratory+vitals", one, two)).toBe(expected("laboratory+vitals", one, two));
	expect(new Set([set("a+b", one, two), set("a+b", two, one), set("a+c", one, two), encodeHex(one)]).size).toBe(4);
});
