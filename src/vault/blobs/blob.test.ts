import { describe, expect, it } from "vitest";
import { concatBytes, type MemberId, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { type BlobIdentity, chunkBytes, headerBytes, layoutOf, prefixBytes, segmentBytes, segmentSpan, streamHeaderBytes } from "./blobFormat.ts";
import { openBlob } from "./openBlob.ts";
import { identityOf, sealBlob } from "./sealBlob.ts";
import { collect, openBytes, patternBytes, readerOf, sealBytes, sealingParameters } from "./testing/blobFixtures.ts";

const integrity = expect.objectContaining({ code: "VAULT_INTEGRITY", kind: "stop" });
/** Three full chunks and a short one. */
const sizeBytes = 3 * chunkBytes - streamHeaderBytes + 1_000;
const plaintext = patternBytes(sizeBytes);
const layout = layoutOf(sizeBytes);

const segment = (sealed: Uint8Array, index: number): Uint8Array => {
	const { start, end } = segmentSpan(layout, index);
	return sealed.subarray(start, end);
};
const join = (sealed: Uint8Array, ...indexes: readonly number[]): Uint8Array =>
	concatBytes(sealed.subarray(0, headerBytes), ...indexes.map((index) => segment(sealed, index)));

/** Reads all of it; what was released before the refusal is handed to `released`. */
async function readAll(sealed: Uint8Array, identity: Partial<BlobIdentity> = {}, released: Uint8Array[] = []): Promise<void> {
	const blob = await openBytes(sealed, identity);
	for await (const piece of blob.stream()) released.push(piece);
}

describe("what an attacker with the files could do", () => {
	it("[BL6] truncation at every chunk border is refused before a byte is released", async () => {
		const sealed = await sealBytes(plaintext);
		for (let kept = 0; kept < layout.segments; kept++) {
			const released: Uint8Array[] = [];
			const cut = sealed.subarray(0, segmentSpan(layout, kept).start);
			await expect(readAll(cut, {}, released)).rejects.toThrow(integrity);
			expect(released).toEqual([]);
		}
	});

	it("[BL6] truncation anywhere else, and appended bytes, are refused before a byte is released", async () => {
		const sealed = await sealBytes(plaintext);
		for (const length of [
			0,
			1,
			prefixBytes,
			headerBytes - 1,
			headerBytes,
			headerBytes + 15,
			sealed.length - 1,
			sealed.length - 17,
			sealed.length - 999,
		]) {
			await expect(openBytes(sealed.subarray(0, length))).rejects.toThrow(integrity);
		}
		for (const tail of [new Uint8Array(1), new Uint8Array(segmentBytes), segment(sealed, 1), segment(sealed, 3)]) {
			await expect(openBytes(concatBytes(sealed, tail))).rejects.toThrow(integrity);
		}
	});

	it("[BL7] chunks reordered, repeated or left out are refused, and nothing from there on is released", async () => {
		const sealed = await sealBytes(plaintext);
		for (const order of [
			[1, 0, 2, 3],
			[0, 2, 1, 3],
			[0, 0, 2, 3],
			[0, 1, 1, 3],
			[0, 1, 3],
			[0, 1, 2, 2, 3],
			[3, 1, 2, 0],
		]) {
			const released: Uint8Array[] = [];
			await expect(readAll(join(sealed, ...order), {}, released)).rejects.toThrow(integrity);
			// Genuine chunks before the first wrong one may have been handed on, and nothing else.
			const genuine = order.findIndex((index, place) => index !== place);
			expect(released.length).toBeLessThanOrEqual(genuine);
			expect(Buffer.compare(concatBytes(...released), plaintext.subarray(0, concatBytes(...released).length))).toBe(0);
		}
	});

	it("[BL7] a last chunk does not serve as a middle one, nor a middle one as the last", async () => {
		const full = patternBytes(2 * chunkBytes - streamHeaderBytes);
		const sealed = await sealBytes(full);
		// Its last chunk is full: cut behind the first, or followed by another object's tail, only the flag tells.
		await expect(openBytes(sealed.subarray(0, prefixBytes + segmentBytes))).rejects.toThrow(integrity);
		await expect(openBytes(concatBytes(sealed, sealed.subarray(prefixBytes + segmentBytes)))).rejects.toThrow(integrity);
		expect(Buffer.compare(await collect((await openBytes(sealed)).stream()), full)).toBe(0);
	});

	it("[BL8] chunks spliced from another object, or from another version of the same, are refused", async () => {
		const sealed = await sealBytes(plaintext);
		const others = [
			await sealBytes(plaintext, sealingParameters({ id: "4".repeat(32) })),
			await sealBytes(plaintext, sealingParameters({ version: 2 })),
			// The same identity sealed twice: only the salt differs.
			await sealBytes(plaintext),
		];
		for (const other of others) {
			const spliced = concatBytes(sealed.subarray(0, headerBytes), segment(sealed, 0), segment(other, 1), segment(sealed, 2), segment(sealed, 3));
			await expect(readAll(spliced)).rejects.toThrow(integrity);
			const tail = concatBytes(sealed.subarray(0, headerBytes), ...[0, 1, 2].map((index) => segment(sealed, index)), segment(other, 3));
			await expect(openBytes(tail)).rejects.toThrow(integrity);
			await expect(
				openBytes(concatBytes(sealed.subarray(0, prefixBytes), other.subarray(prefixBytes, headerBytes), sealed.subarray(headerBytes))),
			).rejects.toThrow(integrity);
		}
	});

	it("[BL5] an object opens only as what it is: custodian, subject, compartments, id, version, data key", async () => {
		const sealed = await sealBytes(plaintext);
		const elsewhere: readonly Partial<BlobIdentity>[] = [
			{ custodian: "labor-sued" as MemberId },
			{ subject: "0".repeat(32) as SubjectId },
			{ compartments: ["imaging"] as Compartment[] },
			{ compartments: ["genomics", "imaging"] as Compartment[] },
			{ id: "0".repeat(32) },
			{ version: 2 },
			{ dataKey: "0".repeat(32) },
		];
		for (const identity of elsewhere) await expect(openBytes(sealed, identity)).rejects.toThrow(integrity);
		await expect(openBytes(sealed, {}, new Uint8Array(32))).rejects.toThrow(integrity);
	});

	it("[BL5] a header rewritten to name another object does not make it that object", async () => {
		const sealed = Uint8Array.from(await sealBytes(plaintext));
		sealed.fill(0x44, 16, 32);
		await expect(openBytes(sealed, { id: "4".repeat(32) })).rejects.toThrow(integrity);
		const version = Uint8Array.from(await sealBytes(plaintext));
		version[prefixBytes - 1] = 2;
		await expect(openBytes(version, { version: 2 })).rejects.toThrow(integrity);
	});

	it("[BL6] a flipped bit is refused wherever it lies", async () => {
		const sealed = await sealBytes(plaintext);
		const places = [...Array(headerBytes).keys(), headerBytes, sealed.length - 1, sealed.length - 17];
		for (let index = 0; index < layout.segments; index++) {
			const { start, end } = segmentSpan(layout, index);
			places.push(start, (start + end) >> 1, end - 17, end - 16, end - 1);
		}
		for (const place of places) {
			const flipped = Uint8Array.from(sealed);
			flipped[place] = (flipped[place] as number) ^ (1 << (place % 8));
			await expect(readAll(flipped)).rejects.toThrow(integrity);
		}
	});

	it("[BL9] a range that reaches the end has the last chunk's flag checked, a range elsewhere still knows the true size", async () => {
		const sealed = await sealBytes(plaintext);
		const cut = sealed.subarray(0, segmentSpan(layout, 3).start);
		await expect(openBytes(cut)).rejects.toThrow(integrity);
		const blob = await openBytes(sealed);
		expect(blob.sizeBytes).toBe(sizeBytes);
		expect(Buffer.compare(await blob.range(sizeBytes - 10, sizeBytes), plaintext.subarray(-10))).toBe(0);
	});

	it("[BL9] an object cut short after it was opened ends in a refusal, not in silence", async () => {
		const sealed = await sealBytes(patternBytes(40 * chunkBytes));
		let cut = false;
		const whole = readerOf(sealed);
		const reader = { ...whole, read: async (offset: number, length: number) => (cut ? new Uint8Array(0) : whole.read(offset, length)) };
		const blob = await openBlob({ identity: identityOf(sealingParameters()), dataKey: sealingParameters().handle.dataKey, reader });
		const pieces: Uint8Array[] = [];
		const reading = async () => {
			for await (const piece of blob.stream()) {
				cut = true;
				pieces.push(piece);
			}
		};
		await expect(reading()).rejects.toThrow(integrity);
		expect(pieces.length).toBeLessThan(40);
	});

	it("[BL9] ranges outside the object are the caller's mistake", async () => {
		const blob = await openBytes(await sealBytes(plaintext));
		for (const [start, end] of [
			[0, sizeBytes + 1],
			[-1, 5],
			[6, 5],
			[0.5, 2],
			[0, Number.NaN],
			[2 ** 60, 2 ** 60],
		] as const) {
			await expect(blob.range(start, end)).rejects.toThrow(expect.objectContaining({ code: "VAULT_RANGE_INVALID" }));
		}
		expect(await blob.range(sizeBytes, sizeBytes)).toEqual(new Uint8Array(0));
	});
});

it("[BL3] no two seals share salt or nonce prefix, so the same bytes look different each time", async () => {
	const [a, b] = [await sealBytes(plaintext), await sealBytes(plaintext)];
	expect(Buffer.compare(a.subarray(prefixBytes + 1, headerBytes), b.subarray(prefixBytes + 1, headerBytes))).not.toBe(0);
	expect(Buffer.compare(segment(a, 0), segment(b, 0))).not.toBe(0);
	expect(Buffer.from(a).includes(Buffer.from(plaintext.subarray(0, 64)))).toBe(false);
});

it("[BL10] a source that fails ends the sealed stream with its error, without a last chunk", async () => {
	async function* failing() {
		yield plaintext;
		throw new RangeError("the disk is gone");
	}
	const pieces: Uint8Array[] = [];
	const sealing = async () => {
		for await (const piece of sealBlob(sealingParameters(), failing())) pieces.push(piece);
	};
	await expect(sealing()).rejects.toThrow(RangeError);
	await expect(openBytes(concatBytes(...pieces))).rejects.toThrow(integrity);
});

it("[BL10] sealing takes from its source only what the reader of the result asks for", async () => {
	let taken = 0;
	async function* source() {
		for (; taken < 1_000; taken++) yield new Uint8Array(chunkBytes);
	}
	const sealed = sealBlob(sealingParameters(), source());
	for (let i = 0; i < 5; i++) await sealed.next();
	expect(taken).toBeLessThan(7);
	await sealed.return(undefined);
});
