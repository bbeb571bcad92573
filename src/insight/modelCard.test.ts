import { describe, expect, it } from "vitest";
import { parseCanonical, sha256Hex } from "#base";
import { preventModelCard, preventModelCardBytes, preventModelCardHash } from "./modelCard.ts";
import { codesHash, knowledgeVersion } from "./prevent/codes.ts";
import { coefficientsHash } from "./prevent/coefficients.ts";

describe("model card", () => {
	it("[IN13] is canonical JSON that the ledger accepts, known by its hash", () => {
		expect(parseCanonical(preventModelCardBytes)).toEqual(preventModelCard);
		expect(preventModelCardHash).toBe(sha256Hex(preventModelCardBytes));
	});

	it("[IN13] names the tables it computes with", () => {
		expect(preventModelCard.knowledge).toMatchObject({ version: knowledgeVersion, coefficients: coefficientsHash, codes: codesHash });
		expect(preventModelCard.id).toBe("prevent-2023");
	});
});
