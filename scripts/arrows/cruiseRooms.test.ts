import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cruiseRooms } from "./cruiseRooms.ts";

const repository = join(import.meta.dirname, "../..");

describe("the arrows between rooms", () => {
	it("refuses every import planted against the rules, and lets a type through to fhir", async () => {
		const { violations, modules, sourceFiles } = await cruiseRooms(join(import.meta.dirname, "planted"));
		expect(modules).toBe(sourceFiles);
		expect(violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`).sort()).toEqual([
			"arrow-base: src/base/index.ts → src/gate/index.ts",
			"arrow-gate: src/gate/attic.ts → src/attic/index.ts",
			"arrow-insight: src/insight/index.ts → src/vault/index.ts",
			"contracts-stand-alone: src/contracts/index.ts → fs",
			"door-by-name: src/gate/attic.ts → src/attic/index.ts",
			"door-by-name: src/vault/index.ts → src/log/index.ts",
			"fhir-takes-types-only: src/fhir/index.ts → src/contracts/index.ts",
			"no-cycle: src/insight/even.ts → src/insight/odd.ts",
			"no-test-support-in-production: src/log/writer.ts → src/log/testing/fakeLog.ts",
			"not-through-own-door: src/vault/own.ts → src/vault/index.ts",
			"one-door: src/insight/index.ts → src/gate/hidden.ts",
			"pure-rooms-do-no-input-or-output: src/contracts/index.ts → fs",
			"resolvable: src/insight/index.ts → ./absent.ts",
			"unknown-room: src/gate/attic.ts → src/attic/index.ts",
		]);
	});

	it("reads every source file: with TypeScript 7 the reader would see none and report no violation", async () => {
		const { modules, sourceFiles } = await cruiseRooms(repository);
		expect(sourceFiles).toBeGreaterThan(100);
		expect(modules).toBe(sourceFiles);
	});
});
