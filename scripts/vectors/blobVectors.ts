import { hkdfSync } from "node:crypto";
import { concatBytes, encodeHex, type MemberId, type SubjectId, sha256Hex } from "#base";
import { blobAssociatedData, identityOf, type SealBlobParameters, sealBlob } from "#vault";

/** No byte, one byte, and a byte to either side of the first two chunk borders. */
const sizes = [0, 1, 65_479, 65_480, 65_481, 130_999, 131_000, 131_001];

/** Sealed large objects (src/vault/SPEC.md BL1–BL5), from a fixed data key, salt and nonce prefix. */
export async function blobVectors(): Promise<object> {
	const parameters: SealBlobParameters = {
		custodian: "klinik-nord" as MemberId,
		handle: {
			dataKey: new Uint8Array(32).map((_, index) => index),
			wrapped: { id: "3".repeat(32), subject: "1".repeat(32) as SubjectId, compartments: ["genomics"], wrapped: new Uint8Array(60) },
		},
		id: "2".repeat(32),
		version: 1,
		randomBytes: (size) => new Uint8Array(size).map((_, index) => 0xa0 + index),
	};
	const { dataKey } = parameters.handle;
	return {
		about:
			"Sealed large objects: prefix(56) then Tink's AES-GCM-HKDF streaming AEAD (derived key 32 bytes, SHA-256, segments of 65,536). Byte i of a plaintext is i mod 251. `chunks` are the bytes at rest of each chunk, ciphertext and tag.",
		identity: identityOf(parameters),
		dataKey: encodeHex(dataKey),
		associatedData: Buffer.from(blobAssociatedData(identityOf(parameters))).toString("latin1"),
		objects: await Promise.all(sizes.map((sizeBytes) => describeObject(parameters, sizeBytes))),
	};
}

async function describeObject(parameters: SealBlobParameters, sizeBytes: number): Promise<object> {
	const plaintext = new Uint8Array(sizeBytes).map((_, index) => index % 251);
	const pieces: Uint8Array[] = [];
	for await (const piece of sealBlob(parameters, [plaintext])) pieces.push(piece);
	const [header, ...chunks] = pieces as [Uint8Array, ...Uint8Array[]];
	const sealed = concatBytes(...pieces);
	const objectKey = new Uint8Array(
		hkdfSync("sha256", parameters.handle.dataKey, header.subarray(57, 89), blobAssociatedData(identityOf(parameters)), 32),
	);
	return {
		sizeBytes,
		header: encodeHex(header),
		objectKey: encodeHex(objectKey),
		chunks: chunks.map((chunk) => ({ bytes: chunk.length, tag: encodeHex(chunk.subarray(-16)) })),
		sealedBytes: sealed.length,
		sha256: sha256Hex(sealed),
		...(sealed.length < 200 ? { sealed: encodeHex(sealed) } : {}),
	};
}
