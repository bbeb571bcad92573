import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "#base";
import { Fan } from "./fan.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";

const subtree = fc.tuple(fc.constantFrom("empty", "leaf", "branch"), fc.nat(200)).map(([kind, n]): Subtree => {
	if (kind === "empty") return empty;
	return kind === "leaf" ? new Leaf(sha256(Uint8Array.of(n)), sha256(Uint8Array.of(n, n))) : { kind: "branch", hash: sha256(Uint8Array.of(n, 1)) };
});
const slots = fc.array(fc.option(subtree, { nil: undefined }), { minLength: 16, maxLength: 16 });

describe("Fan", () => {
	it("[LO81] written over is what a copy with the changes is, and lies where it lay as long as its slots stay of their kinds", () => {
		fc.assert(
			fc.property(slots, slots, (first, changes) => {
				const fan = Fan.empty().with(first);
				const kinds = Array.from({ length: 16 }, (_, nibble) => fan.kindOf(nibble));
				const copied = fan.with(changes);
				const { bytes } = fan;
				const written = fan.rewrite(changes);
				expect(written.bytes).toEqual(copied.bytes);
				const isSameForm = changes.every((change, nibble) => change === undefined || change.kind === kinds[nibble]);
				expect(written.bytes === bytes).toBe(isSameForm);
			}),
			{ numRuns: 300 },
		);
		fc.assert(
			fc.property(slots, fc.array(fc.nat(200), { minLength: 16, maxLength: 16 }), (first, seeds) => {
				const fan = Fan.empty().with(first);
				const changes = seeds.map((n, nibble): Subtree | undefined => {
					if (fan.kindOf(nibble) === "branch") return { kind: "branch", hash: sha256(Uint8Array.of(n, 2)) };
					return fan.kindOf(nibble) === "leaf" ? new Leaf(sha256(Uint8Array.of(n, 3)), sha256(Uint8Array.of(n, 4))) : undefined;
				});
				const copied = fan.with(changes);
				expect(fan.rewrite(changes)).toBe(fan);
				expect(fan.bytes).toEqual(copied.bytes);
			}),
			{ numRuns: 200 },
		);
	});
});
