import { describe, expect, it } from "vitest";
import { MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { readModel } from "./models.ts";

const card = { modelId: "prevent", version: "1.0.0", cardHash: "aa".repeat(32), knowledgeHash: "bb".repeat(32) };

function code(ledger: MemoryLedger, action: string, by: string, body: object): string {
	return ledger.codeOf("models", action, by, body);
}

describe("models", () => {
	it("[MO1] the first publisher owns the model", () => {
		const ledger = new MemoryLedger();
		expect(code(ledger, "publish", "mallory", card)).toBe("MODELS_NOT_A_MEMBER");
		expect(code(ledger, "publish", "charite", card)).toBe("accepted");
		expect(code(ledger, "publish", "institute", { ...card, version: "1.0.1" })).toBe("MODELS_NOT_PUBLISHER");
		expect(readModel(ledger, "prevent")).toEqual({ ...card, publisher: "charite", status: "current", publishedAtMs: noon, retiredAtMs: 0 });
		expect(readModel(ledger, "other")).toBeUndefined();
		expect(code(ledger, "publish", "charite", { ...card, modelId: "pre/vent" })).toBe("SCHEMA");
	});

	it("[MO2] a version stands as it was published", () => {
		const ledger = new MemoryLedger();
		ledger.apply("models", "publish", "charite", card);
		expect(code(ledger, "publish", "charite", { ...card, cardHash: "cc".repeat(32) })).toBe("MODELS_VERSION_EXISTS");
		ledger.apply("models", "publish", "charite", { ...card, version: "2.0.0", cardHash: "cc".repeat(32) });
		expect(readModel(ledger, "prevent")?.version).toBe("2.0.0");
		expect(readModel(ledger, "prevent", "1.0.0")?.cardHash).toBe(card.cardHash);
	});

	it("[MO3] the publisher retires a version, once", () => {
		const ledger = new MemoryLedger();
		ledger.apply("models", "publish", "charite", card);
		const named = { modelId: "prevent", version: "1.0.0" };
		expect(code(ledger, "retire", "institute", named)).toBe("MODELS_NOT_PUBLISHER");
		expect(code(ledger, "retire", "charite", { ...named, version: "3" })).toBe("MODELS_UNKNOWN");
		ledger.time += 5;
		expect(code(ledger, "retire", "charite", named)).toBe("accepted");
		expect(readModel(ledger, "prevent")).toMatchObject({ status: "retired", retiredAtMs: noon + 5 });
		expect(code(ledger, "retire", "charite", named)).toBe("MODELS_RETIRED");
		expect(code(ledger, "publish", "charite", card)).toBe("MODELS_VERSION_EXISTS");
	});
});
