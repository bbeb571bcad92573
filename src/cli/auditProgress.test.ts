import { describe, expect, it } from "vitest";
import { auditProgress } from "./auditProgress.ts";

/** What reaches the user of an audit that says one thing. */
function heard(interactive: boolean, options: { json: boolean; progress: boolean }): string[] {
	const texts: string[] = [];
	auditProgress({ interactive, progress: (text) => texts.push(text) }, options)("1 of 2 leaves");
	return texts;
}

describe("auditProgress", () => {
	it("speaks where a person watches, and elsewhere when asked", () => {
		expect(heard(true, { json: false, progress: false })).toEqual(["1 of 2 leaves"]);
		expect(heard(false, { json: false, progress: true })).toEqual(["1 of 2 leaves"]);
		expect(heard(false, { json: false, progress: false })).toEqual([]);
	});

	it("is silent beside --json", () => {
		for (const interactive of [false, true]) for (const progress of [false, true]) expect(heard(interactive, { json: true, progress })).toEqual([]);
	});
});
