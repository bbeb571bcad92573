import { describe, expect, it } from "vitest";
import type { SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { sealRecord } from "../record.ts";
import { bodyOf, createBench, custodian, newPseudonym, newSubject, newToken, randomBytes } from "../vault.fixtures.ts";
import type { SealingHandle, StoredRecord, VaultStore } from "../vault.ts";
import { fsckVault } from "./fsckVault.ts";

const coded = (code: string) => expect.objectContaining({ code });

/** A place where a store can stand; opened again, it finds what was there. */
export type StorePlace = () => Promise<VaultStore>;

export interface SealRowParameters {
	readonly token?: string;
	readonly version?: number;
	readonly deleted?: boolean;
	readonly text?: string;
}

export function sealRow(handle: SealingHandle, parameters: SealRowParameters = {}): StoredRecord {
	const { token = newToken(), version = 1, deleted = false, text = deleted ? "" : '{"resourceType":"Observation","id":"o"}' } = parameters;
	return sealRecord({ custodian, handle, token, version, storedAtMs: 1_000, deleted, body: bodyOf(text), randomBytes });
}

async function subjectsOf(store: VaultStore): Promise<SubjectId[]> {
	const subjects: SubjectId[] = [];
	for await (const subject of store.listSubjects()) subjects.push(subject);
	return subjects;
}

/** The rules every store keeps, whatever stands under it. `createPlace` gives an empty place each time. */
export function describeStore(name: string, createPlace: () => StorePlace): void {
	describe(`${name} is a vault store`, () => {
		const setUp = async () => {
			const { keyring } = await createBench();
			const [a, b] = [newSubject(), newSubject()];
			await Promise.all([a, b].map((subject) => keyring.createSubject(subject, newPseudonym())));
			const handleOf = (subject: SubjectId, ...compartments: Compartment[]) => keyring.sealFor(subject, compartments);
			const open = createPlace();
			return {
				open,
				store: await open(),
				a,
				b,
				handleOf,
				laboratory: await handleOf(a, "laboratory"),
				both: await handleOf(a, "laboratory", "genomics"),
			};
		};

		it("[VA40] a row comes back as it was stored, after a restart too", async () => {
			const { open, store, a, laboratory } = await setUp();
			const row = sealRow(laboratory);
			await store.putSubject(a, []);
			await store.putRecords([laboratory.wrapped], [row]);
			await store.close();
			const again = await open();
			const [stored] = await again.listRecords(a, ["laboratory"]);
			expect(stored).toEqual(row);
			expect(await again.getRecord(a, row.token)).toEqual(row);
			expect(await again.getDataKeys([laboratory.wrapped.id])).toEqual([laboratory.wrapped]);
			await again.close();
		});

		it("[VA70] new labels and what says so become visible together or not at all, and go with the subject", async () => {
			const { open, store, a, b, laboratory, handleOf } = await setUp();
			await store.beginImport("00");
			await store.stageRecords("00", [laboratory.wrapped], [sealRow(laboratory)]);
			await store.commitImport("00", [{ subject: a, lookups: [], labelled: "first" }]);
			expect(await store.labelledToken(a)).toBe("first");
			const genomics = await handleOf(a, "genomics");
			const moved = sealRow(genomics);
			const foreign = sealRow(await handleOf(b, "genomics"));
			await expect(store.relabelRecords(a, [genomics.wrapped], [moved, foreign], "second")).rejects.toThrow(coded("VAULT_ROW_INVALID"));
			await expect(store.relabelRecords(a, [], [moved], "second")).rejects.toThrow(coded("VAULT_ROW_INVALID"));
			expect([await store.labelledToken(a), await store.countRecords(a, ["genomics"])]).toEqual(["first", 0]);
			await store.relabelRecords(a, [genomics.wrapped], [moved], "second");
			await store.close();
			const again = await open();
			expect([await again.labelledToken(a), await again.countRecords(a, ["genomics"])]).toEqual(["second", 1]);
			await again.purge(a, "all");
			expect(await again.labelledToken(a)).toBeUndefined();
			await expect(again.relabelRecords(a, [], [], "third")).rejects.toThrow(coded("VAULT_ERASED"));
			await again.close();
		});

		it("[VA41] a record shows only where all its compartments are named", async () => {
			const { store, a, b, laboratory, both } = await setUp();
			const [plain, mixed] = [sealRow(laboratory), sealRow(both)];
			await store.putRecords([laboratory.wrapped, both.wrapped], [plain, mixed]);
			const tokens = async (...compartments: Compartment[]) => (await store.listRecords(a, compartments)).map((row) => row.token);
			expect(await tokens("laboratory")).toEqual([plain.token]);
			expect(await tokens("genomics")).toEqual([]);
			expect(await tokens("genomics", "laboratory", "vitals")).toEqual([plain.token, mixed.token]);
			expect(await store.countRecords(a, ["laboratory"])).toBe(1);
			expect(await store.countRecords(a, ["genomics", "laboratory"])).toBe(2);
			expect(await store.listRecords(b, ["genomics", "laboratory"])).toEqual([]);
			expect(await store.listRecords(a, [])).toEqual([]);
			await store.close();
		});

		it("[VA42] the latest version counts, wherever it lies; a tombstone hides the record and stays readable by version", async () => {
			const { store, a, laboratory, both } = await setUp();
			const token = newToken();
			await store.putRecords([laboratory.wrapped, both.wrapped], [sealRow(laboratory, { token })]);
			await store.putRecords([], [sealRow(both, { token, version: 2 })]);
			// Relabelled as genomic: the older version must not show to who may see the laboratory alone.
			expect(await store.listRecords(a, ["laboratory"])).toEqual([]);
			expect((await store.getRecord(a, token))?.version).toBe(2);
			expect((await store.getRecord(a, token, 1))?.version).toBe(1);
			await store.putRecords([], [sealRow(both, { token, version: 3, deleted: true })]);
			expect(await store.listRecords(a, ["laboratory", "genomics"])).toEqual([]);
			expect(await store.countRecords(a, ["laboratory", "genomics"])).toBe(0);
			expect((await store.getRecord(a, token))?.deleted).toBe(true);
			expect(await store.getRecord(a, newToken())).toBeUndefined();
			await store.close();
		});

		it("[VA43] rows of one call become visible together or not at all", async () => {
			const { store, a, b, laboratory, handleOf } = await setUp();
			const good = sealRow(laboratory);
			const other = await handleOf(b, "vitals");
			const unknownKey = await handleOf(a, "vitals");
			const root = await store.root();
			const bad: readonly (readonly [string, StoredRecord])[] = [
				["VAULT_EXISTS", sealRow(laboratory, { token: good.token })],
				["VAULT_ROW_INVALID", sealRow(unknownKey)],
				["VAULT_ROW_INVALID", { ...sealRow(laboratory), version: 2 }],
				["VAULT_ROW_INVALID", { ...sealRow(other), subject: a }],
				["VAULT_ROW_INVALID", { ...sealRow(laboratory), token: "x" }],
				["VAULT_ROW_INVALID", { ...sealRow(laboratory), rowHash: new Uint8Array(32) }],
			];
			for (const [code, row] of bad) {
				await expect(store.putRecords([laboratory.wrapped, other.wrapped], [good, row])).rejects.toThrow(coded(code));
			}
			expect(await store.countRecords(a, ["laboratory"])).toBe(0);
			expect(await store.root()).toBe(root);
			await store.putRecords([laboratory.wrapped], [good]);
			const impostor = { ...laboratory.wrapped, wrapped: unknownKey.wrapped.wrapped };
			await expect(store.putRecords([impostor], [])).rejects.toThrow(coded("VAULT_EXISTS"));
			await store.close();
		});

		it("[VA44] an import is invisible until it is committed, and then visible at once", async () => {
			const { store, a, laboratory } = await setUp();
			const root = await store.root();
			const rows = [sealRow(laboratory), sealRow(laboratory), sealRow(laboratory)];
			await store.beginImport("i");
			await store.stageRecords("i", [laboratory.wrapped], rows.slice(0, 2));
			await store.stageRecords("i", [], rows.slice(2));
			expect(await store.countRecords(a, ["laboratory"])).toBe(0);
			expect(await store.getRecord(a, rows[0]?.token as string)).toBeUndefined();
			expect(await store.root()).toBe(root);
			expect(await store.findSubjects("name", "t")).toEqual([]);
			// A key of an open import may vanish with it, so no other row may rest on it.
			await expect(store.putRecords([], [sealRow(laboratory)])).rejects.toThrow(coded("VAULT_ROW_INVALID"));
			await store.commitImport("i", [{ subject: a, lookups: [{ kind: "name", token: "t" }] }]);
			expect(await store.listRecords(a, ["laboratory"])).toEqual(rows);
			expect(await store.findSubjects("name", "t")).toEqual([a]);
			expect(await store.root()).not.toBe(root);
			expect((await fsckVault(store)).faults).toEqual([]);
			await expect(store.commitImport("i", [])).rejects.toThrow(coded("VAULT_IMPORT_UNKNOWN"));
			await store.close();
		});

		it("[VA45] an import aborted, or left open at the end of the process, leaves nothing", async () => {
			const { open, store, a, laboratory } = await setUp();
			await store.beginImport("aborted");
			await store.stageRecords("aborted", [laboratory.wrapped], [sealRow(laboratory)]);
			await store.abortImport("aborted");
			await store.beginImport("left");
			await expect(store.beginImport("left")).rejects.toThrow(coded("VAULT_EXISTS"));
			const row = sealRow(laboratory);
			await store.stageRecords("left", [laboratory.wrapped], [row]);
			await store.close();
			const again = await open();
			expect(await again.countRecords(a, ["laboratory"])).toBe(0);
			await expect(again.getDataKeys([laboratory.wrapped.id])).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(again.stageRecords("left", [], [])).rejects.toThrow(coded("VAULT_IMPORT_UNKNOWN"));
			// The same rows can come again.
			await again.putRecords([laboratory.wrapped], [row]);
			expect(await fsckVault(again)).toMatchObject({ rows: 1, purged: 0, faults: [] });
			await again.close();
		});

		it("[VA46] a purge leaves nothing of a subject but hashes, and the subject is not taken in again", async () => {
			const { open, store, a, b, laboratory, handleOf } = await setUp();
			const vitals = await handleOf(b, "vitals");
			await store.putSubject(a, [{ kind: "name", token: "ta" }]);
			await store.putSubject(b, [{ kind: "name", token: "tb" }]);
			await store.putRecords([laboratory.wrapped, vitals.wrapped], [sealRow(laboratory), sealRow(vitals), sealRow(laboratory)]);
			await store.purge(a, "all");
			expect(await store.countRecords(a, ["laboratory"])).toBe(0);
			expect(await store.countRecords(b, ["vitals"])).toBe(1);
			expect(await store.findSubjects("name", "ta")).toEqual([]);
			expect(await store.findSubjects("name", "tb")).toEqual([b]);
			await expect(store.getDataKeys([laboratory.wrapped.id])).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(store.putSubject(a, [])).rejects.toThrow(coded("VAULT_ERASED"));
			await expect(store.putRecords([laboratory.wrapped], [sealRow(laboratory)])).rejects.toThrow(coded("VAULT_ERASED"));
			expect(await subjectsOf(store)).toEqual([b]);
			expect(await fsckVault(store)).toMatchObject({ rows: 1, purged: 2, faults: [] });
			const root = await store.root();
			await store.close();
			const again = await open();
			expect(await again.root()).toBe(root);
			await again.close();
		});

		it("[VA47] a purge of compartments takes every version of what touches them", async () => {
			const { store, a, laboratory, both } = await setUp();
			const [token, kept] = [newToken(), sealRow(laboratory)];
			await store.putSubject(a, [{ kind: "name", token: "t" }]);
			await store.putRecords([laboratory.wrapped, both.wrapped], [sealRow(laboratory, { token }), sealRow(both, { token, version: 2 }), kept]);
			await store.purge(a, ["genomics"]);
			// Version 1 lay in the laboratory alone; it must not come back as the latest.
			expect(await store.listRecords(a, ["laboratory", "genomics"])).toEqual([kept]);
			expect(await store.getRecord(a, token)).toBeUndefined();
			expect(await store.findSubjects("name", "t")).toEqual([a]);
			await store.purge(a, ["link"]);
			expect(await store.findSubjects("name", "t")).toEqual([]);
			expect(await fsckVault(store)).toMatchObject({ rows: 1, purged: 2, faults: [] });
			await store.close();
		});

		it("[VA48] a purge during an open import takes the staged rows too", async () => {
			const { store, a, b, laboratory, handleOf } = await setUp();
			const vitals = await handleOf(b, "vitals");
			await store.beginImport("i");
			await store.stageRecords("i", [laboratory.wrapped, vitals.wrapped], [sealRow(laboratory), sealRow(vitals), sealRow(laboratory)]);
			await store.purge(a, "all");
			const last = sealRow(vitals);
			await store.stageRecords("i", [], [last]);
			await store.commitImport("i", [{ subject: b, lookups: [] }]);
			expect(await store.countRecords(b, ["vitals"])).toBe(2);
			expect(await fsckVault(store)).toMatchObject({ rows: 2, purged: 0, faults: [] });
			await store.close();
		});

		it("[VA49] look-ups find every subject with the token, of known subjects only", async () => {
			const { store, a, b } = await setUp();
			await store.putSubject(a, [{ kind: "name", token: "t" }]);
			await expect(store.addLookup(b, "name", "t")).rejects.toThrow(coded("VAULT_SUBJECT_UNKNOWN"));
			await store.putSubject(b, []);
			await store.addLookup(b, "name", "t");
			await store.addLookup(b, "name", "t");
			expect(await store.findSubjects("name", "t")).toEqual([a, b].sort());
			expect(await store.findSubjects("birth", "t")).toEqual([]);
			await store.close();
		});
	});
}
