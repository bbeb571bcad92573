import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { VaultError } from "../../errors.ts";
import type { Keyring } from "../../vault.ts";
import type { KeyringUpkeep } from "../keyringUpkeep.ts";
import { FrameReader, FrameWriter } from "./frames.ts";
import { type Served, servedOperations } from "./operations.ts";
import { ByteReader, ByteWriter } from "./wireBytes.ts";

const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 });

function joined(bodies: readonly Uint8Array[]): Buffer {
	const writer = new ByteWriter(1);
	for (const body of bodies) writer.bytes(body);
	return Buffer.from(writer.written());
}

it("[VA58] frames come out as they went in, wherever the stream is cut", () => {
	fc.assert(
		fc.property(frames, fc.array(fc.nat(600), { maxLength: 20 }), (bodies, cuts) => {
			const stream = joined(bodies);
			const places = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])].sort((a, b) => a - b);
			const reader = new FrameReader(40);
			const found: string[] = [];
			for (const [index, from] of places.slice(0, -1).entries()) {
				reader.push(Buffer.from(stream.subarray(from, places[index + 1])), (frame) => found.push(frame.toString("hex")));
			}
			expect(found).toEqual(bodies.map((body) => Buffer.from(body).toString("hex")));
			expect(reader.isEmpty).toBe(true);
		}),
		{ numRuns: 300 },
	);
});

it("[VA62] a frame that is too large, and one that could not be filled, leave nothing behind; those beside them go out whole", () => {
	const stream = new PassThrough();
	const writer = new FrameWriter(stream as unknown as Socket);
	const write = (size: number, byte: number) => writer.frame(8, (to) => to.raw(new Uint8Array(size).fill(byte)));
	write(8, 1);
	expect(() => write(9, 2)).toThrow(expect.objectContaining({ code: "VAULT_ROW_INVALID" }));
	const unfilled = () =>
		writer.frame(8, (to) => {
			to.raw(new Uint8Array(3));
			throw new Error("no more");
		});
	expect(unfilled).toThrow("no more");
	write(3, 4);
	writer.flush();
	const found: string[] = [];
	new FrameReader(8).push(stream.read() as Buffer, (frame) => found.push(frame.toString("hex")));
	expect(found).toEqual(["01".repeat(8), "04".repeat(3)]);
});

it("[VA61] an empty frame and one above the limit are refused as soon as their length is there", () => {
	for (const length of [0, 41, 0xffffffff]) {
		const head = Buffer.alloc(4);
		head.writeUInt32BE(length);
		expect(() => new FrameReader(40).push(head, () => {})).toThrow(expect.objectContaining({ code: "VAULT_ROW_INVALID" }));
	}
});

it("[VA58] text, bytes and numbers come back as they were written, and a buffer that grows loses nothing", () => {
	const text = fc.string({ unit: "binary", maxLength: 200 }).filter((value) => value.isWellFormed());
	fc.assert(
		fc.property(text, fc.uint8Array({ maxLength: 300 }), fc.double(), fc.nat(255), (value, bytes, number, byte) => {
			const writer = new ByteWriter(1);
			writer.text(value);
			writer.bytes(bytes);
			writer.number(number);
			writer.byte(byte);
			const reader = new ByteReader(Buffer.from(writer.written()));
			expect([reader.text(), Buffer.from(reader.bytes()).toString("hex")]).toEqual([value, Buffer.from(bytes).toString("hex")]);
			expect([reader.number(), reader.byte()]).toEqual([number, byte]);
			reader.end();
		}),
		{ numRuns: 300 },
	);
});

/** Answers whatever it is asked, and says that it was asked. */
function recording(asked: string[]): Served {
	const answer =
		(name: string) =>
		(...args: readonly unknown[]): Promise<never> => {
			asked.push(`${name}/${args.length}`);
			return new Promise(() => {});
		};
	const keyring = new Proxy({}, { get: (_, name) => answer(String(name)) }) as Keyring & KeyringUpkeep;
	return { keyring };
}

it("[VA61] random content is refused as a frame or read as one request; nothing else happens", () => {
	const asked: string[] = [];
	const served = recording(asked);
	const codes = fc.constantFrom(...servedOperations.keys());
	let refused = 0;
	fc.assert(
		fc.property(codes, fc.uint8Array({ maxLength: 120 }), (code, content) => {
			const before = asked.length;
			try {
				void servedOperations.get(code)?.serve(new ByteReader(Buffer.from(content)), served);
				expect(asked.length).toBe(before + 1);
			} catch (error) {
				refused++;
				expect(asked.length).toBe(before);
				expect(error instanceof VaultError || error instanceof SyntaxError).toBe(true);
			}
		}),
		{ numRuns: 2_000 },
	);
	expect(refused).toBeGreaterThan(0);
	expect(asked.length).toBeGreaterThan(0);
});
