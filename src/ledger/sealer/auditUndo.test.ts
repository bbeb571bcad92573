import { describe, expect, it } from "vitest";
import { type Digest, encodeHex } from "#base";
import { MemoryPages, PageUndo, sparsePath } from "#log";
import type { StateChange } from "../state.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import { auditUndo } from "./auditUndo.ts";
import type { BlockUndo } from "./stateFile.ts";

const contract = "consent";
const change = (key: string, text?: string): StateChange => ({ contract, key, text });

/** Two blocks over a handful of keys, one of which the second takes away though it was never there. */
function twoBlocks() {
	const pages = new MemoryPages();
	const tree = createStateTree(pages);
	const texts = new Map<string, string>();
	const [roots, undos] = [[encodeHex(tree.root) as Digest], [] as BlockUndo[]];
	const first = Array.from({ length: 20 }, (_, i) => change(`k${i}`, `"first ${i}"`));
	const second = [change("k0", '"second"'), change("k1"), change("never"), change("new", "1")];
	for (const [at, changes] of [first, second].entries()) {
		const undo = new PageUndo();
		const values = changes.map(({ key }) => change(key, texts.get(key)));
		roots.push(encodeHex(tree.update(changes.map(toSparseChange), undo)) as Digest);
		undos.push({ height: at + 1, pages: [...undo.pages()], values });
		for (const { key, text } of changes) {
			if (text === undefined) texts.delete(key);
			else texts.set(key, text);
		}
	}
	const byPath = new Map([...texts].map(([key, text]) => [encodeHex(sparsePath(contract, key)), text]));
	return { pages: new Map(pages.entries()), texts: byPath, roots, undos };
}

function audit(undos: readonly BlockUndo[]): number[] {
	const { pages, texts, roots } = twoBlocks();
	return auditUndo({ pages, texts, heights: [2, 1], undoOf: (height) => undos[height - 1]!, stateRootAt: (height) => roots[height] });
}

describe("auditUndo", () => {
	it("[LG30] finds nothing where what each block replaced leads back to the state before it", () => {
		expect(audit(twoBlocks().undos)).toEqual([]);
	});

	it("[LG30] finds every bit that is turned in what pages held, also where only a slot that stayed empty is told of", () => {
		const { undos } = twoBlocks();
		for (const [block, { pages }] of undos.entries()) {
			for (const [page, [prefix, slots]] of pages.entries()) {
				for (let bit = 0; bit < slots.length * 8; bit++) {
					const turned = Uint8Array.from(slots, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
					const damaged = undos.map((undo, at) => (at === block ? { ...undo, pages: pages.with(page, [prefix, turned]) } : undo));
					expect(audit(damaged), `block ${block + 1}, page "${prefix}", bit ${bit}`).toEqual([block + 1]);
				}
			}
		}
	});

	it("[LG30] finds a page or a value that is told of too much or not at all", () => {
		const { undos } = twoBlocks();
		const [one, two] = undos as [BlockUndo, BlockUndo];
		for (const damaged of [
			{ ...two, pages: two.pages.slice(1) },
			{ ...two, pages: [...two.pages, ["fff", Uint8Array.of(0)] as const] },
			{ ...two, values: two.values.filter(({ key }) => key !== "never") },
			{ ...two, values: two.values.map((value) => (value.key === "k0" ? { ...value, text: '"other"' } : value)) },
		]) {
			expect(audit([one, damaged])).toEqual([2]);
		}
	});
});
