import { expect, it } from "vitest";
import { encodeHex, type SubjectId } from "#base";
import { newPseudonym, newSubject, randomBytes } from "../vault.fixtures.ts";
import { dataKeysMax } from "./keyCache.ts";
import { type DataKeyPlace, OpenedKeys } from "./openedKeys.ts";
import type { KeyPlace } from "./wrapping.ts";

/** The way down with nothing wrapped on it: each key is told what it is, and every key handed out is kept here to be looked at. */
function begin(maxSubjects = 8) {
	const opened: { readonly place: KeyPlace; readonly key: Uint8Array }[] = [];
	const pseudonym = newPseudonym();
	const unwrap = (place: KeyPlace, key: Uint8Array) => {
		opened.push({ place, key });
		return key;
	};
	const tables = {
		getTombstone: () => undefined,
		getSubject: (subject: SubjectId) => ({ subject, pseudonym, patient: new Uint8Array(60), audit: new Uint8Array(60), audit_until: null }),
		getCompartmentKey: () => new Uint8Array(60),
	};
	const root = { unwrap: (_: Uint8Array, place: KeyPlace) => unwrap(place, randomBytes(32)) };
	const wrapper = {
		unwrap: (_: Uint8Array, wrapped: Uint8Array, place: KeyPlace) =>
			unwrap(place, place.kind === "data" ? Uint8Array.from(wrapped) : randomBytes(32)),
	};
	const keys = new OpenedKeys({ tables: tables as never, root: root as never, wrapper: wrapper as never, maxSubjects });
	const count = (kind: KeyPlace["kind"]) => opened.filter(({ place }) => place.kind === kind).length;
	return { keys, opened, count };
}

const placeOf = (subject: SubjectId, id: string, joined = "laboratory", wrapped = randomBytes(32)): DataKeyPlace => ({
	subject,
	joined,
	id,
	wrapped,
});

it("[VA72] 64 data keys of a subject are kept, the one kept longest makes room, and what is handed out is a copy", () => {
	const { keys, count } = begin();
	const subject = newSubject();
	const places = Array.from({ length: dataKeysMax + 1 }, (_, at) => placeOf(subject, `${at}`));
	const [first, second] = places as [DataKeyPlace, DataKeyPlace];
	const open = (place: DataKeyPlace) => {
		expect(encodeHex(keys.unwrapDataKey(place))).toBe(encodeHex(place.wrapped));
		return count("data");
	};
	for (const [at, place] of places.slice(0, dataKeysMax).entries()) expect(open(place)).toBe(at + 1);
	expect([open(first), open(second)]).toEqual([64, 64]);
	keys.unwrapDataKey(first).fill(0);
	expect(open(first)).toBe(64);
	expect(open(places.at(-1) as DataKeyPlace)).toBe(65);
	// The first fell out; opened anew it puts the second out.
	expect([open(places[2] as DataKeyPlace), open(first), open(places[2] as DataKeyPlace), open(second)]).toEqual([65, 66, 66, 67]);
});

it("[VA72] a data key is told from memory for the same set and the same wrapped bytes alone, one of a history never", () => {
	const { keys, count } = begin();
	const subject = newSubject();
	const place = placeOf(subject, "1");
	const attempts = [
		place,
		{ ...place },
		{ ...place, joined: "vitals" },
		{ ...place, wrapped: randomBytes(32) },
		{ ...place, id: "2" },
		{ ...place, subject: newSubject() },
	];
	const counts = attempts.map((each) => {
		keys.unwrapDataKey(each);
		return count("data");
	});
	expect(counts).toEqual([1, 1, 2, 3, 4, 5]);
	const history = placeOf(subject, "3", "");
	for (let times = 0; times < 2; times++) keys.unwrapDataKey(history);
	expect([count("data"), count("audit")]).toEqual([7, 1]);
});

it("[VA20] of the way down the key of the set stays: patient and compartment keys are overwritten as soon as it is made", () => {
	const { keys, opened, count } = begin();
	const subject = newSubject();
	const set = keys.keyOfSet(subject, "laboratory+vitals");
	expect(opened.map(({ place }) => place.kind)).toEqual(["patient", "compartment", "compartment"]);
	const single = keys.keyOfSet(subject, "laboratory");
	for (const { place, key } of opened) expect(key, place.kind).toEqual(new Uint8Array(32));
	for (const key of [set, single]) expect(key).not.toEqual(new Uint8Array(32));
	expect([keys.keyOfSet(subject, "laboratory+vitals"), keys.keyOfSet(subject, "laboratory"), count("patient")]).toEqual([set, single, 2]);
	keys.drop(subject);
	for (const key of [set, single]) expect(key).toEqual(new Uint8Array(32));
	keys.keyOfSet(subject, "laboratory");
	expect(count("patient")).toBe(3);
	const audit = keys.keyOfSet(subject, "");
	keys.clear();
	expect(audit).toEqual(new Uint8Array(32));
});

it("[VA20] the subject used longest ago falls out", () => {
	const { keys, count } = begin(2);
	const [a, b, c] = [newSubject(), newSubject(), newSubject()];
	for (const subject of [a, b, a, c, a, b]) keys.keyOfSet(subject, "laboratory");
	expect(count("patient")).toBe(4);
});
