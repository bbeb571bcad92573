import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dayMs, encodeHex, type Instant, type MemberId } from "#base";
import { custodian, randomBytes, temporaryFolder } from "../vault.fixtures.ts";
import { EpochFile, type EpochFileParameters, epochMs, readEpochDerivation } from "./epochFile.ts";
import type { SealingKey } from "./sealingKey.ts";

const coded = (code: string) => expect.objectContaining({ code });
const began = Date.UTC(2026, 4, 1) as Instant;
const later = (ms: number) => (began + ms) as Instant;
const sealingKey = (name: string): SealingKey => ({ form: { name: "vault-transit", key: "k", wrapped: name }, bytes: randomBytes(32) });

/** An epoch file whose random draws a test may look at, and make fail. */
function begin(changes: Partial<EpochFileParameters> = {}) {
	const path = join(temporaryFolder(), "epochs");
	const draws = { watch: (_sizeBytes: number): void => {} };
	const parameters: EpochFileParameters = {
		...{ path, custodian, sealingKey: sealingKey("old"), backupLifetimeMs: 30 * dayMs },
		randomBytes: (size) => {
			draws.watch(size);
			return randomBytes(size);
		},
		...changes,
	};
	const textOf = (at = path) => (existsSync(at) ? readFileSync(at, "utf8") : undefined);
	return { path, parameters, draws, file: EpochFile.load(parameters), read: () => JSON.parse(textOf() as string), textOf };
}

const hex = (key: Uint8Array | undefined) => key && encodeHex(key);
const sealed = expect.stringMatching(/^[0-9a-f]{120}$/);

describe("[VA31] an epoch", () => {
	it("is written down whole: when it began, ended and was last used, from the first on, and by whom it is sealed", () => {
		const { file, read, path } = begin();
		expect(existsSync(path)).toBe(false);
		expect([file.lastEnd(began), file.close(began), file.expire(began), file.keyOf(1)]).toEqual([began, began, 0, undefined]);
		// Where no backup was made there is no file.
		expect(existsSync(path)).toBe(false);
		expect(file.startBackup(began).epoch).toBe(1);
		const whole = (...epochs: readonly object[]) => ({
			...{ format: "aceso/epochs/1", custodian, derivation: { name: "vault-transit", key: "k", wrapped: "old" } },
			epochs: epochs.map((epoch, at) => ({ epoch: at + 1, startedAtMs: began, closedAtMs: null, sealed, ...epoch })),
		});
		expect(read()).toEqual(whole({ lastBackupAtMs: began }));
		file.startBackup(later(5));
		expect(read()).toEqual(whole({ lastBackupAtMs: later(5) }));
		file.close(later(6));
		expect(read()).toEqual(whole({ lastBackupAtMs: later(5), closedAtMs: later(6) }));
		// What has ended does not end again.
		file.close(later(7));
		expect(file.startBackup(later(8)).epoch).toBe(2);
		const first = { lastBackupAtMs: later(5), closedAtMs: later(6) };
		expect(read()).toEqual(whole(first, { startedAtMs: later(8), lastBackupAtMs: later(8) }));
		file.close(later(9));
		expect(read()).toEqual(whole(first, { startedAtMs: later(8), lastBackupAtMs: later(8), closedAtMs: later(9) }));
	});

	it("takes backups for seven days less a millisecond, under one key, and the next has another", () => {
		const { file, parameters } = begin();
		const { key } = file.startBackup(began);
		const last = file.startBackup(later(epochMs - 1));
		expect([last.epoch, hex(last.key)]).toEqual([1, hex(key)]);
		const next = file.startBackup(later(epochMs));
		expect(next.epoch).toBe(2);
		expect(hex(next.key)).not.toBe(hex(key));
		const again = EpochFile.load(parameters);
		expect([again.keyOf(1), again.keyOf(2), again.keyOf(3)].map(hex)).toEqual([hex(key), hex(next.key), undefined]);
	});

	it("dies when its last backup is as old as backups may be, and not while it takes any", () => {
		const { file, read } = begin({ backupLifetimeMs: dayMs });
		file.startBackup(began);
		// Its backup has expired, and it is open still: its key may serve another.
		expect([file.lastEnd(began), file.expire(later(2 * dayMs))]).toEqual([later(dayMs), 0]);
		file.close(later(2 * dayMs));
		expect(file.lastEnd(later(2 * dayMs))).toBe(later(2 * dayMs));
		file.startBackup(later(3 * dayMs));
		file.close(later(3 * dayMs));
		expect(file.lastEnd(later(0))).toBe(later(4 * dayMs));
		expect([file.expire(later(4 * dayMs - 1)), read().epochs.length]).toEqual([1, 1]);
		expect([file.keyOf(1), hex(file.keyOf(2))]).toEqual([undefined, expect.any(String)]);
		expect([file.expire(later(4 * dayMs)), file.expire(later(4 * dayMs)), read().epochs]).toEqual([1, 0, []]);
		// Numbers go on from what is known, and begin again where nothing is.
		expect(file.startBackup(later(5 * dayMs)).epoch).toBe(1);
	});
});

describe("[VA34] [VA65] an epoch file that a crash, or an attempt that failed, left half-way", () => {
	it("is settled before it is written again: where the next file alone holds the keys, they are in the file's place first", () => {
		const { file, path, draws, textOf } = begin();
		const { key } = file.startBackup(began);
		const large = 100;
		draws.watch = (size) => {
			if (size > large) throw new Error("no randomness");
		};
		expect(() => file.startBackup(later(1))).toThrow("no randomness");
		const left = textOf(`${path}.next`);
		expect(JSON.parse(left as string).epochs).toHaveLength(1);
		// As an overwriting that began leaves it.
		writeFileSync(path, "garbage".repeat(80));
		const seen: (string | undefined)[] = [];
		draws.watch = (size) => {
			if (size > large) seen.push(textOf());
		};
		expect(hex(file.startBackup(later(2)).key)).toBe(hex(key));
		// Whatever is overwritten while the next file is written anew, a whole one stands beside it.
		expect(seen).toEqual(["garbage".repeat(80), left]);
		expect(existsSync(`${path}.next`)).toBe(false);
	});

	it("is what the next file says where that is whole, and what stands in its place where it is not; nothing of the other is left", () => {
		const { file, path, parameters, textOf } = begin();
		const { key } = file.startBackup(began);
		const older = textOf() as string;
		file.close(later(1));
		const newer = textOf() as string;
		writeFileSync(path, older);
		writeFileSync(`${path}.next`, newer);
		expect(EpochFile.load(parameters).startBackup(later(2)).epoch).toBe(2);
		expect(existsSync(`${path}.next`)).toBe(false);
		for (const half of [newer.slice(0, -1), "", newer.replace("aceso/epochs/1", "aceso/epochs/2")]) {
			writeFileSync(path, older);
			writeFileSync(`${path}.next`, half);
			expect(hex(EpochFile.load(parameters).keyOf(1))).toBe(hex(key));
			expect([existsSync(`${path}.next`), textOf()]).toEqual([false, older]);
		}
		writeFileSync(path, "garbage");
		expect(() => EpochFile.load(parameters)).toThrow(coded("VAULT_INTEGRITY"));
	});

	it("opens with the sealing key that the root has: the old one while the root has not moved, the new one once it has", () => {
		const { file, parameters, read, path } = begin();
		const key = hex(file.startBackup(began).key);
		const next = sealingKey("new");
		file.prepareMove(next);
		const between = read();
		expect(between.next).toEqual({ derivation: next.form, sealed: [sealed] });
		expect(hex(EpochFile.load(parameters).keyOf(1))).toBe(key);
		expect(read()).toEqual({ ...between, next: undefined });
		writeFileSync(path, JSON.stringify(between));
		const moved = { ...parameters, sealingKey: next };
		expect(hex(EpochFile.load(moved).keyOf(1))).toBe(key);
		expect(read()).toEqual({
			...between,
			derivation: next.form,
			epochs: [{ ...between.epochs[0], sealed: between.next.sealed[0] }],
			next: undefined,
		});
		expect(() => EpochFile.load(parameters).keyOf(1)).toThrow(coded("VAULT_PASSPHRASE_WRONG"));
		expect(() => EpochFile.load({ ...moved, custodian: "labor-sued" as MemberId }).keyOf(1)).toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	});

	it("ends a move by what became of the root, once, and does nothing where none was begun", () => {
		for (const isMoved of [false, true]) {
			const { file, parameters, read, textOf } = begin();
			const key = hex(file.startBackup(began).key);
			const before = textOf();
			file.settleMove(sealingKey("any"));
			expect(textOf()).toBe(before);
			const next = sealingKey("new");
			file.prepareMove(next);
			const holds = isMoved ? next : parameters.sealingKey;
			file.settleMove(holds);
			expect([read().next, read().derivation]).toEqual([undefined, holds.form]);
			const settled = textOf();
			file.settleMove(sealingKey("any"));
			expect([textOf(), hex(file.startBackup(later(1)).key)]).toEqual([settled, key]);
			expect(read().derivation).toEqual(holds.form);
			expect(hex(EpochFile.load({ ...parameters, sealingKey: holds }).keyOf(1))).toBe(key);
		}
	});

	it("moves without a file as well: the first backup afterwards is under the new sealing key", () => {
		const { file, path, read, parameters } = begin();
		const next = sealingKey("new");
		file.prepareMove(next);
		file.finishMove(next);
		expect(existsSync(path)).toBe(false);
		const key = hex(file.startBackup(began).key);
		expect([read().derivation, read().next]).toEqual([next.form, undefined]);
		expect(hex(EpochFile.load({ ...parameters, sealingKey: next }).keyOf(1))).toBe(key);
	});

	it("says how its keys were derived by the newer of its two files, and that it is missing where neither is there", () => {
		const { file, path, textOf } = begin();
		expect(() => readEpochDerivation(path)).toThrow(coded("VAULT_RESTORE_REFUSED"));
		file.startBackup(began);
		const text = textOf() as string;
		expect(readEpochDerivation(path)).toMatchObject({ wrapped: "old" });
		writeFileSync(`${path}.next`, text.replace('"old"', '"newer"'));
		expect(readEpochDerivation(path)).toMatchObject({ wrapped: "newer" });
		writeFileSync(`${path}.next`, "half");
		expect(readEpochDerivation(path)).toMatchObject({ wrapped: "old" });
	});

	it("is copied under another sealing key with everything it says", () => {
		const { file, parameters, read, path } = begin();
		const key = hex(file.startBackup(began).key);
		file.close(later(1));
		const second = hex(file.startBackup(later(2)).key);
		const next = sealingKey("other");
		const copy = { ...parameters, path: `${path}.copy`, sealingKey: next };
		const before = read();
		file.copyTo(copy);
		expect(read()).toEqual(before);
		const copied = EpochFile.load(copy);
		expect([copied.keyOf(1), copied.keyOf(2)].map(hex)).toEqual([key, second]);
		const said = JSON.parse(readFileSync(copy.path, "utf8"));
		expect(said).toEqual({ ...before, derivation: next.form, epochs: before.epochs.map((epoch: object) => ({ ...epoch, sealed })) });
	});
});
