import { expect, it } from "vitest";
import type { SubjectId } from "#base";
import { newPseudonym, newSubject } from "../vault.fixtures.ts";
import { KeyCache } from "./keyCache.ts";

const keysOf = () => ({ pseudonym: newPseudonym(), sets: new Map([["laboratory", new Uint8Array(32).fill(9)]]), dataKeys: new Map() });
const zeros = new Uint8Array(32);

it("[VA20] the subject used longest ago falls out, and its keys are overwritten", () => {
	const cache = new KeyCache(2);
	const [a, b, c] = [newSubject(), newSubject(), newSubject()] as [SubjectId, SubjectId, SubjectId];
	const [ka, kb, kc] = [keysOf(), keysOf(), keysOf()];
	cache.add(a, ka);
	cache.add(b, kb);
	expect(cache.get(a)).toBe(ka);
	cache.add(c, kc);
	expect(cache.get(b)).toBeUndefined();
	expect(kb.sets.get("laboratory")).toEqual(zeros);
	expect(ka.sets.get("laboratory")).not.toEqual(zeros);
	cache.drop(a);
	expect(cache.get(a)).toBeUndefined();
	expect(ka.sets.get("laboratory")).toEqual(zeros);
	cache.clear();
	expect(kc.sets.get("laboratory")).toEqual(zeros);
});

it("[VA20] [VA72] data keys go with their subject, overwritten as well, and a subject dropped twice is dropped", () => {
	const cache = new KeyCache(2);
	const [a, b] = [newSubject(), newSubject()];
	const opened = () => ({ joined: "laboratory", wrapped: new Uint8Array(60), key: new Uint8Array(32).fill(7) });
	const [first, second, other] = [opened(), opened(), opened()];
	cache.add(a, {
		...keysOf(),
		dataKeys: new Map([
			["1", first],
			["2", second],
		]),
	});
	cache.add(b, { ...keysOf(), dataKeys: new Map([["3", other]]) });
	cache.drop(a);
	cache.drop(a);
	expect([first.key, second.key]).toEqual([zeros, zeros]);
	expect(other.key).not.toEqual(zeros);
	expect(cache.get(b)?.dataKeys.get("3")).toBe(other);
	cache.clear();
	expect([other.key, cache.get(b)]).toEqual([zeros, undefined]);
});
