import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type HistoryTrust, verifyHistory } from "./verifyHistory.ts";

const vectors = new URL("../../vectors/", import.meta.url);
const text = readFileSync(new URL("history.json", vectors), "utf8");
const pins = { ...JSON.parse(readFileSync(new URL("history-pins.json", vectors), "utf8")), now: 1_772_438_400_000 } as HistoryTrust;

const codeOf = (spelling: string) => verifyHistory(JSON.parse(spelling), pins).checks.find(({ ok }) => !ok)?.code;

describe("what a file can hold and a value cannot show", () => {
	it("[WA20] the published history is one", () => {
		expect(codeOf(text)).toBeUndefined();
	});

	// A reader that drops the member before it hashes would call the forged value proved.
	it("[WA32] __proto__ beside the fields of a proved value, of an entry and of the export", () => {
		expect(codeOf(text.replace('"writer":', '"__proto__":{},"writer":'))).toBe("WALLET_LEDGER_PROOF_INVALID");
		expect(codeOf(text.replace('"requester":', '"__proto__":{},"requester":'))).not.toBeUndefined();
		expect(codeOf(text.replace("{", '{"__proto__":{},'))).not.toBeUndefined();
	});

	// The patient's page would have shown an exception instead of a refusal.
	it("[WA20] a value nested deeper than any stack is refused, not thrown", () => {
		const deep = `"deep":${"[".repeat(100_000)}${"]".repeat(100_000)},"writer":`;
		expect(codeOf(text.replace('"writer":', deep))).toBe("WALLET_LEDGER_PROOF_INVALID");
	});

	it("[WA32] minus zero is no place", () => {
		expect(codeOf(text.replace(/"leafIndex": 0,/, '"leafIndex": -0,'))).toBe("WALLET_EXPORT_INVALID");
	});
});
