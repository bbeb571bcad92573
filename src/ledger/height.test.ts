import { describe, expect, it } from "vitest";
import { assertKept, keptHeights, parseHeight } from "./height.ts";

const code = (name: string) => expect.objectContaining({ code: name, kind: "mistake" }) as Error;

describe("heights", () => {
	it("[LG34] are read in one spelling only", () => {
		expect(["0", "7", "9007199254740991"].map(parseHeight)).toEqual([0, 7, Number.MAX_SAFE_INTEGER]);
		for (const text of ["", " 1", "01", "-1", "+1", "1e3", "1.0", "0x10", "9007199254740992", "٣", "1\n"]) {
			expect(() => parseHeight(text), text).toThrow(code("LEDGER_HEIGHT_MALFORMED"));
		}
	});

	it("[LG34] tells a height that is none, one not sealed yet and one too old apart", () => {
		for (const [newest, oldest] of [
			[0, 0],
			[keptHeights - 1, 0],
			[keptHeights, 1],
			[5_000, 5_001 - keptHeights],
		] as const) {
			assertKept(newest, newest);
			assertKept(oldest, newest);
			expect(() => assertKept(newest + 1, newest)).toThrow(code("LEDGER_HEIGHT_NOT_SEALED"));
			const below = oldest === 0 ? "LEDGER_HEIGHT_MALFORMED" : "LEDGER_HEIGHT_TOO_OLD";
			expect(() => assertKept(oldest - 1, newest)).toThrow(code(below));
		}
		for (const none of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => assertKept(none, 3)).toThrow(code("LEDGER_HEIGHT_MALFORMED"));
	});
});
