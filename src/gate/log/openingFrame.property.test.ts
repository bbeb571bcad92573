import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeOpenings, encodeOpenings } from "./openingFrame.ts";

const line = fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed().replaceAll("\n", " "));
const opening = fc.option(fc.record({ header: line, resourceText: fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed()) }), {
	nil: undefined,
});

it("[LO64] what was opened arrives on the other thread as it was, in order, and what was not opened as nothing", () => {
	fc.assert(
		fc.property(fc.array(opening), (openings) => {
			const plaintexts = openings.map((one) => (one === undefined ? undefined : Buffer.from(`${one.header}\n${one.resourceText}`)));
			const frame = encodeOpenings(plaintexts);
			expect(decodeOpenings(frame)).toEqual(openings);
			// Neither thread keeps a plaintext in a buffer.
			expect([...plaintexts, Buffer.from(frame)].every((bytes) => bytes === undefined || bytes.every((byte) => byte === 0))).toBe(true);
		}),
	);
});
