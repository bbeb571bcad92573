import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "./bytes.ts";
import { encodeHex } from "./encoding.ts";
import { HmacKey } from "./hmacKey.ts";

/** RFC 4231 §4.2–4.5, test cases 1 to 4: key, data, HMAC-SHA-256. */
const published: readonly (readonly [string, Uint8Array, Uint8Array, string])[] = [
	["1", new Uint8Array(20).fill(0x0b), encodeUtf8("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
	["2", encodeUtf8("Jefe"), encodeUtf8("what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
	["3", new Uint8Array(20).fill(0xaa), new Uint8Array(50).fill(0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
	[
		"4",
		Uint8Array.from({ length: 25 }, (_, i) => i + 1),
		new Uint8Array(50).fill(0xcd),
		"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
	],
];

describe("HmacKey", () => {
	it.each(published)("RFC 4231 test case %s", (_, key, data, mac) => {
		expect(new HmacKey(key).hex(data)).toBe(mac);
		expect(encodeHex(new HmacKey(key).digest(data))).toBe(mac);
	});

	it("agrees with Node's HMAC on any key and message, the same key used again", () => {
		const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
		fc.assert(
			fc.property(bytes(64), bytes(2_000), bytes(200), (key, first, second) => {
				const mac = new HmacKey(key);
				for (const message of [first, second, first]) expect(mac.hex(message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
			}),
		);
	});

	it("takes a text as the bytes of its UTF-8, of any length", () => {
		const text = fc.oneof(fc.string({ unit: "binary", maxLength: 800 }), fc.string({ maxLength: 100 }), fc.constant("é".repeat(600)));
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 64 }), text, (key, message) => {
				const mac = new HmacKey(key);
				expect(mac.hexOfText(message)).toBe(mac.hex(encodeUtf8(message)));
			}),
		);
	});

	it("shows nothing of the key, and is another key once it is forgotten", () => {
		const key = new HmacKey(new Uint8Array(32).fill(7));
		expect(JSON.stringify(key)).toBe("{}");
		expect(Object.keys(structuredClone(key))).toEqual([]);
		const before = key.hex(encodeUtf8("message"));
		key.forget();
		expect(key.hex(encodeUtf8("message"))).not.toBe(before);
	});

	it("refuses a key longer than a block, which RFC 2104 would hash first", () => {
		expect(() => new HmacKey(new Uint8Array(65))).toThrow(RangeError);
	});
});
