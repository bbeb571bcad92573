import { expect, it } from "vitest";
import type { MemberId } from "#base";
import { openRecord, sealRecord } from "./record.ts";
import { bodyOf, createBench, custodian, newPseudonym, newSubject, newToken, randomBytes } from "./vault.fixtures.ts";
import type { SealingHandle, StoredRecord } from "./vault.ts";

const observation = '{"resourceType":"Observation","id":"a","valueQuantity":{"value":1.50,"unit":"mmol/L"},"note":"line\\nbreak ü"}';

function sealOne(handle: SealingHandle, overrides: { token?: string; version?: number; deleted?: boolean; text?: string } = {}): StoredRecord {
	const { token = newToken(), version = 1, deleted = false, text = observation } = overrides;
	return sealRecord({ custodian, handle, token, version, storedAtMs: 5, deleted, body: bodyOf(text), randomBytes });
}

async function handles(): Promise<readonly [SealingHandle, SealingHandle]> {
	const { keyring } = await createBench();
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	return [await keyring.sealFor(subject, ["laboratory"]), await keyring.sealFor(subject, ["vitals"])];
}

it("[VA3] a resource comes back in its own spelling, decimals with their digits", async () => {
	const [handle] = await handles();
	const opened = openRecord({ custodian, row: sealOne(handle), dataKey: handle.dataKey });
	expect(opened.resourceText).toBe(observation);
	expect(opened.resourceText).toContain("1.50");
	expect(opened.resource.id).toBe("a");
	expect(opened.resource).toBe(opened.resource);
	expect(opened.conditions).toEqual(["cardiology"]);
});

it("[VA4] a ciphertext moved to another place does not open there", async () => {
	const [handle] = await handles();
	const row = sealOne(handle);
	const moved: readonly Partial<StoredRecord>[] = [
		{ token: newToken() },
		{ version: 2 },
		{ compartments: "vitals" },
		{ subject: newSubject() },
		{ dataKey: "0".repeat(32) },
		{ storedAtMs: 6 },
		{ deleted: true },
		{ ciphertext: sealOne(handle).ciphertext },
	];
	for (const change of moved) {
		expect(() => openRecord({ custodian, row: { ...row, ...change }, dataKey: handle.dataKey })).toThrow(
			expect.objectContaining({ code: "VAULT_INTEGRITY", kind: "stop" }),
		);
	}
	expect(() => openRecord({ custodian: "labor-sued" as MemberId, row, dataKey: handle.dataKey })).toThrow(
		expect.objectContaining({ code: "VAULT_INTEGRITY" }),
	);
});

it("[VA4] another compartment's data key does not open a row", async () => {
	const [laboratory, vitals] = await handles();
	expect(() => openRecord({ custodian, row: sealOne(laboratory), dataKey: vitals.dataKey })).toThrow(
		expect.objectContaining({ code: "VAULT_INTEGRITY" }),
	);
});

it("[VA5] a tombstone has no resource, and nothing else is one", async () => {
	const [handle] = await handles();
	const opened = openRecord({ custodian, row: sealOne(handle, { deleted: true, text: "" }), dataKey: handle.dataKey });
	expect(() => opened.resource).toThrow(expect.objectContaining({ code: "VAULT_RECORD_DELETED" }));
	expect(() => sealOne(handle, { deleted: true })).toThrow(expect.objectContaining({ code: "VAULT_ROW_INVALID" }));
	expect(() => sealOne(handle, { text: "" })).toThrow(expect.objectContaining({ code: "VAULT_ROW_INVALID" }));
});
