import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concatBytes, decodeHex, encodeHex, encodeUtf8, sha256Hex } from "#base";
import { type BlobIdentity, blobAssociatedData, prefixBytes } from "./blobFormat.ts";
import { openBlob } from "./openBlob.ts";
import { collect, openBytes, patternBytes, readerOf, sealBytes, sealingParameters } from "./testing/blobFixtures.ts";

interface ObjectVector {
	readonly sizeBytes: number;
	readonly header: string;
	readonly chunks: readonly { readonly bytes: number; readonly tag: string }[];
	readonly sealedBytes: number;
	readonly sha256: string;
	readonly sealed?: string;
}

const vectors = JSON.parse(readFileSync(new URL("../../../vectors/blob.json", import.meta.url), "utf8")) as {
	readonly identity: BlobIdentity;
	readonly dataKey: string;
	readonly associatedData: string;
	readonly objects: readonly ObjectVector[];
};

describe("vectors/blob.json", () => {
	for (const vector of vectors.objects) {
		it(`[BL1] an object of ${vector.sizeBytes} bytes has these bytes at rest, and opens`, async () => {
			const random = decodeHex(vector.header).slice(prefixBytes + 1);
			const sealed = await sealBytes(patternBytes(vector.sizeBytes), sealingParameters({ randomBytes: () => random }));
			expect(sha256Hex(sealed)).toBe(vector.sha256);
			expect(sealed.length).toBe(vector.sealedBytes);
			expect(encodeHex(sealed.subarray(0, 96))).toBe(vector.header);
			if (vector.sealed !== undefined) expect(encodeHex(sealed)).toBe(vector.sealed);
			const blob = await openBlob({ identity: vectors.identity, dataKey: decodeHex(vectors.dataKey), reader: readerOf(sealed) });
			expect(Buffer.compare(await collect(blob.stream()), patternBytes(vector.sizeBytes))).toBe(0);
		});
	}

	it("[BL5] the associated data are these", () => {
		expect(Buffer.from(blobAssociatedData(vectors.identity))).toEqual(Buffer.from(encodeUtf8(vectors.associatedData)));
	});
});

/**
 * What Google Tink for Python 1.16.1 wrote with a key of `AesGcmHkdfStreamingKey` {ciphertext_segment_size 65536, derived_key_size 32,
 * hkdf_hash_type SHA256}, key value 00 01 … 1f, the associated data of `sealingParameters()`, byte i of the plaintext being i mod 251. `random` is
 * the salt and nonce prefix it chose, `sha256` of the whole ciphertext. (In the other direction the same Tink opens our objects from offset 56.)
 */
const byTink = [
	{
		sizeBytes: 0,
		random: "ded16fe2009a21c09f6845fee9deab0a8f1bd418bc6f0c955d3323d12cf079f9abc7911d91bb2b",
		sha256: "bd3d6a5722fa31bd88bb08421a80773d825a716a2efc9fb5d3dba7108f3b04e2",
	},
	{
		sizeBytes: 1,
		random: "c237ef21a8261214d71a1e1e093aca9f6f959f70a9ff250fe13b825cffcde62647f82eda069e64",
		sha256: "bc9cc709a6bdfd87f7797ed3080695a7f8a388cd467876df8bb7a1a1c7768fd6",
	},
	{
		sizeBytes: 65_480,
		random: "4d0a884befb5951bb30d22625b0f6d552c2f9c2d38310bf6056759088216d663643916bb7e5b48",
		sha256: "c7765b2b06ad5fcf823670e7f98772c7d0372634704470610be3286496e03455",
	},
	{
		sizeBytes: 65_481,
		random: "23e13a1e77fb2461ccbdc053753dc6fdcddf8a29515c7e8e14c7e6d992f9cbbdc2806f76ef6d34",
		sha256: "a32fb44002a9f90879c292ba263197cfb22b5a11f9c44afe1a458e53af44121f",
	},
	{
		sizeBytes: 131_000,
		random: "61bdd94265a9ea70bf4ccd0b12f5a0e81286ad56b1f8f31b51b68724a239ff63069697d8f26599",
		sha256: "032e67575dca891a455eca2ad2bb4ec605de9a77dbea02ed058224677abfc7d7",
	},
	{
		sizeBytes: 131_001,
		random: "dd7cd8cd243ef074723c4acbe0978936b02fa41c1aaa29ea001db652bad91776dd5620fff16cb0",
		sha256: "5f82e7497017055dded9615631df5bc7cb039a9d6a16f1e82232f59e217d383f",
	},
];

describe("Tink's AES-GCM-HKDF streaming AEAD", () => {
	for (const { sizeBytes, random, sha256 } of byTink) {
		it(`[BL2] from offset 56 our ${sizeBytes} bytes at rest are those that Tink wrote`, async () => {
			const sealed = await sealBytes(patternBytes(sizeBytes), sealingParameters({ randomBytes: () => decodeHex(random) }));
			expect(sha256Hex(sealed.subarray(prefixBytes))).toBe(sha256);
		});
	}

	it("[BL2] what Tink wrote for one zero byte opens here behind our prefix", async () => {
		const prefix = (await sealBytes(new Uint8Array(0))).subarray(0, prefixBytes);
		const written = decodeHex("28c237ef21a8261214d71a1e1e093aca9f6f959f70a9ff250fe13b825cffcde62647f82eda069e6453a53e5d9acf32c9d21de199fbfd2ecf23");
		const blob = await openBytes(concatBytes(prefix, written));
		expect(await collect(blob.stream())).toEqual(Uint8Array.of(0));
	});
});
