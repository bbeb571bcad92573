import { describe, expect, it } from "vitest";
import { effectsOf, isReviewed, statementsOf } from "./reviewedTexts.ts";

describe("texts of a newer release", () => {
	it("[GU14] one that nobody has read sends the reader to the guideline, however much it looks like a known one", () => {
		expect(statementsOf("<p>Avoid use, or give 50% of the standard dose.</p>")).toBe("see-guideline");
		expect(effectsOf("CYP2C19: Normal metabolism, mostly")).toBe("see-guideline");
		expect(isReviewed("<p>Avoid use, or give 50% of the standard dose.</p>", [])).toBe(false);
	});

	it("[GU14] a known part keeps its codes beside an unknown one", () => {
		expect(statementsOf("<p>Avoid use</p><h4>More</h4><p>Perhaps.</p>")).toBe("avoid; see-guideline");
		expect(statementsOf("<p>Avoid\n  use</p>")).toBe("avoid");
	});
});
