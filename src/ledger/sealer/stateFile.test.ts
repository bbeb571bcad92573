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
		file.copyBack();
	}
	expect(walPages()).toBeLessThan(4_000);
	const other = new DatabaseSync(path, { readOnly: true });
	expect(other.prepare("SELECT count(*) AS count FROM state").get()).toEqual({ count: 24_000 });
	other.close();
});

it("[LG63] without a pause it grows to 24,000 pages and what one batch adds, and no further", () => {
	const { write, walPages } = openEmpty();
	const grown: number[] = [];
	for (let batch = 0; batch < 72; batch++) {
		write(2_000);
		grown.push(walPages());
	}
	expect(grown.at(23)).toBeGreaterThan(7_500);
	expect(grown.at(-1)).toBeGreaterThan(22_000);
	expect(grown.at(-1)).toBeLessThan(30_000);
});

it("[LG63] a few rows are left where they are", () => {
	const { file, write, walPages } = openEmpty();
	const grown: number[] = [];
	for (let batch = 0; batch < 20; batch++) {
		write(50);
		file.copyBack();
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
	file.copyBack();
	expect(file.applied()?.height).toBe(2);
	reader.close();
	write(2_500);
	file.copyBack();
	expect([...file.stateRows()]).toHaveLength(7_500);
});

it("[LG63] what SQLite refuses to copy is copied the next time; any other fault is told", () => {
	const { path, file, close, write } = openEmpty();
	write(2_500);
	const before = statSync(path).size;
	// Within a transaction of its own SQLite refuses (SQLITE_LOCKED).
	file.atOnce(() => {
		file.applied();
		file.copyBack();
	});
	expect(statSync(path).size).toBe(before);
	file.copyBack();
	expect(statSync(path).size).toBeGreaterThan(before + 100 * pageBytes);
	write(2_500);
	close();
	expect(() => file.copyBack()).toThrow(/not open/);
});
