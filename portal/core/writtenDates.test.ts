import { describe, expect, it } from "vitest";
import { formatsOf } from "../texts/texts.ts";
import { writeDates } from "./writtenDates.ts";

describe("dates in a sentence of the node", () => {
	it("[PO241] are written as the language does, instants in the reader's own time; what only looks like a date stays", () => {
		const [en, de] = [formatsOf("en"), formatsOf("de")];
		const label = "CPIC guideline, as it stood on 2025-10-01";
		expect(writeDates(label, en)).toBe("CPIC guideline, as it stood on 1 October 2025");
		expect(writeDates("Stand: 2025-10-01.", de)).toBe("Stand: 1. Oktober 2025.");
		expect(writeDates("the state of 2026-03-01T10:00:00.000Z; later", en)).toBe(`the state of ${en.time(Date.UTC(2026, 2, 1, 10))}; later`);
		for (const other of ["id-2025-10-01-a", "2025-13-45", "12025-10-011", "2025-10", "v2025-10-01x"]) expect(writeDates(other, de)).toBe(other);
	});
});
