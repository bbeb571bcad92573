import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, encodeHex } from "#base";
import { MemoryPages, sparsePath } from "#log";
import type { StateChange } from "../state.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import { temporaryPath } from "../testing/openToySealer.ts";
import { decodeBatch, encodeBatch } from "./batchCodec.ts";
import { LedgerState } from "./ledgerState.ts";
import { type StateBatch, StateFile } from "./stateFile.ts";

const nobody = "0".repeat(64) as Digest;
const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
/** There from the first block on, so that the top page is a fan, which is written over. */
const company = Array.from({ length: 40 }, (_, i) => `c${i}`);
const changes = fc.uniqueArray(fc.record({ key: fc.constantFrom(...keys), text: fc.option(fc.nat(9).map(String), { nil: undefined, freq: 2 }) }), {
	selector: ({ key }) => key,
	minLength: 1,
	maxLength: 20,
});
/** What becomes of a draft, and who asks, or writes to the file, while it is there. */
const block = fc.record({
	changes,
	fate: fc.constantFrom("accept", "accept", "discard", "suspend"),
	asked: fc.boolean(),
	flush: fc.constantFrom("none", "before", "between", "after"),
	isWritten: fc.boolean(),
});

type Values = ReadonlyMap<string, string>;

function toChange(key: string, text: string | undefined): StateChange {
	return { contract: "consent", key, text };
}

function rootOf(values: Values): string {
	return encodeHex(createStateTree(new MemoryPages()).update(Array.from(values, ([key, text]) => toSparseChange(toChange(key, text)))));
}

function openEmpty(path: string): LedgerState {
	StateFile.create(path, nobody, (file) => file.write({ height: 0, stateRoot: nobody, values: [], pages: [], transactions: [], undo: [] }));
	return new LedgerState(StateFile.openReadOnly(path), { height: 0, stateRoot: nobody });
}

/** A state over its file, and the batch that is on its way there as bytes. */
class Run {
	readonly state: LedgerState;
	readonly versions: Values[] = [new Map()];
	readonly #path: string;
	readonly #file: StateFile;
	#onItsWay: StateBatch | undefined;

	constructor(path: string) {
		this.#path = path;
		this.state = openEmpty(path);
		this.#file = StateFile.open(path);
	}

	close(): void {
		this.state.close();
		this.#file.close();
	}

	beginFlush(): void {
		const batch = this.state.startFlush()?.toBatch();
		if (batch !== undefined) this.#onItsWay = decodeBatch(encodeBatch(batch));
	}

	/** The file then holds the state after the batch's last block. */
	endFlush(): void {
		if (this.#onItsWay === undefined) return;
		const { height, stateRoot } = this.#onItsWay;
		this.#file.apply(this.#onItsWay);
		this.state.flushed();
		this.#onItsWay = undefined;
		const look = StateFile.openReadOnly(this.#path);
		expect(encodeHex(createStateTree({ read: (prefix) => look.readPage(prefix), write: () => {}, delete: () => {} }).root)).toBe(stateRoot);
		look.close();
		expect(rootOf(this.versions[height]!)).toBe(stateRoot);
	}

	/** Every version that is there, the newest first: asked for an older one, a draft is out of the way already. */
	expectVersions(): void {
		for (const [height, values] of [...this.versions.entries()].reverse()) {
			const version = this.state.at(height);
			expect(encodeHex(version.tree.root)).toBe(rootOf(values));
			for (const key of keys.slice(0, 8)) expect(version.get("consent", key)).toBe(values.has(key) ? Number(values.get(key)) : undefined);
		}
	}
}

describe("LedgerState", () => {
	it("[LG65] what a draft writes over is found as it was by whoever asks, by the file, and where the draft is discarded", () => {
		fc.assert(
			fc.property(fc.array(block, { minLength: 1, maxLength: 12 }), (blocks) => {
				const run = new Run(temporaryPath("state"));
				run.state.draft(
					1,
					company.map((key) => toChange(key, "0")),
					[],
					0,
				);
				run.state.accept();
				run.versions.push(new Map(company.map((key) => [key, "0"])));
				for (const { changes: drafted, fate, asked, flush, isWritten } of blocks) {
					const after = new Map(run.versions.at(-1));
					for (const { key, text } of drafted) {
						if (text === undefined) after.delete(key);
						else after.set(key, text);
					}
					if (flush === "before") run.beginFlush();
					const all = drafted.map(({ key, text }) => toChange(key, text));
					expect(run.state.draft(run.versions.length, all, [], 0)).toBe(rootOf(after));
					if (flush === "between") run.beginFlush();
					if (asked) run.expectVersions();
					if (fate === "suspend") {
						const draft = run.state.suspend();
						run.expectVersions();
						// Somebody else's proposal for the same height, which comes to nothing.
						run.state.draft(run.versions.length, [toChange("k1", "7"), toChange("c4", "7")], [], 0);
						run.state.resume(draft);
					}
					if (fate === "discard") run.state.discard();
					else {
						run.state.accept();
						run.versions.push(after);
					}
					if (flush === "after") run.beginFlush();
					run.expectVersions();
					if (isWritten) run.endFlush();
				}
				run.beginFlush();
				run.endFlush();
				run.expectVersions();
				run.close();
			}),
			{ numRuns: 60 },
		);
	});

	it("[LG65] a draft that fails half-way, its first pages written over already, leaves the state as it was once it is discarded", () => {
		const path = temporaryPath("state");
		const many = Array.from({ length: 1_200 }, (_, i) => toChange(`m${i}`, "0"));
		const below = (digit: string) => many.filter(({ key }) => encodeHex(sparsePath("consent", key)).startsWith(digit));
		const begun = openEmpty(path);
		begun.draft(1, many, [], 0);
		begun.accept();
		const file = StateFile.open(path);
		file.apply(begun.startFlush()!.toBatch());
		begun.close();
		const state = new LedgerState(StateFile.openReadOnly(path), begun.applied);
		const [last] = below("f") as [StateChange];
		// Its value is known from here on, and its page is not: so the draft below comes as far as the page.
		state.get("consent", last.key);
		state.discard();
		// Below one fan, whose hash of the one is among the other's siblings.
		const [[first], [second]] = [below("00"), below("0f")] as [[StateChange], [StateChange]];
		state.draft(2, [toChange(first.key, "1")], [], 1_200);
		state.accept();
		const [root, proof] = [encodeHex(state.tree.root), state.tree.prove(sparsePath("consent", first.key))];
		// Of the path's own page; the one above it is a fan, over more keys than a page takes.
		file.write({
			...state.applied,
			values: [],
			pages: [[encodeHex(sparsePath("consent", last.key)).slice(0, 2), undefined]],
			transactions: [],
			undo: [],
		});
		expect(() => state.draft(3, [toChange(second.key, "1"), toChange(last.key, "1")], [], 1_201)).toThrow(
			expect.objectContaining({ code: "LOG_NODE_MISSING" }),
		);
		expect(encodeHex(state.tree.root)).toBe(root);
		state.discard();
		expect([encodeHex(state.tree.root), state.tree.prove(sparsePath("consent", first.key))]).toEqual([root, proof]);
		expect([state.get("consent", first.key), state.get("consent", second.key)]).toEqual([1, 0]);
		expect(state.at(1).get("consent", first.key)).toBe(0);
		state.close();
		file.close();
	});
});
