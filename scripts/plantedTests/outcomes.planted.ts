import { describe, expect, it } from "vitest";

it("passes", () => expect(1).toBe(1));
it("fails", () => expect(1).toBe(2));
it("skips itself with a sentence", (test) => test.skip("the reference data are absent"));
describe.skipIf(true)("a suite (needs ../shared)", () => {
	it("never runs", () => expect(1).toBe(2));
});
