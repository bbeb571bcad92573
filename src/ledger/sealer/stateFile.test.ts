import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { type Digest, sha256Hex, sha256Utf8 } from "#base";
import { temporaryPath } from "../testing/openToySealer.ts";
import { StateFile } from "./stateFile.ts";

const pageBytes = 4_096;
const root = "00".repeat(32) as Digest;

/** A state file with nothing in it, open for writing. */
function openEmpty() {
	const path = temporaryPath();
	StateFile.create(path, root, () => undefined);
	const file = StateFile.open(path);
	let isOpen = true;
	const close = (): void => {
		if (isOpen) file.close();
		isOpen = false;
	};
	onTestFinished(close);
	let height = 0;
	/** One batch of so many new values, in no order. */
	const write = (values: number): void => {
		height++;
		const keyOf = (i: number) => sha256Hex(sha256Utf8(`${height} ${i}`));
		const changes = Array.from({ length: values }, (_, i) => ({ contract: "consent" as const, key: keyOf(i), text: `"${"x".repeat(200)}"` }));
		file.apply({ height, stateRoot: root, values: changes, pages: [], transactions: [], undo: [] });
	};
	return { path, file, close, write, walPages: () => statSync(`${path}-wal`).size / pageBytes };
}

it("[LG63] copied back in between, the write-ahead log begins anew, however much is written in all", () => {
	const { path, file, write, walPages } = openEmpty();
	for (let batch = 0; batch < 12; batch++) {
		write(2_000);
		file.copyBack("pause");
	}
	expect(walPages()).toBeLessThan(4_000);
	const other = new DatabaseSync(path, { readOnly: true });
	expect(other.prepare("SELECT count(*) AS count FROM state").get()).toEqual({ count: 24_000 });
	other.close();
});

it("[LG63] without a pause it is copied back after 24,000 rows, and not before", () => {
	const { path, file, write, walPages } = openEmpty();
	const copied = () => statSync(path).size / pageBytes > 1_000;
	const seen: boolean[] = [];
	for (let batch = 0; batch < 14; batch++) {
		write(2_000);
		file.copyBack("busy");
		seen.push(copied());
	}
	expect(seen.indexOf(true)).toBe(11);
	for (let batch = 0; batch < 24; batch++) {
		write(2_000);
		file.copyBack("busy");
	}
	// Up to a page and a half for each of 24,000 rows, while a table grows; three times as many were written.
	expect(walPages()).toBeLessThan(40_000);
});

it("[LG63] who never copies back is kept from a log without end: it grows to 48,000 pages and what one batch adds", { timeout: 60_000 }, () => {
	const { write, walPages } = openEmpty();
	const grown: number[] = [];
	for (let batch = 0; batch < 120; batch++) {
		write(2_000);
		grown.push(walPages());
	}
	expect(grown.at(23)).toBeGreaterThan(7_500);
	expect(grown.at(-1)).toBeGreaterThan(44_000);
	expect(grown.at(-1)).toBeLessThan(58_000);
});

it("[LG63] a few rows are left where they are", () => {
	const { file, write, walPages } = openEmpty();
	const grown: number[] = [];
	for (let batch = 0; batch < 20; batch++) {
		write(50);
		file.copyBack("pause");
		grown.push(walPages());
	}
	expect(grown.at(-1)).toBeGreaterThan(2 * (grown[0] as number));
});

it("[LG63] where it cannot be copied back what was written counts all the same", () => {
	const { path, file, write } = openEmpty();
	write(2_500);
	const reader = new DatabaseSync(path, { readOnly: true });
	reader.exec("BEGIN; SELECT count(*) FROM state");
	write(2_500);
	file.copyBack("pause");
	expect(file.applied()?.height).toBe(2);
	reader.close();
	write(2_500);
	file.copyBack("pause");
	expect([...file.stateRows()]).toHaveLength(7_500);
});

it("[LG63] what SQLite refuses to copy is copied the next time; any other fault is told", () => {
	const { path, file, close, write } = openEmpty();
	write(2_500);
	const before = statSync(path).size;
	// Within a transaction of its own SQLite refuses (SQLITE_LOCKED).
	file.atOnce(() => {
		file.applied();
		file.copyBack("pause");
	});
	expect(statSync(path).size).toBe(before);
	file.copyBack("pause");
	expect(statSync(path).size).toBeGreaterThan(before + 100 * pageBytes);
	write(2_500);
	close();
	expect(() => file.copyBack("pause")).toThrow(/not open/);
});
