import { describe, expect, it } from "vitest";
import { clockWentBack } from "./clockWentBack.ts";

describe("[WA36] a clock that was set back is told, requests that overtake each other are not", () => {
	it.each([[[]], [[7]], [[0, 1, 1, 2]], [[0, 5_000, 0]], [[1_000, 999, 1_001]]])("%j is the ordinary course", (times) => {
		expect(clockWentBack(times)).toBe(false);
	});

	it.each([[[5_001, 0]], [[0, 86_400_000, 1]], [[0, 4_000, 8_000, 2_999]]])("%j is not", (times) => {
		expect(clockWentBack(times)).toBe(true);
	});
});
