import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256 } from "#base";
import { hashedLeafHash, leafHash, nodeHash } from "./hashes.ts";

it("the leaf over a digest is the same made from the bytes, whatever was hashed before it", () => {
	const bytes = fc.uint8Array({ maxLength: 2_000 });
	const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
	fc.assert(
		fc.property(bytes, bytes, digest, (one, other, hash) => {
			const expected = leafHash(sha256(one));
			leafHash(other);
			nodeHash(hash, hash);
			hashedLeafHash(other);
			expect(hashedLeafHash(one)).toEqual(expected);
			expect(leafHash(sha256(one))).toEqual(expected);
		}),
	);
});
