import { expect, it } from "vitest";
import type { Pseudonym, SubjectId } from "#base";
import { type KeyTables, wholeSubject } from "./keyTables.ts";
import { Standings } from "./standings.ts";

const id = (name: string) => name as SubjectId;

/** Tables that tell how often they were asked. */
function tablesOf(state: { readonly live: Set<string>; readonly destroyed: Set<string> }) {
	const asked: string[] = [];
	const tables = {
		getTombstone: (subject: string, compartment: string) => {
			asked.push(subject);
			return compartment === wholeSubject && state.destroyed.has(subject) ? {} : undefined;
		},
		listDestroyed: (subject: string) => [`class of ${subject}`],
		getSubject: (subject: string) => (state.live.has(subject) ? { pseudonym: `p-${subject}` } : undefined),
	};
	return { asked, standings: new Standings(tables as never as KeyTables) };
}

it("[VA71] who is live or destroyed is looked up once, who is unknown each time, and whoever was dropped anew", () => {
	const state = { live: new Set(["a", "held"]), destroyed: new Set(["gone", "held"]) };
	const { asked, standings } = tablesOf(state);
	const expected = [
		{ status: "live", pseudonym: "p-a" as Pseudonym, destroyed: ["class of a"] },
		{ status: "destroyed", pseudonym: undefined, destroyed: [] },
		{ status: "destroyed", pseudonym: "p-held" as Pseudonym, destroyed: [] },
		{ status: "unknown", pseudonym: undefined, destroyed: [] },
	];
	const all = ["a", "gone", "held", "nobody"];
	for (let times = 0; times < 2; times++) expect(all.map((name) => standings.get(id(name)))).toEqual(expected);
	expect(asked).toEqual(["a", "gone", "held", "nobody", "nobody"]);
	state.destroyed.add("a");
	expect(standings.get(id("a")).status).toBe("live");
	standings.drop(id("a"));
	expect([standings.get(id("a")).status, standings.get(id("gone")).status, asked.length]).toEqual(["destroyed", "destroyed", 6]);
	standings.clear();
	for (const name of all) standings.get(id(name));
	expect(asked.length).toBe(10);
});

it("[VA71] of 16,384 that are kept those looked up longest ago make room, a sixteenth at a time", () => {
	const live = new Set(Array.from({ length: 16_385 }, (_, at) => `${at}`));
	const { asked, standings } = tablesOf({ live, destroyed: new Set() });
	for (let at = 0; at < 16_384; at++) standings.get(id(`${at}`));
	standings.get(id("0"));
	expect(asked.length).toBe(16_384);
	standings.get(id("16384"));
	for (const kept of ["1025", "16383", "16384"]) standings.get(id(kept));
	expect(asked.length).toBe(16_385);
	for (const gone of ["0", "1024"]) standings.get(id(gone));
	expect(asked.length).toBe(16_387);
});
