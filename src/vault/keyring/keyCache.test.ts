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
